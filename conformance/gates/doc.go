// Package gates holds the checks that look across rooms: that the client's
// tables are the contract's, that every operation has a method, that a program
// which imports the client stays light, and that the README's commands exist.
package gates
