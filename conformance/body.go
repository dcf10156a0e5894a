package conformance

import (
	"bytes"
	"cmp"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxInflated bounds how large a body may become when its coding is undone, in
// bytes.
const maxInflated = 64 << 20

// message is one side of an exchange, with what the contract describes for its
// body.
type message struct {
	side      Side
	header    http.Header
	body      []byte
	truncated bool // the transport saw the body end early
	// large is nil if body is the whole one. Otherwise it is what is kept of a
	// large one.
	large *LargeBody
	// described is nil where the contract says nothing: for an undocumented
	// status, or a request without a body.
	described *bodySpec
}

// describesBody reports whether the contract describes a body for the message.
func (m message) describesBody() bool { return m.described != nil && len(m.described.types) > 0 }

// label returns the message's content type, as its header has it.
func (m message) label() string { return m.header.Get("Content-Type") }

// problem begins a problem with what the contract says of the body.
func (m message) problem(code, part string) problem {
	p := problem{code: code, part: part}
	if m.described != nil {
		p.evidence = m.described.evidence
		p.place = place{origin: m.described.origin, keyword: "content"}
	}
	return p
}

// checkBody checks a body: its coding, its content type, its text and its
// value.
func (r *run) checkBody(m message) verdict {
	if m.side == SideResponse && r.exchange.Request.Method == http.MethodHead {
		return verdict{problems: m.checkAfterHead()}
	}

	var v verdict
	decoded, problems, ok := m.decode()
	v.problems = problems
	if m.truncated {
		size := m.size(decoded)
		v.problems = append(v.problems, problem{
			code:     CodeBodyTruncated,
			part:     "body",
			bySender: true,
			offset:   size,
			expected: "the whole body",
			actual:   sizeOf(size) + ", then the end",
			message:  "the transport saw the body end early",
		})
	}
	if !ok {
		return v
	}

	m.body = decoded
	switch {
	case len(bytes.TrimSpace(m.body)) == 0:
		v.problems = append(v.problems, m.checkMissing()...)
	case m.describesBody():
		v.add(r.checkDescribed(m))
	default:
		v.add(r.checkUndescribed(m))
	}
	return v
}

// checkAfterHead reports a body in the response to a HEAD request.
func (m message) checkAfterHead() []problem {
	if len(m.body) == 0 {
		return nil
	}
	p := m.problem(CodeBodyUnexpected, "body")
	p.expected = "no body"
	p.actual = sizeOf(len(m.body))
	p.message = "a response to HEAD has a body"
	return []problem{p}
}

// checkMissing reports an empty body where one is expected.
func (m message) checkMissing() []problem {
	expected := m.describesBody() && (m.side == SideResponse || m.described.required)
	if m.truncated || !expected {
		return nil
	}
	p := m.problem(CodeBodyMissing, "body")
	p.under = m.described.first().evidence
	p.expected = "a body"
	p.actual = sizeOf(len(m.body))
	p.message = "the body is missing"
	return []problem{p}
}

// checkUndescribed checks a body that the contract does not describe. Its text
// can still be checked, and so can a response that the exchange expects by
// name.
func (r *run) checkUndescribed(m message) verdict {
	var v verdict
	if m.side == SideRequest || m.described != nil {
		p := m.problem(CodeBodyUnexpected, "body")
		p.expected = "no body"
		p.actual = sizeOf(len(m.body))
		p.message = "the contract describes no body here"
		v.problems = append(v.problems, p)
	}

	isPage := isHTML(m.label(), m.body)
	switch {
	case startsJSON(m.body) || isJSONType(m.label()) && !isPage:
		v.add(r.checkJSON(m, applied{}))
	case m.side == SideResponse && isPage:
		v.problems = append(v.problems, m.page())
	}
	return v
}

// checkDescribed checks a body against what the contract describes for its
// content type.
func (r *run) checkDescribed(m message) verdict {
	media, problems := m.checkLabel()
	v := verdict{problems: problems}
	if media == nil {
		return v
	}

	described := applied{node: media.node, evidence: cmp.Or(media.evidence, m.described.evidence)}
	name := media.name
	if strings.Contains(name, "*") {
		name = m.label()
	}

	switch {
	case isFormType(name) || isMultipart(name):
		v.add(r.checkForm(m, described))
	case isJSONType(name) || startsJSON(m.body):
		v.add(r.checkJSON(m, described))
	case isTextType(name):
		v.add(r.checkValue(m, described, string(m.body)))
	case name != "" && describesValue(media.node):
		v.problems = append(v.problems, m.unreadable())
	}
	for i := range v.problems {
		if v.problems[i].part != "status" {
			v.problems[i].under = described.evidence
		}
	}
	return v
}

// unreadable reports a body whose content type the contract allows by a wildcard,
// and which cannot be checked against the schema.
func (m message) unreadable() problem {
	p := m.problem(CodeContentType, "header Content-Type")
	p.expected = either(m.described.types)
	p.actual = labelled(m.label())
	p.message = "a body of " + labelled(m.label()) + " cannot be checked against the schema"
	return p
}

// page reports a page for people instead of JSON.
func (m message) page() problem {
	return problem{
		code:     CodeBodyHTML,
		part:     "body",
		bySender: true,
		expected: "JSON",
		actual:   "HTML labelled " + labelled(m.label()),
		message:  "got an HTML page instead of JSON",
		hint:     "a login page, or a proxy that responds in the server's place",
	}
}

// checkLabel finds the media type for a body by its content type, and reports
// one that is missing or not listed. Without a media type, the body cannot be
// checked further.
func (m message) checkLabel() (*mediaSpec, []problem) {
	label := m.label()
	media := m.described.find(label)
	mislabelled := func(code string) problem {
		p := m.problem(code, "header Content-Type")
		p.expected = either(m.described.types)
		p.actual = labelled(label)
		return p
	}

	var problems []problem
	if label == "" {
		p := mislabelled(CodeContentTypeNone)
		p.actual = "absent"
		p.message = "the body has no Content-Type header"
		problems = append(problems, p)
		media = cmp.Or(media, m.described.json(), m.described.first())
	}
	isPageAllowed := media != nil && !isJSONType(media.name) && label != ""
	if isHTML(label, m.body) && !isPageAllowed {
		return nil, append(problems, m.page())
	}
	if media != nil {
		return media, problems
	}

	media = m.described.json()
	if media != nil && startsJSON(m.body) {
		p := mislabelled(CodeJSONMislabelled)
		p.message = "the body is JSON and is labelled " + labelled(label)
		p.hint = "the body was checked all the same"
		return media, append(problems, p)
	}
	p := mislabelled(CodeContentType)
	p.message = "the content type " + labelled(label) + " is not described here"
	return nil, append(problems, p)
}

// labelled shows a content type without its parameters, which may hold
// anything.
func labelled(label string) string {
	if label == "" {
		return "as nothing"
	}
	kind, _, err := mime.ParseMediaType(label)
	if err != nil {
		kind = mediaType(label)
	}
	return strconv.QuoteToASCII(kind[:min(len(kind), 100)])
}

// checkJSON reads JSON text and checks its value.
func (r *run) checkJSON(m message, described applied) verdict {
	if v, ok := r.accept(m, described.node); ok {
		return v
	}

	value, faults, ok := m.scan(r.checker.long)
	if m.truncated || m.isIncomplete() {
		// The text ends because the body did, which is reported already, or because
		// no more of it is kept.
		faults = slices.DeleteFunc(faults, func(f textFault) bool { return f.code == CodeBodyTruncated })
	}
	if m.isIncomplete() {
		faults = slices.DeleteFunc(faults, m.large.isCutIn)
	}

	v := verdict{problems: r.checker.textProblems(m.body, m.missing(), faults)}
	if ok {
		v.add(r.checkValue(m, described, value))
	}
	v.unsure = v.unsure || m.isIncomplete() && len(v.problems) == 0
	return v
}

// scan reads the value of a JSON body.
func (m message) scan(long int) (value any, faults []textFault, ok bool) {
	if m.large != nil {
		return scanLarge(m.large)
	}
	return scanBody(m.body, long)
}

// missing returns the parts of the body that was sent that are not in body.
func (m message) missing() gaps {
	if m.large == nil {
		return nil
	}
	return m.large.gaps
}

// isIncomplete reports whether a part of the body was not checked.
func (m message) isIncomplete() bool { return m.large != nil && m.large.lost }

// size returns the size of the body that was sent, in bytes. decoded is the body
// without its coding.
func (m message) size(decoded []byte) int {
	if m.large != nil {
		return m.large.size
	}
	return len(decoded)
}

// accept asks the acceptor about a body. ok is false if the body must be checked
// in full.
func (r *run) accept(m message, n *node) (v verdict, ok bool) {
	if n == nil || m.large != nil {
		return v, false
	}
	var prefer target
	if m.side == SideResponse && r.operation != nil {
		prefer.name = r.exchange.Expect.Response
	}
	if prefer.name != "" && !leadsTo(n, prefer.name) {
		return v, false
	}
	q := question{node: n, prefer: prefer, side: m.side, seen: r.seen.side(m.side)}
	return r.checker.accept(q, m.body)
}

// checkValue checks the value of a body.
func (r *run) checkValue(m message, described applied, value any) verdict {
	switch {
	case m.side == SideResponse && r.operation != nil:
		return r.checkExpected(described, value)
	case described.node != nil:
		return r.walker(m.side).check(described, value)
	}
	return verdict{}
}

// checkForm reads a form as an object of its schema.
func (r *run) checkForm(m message, described applied) verdict {
	fields, err := m.formFields()
	expected := "a URL-encoded form"
	if isMultipart(m.label()) {
		expected = "a form in parts"
	}
	if err != nil {
		return verdict{problems: []problem{{
			code:     CodeBodyForm,
			part:     "body",
			bySender: true,
			expected: expected,
			actual:   sizeOf(len(m.body)),
			message:  "the body cannot be read as a form",
		}}}
	}
	if described.node == nil {
		return verdict{}
	}

	return r.walker(m.side).check(described, plainObject(described.node, fields))
}

// formFields reads the fields of a form, URL-encoded or in parts.
func (m message) formFields() (map[string][]string, error) {
	if !isMultipart(m.label()) {
		return url.ParseQuery(string(m.body))
	}
	_, params, err := mime.ParseMediaType(m.label())
	if err != nil {
		return nil, err
	}

	fields := map[string][]string{}
	reader := multipart.NewReader(bytes.NewReader(m.body), params["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		fields[part.FormName()] = append(fields[part.FormName()], string(text))
	}
}

// codings lists the codings that the header names, in the order in which they
// were applied. Several lines are one list, and "x-gzip" is "gzip" (RFC 9110,
// 8.4).
func (m message) codings() []string {
	var list []string
	for _, coding := range strings.Split(strings.Join(m.header.Values("Content-Encoding"), ","), ",") {
		coding = strings.ToLower(strings.TrimSpace(coding))
		switch coding {
		case "", "identity":
		case "x-gzip":
			list = append(list, "gzip")
		default:
			list = append(list, coding)
		}
	}
	return list
}

// decode undoes the codings that the header still names. ok is false if the
// body cannot be read.
func (m message) decode() (decoded []byte, problems []problem, ok bool) {
	codings := m.codings()
	if len(codings) == 0 || len(m.body) == 0 {
		return m.body, nil, true
	}
	for _, coding := range codings {
		if decoders[coding] == nil {
			return m.body, []problem{m.unknownCoding(coding)}, false
		}
	}
	if startsJSON(m.body) {
		// The transport has undone the coding and left the header.
		return m.body, nil, true
	}

	decoded = m.body
	for _, coding := range slices.Backward(codings) {
		inflated, reason := inflate(decoders[coding], decoded)
		if reason == "" {
			decoded = inflated
			continue
		}
		if m.truncated {
			return m.body, nil, false // reported as truncated
		}
		return m.body, []problem{m.brokenCoding(reason)}, false
	}
	return decoded, nil, true
}

// decoders read the codings that the checker knows.
var decoders = map[string]func([]byte) (io.Reader, error){
	"gzip": func(body []byte) (io.Reader, error) { return gzip.NewReader(bytes.NewReader(body)) },
	// deflate is the zlib format; some servers send it without its frame.
	"deflate": func(body []byte) (io.Reader, error) {
		reader, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			return flate.NewReader(bytes.NewReader(body)), nil
		}
		return reader, nil
	},
}

// inflate undoes a coding, or says why it cannot.
func inflate(decoder func([]byte) (io.Reader, error), body []byte) (inflated []byte, reason string) {
	const broken = "the body does not decode by it"
	reader, err := decoder(body)
	if err != nil {
		return nil, broken
	}
	inflated, err = io.ReadAll(io.LimitReader(reader, maxInflated+1))
	switch {
	case err != nil:
		return nil, broken
	case len(inflated) > maxInflated:
		return nil, "the body grows beyond " + strconv.Itoa(maxInflated) + " bytes"
	}
	return inflated, ""
}

// brokenCoding reports a body that is not in the coding that its header names.
func (m message) brokenCoding(reason string) problem {
	return problem{
		code:     CodeBodyEncoding,
		part:     "header Content-Encoding",
		bySender: true,
		expected: "a body in the coding that the header names",
		actual:   sizeOf(len(m.body)),
		message:  "the coding of the body cannot be undone: " + reason,
	}
}

// unknownCoding reports a body in a coding that the checker cannot read. That is
// nobody's mistake, but a body that was not checked must not count as conforming.
func (m message) unknownCoding(coding string) problem {
	return problem{
		code:     CodeBodyEncoding,
		part:     "header Content-Encoding",
		fault:    FaultContract,
		why:      "nothing is known to be wrong, but the checker cannot read this coding",
		expected: "gzip, deflate or no coding",
		actual:   labelled(coding),
		message:  "the body was not checked: the checker does not know its coding",
		hint:     "have the client ask for gzip or identity",
	}
}

// sizeOf writes a number of bytes.
func sizeOf(bytes int) string {
	if bytes == 1 {
		return "1 byte"
	}
	return strconv.Itoa(bytes) + " bytes"
}

func isJSONType(label string) bool {
	kind := mediaType(label)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

func isFormType(label string) bool { return mediaType(label) == "application/x-www-form-urlencoded" }

func isMultipart(label string) bool { return mediaType(label) == "multipart/form-data" }

func isTextType(label string) bool { return strings.HasPrefix(mediaType(label), "text/") }

// mediaType returns a content type without its parameters, in lower case.
func mediaType(label string) string {
	kind, _, _ := strings.Cut(label, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// withoutMark removes a byte order mark and leading blanks.
func withoutMark(body []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
}

// startsJSON reports whether a body can only be meant as JSON.
func startsJSON(body []byte) bool {
	body = withoutMark(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// isHTML reports whether a body is a page for people, and not XML for a machine.
func isHTML(label string, body []byte) bool {
	const doctype = "<!doctype html"
	body = withoutMark(body)
	if len(body) == 0 || body[0] != '<' {
		return false
	}
	start := strings.ToLower(string(body[:min(len(body), len(doctype))]))
	return mediaType(label) == "text/html" ||
		strings.HasPrefix(start, "<html") ||
		strings.HasPrefix(start, doctype)
}
