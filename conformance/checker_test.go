package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestCheckerRejects(t *testing.T) {
	if _, err := NewChecker(nil); err == nil || !strings.Contains(err.Error(), "nil") {
		t.Errorf("without a document: %v", err)
	}

	const info = "info: {title: t, version: '1'}\n"
	const pattern = "components: {schemas: {A: {type: string, pattern: '['}}}\n"
	for name, tc := range map[string]struct{ text, want string }{
		"3.1":     {"openapi: 3.1.0\n" + info + "paths: {}\n", "3.1.0"},
		"invalid": {"openapi: 3.0.3\n" + info + "paths: {/x: {get: {operationId: a}}}\n", "not valid"},
		"pattern": {"openapi: 3.0.3\n" + info + "paths: {}\n" + pattern, "cannot be checked"},
	} {
		doc, err := openapi3.NewLoader().LoadFromData([]byte(tc.text))
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err = NewChecker(doc); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOperations(t *testing.T) {
	c := checker(t)
	var ids []string
	for _, info := range c.Operations() {
		ids = append(ids, info.ID)
	}
	if want := []string{"form", "getPerson", "getThing", "listPeople", "plain", "plainHead"}; !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}

	info, ok := c.Operation("getPerson")
	expectLine(t, info.Location, "post:")
	info.Location = ""
	want := OperationInfo{
		ID: "getPerson", Method: "POST", Path: "/person.html", Summary: "Get a person", Evidence: Documented,
	}
	if !ok || info != want {
		t.Errorf("got %+v, want %+v", info, want)
	}
	if _, ok := c.Operation("nobody"); ok {
		t.Error("an operation that is not there")
	}
}

func TestResponses(t *testing.T) {
	c := checker(t)
	want := []string{"Failure", "OldPersonFound", "PersonFound", "PersonResponse"}
	if got := c.Responses("getPerson"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if c.Responses("nobody") != nil {
		t.Error("responses of an operation that is not there")
	}
}
