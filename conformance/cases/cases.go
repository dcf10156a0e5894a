// Package cases embeds the conformance cases of the Kapture API: one YAML file
// per resource. README.md in this directory explains the format. The runner in
// conformance/internal/runner loads and runs them.
package cases

import "embed"

// FS holds the case files.
//
//go:embed *.yaml
var FS embed.FS
