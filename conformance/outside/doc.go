// Package outside checks the mock against the contract with a validator that is
// not the project's own: a JSON Schema library checks every exchange of the
// conformance cases against the bundle in spec/dist. It is a separate module, so
// that nobody who uses the project needs that library.
package outside
