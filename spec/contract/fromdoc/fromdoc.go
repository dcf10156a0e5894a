// Package fromdoc reads the values of package contract from an OpenAPI
// document. It is for documents that differ from the contract of this
// repository, such as an edited copy; programs that need the contract itself use
// package contract, which reads nothing.
package fromdoc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// Contract reads a whole document.
//
// Within a resource, operations keep the order in which they are authored if the
// document was loaded with its origins. Without origins they are sorted by
// operationId, because the library does not keep the order of paths.
func Contract(document *openapi3.T) (*contract.Contract, error) {
	c := &contract.Contract{}
	if document.Info != nil {
		c.Title = document.Info.Title
		c.Version = document.Info.Version
	}
	if err := Extension(document.Extensions, "x-failure-codes", &c.FailureCodes); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}

	lines := map[string]int{} // by operationId
	for path, item := range document.Paths.Map() {
		for method, declared := range item.Operations() {
			operation, err := Operation(method, path, declared)
			if err != nil {
				return nil, err
			}
			c.Operations = append(c.Operations, operation)
			if declared.Origin != nil && declared.Origin.Key != nil {
				lines[operation.ID] = declared.Origin.Key.Line
			}
		}
	}

	tag := func(o contract.Operation) int {
		i := slices.IndexFunc(document.Tags, func(t *openapi3.Tag) bool { return t.Name == o.Resource })
		if i < 0 {
			return len(document.Tags)
		}
		return i
	}
	slices.SortFunc(c.Operations, func(a, b contract.Operation) int {
		return cmp.Or(cmp.Compare(tag(a), tag(b)), cmp.Compare(lines[a.ID], lines[b.ID]), strings.Compare(a.ID, b.ID))
	})
	return c, nil
}

// Operation reads one operation. An operation without an operationId gets its
// method and path for one.
func Operation(method, path string, declared *openapi3.Operation) (contract.Operation, error) {
	o := contract.Operation{
		ID:         cmp.Or(declared.OperationID, method+" "+path),
		Method:     method,
		Path:       path,
		Summary:    declared.Summary,
		Deprecated: declared.Deprecated,
	}
	if len(declared.Tags) > 0 {
		o.Resource = declared.Tags[0]
	}
	if declared.Responses != nil {
		o.Statuses = slices.Sorted(maps.Keys(declared.Responses.Map()))
	}

	for name, into := range map[string]any{
		"x-idempotent": &o.Idempotent,
		"x-uses":       &o.Uses,
		"x-failures":   &o.Failures,
		"x-successes":  &o.Successes,
		"x-evidence":   &o.Evidence,
	} {
		if err := Extension(declared.Extensions, name, into); err != nil {
			return o, fmt.Errorf("contract: %s: %w", o.ID, err)
		}
	}

	for _, outcome := range slices.Concat(o.Failures, o.Successes) {
		if _, err := regexp.Compile(outcome.Pattern); err != nil {
			return o, fmt.Errorf("contract: %s: pattern of %s: %w", o.ID, outcome.Name, err)
		}
	}
	return o, nil
}

// Evidence reads x-evidence from the extensions of any element. An element
// without it has none.
func Evidence(extensions map[string]any) (contract.Evidence, error) {
	var evidence contract.Evidence
	err := Extension(extensions, "x-evidence", &evidence)
	return evidence, err
}

// Extension decodes one of the extensions of any element, as [json.Unmarshal]
// does. An element without it leaves into as it is.
//
// The loader adds the origins of values to them, under __origin__; a struct
// without such a field ignores it.
func Extension(extensions map[string]any, name string, into any) error {
	value, given := extensions[name]
	if !given {
		return nil
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
