package page

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// row is one exchange in the list.
type row struct {
	*Exchange
	Number  int
	Class   string // good, bad or open
	Verdict string
	Codes   []string
	Chosen  bool
}

func newRow(x *Exchange) row {
	r := row{Exchange: x, Number: x.number}
	switch {
	case len(x.Findings) > 0:
		r.Class = "bad"
		r.Verdict = words.Plural(len(x.Findings), "finding")
	case x.Unchecked != "":
		r.Class = "open"
		r.Verdict = "not checked"
	default:
		r.Class = "good"
		r.Verdict = "conforms"
	}

	for _, f := range x.Findings {
		if !slices.Contains(r.Codes, f.Code) && len(r.Codes) < 3 {
			r.Codes = append(r.Codes, f.Code)
		}
	}
	return r
}

// liveBody is what the page of exchanges shows.
type liveBody struct {
	Rows   []row // newest first
	Totals totals
	Last   string // the event after which the stream continues
	Try    string // a command for the first request
	Detail *detail
}

func (p *Page) listOf(r *http.Request, chosen int) liveBody {
	exchanges, totals, _ := p.ring.after(0)
	body := liveBody{Totals: totals, Last: p.eventID(totals.Seen), Try: p.firstRequest(r)}
	for _, x := range slices.Backward(exchanges) {
		one := newRow(x)
		one.Chosen = x.number == chosen
		body.Rows = append(body.Rows, one)
	}
	return body
}

func (p *Page) live(w http.ResponseWriter, r *http.Request) {
	p.show(w, "live.html", frame{Title: "Live", Here: "live", Body: p.listOf(r, 0)})
}

func (p *Page) exchange(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("number"))
	x := p.ring.find(number)
	if err != nil || x == nil {
		p.missing(w, "live", "This exchange is not kept any more, or there never was one of this number.")
		return
	}

	d := p.detailOf(x)
	if r.URL.Query().Has("part") { // the script puts it next to the list
		p.show(w, "detail", frame{Title: d.Title(), Here: "live", Body: d})
		return
	}
	body := p.listOf(r, number)
	body.Detail = d
	p.show(w, "live.html", frame{Title: d.Title(), Here: "live", Body: body})
}
