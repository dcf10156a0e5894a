package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// talkFlags say what the mock prints about the requests that it gets.
type talkFlags struct {
	quiet      bool
	format     string
	showValues bool
}

func (f *talkFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print no list of operations and no line for each request")
	flags.StringVar(&f.format, "format", "text",
		"how to print requests on standard error: text, or json with one object in each line")
	flags.BoolVar(&f.showValues, "show-values", false,
		"let findings show what requests contain, which may be a customer's data")
	completeWords(cmd, "format", []string{"text", "json"})
}

// talk prints what the mock gets, and what is wrong with it.
type talk struct {
	judge  *judge
	watch  *watch
	asJSON bool
	quiet  bool
	// elsewhere are the notes that are printed when they occur.
	elsewhere []mock.NoteCode
	busy      sync.WaitGroup // requests whose line is not printed yet

	mu sync.Mutex
	to io.Writer
}

// around lets wait know of a request.
func (t *talk) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.busy.Add(1)
		defer t.busy.Done()
		next.ServeHTTP(w, r)
	})
}

// wait returns when every request has its line. The server must have been
// closed before.
func (t *talk) wait() { t.busy.Wait() }

// operations prints what the mock serves, and which keys it takes.
func (t *talk) operations() {
	if t.asJSON {
		return
	}

	var b strings.Builder
	for _, op := range t.judge.checker.Operations() {
		fmt.Fprintf(&b, "  %s %s  %s\n", op.Method, op.Path, op.ID)
	}

	b.WriteString("Send the header Authorization: Basic test-WORLD; every WORLD begins empty.\n")
	t.print(b.String())
}

func (t *talk) print(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.to, text)
}

// requestLine is what is said about one request. Its field names are stable.
type requestLine struct {
	Time       time.Time `json:"time"`
	Method     string    `json:"method"`
	Path       string    `json:"path"`
	Operation  string    `json:"operation,omitempty"`
	World      string    `json:"world,omitempty"`
	Status     int       `json:"status"` // 0 for no response
	DurationMS float64   `json:"duration_ms"`
	Fault      mock.Kind `json:"fault,omitempty"`
	// Request is the verdict on the request: "conforms", "2 findings" or "not
	// checked".
	Request string `json:"request"`
	// Findings are those of the request and then those of the response.
	Findings []conformance.Finding `json:"findings"`
	Notes    []string              `json:"notes,omitempty"`
}

// observe prints the line of one request, and shows it on the page.
func (t *talk) observe(x mock.Exchange) {
	v, _ := verdictOf(x.HTTP)
	line := requestLine{
		Time:       x.Time,
		Method:     x.Method,
		Path:       v.path(x.Method, x.Path),
		Operation:  x.Operation,
		World:      x.World,
		Status:     x.Status,
		DurationMS: float64(x.Duration.Microseconds()) / 1000,
		Fault:      x.Fault,
		Request:    v.String(),
		Findings:   slices.Concat(v.findings, t.inResponse(x, v)),
	}

	t.watch.addMock(x, v, line)
	if t.quiet {
		return
	}

	for _, note := range x.Notes {
		if !slices.Contains(t.elsewhere, note.Code) {
			line.Notes = append(line.Notes, note.Text)
		}
	}

	if !t.asJSON {
		t.print(line.text())
		return
	}

	if line.Findings == nil {
		line.Findings = []conformance.Finding{}
	}

	t.object(line)
}

// object prints a line of JSON.
func (t *talk) object(value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte(`{"error":"the line cannot be written"}`)
	}

	t.print(string(text) + "\n")
}

// say prints a line for people.
func (t *talk) say(line string) {
	if !t.asJSON {
		t.print(report.Clean(line) + "\n")
	}
}

// inResponse checks a response that was kept whole, and counts the exchange. v is
// the verdict on its request.
func (t *talk) inResponse(x mock.Exchange, v verdict) []conformance.Finding {
	if x.Operation == "" || !x.Response.Complete() {
		return nil
	}

	exchange := ofMock(x)
	if !x.Request.Complete() {
		exchange.Request = conformance.Request{}
	}
	result := t.judge.checkResponse(context.WithoutCancel(x.HTTP.Context()), exchange, v.result)

	return slices.DeleteFunc(result.Findings,
		func(f conformance.Finding) bool { return f.Side != conformance.SideResponse })
}

// text is the line for people, with a line below it for each finding and note.
func (l requestLine) text() string {
	status := "no response"
	if l.Status != 0 {
		status = fmt.Sprintf("HTTP %d", l.Status)
	}

	parts := []string{
		l.Time.Format(time.TimeOnly),
		l.Method,
		l.Path,
		cmp.Or(l.Operation, "no operation"),
		"world " + cmp.Or(l.World, "none"),
		status,
		l.Request,
	}

	if l.Fault != "" {
		parts = append(parts, "fault "+string(l.Fault))
	}

	lines := []string{strings.Join(parts, "  ")}
	for _, finding := range l.Findings {
		lines = append(lines, "  "+atLength(finding))
	}

	for _, note := range l.Notes {
		lines = append(lines, "  note: "+note)
	}

	for i, line := range lines {
		lines[i] = report.Clean(line) + "\n"
	}

	return strings.Join(lines, "")
}

// atLength is a finding with what was expected, and where the contract says so.
func atLength(f conformance.Finding) string {
	text := shortly(f)
	if f.Side == conformance.SideResponse {
		text = "response: " + text
	}

	if f.Value != "" {
		text += "; value: " + f.Value
	}

	if f.Location != "" {
		text += " (" + f.Location + ")"
	}

	return text
}
