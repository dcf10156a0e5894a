package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// Bounds of what one exchange can make a result hold.
const (
	maxFindings = 200
	maxDrift    = 500
	maxAlso     = 5
)

// collector gathers what one exchange gives. The same fault in many elements
// of one array is one finding with a count.
type collector struct {
	exchange, operation string
	status              int
	values              bool

	findings []Finding
	at       map[groupKey]int
	more     bool

	drift   []Drift
	driftAt map[groupKey]int
}

type groupKey struct {
	code, side, part, where, location string
}

func (c *collector) add(f Finding, generic string) {
	if !c.values {
		f.Pointer, generic = hideNames(f.Pointer, &f.Message, &f.Actual), hideNames(generic)
	}
	key := groupKey{f.Code, string(f.Side), f.Part, generic, f.Location + f.Expected}
	if i, ok := c.at[key]; ok {
		had := &c.findings[i]
		// Two ways through the schema may lead to the same place and rule.
		if had.Pointer == f.Pointer && had.Offset == f.Offset || slices.Contains(had.Also, f.Pointer) {
			return
		}
		had.Count++
		if len(had.Also) < maxAlso {
			had.Also = append(had.Also, f.Pointer)
		}
		return
	}
	if len(c.findings) >= maxFindings {
		if c.more {
			return
		}
		c.more = true
		f = Finding{
			Code: CodeTooManyFindings, Fault: f.Fault, Why: f.Why, Side: f.Side, Part: f.Part,
			Message: "the exchange breaks the contract in more ways than are kept",
			Hint:    "correct what is listed, then check again",
		}
	}
	f.Exchange, f.Operation, f.Count = c.exchange, c.operation, 1
	if f.Side == SideResponse {
		f.HTTPStatus = c.status
	}
	if c.at == nil {
		c.at = map[groupKey]int{}
	}
	c.at[key] = len(c.findings)
	c.findings = append(c.findings, f)
}

func (c *collector) addDrift(d Drift, generic string) {
	if !c.values {
		d.Pointer, d.Name, generic = hideNames(d.Pointer), hideName(d.Name), hideNames(generic)
	}
	key := groupKey{side: string(d.Side), where: generic, location: d.Schema}
	if i, ok := c.driftAt[key]; ok {
		c.drift[i].Count++
		return
	}
	if len(c.drift) >= maxDrift {
		return
	}
	d.Exchange, d.Operation, d.Count = c.exchange, c.operation, 1
	if c.driftAt == nil {
		c.driftAt = map[groupKey]int{}
	}
	c.driftAt[key] = len(c.drift)
	c.drift = append(c.drift, d)
}

// hideNames takes values out of a pointer, and out of texts that quote its
// members: a body may have a customer's phone or address for a member's name.
func hideNames(pointer string, texts ...*string) string {
	if !valueLike(pointer) {
		return pointer
	}
	steps := strings.Split(pointer, "/")
	for i, step := range steps {
		name := jsonvalue.Unescape(step)
		if !valueLike(name) {
			continue
		}
		steps[i] = hideName(name)
		for _, text := range texts {
			*text = strings.ReplaceAll(*text, strconv.Quote(name), steps[i])
		}
	}
	return strings.Join(steps, "/")
}

func hideName(name string) string {
	if !valueLike(name) {
		return name
	}
	return fmt.Sprintf("(%d characters)", utf8.RuneCountInString(name))
}

// valueLike reports whether a name looks like a value: no page has a member
// with an at sign, seven digits in a row, or so many letters.
func valueLike(name string) bool {
	digits := 0
	for _, r := range name {
		if digits++; r < '0' || r > '9' {
			digits = 0
		}
		if digits == 7 || r == '@' {
			return true
		}
	}
	return len(name) > 100
}

var plainName = strings.NewReplacer("_", "", " ", "", "-", "")

// fold gives what a reader would take for the same name.
func fold(name string) string { return strings.ToLower(plainName.Replace(name)) }
