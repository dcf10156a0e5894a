package client

import "slices"

// Operation names a call of the API as the contract does, in operationId. The constants follow from the contract.
type Operation string

// opRaw is what [Client.Raw] calls itself unless it is told otherwise.
const opRaw Operation = "raw"

// OperationInfo describes an operation.
type OperationInfo struct {
	ID       Operation
	Resource string // customers, tickets, orders, faq, enquiries, products
	Path     string
	// Idempotent operations only read, so they may be repeated after any failure. The others are repeated only where
	// nothing was done.
	Idempotent bool
}

// Operations lists every operation of the contract. The list is the caller's.
func Operations() []OperationInfo { return slices.Clone(operations) }

func (op Operation) info() (OperationInfo, bool) {
	i := slices.IndexFunc(operations, func(o OperationInfo) bool { return o.ID == op })
	if i < 0 {
		return OperationInfo{ID: op}, false
	}
	return operations[i], true
}
