// Command kapture-conformance proves what a server that speaks the Kapture CRM
// API does, against the contract of this project.
//
// It runs the conformance cases against the embedded mock or a live tenant,
// serves the mock to any team's client, and compares the vendor's documents to
// the contract. `kapture-conformance --help` teaches the rest.
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
