package conformance

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestCoverage(t *testing.T) {
	c := checker(t)
	cov := c.NewCoverage()
	ex := person()
	ex.Response.Body = []byte(`{
		"person": {
			"id":1, "name":"x", "nick":null, "zone":"north", "tags":["a"], "parts":[{"kind":"door","side":"left"}]
		},
		"status": "success"
	}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { cov.Add(c.Check(t.Context(), ex)) })
	}
	wg.Wait()

	got := cov.Operation("getPerson")
	for _, field := range []string{"Person.nick", "Person.zone", "PersonFound.person", "PersonQuery.id", "Door.side"} {
		if slices.Contains(got.UnseenFields, field) {
			t.Errorf("%s was seen", field)
		}
	}
	for _, field := range []string{"Person.age", "Wheel.kind", "PersonQuery.email"} {
		if !slices.Contains(got.UnseenFields, field) {
			t.Errorf("%s was not seen", field)
		}
	}
	if got.Fields.Seen != got.Fields.Declared-len(got.UnseenFields) {
		t.Errorf("the counts do not add up: %+v", got.Fields)
	}
	if other := cov.Operation("listPeople"); other.Fields.Seen != 0 {
		t.Errorf("another operation has seen %+v", other.Fields)
	}
}

func TestCoverageOfNothing(t *testing.T) {
	cov := checker(t).NewCoverage()
	got := cov.Operation("getPerson")
	if got.Fields.Seen != 0 || got.Fields.Declared == 0 || len(got.UnseenFields) != got.Fields.Declared {
		t.Errorf("without an exchange: %+v", got)
	}
	if slices.ContainsFunc(got.UnseenFields, func(field string) bool { return strings.HasPrefix(field, "Form.") }) {
		t.Error("fields of another operation are counted")
	}
	if none := cov.Operation("nobody"); none.Fields.Declared != 0 {
		t.Errorf("an unknown operation has fields: %+v", none)
	}
}
