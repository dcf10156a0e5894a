package mock

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// ticketForms are the fields of a ticket in the responses of three calls.
type ticketForms struct{ added, pulled, legacy object }

var formsOfTickets = sync.OnceValue(func() ticketForms {
	return ticketForms{
		added:  in(sample("tickets/add-2024.response.cut.json"), "ticket").(object),
		pulled: blank(in(sample("tickets/pull-2024.response.cut.json"), "message", 0), "lastSource", "primarySource"),
		legacy: blank(in(sample("tickets/pull-2019-20.response.json"), "message", 0), "status"),
	}
})

// ticketRecord is the ticket as Add and Update return it.
func ticketRecord(t *ticket) object {
	values := map[string]any{
		"id":                     t.number,
		"type":                   t.typeLetter,
		"email":                  t.email,
		"phone":                  t.phone(),
		"status":                 t.letter(),
		"statusName":             t.statusName(),
		"queueKey":               t.queue,
		"ticketId":               t.id,
		"detail":                 t.detail,
		"isCallBack":             t.callBack,
		"contactId":              t.contactID(),
		"substatus":              t.substatus,
		"lastConversationTime":   t.changed.UnixMilli(),
		"date":                   t.created.In(india).Format(formDateTime),
		"totalConversationCount": len(t.comments),
		"taskTitle":              t.title,
	}
	if t.typeLetter != "O" {
		values["typeName"] = "" // the names of other letters are unknown
	}
	return fill(formsOfTickets().added, values)
}

// additionalDetails is how Add returns the tenant's objects: as arrays.
func (t *ticket) additionalDetails() object {
	out := object{}
	for _, name := range sortedKeys(t.associates) {
		out = append(out, field{name, t.associates[name]})
	}
	return out
}

// additionalInfo is how Get and Pull return them: as one object each.
func (t *ticket) additionalInfo() object {
	out := object{}
	for _, name := range sortedKeys(t.associates) {
		if list := t.associates[name]; len(list) > 0 {
			out = append(out, field{name, list[0]})
		}
	}
	return out
}

// ticketFound is the ticket as Get returns it, with the conversation that was
// asked for.
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
		details = append(details, field{"taskEnddate", t.closed.In(india).Format(formTicket)})
	}

	out := object{{"additional_info", t.additionalInfo()}, {"history", object{}}, {"task_details", details}}
	switch conversation {
	case "notes":
		notes := []any{}
		for _, comment := range t.comments {
			notes = append(notes, object{{"detail", comment}})
		}
		out = append(out, field{"conversation_type", object{{"notes", notes}}})
	case "chat":
		out = append(out, field{"conversation_type", object{{"chat", []any{}}}})
	}
	return out
}

// inWords writes a duration as callers read it: `1 Day 2 Hr 3 Min`.
func inWords(d time.Duration) string {
	minutes := int(d.Minutes())
	return fmt.Sprintf("%d Day %d Hr %d Min", minutes/(24*60), minutes/60%24, minutes%60)
}

// pulledTicket is the ticket as a pull of 2024 returns it.
func pulledTicket(t *ticket) object {
	date := t.created.In(india).Format(formTicket)
	changed := t.changed.In(india).Format(formTicket)
	out := fill(formsOfTickets().pulled, map[string]any{
		"tat":                 t.turnAround(inWords),
		"date":                date,
		"status":              t.statusName(),
		"nextFollowUp":        date,
		"lastFollowUp":        changed,
		"taskId":              t.number,
		"lastConvesationTime": changed,
		"ticketId":            t.id,
		"detail":              t.detail,
	})
	return append(out,
		field{"contactId", t.contactID()},
		field{"customerName", t.customerName()},
		field{"customerPhone", t.phone()},
		field{"additional_info", t.additionalInfo()})
}

// legacyTicket is the ticket as a pull of 2019-20 returns it: in texts only.
func legacyTicket(t *ticket) object {
	values := map[string]any{
		"tat":                 t.turnAround(inClock),
		"ticketId":            t.id,
		"contactId":           scalar(t.contactID()),
		"date":                t.created.In(india).Format(formDateTime),
		"total_conversations": strconv.Itoa(len(t.comments)),
		"taskTitle":           t.title,
		"substatus":           t.substatusName(),
		"disposition":         t.disposition,
		"companyName":         t.customerName(),
		"customerName":        t.customerName(),
		"customerEmail":       t.email,
		"customerPhone":       t.phone(),
	}
	if !t.closed.IsZero() {
		values["taskEnddate"] = t.closed.In(india).Format(formToMinute)
	}
	return fill(formsOfTickets().legacy, values)
}

// inClock writes a duration as the page does: `0:1:29`.
func inClock(d time.Duration) string {
	seconds := int(d.Seconds())
	return fmt.Sprintf("%d:%d:%d", seconds/3600, seconds/60%60, seconds%60)
}
