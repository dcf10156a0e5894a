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

// kapture starts an embedded Kapture and returns a client for it, in place of
// client.New("acme", client.WithToken(token)).
func kapture(options ...mock.Option) (*client.Client, func()) {
	clock := func() time.Time { return time.Date(2024, 5, 2, 16, 15, 42, 0, client.India) }
	srv, err := mock.Start(append(options, mock.WithClock(clock))...)
	if err != nil {
		log.Fatal(err)
	}
	c, err := client.New("", client.WithBaseURL(srv.URL), client.WithToken("test-example"))
	if err != nil {
		log.Fatal(err)
	}
	return c, func() { _ = srv.Close() }
}

func add(c *client.Client, name, phone string) client.ID {
	got, err := c.Customers.Add(context.Background(), client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerName: &name, Phone: &phone},
	})
	if err != nil {
		log.Fatal(err)
	}
	return got.Customer.CustomerID
}

func Example() {
	c, stop := kapture() // client.New("acme", client.WithToken(token))
	defer stop()
	ctx := context.Background()

	got, err := c.Customers.Add(ctx, client.CustomerRequest{
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

// Add a customer, and do not add it twice if the response is lost.
func ExampleCustomersService_Add() {
	c, stop := kapture(mock.WithFault("addUpdateCustomer", mock.Fault{
		Kind:  mock.ResetBeforeHeaders,
		Times: 1,
	})) // loses one response
	defer stop()
	ctx := context.Background()

	req := client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{
			CustomerName: new("Asha Rao"),
			Phone:        new("9000000001"),
			City:         new("Bengaluru"),
		},
	}
	req.Set("loyalty", json.RawMessage(`[{"tier":"gold"}]`)) // a field of the tenant's own

	got, err := c.Customers.Add(ctx, req)
	if errors.Is(err, client.ErrOutcomeUnknown) { // look before adding it again
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

// Add a customer only if there is none with the phone or the e-mail address.
// These are two steps: another program may add the same customer in between.
func ExampleCustomersService_Add_lookFirst() {
	c, stop := kapture()
	defer stop()
	ctx := context.Background()

	findOrAdd := func(name, phone, email string) (id client.ID, added bool, err error) {
		for _, which := range []client.CustomerLookup{client.CustomerByPhone(phone), client.CustomerByEmail(email)} {
			cust, err := c.Customers.Get(ctx, which)
			if err == nil {
				return cust.ID, false, nil
			}
			if !errors.Is(err, client.ErrNotFound) { // it is not known whether there is one
				return client.ID{}, false, err
			}
		}

		got, err := c.Customers.Add(ctx, client.CustomerRequest{
			CustomerInfo: client.CustomerInfo{CustomerName: &name, Phone: &phone, EmailID: &email},
		})
		if err != nil {
			return client.ID{}, false, err
		}
		return got.Customer.CustomerID, true, nil
	}

	for _, phone := range []string{"9000000001", "9000000001", "9000000002"} {
		id, added, err := findOrAdd("Asha Rao", phone, "asha@example.com")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(id, added)
	}
	// Output:
	// 700000001 true
	// 700000001 false
	// 700000001 false
}

// Get a customer, or find out that there is none.
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

	got, err := c.Customers.Update(context.Background(), client.CustomerRequest{
		CustomerInfo: client.CustomerInfo{CustomerID: id, CustomerName: new("Asha Rao"), Phone: new("9000000001")},
		ContactInfo:  []client.ContactInfo{{ContactPersonName: new("Ravi Rao"), ContactPersonPhone: new("9000000002")}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(got.Message, !got.Customer.ContactID.IsZero())
	// Output: Customer Updated successfully !Contact Added successfully ! true
}

// Pull the customers of a month, four days at a time, and resume another night
// where this one stopped.
func ExampleCustomersService_Pull() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")
	add(c, "Ravi Rao", "9000000002")

	var last client.Checkpoint // stored as JSON from one night to the next
	from := time.Date(2024, 5, 1, 0, 0, 0, 0, client.India)
	for cust, err := range c.Customers.Pull(context.Background(), from, from.AddDate(0, 1, -1),
		client.WithParallelWindows(4),
		client.ResumeFrom(last),
		client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
			last = cp
			return nil
		})) {
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
	filter := client.CustomerQuery{CmID: client.NumberID(1000298), Phone: new("9000000002")}
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

	people := []client.CustomerRequest{
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Asha Rao"), Phone: new("9000000001")}},
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Nobody")}}, // neither phone nor e-mail
		{CustomerInfo: client.CustomerInfo{CustomerName: new("Ravi Rao"), EmailID: new("ravi@example.com")}},
	}
	done := 0
	for r := range c.Customers.AddAll(context.Background(), slices.Values(people), client.Parallel(4)) {
		if errors.Is(r.Err, client.ErrMissing) {
			fmt.Println(*r.Input.CustomerInfo.CustomerName, "was rejected")
			continue
		}
		done++
	}
	fmt.Println(done, "added")
	// Output:
	// Nobody was rejected
	// 2 added
}

// Post to a path that the tenant configured, with credentials, limits, retries
// and hooks as for other calls.
func ExampleClient_Raw() {
	c, stop := kapture()
	defer stop()
	add(c, "Asha Rao", "9000000001")

	query := []map[string]string{{"phone": "9000000001"}}
	got, err := c.Raw(context.Background(), "/search-customer-by-customer-id.html", query, client.RawIdempotent())
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
