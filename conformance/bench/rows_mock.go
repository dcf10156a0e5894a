package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/bench/usage"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// The peers of the mock.
const (
	steady = "Steady"
	prism  = "Prism"
	bare   = "bare net/http"

	// steadyBinary is what the command of the npm package starts. Nobody calls it by
	// its path, so that its start is printed without a target.
	steadyBinary = "Steady's binary"
)

// Every server gets the same look-ups of one customer over 16 kept connections.
// Ours finds it among the state that it keeps, and checks request and response;
// Steady and Prism check the request and send the example of the contract; bare
// net/http sends prepared bytes. What is compared is the processor time of the
// server, so that the load generator does not count.
var mockRows = []Row{
	{
		Name: "mock-checked",
		Work: "the mock, state on, both directions checked (mock --check), 16 connections",
		Ours: underLoad(mockOf("--check", "--customers", "1000"), 4000),
		Peers: []Peer{
			{Name: steady, Measure: underLoad(runningSteady, 4000), NPM: true},
			{Name: prism, Measure: underLoad(runningPrismMock, 2000), NPM: true},
			{Name: bare, Measure: underLoad(helperOf("prepared", serveOptions{}), 12_000)},
		},
		Targets: []Target{
			{Figure: CPU, Peer: steady, Kind: Faster, Bound: 2.5},
			{Figure: CPU, Peer: prism, Kind: Faster, Bound: 6},
			{Figure: CPU, Peer: bare, Kind: Faster, Bound: 0.25},
		},
	},
	{
		Name: "mock-unchecked",
		Work: "the mock, state on, without checks, as a Go test embeds it, 16 connections",
		Ours: underLoad(helperOf("mock", serveOptions{Records: 1000}), 6000),
		Peers: []Peer{
			{Name: bare, Measure: underLoad(helperOf("prepared", serveOptions{}), 12_000)},
		},
		Targets: []Target{{Figure: CPU, Peer: bare, Kind: Faster, Bound: 0.42}},
	},
	{
		Name:    "mock-reads",
		Work:    "the mock under 60,000 reads: its memory, and how much that grew after the first 6,000",
		Ours:    memoryUnderReads,
		Once:    true,
		Targets: []Target{{Figure: Memory, Kind: AtMost, Bound: 40}, {Figure: Growth, Kind: AtMost, Bound: 2}},
	},
	{
		Name: "mock-lookup",
		Work: "the mock: a look-up by phone among 25,000 customers that were added",
		Ours: lookup(`[{"phone":"9000020000"}]`),
		Peers: []Peer{
			{Name: "a look-up by identifier", Measure: lookup(`[{"kapture_customer_id":"700020001"}]`)},
		},
		Targets: []Target{{Figure: CPU, Peer: "a look-up by identifier", Kind: AtMost, Bound: 1.1}},
	},
	{
		Name:    "mock-pull",
		Work:    "the mock: a pull of 25,000 customers",
		Ours:    pullFromMock,
		Once:    true,
		Targets: []Target{{Figure: Memory, Kind: AtMost, Bound: 40}},
	},
	{
		Name: "start",
		Work: "the mock: from its start to its first response",
		Ours: untilResponse(startMock()),
		Peers: []Peer{
			{Name: steady, Measure: untilResponse((*Bench).steadyCommand), NPM: true},
			{Name: steadyBinary, Measure: untilResponse((*Bench).steady), NPM: true},
			calibrationPeer,
		},
		Targets: []Target{
			{Figure: Wall, Peer: calibrationPeer.Name, Kind: Scaled, Bound: 0.040},
			{Figure: Wall, Peer: steady, Kind: Faster, Bound: 4},
			{Figure: Wall, Peer: steadyBinary, Kind: Printed},
		},
	},
	{
		Name: "start-check",
		Work: "the same with --check",
		Ours: untilResponse(startMock("--check")),
		Peers: []Peer{
			{Name: steady, Measure: untilResponse((*Bench).steadyCommand), NPM: true},
			{Name: steadyBinary, Measure: untilResponse((*Bench).steady), NPM: true},
			calibrationPeer,
		},
		Targets: []Target{
			{Figure: Wall, Peer: calibrationPeer.Name, Kind: Scaled, Bound: 0.060},
			{Figure: Wall, Peer: steady, Kind: Faster, Bound: 4},
			{Figure: Wall, Peer: steadyBinary, Kind: Printed},
		},
	},
}

func init() { helpers["mock"] = mockServer }

// mockServer is the mock as a test uses it, in process and without checks. With
// records, that many customers were added.
func mockServer(o serveOptions) (http.Handler, error) {
	k, err := mock.New(mock.WithLimits(mock.Limits{Records: 100_000}))
	if err != nil {
		return nil, err
	}
	for n := range o.Records {
		customer := mock.Customer{
			Name:  "Asha",
			Phone: strconv.Itoa(9_000_000_000 + n),
			Email: fmt.Sprintf("a%d@example.com", n),
		}
		if _, err := k.World("acme").AddCustomer(customer); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// underLoad measures a server that runs for all rounds of the row.
func underLoad(server serverOf, requests int) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		running, err := server(ctx, b)
		if err != nil {
			return nil, err
		}
		if err := warmUp(ctx, running, b); err != nil {
			return nil, err
		}
		return loaded(ctx, running, lookups(b.shorter(requests, 50)))
	}
}

// memoryUnderReads reads from a mock for a while.
func memoryUnderReads(ctx context.Context, b *Bench) (Measurement, error) {
	server, err := mockOf("--check", "--customers", "1000")(ctx, b)
	if err != nil {
		return nil, err
	}
	if _, err := lookups(b.shorter(6000, 50)).send(ctx, server.Address); err != nil {
		return nil, err
	}
	before, err := server.Peak()
	if err != nil {
		return nil, err
	}
	measured, err := loaded(ctx, server, lookups(b.shorter(54_000, 50)))
	if err != nil {
		return nil, err
	}
	measured[Growth] = measured[Memory] - before
	return measured, nil
}

// lookup measures a look-up by one key.
func lookup(body string) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		server, err := b.helper(ctx, "mock", serveOptions{Records: 25_000})
		if err != nil {
			return nil, err
		}
		load := lookups(b.shorter(6000, 50))
		load.Body = body
		if _, err := load.send(ctx, server.Address); err != nil {
			return nil, err
		}
		return loaded(ctx, server, load)
	}
}

// pullFromMock pulls all customers at once, as no page limits that.
func pullFromMock(ctx context.Context, b *Bench) (Measurement, error) {
	customers := b.shorter(25_000, 500)
	server, err := mockOf("--customers", strconv.Itoa(customers), "--customer-days", "1")(ctx, b)
	if err != nil {
		return nil, err
	}
	const all = `[{"start_date":"2000-01-01","end_date":"2100-01-01"}]`
	got, err := fetch(ctx, server.URL()+pathOf("pullCustomers"), all)
	if err != nil {
		return nil, err
	}
	if got.bytes < int64(customers)*1000 {
		return nil, fmt.Errorf("the list of %d customers has %d bytes only", customers, got.bytes)
	}
	peak, err := server.Peak()
	return Measurement{Memory: peak, Wall: got.time.Seconds()}, err
}

// startMock is the mock of the program, with further flags.
func startMock(args ...string) func(b *Bench, address string) Program {
	return func(b *Bench, address string) Program { return b.kapture(address, "mock", append(args, "--quiet")...) }
}

// untilResponse starts a program and measures how long its first response takes.
func untilResponse(program func(b *Bench, address string) Program) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		address, err := freeAddress(ctx)
		if err != nil {
			return nil, err
		}
		server, err := start(ctx, program(b, address))
		if err != nil {
			return nil, err
		}

		err = awaitResponse(ctx, server)
		wall := time.Since(server.Started)
		used, cpuErr := usage.CPU(server.cmd.Process.Pid)
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
		if err == nil {
			err = cpuErr
		}
		return Measurement{Wall: wall.Seconds(), CPU: used.Seconds()}, err
	}
}

// awaitResponse asks a server until it responds.
func awaitResponse(ctx context.Context, server *Process) error {
	hc := &http.Client{Transport: &http.Transport{}}
	defer hc.CloseIdleConnections()
	for {
		body := strings.NewReader(anyCustomer)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL()+pathOf("getCustomer"), body)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Basic test-acme")
		req.Header.Set("Content-Type", "application/json")
		resp, err := hc.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			return err
		}
		select {
		case <-server.ended:
			return fmt.Errorf("%s ended before it responded: %w: %s", server.Name, server.err, &server.stderr)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
}
