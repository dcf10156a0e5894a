package mock

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

var ticketEndpoints = map[string]endpoint{
	"addTicket":              {respond: addTicket},
	"updateTicket":           {respond: updateTicket},
	"getTickets":             {respond: getTickets},
	"pullTickets":            {respond: pullTickets},
	"pullTicketsUnversioned": {respond: pullTicketsUnversioned},
	"pushTicket":             {respond: pushTicket, emptyBody: true, keyInQuery: true},
}

type ticket struct {
	number         int64  // id in responses of Add, taskId in those of Pull
	id             string // ticketId, which Get and Update ask for
	created, moved time.Time
	closed         time.Time // zero while it is open
	title, detail  string
	typeLetter     string
	email          string
	substatus      string // its key
	queue          string
	disposition    string
	callBack       bool
	comments       []string
	sent           sender
	customer       *customer // nil for none
	contact        *contact
	associates     map[string][]any // the tenant's objects, by name
	tenant         map[string]any   // all other fields that were sent
	said           int64            // bytes of the comments
	cost           int64            // bytes charged for it
}

// sender is what Add Ticket says about the customer, for tickets whose
// customer is unknown.
type sender struct{ id, name, phone string }

// The first numbers of a world, those of the samples.
const (
	firstTicketNumber = 530348198
	firstTicketID     = 713516551148
)

// held returns roughly how many bytes the ticket takes.
func (t *ticket) held() int64 {
	size := recordSize + t.said + weigh(t.tenant)
	for name, list := range t.associates {
		size += weigh(name) + weigh(list)
	}
	for _, text := range []string{
		t.title, t.detail, t.email, t.typeLetter, t.substatus, t.queue, t.disposition,
		t.sent.id, t.sent.name, t.sent.phone,
	} {
		size += int64(len(text))
	}
	return size
}

// addTicket makes a ticket with the next number, and keeps it.
func (w *world) addTicket(now time.Time) *ticket {
	n := int64(len(w.tickets))
	t := &ticket{
		number:     firstTicketNumber + n,
		id:         strconv.FormatInt(firstTicketID+n, 10),
		created:    now,
		moved:      now,
		typeLetter: "O",
		substatus:  "US",
		associates: map[string][]any{},
		tenant:     map[string]any{},
	}
	w.tickets = append(w.tickets, t)
	w.ticketByID[t.id] = t
	w.records++
	return t
}

// link connects a ticket with its customer, if there is one: by the identifier
// that was sent, else by the e-mail address, else by the phone.
func (t *ticket) link(w *world) {
	t.customer = w.called(t.sent.id)
	if t.customer == nil {
		t.customer = w.reachedBy("", t.email)
	}
	if t.customer == nil {
		t.customer = w.reachedBy(t.sent.phone, "")
	}
	if t.customer == nil || len(t.customer.contacts) == 0 {
		return
	}

	i := slices.IndexFunc(t.customer.contacts, func(p *contact) bool {
		byEmail := t.email != "" && p.email() == t.email
		byPhone := t.sent.phone != "" && p.phone() == t.sent.phone
		return byEmail || byPhone
	})
	t.contact = t.customer.contacts[max(i, 0)]
}

func (t *ticket) contactID() int64 {
	if t.contact == nil {
		return 0
	}
	return t.contact.id
}

func (t *ticket) phone() string {
	switch {
	case t.contact != nil:
		return t.contact.phone()
	case t.customer != nil:
		return t.customer.phone()
	}
	return t.sent.phone
}

func (t *ticket) customerName() string {
	if t.customer == nil {
		return t.sent.name
	}
	return t.customer.name()
}

// belongsTo reports whether a ticket belongs to the customer with a code. Callers
// also use the identifier that they gave the customer as its code.
func (t *ticket) belongsTo(code string) bool {
	if t.sent.id == code {
		return true
	}
	return t.customer != nil && (t.customer.code() == code || t.customer.external == code)
}

func (t *ticket) statusName() string {
	if t.closed.IsZero() {
		return "Pending"
	}
	return "Complete"
}

// letter returns the status as Add and Update print it. Only P was seen; C for a
// closed ticket is inferred.
func (t *ticket) letter() string { return t.statusName()[:1] }

// substatuses are the sub-statuses whose keys callers send, with their names. A
// tenant configures its own.
var substatuses = map[string]struct {
	name   string
	closes bool
}{
	"P":  {name: "Pending"},
	"CL": {name: "Closed", closes: true},
	"CO": {name: "Completed", closes: true},
	"RS": {name: "Resolved", closes: true},
}

// substatusName returns the name of the sub-status, or its key if the name is not
// known.
func (t *ticket) substatusName() string {
	if known, ok := substatuses[t.substatus]; ok {
		return known.name
	}
	return t.substatus
}

// setStatus changes the status and the sub-status of an update. A closing one of
// either closes the ticket; any other reopens it.
func (t *ticket) setStatus(status, key string, now time.Time) {
	if status == "" && key == "" {
		return
	}
	if key != "" {
		t.substatus = key
	}

	closes := strings.EqualFold(status, "Complete") || substatuses[key].closes
	switch {
	case !closes:
		t.closed = time.Time{}
	case t.closed.IsZero():
		t.closed = now
	}
}

// keep stores the fields that are the tenant's own. Responses show objects and
// lists of objects; others are only kept.
func (t *ticket) keep(body fields, own ...string) {
	for name, value := range body {
		if slices.Contains(own, name) || value == nil {
			continue
		}
		if list, ok := associates(value); ok {
			t.associates[name] = list
		} else {
			t.tenant[name] = value
		}
	}
}

func associates(value any) ([]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return []any{value}, true
	case []any:
		for _, element := range value {
			if _, ok := element.(map[string]any); !ok {
				return nil, false
			}
		}
		return value, true
	}
	return nil, false
}

// turnAround returns the time from creation to closing, "" while the ticket is
// open.
func (t *ticket) turnAround(write func(time.Duration) string) string {
	if t.closed.IsZero() {
		return ""
	}
	return write(t.closed.Sub(t.created))
}

// --- 2024: add ----------------------------------------------------------------

func addTicket(c *call) (any, error) {
	body, err := c.oneOrBare()
	if err != nil {
		return nil, err
	}
	if body.text("title") == "" {
		return nil, c.fail("missing-title")
	}
	added, err := c.newTicket(body)
	if err != nil {
		return nil, err
	}

	return object{
		{"ticket", ticketRecord(added)},
		{"ticket_id", added.id},
		{"Additional_details", added.additionalDetails()},
		{"status", "success"},
	}, nil
}

func (c *call) newTicket(body fields) (*ticket, error) {
	if err := c.reserve(1); err != nil {
		return nil, err
	}

	added := c.world.addTicket(c.now)
	added.title = scalar(body["title"])
	added.detail = scalar(body["ticket_details"])
	added.email = body.text("email_id")
	added.queue = body.text("queue")
	added.disposition = body.text("disposition")
	added.sent = sender{
		id:    body.text("customer_id"),
		name:  body.text("customer_name"),
		phone: body.text("phone"),
	}
	added.link(c.world)
	if added.customer != nil {
		c.saved(added.customer) // the ticket refers to it
	}
	added.keep(body, "title", "ticket_details", "email_id", "type",
		"queue", "disposition", "customer_id", "customer_name", "phone")
	c.settle(&added.cost, added.held())
	return added, nil
}

// --- 2024: update -------------------------------------------------------------

func updateTicket(c *call) (any, error) {
	body, err := c.oneOrBare()
	if err != nil {
		return nil, err
	}
	t := c.world.ticketByID[body.text("ticket_id")]
	if t == nil {
		return nil, c.fail("missing-ticket-id")
	}
	if err := c.checkUpdate(t, body); err != nil {
		return nil, err
	}
	if err := c.reserve(0); err != nil {
		return nil, err
	}

	t.update(body, c.now)
	c.settle(&t.cost, t.held())
	return object{{"ticket", ticketRecord(t)}, {"message", ""}, {"status", "success"}}, nil
}

func (c *call) checkUpdate(t *ticket, body fields) error {
	if callBack := body.text("callback_time"); callBack != "" {
		if _, err := time.ParseInLocation(formDateTime, callBack, india); err != nil {
			return c.fail("invalid-callback-time")
		}
	}
	if body.text("comment") != "" && len(t.comments) >= maxFound {
		return c.own(http.StatusInternalServerError, "the ticket holds %d comments, its limit", maxFound)
	}
	return nil
}

// update stores what an update says.
func (t *ticket) update(body fields, now time.Time) {
	t.moved = now
	if comment := body.text("comment"); comment != "" {
		t.comments = append(t.comments, comment)
		t.said += weigh(comment)
	}
	t.setStatus(body.text("status"), body.text("sub_status"), now)
	if s := body.text("queue"); s != "" {
		t.queue = s
	}
	if s := body.text("disposition"); s != "" {
		t.disposition = s
	}
	if body.text("callback_time") != "" {
		t.callBack = true
	}
	t.keep(body, "ticket_id", "comment", "callback_time", "status", "sub_status", "queue", "disposition")
}

// --- 2024: get ----------------------------------------------------------------

// maxIDs is how many tickets callers are known to ask for at once.
const maxIDs = 50

func getTickets(c *call) (any, error) {
	body, err := c.bare()
	if err != nil {
		return nil, err
	}
	ids := splitIDs(body.text("ticket_ids"))
	if len(ids) == 0 {
		return nil, c.fail("missing-ticket-ids")
	}
	if len(ids) > maxIDs {
		const text = "ticket_ids has %d ids; callers are known to send %d"
		return nil, c.own(http.StatusBadRequest, text, len(ids), maxIDs)
	}

	found := []any{}
	for _, id := range ids {
		if t := c.world.ticketByID[id]; t != nil {
			found = append(found, ticketFound(t, body.text("conversation_type")))
		}
	}
	return found, nil
}

func splitIDs(list string) []string {
	var ids []string
	for id := range strings.SplitSeq(list, ",") {
		id = strings.TrimSpace(id)
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// --- 2024: pull -----------------------------------------------------------------

func pullTickets(c *call) (any, error) {
	body, err := c.one()
	if err != nil {
		return nil, err
	}
	dated := body.text("start_date") != "" && body.text("end_date") != ""
	if !dated && body.text("customer_code") == "" {
		return nil, c.fail("missing-ticket-ids")
	}

	found := c.world.tickets
	if dated {
		days, err := c.ticketDays(body)
		if err != nil {
			return nil, err
		}
		found = c.ticketsOf(days)
	}
	found = slices.DeleteFunc(slices.Clone(found), func(t *ticket) bool { return !t.matches(body) })

	p, err := c.page(body, len(found), len(found))
	if err != nil {
		return nil, err
	}
	records := []any{}
	for _, t := range found[p.from:p.to] {
		records = append(records, pulledTicket(t))
	}

	// The page's sample has null here; callers read a number.
	var total any
	if !dated {
		total = len(found)
	}
	return object{{"totalCount", total}, {"message", c.listOfTickets(records)}, {"status", "success"}}, nil
}

// ticketDays reads the days of a pull of 2024.
func (c *call) ticketDays(body fields) (window, error) {
	days, ok := parseWindow(body.text("start_date"), body.text("end_date"))
	if !ok {
		const text = "start_date and end_date must be two days, the first not after the second"
		return window{}, c.own(http.StatusBadRequest, text)
	}
	if days.overADay() {
		const text = "start_date to end_date is more than 24 hours; one call may span no more"
		return window{}, c.own(http.StatusBadRequest, text)
	}
	return days, nil
}

// ticketsOf returns the tickets that were made in a window, oldest first.
func (c *call) ticketsOf(days window) []*ticket {
	if c.fault.Kind == OverlappingWindows {
		days = days.widened()
	}

	var found []*ticket
	for _, t := range c.world.tickets {
		if days.holds(t.created) {
			found = append(found, t)
		}
	}
	return found
}

// matches reports whether a ticket fits the filters of a pull of 2024.
func (t *ticket) matches(body fields) bool {
	if code := body.text("customer_code"); code != "" && !t.belongsTo(code) {
		return false
	}
	status := body.text("status")
	return status == "" || strings.EqualFold(status, t.statusName()) || strings.EqualFold(status, t.letter())
}

// listOfTickets applies the faults that change how a list is written.
func (c *call) listOfTickets(records []any) any {
	switch {
	case len(records) == 0 && c.fault.Kind == MessageText:
		return "kapture mock: there are no tickets"
	case len(records) == 1 && c.fault.Kind == SingleObject:
		return records[0]
	}
	return records
}

// --- 2019-20: pull ----------------------------------------------------------------

func pullTicketsUnversioned(c *call) (any, error) {
	body, err := c.one()
	if err != nil {
		return nil, err
	}
	days, ok := parseWindow(body.text("start_date"), body.text("end_date"))
	if !ok {
		return nil, c.fail("missing-start-date")
	}

	records := []any{}
	for _, t := range c.ticketsOf(days) {
		records = append(records, legacyTicket(t))
	}
	return object{{"status", "success"}, {"message", records}}, nil
}

// --- 2016: push -------------------------------------------------------------------

func pushTicket(c *call) (any, error) {
	text := c.query.Get("ticket_fields")
	body, err := decode([]byte(text))
	if err != nil {
		return nil, c.badShape("ticket_fields in the query is not JSON: %v", err)
	}
	sent, ok := body.(map[string]any)
	if !ok {
		return nil, c.badShape("ticket_fields in the query is %s, not an object", kindOf(body))
	}

	if c.query.Get("api_id") == "" {
		return nil, c.missing2016()
	}
	for _, name := range []string{"title", "type", "ticket_details", "due_date"} {
		if fields(sent).text(name) == "" {
			return nil, c.missing2016()
		}
	}

	c.size = int64(len(text)) + recordSize
	pushed, err := c.newTicket(sent)
	if err != nil {
		return nil, err
	}
	pushed.typeLetter = fields(sent).text("type")
	c.settle(&pushed.cost, pushed.held())
	return object{{"Message", "Ticket Added Successfully"}, {"Status", "Success"}}, nil
}
