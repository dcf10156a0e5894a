package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
)

// A knownViolation is a fault of the client that is known and not yet mended.
// While it is listed, no run of a search does what brings it out; its own
// script must still fail, so that an entry that is mended cannot stay: its
// script moves to mended, and the rest goes.
type knownViolation struct {
	finding  string // where it is described: numbers of findings, or the issue that states the rule
	what     string
	property string
	crashes  bool // it ends the process, so it is tried in a separate one
	script   script
	remove   func(*script) // takes out of another script what brings it out
}

// known is empty when nothing is known.
var known []knownViolation

// mended has a script of each fault that was on the list: all properties hold.
var mended = map[string][]script{
	"R-D1": {{
		Call:     "Customers.Query",
		Protocol: http1,
		Caller:   caller{PageSize: 2},
		Server: behaviour{
			Days:    []day{records(`{"id":1}`, `{"id":2}`, `{"id":2}`, `{"id":3}`, `{"id":4}`)},
			LastDay: 30,
			Pages:   []int{2, 1, 2},
		},
	}},
	"C-D2, R-D10": {
		pullOf("Tickets.Pull", records(`null`)),
		objectInPlace(pullOf("Tickets.PullByCustomer", records(`{"text":"nobody"}`))),
	},
	"C-Q5": {pullOf("Customers.Pull", day{Empty: emptyNull})},
	"issue 9, other bytes": {
		pullOf("Customers.Pull", records(`{"id":1}`, `{"id":1,"changed":true}`)),
	},
	"issue 9, identifiers that name nothing": {pullOf("Customers.Pull", records(`{"id":-1}`, `{"id":-1}`))},
	"C-Q13": {{
		Call:     "Customers.Query",
		Protocol: http1,
		Caller:   caller{PageSize: 2},
		Server: behaviour{
			Days:    []day{records(`{"id":1}`, `{"id":2}`, `{"id":3}`)},
			LastDay: 30,
			Mode:    pageNumbers,
		},
	}},
	"C-Q13, a first page that is short": {
		numberedPages([]int{2, 2}, records(`{"id":1}`, `{"id":2}`, `{"id":3}`)),
		numberedPages([]int{2, 2, 2}, records(`{"id":1}`, `{"id":2}`, `{"id":3}`, `{"id":4}`, `{"id":5}`)),
	},
	"C-Q6": {{
		Call:     "Customers.Pull",
		Protocol: http1,
		Caller:   caller{ContinueOnBadElement: true},
		Server:   behaviour{Days: []day{records(`{"id":1}`, `null`, `{"id":2}`)}, LastDay: 30},
	}},
	"C-Q14": {{
		Call:     "Customers.Query",
		Protocol: http1,
		Caller:   caller{PageSize: 2, RepeatedLastPage: true},
		Server: behaviour{
			Days:    []day{records(`{"id":1}`, `{"id":2}`, `{"id":3}`)},
			LastDay: 30,
			Mode:    repeatsLast,
		},
	}},
	"issue 9, clocks": {{
		Call:     "Customers.Pull",
		Protocol: http1,
		Server:   behaviour{Days: []day{records(`{"id":1}`)}, LastDay: 2, Clock: -60},
	}},
	"R-D2, C-Q1": {
		{Call: "Customers.Add", Protocol: http2, Faults: []fault{{Kind: faultRefused}}},
		{Call: "Customers.Add", Protocol: http2, Faults: []fault{{Kind: faultGoaway}}},
	},
	"C-D3": {{
		Call:          "Customers.AddAll",
		Protocol:      http1,
		Caller:        caller{Inputs: 2, InputsWait: 1, Parallel: 2},
		Interruptions: []interruption{{How: byBreak, After: 1}},
	}},
	"C-Q2": {{
		Call:          "Customers.AddAll",
		Protocol:      http1,
		Caller:        caller{Inputs: 2, Parallel: 2, MaxRetryAfter: 60},
		Faults:        []fault{{On: 1, Kind: faultStatus, Code: 429, Text: bodyWait}},
		Interruptions: []interruption{{How: byBreak, After: 1}},
	}},
	"C-Q3": {{
		Call:          "Customers.AddAll",
		Protocol:      http1,
		Caller:        caller{Inputs: 2},
		Interruptions: []interruption{{How: byInputs, After: 1}},
	}},
	"C-D4": {
		{Call: "Customers.Add", Protocol: http1, Server: behaviour{Identifier: "text"}},
		{Call: "Customers.Add", Protocol: http1, Server: behaviour{Identifier: "exponent"}},
		{Call: "Tickets.Add", Protocol: http1, Server: behaviour{Identifier: "decimal"}},
		pullOf("Customers.Pull", records(`{"id":1.0}`, `{"id":1.0}`)),
	},
}

// pullOf is the plainest script of a list.
func pullOf(call string, days ...day) script {
	return script{Call: call, Protocol: http1, Server: behaviour{Days: days, LastDay: 30}}
}

// objectInPlace lets the server send the only record of a list in its place.
func objectInPlace(s script) script {
	s.Server.Envelope = bareObject
	return s
}

// numberedPages is a list of a server that counts pages, of these sizes.
func numberedPages(sizes []int, d day) script {
	return script{
		Call:     "Customers.Query",
		Protocol: http1,
		Caller:   caller{PageSize: 5},
		Server:   behaviour{Days: []day{d}, LastDay: 30, Pages: sizes, Mode: pageNumbers},
	}
}

// records is a day with records.
func records(texts ...string) day {
	var d day
	for _, text := range texts {
		d.Records = append(d.Records, json.RawMessage(text))
	}
	return d
}

// withoutKnown takes out of a script what the client is known not to survive,
// but for the finding that is allowed.
func withoutKnown(s *script, allowed string) {
	for _, k := range known {
		if !k.allowedBy(allowed) {
			k.remove(s)
		}
	}
}

func (k *knownViolation) allowedBy(allowed string) bool {
	return allowed == "all" || slices.Contains(strings.Split(k.finding, ", "), allowed)
}

// fires runs the script of a known violation. It returns an error where the
// violation is not there any more, or another one is.
func (k *knownViolation) fires(ctx context.Context) error {
	if k.crashes {
		return k.crash(ctx)
	}

	for range 3 { // what depends on timing may not fail at once
		failed, err := try(ctx, k.script.clone())
		if err != nil {
			return fmt.Errorf("the script of %s cannot be run: %w", k.finding, err)
		}
		if failed != nil && failed.property() != k.property {
			return fmt.Errorf("%s fails in another way: %s, not %s", k.finding, failed.violations[0], k.property)
		}
		if failed != nil {
			return nil
		}
	}
	return k.mended()
}

func (k *knownViolation) mended() error {
	const remedy = "move its script to mended in known.go, so that all runs try it"
	return fmt.Errorf("%s does not fail any more: %s", k.finding, remedy)
}

// crash runs the script in a process that it must end.
func (k *knownViolation) crash(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "model-*.json")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()

	if _, err := file.WriteString(k.script.String()); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}

	own := exec.CommandContext(ctx, program, "-script", file.Name()) //nolint:gosec // this program
	out, err := own.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "panic: "+errThrown.Error()) {
		return k.mended()
	}
	return nil
}

// probe runs the scripts of all known violations but those that are allowed,
// and returns how many of them do not fail as they are known to.
func (s *search) probe(ctx context.Context) int {
	results := make([]error, len(known))
	var probes sync.WaitGroup
	for i, k := range known {
		probes.Go(func() {
			if !k.allowedBy(s.allowed) {
				results[i] = k.fires(ctx)
			}
		})
	}
	probes.Wait()

	stale := 0
	for i, k := range known {
		switch {
		case k.allowedBy(s.allowed):
		case results[i] != nil:
			fmt.Fprintf(s.out, "known violation: %v\n", results[i])
			stale++
		default:
			fmt.Fprintf(s.out, "known violation: %s: %s\n", k.finding, k.what)
		}
	}
	return stale
}
