// Package samples embeds the sample bodies of the vendor's pages. README.md in
// its folder says where each is from and what was repaired and replaced in it.
package samples

import "embed"

// FS holds the samples by resource, such as customers/add-2024.request.json.
//
//go:embed */*.json
var FS embed.FS

// Read returns the body of one sample, for example
// "customers/add-2024.request.json".
func Read(name string) ([]byte, error) { return FS.ReadFile(name) }
