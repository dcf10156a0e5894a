package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/kapture-community/kapture-go/client"
)

// request is what a visitor wrote.
type request struct{ Reference, Name, Email, Phone, Title, Text string }

// outcome is what became of a request.
type outcome struct {
	Ticket  string // its number, "" unless Kapture sent one
	Unknown bool   // the ticket may exist, although no response says so
	Added   bool   // the ticket exists, with or without a number
}

// The parts of the client that are used, so that a test can replace them.
type (
	customers interface {
		Get(context.Context, client.CustomerLookup) (*client.Customer, error)
		Add(context.Context, client.CustomerRequest) (*client.CustomerUpserted, error)
	}
	tickets interface {
		Add(context.Context, client.TicketRequest) (*client.TicketAdded, error)
	}
)

// taker makes tickets at Kapture.
type taker struct {
	customers customers
	tickets   tickets
	mark      string // the tenant's object that gets the reference, "" for none
	log       *slog.Logger
}

// take makes sure that the customer exists, and adds the ticket.
func (t *taker) take(ctx context.Context, r request) outcome {
	// The log has the reference and nothing that the visitor wrote.
	log := t.log.With("reference", r.Reference)

	if err := t.ensureCustomer(ctx, r); err != nil {
		// The ticket is added anyway: it has the address, so somebody can join
		// the two.
		log.Warn("the customer could not be looked up or added", "error", err)
	}

	added, err := t.tickets.Add(ctx, t.ticket(r))
	switch {
	case err == nil:
		log.Info("ticket added", "ticket", added.Number())
		return outcome{Ticket: added.Number(), Added: true}
	case errors.Is(err, client.ErrOutcomeUnknown):
		log.Error("check whether the ticket exists before adding it by hand", "error", err)
		return outcome{Unknown: true}
	}
	log.Error("the ticket was not added", "error", err)
	return outcome{}
}

func (t *taker) ticket(r request) client.TicketRequest {
	ticket := client.TicketRequest{Title: r.Title, TicketDetails: &r.Text, EmailID: &r.Email}
	if t.mark == "" {
		return ticket
	}

	text, err := json.Marshal([]map[string]string{{"reference": r.Reference}})
	if err != nil {
		t.log.Error("mark", "error", err)
		return ticket
	}
	ticket.AdditionalProperties = map[string]json.RawMessage{t.mark: text}
	return ticket
}

// ensureCustomer adds the customer unless Kapture has the address.
func (t *taker) ensureCustomer(ctx context.Context, r request) error {
	_, err := t.customers.Get(ctx, client.CustomerByEmail(r.Email))
	if !errors.Is(err, client.ErrNotFound) {
		return err // the customer exists, or nobody knows: adding might make two
	}

	info := client.CustomerInfo{CustomerName: &r.Name, EmailID: &r.Email}
	if r.Phone != "" {
		info.Phone = &r.Phone
	}
	_, err = t.customers.Add(ctx, client.CustomerRequest{CustomerInfo: info})
	if !errors.Is(err, client.ErrOutcomeUnknown) {
		return err
	}

	_, missing := t.customers.Get(ctx, client.CustomerByEmail(r.Email))
	if missing == nil {
		return nil // it was added, only the response was lost
	}
	return err
}
