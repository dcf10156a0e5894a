package mock

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

var faqOperations = map[string]operation{
	"getFAQContents":   only(use{y2024, "invalid-auth-key", getFAQContents}),
	"getFAQCategories": {use: only(use{y2024, "invalid-auth-key", getFAQCategories}).use, noBody: true},
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

func (w *world) addContent(to *category, title, detail string, created time.Time) int64 {
	c := content{firstContent + w.contents, title, detail, created}
	to.contents = append(to.contents, c)
	w.contents++
	w.records++
	return c.id
}

// fillFAQ puts the samples' questions into a fresh world, since no call writes
// any: more of them than one window of twenty holds, and a category without.
func (w *world) fillFAQ(created time.Time) {
	pens := w.addCategory("Pens", "Stationery")
	w.addContent(pens, "Is any warranty on Pens?", "Pens have a warranty of 30 days.", created)
	for n := range 24 {
		w.addContent(pens, fmt.Sprintf("Question %d on Pens?", n+2), fmt.Sprintf("Answer %d.", n+2), created)
	}
	w.addCategory("Erasers", "Stationery")
}

func getFAQCategories(c *call) answer {
	list := []any{}
	for _, x := range c.world.categories {
		list = append(list, object{{"id", x.id}, {"name", x.name}, {"parentCategoryName", x.parent}})
	}
	return success(object{{"message", object{{"category", list}}}})
}

func getFAQContents(c *call) answer {
	q, refused, ok := c.one()
	if !ok {
		return refused
	}
	id := q.text("category_id")
	if id == "" {
		return c.own(http.StatusBadRequest, "category_id is missing")
	}
	var w window
	dated := q.text("start_date", "end_date") != ""
	if dated {
		if w, ok = parseWindow(q.text("start_date"), q.text("end_date")); !ok {
			return c.own(http.StatusBadRequest, "start_date and end_date must be two days, the first not after the second")
		}
	}
	indexes := [2]int64{0, 20}
	for i, name := range []string{"start_index", "end_index"} {
		if s := q.text(name); s != "" {
			if indexes[i], ok = number(s); !ok || indexes[i] < 0 {
				return c.own(http.StatusBadRequest, "%s is %q; it must be a number", name, clip(s))
			}
		}
	}
	var found []any
	for _, x := range c.world.categories {
		if scalar(x.id) != id || q.text("employee_id") != "" { // the questions here have no author
			continue
		}
		for _, content := range x.contents {
			if !dated || w.holds(content.created) {
				found = append(found, object{{"id", content.id}, {"title", content.title}, {"detail", content.detail}})
			}
		}
	}
	from := min(indexes[0], int64(len(found)))
	to := max(min(indexes[1], int64(len(found))), from)
	switch c.fault.Kind {
	case PageCap:
		to = min(to, from+int64(cmp.Or(c.fault.Size, 1)))
	case OverlappingPages:
		from = max(from-1, 0)
	case RepeatingPages:
		from, to = 0, min(to-from, int64(len(found)))
	}
	window := append([]any{}, found[from:to]...)
	return success(object{{"message", object{{"contents", window}}}, {"status", "success"}})
}
