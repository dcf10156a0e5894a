package client

import "slices"

// Operation names a call of the API as the contract does, in operationId.
type Operation string

// The operations of the contract.
const (
	OpAddUpdateCustomer      Operation = "addUpdateCustomer"
	OpGetCustomer            Operation = "getCustomer"
	OpPullCustomers          Operation = "pullCustomers"
	OpPushCustomer           Operation = "pushCustomer"
	OpAddContact             Operation = "addContact"
	OpPushEnquiry            Operation = "pushEnquiry"
	OpAddTicket              Operation = "addTicket"
	OpUpdateTicket           Operation = "updateTicket"
	OpGetTickets             Operation = "getTickets"
	OpPullTickets            Operation = "pullTickets"
	OpPullTicketsUnversioned Operation = "pullTicketsUnversioned"
	OpPushTicket             Operation = "pushTicket"
	OpAddUpdateOrder         Operation = "addUpdateOrder"
	OpPullOrders             Operation = "pullOrders"
	OpPushOrder              Operation = "pushOrder"
	OpGetFAQContents         Operation = "getFAQContents"
	OpGetFAQCategories       Operation = "getFAQCategories"
	OpPushProduct            Operation = "pushProduct"
)

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

var operations = []OperationInfo{
	{OpAddUpdateCustomer, "customers", "/ms/customer/customer/api/v1/add-update", false},
	{OpGetCustomer, "customers", "/search-customer-by-customer-id.html", true},
	{OpPullCustomers, "customers", "/select-customer-between-start-and-end-dates.html", true},
	{OpPushCustomer, "customers", "/add-update-customer-from-other-source.html", false},
	{OpAddContact, "customers", "/add-more-contacts-for-existing-customer.html", false},
	{OpPushEnquiry, "enquiries", "/add-update-enquiry-from-other-source.html", false},
	{OpAddTicket, "tickets", "/add-ticket-from-other-source.html/v.2.0", false},
	{OpUpdateTicket, "tickets", "/update-ticket-from-other-source.html/v.2.0", false},
	{OpGetTickets, "tickets", "/search-ticket-by-ticket-id.html/v.2.0", true},
	{OpPullTickets, "tickets", "/select-ticket-between-start-and-end-dates.html/v.2.0", true},
	{OpPullTicketsUnversioned, "tickets", "/select-ticket-between-start-and-end-dates.html", true},
	{OpPushTicket, "tickets", "/ticket-push-api", false},
	{OpAddUpdateOrder, "orders", "/ms/customer/order/api/v1/add-update", false},
	{OpPullOrders, "orders", "/ms/customer-search/order-search/api/v1/pull-internal", true},
	{OpPushOrder, "orders", "/add-update-order-from-other-source.html", false},
	{OpGetFAQContents, "faq", "/get-faq-contents.html", true},
	{OpGetFAQCategories, "faq", "/get-all-faq-categories.html", true},
	{OpPushProduct, "products", "/add-update-product-from-other-source.html", false},
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
