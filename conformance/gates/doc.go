// Package gates holds the checks that look across rooms, all of them tests: that
// the client's tables are the contract's, that every operation has a method and
// every method ends as documented under every fault, that the embedded Kapture
// serves what callers in production send, that a resource has one name in every
// room, that a program which imports the client stays light, and that what the
// README says is so.
package gates
