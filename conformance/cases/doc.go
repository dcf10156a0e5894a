// Package cases holds the conformance cases of the Kapture API and runs them.
//
// A case is data: one YAML file a resource (customers.yaml, tickets.yaml, ...)
// says which calls are made and what must come back. README.md beside this
// file explains the format. [Load] reads the files strictly and checks every
// name in them against the contract before anything is sent; [Run] executes
// them against a server, hands each exchange to the engine of package
// conformance, compares what the case expects, and collects a report.
//
// The runner knows Kapture through the case files and one table of client
// methods (methods.go) alone.
package cases

import "embed"

// FS holds the case files of this package.
//
//go:embed *.yaml
var FS embed.FS
