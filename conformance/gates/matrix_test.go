package gates

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/kapture-community/kapture-go/client"
)

// matrix has a row for each method and a column for each fault.
type matrix struct {
	names []string
	cells [][]*cell
}

// cell is one call under one fault.
type cell struct {
	method    string
	column    string
	outcome   string
	surprises []string
}

func (c *cell) surprise(format string, args ...any) {
	c.surprises = append(c.surprises, fmt.Sprintf(format, args...))
}

func newMatrix(names []string) *matrix {
	m := &matrix{names: names}
	for _, name := range names {
		var row []*cell
		for _, column := range columns {
			row = append(row, &cell{method: name, column: column.name, outcome: "-"})
		}
		m.cells = append(m.cells, row)
	}
	return m
}

// letters are short names of outcomes, so that a matrix fits on a page.
var letters = []struct {
	code    client.Code
	letters string
}{
	{"", "ok"},
	{client.ErrTransport, "TR"},
	{client.ErrTimeout, "TO"},
	{client.ErrCanceled, "CA"},
	{client.ErrTruncated, "CUT"},
	{client.ErrUndecodable, "UD"},
	{client.ErrUnexpectedResponse, "UX"},
	{client.ErrRepeatedPage, "RP"},
	{client.ErrTooLarge, "BIG"},
	{client.ErrRedirect, "RE"},
	{client.ErrRateLimited, "429"},
	{client.ErrServer, "5xx"},
	{client.ErrFailed, "F"},
}

func outcomeOf(results []result) string {
	var all []string
	for _, r := range results {
		code := client.Code("")
		var e *client.Error
		if errors.As(r.err, &e) {
			code = e.Code
		}
		short := "??"
		for _, l := range letters {
			if l.code == code {
				short = l.letters
			}
		}
		if errors.Is(r.err, client.ErrOutcomeUnknown) {
			short += "?"
		}
		if r.err == nil && len(r.notes) > 0 {
			short += "*"
		}
		all = append(all, short)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), "+")
}

// String is the matrix as a table.
func (m *matrix) String() string {
	var out strings.Builder
	for i, column := range columns {
		fmt.Fprintf(&out, "%3d  %s\n", i+1, column.name)
	}
	out.WriteByte('\n')
	for _, l := range letters {
		code := string(l.code)
		if code == "" {
			code = "success"
		}
		fmt.Fprintf(&out, "%-4s %s\n", l.letters, code)
	}
	fmt.Fprintf(&out, "%-4s it may have been done, and the error says so\n", "?")
	fmt.Fprintf(&out, "%-4s the response has a note\n\n", "*")

	w := tabwriter.NewWriter(&out, 0, 0, 1, ' ', 0)
	fmt.Fprint(w, "\t")
	for i := range columns {
		fmt.Fprintf(w, "%d\t", i+1)
	}
	fmt.Fprintln(w)
	for i, name := range m.names {
		fmt.Fprintf(w, "%s\t", name)
		for _, c := range m.cells[i] {
			mark := ""
			if len(c.surprises) > 0 {
				mark = "!"
			}
			fmt.Fprintf(w, "%s%s\t", c.outcome, mark)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush()
	return out.String()
}

// judgeSecrets looks for the key in everything that a program might print.
func (r *cellRun) judgeSecrets(results []result) {
	texts := map[string]string{"the log": r.log.String()}
	for _, result := range results {
		if result.err == nil {
			continue
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			texts["the error under "+verb] = fmt.Sprintf(verb, result.err)
		}
		for err := result.err; err != nil; err = errors.Unwrap(err) {
			texts[fmt.Sprintf("a %T", err)] = err.Error()
		}
		var e *client.Error
		if errors.As(result.err, &e) {
			fields := []string{e.Message, e.Detail, e.Sample, string(e.Body), e.RequestID, e.ContentType}
			texts["the error's fields"] = fmt.Sprintf("%q", fields)
		}
		raw, _ := json.Marshal(result.err)
		texts["the error as JSON"] = string(raw)
	}

	for where, text := range texts {
		if strings.Contains(text, secretPiece) {
			r.surprise("%s shows the key: %s", where, text)
		}
	}
}

// leftovers are what the calls of a row leave.
type leftovers struct {
	mu         sync.Mutex
	scenes     []*scene
	transports []*http.Transport
	cancels    []func()
}

func (l *leftovers) addScene(s *scene) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scenes = append(l.scenes, s)
}

func (l *leftovers) addTransport(transport *http.Transport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.transports = append(l.transports, transport)
}

func (l *leftovers) later(cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancels = append(l.cancels, cancel)
}

func (l *leftovers) close() {
	for _, cancel := range l.cancels {
		cancel()
	}
	for _, s := range l.scenes {
		_ = s.Close()
	}
}

// goroutines waits until no goroutine of the method's calls is left, and returns
// the stacks of those that remain, by column. The servers still run: a body that
// nobody closed keeps its connection, and the connection's goroutines.
func (l *leftovers) goroutines(method string) map[string]string {
	var left map[string]string
	until(func() bool {
		for _, transport := range l.transports {
			transport.CloseIdleConnections()
		}
		left = goroutinesOf(method)
		return len(left) == 0
	})
	return left
}

// goroutinesOf finds the stacks of a method's calls. A goroutine has the labels of
// the one that started it.
func goroutinesOf(method string) map[string]string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return map[string]string{columns[0].name: err.Error()}
	}

	found := map[string]string{}
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		_, rest, ok := strings.Cut(stack, "# labels: ")
		if !ok {
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		var labels struct{ Method, Column string }
		if json.Unmarshal([]byte(line), &labels) == nil && labels.Method == method {
			found[labels.Column] += stack + "\n"
		}
	}
	return found
}
