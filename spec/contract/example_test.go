package contract_test

import (
	"fmt"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// Find out what a text of the server means.
func ExampleOutcome_Matches() {
	const text = "Information given by you does not exist in our sytsem."
	for _, operation := range contract.Operations() {
		for _, failure := range operation.Failures {
			if failure.Matches(text) {
				fmt.Printf("%s: the text is in the field %q\n", failure.Code, failure.Field)
			}
		}
	}
	// Output: not-found: the text is in the field "Customer Details"
}
