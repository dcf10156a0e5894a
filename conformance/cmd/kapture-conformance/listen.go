package main

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/internal/listen"
)

// listenFlags say where a server of this program listens.
type listenFlags struct {
	addr        string
	allowRemote bool
}

func (f *listenFlags) register(cmd *cobra.Command, addr string) {
	cmd.Flags().StringVar(&f.addr, "addr", addr,
		"`HOST:PORT` to listen on; port 0 takes a free one, no host means this machine only")
	cmd.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "allow an address that other machines can reach")
}

// address prevents that other machines reach the server by accident.
func (f *listenFlags) address() (string, error) {
	host, port, err := net.SplitHostPort(f.addr)
	if err != nil {
		return "", fmt.Errorf("--addr %q is not an address; write HOST:PORT, such as 127.0.0.1:8080", f.addr)
	}

	if host == "" && !f.allowRemote {
		host = "127.0.0.1"
	}

	if !f.allowRemote && !listen.IsLoopback(host) {
		return "", fmt.Errorf("--addr %q can be reached from other machines; use 127.0.0.1:%s, or add "+
			"--allow-remote if that is meant", f.addr, port)
	}

	return net.JoinHostPort(host, port), nil
}

func cannotListen(address string, err error) error {
	return fmt.Errorf("cannot listen on %s: %w; take another port, or port 0 for a free one", address, err)
}
