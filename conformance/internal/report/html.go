package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

//go:embed page.html
var pageText string

// Palette has the colours of every page, light and dark, as a style sheet.
//
//go:embed palette.css
var Palette string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// page is parsed when it is first needed: most commands write no HTML.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"plural":  words.Plural,
		"where":   where,
		"explain": explanation,
		"ms":      func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"state":   state,
		"bar":     newBar,
		"apart":   apart,
		"anchor":  anchor,
		"join":    strings.Join,
		"orElse":  cmp.Or[string],
		"visible": Clean,
	}).Parse(pageText))
})

// pageData is what the template shows.
type pageData struct {
	*Run
	Style   template.CSS
	Script  template.JS
	Policy  string
	Summary Summary
	Faults  []faultCount
	Groups  []*group
	Drift   []conformance.Drift
	ByOp    []*caseList
	Settled []settled
	Gaps    bool
}

type faultCount struct {
	Fault conformance.Fault
	Count int
}

// repository is where the files that a report names can be read.
const repository = "https://github.com/kapture-community/kapture-go/blob/"

var (
	// placeInRepository is the line of a file of the contract or of the cases. A
	// case may also be a line of a recording, which is not in the repository.
	placeInRepository = lazyregexp.New(`^((?:spec|conformance/cases)/[\w-]+\.yaml):(\d+)$`)
	// What the version of a program that was built of a commit or of a tag ends
	// in, or is.
	commitVersion = lazyregexp.New(`\d{14}-([0-9a-f]{12})$`)
	tagVersion    = lazyregexp.New(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)
)

// Source is the address of a line of the repository in the version of the
// program, "" for another place.
func (d pageData) Source(place string) string {
	parts := placeInRepository.FindStringSubmatch(place)
	if parts == nil {
		return ""
	}

	version := "HEAD"
	commit := commitVersion.FindStringSubmatch(d.Tool.Version)
	switch {
	case commit != nil:
		version = commit[1]
	case tagVersion.MatchString(d.Tool.Version):
		version = d.Tool.Version
	}
	return repository + version + "/" + parts[1] + "#L" + parts[2]
}

// linked is a place with its address, if it has one.
type linked struct{ Text, Address string }

// Linked returns a place with its address.
func (d pageData) Linked(place string) linked { return linked{place, d.Source(place)} }

func explanation(code string) conformance.Explanation {
	e, _ := conformance.Explain(code)
	return e
}

// bar is a count drawn as a bar, with its figures as text.
type bar struct {
	Count
	Class string
}

func newBar(c Count, strict bool) bar {
	class := "part"
	switch {
	case c.Total == 0:
		class = "none"
	case c.Done == c.Total:
		class = "full"
	case strict:
		class = "bad"
	}
	return bar{Count: c, Class: class}
}

// anchor makes the name of a place on the page, so that it can be linked to.
func anchor(parts ...string) string {
	clean := func(r rune) rune {
		if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '-'
	}
	return strings.Map(clean, strings.Join(parts, "-"))
}

// policy forbids everything from outside and every script but our own.
func policy(script string) string {
	sum := sha256.Sum256([]byte(script))
	hash := base64.StdEncoding.EncodeToString(sum[:])
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + hash + "'"
}

// HTML writes the run as one page that needs nothing else: no script, font or
// picture is loaded. It follows the reader's choice of light or dark, and works
// without its script, which filters and copies.
func HTML(w io.Writer, run *Run) error {
	data := pageData{
		Run:     run,
		Style:   template.CSS(Palette + pageStyle), //nolint:gosec // our own embedded sheet
		Script:  template.JS(pageScript),           //nolint:gosec // our own embedded script
		Policy:  policy(pageScript),
		Summary: run.Summary(),
		Groups:  run.groups(),
		Drift:   run.drift(),
		ByOp:    run.byOperation(),
		Settled: byOutcome(run.Facts),
	}
	for _, fault := range faults {
		data.Faults = append(data.Faults, faultCount{Fault: fault, Count: data.Summary.ByFault[fault]})
	}
	for _, op := range run.Operations {
		data.Gaps = data.Gaps || len(op.MissingFailures) > 0 || len(op.UnseenFields) > 0
	}

	var b bytes.Buffer
	if err := page().Execute(&b, data); err != nil {
		return err
	}
	_, err := w.Write(bytes.Map(Harmless, b.Bytes()))
	return err
}

// Harmless replaces control characters. A page itself has none: any that is left
// came from a body.
func Harmless(r rune) rune {
	if r == '\n' || r == '\t' || unicode.IsGraphic(r) {
		return r
	}
	return unicode.ReplacementChar
}
