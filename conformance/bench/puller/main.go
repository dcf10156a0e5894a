// Command puller pulls customers as a user's program does, and writes what that
// cost as JSON. It links the client and nothing that measures, so that its memory
// is that of such a program.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/bench/usage"
)

func main() {
	if err := pull(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "puller:", err)
		os.Exit(1)
	}
}

func pull(ctx context.Context) error {
	url := flag.String("url", "", "the server")
	days := flag.Int("days", 1, "how many days")
	windows := flag.Int("windows", 1, "how many days at once")
	want := flag.Int("want", 0, "how many customers there are")
	flag.Parse()

	c, err := client.New("acme", client.WithBaseURL(*url), client.WithToken("test-acme"))
	if err != nil {
		return err
	}

	began := time.Now()
	from := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, *days-1)
	n := 0
	for customer, err := range c.Customers.Pull(ctx, from, to, client.WithParallelWindows(*windows)) {
		if err != nil {
			return err
		}
		if customer.Name == "" {
			return fmt.Errorf("customer %d has no name", n)
		}
		n++
	}
	if n != *want {
		return fmt.Errorf("pulled %d customers in place of %d", n, *want)
	}

	wall := time.Since(began)
	peak, err := usage.Peak(os.Getpid())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"processor time": usage.Own().Seconds(),
		"wall time":      wall.Seconds(),
		"memory":         peak,
	})
}
