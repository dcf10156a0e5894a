package mock

import (
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// Paths, generations and failure texts are read from the contract, so that they
// are written in one place.

// operationAt returns the operation that has the path.
func operationAt(path string) (contract.Operation, bool) {
	for _, operation := range contract.Operations() {
		if operation.Path == path {
			return operation, true
		}
	}
	return contract.Operation{}, false
}

// carrying returns the response that carries a documented failure. A page that
// writes Message with a capital writes Status with one too.
func carrying(failure contract.Outcome, http int) response {
	status := "status"
	if failure.Field == "Message" {
		status = "Status"
	}
	return response{http, object{{failure.Field, failure.Message}, {status, failure.Status}}}
}

// form is how a generation writes a failure.
type form struct {
	field  string // of the text
	failed string // the value of status
	no403  bool   // its pages do not list the code 403
}

// oldForms are the forms that differ from that of 2021 and 2024. A newer
// generation is taken to write as these do.
var oldForms = map[string]form{
	"2016":    {field: "Message", failed: "Fail", no403: true},
	"2019-20": {field: "Message", failed: "failed", no403: true},
}

func formOf(generation string) form {
	if old, ok := oldForms[generation]; ok {
		return old
	}
	return form{field: "message", failed: "failed"}
}

// keyFailure returns the failure that the page of a use prints for a rejected
// key. Some pages are cut before it: they have none.
func keyFailure(operation contract.Operation, use contract.Use) (contract.Outcome, bool) {
	var found []contract.Outcome
	for _, failure := range operation.Failures {
		isKey := failure.Code == "auth-key" || strings.HasPrefix(failure.Code, "auth-key/")
		if isKey && pageOf(failure, use.Generation) != "" {
			found = append(found, failure)
		}
	}
	if len(found) == 0 {
		return contract.Outcome{}, false
	}

	// Two pages of one generation print different texts for one URL: Add Customer
	// API (2016) and Update Customer API (2016). Their titles name the use.
	i := slices.IndexFunc(found, func(failure contract.Outcome) bool {
		verb, _, _ := strings.Cut(pageOf(failure, use.Generation), " ")
		return strings.EqualFold(verb, use.Name)
	})
	return found[max(i, 0)], true
}

// pageOf returns the title of the page of a generation that documents a failure,
// "" if there is none.
func pageOf(failure contract.Outcome, generation string) string {
	for _, page := range failure.Evidence.Documented {
		if strings.HasSuffix(page, " ("+generation+")") {
			return page
		}
	}
	return ""
}
