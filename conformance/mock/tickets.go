package mock

import (
	"net/http"
	"slices"
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

// --- 2024: add ----------------------------------------------------------------

func addTicket(c *call) (any, error) {
	body, err := c.objectOrArrayOfOne()
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
	body, err := c.objectOrArrayOfOne()
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
		return c.ownFailure(http.StatusInternalServerError, "the ticket holds %d comments, its limit", maxFound)
	}
	return nil
}

// update stores what an update says.
func (t *ticket) update(body fields, now time.Time) {
	t.changed = now
	if comment := body.text("comment"); comment != "" {
		t.comments = append(t.comments, comment)
		t.commentBytes += weigh(comment)
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
	body, err := c.objectBody()
	if err != nil {
		return nil, err
	}
	ids := splitIDs(body.text("ticket_ids"))
	if len(ids) == 0 {
		return nil, c.fail("missing-ticket-ids")
	}
	if len(ids) > maxIDs {
		const text = "ticket_ids has %d ids; callers are known to send %d"
		return nil, c.ownFailure(http.StatusBadRequest, text, len(ids), maxIDs)
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
	body, err := c.arrayOfOne()
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
		return window{}, c.ownFailure(http.StatusBadRequest, text)
	}
	if days.overADay() {
		const text = "start_date to end_date is more than 24 hours; one call may span no more"
		return window{}, c.ownFailure(http.StatusBadRequest, text)
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
	body, err := c.arrayOfOne()
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
