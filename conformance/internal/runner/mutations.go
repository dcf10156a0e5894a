package runner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Mutation is one way to make a response wrong. mutator.go applies it to the
// responses of a server, mutants.go runs the cases against such servers.
type Mutation struct {
	Kind    string
	Summary string
	// apply reports whether it changed the response.
	apply func(*mutant) bool
}

// Mutations lists what [Mutants] and `run --mutate` can do to a response.
func Mutations() []Mutation { return slices.Clone(mutations) }

var mutations = []Mutation{
	{"wrong-type", "a field has another JSON type", wrongType},
	{"null-field", "a field is null", nullField},
	{"missing-status", "the field status is missing", missingStatus},
	{"unknown-status", "status has a value that no page prints", unknownStatus},
	{"missing-required", "a field that the contract requires is missing", missingRequired},
	{"truncated", "the connection ends in the middle of the body", truncated},
	{"cut-json", "the body ends in the middle, the connection does not", cutJSON},
	{"failure-for-success", "a failure instead of the expected success", failureForSuccess},
	{"success-for-failure", "a success instead of the expected failure", successForFailure},
	{"refusal-in-success", "a success with the text of a failure", refusalInSuccess},
	{"other-text", "a failure with another text", otherText},
	{"other-generation", "the response of another use of the same URL", otherGeneration},
	{"lost-name", "a record without its name", lostName},
	{"lost-contacts", "a record without its contacts", lostContacts},
	{"other-contact", "phones and e-mail addresses of somebody else", otherContact},
	{"month-from-one", "calendar objects whose months count from one", monthFromOne},
	{"lost-record", "a list without its last record", lostRecord},
	{"changed-id", "every identifier is one higher", changedID},
	{"duplicate-key", "a field appears twice", duplicateKey},
	{"trailing-data", "extra bytes after the JSON value", trailingData},
	{"invalid-utf8", "a text with bytes that are not UTF-8", invalidUTF8},
	{"mislabelled", "the JSON is labelled text/html", mislabelled},
	{"login-page", "an HTML page under HTTP 200", loginPage},
	{"server-error", "an HTML page under HTTP 500", serverError},
	{"empty-body", "HTTP 200 without a body", emptyBody},
}

// FindMutation returns the mutation of a kind.
func FindMutation(kind string) (Mutation, error) {
	var kinds []string
	for _, m := range mutations {
		if m.Kind == kind {
			return m, nil
		}
		kinds = append(kinds, m.Kind)
	}
	const format = "conformance cases: unknown mutation %q; use one of %s"
	return Mutation{}, fmt.Errorf(format, kind, strings.Join(kinds, ", "))
}

// mutant is a response while a mutation changes it. A mutation changes either
// the decoded body, through rewrite, or raw itself.
type mutant struct {
	contract *contract
	step     StepInfo
	status   int
	header   http.Header
	raw      []byte
	body     any  // decoded; nil if the response is not JSON
	cutShort bool // the connection ends before the body does
}

// rewrite replaces the body by another value.
func (m *mutant) rewrite(body any) bool {
	raw, err := jsonvalue.Encode(body)
	if err != nil || bytes.Equal(raw, m.raw) {
		return false
	}
	m.body = body
	m.raw = raw
	return true
}

// object returns the whole body if it is an object.
func (m *mutant) object() map[string]any {
	object, _ := m.body.(map[string]any)
	return object
}

// isFailure reports whether the body says that the call failed.
func (m *mutant) isFailure() bool {
	for _, name := range statusNames {
		status, ok := m.object()[name].(string)
		if ok && strings.HasPrefix(strings.ToLower(status), "fail") {
			return true
		}
	}
	return false
}

// statusNames are the spellings of the field status.
var statusNames = []string{"status", "Status"}

// leaf finds the first scalar field, inside a record if there is one, so that
// the wrong value is deep in the body.
func (m *mutant) leaf() (pointer string, ok bool) {
	deep := ""
	flat := ""
	walk(m.body, "", func(at string, value any) {
		isRoot := at == ""
		if isRoot || !isScalar(value) {
			return
		}
		inRecord := strings.Count(at, "/") > 1
		switch {
		case inRecord && deep == "":
			deep = at
		case !inRecord && flat == "":
			flat = at
		}
	})

	if deep != "" {
		return deep, true
	}
	return flat, flat != ""
}

func (m *mutant) replaceLeaf(value any) bool {
	pointer, ok := m.leaf()
	if !ok {
		return false
	}
	body, err := setAt(m.body, pointer, value)
	return err == nil && m.rewrite(body)
}

func (m *mutant) dropFields(from map[string]any, names ...string) bool {
	dropped := false
	for _, name := range names {
		if _, ok := from[name]; ok {
			delete(from, name)
			dropped = true
		}
	}
	return dropped && m.rewrite(m.body)
}

// changeFields calls change for every field of every object. change reports
// whether it changed the object.
func (m *mutant) changeFields(change func(object map[string]any, name string) bool) bool {
	changed := false
	walk(m.body, "", func(_ string, value any) {
		object, _ := value.(map[string]any)
		for _, name := range sortedKeys(object) {
			if change(object, name) {
				changed = true
			}
		}
	})
	return changed && m.rewrite(m.body)
}

func wrongType(m *mutant) bool { return m.replaceLeaf(map[string]any{"mutant": true}) }
func nullField(m *mutant) bool { return m.replaceLeaf(nil) }

func missingStatus(m *mutant) bool { return m.dropFields(m.object(), statusNames...) }

func unknownStatus(m *mutant) bool {
	for _, name := range statusNames {
		if _, ok := m.object()[name]; ok {
			m.object()[name] = "perhaps"
			return m.rewrite(m.body)
		}
	}
	return false
}

// missingRequired drops the first field that the expected component requires,
// except status, which has its own mutation.
func missingRequired(m *mutant) bool {
	ref := m.contract.doc.Components.Schemas[m.step.Component]
	if ref == nil || ref.Value == nil {
		return false
	}
	for _, name := range slices.Sorted(slices.Values(ref.Value.Required)) {
		if !strings.EqualFold(name, "status") {
			return m.dropFields(m.object(), name)
		}
	}
	return false
}

func truncated(m *mutant) bool {
	m.cutShort = true
	return cutJSON(m)
}

func cutJSON(m *mutant) bool {
	if len(m.raw) < 2 {
		return false
	}
	m.raw = m.raw[:len(m.raw)/2]
	return true
}

func failureForSuccess(m *mutant) bool {
	if m.isFailure() {
		return false
	}
	return m.rewrite(map[string]any{"message": "Invalid Auth Key", "status": "failed"})
}

func successForFailure(m *mutant) bool {
	if !m.isFailure() {
		return false
	}
	for _, name := range statusNames {
		if _, ok := m.object()[name]; ok {
			m.object()[name] = "success"
		}
	}
	return m.rewrite(m.body)
}

// refusalInSuccess puts the text of the operation's first documented failure
// into the field where that failure has it.
func refusalInSuccess(m *mutant) bool {
	op := m.contract.operations[m.step.Operation]
	if m.isFailure() || m.object() == nil || len(op.failures) == 0 {
		return false
	}
	failure := op.failures[0]
	m.object()[failure.Field] = failure.Message
	return m.rewrite(m.body)
}

func otherText(m *mutant) bool {
	if !m.isFailure() {
		return false
	}
	for _, name := range sortedKeys(m.object()) {
		_, isText := m.object()[name].(string)
		if isText && !strings.EqualFold(name, "status") {
			m.object()[name] = "Something else went wrong"
			return m.rewrite(m.body)
		}
	}
	return false
}

// otherGeneration returns a documented success of another use, or one in the
// form of 2016 if the URL has only one use.
func otherGeneration(m *mutant) bool {
	if m.isFailure() {
		return false
	}
	op := m.contract.operations[m.step.Operation]

	examples, _ := m.contract.responseExamples(op)
	for _, use := range op.described.Uses {
		if use.Response == m.step.Component {
			continue
		}
		for _, e := range examples {
			fitsOther := m.contract.fits(use.Response, e.raw, conformance.SideResponse)
			fitsThis := m.contract.fits(m.step.Component, e.raw, conformance.SideResponse)
			if fitsOther && !fitsThis {
				m.raw = e.raw
				return true
			}
		}
	}
	return m.rewrite(map[string]any{"Message": "Customer Added Successfully", "Status": "Success"})
}

// recordNames are the fields that name a record for people.
var recordNames = []string{"name", "customer_name", "customerName", "taskTitle", "title"}

func lostName(m *mutant) bool {
	return m.changeFields(func(object map[string]any, name string) bool {
		if !slices.Contains(recordNames, name) {
			return false
		}
		delete(object, name)
		return true
	})
}

func lostContacts(m *mutant) bool {
	return m.changeFields(func(object map[string]any, name string) bool {
		list, ok := object[name].([]any)
		if name != "contacts" || !ok || len(list) == 0 {
			return false
		}
		object[name] = []any{}
		return true
	})
}

func otherContact(m *mutant) bool {
	return m.changeFields(func(object map[string]any, name string) bool {
		text, _ := object[name].(string)
		switch {
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

func monthFromOne(m *mutant) bool {
	return m.changeFields(func(object map[string]any, name string) bool {
		month, err := strconv.Atoi(jsonvalue.Text(object[name]))
		if name != "month" || err != nil {
			return false
		}
		object[name] = json.Number(strconv.Itoa(month + 1))
		return true
	})
}

func lostRecord(m *mutant) bool {
	if list, ok := m.body.([]any); ok && len(list) > 0 {
		return m.rewrite(list[:len(list)-1])
	}
	for _, name := range sortedKeys(m.object()) {
		list, ok := m.object()[name].([]any)
		if ok && len(list) > 0 {
			m.object()[name] = list[:len(list)-1]
			return m.rewrite(m.body)
		}
	}
	return false
}

// changedID increments every number above zero whose field has the name of an
// identifier. The number of the account is not one of a record.
func changedID(m *mutant) bool {
	return m.changeFields(func(object map[string]any, name string) bool {
		isID := strings.HasSuffix(strings.ToLower(name), "id") && !strings.EqualFold(name, "cmId")
		number, err := strconv.ParseInt(jsonvalue.Text(object[name]), 10, 64)
		if !isID || err != nil || number <= 0 {
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

func duplicateKey(m *mutant) bool {
	names := sortedKeys(m.object())
	if len(names) == 0 {
		return false
	}
	first, err := jsonvalue.Encode(map[string]any{names[0]: m.object()[names[0]]})
	if err != nil {
		return false
	}
	rest := bytes.TrimPrefix(bytes.TrimSpace(m.raw), []byte("{"))
	m.raw = slices.Concat(bytes.TrimSuffix(first, []byte("}")), []byte(","), rest)
	return true
}

func trailingData(m *mutant) bool {
	m.raw = append(slices.Clone(m.raw), ';')
	return true
}

func invalidUTF8(m *mutant) bool {
	if _, ok := m.leaf(); !ok {
		return false
	}
	i := bytes.LastIndexByte(m.raw, '"')
	if i < 1 {
		return false
	}
	m.raw = slices.Concat(m.raw[:i], []byte{0xff}, m.raw[i:])
	return true
}

func mislabelled(m *mutant) bool {
	m.header.Set("Content-Type", "text/html; charset=utf-8")
	return true
}

func loginPage(m *mutant) bool {
	m.header.Set("Content-Type", "text/html; charset=utf-8")
	m.raw = []byte("<!DOCTYPE html><html><head><title>Sign in</title></head><body></body></html>")
	return true
}

func serverError(m *mutant) bool {
	m.status = http.StatusInternalServerError
	return loginPage(m)
}

func emptyBody(m *mutant) bool {
	m.raw = nil
	return true
}
