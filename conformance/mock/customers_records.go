package mock

import (
	"slices"
	"sync"
)

// recordForm says which fields a customer's record has in one generation.
type recordForm struct {
	customer object
	contacts []object // the first, the second, ...; the last is the form of all further ones
}

var customerForms = sync.OnceValue(func() map[string]recordForm {
	return map[string]recordForm{
		"get-2024":    newRecordForm(in(sample("customers/get-2024.response.json"), "Customer Details")),
		"get-2021":    newRecordForm(in(sample("customers/get-2021.response.json"), "Customer Details")),
		"pull-2021":   newRecordForm(in(sample("customers/pull-2021.response.json"), "message", 0)),
		"select-2016": newRecordForm(in(sample("customers/select-2016.response.json"), "message", 0)),
		"search-2016": newRecordForm(in(sample("customers/search-2016.response.json"), "message", 0)),
	}
})

func newRecordForm(record any) recordForm {
	form := recordForm{customer: blank(record,
		"companyStatus", "totalNoOfEnquiries", "feedbackOnCustomer", "syncdLocationId", "cityPotential", "status")}
	for _, p := range in(record, "contacts").([]any) {
		form.contacts = append(form.contacts, blank(p, "maritalStatus", "isPrimaryContact", "isActive"))
	}
	return form
}

// customerRecords lists the records of customers. Each is made under the lock of
// the world when it is written, long after the call.
func (c *call) customerRecords(form string, of selection) list {
	return list{length: of.length(), at: func(i int) any {
		c.world.mu.Lock()
		defer c.world.mu.Unlock()
		return c.customerRecord(form, of.at(i))
	}}
}

func (c *call) customerRecord(form string, of *customer) object {
	f := customerForms()[form]
	out := slices.Clone(f.customer)
	for i := range out {
		switch out[i].name {
		case "id":
			out[i].value = of.id
		case "cmId":
			out[i].value = c.kapture.account
		case "contacts":
			out[i].value = c.contactRecords(f, of)
		default:
			if v, ok := of.shown(out[i].name); ok {
				out[i].value = v
			}
		}
	}
	return out
}

// shown returns what a record shows under a name: what was sent, or else what the
// server adds.
func (c *customer) shown(name string) (any, bool) {
	if v, ok := c.values[name]; ok {
		return v, true
	}
	switch name {
	case "currentStatus":
		return "N", true
	case "generationDate":
		return c.created.In(india).Format(formRecord), true
	case "lastModificationTime":
		return calendar(c.modified), true
	case "imageReferenceId":
		return "CUS_" + c.created.In(india).Format(formImage), true
	}
	return nil, false
}

func (c *call) contactRecords(f recordForm, of *customer) []any {
	records := make([]any, len(of.contacts))
	for i, p := range of.contacts {
		last := len(f.contacts) - 1
		records[i] = c.contactRecord(f.contacts[min(i, last)], of, p)
	}
	return records
}

func (c *call) contactRecord(template object, of *customer, p *contact) object {
	out := slices.Clone(template)
	for i := range out {
		switch out[i].name {
		case "id":
			out[i].value = p.id
		case "cmId":
			out[i].value = c.kapture.account
		case "leadId":
			out[i].value = of.id
		default:
			if v, ok := p.shown(out[i].name); ok {
				out[i].value = v
			}
		}
	}
	return out
}

func (p *contact) shown(name string) (any, bool) {
	if name == "contactPerson " {
		// One page prints the name of the first contact under a name that ends with
		// a blank.
		name = "contactPerson"
	}
	if v, ok := p.values[name]; ok {
		return v, true
	}
	switch name {
	case "gender":
		return " ", true
	case "generationDate":
		return calendar(p.created), true
	}
	return nil, false
}
