package gates

import (
	"encoding/json"
	"path"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// The contract declares every field of every sample. Nothing else would show a
// field that is missing: responses may have undeclared fields.
func TestSamplesHaveOnlyDeclaredFields(t *testing.T) {
	doc, checker := loaded(t)
	checked := 0
	check := func(operation string, content openapi3.Content, side conformance.Side) {
		for _, media := range content {
			component := path.Base(media.Schema.Ref)
			for name, example := range media.Examples {
				body, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				checked++
				for _, drift := range checker.CheckComponent(component, body, side).Drift {
					t.Errorf("%s, example %s: the sample has %s, the contract does not", operation, name, drift.Pointer)
				}
			}
		}
	}

	for _, described := range contract.Operations() {
		op := doc.Paths.Value(described.Path).GetOperation(described.Method)
		if op.RequestBody != nil {
			check(op.OperationID, op.RequestBody.Value.Content, conformance.SideRequest)
		}
		for _, response := range op.Responses.Map() {
			check(op.OperationID, response.Value.Content, conformance.SideResponse)
		}
	}
	if checked < 80 {
		t.Errorf("checked only %d samples", checked)
	}
}
