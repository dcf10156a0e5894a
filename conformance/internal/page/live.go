package page

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

var functions = template.FuncMap{
	"clean":   report.Clean,
	"plural":  words.Plural,
	"clock":   func(t time.Time) string { return t.Format(time.TimeOnly) },
	"took":    took,
	"bytes":   size,
	"explain": explain,
}

// took writes a duration with three digits at most.
func took(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}

func size(bytes int64) string {
	if bytes < 10_000 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%.1f kB", float64(bytes)/1000)
}

func explain(code string) conformance.Explanation {
	explanation, _ := conformance.Explain(code)
	return explanation
}

// row is one exchange in the list.
type row struct {
	*Exchange
	Number  int
	Class   string // good, bad or open
	Verdict string
	Codes   []string
	Chosen  bool
}

func newRow(x *Exchange) row {
	r := row{Exchange: x, Number: x.number}
	switch {
	case len(x.Findings) > 0:
		r.Class = "bad"
		r.Verdict = words.Plural(len(x.Findings), "finding")
	case x.Unchecked != "":
		r.Class = "open"
		r.Verdict = "not checked"
	default:
		r.Class = "good"
		r.Verdict = "conforms"
	}

	for _, f := range x.Findings {
		if !slices.Contains(r.Codes, f.Code) && len(r.Codes) < 3 {
			r.Codes = append(r.Codes, f.Code)
		}
	}
	return r
}

// liveBody is what the list shows.
type liveBody struct {
	Rows   []row // newest first
	Totals totals
	Last   string // the event after which the stream continues
	Try    string // a command for the first request
	Detail *detail
}

func (p *Page) listOf(r *http.Request, chosen int) liveBody {
	exchanges, totals, _ := p.ring.after(0)
	body := liveBody{Totals: totals, Last: p.eventID(totals.Seen), Try: p.firstRequest(r)}
	for _, x := range slices.Backward(exchanges) {
		one := newRow(x)
		one.Chosen = x.number == chosen
		body.Rows = append(body.Rows, one)
	}
	return body
}

func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	p.show(w, "live.html", frame{Title: "Live", Here: "live", Body: p.listOf(r, 0)})
}

func (p *Page) exchange(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	x := p.ring.find(number)
	if err != nil || x == nil {
		p.missing(w, "live", "This exchange is not kept any more, or there never was one of this number.")
		return
	}

	d := p.detailOf(x)
	if r.URL.Query().Has("part") { // the script puts it next to the list
		p.show(w, "detail", frame{Title: d.Title(), Here: "live", Body: d})
		return
	}
	body := p.listOf(r, number)
	body.Detail = d
	p.show(w, "live.html", frame{Title: d.Title(), Here: "live", Body: body})
}

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
	Found     []*finding
	Request   message
	Response  message
	Answered  bool
	Curl      string
	HidesText bool
}

// Title names the exchange.
func (d *detail) Title() string { return d.HTTP.Request.Method + " " + d.Path }

func (p *Page) detailOf(x *Exchange) *detail {
	traffic := p.config.Redact(x.HTTP)
	d := &detail{row: newRow(x), Answered: x.HTTP.Response.Status != 0, HidesText: p.config.HideValues}
	for i, f := range x.Findings {
		d.Found = append(d.Found, &finding{Finding: f, ID: "finding-" + strconv.Itoa(i+1)})
	}

	url := traffic.Request.URL
	if p.config.HideValues {
		url = x.Path + hiddenQuery(url)
	}
	d.Request = p.messageOf(traffic.Request, d.about(conformance.SideRequest))
	d.Request.Start.Value = cmp.Or(traffic.Request.Method, "?") + " " + url
	d.Request.lose(x.lostRequest, x.RequestSize, len(x.HTTP.Request.Body))
	d.Response = p.messageOf(traffic.Response, d.about(conformance.SideResponse))
	status := traffic.Response.Status
	d.Response.Start.Value = fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))
	d.Response.lose(x.lostResponse, x.ResponseSize, len(x.HTTP.Response.Body))

	if !p.config.HideValues && d.Request.Lost == 0 && d.Request.Cut == 0 {
		d.Curl = traffic.Curl()
	}
	return d
}

// about returns the findings of one side.
func (d *detail) about(side conformance.Side) []*finding {
	return slices.DeleteFunc(slices.Clone(d.Found), func(f *finding) bool { return f.Side != side })
}

// hiddenQuery leaves the names of a query, which may hold a customer's data.
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

	body := []byte(m.Body)
	switch {
	case len(body) == 0:
	case isJSON(body):
		shown.Kind = "JSON"
		shown.Lines, shown.Whole = printJSON(body, p.config.HideValues)
	default:
		shown.Kind = "text"
		text := printer{body: body, hideValues: p.config.HideValues}
		text.raw(body)
		shown.Lines = numbered(text.lines)
	}
	mark(shown.Lines, aboutBody)
	shown.Lines, shown.More = fold(shown.Lines)
	return shown
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

// lose says what is missing of a body: all of it, or what is after the part that
// is kept.
func (m *message) lose(lost bool, size int64, kept int) {
	if lost {
		m.Lost = size
		return
	}
	if missing := size - int64(kept); size > 0 && missing > 0 {
		m.Cut += missing
	}
}

// eventID names the event of an exchange. A server that was started anew counts
// from 1 again, under another name.
func (p *Page) eventID(number int) string { return p.ring.name + "-" + strconv.Itoa(number) }

// maxStreams bounds how many pages are open.
const maxStreams = 32

// Times of a stream of events: how long a browser may take to read, and how often
// it hears that the server is still there.
const (
	streamWrite = 10 * time.Second
	streamPing  = 15 * time.Second
)

// events streams the rows of exchanges as they end.
func (p *Page) events(w http.ResponseWriter, r *http.Request) {
	site := r.Header.Get("Sec-Fetch-Site")
	if site != "" && site != "same-origin" && site != "none" {
		http.Error(w, "only the page itself may listen", http.StatusForbidden)
		return
	}
	if !p.openStream() {
		http.Error(w, fmt.Sprintf("%d pages are open already; close some", maxStreams), http.StatusServiceUnavailable)
		return
	}
	defer p.closeStream()

	name, text, _ := strings.Cut(cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after")), "-")
	last, err := strconv.Atoi(text)
	w.Header().Set("Content-Type", "text/event-stream")
	s := &stream{page: p, writer: w, control: http.NewResponseController(w)}
	if name != p.ring.name || err != nil {
		s.event("restart", "", nil) // the rows that the browser has are of another server
		last = 0
	}

	ping := time.NewTicker(streamPing)
	defer ping.Stop()
	for s.err == nil {
		exchanges, totals, changed := p.ring.after(last)
		for _, x := range exchanges {
			s.exchange(x)
			last = x.number
		}
		s.totals(totals)
		s.flush()

		select {
		case <-changed:
		case <-ping.C:
		case <-r.Context().Done():
			return
		case <-p.ended:
			return
		}
	}
}

func (p *Page) openStream() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.streams >= maxStreams {
		return false
	}
	p.streams++
	return true
}

func (p *Page) closeStream() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.streams--
}

// stream writes events to one browser.
type stream struct {
	page    *Page
	writer  http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) event(kind, id string, data []byte) {
	if s.err != nil {
		return
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "event: %s\n", kind)
	if id != "" {
		fmt.Fprintf(&text, "id: %s\n", id)
	}
	for part := range bytes.Lines(append(bytes.TrimSpace(data), '\n')) {
		fmt.Fprintf(&text, "data: %s", part)
	}
	text.WriteByte('\n')

	err := s.control.SetWriteDeadline(time.Now().Add(streamWrite))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.err = err
		return
	}
	_, s.err = s.writer.Write(text.Bytes())
}

func (s *stream) exchange(x *Exchange) {
	var html bytes.Buffer
	if err := s.page.templates.ExecuteTemplate(&html, "row", newRow(x)); err != nil {
		s.err = err
		return
	}
	s.event("exchange", s.page.eventID(x.number), bytes.Map(report.Harmless, html.Bytes()))
}

func (s *stream) totals(t totals) {
	text := fmt.Sprintf(`{"seen":%d,"wrong":%d,"unchecked":%d}`, t.Seen, t.Wrong, t.Unchecked)
	s.event("totals", "", []byte(text))
}

func (s *stream) flush() {
	if s.err == nil {
		s.err = s.control.Flush()
	}
}
