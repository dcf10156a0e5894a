package runner

import (
	"os"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/spec"
)

// theChecker is made once for all tests.
var theChecker = sync.OnceValues(func() (*conformance.Checker, error) {
	doc, err := spec.Document()
	if err != nil {
		return nil, err
	}
	return conformance.NewChecker(doc)
})

func contractOf(t *testing.T) (*openapi3.T, *conformance.Checker) {
	t.Helper()
	checker, err := theChecker()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc, checker
}

// resource limits the tests of the real cases to one resource; "" is all. `make
// quick` sets it.
func resource() string { return os.Getenv("RESOURCE") }

// embedded loads the real cases.
func embedded(t *testing.T) *Set {
	t.Helper()
	doc, checker := contractOf(t)
	set, err := Load(cases.FS, doc, checker, spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.AddServed(); err != nil {
		t.Fatal(err)
	}
	if set, err = set.Select(resource()); err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEmbeddedCasesLoad(t *testing.T) {
	set := embedded(t)
	if len(set.Cases) == 0 {
		t.Fatal("no cases")
	}
	for pattern, want := range map[string]string{
		"customer-flow-2024": "customer-flow-2024",
		"*-flow-2024":        "customer-flow-2024",
		"pushProduct":        "product-push-2019-20",
		"faq":                "faq-flow",
	} {
		selected, err := set.Select(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, c := range selected.Cases {
			found = found || c.Name.Value == want
		}
		if !found || len(selected.Cases) == len(set.Cases) {
			t.Errorf("%q selects %d cases; %s is one of them: %v", pattern, len(selected.Cases), want, found)
		}
	}
}
