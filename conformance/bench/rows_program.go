package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The peers of the program: itself with less work.
const (
	quarterOfCases = "5,000 cases"
	quarterOfText  = "1.25 MB"
)

var programRows = []Row{
	{
		Name:    "run",
		Work:    "run, the whole suite against the embedded mock",
		Ours:    runSuite,
		Peers:   []Peer{calibrationPeer},
		Targets: []Target{{Figure: CPU, Peer: calibrationPeer.Name, Kind: Scaled, Bound: 0.5}},
	},
	{
		Name:    "run-20000",
		Work:    "run, 20,000 cases: the processor time of one case",
		Ours:    runCases(20_000),
		Peers:   []Peer{{Name: quarterOfCases, Measure: runCases(5000)}},
		Targets: []Target{{Figure: CPU, Peer: quarterOfCases, Kind: AtMost, Bound: 1.25}},
	},
	{
		Name:  "docs",
		Work:  "docs on 5 MB of hostile text: the processor time of one MB",
		Ours:  readHostile(5_000_000),
		Peers: []Peer{{Name: quarterOfText, Measure: readHostile(1_250_000)}},
		Targets: []Target{
			{Figure: CPU, Peer: quarterOfText, Kind: AtMost, Bound: 1.25},
			{Figure: Memory, Kind: AtMost, Bound: 200},
		},
	},
}

// program runs the program to its end and returns what that cost.
func (b *Bench) program(ctx context.Context, codes []int, args ...string) (Measurement, error) {
	run, err := start(ctx, Program{Name: "kapture-conformance " + args[0], Args: append([]string{b.Program}, args...)})
	if err != nil {
		return nil, err
	}
	if err := run.Wait(codes...); err != nil {
		return nil, err
	}
	used, err := run.CPU()
	return Measurement{CPU: used, Memory: run.maxResident()}, err
}

func runSuite(ctx context.Context, b *Bench) (Measurement, error) {
	return b.program(ctx, []int{0}, "run", "--color", "never")
}

// runCases runs the cases of the suite so often that there are n of them.
func runCases(n int) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		number := b.shorter(n, n/20)
		dir, err := b.buildOnce(fmt.Sprintf("cases-%d", number),
			func(to string) error { return b.multiplyCases(to, number) })
		if err != nil {
			return nil, err
		}
		measured, err := b.program(ctx, []int{0}, "run", "--color", "never", "--cases", dir)
		if err != nil {
			return nil, err
		}
		measured[CPU] /= float64(number)
		return measured, nil
	}
}

// aCase is the line with which a case begins.
var aCase = regexp.MustCompile(`(?m)^  - name: (\S+)$`)

// multiplyCases writes the cases of the suite under new names, over and over,
// until there are n.
func (b *Bench) multiplyCases(to string, n int) error {
	files, err := filepath.Glob(filepath.Join(b.Root, "conformance/cases/*.yaml"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		return err
	}

	texts := map[string]string{}
	all := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		texts[filepath.Base(file)] = string(text)
		all += len(aCase.FindAllString(string(text), -1))
	}
	if all == 0 {
		return fmt.Errorf("no cases in %d files", len(files))
	}

	copies := (n + all/2) / all
	for name, text := range texts {
		head, cases, found := strings.Cut(text, "\ncases:\n")
		if !found {
			return fmt.Errorf("%s has no cases", name)
		}
		var many strings.Builder
		many.WriteString(head + "\ncases:\n")
		for i := range copies {
			many.WriteString(aCase.ReplaceAllString(cases, fmt.Sprintf("  - name: ${1}-copy-%d", i)))
			many.WriteString("\n")
		}
		if err := os.WriteFile(filepath.Join(to, name), []byte(many.String()), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// hostile are texts that a reader of pages finds hard: braces that never close,
// quotes that never end, long lines, tables of one cell, tags within tags, and
// words that begin like a path, a method or a table.
var hostile = []string{
	`{"a":`, `[[[[`, `{"key": "a text that never ends, `, "“curly: ‘",
	"\n{\n\"message\": \"x\n", "<div><table><tr><td>", "</td>", "\nName Mandatory Type Description\n",
	"\nthing id Yes Number The id\n", "| a | b |\n", "\n```json\n", "https://example.com/a/b?c=d&e=/f/g.html ",
	"POST /x.html ", "\\u00", "-H 'Authorization: ", "400 ", "{}{}{}", "\t\t\t", "&lt;&amp;",
}

// readHostile reads a page of a size.
func readHostile(size int) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		number := b.shorter(size, size/10)
		file, err := b.buildOnce(fmt.Sprintf("hostile-%d.txt", number), func(to string) error {
			return os.WriteFile(to, hostileText(number), 0o600)
		})
		if err != nil {
			return nil, err
		}
		measured, err := b.program(ctx, []int{0, 1}, "docs", file)
		if err != nil {
			return nil, err
		}
		measured[CPU] /= float64(number) / 1e6
		return measured, nil
	}
}

// hostileText strings the hostile texts together, each for a while, in an order
// that looks like chance and is always the same.
func hostileText(size int) []byte {
	text := make([]byte, 0, size+4096)
	state := uint32(1)
	for len(text) < size {
		state = state*1_664_525 + 1_013_904_223
		part := hostile[int(state>>16)%len(hostile)]
		for range 1 + state>>28 {
			text = append(text, part...)
		}
		if state>>24&7 == 0 {
			text = append(text, '\n')
		}
	}
	return text[:size]
}
