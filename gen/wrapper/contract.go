package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// contract is what the client repeats of the contract.
type contract struct {
	Operations   []operation
	Codes        []code
	Messages     []*message
	OrderFilters []string
	Schemas      map[string]schema
}

type schema struct {
	Name, Description string
	AllOf             []struct{ AnyOf []struct{ Required []string } }
}

// bundle is the contract as spec/dist has it, as far as it is read here.
type bundle struct {
	Tags       []struct{ Name string }
	Codes      []code `json:"x-failure-codes"`
	Paths      map[string]map[string]operation
	Components struct {
		Schemas map[string]schema
	}
}

type operation struct {
	ID         string `json:"operationId"`
	Summary    string
	Tags       []string
	Idempotent bool `json:"x-idempotent"`
	Path       string
	Failures   []failure `json:"x-failures"`
}

// Name is the operation's constant.
func (o operation) Name() string { return "Op" + strings.ToUpper(o.ID[:1]) + o.ID[1:] }

// code is one of the contract's codes of failures.
type code struct{ Code, Description string }

// Name is the code's constant: that of missing/ticket-id is ErrMissingTicketID.
func (c code) Name() string {
	name := "Err"
	for word := range strings.FieldsFuncSeq(c.Code, func(r rune) bool { return r == '-' || r == '/' }) {
		name += cmp.Or(initialisms[word], strings.ToUpper(word[:1])+word[1:])
	}
	return name
}

var initialisms = map[string]string{"id": "ID", "ids": "IDs", "json": "JSON"}

type failure struct {
	Name, Code, Message, Pattern string
	Evidence                     struct{ Documented []string } `json:"x-evidence"`
}

// message is a text that pages print, or what all texts of a pattern begin with.
type message struct {
	Text       string
	Prefix     bool
	Code       code
	Operations []operation
}

// Row is the message's in the table of the documentation, cut between words
// where it is long.
func (m message) Row() string {
	text, width, end := strings.TrimLeft(m.Text, " "), 70, ""
	if m.Prefix {
		end = "..."
	}
	for len(text)+len(end) > width && strings.Contains(text, " ") {
		text, end = text[:strings.LastIndexByte(text, ' ')], " ..."
	}
	return fmt.Sprintf("%-*s  %s", width, text+end, m.Code.Name())
}

func readContract(name string) (*contract, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var b bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for name, s := range b.Components.Schemas {
		s.Name, s.Description = name, strings.Join(strings.Fields(s.Description), " ")
		b.Components.Schemas[name] = s
	}
	c := &contract{Operations: b.operations(), Codes: b.Codes, Schemas: b.Components.Schemas}
	if c.Messages, err = messages(c.Operations, c.Codes); err != nil {
		return nil, err
	}
	c.OrderFilters, err = b.eitherOf("OrderQuery")
	return c, err
}

// operations lists those of the contract, by resource in the order of its tags.
func (b bundle) operations() (list []operation) {
	for path, methods := range b.Paths {
		for _, op := range methods {
			op.Path = path
			list = append(list, op)
		}
	}
	place := func(o operation) int {
		return slices.IndexFunc(b.Tags, func(t struct{ Name string }) bool { return t.Name == o.Tags[0] })
	}
	slices.SortFunc(list, func(a, b operation) int { return cmp.Or(place(a)-place(b), strings.Compare(a.ID, b.ID)) })
	return list
}

// messages lists what the pages print, each text once, in the order of the
// operations. What no page prints is inferred, and no message of theirs.
func messages(operations []operation, codes []code) (list []*message, err error) {
	for _, op := range operations {
		for _, f := range op.Failures {
			m, err := f.message(codes)
			if err != nil {
				return nil, fmt.Errorf("the failure %s of %s %w", f.Name, op.ID, err)
			}
			if len(f.Evidence.Documented) == 0 {
				continue
			}
			i := slices.IndexFunc(list, func(other *message) bool { return other.Text == m.Text && other.Prefix == m.Prefix })
			if i < 0 {
				list, i = append(list, m), len(list)
			}
			if list[i].Code != m.Code {
				return nil, fmt.Errorf("the failure %s of %s has the code %s, and its text has %s elsewhere", f.Name, op.ID, m.Code.Code, list[i].Code.Code)
			}
			if last := len(list[i].Operations) - 1; last < 0 || list[i].Operations[last].ID != op.ID {
				list[i].Operations = append(list[i].Operations, op)
			}
		}
	}
	return list, nil
}

// message is the failure's, without operations.
func (f failure) message(codes []code) (*message, error) {
	i := slices.IndexFunc(codes, func(c code) bool { return c.Code == f.Code })
	switch {
	case f.Code == "":
		return nil, errors.New("has no code; give it one of x-failure-codes")
	case i < 0:
		return nil, fmt.Errorf("has the code %q, which x-failure-codes has not", f.Code)
	case f.Message == "":
		return nil, errors.New("has no message")
	case f.Pattern == "":
		return &message{Text: f.Message, Code: codes[i]}, nil
	}
	pattern, err := regexp.Compile(strings.TrimPrefix(f.Pattern, "^"))
	if err != nil {
		return nil, err
	}
	beginning, _ := pattern.LiteralPrefix()
	if beginning == "" || !strings.HasPrefix(f.Pattern, "^") {
		return nil, fmt.Errorf("has the pattern %s, which fixes no beginning of the text", f.Pattern)
	}
	return &message{Text: beginning, Prefix: true, Code: codes[i]}, nil
}

// eitherOf lists the members of a schema of which it requires one.
func (b bundle) eitherOf(schema string) (members []string, err error) {
	for _, all := range b.Components.Schemas[schema].AllOf {
		for _, choice := range all.AnyOf {
			if len(choice.Required) != 1 {
				return nil, fmt.Errorf("%s wants %v together, where one member is looked for", schema, choice.Required)
			}
			members = append(members, choice.Required...)
		}
	}
	if len(members) == 0 {
		return nil, fmt.Errorf("%s has no list of members of which one is required", schema)
	}
	return members, nil
}
