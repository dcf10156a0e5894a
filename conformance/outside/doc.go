// Package outside holds the mock to the contract with a checker that is not
// the project's own: the answers of a whole scenario are validated by a JSON
// Schema library against the bundle in spec/dist. It is a module of its own, so
// that nobody who uses the project carries that library.
package outside
