package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

func addTicket(c *client.Client, title string) string {
	got, err := c.Tickets.Add(context.Background(), client.TicketRequest{Title: title})
	if err != nil {
		log.Fatal(err)
	}
	return got.Number()
}

// Add a ticket with an object of the tenant's own, by which it can be found if
// the response is lost.
func ExampleTicketsService_Add() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()
	day := time.Date(2024, 5, 2, 0, 0, 0, 0, client.India) // of the call

	req := client.TicketRequest{Title: "The pen is broken", EmailID: new("asha@example.com")}
	req.Set("web_form", json.RawMessage(`[{"form_id":"F-17"}]`))

	got, err := c.Tickets.Add(ctx, req)
	switch {
	case err == nil:
		fmt.Println("added", got.Number())
	case errors.Is(err, client.ErrOutcomeUnknown):
		for t, err := range c.Tickets.Pull(ctx, day, day) {
			if err != nil {
				log.Fatal(err)
			}
			if string(t.AdditionalInfo["web_form"]["form_id"]) == `"F-17"` {
				fmt.Println("it was added", t.TicketID)
			}
		}
	default:
		log.Fatal(err)
	}
	// Output: added 713516551148
}

// Close a ticket, with a comment.
func ExampleTicketsService_Update() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()
	id := addTicket(c, "The pen is broken")
	_, err := c.Tickets.Update(ctx, client.TicketUpdate{
		TicketID:  id,
		SubStatus: client.SubStatusClosed,
		Comment:   new("A new one is on its way"),
	})
	if err != nil {
		log.Fatal(err)
	}
	ticket, err := c.Tickets.Get(ctx, id, client.WithNotes())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ticket.TaskDetails.Status, ticket.ConversationType.Notes[0].Detail)
	// Output: Complete A new one is on its way
}

// Distinguish a ticket that does not exist from a call that failed.
func ExampleTicketsService_Get() {
	c, stop := kapture()
	defer stop()

	_, err := c.Tickets.Get(context.Background(), "700000000000")
	fmt.Println(errors.Is(err, client.ErrNotFound))
	// Output: true
}

// Get any number of tickets; each is identified by its own ticketId.
func ExampleTicketsService_GetMany() {
	c, stop := kapture()
	defer stop()
	first := addTicket(c, "The pen is broken")
	second := addTicket(c, "The ink is dry")
	got, err := c.Tickets.GetMany(context.Background(), []string{second, "700000000000", first})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Found[first].TaskDetails.Title, "/", got.Found[second].TaskDetails.Title, "/ missing", got.Missing)
	// Output: The pen is broken / The ink is dry / missing [700000000000]
}

// Pull the tickets of a day. A tenant may send a text for a day without
// tickets; NoTickets says which.
func ExampleTicketsService_Pull() {
	c, stop := kapture()
	defer stop()
	addTicket(c, "The pen is broken")
	day := time.Date(2024, 5, 2, 0, 0, 0, 0, client.India)

	for ticket, err := range c.Tickets.Pull(context.Background(), day, day, client.NoTickets("No tickets found")) {
		if errors.Is(err, client.ErrTextResponse) {
			log.Fatal("another text in place of the tickets: ", err)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(ticket.TicketID, ticket.Status, ticket.Date)
	}
	// Output: 713516551148 Pending 2024-05-02T16:15:00+05:30
}

// Pull all tickets of a customer, by the code that the tenant gave it.
func ExampleTicketsService_PullByCustomer() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()
	_, err := c.Customers.Add(ctx, client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{
			CustomerName: new("Asha Rao"),
			EmailID:      new("asha@example.com"),
			CustomerCode: new("C-17"),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	broken := client.TicketRequest{Title: "The pen is broken", EmailID: new("asha@example.com")}
	if _, err := c.Tickets.Add(ctx, broken); err != nil {
		log.Fatal(err)
	}

	for ticket, err := range c.Tickets.PullByCustomer(ctx, "C-17", client.TicketQuery{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(ticket.TicketID, "of", ticket.CustomerName)
	}
	// Output: 713516551148 of Asha Rao
}

// Add many tickets, two at a time.
func ExampleTicketsService_AddAll() {
	c, stop := kapture()
	defer stop()
	tickets := []client.TicketRequest{{Title: "The pen is broken"}, {Title: ""}, {Title: "The ink is dry"}}

	added := 0
	for result := range c.Tickets.AddAll(context.Background(), slices.Values(tickets), client.Parallel(2)) {
		if result.Err != nil {
			fmt.Printf("ticket %d: %v\n", result.Index, result.Err)
			continue
		}
		added++
	}
	fmt.Println("added", added)
	// Output:
	// ticket 1: kapture: addTicket: title is missing (failed/missing/title, HTTP 200)
	// added 2
}

// Pull the tickets of a day in the older way, for tenants that have no other.
func ExampleLegacyService_PullTickets() {
	c, stop := kapture()
	defer stop()
	addTicket(c, "The pen is broken")
	day := time.Date(2024, 5, 2, 0, 0, 0, 0, client.India)

	for ticket, err := range c.Legacy.PullTickets(context.Background(), day, day) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(ticket.TicketID, ticket.TaskTitle, ticket.Date)
	}
	// Output: 713516551148 The pen is broken 2024-05-02T16:15:42+05:30
}
