package main

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// limitFlags bound what the mock keeps, and fill its worlds.
type limitFlags struct {
	limits    mock.Limits
	customers int
	days      int
	origins   []string
	http2     bool
}

func (f *limitFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&f.limits.Worlds, "worlds", 0, "how many worlds are kept, 1024 if left out; for one more, the "+
		"least recently used is forgotten, and a line on standard error says so")
	flags.IntVar(&f.limits.Records, "records", 0,
		"how many records one world holds, 50000 if left out; further ones are rejected")
	flags.Int64Var(&f.limits.Bytes, "memory", 0,
		"roughly how many `BYTES` of requests all worlds keep together, 268435456 if left out")
	flags.Int64Var(&f.limits.Body, "max-body", 0,
		"how many `BYTES` the body of a request may have, 1048576 if left out")
	flags.DurationVar(&f.limits.BodyTime, "body-time", 0, "how long the body of a request may take, 30s if left out")
	flags.IntVar(&f.customers, "customers", 0,
		"start every world with this many customers; they take no memory until a call changes them")
	flags.IntVar(&f.days, "customer-days", 100, "over how many days before the start --customers were made")
	flags.StringSliceVar(&f.origins, "cors", nil,
		"let pages of `ORIGIN` call the mock from a browser, such as http://localhost:5173; * for any page")
	flags.BoolVar(&f.http2, "http2", false,
		"serve HTTP/2 without TLS in addition to HTTP/1.1; the faults goaway and refused-stream need it")
}

func (f *limitFlags) options() []mock.Option {
	options := []mock.Option{mock.WithLimits(f.limits)}
	if f.customers != 0 {
		options = append(options, mock.WithCustomers(f.customers, f.days))
	}
	if len(f.origins) > 0 {
		options = append(options, mock.WithCORS(f.origins...))
	}
	if f.http2 {
		options = append(options, mock.WithHTTP2())
	}
	return options
}

// atOnce are the notes about what the mock forgets or rejects because of a limit.
var atOnce = []mock.NoteCode{mock.NoteForgotten, mock.NoteWorldGone, mock.NoteLimit}

// noteLine is a note that is printed when it occurs. Its field names are stable.
type noteLine struct {
	Time  time.Time     `json:"time"`
	Code  mock.NoteCode `json:"code"`
	World string        `json:"world,omitempty"`
	Note  string        `json:"note"`
}

// forgotten prints such a note when it occurs.
func (t *talk) forgotten(n mock.Note) {
	if !slices.Contains(atOnce, n.Code) {
		return
	}

	line := noteLine{Time: time.Now(), Code: n.Code, World: n.World, Note: n.Text}
	if t.asJSON {
		t.object(line)
		return
	}

	t.say(line.Time.Format(time.TimeOnly) + " note: " + line.Note)
}
