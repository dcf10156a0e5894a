package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Report is what a run measured.
type Report struct {
	Began       time.Time
	Calibration float64 // seconds
	Results     []Result
	Rounds      int
	Quick       bool
	Full        bool // every row
}

// line is a result for the log of a run, without the verdict in a quick one.
func (r Result) line(quick bool) string {
	name := string(r.Target.Figure)
	if r.Target.Peer != "" {
		name += " against " + r.Target.against()
	}
	if len(r.Values) == 0 {
		return fmt.Sprintf("%s: %s: %s", name, r.State, r.reason())
	}
	text := fmt.Sprintf("%s: %s", name, r.Target.print(median(r.Values)))
	if quick {
		return text
	}
	text += fmt.Sprintf(" (%s)", r.Target)
	if r.State == Held || r.State == Unjudged {
		return text
	}
	return text + ": " + string(r.State)
}

// reason is why it was not measured, in one line.
func (r Result) reason() string {
	const most = 300
	text := strings.Join(strings.Fields(fmt.Sprint(r.Reason)), " ")
	return text[:min(len(text), most)]
}

// end prints the table and the last line, writes BENCHMARKS.md after a full run,
// and returns the exit code.
func (r *Report) end(root string) (code int, err error) {
	if r.Quick {
		failed := slices.ContainsFunc(r.Results, func(one Result) bool {
			return one.State == Unmeasured && !errors.Is(one.Reason, errNPM) && !errors.Is(one.Reason, errToolchain)
		})
		fmt.Printf("bench: %d targets measured once, none judged\n", len(r.Results))
		if failed {
			return exitMissed, nil
		}
		return exitHeld, nil
	}

	fmt.Println(r.table().Render())
	for _, one := range r.Results {
		if one.State == Unmeasured {
			fmt.Printf("not measured: %s: %s\n", one.Target.id(one.Row), one.reason())
		}
	}
	if r.Full {
		text, err := r.markdown()
		if err != nil {
			return 0, err
		}
		if err := os.WriteFile(filepath.Join(root, "BENCHMARKS.md"), text, 0o644); err != nil {
			return 0, err
		}
	}
	fmt.Println(summary(r.Results))
	return exitCode(r.Results), nil
}

// table has one line for each target.
func (r *Report) table() table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"row", "work", "figure", "against", "target", "measured", "min", "max", "held"})
	last := ""
	for _, one := range r.Results {
		name := one.Row.Name
		work := one.Row.Work
		if name == last {
			work = ""
		}
		last = name
		t.AppendRow(append(table.Row{name, work, one.Target.Figure, one.Target.against(), one.Target}, one.cells()...))
	}
	return t
}

// cells are measured, min, max and held.
func (r Result) cells() table.Row {
	if len(r.Values) == 0 {
		return table.Row{"", "", "", r.State}
	}
	return table.Row{
		r.Target.print(median(r.Values)),
		r.Target.print(slices.Min(r.Values)),
		r.Target.print(slices.Max(r.Values)),
		r.State,
	}
}

// page is the part of BENCHMARKS.md that is written by hand: the changes with
// their gains, and how to read the rest.
//
//go:embed BENCHMARKS.md.tmpl
var page string

// markdown returns BENCHMARKS.md.
func (r *Report) markdown() ([]byte, error) {
	parsed, err := template.New("BENCHMARKS.md").Parse(page)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	err = parsed.Execute(&text, map[string]any{
		"Processor":   processor(),
		"Cores":       runtime.NumCPU(),
		"Memory":      memorySize(),
		"System":      kernel(),
		"Go":          runtime.Version(),
		"Calibration": fmt.Sprintf("%.0f", r.Calibration*1000),
		"Reference":   referenceCalibration.Milliseconds(),
		"Minutes":     fmt.Sprintf("%.0f", time.Since(r.Began).Minutes()),
		"Rounds":      r.Rounds,
		"Date":        r.Began.UTC().Format(time.DateOnly),
		"Table":       r.table().RenderMarkdown(),
		"Misses":      missTable(r.Results),
		"Summary":     summary(r.Results),
	})
	return text.Bytes(), err
}

// missTable lists the known misses that are in the results.
func missTable(results []Result) string {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"target", "measured", "floor", "reason", "tried"})
	for _, one := range results {
		miss := find(knownMisses, one.Target.id(one.Row))
		if miss == nil {
			continue
		}
		target := one.Target
		floor := target.floor(miss.Measured).String()
		t.AppendRow(table.Row{miss.Target, target.print(miss.Measured), floor, miss.Reason, miss.Tried})
	}
	if t.Length() == 0 {
		return "None."
	}
	return strings.TrimSpace(t.RenderMarkdown())
}
