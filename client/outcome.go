package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/gen/rawjson"
)

// due is what a success looks like, as far as its outcome goes.
type due struct {
	members    []string // objects that it must have, in the outermost object; of a stream, the list and what leads to it
	statusless bool     // it may come without a status
	listed     bool     // it may be the one element of a list
	more       func(*reply) error
}

// reply is an answer whose outcome is a success.
type reply struct {
	status  int
	header  http.Header
	body    []byte // as it came
	json    []byte // the same as valid JSON
	record  []byte // the part of it that is decoded: all of it, unless due.more says otherwise
	notes   []Note
	members map[string]json.RawMessage // of the outermost object
	id      string                     // of a list: the member that identifies a record
}

// The members that decide what became of a call. They are read by exact name: encoding/json would take Status for status.
var (
	outcomeMembers = []string{"status", "Status", "message", "Message", "Customer Details", "customer/result"}
	statusMembers  = outcomeMembers[:2]
	messageMembers = outcomeMembers[2:5]
)

// judge decides by the shape of the body, never by HTTP status or content type alone, whether the call succeeded.
func (x *exchange) judge(body []byte, want due) (*reply, error) {
	x.body = body
	text, notes := rawjson.Bare(body)
	r := &reply{status: x.status, header: x.header, body: body, notes: append(typeNotes(x.header), notes...)}
	if len(text) == 0 || text[0] != '{' && text[0] != '[' {
		return nil, x.noJSON(text)
	}
	in, err := rawjson.Inspect(text, "")
	if err != nil {
		return nil, x.unreadable(ErrUndecodable, "the answer is "+err.Error(), nil)
	}
	r.json, r.record, r.notes = in.JSON, in.JSON, append(r.notes, in.Notes...)
	err = json.Unmarshal(r.json, &r.members) // of which a list has none
	syntax, broken := errors.AsType[*json.SyntaxError](err)
	switch {
	case broken && int(syntax.Offset) == len(r.json) && (strings.HasPrefix(err.Error(), "unexpected end") || strings.HasPrefix(err.Error(), "invalid character ' '")):
		return nil, x.unreadable(ErrTruncated, fmt.Sprintf("the answer ends inside its JSON, after %d bytes", len(body)), nil)
	case broken:
		return nil, x.unreadable(ErrUndecodable, "the answer is no valid JSON", err)
	}
	var elements []json.RawMessage
	if want.listed && json.Unmarshal(r.json, &elements) == nil && len(elements) == 1 {
		r.record = elements[0]
		_ = json.Unmarshal(r.record, &r.members)
		in, _ = rawjson.Inspect(r.record, "") // which the whole answer has passed
	}
	return r, x.outcome(r, in.Notes, want)
}

// outcome reads success or failure from the outermost members, of which there are notes.
func (x *exchange) outcome(r *reply, notes []Note, want due) error {
	for _, note := range notes {
		name := strings.TrimPrefix(note.Pointer, "/")
		if note.Kind == NoteDuplicate && (slices.Contains(outcomeMembers, name) || slices.Contains(want.members, name)) {
			return x.unreadable(ErrUndecodable, fmt.Sprintf("the answer has %q twice, so what became of the call is not clear", name), nil)
		}
	}
	message := ""
	for _, name := range slices.Backward(messageMembers) {
		if s, ok := rawjson.Text(r.members[name]); ok {
			message = s
		}
	}
	verdicts := ""
	for _, name := range statusMembers {
		if raw, given := r.members[name]; given {
			s, _ := rawjson.Text(raw)
			verdicts += strings.ToLower(s) + ";"
		}
	}
	switch {
	case strings.Contains(verdicts, "fail"), verdicts == "" && classify(message, 0) != ErrFailed:
		e := x.refused(message, "")
		e.OutcomeUnknown = !x.safe && strings.Contains(verdicts, "success") // which the other of the two says
		return e
	case x.status >= 400:
		detail, success := fmt.Sprintf("HTTP %d %s", x.status, http.StatusText(x.status)), strings.Contains(verdicts, "success")
		if success {
			detail += ", although the body says success"
		}
		e := x.refused(message, detail)
		e.OutcomeUnknown = !x.safe && (x.status >= 500 || success)
		return e
	case verdicts == "" && !want.statusless:
		return x.unreadable(ErrUnexpectedAnswer, "the answer has no status", nil)
	case strings.ReplaceAll(verdicts, "success;", "") != "":
		return x.unreadable(ErrUnexpectedAnswer, "the answer's status is neither success nor failed", nil)
	case string(rawjson.Member(r.members["customer"], "result")) == "false":
		return x.refused(message, "the answer says success, but its result is false")
	}
	for _, name := range want.members {
		raw := r.members[name]
		if text, ok := rawjson.Text(raw); ok {
			e := x.unreadable(ErrTextAnswer, fmt.Sprintf("the answer says success, but has a text under %q", name), nil)
			e.Message = x.redact(text)
			return e
		}
		if !x.stream && !bytes.HasPrefix(raw, []byte("{")) { // a stream's reader looks for the list
			return x.unreadable(ErrUnexpectedAnswer, fmt.Sprintf("the answer says success, but has no %q of the form that is due", name), nil)
		}
	}
	return nil
}

// refused is a failure that the server states.
func (x *exchange) refused(message, detail string) *Error {
	e := x.fail(classify(message, x.status), detail, nil)
	e.Message, e.OutcomeUnknown = x.redact(message), false
	return e
}

// unreadable is an answer that says nothing that can be relied on.
func (x *exchange) unreadable(code Code, detail string, cause error) *Error {
	e := x.fail(code, detail, cause)
	e.Sample = sample(e.Body)
	return e
}

// noJSON is an empty answer, or a page where JSON is due.
func (x *exchange) noJSON(text []byte) error {
	code, detail := ErrUndecodable, "the answer is no JSON"
	lower := string(bytes.ToLower(text[:min(len(text), 8192)]))
	switch {
	case len(text) == 0:
		detail = "the answer is empty"
	case strings.Contains(lower, "<form") && strings.Contains(lower, "password"):
		detail = "the answer is a login page; check tenant, base URL and key"
	case strings.HasPrefix(lower, "<"):
		detail = "the answer is a page of HTML or XML, as a proxy or a wrong URL gives it"
	}
	if x.status >= 400 {
		code, detail = classify("", x.status), fmt.Sprintf("HTTP %d %s, and %s", x.status, http.StatusText(x.status), detail)
	}
	return x.unreadable(code, detail, nil)
}

// sample is the beginning of a body on one line.
func sample(body []byte) string {
	s := strings.ToValidUTF8(string(body[:min(len(body), 160)]), "")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}

func typeNotes(h http.Header) []Note {
	given := h.Get("Content-Type")
	if media, _, _ := mime.ParseMediaType(given); given == "" || media == "application/json" || strings.HasSuffix(media, "+json") {
		return nil
	}
	return []Note{{Kind: NoteContentType, Text: given}}
}

// elements takes a list apart.
func (x *exchange) elements(list json.RawMessage) (elements []json.RawMessage, err error) {
	if len(list) == 0 || list[0] != '[' || json.Unmarshal(list, &elements) != nil {
		return nil, x.unreadable(ErrUnexpectedAnswer, "the answer has no list where one is due", nil)
	}
	return elements, nil
}
