package report

import (
	"bytes"
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"plural":  words.Plural,
	"where":   where,
	"explain": func(code string) conformance.Explanation { e, _ := conformance.Explain(code); return e },
	"ms":      func(d time.Duration) string { return d.Round(time.Millisecond).String() },
	"state":   state,
	"bar":     newBar,
	"apart":   apart,
	"join":    strings.Join,
	"orElse":  cmp.Or[string],
	"visible": Clean,
}).Parse(pageText))

// pageData is what the template shows.
type pageData struct {
	*Run
	Style   template.CSS
	Summary Summary
	Faults  []faultCount
	Groups  []group
	Drift   []conformance.Drift
	ByOp    []caseList
	Gaps    bool
}

type faultCount struct {
	Fault conformance.Fault
	Count int
}

// bar is a count drawn as a bar; it keeps its figures as text beside it.
type bar struct {
	Count
	Class string
}

func newBar(c Count, strict bool) bar {
	switch {
	case c.Total == 0:
		return bar{c, "none"}
	case c.Done == c.Total:
		return bar{c, "full"}
	case strict:
		return bar{c, "bad"}
	}
	return bar{c, "part"}
}

// apart reports whether expected and actual say more than the message does.
func apart(f conformance.Finding) bool {
	return (f.Expected != "" || f.Actual != "") && !(strings.Contains(f.Message, f.Expected) && strings.Contains(f.Message, f.Actual))
}

// HTML writes the run as one page that needs nothing else: no script, no font
// and no picture from elsewhere. It follows the reader's choice of light or
// dark.
func HTML(w io.Writer, run *Run) error {
	data := pageData{
		Run: run, Style: template.CSS(pageStyle), //nolint:gosec // our own embedded sheet
		Summary: run.Summary(), Groups: run.groups(), Drift: run.drift(), ByOp: run.byOperation(),
	}
	for _, fault := range faults {
		data.Faults = append(data.Faults, faultCount{fault, data.Summary.ByFault[fault]})
	}
	for _, op := range run.Operations {
		data.Gaps = data.Gaps || len(op.MissingFailures) > 0 || len(op.UnseenMembers) > 0
	}
	var b bytes.Buffer
	if err := page.Execute(&b, data); err != nil {
		return err
	}
	// What the page itself says has no control characters: any that is left
	// came from outside.
	_, err := w.Write(bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, b.Bytes()))
	return err
}
