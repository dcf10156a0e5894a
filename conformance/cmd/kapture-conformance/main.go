// Command kapture-conformance checks clients, servers and documents of the
// Kapture CRM API against the contract of this project.
//
// It runs the conformance cases against the embedded mock or a live tenant,
// serves the mock to any team's client, runs any team's program against a
// Kapture that misbehaves, checks live and recorded exchanges, and compares the
// vendor's pages with the contract. `kapture-conformance --help` lists all
// commands.
//
// Exit codes: 0 conforms, 1 there are findings, 2 it could not run.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := execute(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
