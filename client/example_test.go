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
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// kapture is an embedded Kapture and a client of it, in place of client.New("acme", client.WithToken(token)).
func kapture(options ...mock.Option) (*client.Client, func()) {
	srv, err := mock.Start(append(options, mock.WithClock(func() time.Time { return time.Date(2024, 5, 2, 16, 15, 42, 0, client.India) }))...)
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-example"))
	if err != nil {
		log.Fatal(err)
	}
	return c, func() { _ = srv.Close() }
}

func add(c *client.Client, name, phone string) int64 {
	got, err := c.Customers.Add(context.Background(), client.AddCustomer{CustomerInfo: client.CustomerInfo{CustomerName: &name, Phone: &phone}})
	if err != nil {
		log.Fatal(err)
	}
	return got.Customer.CustomerID
}

func Example() {
	c, stop := kapture() // client.New("acme", client.WithToken(token))
	defer stop()
	ctx := context.Background()

	got, err := c.Customers.Add(ctx, client.AddCustomer{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha Rao"), Phone: new("9000000001")},
	})
	if err != nil {
		log.Fatal(err)
	}
	cust, err := c.Customers.Get(ctx, client.CustomerByID(got.Customer.CustomerID))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cust.Name, "since", cust.GenerationDate)
	// Output: Asha Rao since 2024-05-02T16:15:42+05:30
}

// Add a customer, and do not add it twice where the answer is lost.
func ExampleCustomersService_Add() {
	c, stop := kapture(mock.WithFault("addUpdateCustomer", mock.Fault{Kind: mock.ResetBeforeHeaders, Times: 1})) // loses one answer
	defer stop()
	ctx := context.Background()

	req := client.AddCustomer{
		CustomerInfo: client.CustomerInfo{CustomerName: new("Asha Rao"), Phone: new("9000000001"), City: new("Bengaluru")},
	}
	req.Set("loyalty", json.RawMessage(`[{"tier":"gold"}]`)) // a member of the tenant's own

	got, err := c.Customers.Add(ctx, req)
	if errors.Is(err, client.ErrOutcomeUnknown) { // look before adding it once more
		cust, missing := c.Customers.Get(ctx, client.CustomerByPhone("9000000001"))
		if missing == nil {
			fmt.Println("it was added", cust.ID)
			return
		}
		if errors.Is(missing, client.ErrNotFound) { // it was not added
			got, err = c.Customers.Add(ctx, req)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Customer.ActionEvent, got.Customer.CustomerID)
	// Output: it was added 700000001
}

// Get a customer, or learn that there is none.
func ExampleCustomersService_Get() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")

	cust, err := c.Customers.Get(context.Background(), client.CustomerByPhone("9000000001"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cust.ID, cust.Name)

	_, err = c.Customers.Get(context.Background(), client.CustomerByEmail("nobody@example.com"))
	fmt.Println(errors.Is(err, client.ErrNotFound))

	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Message)
	}
	// Output:
	// 700000001 Asha Rao
	// true
	// Information given by you does not exist in our sytsem.
}

// Add a contact to a customer.
func ExampleCustomersService_Update() {
	c, stop := kapture()
	defer stop()
	id := add(c, "Asha Rao", "9000000001")

	got, err := c.Customers.Update(context.Background(), client.UpdateCustomer{
		CustomerInfo: client.CustomerInfo{CustomerID: new(client.NumberID(id)), CustomerName: new("Asha Rao"), Phone: new("9000000001")},
		ContactInfo:  &[]client.ContactInfo{{ContactPersonName: new("Ravi Rao"), ContactPersonPhone: new("9000000002")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Message, got.Customer.ContactID > 0)
	// Output: Customer Updated successfully !Contact Added successfully ! true
}

// Pull the customers of a month, four days at a time, and go on another night where this one stopped.
func ExampleCustomersService_Pull() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")
	add(c, "Ravi Rao", "9000000002")

	var last client.Checkpoint // kept as JSON from one night to the next
	from := time.Date(2024, 5, 1, 0, 0, 0, 0, client.India)
	for cust, err := range c.Customers.Pull(context.Background(), from, from.AddDate(0, 1, -1),
		client.WithParallelWindows(4),
		client.ResumeFrom(last),
		client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error { last = cp; return nil })) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(cust.Name)
	}
	fmt.Println("read up to", last.Day)
	// Output:
	// Asha Rao
	// Ravi Rao
	// read up to 2024-05-31
}

// Query the customers of an account by a filter.
func ExampleCustomersService_Query() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")
	add(c, "Ravi Rao", "9000000002")

	day := time.Date(2024, 5, 2, 0, 0, 0, 0, client.India)
	filter := client.CustomerFilter{CmID: client.NumberID(1000298), Phone: new("9000000002")}
	for cust, err := range c.Customers.Query(context.Background(), day, day, filter) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(cust.Name)
	}
	// Output: Ravi Rao
}

// Add many customers, four at a time, and see what became of each.
func ExampleCustomersService_AddAll() {
	c, stop := kapture()
	defer stop()

	people := []client.AddCustomer{
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Asha Rao"), Phone: new("9000000001")}},
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Nobody")}}, // neither phone nor e-mail
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Ravi Rao"), EmailID: new("ravi@example.com")}},
	}
	done := 0
	for r := range c.Customers.AddAll(context.Background(), slices.Values(people), client.Parallel(4)) {
		if errors.Is(r.Err, client.ErrMissing) {
			fmt.Println(*r.Input.CustomerInfo.CustomerName, "was refused")
			continue
		}
		done++
	}
	fmt.Println(done, "added")
	// Output:
	// Nobody was refused
	// 2 added
}

// Post to a path that the tenant configured, with everything that the other calls have.
func ExampleClient_Raw() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")

	got, err := c.Raw(context.Background(), "/search-customer-by-customer-id.html", []map[string]string{{"phone": "9000000001"}}, client.RawIdempotent())
	if err != nil {
		log.Fatal(err)
	}
	var body struct {
		Customer struct{ Name string } `json:"Customer Details"`
	}
	if err := json.Unmarshal(got.Body(), &body); err != nil {
		log.Fatal(err)
	}
	fmt.Println(body.Customer.Name)
	// Output: Asha Rao
}
