package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-faster/jx"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/bench/ogenpull"
	"github.com/kapture-community/kapture-go/conformance/bench/vanilla"
	"github.com/kapture-community/kapture-go/gen"
)

// The peers of a pull.
const (
	generatedParse = "oapi-codegen's parse"
	streamDecoder  = "streaming json.Decoder"
	ogenDecoder    = "ogen's decoder"
)

// The work of all sides: a response of 5,000 customers of 1.9 kB (9.7 MB), which
// a transport in the same process hands over, decoded into typed records.
var pullRows = []Row{
	pullRow("pull-1.27", go127, 1.3, 1.0),
	pullRow("pull-1.26", go126, 1.2, 1.15),
}

// pullRow is the pull on one Go version. That version decides which decoder the
// client uses, and how fast those of the peers are.
func pullRow(name, toolchain string, faster, atMost float64) Row {
	repeat := times(5, 5000)
	return Row{
		Name: name,
		Work: "a pull of 5,000 customers (9.7 MB), typed, in process, " + toolchain,
		Ours: builtBy(toolchain, "pull-ours", repeat),
		Peers: []Peer{
			{Name: generatedParse, Measure: builtBy(toolchain, "pull-generated", repeat)},
			{Name: streamDecoder, Measure: builtBy(toolchain, "pull-decoder", repeat)},
			{Name: ogenDecoder, Measure: builtBy(toolchain, "pull-ogen", repeat)},
		},
		Targets: []Target{
			{Figure: CPU, Peer: generatedParse, Kind: Faster, Bound: faster},
			{Figure: CPU, Peer: streamDecoder, Kind: AtMost, Bound: atMost},
			{Figure: Heap, Kind: AtMost, Bound: 12},
			{Figure: CPU, Peer: ogenDecoder, Kind: Printed},
		},
	}
}

func init() {
	jobs["pull-ours"] = pullJob(pullOurs)
	jobs["pull-generated"] = pullJob(pullGenerated)
	jobs["pull-decoder"] = pullJob(pullDecoder)
	jobs["pull-ogen"] = pullJob(pullOgen)
}

// prepared is a transport that responds with one body to every request.
type prepared []byte

func (p prepared) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close()
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(p)),
		ContentLength: int64(len(p)), Request: req,
	}, nil
}

// pullJob measures a way to pull: its time, and then its heap.
func pullJob(pull func(ctx context.Context, hc *http.Client) (int, error)) job {
	return func(ctx context.Context, o jobOptions) (Measurement, error) {
		body, err := Records{}.list(o.Size)
		if err != nil {
			return nil, err
		}
		hc := &http.Client{Transport: prepared(body)}
		once := func() error {
			n, err := pull(ctx, hc)
			if err == nil && n != o.Size {
				err = fmt.Errorf("pulled %d customers in place of %d", n, o.Size)
			}
			return err
		}

		measured, err := measure(o.Times, once)
		if err != nil {
			return nil, err
		}
		measured[Heap], err = heapPeak(once)
		return measured, err
	}
}

// anyDay is over, so that its pull is one request.
var anyDay = time.Date(2024, 5, 2, 12, 0, 0, 0, time.UTC)

func pullOurs(ctx context.Context, hc *http.Client) (int, error) {
	c, err := client.New("acme", client.WithBaseURL("http://127.0.0.1"), client.WithToken("test-acme"),
		client.WithHTTPClient(hc))
	if err != nil {
		return 0, err
	}
	n := 0
	for customer, err := range c.Customers.Pull(ctx, anyDay, anyDay) {
		if err != nil {
			return n, err
		}
		if customer.Name == "" {
			return n, errNoName
		}
		n++
	}
	return n, nil
}

// pullGenerated pulls with what oapi-codegen generates: the response is an either
// of several, which its parse keeps as bytes, so that they are decoded again into
// the one that they are.
func pullGenerated(ctx context.Context, hc *http.Client) (int, error) {
	c, err := vanilla.NewClientWithResponses("http://127.0.0.1", vanilla.WithHTTPClient(hc))
	if err != nil {
		return 0, err
	}
	reply, err := c.PullCustomersWithBodyWithResponse(ctx, "application/json", strings.NewReader(window))
	if err != nil {
		return 0, err
	}
	if reply.JSON200 == nil {
		return 0, fmt.Errorf("HTTP %d", reply.StatusCode())
	}
	list, err := reply.JSON200.AsCustomerList()
	if err != nil {
		return 0, err
	}
	for _, customer := range list.Message {
		if customer.Name == "" {
			return 0, errNoName
		}
	}
	return len(list.Message), nil
}

// window is the body of a request for one day.
const window = `[{"start_date":"2024-05-02","end_date":"2024-05-02"}]`

// pullOgen pulls with the decoder that ogen generates, which takes the whole
// response, as the clients that it generates do.
func pullOgen(ctx context.Context, hc *http.Client) (int, error) {
	resp, err := askForDay(ctx, hc)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var list ogenpull.CustomerList
	if err := list.Decode(jx.DecodeBytes(text)); err != nil {
		return 0, err
	}
	for i := range list.Message {
		if list.Message[i].Name == "" {
			return 0, errNoName
		}
	}
	return len(list.Message), nil
}

func askForDay(ctx context.Context, hc *http.Client) (*http.Response, error) {
	url := "http://127.0.0.1" + pathOf("pullCustomers")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(window))
	if err != nil {
		return nil, err
	}
	return hc.Do(req)
}

// pullDecoder pulls with the few lines that anyone can write.
func pullDecoder(ctx context.Context, hc *http.Client) (int, error) {
	resp, err := askForDay(ctx, hc)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()

	decoder := json.NewDecoder(resp.Body)
	for range 3 { // the brace, the name of the list, its bracket
		if _, err := decoder.Token(); err != nil {
			return 0, err
		}
	}
	n := 0
	for decoder.More() {
		var customer gen.Customer
		if err := decoder.Decode(&customer); err != nil {
			return n, err
		}
		if customer.Name == "" {
			return n, errNoName
		}
		n++
	}
	if _, err := decoder.Token(); err != nil {
		return n, errors.Join(errors.New("the list does not end"), err)
	}
	return n, nil
}
