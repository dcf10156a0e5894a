package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/spec"
)

// differentialShare is the variable that says how much of the contract's
// comparisons TestAgainstKin makes: one in that many. 1 makes all of them,
// which takes a minute; see `make differential`.
const differentialShare = "DIFFERENTIAL_SHARE"

const defaultShare = 1000

// TestAgainstKin compares the checker with kin-openapi, whose verdict on a whole
// value is right but cannot be placed. Both must accept or reject the same
// values of every component: each sample, each part of a sample that fits the
// component, and all of these with one change.
//
// They differ on purpose about null where a schema has no type (see nullByType)
// and about numbers that a float64 cannot hold.
func TestAgainstKin(t *testing.T) {
	contract, err := spec.Bundle(spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	share := defaultShare
	if text := os.Getenv(differentialShare); text != "" {
		share, err = strconv.Atoi(text)
		if err != nil || share < 1 {
			t.Fatalf("%s is %q, want a number from 1", differentialShare, text)
		}
	}

	for name, c := range map[string]struct {
		doc    *openapi3.T
		values []any
		share  int
	}{
		"shop":     {doc: mustLoad("testdata/shop.yaml"), values: []any{decoded(t, fullPerson)}, share: 1},
		"market":   {doc: mustLoad("testdata/market.yaml"), values: []any{decoded(t, fullStall)}, share: 1},
		"contract": {doc: contract, values: samplesOfAll(t, contract), share: share},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDifferential(t, c.doc, c.share)
			for _, component := range slices.Sorted(maps.Keys(c.doc.Components.Schemas)) {
				d.component(t, component, c.values)
			}
			t.Logf("%d comparisons, %d of them accepted", d.compared, d.accepted)
			if d.accepted == 0 || d.accepted == d.compared {
				t.Error("the comparison shows nothing: all values are accepted, or all rejected")
			}
		})
	}
}

func decoded(t *testing.T, body string) any {
	t.Helper()
	value, err := jsonvalue.Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// differential compares verdicts on components of one document.
type differential struct {
	checker  *Checker
	schemas  openapi3.Schemas
	share    int
	compared int
	accepted int
}

func newDifferential(t *testing.T, doc *openapi3.T, share int) *differential {
	t.Helper()
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	visited := map[*openapi3.Schema]bool{}
	for _, ref := range doc.Components.Schemas {
		nullByType(ref, visited)
	}
	return &differential{checker: c, schemas: doc.Components.Schemas, share: share}
}

// nullByType lets kin-openapi, which otherwise admits null only where a schema
// says nullable, know that a schema without a type admits it too, as OpenAPI 3.0.3
// has it. The checker has prepared the schemas before. Parts of an allOf, anyOf
// or oneOf are left as they are: kin-openapi then forgets the type next to them.
func nullByType(ref *openapi3.SchemaRef, visited map[*openapi3.Schema]bool) {
	if ref == nil || visited[ref.Value] {
		return
	}
	s := ref.Value
	visited[s] = true
	parts := slices.Concat(s.AllOf, s.AnyOf, s.OneOf)
	if s.Type == nil && len(parts) == 0 && s.Not == nil && (len(s.Enum) == 0 || slices.Contains(s.Enum, nil)) {
		s.Nullable = true
	}

	below := openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema}
	for _, property := range s.Properties {
		below = append(below, property)
	}
	for _, part := range parts {
		for _, property := range part.Value.Properties {
			below = append(below, property)
		}
	}
	for _, ref := range below {
		nullByType(ref, visited)
	}
}

// maxFitting bounds how many fitting parts of samples are changed in every way.
const maxFitting = 12

// component compares the verdicts on the values, on their parts that fit the
// component, and on those with one change.
func (d *differential) component(t *testing.T, component string, values []any) {
	fitting := 0
	for i, value := range values {
		if d.isPicked(component, i) {
			d.compare(t, component, value)
		}
		for _, at := range pointersOf(value) {
			part := valueAt(value, at)
			if _, isText := part.(string); isText || fitting == maxFitting || d.kinRejects(component, part) {
				continue
			}
			fitting++
			d.changed(t, component, part)
		}
	}
}

// changed compares the verdicts on a value with each change at each place.
func (d *differential) changed(t *testing.T, component string, value any) {
	pointers := pointersOf(value)
	for _, change := range bodyChanges {
		if change.name == beyondFloat {
			continue // kin-openapi cannot decide it; see TestNumbersAreReadExactly
		}
		for _, at := range pointers {
			if !d.isPicked(component, change.name, at) {
				continue
			}
			if changed, ok := change.at(value, at); ok {
				d.compare(t, component, changed)
			}
		}
	}
}

// isPicked picks one comparison in share, by what it compares.
func (d *differential) isPicked(what ...any) bool {
	return hashOf(fmt.Sprint(what...), "differential", d.share) == 0
}

func (d *differential) compare(t *testing.T, component string, value any) {
	body, err := jsonvalue.Encode(value)
	if err != nil {
		t.Fatal(err)
	}

	d.compared++
	rejected := d.kinRejects(component, value)
	if !rejected {
		d.accepted++
	}
	if r := d.checker.CheckComponent(component, body, SideResponse); r.OK() == rejected {
		found := brief(r.Findings)
		t.Errorf("%s: kin-openapi rejects it: %v, the checker finds %q\n%s", component, rejected, found, body)
	}
}

func (d *differential) kinRejects(component string, value any) bool {
	err := d.schemas[component].Value.VisitJSON(value,
		openapi3.FailFast(),
		openapi3.VisitAsResponse(),
		openapi3.WithStringFormatValidators(kinFormats))
	return err != nil
}

// valueAt returns the part of a value at a pointer.
func valueAt(value any, pointer string) any {
	for _, step := range strings.Split(pointer, "/")[1:] {
		switch v := value.(type) {
		case map[string]any:
			value = v[jsonvalue.Unescape(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		}
	}
	return value
}

// samplesOfAll lists the samples of a document.
func samplesOfAll(t *testing.T, doc *openapi3.T) []any {
	t.Helper()
	var values []any
	for _, urlPath := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		for _, op := range doc.Paths.Value(urlPath).Operations() {
			contents := []openapi3.Content{}
			if op.RequestBody != nil {
				contents = append(contents, op.RequestBody.Value.Content)
			}
			for _, response := range op.Responses.Map() {
				contents = append(contents, response.Value.Content)
			}
			for _, content := range contents {
				for _, s := range samplesOf(t, content) {
					value, err := jsonvalue.Decode(s.body)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, value)
				}
			}
		}
	}
	return values
}
