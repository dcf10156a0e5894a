package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Mutation is one way to spoil an answer.
type Mutation struct {
	Kind    string
	Summary string
	spoil   func(*spoiled) bool
}

// spoiled is an answer while it is changed. body is the decoded JSON, nil if
// it is none; a mutation changes either body or raw.
type spoiled struct {
	contract *contract
	step     stepInfo
	status   int
	header   http.Header
	raw      []byte
	body     any
	cutShort bool // the transport is to see the body end early
}

// Mutations lists what [Mutants] and `run --mutate` can do to an answer.
func Mutations() []Mutation { return slices.Clone(mutations) }

var mutations = []Mutation{
	{"wrong-type", "a member has another JSON type", wrongType},
	{"null-member", "a member is null", nullMember},
	{"missing-status", "the member status is gone", missingStatus},
	{"unknown-status", "status has a value that no page prints", unknownStatus},
	{"missing-required", "a member that the contract requires is gone", missingRequired},
	{"truncated", "the connection ends in the middle of the body", truncated},
	{"cut-json", "the body ends in the middle, the connection does not", cutJSON},
	{"failure-for-success", "a refusal comes where success was due", failureForSuccess},
	{"success-for-failure", "success comes where a refusal was due", successForFailure},
	{"refusal-in-success", "success comes with the text of a refusal", refusalInSuccess},
	{"other-text", "a refusal says something else", otherText},
	{"other-generation", "another use of the same URL answers", otherGeneration},
	{"lost-name", "a record has lost its name", lostName},
	{"lost-contacts", "a record has lost its contacts", lostContacts},
	{"other-contact", "phones and e-mail addresses are another's", otherContact},
	{"month-from-one", "the months of calendar objects count from one", monthFromOne},
	{"lost-record", "a list lacks its last record", lostRecord},
	{"changed-id", "every identifier is one higher", changedID},
	{"duplicate-key", "a member stands twice", duplicateKey},
	{"trailing-data", "something follows the JSON value", trailingData},
	{"invalid-utf8", "a text holds bytes that are no UTF-8", invalidUTF8},
	{"mislabelled", "the JSON is labelled text/html", mislabelled},
	{"login-page", "an HTML page comes under HTTP 200", loginPage},
	{"server-error", "an HTML page comes under HTTP 500", serverError},
	{"empty-body", "HTTP 200 comes without a body", emptyBody},
}

// FindMutation returns the mutation of a kind.
func FindMutation(kind string) (Mutation, error) {
	for _, m := range mutations {
		if m.Kind == kind {
			return m, nil
		}
	}
	kinds := make([]string, len(mutations))
	for i, m := range mutations {
		kinds[i] = m.Kind
	}
	return Mutation{}, fmt.Errorf("cases: there is no mutation %q; there are %s", kind, strings.Join(kinds, ", "))
}

// mutator is a transport that spoils the answers of one operation.
type mutator struct {
	next     http.RoundTripper
	contract *contract
	mutation Mutation
	// operation and answer bound what is spoiled; empty: all.
	operation, answer string
	applied           atomic.Int64
}

func (m *mutator) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := m.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	step := stepOf(req.Context())
	if step.local || m.operation != "" && m.operation != step.operation || m.answer != "" && m.answer != step.answer {
		return res, nil
	}
	raw, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	answer := &spoiled{contract: m.contract, step: step, status: res.StatusCode, header: res.Header, raw: raw}
	answer.body, _ = jsonvalue.Decode(raw)
	if m.mutation.spoil(answer) {
		m.applied.Add(1)
	}
	res.StatusCode = answer.status
	res.Status = strconv.Itoa(answer.status) + " " + http.StatusText(answer.status)
	res.ContentLength = int64(len(answer.raw))
	res.Header.Del("Content-Length")
	end := io.EOF
	if answer.cutShort {
		end = io.ErrUnexpectedEOF
	}
	res.Body = &replay{Reader: bytes.NewReader(answer.raw), end: end}
	return res, nil
}

// rewrite makes raw follow body.
func (s *spoiled) rewrite(body any) bool {
	raw, err := jsonvalue.Encode(body)
	if err != nil || bytes.Equal(raw, s.raw) {
		return false
	}
	s.body, s.raw = body, raw
	return true
}

// object returns the whole body if it is an object.
func (s *spoiled) object() map[string]any {
	object, _ := s.body.(map[string]any)
	return object
}

// refused reports whether the body is a refusal.
func (s *spoiled) refused() bool {
	for _, name := range []string{"status", "Status"} {
		if status, ok := s.object()[name].(string); ok && strings.HasPrefix(strings.ToLower(status), "fail") {
			return true
		}
	}
	return false
}

// leaf finds the first member with a scalar value that the contract declares:
// inside a record rather than beside it, so that the spoiled place is deep.
func (s *spoiled) leaf() (pointer string, ok bool) {
	deep, flat := "", ""
	walk(s.body, "", func(at string, value any) {
		if _, isText := value.(string); !isText && !isScalar(value) || at == "" {
			return
		}
		if strings.Count(at, "/") > 1 {
			if deep == "" {
				deep = at
			}
		} else if flat == "" {
			flat = at
		}
	})
	if deep != "" {
		return deep, true
	}
	return flat, flat != ""
}

// walk visits every value, members in the order of their names.
func walk(value any, at string, visit func(at string, value any)) {
	visit(at, value)
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sortedKeys(value) {
			walk(value[name], joinPointer(at, name), visit)
		}
	case []any:
		for i, element := range value {
			walk(element, joinPointer(at, strconv.Itoa(i)), visit)
		}
	}
}

func replaceLeaf(s *spoiled, with any) bool {
	pointer, ok := s.leaf()
	if !ok {
		return false
	}
	body, err := setAt(s.body, pointer, with)
	return err == nil && s.rewrite(body)
}

func wrongType(s *spoiled) bool  { return replaceLeaf(s, map[string]any{"mutant": true}) }
func nullMember(s *spoiled) bool { return replaceLeaf(s, nil) }

func missingStatus(s *spoiled) bool { return s.dropMembers(s.object(), "status", "Status") }

func (s *spoiled) dropMembers(from map[string]any, names ...string) bool {
	dropped := false
	for _, name := range names {
		if _, ok := from[name]; ok {
			delete(from, name)
			dropped = true
		}
	}
	return dropped && s.rewrite(s.body)
}

func unknownStatus(s *spoiled) bool {
	for _, name := range []string{"status", "Status"} {
		if _, ok := s.object()[name]; ok {
			s.object()[name] = "perhaps"
			return s.rewrite(s.body)
		}
	}
	return false
}

// missingRequired drops the first member that the due component requires,
// status aside, which has a mutation of its own.
func missingRequired(s *spoiled) bool {
	ref := s.contract.doc.Components.Schemas[s.step.answer]
	if ref == nil || ref.Value == nil {
		return false
	}
	required := slices.Sorted(slices.Values(ref.Value.Required))
	for _, name := range required {
		if !strings.EqualFold(name, "status") {
			return s.dropMembers(s.object(), name)
		}
	}
	return false
}

func truncated(s *spoiled) bool {
	s.cutShort = true
	return cutJSON(s)
}

func cutJSON(s *spoiled) bool {
	if len(s.raw) < 2 {
		return false
	}
	s.raw = s.raw[:len(s.raw)/2]
	return true
}

func failureForSuccess(s *spoiled) bool {
	if s.refused() {
		return false
	}
	return s.rewrite(map[string]any{"message": "Invalid Auth Key", "status": "failed"})
}

func successForFailure(s *spoiled) bool {
	if !s.refused() {
		return false
	}
	for _, name := range []string{"status", "Status"} {
		if _, ok := s.object()[name]; ok {
			s.object()[name] = "success"
		}
	}
	return s.rewrite(s.body)
}

// refusalInSuccess puts the text of the operation's first documented failure
// where that failure has it.
func refusalInSuccess(s *spoiled) bool {
	op := s.contract.operations[s.step.operation]
	if s.refused() || s.object() == nil || len(op.failures) == 0 {
		return false
	}
	s.object()[op.failures[0].Member] = op.failures[0].Message
	return s.rewrite(s.body)
}

func otherText(s *spoiled) bool {
	if !s.refused() {
		return false
	}
	for _, name := range sortedKeys(s.object()) {
		if _, ok := s.object()[name].(string); ok && !strings.EqualFold(name, "status") {
			s.object()[name] = "Something else went wrong"
			return s.rewrite(s.body)
		}
	}
	return false
}

// otherGeneration answers with a documented success of another use, or in the
// words of 2016 where the URL has one use only.
func otherGeneration(s *spoiled) bool {
	if s.refused() {
		return false
	}
	op := s.contract.operations[s.step.operation]
	for _, u := range op.uses {
		if u.Answer == s.step.answer {
			continue
		}
		for _, example := range s.contract.examples(op, u.Answer) {
			if len(s.contract.checkComponent(s.step.answer, example)) > 0 {
				s.raw = example
				return true
			}
		}
	}
	return s.rewrite(map[string]any{"Message": "Customer Added Successfully", "Status": "Success"})
}

// examples lists the contract's examples that fit an answer component.
func (c *contract) examples(op *operation, component string) [][]byte {
	declared := c.doc.Paths.Value(op.Path).GetOperation(strings.ToUpper(op.Method))
	var fitting [][]byte
	for _, response := range declared.Responses.Map() {
		for _, media := range response.Value.Content {
			for _, name := range slices.Sorted(maps.Keys(media.Examples)) {
				raw, err := jsonvalue.Encode(media.Examples[name].Value.Value)
				if err == nil && len(c.checkComponent(component, raw)) == 0 {
					fitting = append(fitting, raw)
				}
			}
		}
	}
	return fitting
}

// recordNames are the members by which a record is known to people.
var recordNames = []string{"name", "customer_name", "customerName", "taskTitle", "title"}

func lostName(s *spoiled) bool {
	return s.members(func(object map[string]any, name string) bool {
		if !slices.Contains(recordNames, name) {
			return false
		}
		delete(object, name)
		return true
	})
}

// members visits every member of every object and rewrites the body if one of
// them was changed.
func (s *spoiled) members(change func(object map[string]any, name string) bool) bool {
	changed := false
	walk(s.body, "", func(_ string, value any) {
		object, _ := value.(map[string]any)
		for _, name := range sortedKeys(object) {
			changed = change(object, name) || changed
		}
	})
	return changed && s.rewrite(s.body)
}

func lostContacts(s *spoiled) bool {
	return s.members(func(object map[string]any, name string) bool {
		list, ok := object[name].([]any)
		if name != "contacts" || !ok || len(list) == 0 {
			return false
		}
		object[name] = []any{}
		return true
	})
}

func otherContact(s *spoiled) bool {
	return s.members(func(object map[string]any, name string) bool {
		switch text, _ := object[name].(string); {
		case text == "":
			return false
		case strings.Contains(text, "@"):
			object[name] = "another@example.com"
		case strings.Contains(strings.ToLower(name), "phone"):
			object[name] = "9000000099"
		default:
			return false
		}
		return true
	})
}

func monthFromOne(s *spoiled) bool {
	return s.members(func(object map[string]any, name string) bool {
		month, err := strconv.Atoi(jsonvalue.Text(object[name]))
		if name != "month" || err != nil {
			return false
		}
		object[name] = json.Number(strconv.Itoa(month + 1))
		return true
	})
}

func lostRecord(s *spoiled) bool {
	if list, ok := s.body.([]any); ok && len(list) > 0 {
		return s.rewrite(list[:len(list)-1])
	}
	for _, name := range sortedKeys(s.object()) {
		if list, ok := s.object()[name].([]any); ok && len(list) > 0 {
			s.object()[name] = list[:len(list)-1]
			return s.rewrite(s.body)
		}
	}
	return false
}

// changedID raises every number above zero that bears an identifier's name.
func changedID(s *spoiled) bool {
	return s.members(func(object map[string]any, name string) bool {
		number, err := strconv.ParseInt(jsonvalue.Text(object[name]), 10, 64)
		if !strings.HasSuffix(strings.ToLower(name), "id") || strings.EqualFold(name, "cmId") || err != nil || number <= 0 {
			return false
		}
		text := strconv.FormatInt(number+1, 10)
		if _, isText := object[name].(string); isText {
			object[name] = text
		} else {
			object[name] = json.Number(text)
		}
		return true
	})
}

func duplicateKey(s *spoiled) bool {
	names := sortedKeys(s.object())
	if len(names) == 0 {
		return false
	}
	again, err := jsonvalue.Encode(map[string]any{names[0]: s.object()[names[0]]})
	if err != nil {
		return false
	}
	rest := bytes.TrimPrefix(bytes.TrimSpace(s.raw), []byte("{"))
	s.raw = slices.Concat(bytes.TrimSuffix(again, []byte("}")), []byte(","), rest)
	return true
}

func trailingData(s *spoiled) bool {
	s.raw = append(slices.Clone(s.raw), ";"...)
	return true
}

func invalidUTF8(s *spoiled) bool {
	if _, ok := s.leaf(); !ok {
		return false
	}
	i := bytes.LastIndexByte(s.raw, '"')
	if i < 1 {
		return false
	}
	s.raw = slices.Concat(s.raw[:i], []byte{0xff}, s.raw[i:])
	return true
}

func mislabelled(s *spoiled) bool {
	s.header.Set("Content-Type", "text/html; charset=utf-8")
	return true
}

func loginPage(s *spoiled) bool {
	s.header.Set("Content-Type", "text/html; charset=utf-8")
	s.raw = []byte("<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>")
	return true
}

func serverError(s *spoiled) bool {
	s.status = http.StatusInternalServerError
	return loginPage(s)
}

func emptyBody(s *spoiled) bool {
	s.raw = nil
	return true
}

// checkComponent checks one JSON value against one component.
func (c *contract) checkComponent(component string, raw []byte) []conformance.Finding {
	return c.checker.CheckComponent(component, raw, conformance.SideResponse).Findings
}
