package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/kapture-community/kapture-go/client"
)

// The peers of long pulls and of many writes.
const (
	tenth     = "100,000 customers"
	oneWindow = "1 window"
	loop      = "a loop in 16 goroutines"
)

// The pulls run in a small program that links the client only, and get prepared
// records from a server in its own process.
var bulkRows = []Row{
	million{
		name:      "million",
		how:       "over 100 days",
		all:       pullOptions{days: 100},
		part:      pullOptions{days: 10},
		megabytes: 32,
	}.row(),
	million{
		name:      "million-day",
		how:       "in one day, dense identifiers",
		all:       pullOptions{days: 1},
		part:      pullOptions{days: 1},
		megabytes: 64,
	}.row(),
	million{
		name:      "million-spread",
		how:       "in one day, identifiers spread over 1,000,000,000",
		all:       pullOptions{days: 1, spread: true},
		part:      pullOptions{days: 1, spread: true},
		megabytes: 64,
	}.row(),
	{
		Name: "windows",
		Work: "20 days of 2,000 customers, 16 windows",
		Ours: pullBy(pullOptions{days: 20, customers: 40_000, windows: 16, prepared: 20}),
		Peers: []Peer{{
			Name:    oneWindow,
			Measure: pullBy(pullOptions{days: 20, customers: 40_000, windows: 1, prepared: 20}),
		}},
		Targets: []Target{{Figure: Wall, Peer: oneWindow, Kind: Faster, Bound: 1.4}},
	},
	addAll("addall", "HTTP/1 without TLS", ""),
	addAll("addall-tls", "HTTP/1 with TLS", "tls"),
	addAll("addall-http2", "HTTP/2", "http2"),
}

func init() {
	helpers["adds"] = addServer
	jobs["add-ours"] = addJob(addWithAddAll)
	jobs["add-loop"] = addJob(addInLoop)
}

// million is a pull of 1,000,000 customers against one of a tenth of them.
type million struct {
	name      string
	how       string // the customers are spread over days and identifiers
	all, part pullOptions
	megabytes float64 // of memory that the pull of all may take
}

func (m million) row() Row {
	m.all.customers = 1_000_000
	m.part.customers = 100_000
	return Row{
		Name:  m.name,
		Work:  "1,000,000 customers " + m.how,
		Ours:  pullBy(m.all),
		Peers: []Peer{{Name: tenth, Measure: pullBy(m.part)}},
		Targets: []Target{
			{Figure: CPU, Peer: tenth, Kind: AtMost, Bound: 11},
			{Figure: Memory, Kind: AtMost, Bound: m.megabytes},
		},
		Once: true,
	}
}

type pullOptions struct {
	days      int
	customers int
	windows   int
	spread    bool
	prepared  int // days
}

// pullBy measures a pull in a separate program. A quick run pulls a fiftieth.
func pullBy(o pullOptions) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		perDay := b.shorter(o.customers, o.customers/50) / o.days
		server, err := b.helper(ctx, "customers", serveOptions{Records: perDay, Spread: o.spread, Days: o.prepared})
		if err != nil {
			return nil, err
		}
		puller, err := b.puller(ctx)
		if err != nil {
			return nil, err
		}
		run, err := start(ctx, Program{Name: "puller", Args: []string{
			puller, "-url", server.URL(), "-days", strconv.Itoa(o.days),
			"-windows", strconv.Itoa(max(1, o.windows)), "-want", strconv.Itoa(perDay * o.days),
		}})
		if err != nil {
			return nil, err
		}
		if err := run.Wait(0); err != nil {
			return nil, err
		}
		var measured Measurement
		err = json.Unmarshal(run.stdout.Bytes(), &measured)
		return measured, err
	}
}

// puller builds the program that pulls.
func (b *Bench) puller(ctx context.Context) (string, error) {
	return b.buildOnce("puller", func(to string) error {
		return build{dir: filepath.Join(b.Root, "conformance/bench"), what: "./puller", to: to}.run(ctx)
	})
}

// addAll compares CustomersService.AddAll of a default client with a loop that
// its user would write, whose transport keeps as many connections as are needed.
func addAll(name, how, form string) Row {
	return Row{
		Name: name,
		Work: "AddAll, parallelism 16, default client, " + how,
		Ours: adds("add-ours", form),
		Peers: []Peer{
			{Name: loop, Measure: adds("add-loop", form)},
		},
		Targets: []Target{
			{Figure: Wall, Peer: loop, Kind: Faster, Bound: 1},
			{Figure: Connections, Kind: AtMost, Bound: parallel + 4},
		},
	}
}

const parallel = 16

// adds measures a job against a server that sends one prepared response.
func adds(job, form string) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		o := serveOptions{HTTP2: form == "http2"}
		var env []string
		if form != "" {
			certificate, err := b.certificate()
			if err != nil {
				return nil, err
			}
			o.Cert = certificate
			env = []string{"SSL_CERT_FILE=" + certificate}
		}
		server, err := b.helper(ctx, "adds", o)
		if err != nil {
			return nil, err
		}
		return b.work(ctx, workProcess{
			binary:  b.Self,
			job:     job,
			options: jobOptions{Times: b.shorter(8000, 200), URL: server.URL()},
			env:     env,
		})
	}
}

// addServer responds to each add with the sample, and says how many connections
// were opened.
func addServer(o serveOptions) (http.Handler, error) {
	responses, err := preparedServer(o)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.RemoteAddr] = true
		opened := len(seen)
		if r.URL.Path == "/connections" {
			seen = map[string]bool{}
		}
		mu.Unlock()
		if r.URL.Path == "/connections" {
			fmt.Fprint(w, opened)
			return
		}
		responses.ServeHTTP(w, r)
	}), nil
}

// addJob measures a way to add many customers.
func addJob(add func(ctx context.Context, url string, n int) error) job {
	return func(ctx context.Context, o jobOptions) (Measurement, error) {
		if _, err := connectionsOf(ctx, o.URL); err != nil {
			return nil, err
		}
		measured, err := measureOnce(func() error { return add(ctx, o.URL, o.Times) })
		if err != nil {
			return nil, err
		}
		opened, err := connectionsOf(ctx, o.URL)
		measured[Connections] = float64(opened - 1) // the one of this question
		return measured, err
	}
}

// connectionsOf returns over how many connections requests came since the last
// question.
func connectionsOf(ctx context.Context, url string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/connections", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n := 0
	_, err = fmt.Fscan(resp.Body, &n)
	return n, err
}

// customer is the customer that is added each time.
func customer(n int) client.CustomerRequest {
	name := "Asha"
	phone := strconv.Itoa(9_000_000_000 + n)
	return client.CustomerRequest{CustomerInfo: client.CustomerInfo{CustomerName: &name, Phone: &phone}}
}

func addWithAddAll(ctx context.Context, url string, n int) error {
	c, err := client.New("acme", client.WithBaseURL(url), client.WithToken("test-acme"))
	if err != nil {
		return err
	}
	customers := func(yield func(client.CustomerRequest) bool) {
		for i := range n {
			if !yield(customer(i)) {
				return
			}
		}
	}
	added := 0
	for result := range c.Customers.AddAll(ctx, customers, client.Parallel(parallel)) {
		if result.Err != nil {
			return result.Err
		}
		added++
	}
	if added != n {
		return fmt.Errorf("added %d customers in place of %d", added, n)
	}
	return nil
}

func addInLoop(ctx context.Context, url string, n int) error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	c, err := client.New("acme", client.WithBaseURL(url), client.WithToken("test-acme"),
		client.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		return err
	}

	var next atomic.Int64
	var adding sync.WaitGroup
	failed := make([]error, parallel)
	for worker := range parallel {
		adding.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if _, err := c.Customers.Add(ctx, customer(i)); err != nil {
					failed[worker] = err
					return
				}
			}
		})
	}
	adding.Wait()
	return errors.Join(failed...)
}
