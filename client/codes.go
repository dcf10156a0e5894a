package client

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// DocumentedMessage is a failure that a page of the vendor prints.
type DocumentedMessage struct {
	Message    string // exactly as printed, misspellings and leading blanks too
	Prefix     bool   // Message is the beginning; what follows varies
	Code       Code
	Operations []Operation // whose pages print it
}

// messages is the table of the package documentation.
var messages = []DocumentedMessage{
	{"Invalid Auth Key", false, ErrInvalidAuthKey, []Operation{
		OpAddUpdateCustomer, OpGetCustomer, OpPullCustomers, OpPushCustomer, OpAddContact, OpPushEnquiry,
		OpAddTicket, OpUpdateTicket, OpGetTickets, OpPullTickets, OpAddUpdateOrder, OpGetFAQContents,
	}},
	{"Auth Key Invalid", false, ErrInvalidAuthKey, []Operation{OpGetCustomer, OpPushCustomer}},
	{"Auth Key Expired", false, ErrExpiredAuthKey, []Operation{OpPullCustomers, OpPushTicket}},
	{"Message Key Expired", false, ErrExpiredAuthKey, []Operation{OpPushCustomer}},
	{"Name, Email Id, and Phone Number required", false, ErrMissingFields, []Operation{OpAddUpdateCustomer}},
	{"Name and (Phone Number or Email Id) are required fields", false, ErrMissingFields, []Operation{OpPushEnquiry}},
	{"Name, Email Id, and Phone Number, Or Enquiry Id required", false, ErrMissingFields, []Operation{OpPushEnquiry}},
	{"Invalid email id.", false, ErrInvalidEmail, []Operation{OpPushEnquiry}},
	{"Invalid phone number, number must contain 10 digits and must start from 6 or above", false, ErrInvalidPhone, []Operation{OpPushEnquiry}},
	{"This mobile number already exists. Please enter a new one.", false, ErrDuplicatePhone, []Operation{OpPushEnquiry}},
	{"This email-id already exists. Please enter a new one.", false, ErrDuplicateEmail, []Operation{OpPushEnquiry}},
	{" ,Both email and mobile number already exist. Please enter new details.", false, ErrDuplicateBoth, []Operation{OpPushEnquiry}},
	{"Lead already exists, ", true, ErrDuplicateLead, []Operation{OpPushEnquiry}},
	{"Information given by you does not exist in our sytsem.", false, ErrNotFound, []Operation{OpGetCustomer}},
	{"No customer between dates.", false, ErrNoCustomers, []Operation{OpPullCustomers}},
	{"title is missing", false, ErrMissingTitle, []Operation{OpAddTicket}},
	{"No Data found/ticket_id is missing", false, ErrMissingTicketID, []Operation{OpUpdateTicket}},
	{"Invalid Format.callback_date should be yyyy-MM-dd hh:mm:ss.", false, ErrInvalidCallbackTime, []Operation{OpUpdateTicket}},
	{"Invalid Json.", false, ErrInvalidJSON, []Operation{OpGetTickets, OpPullTickets}},
	{"ticket_ids are missing.", false, ErrMissingTicketIDs, []Operation{OpGetTickets, OpPullTickets}},
	{"either start_date is null or blank", false, ErrMissingStartDate, []Operation{OpPullTicketsUnversioned}},
	{"Order Creation Failed...", false, ErrOrderCreationFailed, []Operation{OpPushOrder}},
	{"Product Name is empty.", false, ErrMissingProductName, []Operation{OpPushProduct}},
}

// DocumentedMessages lists every failure that the vendor's pages print, with the code that it gets. The list is the
// caller's.
func DocumentedMessages() []DocumentedMessage { return slices.Clone(messages) }

// classify finds the code of a refusal: by its text, which means the same at whatever operation it occurs, else by the
// HTTP status.
func classify(message string, status int) Code {
	for _, m := range messages {
		if m.Message == message || m.Prefix && strings.HasPrefix(message, m.Message) {
			return m.Code
		}
	}
	code := map[int]Code{http.StatusUnauthorized: ErrInvalidAuthKey, http.StatusForbidden: ErrForbidden,
		http.StatusNotFound: ErrNoSuchEndpoint, http.StatusTooManyRequests: ErrRateLimited}[status]
	if code == "" && status >= 500 {
		code = ErrServer
	}
	return cmp.Or(code, ErrFailed)
}
