// Package gates has the tests that look across directories: that the client's
// tables are the contract's, that every operation has a method and every method
// ends as documented under every fault, that the embedded Kapture serves the
// requests of public callers, that an endpoint is added in few places, that a
// resource has the same file name everywhere, that a program which imports the
// client stays small, and that README is true.
//
// The tests derive what they know of an operation from the contract, the client
// and the conformance cases, so that a new operation needs no line here.
package gates
