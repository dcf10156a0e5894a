package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
)

// description is what the client repeats of the contract.
type description struct {
	Operations   []operation
	Codes        []code
	Messages     []*message
	OrderFilters []string
	Components   map[string]*component // by their names in Go
}

// operation is an operation with the name of its constant.
type operation struct{ contract.Operation }

// Name is the operation's constant.
func (o operation) Name() string { return "Op" + strings.ToUpper(o.ID[:1]) + o.ID[1:] }

// code is one of the contract's codes of failures.
type code struct{ contract.FailureCode }

// Name is the code's constant: missing/ticket-id becomes ErrMissingTicketID.
func (c code) Name() string {
	name := "Err"
	for word := range strings.FieldsFuncSeq(c.Code, func(r rune) bool { return r == '-' || r == '/' }) {
		name += cmp.Or(initialisms[word], strings.ToUpper(word[:1])+word[1:])
	}
	return name
}

var initialisms = map[string]string{"id": "ID", "ids": "IDs", "json": "JSON"}

// message is a text that pages print. If the text varies, it is how all texts of
// its pattern begin.
type message struct {
	Text       string
	Prefix     bool
	Code       code
	Operations []operation
}

// tableWidth is the width of a line in the table of the documentation.
const tableWidth = 76

// Lines are the message's lines in the table of the documentation: its text, cut
// between words where it is long, its code, and the operations whose pages print
// it.
func (m message) Lines() []string {
	text := strings.TrimLeft(m.Text, " ")
	end := ""
	if m.Prefix {
		end = "..."
	}
	for len(text)+len(end) > tableWidth && strings.Contains(text, " ") {
		text = text[:strings.LastIndexByte(text, ' ')]
		end = " ..."
	}

	lines := []string{text + end}
	line := "    " + m.Code.Name() + " at"
	for i, op := range m.Operations {
		name := op.ID
		if i < len(m.Operations)-1 {
			name += ","
		}
		if len(line)+len(" ")+len(name) > tableWidth {
			lines = append(lines, line)
			line = "       "
		}
		line += " " + name
	}
	return append(lines, line)
}

// readContract reads the bundle. In YAML it has the lines of its elements, which
// give the order in which the contract lists them.
func readContract(name string, goNames map[string]string) (*description, error) {
	loader := openapi3.NewLoader()
	loader.IncludeOrigin = true
	document, err := loader.LoadFromFile(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	described, err := fromdoc.Contract(document)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}

	d := &description{}
	for _, o := range described.Operations {
		d.Operations = append(d.Operations, operation{o})
	}
	for _, c := range described.FailureCodes {
		d.Codes = append(d.Codes, code{c})
	}
	if d.Components, err = readComponents(document, name, goNames); err != nil {
		return nil, err
	}

	if d.Messages, err = messages(d.Operations, d.Codes); err != nil {
		return nil, err
	}
	d.OrderFilters, err = eitherOf(document, "OrderQuery")
	return d, err
}

// messages lists what the pages print, each text once, in the order of the
// operations. It leaves out inferred texts, which no page prints.
func messages(operations []operation, codes []code) ([]*message, error) {
	var list []*message
	for _, op := range operations {
		for _, failure := range op.Failures {
			m, err := newMessage(failure, codes)
			if err != nil {
				return nil, fmt.Errorf("the failure %s of %s %w", failure.Name, op.ID, err)
			}
			if len(failure.Evidence.Documented) == 0 {
				continue
			}

			same := func(other *message) bool { return other.Text == m.Text && other.Prefix == m.Prefix }
			i := slices.IndexFunc(list, same)
			if i < 0 {
				i = len(list)
				list = append(list, m)
			}
			known := list[i]
			if known.Code.Code != m.Code.Code {
				return nil, fmt.Errorf("the failure %s of %s has the code %s, but its text has %s elsewhere",
					failure.Name, op.ID, m.Code.Code, known.Code.Code)
			}
			if !slices.ContainsFunc(known.Operations, func(o operation) bool { return o.ID == op.ID }) {
				known.Operations = append(known.Operations, op)
			}
		}
	}
	return list, nil
}

// newMessage is the message of a failure, without operations.
func newMessage(failure contract.Outcome, codes []code) (*message, error) {
	i := slices.IndexFunc(codes, func(c code) bool { return c.Code == failure.Code })
	switch {
	case failure.Code == "":
		return nil, errors.New("has no code; give it one of x-failure-codes")
	case i < 0:
		return nil, fmt.Errorf("has the code %q, which is not in x-failure-codes", failure.Code)
	case failure.Message == "":
		return nil, errors.New("has no message")
	case failure.Pattern == "":
		return &message{Text: failure.Message, Code: codes[i]}, nil
	}

	// LiteralPrefix is empty for an expression that is tied to the beginning.
	pattern, err := regexp.Compile(strings.TrimPrefix(failure.Pattern, "^"))
	if err != nil {
		return nil, err
	}
	beginning, _ := pattern.LiteralPrefix()
	if beginning == "" || !strings.HasPrefix(failure.Pattern, "^") {
		return nil, fmt.Errorf("has the pattern %s, which fixes no beginning of the text", failure.Pattern)
	}
	return &message{Text: beginning, Prefix: true, Code: codes[i]}, nil
}

// eitherOf lists the fields of which a schema requires one.
func eitherOf(document *openapi3.T, name string) ([]string, error) {
	declared := document.Components.Schemas[name]
	if declared == nil {
		return nil, fmt.Errorf("the contract has no %s", name)
	}
	var fields []string
	for _, all := range declared.Value.AllOf {
		for _, choice := range all.Value.AnyOf {
			required := choice.Value.Required
			if len(required) != 1 {
				return nil, fmt.Errorf("%s requires %v together, want one field for each choice", name, required)
			}
			fields = append(fields, required[0])
		}
	}
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s has no list of fields of which one is required", name)
	}
	return fields, nil
}
