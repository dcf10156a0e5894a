package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
	"github.com/kapture-community/kapture-go/conformance/internal/page"
)

// controlPath is the path below which a server of this program speaks for
// itself. No operation of Kapture has such a path, and nothing below it reaches
// the mock or the server after the proxy.
const controlPath = page.Path

// control responds to requests below controlPath.
type control struct {
	command string
	remote  bool    // other machines may ask
	ledger  *ledger // nil where nothing is checked
	page    *page.Page
}

// around serves what is below controlPath, and leaves the rest to next.
func (c *control) around(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+controlPath+"health", c.health)
	mux.HandleFunc("GET "+controlPath+"findings", c.findings)
	if c.page != nil {
		c.page.Routes(mux)
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, controlPath) {
			next.ServeHTTP(w, r)
			return
		}
		// A page of another site can make a browser send requests to this
		// machine under a name of that site, and would read the response.
		if !c.remote && !listen.IsLoopback(listen.Host(r.Host)) {
			problem(w, http.StatusForbidden, fmt.Sprintf("the host %q is not this machine; use 127.0.0.1", r.Host))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// healthy is the response of a server that serves. Its field names are stable.
type healthy struct {
	Status  string `json:"status"`
	Command string `json:"command"`
	Version string `json:"version"`
	Checks  bool   `json:"checks"` // whether there are findings to ask for
}

func (c *control) health(w http.ResponseWriter, _ *http.Request) {
	respond(w, http.StatusOK, healthy{Status: "ok", Command: c.command, Version: version(), Checks: c.ledger != nil})
}

// longestWait bounds how long a request for findings waits for exchanges that
// are still pending.
const longestWait = 5 * time.Second

func (c *control) findings(w http.ResponseWriter, r *http.Request) {
	if c.ledger == nil {
		problem(w, http.StatusNotFound, "nothing is checked here; start the mock with --check")
		return
	}

	ctx, cancel := context.WithTimeout(r.Context(), longestWait)
	defer cancel()

	query := r.URL.Query()
	if !query.Has("world") {
		respond(w, http.StatusOK, c.ledger.all(ctx))
		return
	}

	said := c.ledger.of(ctx, query.Get("world"))
	said.World = query.Get("world")
	respond(w, http.StatusOK, said)
}

func problem(w http.ResponseWriter, status int, message string) {
	respond(w, status, map[string]string{"error": message})
}

func respond(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}

	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}

// askHealth asks a server of this program whether it serves: what a container
// runs where no other program can ask.
func askHealth(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(url, "/")+controlPath+"health", nil)
	if err != nil {
		return fmt.Errorf("--health %q is not a URL; write http://127.0.0.1:8080", url)
	}

	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s does not serve: %w; start the mock or the proxy, or give the URL that it printed",
			url, err)
	}

	defer res.Body.Close()

	var said healthy
	err = json.NewDecoder(http.MaxBytesReader(nil, res.Body, 1<<16)).Decode(&said)
	if err != nil || res.StatusCode != http.StatusOK || said.Status != "ok" {
		return fmt.Errorf("%s is not a server of kapture-conformance: it sent HTTP %d; give the URL that the mock "+
			"or the proxy printed", url, res.StatusCode)
	}

	return nil
}
