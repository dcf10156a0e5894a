package conformance

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// A contract with something that the checker cannot check is rejected when it is
// loaded. Otherwise exchanges that break it would conform.

// unsupported says which keyword of a schema cannot be checked.
func unsupported(s *openapi3.Schema) error {
	switch {
	case s.Discriminator != nil:
		return errors.New("discriminator is not supported; " +
			"let the branches exclude each other by required fields and one-value enums")
	case s.Enum != nil && len(s.Enum) == 0:
		return errors.New("enum lists nothing, so that no value fits; remove it or list the values")
	case s.MultipleOf != nil && *s.MultipleOf <= 0:
		return errors.New("multipleOf must be greater than 0")
	}
	return nil
}

// endless finds a schema that contains itself through allOf, anyOf, oneOf or
// not, without a field or an element in between. Whether a value fits it is not
// defined.
func endless(nodes map[*openapi3.Schema]*node) error {
	done := map[*node]bool{}
	for _, n := range nodes {
		if loop := loopFrom(n, nil, done); loop != nil {
			return fmt.Errorf("conformance: %s contains itself through allOf, anyOf, oneOf or not", loop.owner)
		}
	}
	return nil
}

// loopFrom follows the parts of a schema, and returns a schema that it reaches
// again. open are the schemas on the way there, and done those without a loop.
func loopFrom(n *node, open []*node, done map[*node]bool) *node {
	if slices.Contains(open, n) {
		return n
	}
	if done[n] {
		return nil
	}

	open = append(slices.Clip(open), n)
	parts := slices.Concat(n.allOf, n.anyOf, n.oneOf)
	if n.not != nil {
		parts = append(parts, n.not)
	}
	for _, part := range parts {
		if loop := loopFrom(part, open, done); loop != nil {
			return loop
		}
	}
	done[n] = true
	return nil
}

// unsupported says what of an operation cannot be checked.
func (e entry) unsupported() error {
	for _, segment := range strings.Split(e.path, "/") {
		if strings.Count(segment, "{") > 1 {
			return fmt.Errorf("the path segment %q has several parameters, which is not supported", segment)
		}
	}

	if e.op.RequestBody != nil && e.op.RequestBody.Value != nil {
		if err := unsupportedContent(e.op.RequestBody.Value.Content); err != nil {
			return fmt.Errorf("the request body: %w", err)
		}
	}

	for _, status := range slices.Sorted(maps.Keys(e.op.Responses.Map())) {
		response := e.op.Responses.Value(status)
		if response.Value == nil {
			continue
		}
		if err := unsupportedResponse(response.Value); err != nil {
			return fmt.Errorf("the response %s: %w", status, err)
		}
	}
	return nil
}

// unsupportedResponse says what of a response cannot be checked.
func unsupportedResponse(response *openapi3.Response) error {
	if err := unsupportedContent(response.Content); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(response.Headers)) {
		header := response.Headers[name].Value
		if header != nil && len(header.Content) > 0 {
			return fmt.Errorf("the header %s has content, which is not supported; give it a schema", name)
		}
	}
	return nil
}

// unsupportedContent names a content type whose bodies cannot be checked
// although the contract has a schema for them.
func unsupportedContent(content openapi3.Content) error {
	for _, label := range slices.Sorted(maps.Keys(content)) {
		media := content[label]
		if len(media.Encoding) > 0 {
			return fmt.Errorf("%s has an encoding, which is not supported", label)
		}
		isForm := isFormType(label) || isMultipart(label)
		isWildcard := strings.Contains(label, "*")
		isRead := isJSONType(label) || isForm || isTextType(label) || isWildcard
		if !isRead && media.Schema != nil && describesValue(&node{schema: media.Schema.Value}) {
			return fmt.Errorf("a body of %s cannot be checked against a schema; "+
				"remove the schema, or describe the body as {type: string, format: binary}", label)
		}
	}
	return nil
}

// describesValue reports whether a schema says more than that there are bytes.
func describesValue(n *node) bool {
	if n == nil || n.schema.IsEmpty() {
		return false
	}
	isBinary := n.schema.Type.Is("string") && n.schema.Format == "binary"
	return !isBinary
}
