package mock

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// An operation that the mock does not serve yet is not a path that nobody knows:
// the text says which of the two it is.
func TestOperationThatIsNotServed(t *testing.T) {
	operation, _ := contract.ByID("addTicket")
	served := endpoints[operation.ID]
	delete(endpoints, operation.ID)
	t.Cleanup(func() { endpoints[operation.ID] = served })

	k, err := New()
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	k.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, operation.Path, strings.NewReader("{}")))
	const want = "the contract has addTicket, but the mock does not serve it"
	if recorder.Code != http.StatusNotImplemented || !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("got %d %s", recorder.Code, recorder.Body)
	}
}

// A generation that is new to the mock needs no change here: it writes as 2024
// does, and a key without permission gets 403 if the contract has that status.
func TestNewGeneration(t *testing.T) {
	for status, statuses := range map[int][]string{
		http.StatusForbidden: {"200", "403"},
		http.StatusOK:        {"200", "400"},
	} {
		operation := contract.Operation{
			ID:       "archiveTicket",
			Uses:     []contract.Use{{Name: "archive", Generation: "2027"}},
			Statuses: statuses,
		}
		c := &call{operation: operation, use: operation.Uses[0]}
		got := responseOf(c.rejectKey(keyForbidden))
		const want = `{"message":"Invalid Auth Key","status":"failed"}`
		if text := string(encode(got.body)); got.status != status || text != want {
			t.Errorf("with the statuses %v: got %d %s", statuses, got.status, text)
		}
	}
}

// Every use that an endpoint names is in the contract.
func TestUsesAreThoseOfTheContract(t *testing.T) {
	bodies := []any{
		nil, map[string]any{}, map[string]any{"start_date": ""}, map[string]any{"customer_id": ""},
		[]any{}, []any{map[string]any{"customer_id": ""}},
	}
	for _, operation := range contract.Operations() {
		for _, body := range bodies {
			use, respond := endpoints[operation.ID].useOf(operation, body)
			if use.Generation == "" || respond == nil {
				t.Errorf("%s: the contract lacks the use of %v", operation.ID, body)
			}
		}
	}
}
