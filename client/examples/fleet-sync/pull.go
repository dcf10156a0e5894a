package main

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// record is an element of a list as it is stored.
type record struct {
	id  string // "" if the record has none
	raw []byte // its JSON
}

// window is what one job reads.
type window struct {
	client  *client.Client
	day     time.Time
	options []client.PullOption
}

// resources are the lists that Kapture gives by day.
var resources = map[string]func(context.Context, window) iter.Seq2[record, error]{
	"customers": customers,
	"tickets":   tickets,
}

func customers(ctx context.Context, w window) iter.Seq2[record, error] {
	list := w.client.Customers.Pull(ctx, w.day, w.day, w.options...)

	return records(list, func(c *client.Customer, raw []byte) string {
		if id := c.ID.String(); id != "" && id != "0" {
			return id
		}
		return identifier(raw, "id")
	})
}

func tickets(ctx context.Context, w window) iter.Seq2[record, error] {
	list := w.client.Tickets.Pull(ctx, w.day, w.day, w.options...)

	return records(list, func(t *client.PulledTicket, raw []byte) string {
		if t.TicketID != "" {
			return t.TicketID
		}
		return identifier(raw, "ticketId")
	})
}

// records makes records of what a pull yields. Their JSON is that of the client,
// which mends what no database takes for JSON, such as raw line breaks in texts.
// PostgreSQL refuses bytes that are not UTF-8 as well; the client reads them as
// U+FFFD, so they are kept as that.
func records[T json.Marshaler](list iter.Seq2[T, error], id func(T, []byte) string) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for element, err := range list {
			var r record
			if err == nil {
				r.raw, err = element.MarshalJSON()
			}
			if err == nil {
				r.raw = bytes.ToValidUTF8(r.raw, []byte("\uFFFD"))
				r.id = id(element, r.raw)
			}

			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// identifier reads an identifier in another form than the contract's: a number
// in place of a text, or a text in place of a number.
func identifier(raw []byte, field string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // an object, or the client would not have yielded it

	var id client.ID
	_ = json.Unmarshal(fields[field], &id) // "" if it is neither a number nor a text
	return id.String()
}
