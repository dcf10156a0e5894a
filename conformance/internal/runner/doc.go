// Package runner runs the conformance cases of the Kapture API.
//
// A case is data: one YAML file per resource (customers.yaml, tickets.yaml, ...)
// says which calls are made and which responses are expected. README.md in
// conformance/cases explains the format. [Load] reads the files strictly and
// checks every name in them against the contract before anything is sent. [Run]
// sends what the cases say, passes each exchange to the engine of package
// conformance, compares what the case expects, and returns a report.
//
// Apart from the case files, the runner knows Kapture only through the contract
// and the methods of the client (methods.go).
package runner
