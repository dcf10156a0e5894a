package gates

import (
	"net/http"
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// If the contract rejects a message that follows the vendor's pages, or about which
// no page says anything, the contract is at fault.
func TestFaultOfTheContract(t *testing.T) {
	_, checker := loaded(t)
	header := http.Header{"Content-Type": {"application/json"}, "Authorization": {"Basic dGVzdA=="}}
	response := func(operation string, status int, body string) conformance.Exchange {
		return conformance.Exchange{
			Operation: operation,
			Response:  conformance.Response{Status: status, Header: header, Body: []byte(body)},
		}
	}
	request := func(operation, body string) conformance.Exchange {
		info, _ := checker.Operation(operation)
		return conformance.Exchange{
			Operation: operation,
			Request:   conformance.Request{Method: info.Method, URL: info.Path, Header: header, Body: []byte(body)},
		}
	}

	for name, c := range map[string]struct {
		exchange conformance.Exchange
		code     string
		pointer  string
	}{
		"a body under 404, where no page prints one": {
			exchange: response("getCustomer", 404, `{"reason":"none"}`),
			code:     conformance.CodeSchemaRequired,
			pointer:  "/message",
		},
		"a text where the page's table says String": {
			exchange: response("pullCustomers", 200,
				`{"message":[{"id":1,"name":"Asha Rao","assignedToId":"941"}],"status":"success"}`),
			code:    conformance.CodeSchemaType,
			pointer: "/message/0/assignedToId",
		},
		"a number where the page's table says Number": {
			exchange: request("addUpdateCustomer",
				`{"customer_info":{"name":"Asha Rao","phone":9000000001,"email_id":"asha@example.com"}}`),
			code:    conformance.CodeSchemaType,
			pointer: "/customer_info/phone",
		},
		"a status of which no page speaks": {
			exchange: response("getCustomer", 429, `{"message":"Too many requests","status":"failed"}`),
			code:     conformance.CodeStatusUndocumented,
		},
	} {
		t.Run(name, func(t *testing.T) {
			result := checker.Check(t.Context(), c.exchange)
			i := slices.IndexFunc(result.Findings, func(f conformance.Finding) bool {
				return f.Code == c.code && f.Pointer == c.pointer
			})
			if i < 0 {
				t.Fatalf("no %s at %q:\n%+v", c.code, c.pointer, result.Findings)
			}
			if f := result.Findings[i]; f.Fault != conformance.FaultContract {
				t.Errorf("fault of the %s: %s", f.Fault, f.Why)
			}
		})
	}
}
