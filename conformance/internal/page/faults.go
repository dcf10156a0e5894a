package page

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
)

// Faults are the switches of a mock.
type Faults interface {
	// Operations lists what a fault can hit; "*" is every operation.
	Operations() []string
	Kinds() []FaultKind
	Armed() []ArmedFault
	// Arm arms a fault. settings are as on the command line: "2", "25%,after=10".
	Arm(operation, kind, settings string) error
	// Disarm disarms one fault, and DisarmAll all of them. One that is not armed
	// any more is not an error.
	Disarm(id int)
	DisarmAll()
}

// FaultKind is a fault that a mock offers.
type FaultKind struct {
	Name string
	// Text says in a few words what it does.
	Text string
	// Group says what kinds have in common, as a heading.
	Group string
}

// ArmedFault is a fault that is armed.
type ArmedFault struct {
	ID   int
	Text string // as on the command line, for example "*=stall:2"
	Hits int
}

// faultsBody is what the switches show.
type faultsBody struct {
	Operations []string
	Groups     []faultGroup
	Armed      []ArmedFault
	// Operation, Kind, Settings and Error are those of a form that was rejected.
	Operation, Kind, Settings string
	Error                     string
}

type faultGroup struct {
	Name  string
	Kinds []FaultKind
}

func (p *Page) showFaults(w http.ResponseWriter, _ *http.Request) {
	p.faultsPage(w, faultsBody{}, http.StatusOK)
}

func (p *Page) faultsPage(w http.ResponseWriter, body faultsBody, status int) {
	faults := p.offeredFaults()
	if faults == nil {
		p.missing(w, "faults", "Only a mock has faults: start kapture-conformance mock, or put the proxy before one.")
		return
	}

	body.Operations = faults.Operations()
	body.Armed = faults.Armed()
	for _, kind := range faults.Kinds() {
		last := len(body.Groups) - 1
		if last < 0 || body.Groups[last].Name != kind.Group {
			body.Groups = append(body.Groups, faultGroup{Name: kind.Group})
			last++
		}
		body.Groups[last].Kinds = append(body.Groups[last].Kinds, kind)
	}
	p.show(w, "faults.html", frame{Title: "Faults", Here: "faults", Status: status, Body: body})
}

// maxForm bounds the form of a fault, in bytes.
const maxForm = 4 << 10

// readForm reads a form about the offered faults. If it cannot, or if there are
// none, it responds so and returns nil.
func (p *Page) readForm(w http.ResponseWriter, r *http.Request) Faults {
	faults := p.offeredFaults()
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil || faults == nil {
		p.faultsPage(w, faultsBody{Error: "The form could not be read."}, http.StatusBadRequest)
		return nil
	}
	return faults
}

func (p *Page) armFault(w http.ResponseWriter, r *http.Request) {
	faults := p.readForm(w, r)
	if faults == nil {
		return
	}

	body := faultsBody{
		Operation: cmp.Or(r.PostForm.Get("operation"), "*"),
		Kind:      r.PostForm.Get("kind"),
		Settings:  r.PostForm.Get("settings"),
	}
	if err := faults.Arm(body.Operation, body.Kind, body.Settings); err != nil {
		body.Error = err.Error()
		p.faultsPage(w, body, http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, Path+"faults", http.StatusSeeOther)
}

// clearFaults disarms the fault that the form names, or all.
func (p *Page) clearFaults(w http.ResponseWriter, r *http.Request) {
	faults := p.readForm(w, r)
	if faults == nil {
		return
	}

	if text := r.PostForm.Get("id"); text != "" {
		id, err := strconv.Atoi(text)
		if err != nil {
			message := fmt.Sprintf("There is no fault %q.", text)
			p.faultsPage(w, faultsBody{Error: message}, http.StatusBadRequest)
			return
		}
		faults.Disarm(id)
	} else {
		faults.DisarmAll()
	}
	http.Redirect(w, r, Path+"faults", http.StatusSeeOther)
}
