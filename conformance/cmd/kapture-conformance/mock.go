package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

type mockFlags struct {
	listenFlags
	token   string
	account int64
	faults  []string
	seed    uint64
	firstID int64
}

func newMock() *cobra.Command {
	f := &mockFlags{}
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Serve the embedded Kapture to any client",
		Long: `mock serves a Kapture that keeps what it is given: what you add can be got,
pulled and updated, in the form of the generation that asks. It prints the
address it listens on once it serves, and stops on Ctrl-C.

Keys. A key of the form test-WORLD has a world of its own, so tests can run side
by side: send "Authorization: Basic test-acme". WORLD has letters, digits, _ and
. only; it ends at a hyphen, so that test-acme and test-acme-2 share one world.
A further part sets a state: test-acme-expired, test-acme-disabled,
test-acme-forbidden, and test-acme-only.getCustomer for a key of that operation
alone. User and password work too, with test-WORLD as the user. --token adds one
key of your choice. Every other key is refused, so that a production key does
nothing here. There is nothing to clean up: a new name is an empty world.

Faults. --fault OPERATION=KIND spoils every answer of an operation, or with *
those of all; behind a colon stand, parted by commas, how many (2), a share
drawn with --seed (25%), and after=N, delay=2s, retry-after=2s, size=N or
location=URL.

What is wrong with a request is told by "proxy", put between your client and the
mock.`,
		Example: `  kapture-conformance mock --addr 127.0.0.1:8080 --token secret
  curl -X POST http://127.0.0.1:8080/search-customer-by-customer-id.html \
    -H 'Authorization: Basic secret' -H 'Content-Type: application/json' \
    -d '[{"phone":"9000000001"}]'

  # a free port, and a server that has bad days
  kapture-conformance mock --addr 127.0.0.1:0 --seed 7 \
    --fault 'getCustomer=too-many-requests:2' \
    --fault '*=reset-in-body:25%,after=10'`,
		Args: noArgs,
		RunE: f.run,
	}
	f.listenFlags.register(cmd, "127.0.0.1:8080")
	flags := cmd.Flags()
	flags.StringVar(&f.token, "token", "", "one more key, with a world of its own; USER:PASSWORD is taken as the pair as well")
	flags.Int64Var(&f.account, "account", 0, "the `NUMBER` of the account (cmId); 1000298 if left out")
	flags.StringArrayVar(&f.faults, "fault", nil, "spoil answers as `FAULT` says, OPERATION=KIND or OPERATION=KIND:SETTINGS; may stand several times. Kinds: "+strings.Join(faultKinds(), ", "))
	flags.Uint64Var(&f.seed, "seed", 0, "which requests a fault with a share hits: the same `NUMBER` hits the same ones")
	flags.Int64Var(&f.firstID, "first-id", 0, "the `NUMBER` of every world's first customer, 700000001 if left out; above 9007199254740992 it finds clients that keep numbers in floating point")
	return cmd
}

func faultKinds() []string {
	var kinds []string
	for _, kind := range mock.Kinds() {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

func (f *mockFlags) run(cmd *cobra.Command, _ []string) error {
	address, err := f.listenFlags.address()
	if err != nil {
		return err
	}
	options := []mock.Option{mock.WithAddress(address), mock.WithSeed(f.seed)}
	if cmd.Flags().Changed("token") {
		options = append(options, mock.WithToken(f.token))
	}
	if cmd.Flags().Changed("account") {
		options = append(options, mock.WithAccount(f.account))
	}
	if cmd.Flags().Changed("first-id") {
		options = append(options, mock.WithFirstID(f.firstID))
	}
	for _, text := range f.faults {
		op, fault, err := mock.ParseFault(text)
		if err != nil {
			return fmt.Errorf("--fault: %w", err)
		}
		options = append(options, mock.WithFault(op, fault))
	}
	server, err := mock.Start(options...)
	if err != nil {
		if _, busy := errors.AsType[*net.OpError](err); busy {
			return cannotListen(address, err)
		}
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "kapture mock listening on %s\n", server.URL)
	<-cmd.Context().Done()
	fmt.Fprintln(cmd.ErrOrStderr(), "kapture mock stopped")
	return server.Close()
}
