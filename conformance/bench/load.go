package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// Load is what is sent to a server: the same request over and over.
type Load struct {
	Requests    int
	Connections int // which are kept
	Operation   string
	Body        string
}

// A customer is asked for by phone. Every server has it: the mocks generate it,
// or respond with a sample.
const (
	anyCustomer = `[{"phone":"9000000001"}]`
	connections = 16
)

func lookups(n int) Load {
	return Load{Requests: n, Connections: connections, Operation: "getCustomer", Body: anyCustomer}
}

// send sends all requests and returns how long each took, in seconds.
func (l Load) send(ctx context.Context, server string) ([]float64, error) {
	hc := &fasthttp.HostClient{
		Addr:     server,
		MaxConns: l.Connections,
		// A proxy may hold what it was asked for a while.
		ReadTimeout: 30 * time.Second,
	}
	defer hc.CloseIdleConnections()

	times := make([]float64, l.Requests)
	var next atomic.Int64
	var sending sync.WaitGroup
	failed := make([]error, l.Connections)
	for i := range l.Connections {
		sending.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1)) - 1
				if n >= l.Requests {
					return
				}
				began := time.Now()
				if err := l.one(hc, server); err != nil {
					failed[i] = err
					return
				}
				times[n] = time.Since(began).Seconds()
			}
		})
	}
	sending.Wait()
	return times, errors.Join(append(failed, ctx.Err())...)
}

// one sends one request. Its response must be a customer.
func (l Load) one(hc *fasthttp.HostClient, server string) error {
	req := fasthttp.AcquireRequest()
	resp := fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)

	req.Header.SetMethod(http.MethodPost)
	req.SetRequestURI("http://" + server + pathOf(l.Operation))
	req.Header.SetContentType("application/json")
	req.Header.Set("Authorization", "Basic test-acme")
	req.SetBodyString(l.Body)
	if err := hc.Do(req, resp); err != nil {
		return err
	}
	if resp.StatusCode() != http.StatusOK || len(resp.Body()) < 1000 {
		return fmt.Errorf("HTTP %d: %.200q", resp.StatusCode(), resp.Body())
	}
	return nil
}

// loaded sends a load to a running server and returns what a request costs it.
func loaded(ctx context.Context, server *Process, load Load) (Measurement, error) {
	before, err := server.CPU()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	times, err := load.send(ctx, server.Address)
	wall := time.Since(began)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", server.Name, err)
	}
	after, err := server.CPU()
	if err != nil {
		return nil, err
	}
	peak, err := server.Peak()
	return Measurement{
		CPU:    (after - before) / float64(load.Requests),
		Wall:   wall.Seconds() / float64(load.Requests),
		P99:    quantile(times, 0.99),
		Memory: peak,
	}, err
}

// warmUp sends a load that does not count: Node.js compiles what is called often,
// and connections are opened.
func warmUp(ctx context.Context, server *Process, b *Bench) error {
	_, err := lookups(b.shorter(1000, 20)).send(ctx, server.Address)
	return err
}
