package conformance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault says who has to change something.
type Fault string

// The three parties.
const (
	FaultContract Fault = "contract" // the description is wrong or incomplete
	FaultServer   Fault = "server"   // the server breaks what is documented
	FaultClient   Fault = "client"   // the request breaks the contract
)

// Side says which part of an exchange something is about.
type Side string

// The two sides of an exchange, and what a client does beyond a single one.
const (
	SideRequest  Side = "request"
	SideResponse Side = "response"
	SideClient   Side = "client"
)

// Class is the strongest kind of evidence that the contract names for a fact,
// from its x-evidence extension. It is empty if the contract names none.
type Class string

// The classes of evidence, strongest first.
const (
	Documented Class = "documented" // a page of the vendor states it
	Observed   Class = "observed"   // it was seen, but no page states it
	Inferred   Class = "inferred"   // it follows from the rest
)

// Finding is one way in which an exchange breaks the contract. Its field names
// in JSON are stable.
type Finding struct {
	// Code is stable; see [Explain].
	Code string `json:"code"`
	// Fault says whose fault it is.
	Fault Fault `json:"fault"`
	// Why says in a sentence which evidence decided whose fault it is.
	Why string `json:"why"`
	// Exchange is the name of the exchange, if it has one.
	Exchange string `json:"exchange,omitempty"`
	// Operation is the operationId; empty if no operation has the address.
	Operation string `json:"operation,omitempty"`
	// Side is the message that breaks the contract: request or response.
	Side Side `json:"side"`
	// Part is the part of that side: "body", "status", "method", "path",
	// "credential", "header NAME", "query NAME" or "program".
	Part string `json:"part"`
	// HTTPStatus is the status of the response, 0 for a request.
	HTTPStatus int `json:"http_status,omitempty"`
	// Pointer is the JSON pointer (RFC 6901) of the value; "" is the whole
	// body. A missing field has the pointer that it would have.
	Pointer string `json:"pointer"`
	// Line, Column and Offset place a fault of the JSON text. Line and column
	// count from one, the column in characters; the offset counts bytes from
	// zero.
	Line   int   `json:"line,omitempty"`
	Column int   `json:"column,omitempty"`
	Offset int64 `json:"offset,omitempty"`
	// Keyword is the broken keyword of the schema.
	Keyword string `json:"keyword,omitempty"`
	// Schema is the nearest named component schema.
	Schema string `json:"schema,omitempty"`
	// Expected and Actual are shapes such as "string", "string(11)",
	// "object{3}", "array[2]", "absent".
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Value is the value as JSON, only with [WithValues].
	Value string `json:"value,omitempty"`
	// Location is file:line of the broken keyword in the contract, if the
	// document was loaded with its origins.
	Location string `json:"location,omitempty"`
	// Reference is the same place as a JSON pointer into the contract as one
	// document: "dist/things.json#/components/schemas/Thing/required/0". See
	// [WithBundle].
	Reference string `json:"reference,omitempty"`
	// Evidence is the strongest class of evidence for the broken fact.
	Evidence Class `json:"evidence,omitempty"`
	// Sources are what the contract cites for that evidence.
	Sources []string `json:"sources,omitempty"`
	// Message says what is wrong in one line.
	Message string `json:"message"`
	// Hint says what may be meant or what to do, if that can be told.
	Hint string `json:"hint,omitempty"`
	// Differs lists where the body differs from the expected response.
	Differs []Difference `json:"differs,omitempty"`
	// Count is how often the same thing was found in elements of the same
	// array, at least 1; Also names some of the further places.
	Count int      `json:"count"`
	Also  []string `json:"also,omitempty"`
}

// String writes the finding in one line, as the program prints it. It has no
// value of a body.
func (f Finding) String() string {
	name := f.Operation
	if name == "" {
		name = f.Exchange
	}

	place := f.Code
	if f.Pointer != "" {
		place += " " + f.Pointer
	}

	blame := fmt.Sprintf("fault of the %s", f.Fault)
	if f.Location != "" {
		blame = f.Location + ", " + blame
	}

	return strings.TrimPrefix(fmt.Sprintf("%s: %s: %s (%s)", name, place, f.Message, blame), ": ")
}

// Difference is one place where a body differs from a schema. Its fields mean what
// those of [Finding] do.
type Difference struct {
	Pointer   string `json:"pointer"`
	Expected  string `json:"expected"`
	Actual    string `json:"actual"`
	Location  string `json:"location,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// Drift is a field that a body has and the contract does not declare. It is
// not a finding: it may be added to the contract. Name is the field's name, Shape
// that of its value; the fields that Finding has too mean the same here.
type Drift struct {
	Exchange  string `json:"exchange,omitempty"`
	Operation string `json:"operation,omitempty"`
	Side      Side   `json:"side"`
	Pointer   string `json:"pointer"`
	Name      string `json:"name"`
	Shape     string `json:"shape"`
	// Schema, Location and Reference name the object schema that lacks the
	// field.
	Schema    string `json:"schema,omitempty"`
	Location  string `json:"location,omitempty"`
	Reference string `json:"reference,omitempty"`
	// Near is a declared name that differs only in letter case, spaces,
	// underscores or hyphens.
	Near string `json:"near,omitempty"`
	// Allowed reports that the schema says additionalProperties: true, so that
	// more fields are expected.
	Allowed bool `json:"allowed,omitempty"`
	// Count is how often it was found in elements of the same array.
	Count int `json:"count"`
}

// Result is what a check found.
type Result struct {
	Name      string // of the exchange
	Operation string // the operationId; empty if none has the address
	// Status is the HTTP status of the response, 0 if there is none.
	Status int
	// Findings is empty if the exchange conforms.
	Findings []Finding
	// Noticed is what was found in a request that was declared invalid.
	Noticed []Finding
	// Drift lists the fields that the contract does not declare.
	Drift []Drift
	// Response is the component that the response was checked against, if it
	// has a name.
	Response string
	// Seen feeds [Coverage].
	Seen Seen
	// Err is set if the check did not finish, because its context ended, or if
	// a body was not seen whole: [ErrUnchecked].
	Err error
}

// OK reports whether everything was checked and nothing was found.
func (r Result) OK() bool { return r.Err == nil && len(r.Findings) == 0 }

// RequestOK reports whether everything was checked and nothing was found on the
// request's side.
func (r Result) RequestOK() bool { return r.Err == nil && !r.has(SideRequest) }

// ResponseOK reports whether everything was checked and nothing was found on
// the response's side.
func (r Result) ResponseOK() bool { return r.Err == nil && !r.has(SideResponse) }

// Join returns the result of an exchange, of which r is the result of the request
// and response that of the response. A request that must be checked before its
// response is there need not be checked again with it.
func (r Result) Join(response Result) Result {
	joined := response
	joined.Findings = slices.Concat(r.Findings, response.Findings)
	joined.Noticed = slices.Concat(r.Noticed, response.Noticed)
	joined.Drift = slices.Concat(r.Drift, response.Drift)
	joined.Seen.request = r.Seen.request
	joined.Err = cmp.Or(r.Err, response.Err)
	return joined
}

func (r Result) has(side Side) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Side == side })
}

// source is a side of an exchange. Its evidence counts if a broken rule has none:
// that of the response under its status, or else that of the operation.
type source struct {
	side     Side
	status   int // of the response; 0 for a request
	evidence *evidence
}

// report makes findings of problems. This is the only place that decides whose
// fault something is.
type report struct {
	checker   *Checker
	exchange  string
	operation string
	findings  []Finding
}

func (r *report) add(from source, problems []problem) {
	for _, p := range problems {
		if len(r.findings) > maxFindings {
			return
		}
		f := r.finding(from, p)
		if len(r.findings) == maxFindings {
			f = tooMany(f)
		}
		r.findings = append(r.findings, f)
	}
}

// tooMany returns the finding that replaces the first one that is not kept.
func tooMany(f Finding) Finding {
	return Finding{
		Code:       CodeTooManyFindings,
		Fault:      f.Fault,
		Why:        f.Why,
		Exchange:   f.Exchange,
		Operation:  f.Operation,
		Side:       f.Side,
		Part:       f.Part,
		HTTPStatus: f.HTTPStatus,
		Message:    "the exchange breaks the contract in more ways than are kept",
		Hint:       "correct what is listed, then check again",
		Count:      1,
	}
}

func (r *report) finding(from source, p problem) Finding {
	f := Finding{
		Code:       p.code,
		Exchange:   r.exchange,
		Operation:  r.operation,
		Side:       from.side,
		Part:       p.part,
		HTTPStatus: from.status,
		Pointer:    p.pointer,
		Line:       p.line,
		Column:     p.column,
		Offset:     int64(p.offset),
		Keyword:    p.keyword,
		Schema:     p.schema,
		Location:   r.checker.locate.of(p.place),
		Reference:  r.checker.refer.of(p.place),
		Expected:   p.expected,
		Actual:     p.actual,
		Message:    p.message,
		Hint:       p.hint,
		Count:      max(p.count, 1),
		Also:       p.also,
	}
	if r.checker.values && p.hasValue {
		f.Value = literal(p.value)
	}
	for _, d := range p.differs[:min(len(p.differs), maxDifferences)] {
		f.Differs = append(f.Differs, Difference{
			Pointer:   d.pointer,
			Expected:  d.expected,
			Actual:    d.actual,
			Location:  r.checker.locate.of(d.place),
			Reference: r.checker.refer.of(d.place),
		})
	}

	e := r.decide(&f, from, p)
	if e != nil {
		f.Evidence = e.class
		f.Sources = e.sources
	}
	return f
}

// decide sets whose fault a finding is, and returns the evidence that counts.
func (r *report) decide(f *Finding, from source, p problem) *evidence {
	if p.fault != "" {
		f.Fault = p.fault
		f.Why = p.why
		return p.evidence
	}
	if p.bySender {
		f.Fault, f.Why = blameSender(from.side)
		return nil
	}

	e := cmp.Or(p.evidence, from.evidence)
	if from.side == SideResponse {
		e = weaker(e, p.under)
	}
	f.Fault, f.Why = blame(from.side, e)
	if row, ok := p.blamedByTable(); ok {
		f.Fault = FaultContract
		f.Why = fmt.Sprintf("the contract does not follow the table of %s, which says %q", row.page, row.text)
	}
	return e
}

// maxDifferences bounds what a finding lists of another response.
const maxDifferences = 20
