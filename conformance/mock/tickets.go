package mock

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

var ticketOperations = map[string]operation{
	"addTicket":              only(use{y2024, "invalid-auth-key", addTicket}),
	"updateTicket":           only(use{y2024, "invalid-auth-key", updateTicket}),
	"getTickets":             only(use{y2024, "invalid-auth-key", getTickets}),
	"pullTickets":            only(use{y2024, "invalid-auth-key", pullTickets}),
	"pullTicketsUnversioned": only(use{y2019, "", pullTicketsUnversioned}),
	"pushTicket":             {use: only(use{y2016, "expired-key-2016", pushTicket}).use, noBody: true, keyInQuery: true},
}

type ticket struct {
	number         int64  // id in answers of Add, taskId in those of Pull
	id             string // ticketId: what Get and Update ask for
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
	customer       *customer // nil for none
	contact        *contact
	associates     map[string][]any // the tenant's objects, by name
	tenant         map[string]any   // whatever else came
	said           int64            // bytes of the comments
	cost           int64            // bytes charged for it
}

// The first numbers of a world, those of the samples.
const (
	firstTicketNumber = 530348198
	firstTicketID     = 713516551148
)

// held is roughly how many bytes the ticket takes.
func (t *ticket) held() int64 {
	size := recordSize + t.said + weigh(t.tenant)
	for name, list := range t.associates {
		size += weigh(name) + weigh(list)
	}
	for _, text := range []string{t.title, t.detail, t.email, t.typeLetter, t.substatus, t.queue, t.disposition} {
		size += int64(len(text))
	}
	return size
}

func (w *world) addTicket(now time.Time) *ticket {
	n := int64(len(w.tickets))
	t := &ticket{
		number: firstTicketNumber + n, id: strconv.FormatInt(firstTicketID+n, 10), created: now, moved: now,
		typeLetter: "O", substatus: "US", associates: map[string][]any{}, tenant: map[string]any{},
	}
	w.tickets = append(w.tickets, t)
	w.ticketByID[t.id] = t
	w.records++
	return t
}

// link joins a ticket to the customer with an e-mail address, if there is one.
func (t *ticket) link(w *world, email string) {
	t.email = email
	t.customer = w.first(func(x *customer) bool { return x.hasEmail(email) })
	if t.customer == nil {
		return
	}
	i := slices.IndexFunc(t.customer.contacts, func(p *contact) bool { return p.email() == email })
	if i >= 0 || len(t.customer.contacts) > 0 {
		t.contact = t.customer.contacts[max(i, 0)]
	}
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
	return ""
}

func (t *ticket) customerName() string {
	if t.customer == nil {
		return ""
	}
	return t.customer.name()
}

func (t *ticket) statusName() string {
	if t.closed.IsZero() {
		return "Pending"
	}
	return "Complete"
}

// letter is the status as Add and Update print it. Only P was seen; that a
// closed ticket bears C is inferred.
func (t *ticket) letter() string { return t.statusName()[:1] }

const closedKey = "CL"

// substatusName names the sub-statuses whose names are known, and gives others
// by their key.
func (t *ticket) substatusName() string {
	switch t.substatus {
	case "P":
		return "Pending"
	case closedKey:
		return "Closed"
	}
	return t.substatus
}

// keep takes over the members that are the tenant's own: objects and lists of
// objects are answered, others are kept.
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

// additionalDetails is how Add answers the tenant's objects: as arrays.
func (t *ticket) additionalDetails() object {
	out := object{}
	for _, name := range sortedKeys(t.associates) {
		out = append(out, member{name, t.associates[name]})
	}
	return out
}

// additionalInfo is how Get and Pull answer them: as one object each.
func (t *ticket) additionalInfo() object {
	out := object{}
	for _, name := range sortedKeys(t.associates) {
		if list := t.associates[name]; len(list) > 0 {
			out = append(out, member{name, list[0]})
		}
	}
	return out
}

// turnAround is the time from making to closing, "" while the ticket is open.
func (t *ticket) turnAround(write func(time.Duration) string) string {
	if t.closed.IsZero() {
		return ""
	}
	return write(t.closed.Sub(t.created))
}

// --- 2024: add ----------------------------------------------------------------

var ticketForms = sync.OnceValue(func() (forms struct{ added, pulled, legacy object }) {
	forms.added = in(sample("tickets/add-2024.answer.cut.json"), "ticket").(object)
	forms.pulled = blank(in(sample("tickets/pull-2024.answer.cut.json"), "message", 0), "lastSource", "primarySource")
	forms.legacy = blank(in(sample("tickets/pull-2019-20.answer.json"), "message", 0), "status")
	return forms
})

// ticketRecord is the ticket as Add and Update answer it.
func ticketRecord(t *ticket) object {
	values := map[string]any{
		"id": t.number, "type": t.typeLetter, "email": t.email, "phone": t.phone(), "status": t.letter(), "statusName": t.statusName(),
		"queueKey": t.queue, "ticketId": t.id, "detail": t.detail, "isCallBack": t.callBack, "contactId": t.contactID(), "substatus": t.substatus,
		"lastConversationTime": t.moved.UnixMilli(), "date": t.created.In(india).Format(formDateTime),
		"totalConversationCount": len(t.comments), "taskTitle": t.title,
	}
	if t.typeLetter != "O" {
		values["typeName"] = "" // the name of no other letter is known
	}
	return fill(ticketForms().added, values)
}

// oneOrBare gives the object of an array of one, or the bare object that
// callers send too.
func (c *call) oneOrBare() (fields, answer, bool) {
	if f, ok := c.body.(map[string]any); ok {
		return f, answer{}, true
	}
	return c.one()
}

func addTicket(c *call) answer {
	body, refused, ok := c.oneOrBare()
	if !ok {
		return refused
	}
	if body.text("title") == "" {
		return c.fail("missing-title")
	}
	t, refused, ok := c.newTicket(body)
	if !ok {
		return refused
	}
	return success(object{
		{"ticket", ticketRecord(t)},
		{"ticket_id", t.id},
		{"Additional_details", t.additionalDetails()},
		{"status", "success"},
	})
}

func (c *call) newTicket(body fields) (*ticket, answer, bool) {
	refused, ok := c.room(1)
	if !ok {
		return nil, refused, false
	}
	t := c.world.addTicket(c.now)
	t.title, t.detail = scalar(body["title"]), scalar(body["ticket_details"])
	t.link(c.world, body.text("email_id"))
	t.keep(body, "title", "ticket_details", "email_id", "type")
	c.settle(&t.cost, t.held())
	return t, answer{}, true
}

// --- 2024: update -------------------------------------------------------------

func updateTicket(c *call) answer {
	body, refused, ok := c.oneOrBare()
	if !ok {
		return refused
	}
	t := c.world.ticketByID[body.text("ticket_id")]
	if t == nil {
		return c.fail("missing-ticket-id")
	}
	callBack := body.text("callback_time")
	if _, err := time.ParseInLocation(formDateTime, callBack, india); callBack != "" && err != nil {
		return c.fail("invalid-callback-time")
	}
	comment := body.text("comment")
	if comment != "" && len(t.comments) >= maxFound {
		return c.own(http.StatusInternalServerError, "the ticket holds %d comments, its limit", maxFound)
	}
	if refused, ok := c.room(0); !ok {
		return refused
	}
	t.moved = c.now
	if comment != "" {
		t.comments = append(t.comments, comment)
		t.said += weigh(comment)
	}
	if key := body.text("sub_status"); key != "" {
		t.substatus = key
		switch {
		case key != closedKey:
			t.closed = time.Time{}
		case t.closed.IsZero():
			t.closed = c.now
		}
	}
	if s := body.text("queue"); s != "" {
		t.queue = s
	}
	if s := body.text("disposition"); s != "" {
		t.disposition = s
	}
	t.callBack = t.callBack || callBack != ""
	t.keep(body, "ticket_id", "comment", "callback_time", "sub_status", "queue", "disposition")
	c.settle(&t.cost, t.held())
	return success(object{{"ticket", ticketRecord(t)}, {"message", ""}, {"status", "success"}})
}

// --- 2024: get ----------------------------------------------------------------

// maxIDs is how many tickets callers ask for at once.
const maxIDs = 50

func getTickets(c *call) answer {
	f, refused, ok := c.bare()
	if !ok {
		return refused
	}
	var ids []string
	for id := range strings.SplitSeq(f.text("ticket_ids"), ",") {
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return c.fail("missing-ticket-ids")
	}
	if len(ids) > maxIDs {
		return c.own(http.StatusBadRequest, "ticket_ids has %d ids; callers are known to send %d", len(ids), maxIDs)
	}
	found := []any{}
	for _, id := range ids {
		if t := c.world.ticketByID[id]; t != nil {
			found = append(found, ticketFound(t, f.text("conversation_type")))
		}
	}
	return success(found)
}

func ticketFound(t *ticket, conversation string) object {
	date := t.created.In(india).Format(formTicket)
	details := object{
		{"date", date},
		{"tat", t.turnAround(inWords)},
		{"sla", ""},
		{"status", t.statusName()},
		{"ticketId", t.id},
		{"substatus", t.substatusName()},
		{"title", t.title},
		{"disposition", t.disposition},
		{"assignedToName", ""},
		{"nextFollowUp", date},
	}
	if !t.closed.IsZero() {
		details = append(details, member{"taskEnddate", t.closed.In(india).Format(formTicket)})
	}
	out := object{{"additional_info", t.additionalInfo()}, {"history", object{}}, {"task_details", details}}
	switch conversation {
	case "notes":
		notes := []any{}
		for _, comment := range t.comments {
			notes = append(notes, object{{"detail", comment}})
		}
		out = append(out, member{"conversation_type", object{{"notes", notes}}})
	case "chat":
		out = append(out, member{"conversation_type", object{{"chat", []any{}}}})
	}
	return out
}

// inWords writes a duration as callers read it: `1 Day 2 Hr 3 Min`.
func inWords(d time.Duration) string {
	minutes := int(d.Minutes())
	return fmt.Sprintf("%d Day %d Hr %d Min", minutes/(24*60), minutes/60%24, minutes%60)
}

// --- 2024: pull -----------------------------------------------------------------

func pullTickets(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	code := body.text("customer_code")
	dated := body.text("start_date") != "" && body.text("end_date") != ""
	var fits func(*ticket) bool
	switch {
	case dated:
		w, ok := parseWindow(body.text("start_date"), body.text("end_date"))
		if !ok {
			return c.own(http.StatusBadRequest, "start_date and end_date must be two days, the first not after the second")
		}
		if w.overADay() {
			return c.own(http.StatusBadRequest, "start_date to end_date is more than 24 hours; one call may span no more")
		}
		fits = c.ticketsOf(w)
	case code != "":
		fits = func(*ticket) bool { return true }
	default:
		return c.fail("missing-ticket-ids")
	}
	status := body.text("status")
	var found []*ticket
	for _, t := range c.world.tickets {
		if fits(t) && (code == "" || t.customer != nil && t.customer.code() == code) &&
			(status == "" || strings.EqualFold(status, t.statusName()) || strings.EqualFold(status, t.letter())) {
			found = append(found, t)
		}
	}
	from, to, refused, ok := c.page(body, len(found), len(found))
	if !ok {
		return refused
	}
	records := []any{}
	for _, t := range found[from:to] {
		records = append(records, pulledTicket(t))
	}
	// Null in the page's sample; a number is what callers read.
	var total any
	if !dated {
		total = len(found)
	}
	var message any = records
	switch {
	case len(records) == 0 && c.fault.Kind == MessageText:
		message = "kapture mock: there are no tickets"
	case len(records) == 1 && c.fault.Kind == SingleObject:
		message = records[0]
	}
	return success(object{{"totalCount", total}, {"message", message}, {"status", "success"}})
}

func (c *call) ticketsOf(w window) func(*ticket) bool {
	if c.fault.Kind == OverlappingWindows {
		w.from, w.to = w.from.AddDate(0, 0, -1), w.to.AddDate(0, 0, 1)
	}
	return func(t *ticket) bool { return w.holds(t.created) }
}

func pulledTicket(t *ticket) object {
	date, moved := t.created.In(india).Format(formTicket), t.moved.In(india).Format(formTicket)
	out := fill(ticketForms().pulled, map[string]any{
		"tat": t.turnAround(inWords), "date": date, "status": t.statusName(), "nextFollowUp": date, "lastFollowUp": moved, "taskId": t.number,
		"lastConvesationTime": moved, "ticketId": t.id, "detail": t.detail,
	})
	return append(out,
		member{"contactId", t.contactID()},
		member{"customerName", t.customerName()},
		member{"customerPhone", t.phone()},
		member{"additional_info", t.additionalInfo()})
}

// --- 2019-20: pull ----------------------------------------------------------------

func pullTicketsUnversioned(c *call) answer {
	body, refused, ok := c.one()
	if !ok {
		return refused
	}
	w, ok := parseWindow(body.text("start_date"), body.text("end_date"))
	if !ok {
		return c.fail("missing-start-date")
	}
	fits := c.ticketsOf(w)
	records := []any{}
	for _, t := range c.world.tickets {
		if fits(t) {
			records = append(records, legacyTicket(t))
		}
	}
	return success(object{{"status", "success"}, {"message", records}})
}

// legacyTicket is a ticket in texts alone.
func legacyTicket(t *ticket) object {
	values := map[string]any{
		"tat": t.turnAround(inClock), "ticketId": t.id, "contactId": scalar(t.contactID()),
		"date": t.created.In(india).Format(formDateTime), "total_conversations": strconv.Itoa(len(t.comments)),
		"taskTitle": t.title, "substatus": t.substatusName(), "disposition": t.disposition,
		"companyName": t.customerName(), "customerName": t.customerName(), "customerEmail": t.email, "customerPhone": t.phone(),
	}
	if !t.closed.IsZero() {
		values["taskEnddate"] = t.closed.In(india).Format(formToMinute)
	}
	return fill(ticketForms().legacy, values)
}

// inClock writes a duration as the page does: `0:1:29`.
func inClock(d time.Duration) string {
	seconds := int(d.Seconds())
	return fmt.Sprintf("%d:%d:%d", seconds/3600, seconds/60%60, seconds%60)
}

// --- 2016: push -------------------------------------------------------------------

func pushTicket(c *call) answer {
	body, err := decode([]byte(c.query.Get("ticket_fields")))
	if err != nil {
		return c.badShape()
	}
	given, ok := body.(map[string]any)
	if !ok {
		return c.badShape()
	}
	f := fields(given)
	if c.query.Get("api_id") == "" {
		return c.missing2016()
	}
	for _, name := range []string{"title", "type", "ticket_details", "due_date"} {
		if f.text(name) == "" {
			return c.missing2016()
		}
	}
	c.size = int64(len(c.query.Get("ticket_fields"))) + 512
	t, refused, ok := c.newTicket(f)
	if !ok {
		return refused
	}
	t.typeLetter = f.text("type")
	c.settle(&t.cost, t.held())
	return success(object{{"Message", "Ticket Added Successfully"}, {"Status", "Success"}})
}
