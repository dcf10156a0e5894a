package mock

import (
	"maps"
	"sync"
)

// recordForm is which members a customer's record has in one generation.
type recordForm struct {
	customer object
	contacts []object // the first, the second, ...; the last stands for all further ones
}

var customerForms = sync.OnceValue(func() map[string]recordForm {
	return map[string]recordForm{
		"get-2024":    newRecordForm(in(sample("customers/get-2024.answer.json"), "Customer Details")),
		"get-2021":    newRecordForm(in(sample("customers/get-2021.answer.json"), "Customer Details")),
		"pull-2021":   newRecordForm(in(sample("customers/pull-2021.answer.json"), "message", 0)),
		"select-2016": newRecordForm(in(sample("customers/select-2016.answer.json"), "message", 0)),
		"search-2016": newRecordForm(in(sample("customers/search-2016.answer.json"), "message", 0)),
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

func (c *call) customerRecords(form string, of []*customer) []any {
	records := make([]any, len(of))
	for i, x := range of {
		records[i] = c.customerRecord(form, x)
	}
	return records
}

func (c *call) customerRecord(form string, of *customer) object {
	f := customerForms()[form]
	contacts := []any{}
	for i, p := range of.contacts {
		contacts = append(contacts, c.contactRecord(f.contacts[min(i, len(f.contacts)-1)], of, p))
	}
	values := map[string]any{
		"currentStatus":        "N",
		"generationDate":       of.created.In(india).Format(formRecord),
		"lastModificationTime": calendar(of.modified),
		"imageReferenceId":     "CUS_" + of.created.In(india).Format(formImage),
	}
	maps.Copy(values, of.values)
	values["id"], values["cmId"], values["contacts"] = of.id, c.account, contacts
	return fill(f.customer, values)
}

func (c *call) contactRecord(template object, of *customer, p *contact) object {
	values := map[string]any{"gender": " ", "generationDate": calendar(p.created)}
	maps.Copy(values, p.values)
	values["id"], values["cmId"], values["leadId"] = p.id, c.account, of.id
	// One page prints the name of the first contact under a name with a blank.
	values["contactPerson "] = values["contactPerson"]
	return fill(template, values)
}
