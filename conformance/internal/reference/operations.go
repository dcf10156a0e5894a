package reference

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// operation is one operation, or a call that Kapture makes.
type operation struct {
	contract.Operation
	About      string
	Generation string // if the operation is deprecated: its newest one
	ReplacedBy target
	Uses       []use // with links
	Security   []string
	Parameters []*property
	Request    *body
	Responses  []*body
	Unknown    []unknown
	ErrorNames []errorName
	Callbacks  []*operation
	Origin     string
}

// use is a use of an operation.
type use struct {
	contract.Use
	Sends []token
	Gets  []token
}

// body is what a request or a response carries.
type body struct {
	Status   string
	About    string
	Required bool
	Media    []media
	Evidence contract.Evidence
}

type media struct {
	Type     string
	Kind     []token
	Examples []example
}

type example struct {
	Name    string
	Summary string
	Text    string
}

// unknown is a row of a page's table that has no wire name, from
// x-unknown-fields.
type unknown struct {
	Label       string            `json:"label"`
	Type        string            `json:"type"`
	Mandatory   string            `json:"mandatory"`
	Description string            `json:"description"`
	Evidence    contract.Evidence `json:"x-evidence"`
}

// errorName is an entry of x-error-names.
type errorName struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Evidence    contract.Evidence `json:"x-evidence"`
}

// operation reads an operation from the document. described is what the contract's
// tables say about it.
func (r *reader) operation(described contract.Operation, declared *openapi3.Operation) (*operation, error) {
	o := &operation{
		Operation: described,
		About:     declared.Description,
		Security:  securityOf(r.document, declared),
		Request:   r.requestBody(declared),
		Origin:    placeOf(declared.Origin).String(),
	}
	for _, u := range described.Uses {
		o.Uses = append(o.Uses, use{Use: u, Sends: r.link(u.Request), Gets: r.link(u.Response)})
	}

	if err := r.readExtensions(o, declared); err != nil {
		return nil, fmt.Errorf("%s: %w", described.ID, err)
	}
	for _, ref := range declared.Parameters {
		p, err := r.parameter(ref.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: parameter %q: %w", described.ID, ref.Value.Name, err)
		}
		o.Parameters = append(o.Parameters, p)
	}
	for _, status := range described.Statuses {
		response, err := r.responseBody(status, declared.Responses.Value(status).Value)
		if err != nil {
			return nil, fmt.Errorf("%s: response %s: %w", described.ID, status, err)
		}
		o.Responses = append(o.Responses, response)
	}

	var err error
	o.Callbacks, err = r.callbacks(declared)
	return o, err
}

// readExtensions reads what only extensions say about an operation.
func (r *reader) readExtensions(o *operation, declared *openapi3.Operation) error {
	var replacedBy string
	err := cmp.Or(
		fromdoc.Extension(declared.Extensions, "x-generation", &o.Generation),
		fromdoc.Extension(declared.Extensions, "x-replaced-by", &replacedBy),
		fromdoc.Extension(declared.Extensions, "x-unknown-fields", &o.Unknown),
		fromdoc.Extension(declared.Extensions, "x-error-names", &o.ErrorNames),
	)
	if err != nil {
		return err
	}

	if replacement, known := r.described.ByID(replacedBy); known {
		o.ReplacedBy = target{Name: replacedBy, Link: replacement.Resource + ".html#" + replacedBy}
	}
	return nil
}

// requestBody is nil for an operation that takes none.
func (r *reader) requestBody(declared *openapi3.Operation) *body {
	if declared.RequestBody == nil {
		return nil
	}
	request := declared.RequestBody.Value
	return &body{About: request.Description, Required: request.Required, Media: r.media(request.Content)}
}

func (r *reader) responseBody(status string, declared *openapi3.Response) (*body, error) {
	response := &body{Status: status, Media: r.media(declared.Content)}
	if declared.Description != nil {
		response.About = *declared.Description
	}

	var err error
	response.Evidence, err = fromdoc.Evidence(declared.Extensions)
	return response, err
}

// callbacks are the calls that Kapture makes to a tenant.
func (r *reader) callbacks(declared *openapi3.Operation) ([]*operation, error) {
	var list []*operation
	for _, name := range slices.Sorted(maps.Keys(declared.Callbacks)) {
		for address, item := range declared.Callbacks[name].Value.Map() {
			for method, call := range item.Operations() {
				described, err := fromdoc.Operation(method, address, call)
				if err != nil {
					return nil, err
				}
				shown, err := r.operation(described, call)
				if err != nil {
					return nil, err
				}
				list = append(list, shown)
			}
		}
	}
	slices.SortFunc(list, func(a, b *operation) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// securityOf lists the ways to send a key, of which one is needed.
func securityOf(document *openapi3.T, declared *openapi3.Operation) []string {
	needed := document.Security
	if declared.Security != nil {
		needed = *declared.Security
	}
	var ways []string
	for _, way := range needed {
		names := slices.Sorted(maps.Keys(way))
		ways = append(ways, strings.Join(names, " and "))
	}
	return ways
}

func (r *reader) media(content openapi3.Content) []media {
	var list []media
	for _, name := range slices.Sorted(maps.Keys(content)) {
		declared := content[name]
		one := media{Type: name, Kind: r.kind(declared.Schema)}
		for _, key := range slices.SortedFunc(maps.Keys(declared.Examples), byLine(declared.Examples)) {
			sample := declared.Examples[key].Value
			text, err := json.MarshalIndent(sample.Value, "", "  ")
			if err != nil {
				text = []byte(err.Error())
			}
			one.Examples = append(one.Examples, example{Name: key, Summary: sample.Summary, Text: string(text)})
		}
		list = append(list, one)
	}
	return list
}

func byLine(examples openapi3.Examples) func(a, b string) int {
	line := func(name string) int { return placeOf(examples[name].Value.Origin).Line }
	return func(a, b string) int {
		return cmp.Or(cmp.Compare(line(a), line(b)), strings.Compare(a, b))
	}
}
