package gates

import (
	"encoding/json"
	"path"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
)

// Every member of every sample is declared. Nothing else would tell: answers
// are open to members that are not.
func TestSamplesHaveDeclaredMembersAlone(t *testing.T) {
	doc, checker := loaded(t)
	checked := 0
	check := func(operation string, content openapi3.Content, side conformance.Side) {
		for _, media := range content {
			for name, example := range media.Examples {
				body, err := json.Marshal(example.Value.Value)
				if err != nil {
					t.Fatal(err)
				}
				checked++
				for _, drift := range checker.CheckComponent(path.Base(media.Schema.Ref), body, side).Drift {
					t.Errorf("%s, example %s: %s stands in the sample and not in the contract", operation, name, drift.Pointer)
				}
			}
		}
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			if op.RequestBody != nil {
				check(op.OperationID, op.RequestBody.Value.Content, conformance.SideRequest)
			}
			for _, answer := range op.Responses.Map() {
				check(op.OperationID, answer.Value.Content, conformance.SideResponse)
			}
		}
	}
	if checked < 80 {
		t.Errorf("checked %d samples alone", checked)
	}
}
