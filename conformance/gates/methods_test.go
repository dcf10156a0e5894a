package gates

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// The key of every scene. No text that a program might print may hold this
// piece of it.
const (
	secretPiece = "s3cr3tPiece"
	sceneKey    = "test-acme-" + secretPiece
)

// day is the day on which everything in a scene happens.
var day = time.Date(2024, 5, 2, 12, 0, 0, 0, client.India)

// What stands in the world of a scene before the call.
const (
	seededCustomers = 3
	seededTickets   = 3
	firstCustomer   = 700000001
	firstTicket     = "713516551148"
	seededPhone     = "9000000001"
	seededEmail     = "asha@example.com"
	newPhone        = "9000000099"
	newEmail        = "new@example.com"
)

// scene is an embedded Kapture with a few records.
type scene struct {
	*mock.Server
	world *mock.World
	order string // the id of the one order, where a method needs it
}

// newScene starts a Kapture whose records are all of one day.
func newScene(options ...mock.Option) (*scene, error) {
	srv, err := mock.Start(append(options, mock.WithClock(func() time.Time { return day }))...)
	if err != nil {
		return nil, err
	}
	s := &scene{Server: srv, world: srv.World("acme")}
	for n := range seededCustomers {
		c := mock.Customer{Name: fmt.Sprint("Customer ", n+1), Phone: fmt.Sprint("900000000", n+1), Email: fmt.Sprintf("customer%d@example.com", n+1), Code: "C-1"}
		if n == 0 {
			c.Email = seededEmail
		}
		if _, err := s.world.AddCustomer(c); err != nil {
			return nil, err
		}
	}
	for n := range seededTickets {
		if _, err := s.world.AddTicket(mock.Ticket{Title: fmt.Sprint("Ticket ", n+1), Email: seededEmail}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// client makes a client of the scene's world and says how to let go of its
// connections.
func (s *scene) client(options ...client.Option) (*client.Client, *http.Transport, error) {
	transport := &http.Transport{}
	c, err := client.New("", append([]client.Option{
		client.WithBaseURL(s.URL), client.WithToken(sceneKey), client.WithHTTPClient(&http.Client{Transport: transport}),
	}, options...)...)
	return c, transport, err
}

func (s *scene) customers() (n int) {
	for ; ; n++ {
		if _, ok := s.world.Customer(firstCustomer + int64(n)); !ok {
			return n
		}
	}
}

// result is what became of one thing that a method was asked to do.
type result struct {
	err     error
	notes   []client.Note
	records int
}

// effect says how a method touches the world.
type effect int

const (
	reads   effect = iota
	streams        // reads, and hands records on before the answer has ended
	writes
)

// method is a way to call the client.
type method struct {
	// operation is what it calls. Raw has none of its own.
	operation client.Operation
	effect    effect
	// prepare gives the scene what the call needs beside the records of every
	// scene.
	prepare func(ctx context.Context, c *client.Client, s *scene) error
	// call gives a result for each thing that was to be done.
	call func(ctx context.Context, c *client.Client, s *scene) []result
	// requests is how many requests a call takes if all goes well, 0 for one.
	requests int
	// records is how many a good call gives, of those that give a list.
	records int
	// done says how often the world shows that a write was done. seen is a
	// client that meets no fault.
	done func(ctx context.Context, seen *client.Client, s *scene) (int, error)
}

// methods has every way to call the client, by service and name. One that is
// missing here fails TestEveryMethodIsListed.
var methods = map[string]method{
	"Customers.Add": {operation: client.OpAddUpdateCustomer, effect: writes, done: newCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Customers.Add(ctx, somebody(newPhone)))
	}},
	"Customers.AddAll": {operation: client.OpAddUpdateCustomer, effect: writes, done: newCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		people := []client.AddCustomer{somebody("9000000097"), somebody("9000000098"), somebody(newPhone)}
		return each(c.Customers.AddAll(ctx, slices.Values(people), client.Parallel(2)))
	}},
	"Customers.Update": {operation: client.OpAddUpdateCustomer, effect: writes, done: newContacts, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		req := somebody(seededPhone)
		req.CustomerInfo.CustomerID = new(client.NumberID(firstCustomer))
		req.ContactInfo = &[]client.ContactInfo{{ContactPersonPhone: new(newPhone)}}
		return whole(c.Customers.Update(ctx, req))
	}},
	"Customers.Get": {operation: client.OpGetCustomer, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Customers.Get(ctx, client.CustomerByPhone(seededPhone)))
	}},
	"Customers.Pull": {operation: client.OpPullCustomers, effect: streams, records: seededCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.Customers.Pull(ctx, day, day))
	}},
	"Customers.Query": {operation: client.OpPullCustomers, effect: streams, records: seededCustomers, requests: 2, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.Customers.Query(ctx, day, day, client.CustomerFilter{CmID: client.NumberID(1000298)}))
	}},
	"Tickets.Add": {operation: client.OpAddTicket, effect: writes, done: newTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Tickets.Add(ctx, client.AddTicket{Title: "New", EmailID: new(seededEmail)}))
	}},
	"Tickets.AddAll": {operation: client.OpAddTicket, effect: writes, done: newTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return each(c.Tickets.AddAll(ctx, slices.Values([]client.AddTicket{{Title: "New 1"}, {Title: "New 2"}, {Title: "New 3"}}), client.Parallel(2)))
	}},
	"Tickets.Update": {operation: client.OpUpdateTicket, effect: writes, done: newNotes, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Tickets.Update(ctx, client.UpdateTicket{TicketID: firstTicket, SubStatus: client.SubStatusPending, Comment: new("Called back")}))
	}},
	"Tickets.Get": {operation: client.OpGetTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Tickets.Get(ctx, firstTicket))
	}},
	"Tickets.GetMany": {operation: client.OpGetTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		got, err := c.Tickets.GetMany(ctx, []string{firstTicket, "713516551149"})
		if err == nil && len(got.Found) != 2 {
			err = fmt.Errorf("found %d tickets, want 2", len(got.Found))
		}
		r := result{err: err}
		for _, ticket := range got.Found {
			r.notes = append(r.notes, ticket.Notes()...)
		}
		return []result{r}
	}},
	"Tickets.Pull": {operation: client.OpPullTickets, effect: streams, records: seededTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.Tickets.Pull(ctx, day, day))
	}},
	"Tickets.PullByCustomer": {operation: client.OpPullTickets, effect: streams, records: seededTickets, requests: 2, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.Tickets.PullByCustomer(ctx, "C-1", client.TicketFilter{}))
	}},
	"Orders.Add": {operation: client.OpAddUpdateOrder, effect: writes, done: newOrders, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Orders.Add(ctx, client.AddOrder{CustomerInfo: somebody(newPhone).CustomerInfo}))
	}},
	"Orders.Update": {operation: client.OpAddUpdateOrder, effect: writes, prepare: oneOrder, done: changedOrders, call: func(ctx context.Context, c *client.Client, s *scene) []result {
		return whole(c.Orders.Update(ctx, client.UpdateOrder{CustomerInfo: somebody(newPhone).CustomerInfo, OrderInfo: &client.OrderInfo{OrderID: new(client.TextID(s.order))}}))
	}},
	"Orders.Pull": {operation: client.OpPullOrders, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Orders.Pull(ctx, client.OrderQuery{CmID: 1000298, City: new("Pune")}))
	}},
	"FAQ.Categories": {operation: client.OpGetFAQCategories, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.FAQ.Categories(ctx))
	}},
	"FAQ.Contents": {operation: client.OpGetFAQContents, effect: streams, records: 25, requests: 3, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.FAQ.Contents(ctx, "5247"))
	}},
	"Enquiries.Push": {operation: client.OpPushEnquiry, effect: writes, done: newCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Enquiries.Push(ctx, client.PushEnquiry{CustomerName: new("New"), Phone: new(newPhone), EmailID: new(newEmail)}))
	}},
	"Products.Push": {operation: client.OpPushProduct, effect: writes, done: newProducts, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Products.Push(ctx, client.PushProduct{Name: "Pen"}))
	}},
	"Legacy.AddContact": {operation: client.OpAddContact, effect: writes, done: newCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Legacy.AddContact(ctx, client.AddContact{Name: "New", Phone: newPhone, Email: newEmail}))
	}},
	"Legacy.PushCustomer": {operation: client.OpPushCustomer, effect: writes, done: newCustomers, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Legacy.PushCustomer(ctx, client.PushCustomer{Name: new("New"), Phone: new(newPhone)}))
	}},
	"Legacy.PushOrder": {operation: client.OpPushOrder, effect: writes, done: newOrders, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return whole(c.Legacy.PushOrder(ctx, client.PushOrder{CustomerName: new("New"), Phone: new(newPhone)}))
	}},
	"Legacy.PullTickets": {operation: client.OpPullTicketsUnversioned, effect: streams, records: seededTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		return list(c.Legacy.PullTickets(ctx, day, day))
	}},
	// The push of 2016, as somebody sends it who has nothing else: its key stands
	// in the query, which nothing may show.
	"Raw": {effect: writes, done: newTickets, call: func(ctx context.Context, c *client.Client, _ *scene) []result {
		query := url.Values{"auth_key": {sceneKey}, "api_id": {"35"}, "ticket_fields": {`{"title":"New","type":"G","ticket_details":"A page does not open","due_date":"2016041912:10"}`}}
		return whole(c.Raw(ctx, "/ticket-push-api?"+query.Encode(), nil, client.RawAs(client.OpPushTicket)))
	}},
}

// at is the operation that a method's requests arrive at.
func (m method) at() string {
	if m.operation == "" {
		return string(client.OpPushTicket)
	}
	return string(m.operation)
}

func somebody(phone string) client.AddCustomer {
	return client.AddCustomer{CustomerInfo: client.CustomerInfo{CustomerName: new("Somebody"), Phone: &phone}}
}

// noted is what every answer can tell.
type noted interface{ Notes() []client.Note }

func whole[A noted](answer A, err error) []result {
	r := result{err: err}
	if err == nil {
		r.notes = answer.Notes()
	}
	return []result{r}
}

// each reads the results of a bulk write.
func each[In any, Out noted](all iter.Seq[client.BulkResult[In, Out]]) (out []result) {
	for r := range all {
		out = append(out, whole(r.Answer, r.Err)...)
	}
	return out
}

// list reads a list to its end.
func list[A noted](all iter.Seq2[A, error]) []result {
	var r result
	for answer, err := range all {
		if err != nil {
			r.err = err
			continue
		}
		r.records++
		r.notes = append(r.notes, answer.Notes()...)
	}
	return []result{r}
}

func newCustomers(_ context.Context, _ *client.Client, s *scene) (int, error) {
	return s.customers() - seededCustomers, nil
}

func newContacts(_ context.Context, _ *client.Client, s *scene) (int, error) {
	c, _ := s.world.Customer(firstCustomer)
	return c.Contacts - 1, nil
}

func newTickets(ctx context.Context, seen *client.Client, _ *scene) (int, error) {
	r := list(seen.Tickets.Pull(ctx, day, day))[0]
	return r.records - seededTickets, r.err
}

func newNotes(ctx context.Context, seen *client.Client, _ *scene) (int, error) {
	got, err := seen.Tickets.Get(ctx, firstTicket, func(l *client.TicketLookup) { l.ConversationType = new("notes") })
	if err != nil {
		return 0, err
	}
	return len(got.ConversationType.Notes), nil
}

func newOrders(_ context.Context, _ *client.Client, s *scene) (int, error) {
	return len(s.world.Orders()), nil
}

func oneOrder(ctx context.Context, c *client.Client, s *scene) error {
	_, err := c.Orders.Add(ctx, client.AddOrder{CustomerInfo: somebody(seededPhone).CustomerInfo})
	if err == nil {
		s.order = strconv.FormatInt(s.world.Orders()[0].ID, 10)
	}
	return err
}

// changedOrders cannot tell one change from two; how many requests arrived can.
func changedOrders(_ context.Context, _ *client.Client, s *scene) (n int, err error) {
	for _, order := range s.world.Orders() {
		if strings.Contains(string(order.Body), newPhone) {
			n++
		}
	}
	return n, nil
}

// newProducts adds one more, since no call shows products, and reads how many
// there were from its number. A world's first one is 526878.
func newProducts(ctx context.Context, seen *client.Client, _ *scene) (int, error) {
	got, err := seen.Products.Push(ctx, client.PushProduct{Name: "One more"})
	if err != nil {
		return 0, err
	}
	id, err := strconv.Atoi(got.ProductID.String())
	return id - 526878, err
}

// allMethods sorts the names, so that everything is printed in one order.
func allMethods() []string { return slices.Sorted(maps.Keys(methods)) }

// A method does what it says if nothing goes wrong: one request, or as many as
// its pages take, to its own operation; one effect for each thing to be done.
func TestEveryMethodReachesItsOperation(t *testing.T) {
	for _, name := range allMethods() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := methods[name]
			s, err := newScene()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			c, transport, err := s.client(client.WithoutRetry())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(transport.CloseIdleConnections)
			if m.prepare != nil {
				if err := m.prepare(t.Context(), c, s); err != nil {
					t.Fatal(err)
				}
			}
			before := len(s.Journal())
			results := m.call(t.Context(), c, s)
			for _, r := range results {
				if r.err != nil || len(r.notes) > 0 || r.records != m.records {
					t.Errorf("gave %d records, %v and the notes %v", r.records, r.err, r.notes)
				}
			}
			journal := s.Journal()[before:]
			for _, entry := range journal {
				if entry.Operation != m.at() {
					t.Errorf("called %s at %s, and is listed with %s", entry.Operation, entry.Path, m.at())
				}
			}
			if want := max(m.requests, 1) * len(results); len(journal) != want {
				t.Errorf("took %d requests, want %d", len(journal), want)
			}
			if m.effect != writes {
				return
			}
			if done, err := m.done(t.Context(), c, s); err != nil || done != len(results) {
				t.Errorf("was done %d times, %v; want %d", done, err, len(results))
			}
		})
	}
}
