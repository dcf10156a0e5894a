package page

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// finding is a finding with the place where it is shown.
type finding struct {
	conformance.Finding
	ID   string
	Line int // of the body, counted from 1; 0 for none
}

// Place names what the finding is about.
func (f *finding) Place() string {
	place := f.Part
	if f.Part == "body" && f.Pointer != "" {
		place = f.Pointer
	}
	return string(f.Side) + " " + place
}

// Compares reports whether expected and actual say more than the message does.
func (f *finding) Compares() bool { return f.Expected != "" && !strings.Contains(f.Message, f.Actual) }

// message is a request or a response as it is shown.
type message struct {
	Start   headerLine // the request line or the status line
	Headers []headerLine
	Lines   []line
	// More is how many lines are left out at the end, and Cut how many bytes.
	More  int
	Cut   int64
	Kind  string // "JSON" or "text"; "" for no body
	Whole bool   // it is JSON, and nothing is wrong with it as such
	Lost  int64  // the size of a body that was too large to keep
}

type headerLine struct {
	Name, Value string
	Found       []*finding
}

// detail is an exchange with everything that is shown of it.
type detail struct {
	row
	Found       []*finding
	Request     message
	Response    message
	HasResponse bool
	Curl        string
	HidesText   bool
}

// Title names the exchange.
func (d *detail) Title() string { return d.HTTP.Request.Method + " " + d.Path }

func (p *Page) detailOf(x *Exchange) *detail {
	traffic := p.config.Redact(x.HTTP)
	status := traffic.Response.Status
	d := &detail{row: newRow(x), HasResponse: x.HTTP.Response.Status != 0, HidesText: p.config.HideValues}
	for i, f := range x.Findings {
		d.Found = append(d.Found, &finding{Finding: f, ID: "finding-" + strconv.Itoa(i+1)})
	}

	d.Request = p.messageOf(traffic.Request, d.about(conformance.SideRequest))
	d.Request.Start.Value = cmp.Or(traffic.Request.Method, "?") + " " + p.shownURL(x, traffic.Request.URL)
	d.Request.noteMissing(x.lostRequest, x.RequestSize, len(x.HTTP.Request.Body))

	d.Response = p.messageOf(traffic.Response, d.about(conformance.SideResponse))
	d.Response.Start.Value = fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))
	d.Response.noteMissing(x.lostResponse, x.ResponseSize, len(x.HTTP.Response.Body))

	isWhole := d.Request.Lost == 0 && d.Request.Cut == 0
	if !p.config.HideValues && isWhole {
		d.Curl = traffic.Curl()
	}
	return d
}

// shownURL is the URL of a request as the page may show it.
func (p *Page) shownURL(x *Exchange, url string) string {
	if p.config.HideValues {
		return x.Path + hiddenQuery(url)
	}
	return url
}

// about returns the findings of one side.
func (d *detail) about(side conformance.Side) []*finding {
	return slices.DeleteFunc(slices.Clone(d.Found), func(f *finding) bool { return f.Side != side })
}

// hiddenQuery is the query of a URL with its names only: the values may be a
// customer's data.
func hiddenQuery(url string) string {
	_, query, found := strings.Cut(url, "?")
	if !found {
		return ""
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, value, hasValue := strings.Cut(part, "=")
		if hasValue {
			parts[i] = fmt.Sprintf("%s=(%d characters)", name, len(value))
		}
	}
	return "?" + strings.Join(parts, "&")
}

// messageOf is a message with its findings at the lines that they are about.
func (p *Page) messageOf(m report.Message, findings []*finding) message {
	shown := message{Cut: int64(m.Cut)}
	for _, name := range sortedKeys(m.Header) {
		for _, value := range m.Header[name] {
			shown.Headers = append(shown.Headers, headerLine{Name: name, Value: value})
		}
	}

	var aboutBody []*finding
	for _, f := range findings {
		if f.Part == "body" {
			aboutBody = append(aboutBody, f)
			continue
		}
		shown.markHeader(f)
	}

	shown.setBody([]byte(m.Body), p.config.HideValues)
	mark(shown.Lines, aboutBody)
	shown.Lines, shown.More = fold(shown.Lines)
	return shown
}

// setBody splits a body into lines.
func (m *message) setBody(body []byte, hideValues bool) {
	switch {
	case len(body) == 0:
	case isJSON(body):
		m.Kind = "JSON"
		m.Lines, m.Whole = printJSON(body, hideValues)
	default:
		m.Kind = "text"
		text := printer{body: body, hideValues: hideValues}
		text.raw(body)
		m.Lines = numbered(text.lines)
	}
}

// markHeader puts a finding at the header that it is about, or at the first
// line.
func (m *message) markHeader(f *finding) {
	kind, name, _ := strings.Cut(f.Part, " ")
	if kind == "credential" {
		name = "Authorization"
	}
	if kind == "header" || kind == "credential" {
		for i := range m.Headers {
			if strings.EqualFold(m.Headers[i].Name, name) {
				m.Headers[i].Found = append(m.Headers[i].Found, f)
				return
			}
		}
	}
	m.Start.Found = append(m.Start.Found, f)
}

// HeadersMarked reports whether a finding is about a header.
func (m message) HeadersMarked() bool {
	return slices.ContainsFunc(m.Headers, func(h headerLine) bool { return len(h.Found) > 0 })
}

// noteMissing says which part of a body was not kept: all of it, or what follows
// the part that was.
func (m *message) noteMissing(lost bool, size int64, kept int) {
	if lost {
		m.Lost = size
		return
	}
	if missing := size - int64(kept); size > 0 && missing > 0 {
		m.Cut += missing
	}
}
