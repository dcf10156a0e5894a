package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// serveOptions are what a row can say to a helper server.
type serveOptions struct {
	Address  string
	Upstream string // of a reverse proxy
	Records  int    // how many a list has
	Days     int    // of how many days the lists are made at the start
	Spread   bool   // identifiers: see Records
	Pace     int    // bytes a second of a body; 0: as fast as it goes
	Cert     string // file of the certificate and its key; empty: no TLS
	HTTP2    bool
}

func (o serveOptions) args() []string {
	return []string{
		"-address", o.Address,
		"-upstream", o.Upstream,
		"-records", fmt.Sprint(o.Records),
		"-days", fmt.Sprint(o.Days),
		fmt.Sprintf("-spread=%t", o.Spread),
		"-pace", fmt.Sprint(o.Pace),
		"-cert", o.Cert,
		fmt.Sprintf("-http2=%t", o.HTTP2),
	}
}

// helpers has the handler of every helper server by its name.
var helpers = map[string]func(o serveOptions) (http.Handler, error){
	"prepared": preparedServer,
}

// helper returns a helper server: this program in another process, which serves
// until the row ends.
func (b *Bench) helper(ctx context.Context, name string, o serveOptions) (*Process, error) {
	key := fmt.Sprint(name, o)
	return b.server(ctx, key, func() (Program, error) {
		address, err := freeAddress(ctx)
		o.Address = address
		return Program{
			Name:    name,
			Args:    append([]string{b.Self, "serve", name}, o.args()...),
			Address: address,
			TLS:     o.Cert != "",
		}, err
	})
}

// parseServe reads the options from what args returns.
func parseServe(args []string) (serveOptions, error) {
	var o serveOptions
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&o.Address, "address", "127.0.0.1:0", "where to listen")
	flags.StringVar(&o.Upstream, "upstream", "", "the server of a proxy")
	flags.IntVar(&o.Records, "records", 0, "how many records a list has")
	flags.IntVar(&o.Days, "days", 0, "of how many days the lists are made at the start")
	flags.BoolVar(&o.Spread, "spread", false, "spread the identifiers")
	flags.IntVar(&o.Pace, "pace", 0, "bytes a second of a body")
	flags.StringVar(&o.Cert, "cert", "", "file of a certificate and its key")
	flags.BoolVar(&o.HTTP2, "http2", false, "offer HTTP/2")
	err := flags.Parse(args)
	return o, err
}

// runServer serves until its standard input ends.
func runServer(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("serve needs a name, one of: %s", strings.Join(slices.Sorted(maps.Keys(helpers)), ", "))
	}
	o, err := parseServe(args[1:])
	if err != nil {
		return err
	}
	makeHandler, ok := helpers[args[0]]
	if !ok {
		return fmt.Errorf("no helper %q", args[0])
	}
	handler, err := makeHandler(o)
	if err != nil {
		return err
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	if !o.HTTP2 {
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true)
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()

	if o.Cert != "" {
		err = server.ServeTLS(listener, o.Cert, o.Cert)
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// preparedServer responds to every path with a prepared sample.
func preparedServer(serveOptions) (http.Handler, error) {
	bodies := map[string][]byte{}
	for operation, name := range map[string]string{
		"getCustomer":       "customers/get-2021.response.json",
		"addUpdateCustomer": "customers/add-2024.response.json",
	} {
		body, err := sample(name)
		if err != nil {
			return nil, err
		}
		bodies[pathOf(operation)] = body
	}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		body, ok := bodies[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}), nil
}
