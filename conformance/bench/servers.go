package main

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
)

// serverOf starts a server, or returns the one that runs.
type serverOf func(ctx context.Context, b *Bench) (*Process, error)

// kapture is the program of this repository as a server.
func (b *Bench) kapture(address, command string, args ...string) Program {
	all := []string{b.Program, command, "--addr", address, "--exit-with-stdin"}
	return Program{Name: "kapture-conformance " + command, Args: append(all, args...), Address: address}
}

// mockOf returns the mock of the program, which keeps state and checks both
// directions.
func mockOf(args ...string) serverOf {
	return func(ctx context.Context, b *Bench) (*Process, error) {
		return b.server(ctx, fmt.Sprint("mock", args), func() (Program, error) {
			address, err := freeAddress(ctx)
			return b.kapture(address, "mock", append(args, "--quiet")...), err
		})
	}
}

// helperOf returns a helper server of this program.
func helperOf(name string, o serveOptions) serverOf {
	return func(ctx context.Context, b *Bench) (*Process, error) { return b.helper(ctx, name, o) }
}

// The contract as the peers read it.
func (b *Bench) contract() string { return filepath.Join(b.Root, "spec/dist/kapture.json") }

func (b *Bench) steady(address string) Program {
	// The binary of the package for this machine, which does all the work.
	name := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return Program{
		Name: "Steady",
		Args: []string{
			b.npm("@stdy/cli-linux-" + name + "/bin/steady"),
			"--quiet", "--no-color", "--port", portOf(address), b.contract(),
		},
		Address: address,
	}
}

// steadyCommand is the command that npm installs, as its users start it: a script
// that starts the binary.
func (b *Bench) steadyCommand(address string) Program {
	program := b.steady(address)
	program.Args = append([]string{"node", b.npm("@stdy/cli/steady.js")}, program.Args[1:]...)
	return program
}

func (b *Bench) prism(address string, args ...string) Program {
	all := []string{"node", b.npm("@stoplight/prism-cli/dist/index.js")}
	return Program{
		Name:    "Prism",
		Args:    append(append(all, args...), "--port", portOf(address), "--verboseLevel", "silent"),
		Address: address,
	}
}

func (b *Bench) redocly(address, upstream string) Program {
	return Program{
		Name: "Redocly CLI",
		Args: []string{
			"node", b.npm("@redocly/cli/bin/cli.js"), "proxy", "--target", upstream, "--port", portOf(address),
			"--har", filepath.Join(b.Work, "redocly.har"), "--api", b.contract(), "--match-mode", "basepath",
		},
		Env:     []string{"REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true"},
		Address: address,
	}
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func runningSteady(ctx context.Context, b *Bench) (*Process, error) {
	return b.server(ctx, "steady", func() (Program, error) {
		address, err := freeAddress(ctx)
		return b.steady(address), err
	})
}

func runningPrismMock(ctx context.Context, b *Bench) (*Process, error) {
	return b.server(ctx, "prism", func() (Program, error) {
		address, err := freeAddress(ctx)
		return b.prism(address, "mock", b.contract()), err
	})
}
