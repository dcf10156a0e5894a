package mock

import (
	"fmt"
	"net/http"
	"time"
)

var faqEndpoints = map[string]endpoint{
	"getFAQContents":   {respond: getFAQContents},
	"getFAQCategories": {respond: getFAQCategories, emptyBody: true},
}

type category struct {
	id           int64
	name, parent string
	contents     []content
}

type content struct {
	id            int64
	title, detail string
	created       time.Time
}

// The first numbers of a world, those of the samples.
const (
	firstCategory = 5247
	firstContent  = 18909
)

func (w *world) addCategory(name, parent string) *category {
	c := &category{id: firstCategory + int64(len(w.categories)), name: name, parent: parent}
	w.categories = append(w.categories, c)
	w.records++
	return c
}

// addContent numbers a question and adds it to a category.
func (w *world) addContent(to *category, c content) int64 {
	c.id = firstContent + w.contents
	to.contents = append(to.contents, c)
	w.contents++
	w.records++
	return c.id
}

// category returns the category of an identifier, nil if there is none.
func (w *world) category(id string) *category {
	for _, c := range w.categories {
		if scalar(c.id) == id {
			return c
		}
	}
	return nil
}

// fillFAQ adds the samples' questions to a fresh world, since no call writes any:
// more of them than fit into one window of twenty, and an empty category.
func (w *world) fillFAQ(created time.Time) {
	pens := w.addCategory("Pens", "Stationery")
	w.addContent(pens, content{
		title:   "Is any warranty on Pens?",
		detail:  "Pens have a warranty of 30 days.",
		created: created,
	})
	for n := range 24 {
		w.addContent(pens, content{
			title:   fmt.Sprintf("Question %d on Pens?", n+2),
			detail:  fmt.Sprintf("Answer %d.", n+2),
			created: created,
		})
	}
	w.addCategory("Erasers", "Stationery")
}

func getFAQCategories(c *call) (any, error) {
	list := []any{}
	for _, x := range c.world.categories {
		list = append(list, object{{"id", x.id}, {"name", x.name}, {"parentCategoryName", x.parent}})
	}
	return object{{"message", object{{"category", list}}}}, nil
}

func getFAQContents(c *call) (any, error) {
	query, err := c.arrayOfOne()
	if err != nil {
		return nil, err
	}
	if _, isBoolean := query["category_id"].(bool); isBoolean {
		return nil, c.badShape("category_id is a boolean, not a text")
	}
	if err := c.scalars(query, "category_id", "start_index", "end_index", "start_date", "end_date"); err != nil {
		return nil, err
	}
	id := query.text("category_id")
	if id == "" {
		return nil, c.ownFailure(http.StatusBadRequest, "category_id is missing")
	}

	found, err := c.contentsOf(query, c.world.category(id))
	if err != nil {
		return nil, err
	}
	p, err := c.contentWindow(query, len(found))
	if err != nil {
		return nil, err
	}

	list := append([]any{}, found[p.from:p.to]...)
	return object{{"message", object{{"contents", list}}}, {"status", "success"}}, nil
}

// contentsOf returns the questions of a category that a query asks for.
func (c *call) contentsOf(query fields, of *category) ([]any, error) {
	var days window
	dated := query.text("start_date", "end_date") != ""
	if dated {
		var ok bool
		days, ok = parseWindow(query.text("start_date"), query.text("end_date"))
		if !ok {
			const text = "start_date and end_date must be two days, the first not after the second"
			return nil, c.ownFailure(http.StatusBadRequest, text)
		}
	}

	if of == nil || query.text("employee_id") != "" { // the questions here have no author
		return nil, nil
	}
	var found []any
	for _, x := range of.contents {
		if !dated || days.holds(x.created) {
			found = append(found, object{{"id", x.id}, {"title", x.title}, {"detail", x.detail}})
		}
	}
	return found, nil
}

// contentWindow cuts a window out of so many questions, by its indexes.
func (c *call) contentWindow(query fields, records int) (page, error) {
	start, err := c.count(query, "start_index", 0)
	if err != nil {
		return page{}, err
	}
	end, err := c.count(query, "end_index", 20)
	if err != nil {
		return page{}, err
	}

	if c.fault.Kind == OverlappingPages && start > 0 {
		start--
	}
	return c.fault.page(start, max(end-start, 0), records), nil
}
