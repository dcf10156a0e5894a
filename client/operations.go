package client

import "slices"

// Operation names a call of the API by the contract's operationId.
type Operation string

// OperationInfo describes an operation.
type OperationInfo struct {
	ID       Operation // the operationId
	Resource string    // the tag: customers, tickets and so on
	Path     string    // with its leading slash, relative to the base URL
	// Idempotent operations only read, so they may be repeated after any
	// failure. The others are repeated only if the server did nothing.
	Idempotent bool
}

// Operations lists every operation of the contract. Callers may change the
// list.
func Operations() []OperationInfo { return slices.Clone(operations) }

// Methods names the methods that call the operation, for example "Tickets.Get".
// Only [Client.Raw] can call an operation without methods. Callers may change
// the list.
func (op Operation) Methods() []string { return slices.Clone(methodsOf[op]) }

func (op Operation) info() (OperationInfo, bool) {
	i := slices.IndexFunc(operations, func(o OperationInfo) bool { return o.ID == op })
	if i < 0 {
		return OperationInfo{ID: op}, false
	}
	return operations[i], true
}
