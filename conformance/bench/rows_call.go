package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/gen"
)

// byHand is the peer of the small call.
const byHand = "net/http by hand"

var callRows = []Row{{
	Name: "call",
	Work: "one small call over loopback, which looks a customer up",
	// Both decode the same response into the same types, from a server in its own
	// process, one call after the other on one connection.
	Ours: smallCalls("call-ours"),
	Peers: []Peer{
		{Name: byHand, Measure: smallCalls("call-hand")},
	},
	Targets: []Target{
		{Figure: CPU, Peer: byHand, Kind: AtMost, Bound: 1.25},
		{Figure: Allocs, Peer: byHand, Kind: AtMost, Bound: 1.5},
	},
}}

func init() {
	jobs["call-ours"] = callOurs
	jobs["call-hand"] = callByHand
}

// smallCalls measures a job against a server that sends one prepared customer.
func smallCalls(job string) Measure {
	return func(ctx context.Context, b *Bench) (Measurement, error) {
		server, err := b.helper(ctx, "prepared", serveOptions{})
		if err != nil {
			return nil, err
		}
		return b.work(ctx, workProcess{
			binary:  b.Self,
			job:     job,
			options: jobOptions{Times: b.shorter(3000, 20), URL: server.URL()},
		})
	}
}

func callOurs(ctx context.Context, o jobOptions) (Measurement, error) {
	c, err := client.New("acme", client.WithBaseURL(o.URL), client.WithToken("test-acme"))
	if err != nil {
		return nil, err
	}
	return measure(o.Times, func() error {
		customer, err := c.Customers.Get(ctx, client.CustomerByPhone("9000000001"))
		if err == nil && customer.Name == "" {
			err = errNoName
		}
		return err
	})
}

var errNoName = fmt.Errorf("the customer has no name")

// callByHand calls as a careful programmer writes it without this client: with a
// deadline, a bound of the body, and the status and the outcome checked.
func callByHand(ctx context.Context, o jobOptions) (Measurement, error) {
	return measure(o.Times, func() error {
		customer, err := getByHand(ctx, o.URL, "9000000001")
		if err == nil && customer.Name == "" {
			err = errNoName
		}
		return err
	})
}

func getByHand(ctx context.Context, base, phone string) (*gen.Customer, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()

	body, err := json.Marshal([]map[string]string{{"phone": phone}})
	if err != nil {
		return nil, err
	}
	url := base + "/search-customer-by-customer-id.html"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Basic test-acme")
	req.Header.Set("Content-Type", "application/json")

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 32<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %d", resp.StatusCode)
	}

	var found gen.CustomerFound
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	if found.Status != "success" {
		return nil, fmt.Errorf("status %q", found.Status)
	}
	return &found.CustomerDetails, nil
}
