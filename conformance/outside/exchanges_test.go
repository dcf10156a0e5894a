package outside

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// now is the time at which everything happens: 19 April 2024 in India.
func now() time.Time {
	return time.Date(2024, 4, 19, 14, 19, 11, 152e6, time.FixedZone("IST", 5*3600+1800))
}

func load(t testing.TB) *Contract {
	t.Helper()
	contract, err := Load("../../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	return contract
}

// exchange is one request of the conformance cases and the mock's response.
type exchange struct {
	runner.StepInfo
	path, query string
	header      http.Header
	request     []byte
	status      int
	contentType string
	response    []byte
}

// exchanges runs the conformance cases against the mock and returns everything
// that went over the wire. The environment variable RESOURCE limits them to one
// resource.
func exchanges(t testing.TB) []exchange {
	t.Helper()
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}
	set, err := runner.Load(cases.FS, doc, checker, spec.FS)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Select(os.Getenv("RESOURCE")); err != nil {
		t.Fatal(err)
	}

	server := mock.Run(t, mock.WithClock(now))
	tap := &tap{}
	run, err := runner.Run(t.Context(), set, runner.Options{
		BaseURL:   server.URL,
		Keys:      runner.MockKeys{},
		Clock:     now,
		Seed:      "outside",
		Parallel:  1, // so that the order of the exchanges is the same each time
		Transport: tap,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range run.Cases {
		if c.Status == report.Failed {
			t.Errorf("the case %s fails: %s", c.Name, c.Findings[0].Message)
		}
	}
	return tap.seen
}

// tap is a transport that keeps what the mock is asked and returns.
type tap struct {
	mu   sync.Mutex
	seen []exchange
}

func (tap *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	e := exchange{
		StepInfo: runner.StepOf(req.Context()),
		path:     req.URL.Path,
		query:    req.URL.RawQuery,
		header:   req.Header.Clone(),
	}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		e.request = body
		req.Body = io.NopCloser(bytes.NewReader(body))
	}

	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || e.Local {
		return resp, err
	}
	e.response, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(e.response))
	e.status = resp.StatusCode
	e.contentType = resp.Header.Get("Content-Type")

	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.seen = append(tap.seen, e)
	return resp, nil
}
