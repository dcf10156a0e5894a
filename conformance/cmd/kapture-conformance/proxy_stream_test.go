package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/spec"
)

const (
	pullPath = "/select-customer-between-start-and-end-dates.html"
	aDay     = `[{"start_date":"2024-01-01","end_date":"2024-01-01"}]`
)

// customers is a body of at least so many bytes. Its last record is changed.
func customers(t *testing.T, size int, old, replacement string) string {
	t.Helper()
	sample, err := spec.Sample("customers/pull-2021.response.json")
	if err != nil {
		t.Fatal(err)
	}
	list, after, _ := strings.Cut(string(sample), "\n  ],")
	before, record, _ := strings.Cut(list, "[\n")
	last := strings.Replace(record, old, replacement, 1)
	if old != "" && last == record {
		t.Fatalf("a record has no %s", old)
	}
	return before + "[\n" + strings.Repeat(record+",\n", size/len(record)+1) + last + "\n  ]," + after
}

// respondWith returns a server that responds to pulls with a body, as fast as it
// can.
func respondWith(t *testing.T, body string, hasLength bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != pullPath {
			_, _ = io.WriteString(w, notFound)
			return
		}
		if !hasLength {
			_ = http.NewResponseController(w).Flush()
		}
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server
}

// A list of records is checked while it passes, however large it is.
func TestLargeListIsChecked(t *testing.T) {
	const size = maxKept + 8<<20
	for name, test := range map[string]struct {
		old, replacement string
		hasLength        bool
		verdict          report.Verdict
		want             string // is printed
	}{
		"conforming":                  {verdict: report.Conforms},
		"conforming, of known length": {hasLength: true, verdict: report.Conforms},
		"a wrong record": {
			old:         `"id": 70001`,
			replacement: `"id": []`,
			verdict:     report.DoesNotConform,
			want:        "/id: expected",
		},
		"a broken text": {
			old:         `"id": 70001`,
			replacement: `"id": "`,
			verdict:     report.DoesNotConform,
			want:        "json-syntax",
		},
	} {
		t.Run(name, func(t *testing.T) {
			body := customers(t, size, test.old, test.replacement)
			upstream := respondWith(t, body, test.hasLength)
			p := proxyBefore(t, upstream.URL, func(f *forwarder) {
				f.checks.parts = newPartPool(len(body)/partSize + 2) // the check may be slow
			})
			if _, got := post(t, "http://"+p.address+pullPath, "k", aDay); got != body {
				t.Errorf("%d bytes became %d", len(body), len(got))
			}
			p.checks.waitUntil(time.Minute, func() bool { return len(p.checks.open) == 0 })
			sum := p.result().Summary()
			isChecked := sum.Exchanges == 1 && sum.Unchecked == 0
			if sum.Verdict != test.verdict || !isChecked || !strings.Contains(p.log.String(), test.want) {
				t.Errorf("%+v\n%s", sum, p.log)
			}
		})
	}
}

// A check that falls behind holds nothing up. The exchange is named, and the next
// one is checked.
func TestLargeListThatCannotBeChecked(t *testing.T) {
	for name, test := range map[string]struct {
		body  string
		parts int
		want  string
	}{
		"too fast": {body: customers(t, 4<<20, "", ""), parts: 8, want: "the checks are behind"},
		"a very large element": {
			body:  customers(t, 4<<20, `"id":`, `"more": "`+strings.Repeat("x", 9<<20)+`", "id":`),
			parts: 1000,
			want:  "a part of a large body",
		},
	} {
		t.Run(name, func(t *testing.T) {
			upstream := respondWith(t, test.body, false)
			var held turns
			p := proxyBefore(t, upstream.URL, func(f *forwarder) {
				f.checks.parts = newPartPool(test.parts)
				held = f.checks.turns
			})
			held.begin()
			if _, got := post(t, "http://"+p.address+pullPath, "k", aDay); got != test.body {
				t.Errorf("%d bytes became %d", len(test.body), len(got))
			}
			held.end()
			p.checks.waitUntil(time.Minute, func() bool { return len(p.checks.open) == 0 })
			sum := p.result().Summary()
			if sum.Unchecked != 1 || sum.Verdict != report.Incomplete || !strings.Contains(p.log.String(), test.want) {
				t.Errorf("%+v\n%s", sum, p.log)
			}
			if free := p.checks.memory.free.Load(); free != maxHeld {
				t.Errorf("%d of %d bytes were given back", free, maxHeld)
			}
			if free := p.checks.parts.streams.free.Load(); free != maxStreams {
				t.Errorf("%d of %d streams have ended", free, maxStreams)
			}
			made := int(p.checks.parts.made.Load())
			free := len(p.checks.parts.free)
			if made > test.parts || made != free {
				t.Errorf("%d parts were made, want at most %d, and %d are free", made, test.parts, free)
			}
		})
	}
}
