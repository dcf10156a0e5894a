package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// scenario is a Kapture that misbehaves in one way, which a client has to survive.
type scenario struct {
	fault   mock.Fault // of every operation; zero: all goes well
	summary string     // follows the word "where"
	// useless: no response can be used, so that a client which reports success
	// was fooled.
	useless bool
}

const plainScenario = "plain"

func (s scenario) name() string {
	if s.fault.Kind == "" {
		return plainScenario
	}
	return string(s.fault.Kind)
}

// clientKey opens a world of the mock.
const clientKey = "test-client"

// arrival is a request that arrived.
type arrival struct {
	request
	write   bool
	secret  bool // it had the key or a body
	at      time.Time
	status  int       // 0: no response
	opening byte      // the first of the response
	again   time.Time // when to come back, where 429 says so
}

// request identifies a request: two that are equal are the same one, repeated.
type request struct {
	operation string // "" at a path that is not in the contract
	content   [sha256.Size]byte
}

// stage is where a scenario plays.
type stage struct {
	url   string
	end   func()
	plays sync.WaitGroup

	mu       sync.Mutex
	arrivals []arrival
	trapped  []arrival
	findings []conformance.Finding
}

// close stops the stage, and returns when no request is being served any more.
func (st *stage) close() {
	st.end()
	st.plays.Wait()
}

// maxArrivals bounds the memory that a client which repeats endlessly can fill.
const maxArrivals = 100_000

// open starts a new Kapture for the scenario, so that nothing is left of the one
// before.
func (s scenario) open(ctx context.Context, j *judge) (*stage, error) {
	if s.fault.Kind == mock.Refuse {
		return s.openRefusing() //nolint:contextcheck // it ends by close
	}

	st := &stage{}
	trap, trapURL, err := serve(ctx, http.HandlerFunc(st.trap))
	if err != nil {
		return nil, err
	}

	var options []mock.Option
	if s.fault.Kind != "" {
		fault := s.fault
		if fault.Kind == mock.Redirect {
			fault.Location = trapURL + "/elsewhere"
		}
		options = append(options, mock.WithFault(mock.All, fault))
	}
	kapture, err := mock.New(options...)
	if err != nil {
		_ = trap.Close()
		return nil, err
	}

	server, url, err := serve(ctx, st.watch(j, kapture, s.fault.Kind == ""))
	if err != nil {
		_ = trap.Close()
		return nil, err
	}
	st.url = url
	st.end = func() {
		_ = server.Close()
		_ = trap.Close()
	}
	return st, nil
}

// openRefusing holds a port on which nobody listens.
func (s scenario) openRefusing() (*stage, error) {
	server, err := mock.Start(mock.WithFault(mock.All, s.fault))
	if err != nil {
		return nil, err
	}
	return &stage{url: server.URL, end: func() { _ = server.Close() }}, nil
}

// trap serves the origin that a redirect points to. No client is to call it.
func (st *stage) trap(w http.ResponseWriter, r *http.Request) {
	st.plays.Add(1)
	defer st.plays.Done()
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxKept))

	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.trapped) < maxArrivals {
		st.trapped = append(st.trapped, arrival{secret: len(body) > 0 || r.Header.Get("Authorization") != ""})
	}
	http.Error(w, "this is not Kapture", http.StatusNotFound)
}

// serve listens on a free port of this machine.
func serve(ctx context.Context, handler http.Handler) (*http.Server, string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	return server, "http://" + listener.Addr().String(), nil
}

// watch keeps every request to kapture, and checks it. If whole, the response is
// checked too, and the exchange counts for the table.
func (st *stage) watch(j *judge, kapture http.Handler, whole bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st.plays.Add(1)
		defer st.plays.Done()

		a := arrival{at: time.Now()}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxKept))
		a.content = sha256.Sum256(append([]byte(r.URL.RawQuery+"\n"), body...))
		a.operation, _ = j.checker.Find(r.Method, r.URL.Path)
		a.write = a.operation != "" && !j.reads[a.operation]
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))

		ex := conformance.Exchange{
			Name:      r.Method + " " + r.URL.Path,
			Operation: a.operation,
			Request:   conformance.Request{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: body},
		}
		seen := &watched{ResponseWriter: w, whole: whole}
		defer func(ctx context.Context) { // however the response ends: a fault may cut it off
			a.status = seen.status
			a.opening = seen.opening
			a.again = seen.comeBack(time.Now())
			st.note(ctx, j, noted{arrival: a, exchange: ex, response: seen})
		}(context.WithoutCancel(r.Context()))

		kapture.ServeHTTP(seen, r)
	})
}

// noted is an exchange that has ended.
type noted struct {
	arrival  arrival
	exchange conformance.Exchange // without its response
	response *watched
}

// note checks an exchange, and keeps the arrival and the findings within bounds.
func (st *stage) note(ctx context.Context, j *judge, n noted) {
	ex := n.exchange
	var found []conformance.Finding
	if n.response.whole && n.arrival.operation != "" {
		ex.Response = conformance.Response{
			Status: n.response.status,
			Header: n.response.Header().Clone(),
			Body:   n.response.body.Bytes(),
		}
		found = j.check(ctx, ex, unknown{}).Findings
	} else {
		found = j.checker.Check(ctx, ex).Findings
	}

	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.arrivals) < maxArrivals {
		st.arrivals = append(st.arrivals, n.arrival)
	}
	free := max(maxRows-len(st.findings), 0)
	st.findings = append(st.findings, found[:min(len(found), free)]...)
}

// failing reads nothing, and returns the error of a body that did not arrive
// whole, or io.EOF.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// watched is a response that is observed while it is written.
type watched struct {
	http.ResponseWriter
	whole   bool
	status  int
	opening byte
	body    bytes.Buffer
}

// Unwrap lets the mock reset the connection below.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.opening == 0 && len(b) > 0 {
		w.opening = b[0]
	}
	if w.whole {
		w.body.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// comeBack returns when a client may repeat a request that got HTTP 429; the zero
// time for any other response.
func (w *watched) comeBack(now time.Time) time.Time {
	if w.status != http.StatusTooManyRequests {
		return time.Time{}
	}
	after := w.Header().Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		return now.Add(time.Duration(seconds) * time.Second)
	}
	at, _ := http.ParseTime(after)
	return at
}
