package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// scenario is a Kapture that misbehaves in one way, which a client has to survive.
type scenario struct {
	fault   mock.Fault // of every operation; zero: all goes well
	summary string
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

var scenarios = []scenario{
	{summary: "all goes well"},
	{mock.Fault{Kind: mock.Refuse}, "nobody listens", true},
	{
		mock.Fault{Kind: mock.TooManyRequests, Times: 1},
		"the first request is too many: 429, to come back after a second",
		false,
	},
	{
		mock.Fault{Kind: mock.TooManyRequestsDate, Times: 1, RetryAfter: 2 * time.Second},
		"the first request is too many: 429, to come back after a moment given as a date",
		false,
	},
	{mock.Fault{Kind: mock.Unavailable, Times: 1}, "the first response is 503, to come back after a second", false},
	{mock.Fault{Kind: mock.ServerError}, "every response is 500 with a failure in JSON", true},
	{mock.Fault{Kind: mock.BadGateway}, "every response is 502 with a page in HTML", true},
	{mock.Fault{Kind: mock.LoginPage}, "every response is 200 with a login page in HTML", true},
	{mock.Fault{Kind: mock.Redirect}, "every request is redirected (307) to another origin", true},
	{
		mock.Fault{Kind: mock.ResetBeforeHeaders},
		"requests are done, and the connection is reset before the response",
		true,
	},
	{mock.Fault{Kind: mock.ResetInBody}, "requests are done, and the connection is reset inside the response", true},
	{mock.Fault{Kind: mock.Stall}, "requests are done, and no response comes", true},
	{mock.Fault{Kind: mock.EmptyBody}, "requests are done, and every response is empty", true},
	{mock.Fault{Kind: mock.TruncatedJSON}, "every response ends in the middle, as if that were all", true},
	{
		mock.Fault{Kind: mock.TruncatedBetweenElements},
		"every list ends after its first element, every other response before its last brace",
		true,
	},
	{mock.Fault{Kind: mock.GzipCut}, "every response is compressed, and ends in the middle", true},
	{mock.Fault{Kind: mock.FailureAfterList}, "every response says at its end that it failed, lists too", true},
	{mock.Fault{Kind: mock.WrongContentType}, "the JSON is labelled text/html", false},
	{mock.Fault{Kind: mock.SlowDrip, Delay: 50 * time.Microsecond}, "responses come byte by byte", false},
	{mock.Fault{Kind: mock.Oversized}, "responses hold a text of 64 MiB", false},
	{mock.Fault{Kind: mock.InvalidUTF8}, "responses hold bytes that are not UTF-8", false},
	{mock.Fault{Kind: mock.DuplicateKeys}, "responses have their outcome twice, failed and success", false},
	{mock.Fault{Kind: mock.DeepNesting}, "responses hold 100,000 arrays in one another", false},
	{mock.Fault{Kind: mock.PageCap}, "pages hold one record, for any limit", false},
	{mock.Fault{Kind: mock.OverlappingPages}, "every page begins with the last record of the page before", false},
	{mock.Fault{Kind: mock.RepeatingPages}, "every page is the first one", false},
	{
		mock.Fault{Kind: mock.OverlappingWindows},
		"a pull gives the records of the day before and of the day after, too",
		false,
	},
	{mock.Fault{Kind: mock.SingleObject}, "a list of one ticket comes as an object", false},
	{mock.Fault{Kind: mock.MessageText}, "an empty list of tickets comes as a text", false},
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
	st := &stage{}
	if s.fault.Kind == mock.Refuse {
		server, err := mock.Start(mock.WithFault(mock.All, s.fault)) //nolint:contextcheck // it ends by Close
		if err != nil {
			return nil, err
		}
		st.url = server.URL
		st.end = func() { _ = server.Close() }
		return st, nil
	}

	trap, trapURL, err := serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		st.plays.Add(1)
		defer st.plays.Done()
		body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, maxKept))
		st.mu.Lock()
		defer st.mu.Unlock()
		if len(st.trapped) < maxArrivals {
			st.trapped = append(st.trapped, arrival{secret: len(body) > 0 || r.Header.Get("Authorization") != ""})
		}
		http.Error(w, "this is not Kapture", http.StatusNotFound)
	}))
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
	st.end = func() { _, _ = server.Close(), trap.Close() }
	return st, nil
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
			Name: r.Method + " " + r.URL.Path, Operation: a.operation,
			Request: conformance.Request{Method: r.Method, URL: r.URL.String(), Header: r.Header.Clone(), Body: body},
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

// judge says what the client did wrong. Requests that break the contract were
// found already. A report puts equal findings of several scenarios together, so a
// message has nothing of one scenario only.
func (s scenario) judge(p, plain *performance, compareOutput bool) (found []conformance.Finding) {
	wrong := func(code, operation, message, hint string) {
		found = append(found, conformance.Finding{
			Code:      code,
			Fault:     conformance.FaultClient,
			Why:       "the scenario was arranged, so what the program did in it is its own doing",
			Exchange:  s.name(),
			Operation: operation,
			Side:      conformance.SideClient, Part: "program", Message: message, Hint: hint, Count: 1,
		})
	}

	switch {
	case p.hung:
		wrong(conformance.CodeClientHung, "",
			"the program did not end in time",
			"Give every call a time limit, and every loop an end; --timeout allows more.")
	case p.crashed != "":
		wrong(conformance.CodeClientCrashed, "",
			"the program was ended ("+p.crashed+")",
			"Limit how much of a response is read, and catch what its reader throws.")
	case s.name() == plainScenario && p.code != 0:
		wrong(conformance.CodeClientFailed, "",
			fmt.Sprintf("the program exits with %d although all goes well", p.code),
			"See what it says. It must exit with 0 when everything was done.")
	case s.useless && p.code == 0 && !p.onlyLists(s):
		wrong(conformance.CodeClientFooled, "",
			"the program exits with 0 although no response can be used",
			"Anything but a whole response that says success is a failure, and must be reported to the caller.")
	case compareOutput && p.code == 0 && !bytes.Equal(p.stdout, plain.stdout):
		wrong(conformance.CodeClientOutput, "",
			"the program exits with 0 and prints something else than where all goes well",
			"Records were lost, doubled or misread, "+
				"or the output holds times or random texts, which cannot be compared.")
	}

	if len(p.arrivals) == 0 && s.fault.Kind != mock.Refuse && !p.hung && p.crashed == "" {
		wrong(conformance.CodeClientSilent, "",
			"the program sent nothing to KAPTURE_BASE_URL",
			"Let it read its base URL and its key from the environment, "+
				"and do in every scenario what it does in this one.")
	}

	if len(p.trapped) > 0 {
		message := "the program followed a redirect to another origin"
		if slices.ContainsFunc(p.trapped, func(a arrival) bool { return a.secret }) {
			message += ", with its key or a body"
		}
		wrong(conformance.CodeClientRedirected, "",
			message,
			"Have the HTTP library follow no redirect: no page of Kapture mentions one.")
	}

	sent := p.sent()
	wanted := plain.sent()
	again := map[request]time.Time{}
	for _, a := range p.arrivals {
		if early := again[a.request].Sub(a.at); early > slack {
			wrong(conformance.CodeClientImpatient, a.operation,
				"the program came back before the time that Retry-After gave",
				"Wait as long as Retry-After says, as seconds or as a date.")
		}
		again[a.request] = a.again
		if times := sent[a.request]; a.write && times > max(wanted[a.request], 1) {
			wrong(conformance.CodeClientRepeatedWrite, a.operation,
				"the program sent the same write again",
				"A write whose response was lost may have been done. "+
					"Report that it is not known, or look before writing again.")
			delete(sent, a.request) // reported once
		}
	}

	return found
}

// slack is for clocks and timers that tick in coarse steps.
const slack = 100 * time.Millisecond

// sent counts how often each request arrived, without those that were rejected
// before anything can have been done.
func (p *performance) sent() map[request]int {
	times := map[request]int{}
	for _, a := range p.arrivals {
		if a.status != http.StatusTooManyRequests && a.status != http.StatusServiceUnavailable {
			times[a.request]++
		}
	}
	return times
}

// onlyLists reports whether a fault that corrupts only objects had no object.
func (p *performance) onlyLists(s scenario) bool {
	isObject := func(a arrival) bool { return a.opening == '{' }
	return s.fault.Kind == mock.FailureAfterList && !slices.ContainsFunc(p.arrivals, isObject)
}
