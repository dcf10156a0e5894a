package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test program run a script, as the probes of known
// violations that end the process do with the command.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "-script" {
		os.Exit(execute(context.Background(), os.Args[1:], os.Stdout))
	}
	os.Exit(m.Run())
}

// A few runs of what `make model` does two thousand times.
func TestSomeSeeds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		made := generate(seed + 1)
		withoutKnown(made, "")
		failed, err := try(t.Context(), made)
		if err != nil {
			t.Fatalf("seed %d: %v", seed+1, err)
		}
		if failed != nil {
			t.Errorf("seed %d: %v\n%s", seed+1, failed.violations, made)
		}
	}
}

func TestASeedMakesOneScript(t *testing.T) {
	for seed := range uint64(200) {
		made := generate(seed)
		if again := generate(seed); again.String() != made.String() {
			t.Errorf("seed %d makes\n%sand\n%s", seed, made, again)
		}
		var read script
		if err := json.Unmarshal([]byte(made.String()), &read); err != nil || read.String() != made.String() {
			t.Errorf("seed %d: %v: read again, the script is\n%snot\n%s", seed, err, &read, made)
		}
		if !made.sound() {
			t.Errorf("seed %d: the script does not end:\n%s", seed, made)
		}
		if copied := made.clone(); !reflect.DeepEqual(copied, made) {
			t.Errorf("seed %d: a clone is\n%snot\n%s", seed, copied, made)
		}
	}
}

// Each known violation fails as it is said to, and takes what it needs out of a
// script.
func TestKnownViolations(t *testing.T) {
	for _, k := range known {
		t.Run(k.finding, func(t *testing.T) {
			t.Parallel()
			if !k.script.sound() || !slices.Contains(properties, k.property) {
				t.Fatalf("%q, by\n%s", k.property, &k.script)
			}
			if k.property != hangs { // which takes long to see: the command does
				if err := k.fires(t.Context()); err != nil {
					t.Error(err)
				}
			}

			without := k.script.clone()
			k.remove(without)
			failed, err := try(t.Context(), without)
			if err != nil || failed != nil {
				t.Errorf("without it there is %v, %v:\n%s", failed, err, without)
			}
		})
	}
}

func TestMended(t *testing.T) {
	for finding, scripts := range mended {
		for _, s := range scripts {
			failed, err := try(t.Context(), s.clone())
			if err != nil || failed != nil {
				t.Errorf("%s: %v, %v:\n%s", finding, err, failed, &s)
			}
		}
	}
}

// What a stale entry of the list makes the command say.
func TestAKnownViolationThatIsMended(t *testing.T) {
	k := &knownViolation{finding: "X", property: lostRecord, script: pullOf("Customers.Pull", records(`{"id":1}`))}
	if err := k.fires(t.Context()); err == nil || !strings.Contains(err.Error(), "move its script to mended") {
		t.Errorf("got %v", err)
	}
}

// Scripts in which nothing goes wrong.
func threeDays() script {
	s := pullOf("Customers.Pull", records(`{"id":1}`, `{"id":2}`), records(`{"id":3}`), records(`{"id":4}`))
	s.Caller.ContinueOnError = true
	return s
}

func threePages() script {
	s := pullOf("Customers.Query", records(`{"id":1}`, `{"id":2}`, `{"id":3}`, `{"id":4}`))
	s.Caller.PageSize = 2
	return s
}

func oneRead() script { return pullOf("FAQ.Categories", records(`{"id":"1"}`, `{"id":"2"}`)) }

func oneWrite() script { return script{Call: "Customers.Add", Protocol: http1} }

func oneBulk() script {
	return script{Call: "Tickets.AddAll", Protocol: http2, Caller: caller{Inputs: 5, Parallel: 2}}
}

// Every property is violated by a run in which one thing was changed.
func TestJudge(t *testing.T) {
	for property, row := range map[string]struct {
		script func() script
		change func(*kapture, *observation)
	}{
		lostRecord: {threeDays, func(_ *kapture, seen *observation) {
			seen.sessions[0].yields = slices.Delete(seen.sessions[0].yields, 2, 3)
		}},
		doubledRecord: {threeDays, func(_ *kapture, seen *observation) {
			seen.sessions[0].yields = append(seen.sessions[0].yields, seen.sessions[0].yields[3])
		}},
		inventedRecord: {threeDays, func(_ *kapture, seen *observation) {
			seen.sessions[0].yields = append(seen.sessions[0].yields, yield{record: []byte(`{"id":5}`)})
		}},
		doubledWrite: {oneWrite, func(k *kapture, _ *observation) { k.executed[0]++ }},
		falseSuccess: {oneWrite, func(k *kapture, _ *observation) { k.executed[0] = 0 }},
		falseFailure: {oneWrite, func(_ *kapture, seen *observation) { seen.results[0].failure = &failure{} }},
		falseDoubt: {oneWrite, func(_ *kapture, seen *observation) {
			seen.results[0].failure = &failure{unknown: true}
		}},
		wrongIdentifier: {oneWrite, func(_ *kapture, seen *observation) { seen.results[0].id = "7" }},
		wrongRead: {oneRead, func(_ *kapture, seen *observation) {
			seen.results[0].records = seen.results[0].records[1:]
		}},
		inputResults: {oneBulk, func(_ *kapture, seen *observation) { seen.results = seen.results[1:] }},
		sendsOn: {oneBulk, func(_ *kapture, seen *observation) {
			seen.stopped = byBreak
			seen.sentOn = 3
		}},
		earlyCheckpoint: {threeDays, func(k *kapture, _ *observation) { k.journal[1].clock = time.Unix(0, 0) }},
		noCheckpoint:    {threeDays, func(_ *kapture, seen *observation) { seen.sessions[0].saved = nil }},
		noEnd: {threePages, func(k *kapture, _ *observation) {
			k.journal[3].elements = k.journal[0].elements
		}},
		noProgress: {threePages, func(k *kapture, _ *observation) {
			k.journal[1].elements = k.journal[0].elements
		}},
		beforeStart: {threePages, func(k *kapture, _ *observation) { k.script.Caller.StartAt = 1 }},
		wrongOrder: {threeDays, func(_ *kapture, seen *observation) {
			slices.Reverse(seen.sessions[0].yields)
		}},
		noReason: {threeDays, func(k *kapture, seen *observation) {
			f := &failure{named: true, day: k.first.Format(time.DateOnly)}
			seen.sessions[0].yields = append(seen.sessions[0].yields, yield{failure: f})
		}},
		noWindow: {threeDays, func(_ *kapture, seen *observation) {
			seen.sessions[0].yields = append(seen.sessions[0].yields, yield{failure: &failure{}})
		}},
		hangs:  {oneBulk, func(_ *kapture, seen *observation) { seen.hung = true }},
		panics: {oneBulk, func(_ *kapture, seen *observation) { seen.panicked = []string{"index out of range"} }},
		leaves: {oneBulk, func(_ *kapture, seen *observation) { seen.leftovers = []string{"1 connections"} }},
	} {
		t.Run(property, func(t *testing.T) {
			t.Parallel()
			made := row.script()
			k, seen, err := perform(t.Context(), &made)
			if err != nil {
				t.Fatal(err)
			}
			if found := judge(k, seen); len(found) > 0 {
				t.Fatalf("without a change: %v", found)
			}
			row.change(k, seen)
			found := judge(k, seen)
			if !slices.ContainsFunc(found, func(v violation) bool { return v.property == property }) {
				t.Errorf("found %v", found)
			}
		})
	}
}

// The faults of HTTP/2 are what they are called: net/http on its own sends
// again what was not processed, and gives the code of a reset.
func TestFaultsOfHTTP2(t *testing.T) {
	for name, row := range map[string]struct {
		fault    fault
		requests int
		err      string // in what net/http fails with
		body     string
	}{
		"none":         {fault{Kind: faultDrip, At: 1}, 1, "", customerSaved("700000001")},
		"refused":      {fault{Kind: faultRefused}, 2, "", customerSaved("700000001")},
		"goaway":       {fault{Kind: faultGoaway}, 2, "", customerSaved("700000001")},
		"goaway after": {fault{Kind: faultGoawayAfter}, 1, "", customerSaved("700000001")},
		"reset before": {fault{Kind: faultCut, Code: 0x2, Done: true}, 1, "INTERNAL_ERROR", ""},
		"reset within": {fault{Kind: faultCut, Code: 0xb, At: 500}, 1, "ENHANCE_YOUR_CALM", `{"status":"success"`},
		"closed":       {fault{Kind: faultCut, Text: "close", At: 500}, 1, "EOF", `{"status":"success","customer`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, err := start(t.Context(), &script{Call: "Customers.Add", Protocol: http2, Faults: []fault{row.fault}})
			if err != nil {
				t.Fatal(err)
			}
			defer k.close()
			transport := k.transport()
			defer transport.CloseIdleConnections()

			hc := &http.Client{Transport: transport}
			resp, err := hc.Post(k.outer.URL+"/", "application/json", strings.NewReader(`{"name":"`+marker(0)+`"}`))
			var body []byte
			if err == nil {
				body, err = io.ReadAll(resp.Body)
				_ = resp.Body.Close()
			}
			if row.err == "" && err != nil || row.err != "" && (err == nil || !strings.Contains(err.Error(), row.err)) {
				t.Errorf("failed with %v, want %q", err, row.err)
			}
			if !strings.HasPrefix(string(body), row.body) {
				t.Errorf("the body is %q, want %q", body, row.body)
			}
			if len(k.journal) != row.requests {
				t.Errorf("%d requests, want %d", len(k.journal), row.requests)
			}
		})
	}
}

// A page came again only if that holds for whichever attempt the client took.
func TestPagesThatCameAgain(t *testing.T) {
	page := func(offset int, elements ...string) *exchange {
		e := &exchange{offset: offset, ending: ending{whole: true}}
		for _, element := range elements {
			e.elements = append(e.elements, json.RawMessage(element))
		}
		return e
	}
	first := page(0, "1")
	grown := page(0, "2", "1")
	for name, row := range map[string]struct {
		exchanges []*exchange
		want      bool
	}{
		"another page":                  {[]*exchange{first, page(1, "2"), page(2)}, false},
		"the same page":                 {[]*exchange{first, page(1, "1"), page(2)}, true},
		"the same after a late attempt": {[]*exchange{first, grown, page(1, "2", "1"), page(3)}, false},
		"the same for each attempt":     {[]*exchange{first, first, page(1, "1"), page(2)}, true},
	} {
		if got := surelyAgain(row.exchanges); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What a script does not need is taken away.
func TestShrink(t *testing.T) {
	needed := func(s *script) bool {
		records := 0
		for _, d := range s.Server.Days {
			records += len(d.Records)
		}
		return records >= 2 && slices.ContainsFunc(s.Faults, func(f fault) bool { return f.Kind == faultDrip })
	}
	s := &shrinker{deadline: time.Now().Add(time.Minute), try: func(_ context.Context, s *script) (*failing, error) {
		if !needed(s) {
			return nil, nil
		}
		return &failing{script: s, violations: []violation{{property: lostRecord}}}, nil
	}}

	large := &script{
		Call: "Customers.Query", Protocol: http2,
		Caller: caller{Parallel: 4, PageSize: 6, ContinueOnError: true},
		Server: behaviour{LastDay: 1, Pages: []int{3, 1}, Days: make([]day, 3), Envelope: padded, Clock: 3},
		Faults: []fault{{On: 2, Kind: faultDrip, At: 7}, {On: 1, Kind: faultFailed}},
	}
	for i := range large.Server.Days {
		large.Server.Days[i].Records = []json.RawMessage{[]byte(`{"text":"a","id":1}`), []byte(`{"id":2}`)}
	}
	small := s.shrink(t.Context(), &failing{script: large, violations: []violation{{property: lostRecord}}}).script
	want := &script{
		Call: "Customers.Query", Protocol: http1, Caller: caller{PageSize: 1},
		Server: behaviour{LastDay: 30, Days: []day{records(`{"id":1}`, `{"id":2}`)}},
		Faults: []fault{{Kind: faultDrip, At: 1}},
	}
	if small.String() != want.String() {
		t.Errorf("shrunk to\n%swant\n%s", small, want)
	}
}

// The command runs one seed or one script, and says how it ended in its last
// line.
func TestCommand(t *testing.T) {
	dir := t.TempDir()
	good := threeDays()
	unknown := script{Call: "Customers.Bake", Protocol: http1}
	endless := script{Call: "Customers.Add", Protocol: http1, Faults: []fault{{Kind: faultStall}}}
	file := func(name, text string) string {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir + "/" + name
	}
	for name, row := range map[string]struct {
		args []string
		code int
		last string
	}{
		"a seed":        {[]string{"-seed", "3"}, 0, "model: 1 runs, 0 violations"},
		"a script":      {[]string{"-script", file("good.json", good.String())}, 0, "model: 1 runs, 0 violations"},
		"no script":     {[]string{"-script", dir + "/none.json"}, 2, "no such file or directory"},
		"not a script":  {[]string{"-script", file("bad.json", "[]")}, 2, "give one as a failure prints it"},
		"unknown call":  {[]string{"-script", file("call.json", unknown.String())}, 2, "give a name in client.go"},
		"endless":       {[]string{"-script", file("stall.json", endless.String())}, 2, "a break before it"},
		"unknown flags": {[]string{"-walks", "3"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			code := execute(t.Context(), row.args, &out)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if code != row.code || !strings.Contains(lines[len(lines)-1], row.last) {
				t.Errorf("ended with %d: %s", code, out.String())
			}
		})
	}
}
