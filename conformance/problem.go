package conformance

import (
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// problem is one way in which a message breaks the contract, or the rules of
// JSON and HTTP. Checks return problems; [report] makes findings of them.
type problem struct {
	code string
	part string // of the message, as in [Finding.Part]

	// What decides whose fault it is. Normally that is the evidence of the
	// broken rule, or if it has none, that of the message; see [source].
	evidence *evidence
	// under is the evidence of the body under the response's status. If that is
	// weaker, it decides: a component may be documented elsewhere.
	under *evidence
	// rows are what the tables of the pages say about the field.
	rows []tableRow
	// bySender says that JSON or HTTP itself forbids it, so that its sender is at
	// fault.
	bySender bool
	// fault, with why, is set if none of these decides.
	fault Fault
	why   string

	// What is broken, in the contract.
	place   place
	keyword string
	schema  string

	// Where, in the body. generic is the pointer with "*" for each index.
	pointer string
	generic string
	line    int
	column  int
	offset  int

	expected string
	actual   string
	value    any // with hasValue, because null is a value
	hasValue bool
	message  string
	hint     string
	// differs lists where the body differs from an expected response.
	differs []problem

	// Set by problemList.
	count int
	also  []string
}

// place is an element of the contract, one of its keywords, or one entry of a
// keyword's list.
type place struct {
	origin  *openapi3.Origin
	keyword string
	entry   string
}

// Bounds of what one exchange can make a result hold.
const (
	maxFindings = 200
	maxDrift    = 500
	maxAlso     = 5
)

// problemList gathers problems. The same problem in many elements of one array
// is kept once, with a count, so that a long list costs no memory.
type problemList struct {
	// hide removes names that look like values.
	hide  bool
	list  []problem
	index map[problemKey]int
}

// problemKey identifies problems that are the same.
type problemKey struct {
	code     string
	part     string
	generic  string
	place    place
	expected string
}

func (l *problemList) add(p problem) {
	if l.hide {
		p.pointer = hideNames(p.pointer, &p.message, &p.actual)
		p.generic = hideNames(p.generic)
	}

	key := problemKey{p.code, p.part, p.generic, p.place, p.expected}
	if i, ok := l.index[key]; ok {
		l.list[i].repeat(p)
		return
	}
	if len(l.list) > maxFindings {
		return
	}
	if l.index == nil {
		l.index = map[problemKey]int{}
	}
	l.index[key] = len(l.list)
	p.count = 1
	l.list = append(l.list, p)
}

// repeat counts the same problem at another place.
func (p *problem) repeat(again problem) {
	// Two ways through the schema may lead to the same place and rule.
	samePlace := p.pointer == again.pointer && p.offset == again.offset
	if samePlace || slices.Contains(p.also, again.pointer) {
		return
	}
	p.count++
	if len(p.also) < maxAlso {
		p.also = append(p.also, again.pointer)
	}
}

// driftList gathers drift in the same way as problemList.
type driftList struct {
	hide  bool
	list  []Drift
	index map[driftKey]int
}

type driftKey struct {
	generic string
	schema  string
}

// add adds a drift with its count.
func (l *driftList) add(d Drift, generic string) {
	if l.hide {
		d.Pointer = hideNames(d.Pointer)
		d.Name = jsonvalue.HideName(d.Name)
		generic = hideNames(generic)
	}

	key := driftKey{generic, d.Schema}
	if i, ok := l.index[key]; ok {
		l.list[i].Count += d.Count
		return
	}
	if len(l.list) >= maxDrift {
		return
	}
	if l.index == nil {
		l.index = map[driftKey]int{}
	}
	l.index[key] = len(l.list)
	l.list = append(l.list, d)
}

// hideNames removes values from a pointer, and from texts that quote its
// fields: a body may use a customer's phone number or address as a field name.
func hideNames(pointer string, texts ...*string) string {
	if !jsonvalue.ValueLike(pointer) {
		return pointer
	}

	steps := strings.Split(pointer, "/")
	for i, step := range steps {
		name := jsonvalue.Unescape(step)
		if !jsonvalue.ValueLike(name) {
			continue
		}
		steps[i] = jsonvalue.HideName(name)
		for _, text := range texts {
			*text = strings.ReplaceAll(*text, strconv.Quote(name), steps[i])
		}
	}
	return strings.Join(steps, "/")
}

var withoutSeparators = strings.NewReplacer("_", "", " ", "", "-", "")

// fold maps names that a reader would take for the same to one text.
func fold(name string) string { return strings.ToLower(withoutSeparators.Replace(name)) }
