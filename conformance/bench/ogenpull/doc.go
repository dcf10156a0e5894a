// Package ogenpull is the response to a pull of customers as ogen generates it:
// a peer of make bench. ogen generates no call for it, since the response is one
// of several; so the list is the response of the only call of a small contract.
package ogenpull

//go:generate go run ./subset ../../../spec/dist/kapture-plain.json contract.json
//go:generate go tool ogen --target . --package ogenpull --config config.yaml contract.json
