package runner

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// example is a named example of the contract.
type example struct {
	name   string
	status int // of a response
	value  any // decoded
	raw    []byte
}

// declared is the operation as the document has it.
func (c *contract) declared(op *operation) *openapi3.Operation {
	return c.doc.Paths.Value(op.Path).GetOperation(strings.ToUpper(op.Method))
}

// requestExamples lists the examples of an operation's request body, by name.
func (c *contract) requestExamples(op *operation) ([]example, error) {
	body := c.declared(op).RequestBody
	if body == nil {
		return nil, nil
	}
	return c.examplesIn(body.Value.Content)
}

// responseExamples lists the examples of an operation's responses, by status and
// name.
func (c *contract) responseExamples(op *operation) ([]example, error) {
	responses := c.declared(op).Responses.Map()
	var all []example
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		examples, err := c.examplesIn(responses[status].Value.Content)
		if err != nil {
			return nil, err
		}

		code, err := strconv.Atoi(status)
		if err != nil {
			code = http.StatusOK // of "default" and ranges
		}

		for _, e := range examples {
			e.status = code
			all = append(all, e)
		}
	}
	return all, nil
}

func (c *contract) examplesIn(content openapi3.Content) ([]example, error) {
	var all []example
	for _, kind := range slices.Sorted(maps.Keys(content)) {
		examples := content[kind].Examples
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			raw, err := jsonvalue.Encode(examples[name].Value.Value)
			if err != nil {
				return nil, err
			}

			value, err := jsonvalue.Decode(raw)
			if err != nil {
				return nil, err
			}
			all = append(all, example{name: name, value: value, raw: raw})
		}
	}
	return all, nil
}
