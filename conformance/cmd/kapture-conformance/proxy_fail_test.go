package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/report"
)

// With --fail, what breaks the contract does not pass, and what was held is as it
// was. Without it, everything passes.
func TestProxyFail(t *testing.T) {
	const (
		goodRequest = `[{"phone":"9000000001"}]`
		wrong       = `{"Customer Details":"x","status":5}`
	)
	large := `{"Customer Details":"` + strings.Repeat("a", maxOnPath) + `","status":"failed"}`
	tests := map[string]struct {
		path, request, response string
		off                     bool
		status                  int
		arrives                 bool
		want                    string // of the response
		verdict                 report.Verdict
	}{
		"conforms": {
			request:  goodRequest,
			response: notFound,
			status:   200,
			arrives:  true,
			want:     notFound,
			verdict:  report.Conforms,
		},
		"a wrong request": {
			request:  "{",
			response: notFound,
			status:   400,
			want:     "the request breaks the contract and was not sent on",
			verdict:  report.DoesNotConform,
		},
		"a wrong response": {
			request:  goodRequest,
			response: wrong,
			status:   502,
			arrives:  true,
			want:     "the response breaks the contract",
			verdict:  report.DoesNotConform,
		},
		"an unknown path": {
			path:     "s",
			request:  goodRequest,
			response: notFound,
			status:   400,
			want:     "the nearest is POST " + getPath,
			verdict:  report.DoesNotConform,
		},
		"a large request": {
			request:  large,
			response: notFound,
			status:   200,
			arrives:  true,
			want:     notFound,
			verdict:  report.Incomplete,
		},
		"a large response": {
			request:  goodRequest,
			response: large,
			status:   200,
			arrives:  true,
			want:     large,
			verdict:  report.Incomplete,
		},
		"off, both wrong": {
			off:      true,
			request:  "{",
			response: wrong,
			status:   200,
			arrives:  true,
			want:     wrong,
			verdict:  report.DoesNotConform,
		},
		"off, unknown path": {
			off:      true,
			path:     "s",
			request:  "[]",
			response: wrong,
			status:   200,
			arrives:  true,
			want:     wrong,
			verdict:  report.DoesNotConform,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			arrived := ""
			upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				arrived = string(body)
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, test.response)
			}))
			defer upstream.Close()
			p := proxyBefore(t, upstream.URL, func(f *forwarder) { f.fail = !test.off })
			status, got := post(t, "http://"+p.address+getPath+test.path, "k", test.request)
			if status != test.status || !strings.Contains(got, test.want) {
				t.Errorf("HTTP %d, want %d; %.300q", status, test.status, got)
			}
			if (arrived == test.request) != test.arrives || !test.arrives && arrived != "" {
				t.Errorf("%d of %d bytes arrived", len(arrived), len(test.request))
			}
			if sum := p.result().Summary(); sum.Verdict != test.verdict {
				t.Errorf("%+v\n%s", sum, p.log)
			}
			if free := p.checks.memory.free.Load(); free != maxHeld {
				t.Errorf("%d bytes were not given back", maxHeld-free)
			}
		})
	}
}

// What clients send does not control the terminal, in any line.
func TestProxyPrintsNoControlCharacters(t *testing.T) {
	for name, target := range map[string]string{
		"no response": "/x%1b%5b31m%0aINJECTED",
		"refused":     "http://other.example.com/x%1b%5b31m%0aINJECTED",
	} {
		p := proxyBefore(t, "http://127.0.0.1:1")
		got := exchangeRaw(t, p.address, "POST "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		p.result()
		log := p.log.String()
		isControlled := strings.Contains(log+got, "\x1b") || strings.Contains(log, "\nINJECTED")
		if isControlled || !strings.Contains(log, "INJECTED") {
			t.Errorf("%s: %q, %q", name, log, got)
		}
	}
}
