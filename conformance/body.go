package conformance

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// body checks the body of either side: what it is labelled, whether its text
// can be read, and its value. spec is nil where the contract says nothing
// (an undocumented status, a request without a body); e is the evidence of
// what stands around it.
func (r *run) body(o *operation, side Side, spec *bodySpec, header http.Header, body []byte, truncated bool, e *evidence) {
	location := ""
	if spec != nil {
		e = cmp.Or(spec.evidence, e)
		location = r.c.locate.keyword(spec.origin, "content")
	}
	described := spec != nil && len(spec.types) > 0
	if side == SideResponse && r.ex.Request.Method == http.MethodHead {
		if len(body) > 0 {
			r.about(side, CodeBodyUnexpected, "body", e, location, "no body", sizeOf(body), "an answer to HEAD has a body", "")
		}
		return
	}
	body, ok := r.decode(side, header, body, truncated)
	if truncated {
		fault, why := blameSender(side)
		r.out.add(Finding{
			Code: CodeBodyTruncated, Fault: fault, Why: why, Side: side, Part: "body", Offset: int64(len(body)),
			Expected: "the whole body", Actual: sizeOf(body) + ", then the end", Message: "the transport saw the body end early",
		}, "")
	}
	if !ok {
		return
	}
	if len(bytes.TrimSpace(body)) == 0 {
		if !truncated && described && (side == SideResponse || spec.required) {
			r.about(side, CodeBodyMissing, "body", e, location, "a body", sizeOf(body), "a body was due and none came", "")
		}
		return
	}
	label := header.Get("Content-Type")
	if !described {
		if side == SideRequest || spec != nil {
			r.about(side, CodeBodyUnexpected, "body", e, location, "no body", sizeOf(body), "the contract describes no body here", "")
		}
		r.undescribed(o, side, label, body, truncated, e)
		return
	}
	media := r.media(side, spec, label, body, e, location)
	if media == nil {
		return
	}
	e = cmp.Or(media.evidence, e)
	name := media.name
	if strings.Contains(name, "*") {
		name = label
	}
	switch {
	case isFormType(name):
		r.form(side, media, body, e)
	case isJSONType(name) || startsJSON(body):
		r.json(o, side, media.node, body, truncated, e)
	case isTextType(name):
		r.value(o, side, media.node, string(body), e)
	}
}

// undescribed looks at a body that the contract does not know: its text can
// still be judged, and so can an answer that was expected by name.
func (r *run) undescribed(o *operation, side Side, label string, body []byte, truncated bool, e *evidence) {
	switch {
	case startsJSON(body) || isJSONType(label) && !isHTML(label, body):
		r.json(o, side, nil, body, truncated, e)
	case side == SideResponse && isHTML(label, body):
		r.html(side, label)
	}
}

func (r *run) html(side Side, label string) {
	fault, why := blameSender(side)
	r.out.add(Finding{
		Code: CodeBodyHTML, Fault: fault, Why: why, Side: side, Part: "body",
		Expected: "JSON", Actual: "HTML labelled " + labelled(label),
		Message: "a page for people came instead of JSON", Hint: "a login page, or a proxy that answers in the server's place",
	}, "")
}

// media finds the schema for a body by its label, and reports a label that is
// missing or not listed. Nil: the body cannot be checked further.
func (r *run) media(side Side, spec *bodySpec, label string, body []byte, e *evidence, location string) *mediaSpec {
	part := "header Content-Type"
	listed := either(spec.types)
	media := spec.find(label)
	if label == "" {
		r.about(side, CodeContentTypeNone, part, e, location, listed, "absent", "the body has no Content-Type header", "")
		if media == nil {
			media = spec.json()
		}
		if media == nil {
			media = spec.media[spec.content[spec.types[0]]]
		}
	}
	if isHTML(label, body) && (media == nil || isJSONType(media.name) || label == "") {
		r.html(side, label)
		return nil
	}
	if media != nil {
		return media
	}
	if media = spec.json(); media != nil && startsJSON(body) {
		r.about(side, CodeJSONMislabelled, part, e, location, listed, labelled(label),
			"the body is JSON and is labelled "+labelled(label), "the body was checked all the same")
		return media
	}
	r.about(side, CodeContentType, part, e, location, listed, labelled(label),
		"the content type "+labelled(label)+" is not described here", "")
	return nil
}

// labelled shows a content type without its parameters, which may hold
// anything.
func labelled(label string) string {
	if label == "" {
		return "as nothing"
	}
	kind, _, err := mime.ParseMediaType(label)
	if err != nil {
		kind, _, _ = strings.Cut(label, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	if len(kind) > 100 {
		kind = kind[:100]
	}
	return strconv.QuoteToASCII(kind)
}

// json reads JSON text and checks its value.
func (r *run) json(o *operation, side Side, n *node, body []byte, truncated bool, e *evidence) {
	text := string(body)
	value, faults, ok := scanJSON(text, r.c.maxDepth)
	if truncated {
		// Said already: the text ends because the body did.
		faults = slices.DeleteFunc(faults, func(f textFault) bool { return f.code == CodeBodyTruncated })
	}
	textFindings(r.out, side, text, faults)
	if ok {
		r.value(o, side, n, value, e)
	}
}

func (r *run) value(o *operation, side Side, n *node, value any, e *evidence) {
	switch {
	case side == SideResponse && o != nil:
		r.checkAnswer(o, n, value, e)
	case n != nil:
		r.walk(side, n, value, e)
	}
}

// form reads a URL-encoded form as an object of its schema.
func (r *run) form(side Side, media *mediaSpec, body []byte, e *evidence) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		fault, why := blameSender(side)
		r.out.add(Finding{
			Code: CodeBodyForm, Fault: fault, Why: why, Side: side, Part: "body",
			Expected: "a URL-encoded form", Actual: sizeOf(body), Message: "the body cannot be read as a form",
		}, "")
		return
	}
	object := make(map[string]any, len(values))
	for name, list := range values {
		object[name] = strings.Join(list, ",")
		if media.node == nil {
			continue
		}
		if p, ok := media.node.property(name); ok {
			object[name] = plainValue(p.node.schema, list)
		}
	}
	if media.node != nil {
		r.walk(side, media.node, object, e)
	}
}

// decode undoes a gzip coding that the header still names.
func (r *run) decode(side Side, header http.Header, body []byte, truncated bool) ([]byte, bool) {
	coding := strings.ToLower(strings.TrimSpace(header.Get("Content-Encoding")))
	if coding == "" || coding == "identity" || len(body) == 0 {
		return body, true
	}
	gzipped := len(body) > 1 && body[0] == 0x1f && body[1] == 0x8b
	if (coding == "gzip" || coding == "x-gzip") && !gzipped && startsJSON(body) {
		// The transport has undone it and left the header.
		return body, true
	}
	problem := "the coding is not known to the checker"
	if coding == "gzip" || coding == "x-gzip" {
		var plain []byte
		reader, err := gzip.NewReader(bytes.NewReader(body))
		if err == nil {
			plain, err = io.ReadAll(io.LimitReader(reader, maxInflated+1))
		}
		if err == nil && len(plain) <= maxInflated {
			return plain, true
		}
		problem = "the body does not decode by it"
		if err == nil {
			problem = "the body grows beyond " + strconv.Itoa(maxInflated) + " bytes"
		}
	}
	if truncated {
		return body, false
	}
	fault, why := blameSender(side)
	r.out.add(Finding{
		Code: CodeBodyEncoding, Fault: fault, Why: why, Side: side, Part: "header Content-Encoding",
		Expected: "a body in the coding that the header names", Actual: sizeOf(body), Message: "the coding of the body cannot be undone: " + problem,
	}, "")
	return body, false
}

func sizeOf(body []byte) string {
	if len(body) == 1 {
		return "1 byte"
	}
	return strconv.Itoa(len(body)) + " bytes"
}

func isJSONType(label string) bool {
	kind := mediaType(label)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

func isFormType(label string) bool { return mediaType(label) == "application/x-www-form-urlencoded" }
func isTextType(label string) bool { return strings.HasPrefix(mediaType(label), "text/") }

func mediaType(label string) string {
	kind, _, _ := strings.Cut(label, ";")
	return strings.ToLower(strings.TrimSpace(kind))
}

// startsJSON reports whether a body can only be meant as JSON.
func startsJSON(body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// isHTML tells a page for people from XML, which a machine may want.
func isHTML(label string, body []byte) bool {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\uFEFF")), " \t\r\n")
	if len(body) == 0 || body[0] != '<' {
		return false
	}
	start := strings.ToLower(string(body[:min(len(body), 14)]))
	return mediaType(label) == "text/html" || strings.HasPrefix(start, "<html") || strings.HasPrefix(start, "<!doctype html")
}
