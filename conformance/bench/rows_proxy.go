package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The peers of the proxy.
const (
	prismProxy   = "Prism proxy"
	redoclyProxy = "Redocly proxy"
	reverseProxy = "ReverseProxy"
)

// All proxies forward to a server of prepared bytes in another process. Ours,
// Prism and Redocly check both directions of every exchange; ReverseProxy only
// forwards. What is compared is the processor time of the proxy.
var proxyRows = []Row{
	{
		Name: "proxy",
		Work: "the proxy, both directions checked, small exchanges, 16 connections, until the last check is done",
		Ours: proxyUnderLoad,
		Peers: []Peer{
			{Name: prismProxy, Measure: peerUnderLoad(freshPrism, 2000), NPM: true},
			{Name: redoclyProxy, Measure: peerUnderLoad(freshRedocly, 3000), NPM: true},
			{Name: reverseProxy, Measure: peerUnderLoad(freshReverse, 3000)},
		},
		Targets: []Target{
			{Figure: CPU, Peer: prismProxy, Kind: Faster, Bound: 5},
			{Figure: CPU, Peer: redoclyProxy, Kind: Faster, Bound: 1},
			{Figure: CPU, Peer: reverseProxy, Kind: Faster, Bound: 0.75},
			{Figure: Unchecked, Kind: AtMost, Bound: 0},
		},
	},
	{
		Name:    "proxy-last-byte",
		Work:    "the proxy: the last byte of a response of 9.7 MB",
		Ours:    lastByte(freshOurs),
		Peers:   []Peer{{Name: reverseProxy, Measure: lastByte(freshReverse)}},
		Targets: []Target{{Figure: Wall, Peer: reverseProxy, Kind: AtMost, Bound: 1.3}},
	},
	{
		Name:    "proxy-p99",
		Work:    "the proxy: 20,000 small calls on 2 connections, while 6 others get 9.7 MB each at once",
		Ours:    nextToLarge(freshOurs),
		Peers:   []Peer{{Name: reverseProxy, Measure: nextToLarge(freshReverse)}},
		Targets: []Target{{Figure: P99, Peer: reverseProxy, Kind: AtMost, Bound: 2}},
	},
	{
		Name: "proxy-100MB-paced",
		Work: "the proxy: four bodies of 100 MB at once, 20 MB/s each",
		Ours: fourLarge(20_000_000),
		Once: true,
		Targets: []Target{
			{Figure: Unchecked, Kind: AtMost, Bound: 0},
			{Figure: Memory, Kind: AtMost, Bound: 48},
			{Figure: Wrong, Kind: AtMost, Bound: 0},
		},
	},
	{
		Name:  "proxy-100MB",
		Work:  "the same as fast as they go; what is not checked must be named, and the verdict be partial",
		Ours:  fourLarge(0),
		Peers: []Peer{{Name: reverseProxy, Measure: fourLargeReverse}},
		Targets: []Target{
			{Figure: Wall, Peer: reverseProxy, Kind: AtMost, Bound: 1.3},
			{Figure: Memory, Kind: AtMost, Bound: 48},
			{Figure: Unnamed, Kind: AtMost, Bound: 0},
			{Figure: Wrong, Kind: AtMost, Bound: 0},
		},
	},
}

func init() {
	helpers["reverse"] = reverseServer
}

// reverseServer forwards everything. It keeps as many connections as ours does.
func reverseServer(o serveOptions) (http.Handler, error) {
	upstream, err := url.Parse(o.Upstream)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(upstream) },
		Transport: transport,
	}, nil
}

// freshProxy starts a proxy in front of a server. Each round has its own proxy, so
// that none begins with what an earlier round left.
type freshProxy func(ctx context.Context, b *Bench, upstream string) (*Process, error)

// before starts a server of the benchmark, see [Bench.helper], and the proxy in
// front of it.
func (proxy freshProxy) before(ctx context.Context, b *Bench, kind string, o serveOptions) (*Process, error) {
	upstream, err := b.helper(ctx, kind, o)
	if err != nil {
		return nil, err
	}
	return proxy(ctx, b, upstream.URL())
}

func freshOurs(ctx context.Context, b *Bench, upstream string) (*Process, error) {
	return startAt(ctx, func(address string) Program {
		return b.kapture(address, "proxy", "--upstream", upstream, "--format", "json")
	})
}

func freshPrism(ctx context.Context, b *Bench, upstream string) (*Process, error) {
	return startAt(ctx, func(address string) Program { return b.prism(address, "proxy", b.contract(), upstream) })
}

func freshRedocly(ctx context.Context, b *Bench, upstream string) (*Process, error) {
	_ = os.Remove(filepath.Join(b.Work, "redocly.har")) // of the last round
	return startAt(ctx, func(address string) Program { return b.redocly(address, upstream) })
}

func freshReverse(ctx context.Context, b *Bench, upstream string) (*Process, error) {
	return startAt(ctx, func(address string) Program {
		args := serveOptions{Address: address, Upstream: upstream}.args()
		return Program{
			Name:    reverseProxy,
			Args:    append([]string{b.Self, "serve", "reverse"}, args...),
			Address: address,
		}
	})
}

func startAt(ctx context.Context, program func(address string) Program) (*Process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	return startServer(ctx, program(address))
}

// peerUnderLoad measures a proxy that has done its checks when it responds.
func peerUnderLoad(proxy freshProxy, requests int) Measure {
	return func(ctx context.Context, b *Bench) (measured Measurement, err error) {
		running, err := proxy.before(ctx, b, "prepared", serveOptions{})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, running.Stop()) }()

		if err := warmUp(ctx, running, b); err != nil {
			return nil, err
		}
		return loaded(ctx, running, lookups(b.shorter(requests, 50)))
	}
}

// proxyUnderLoad measures ours, which checks after it has responded: the clock
// stops when the program has ended, with every exchange checked.
func proxyUnderLoad(ctx context.Context, b *Bench) (Measurement, error) {
	running, err := freshProxy(freshOurs).before(ctx, b, "prepared", serveOptions{})
	if err != nil {
		return nil, err
	}
	if err := warmUp(ctx, running, b); err != nil {
		return nil, errors.Join(err, running.Stop())
	}

	before, err := running.CPU()
	if err != nil {
		return nil, errors.Join(err, running.Stop())
	}
	load := lookups(b.shorter(3000, 50))
	measured, err := loaded(ctx, running, load)
	if err != nil {
		return nil, errors.Join(err, running.Stop())
	}
	verdict, err := endProxy(running)
	if err != nil {
		return nil, err
	}
	after, err := running.CPU()
	measured[CPU] = (after - before) / float64(load.Requests)
	measured[Unchecked] = float64(verdict.Summary.Unchecked)
	return measured, err
}

// proxyReport is what the benchmark reads of the report of the proxy.
type proxyReport struct {
	Notes   []string `json:"notes"`
	Summary struct {
		Verdict   string `json:"verdict"`
		Exchanges int    `json:"exchanges"`
		Unchecked int    `json:"unchecked"`
		Findings  int    `json:"findings"`
	} `json:"summary"`
}

// endProxy stops ours and reads its report.
func endProxy(running *Process) (proxyReport, error) {
	var report proxyReport
	if err := running.Stop(); err != nil {
		return report, err
	}
	if err := json.Unmarshal(running.stdout.Bytes(), &report); err != nil {
		return report, fmt.Errorf("the report of the proxy cannot be read: %w: %s", err, &running.stderr)
	}
	if report.Summary.Findings > 0 {
		return report, fmt.Errorf("the proxy has %d findings in a conforming exchange", report.Summary.Findings)
	}
	return report, nil
}

// lastByte measures how long a large response takes through a proxy. Its checks
// of one response have ended before the next one is asked for.
func lastByte(proxy freshProxy) Measure {
	return func(ctx context.Context, b *Bench) (measured Measurement, err error) {
		running, err := proxy.before(ctx, b, "customers", serveOptions{Records: b.shorter(5000, 200), Days: 1})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, running.Stop()) }()

		var walls []float64
		before := 0.0
		for i := range b.shorter(6, 2) {
			if i == 1 { // the first one opens connections
				walls = nil
				before, err = running.CPU()
				if err != nil {
					return nil, err
				}
			}
			got, err := fetch(ctx, running.URL()+pathOf("pullCustomers"), aDay)
			if err != nil {
				return nil, err
			}
			walls = append(walls, got.time.Seconds())
			if err := idle(ctx, running); err != nil {
				return nil, err
			}
		}
		after, err := running.CPU()
		return Measurement{Wall: median(walls), CPU: (after - before) / float64(len(walls))}, err
	}
}

// idle waits until a process has stopped working.
func idle(ctx context.Context, running *Process) error {
	for range 200 {
		before, err := running.CPU()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		after, err := running.CPU()
		if err != nil {
			return err
		}
		if after-before < 0.001 {
			return nil
		}
	}
	return fmt.Errorf("%s does not stop working", running.Name)
}

// nextToLarge measures small calls. When they begin, large responses begin on other
// connections.
func nextToLarge(proxy freshProxy) Measure {
	return func(ctx context.Context, b *Bench) (measured Measurement, err error) {
		running, err := proxy.before(ctx, b, "customers", serveOptions{Records: b.shorter(5000, 200), Days: 1})
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, running.Stop()) }()

		if err := warmUp(ctx, running, b); err != nil {
			return nil, err
		}
		const large = 6
		var loading sync.WaitGroup
		failed := make([]error, large)
		for i := range large {
			loading.Go(func() { _, failed[i] = fetch(ctx, running.URL()+pathOf("pullCustomers"), aDay) })
		}

		load := lookups(b.shorter(20_000, 50))
		load.Connections = 2
		measured, err = loaded(ctx, running, load)
		loading.Wait()
		return measured, errors.Join(append(failed, err)...)
	}
}

// largeRecords make a body of 100 MB.
const largeRecords = 51_500

// fourLarge measures ours with four large bodies at once.
func fourLarge(pace int) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		running, measured, err := fourAtOnce(ctx, b, freshOurs, pace)
		if err != nil {
			return nil, err
		}
		report, err := endProxy(running)
		if err != nil {
			return nil, err
		}
		measured[Unchecked] = float64(report.Summary.Unchecked)
		measured[Unnamed] = 0
		if report.Summary.Unchecked > 0 && (report.Summary.Verdict != "partial" || len(report.Notes) == 0) {
			measured[Unnamed] = measured[Unchecked]
		}
		return measured, nil
	}
}

func fourLargeReverse(ctx context.Context, b *Bench) (Measurement, error) {
	running, measured, err := fourAtOnce(ctx, b, freshReverse, 0)
	if err != nil {
		return nil, err
	}
	return measured, running.Stop()
}

// fourAtOnce gets four large bodies at once through a proxy, which still runs
// then, and compares their bytes with what the server sent.
func fourAtOnce(ctx context.Context, b *Bench, proxy freshProxy, pace int) (*Process, Measurement, error) {
	records := b.shorter(largeRecords, 1000)
	upstream, err := b.helper(ctx, "customers", serveOptions{Records: records, Pace: pace})
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.New()
	if err := (Records{}).write(sum, 0, records); err != nil {
		return nil, nil, err
	}
	running, err := proxy(ctx, b, upstream.URL())
	if err != nil {
		return nil, nil, err
	}

	// A small exchange, which is checked: a report of nothing is an error.
	if _, err := lookups(1).send(ctx, running.Address); err != nil {
		return nil, nil, errors.Join(err, running.Stop())
	}
	measured, err := fetchFour(ctx, running, sum.Sum(nil))
	if err != nil {
		return nil, nil, errors.Join(err, running.Stop())
	}
	return running, measured, nil
}

// fetchFour gets four large bodies at once, and waits until their checks have
// ended. sum is the checksum of the body.
func fetchFour(ctx context.Context, running *Process, sum []byte) (Measurement, error) {
	const atOnce = 4
	before, err := running.CPU()
	if err != nil {
		return nil, err
	}

	var got [atOnce]fetched
	failed := make([]error, atOnce)
	var fetching sync.WaitGroup
	began := time.Now()
	for i := range atOnce {
		fetching.Go(func() { got[i], failed[i] = fetch(ctx, running.URL()+pathOf("pullCustomers"), aDay) })
	}
	fetching.Wait()
	wall := time.Since(began)
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}

	idleErr := idle(ctx, running)
	after, cpuErr := running.CPU()
	peak, peakErr := running.Peak()
	wrong := 0
	for _, one := range got {
		if !bytes.Equal(one.sum[:], sum) {
			wrong++
		}
	}
	measured := Measurement{Wall: wall.Seconds(), CPU: after - before, Memory: peak, Wrong: float64(wrong)}
	return measured, errors.Join(idleErr, cpuErr, peakErr)
}
