package conformance

import "slices"

// Fault says who has to change something.
type Fault string

// The three parties.
const (
	FaultContract Fault = "contract" // the description is wrong or incomplete
	FaultServer   Fault = "server"   // the server breaks what is documented
	FaultClient   Fault = "client"   // the request breaks the contract
)

// Side tells a request from its answer.
type Side string

// The two sides of an exchange, and what a client does beyond any one of them.
const (
	SideRequest  Side = "request"
	SideResponse Side = "response"
	SideClient   Side = "client"
)

// Class is the strongest kind of evidence that the contract names for a fact,
// from its x-evidence extension. Empty: it names none.
type Class string

// The classes of evidence, strongest first.
const (
	Documented Class = "documented" // a page of the vendor states it
	Observed   Class = "observed"   // somebody saw it, no page states it
	Inferred   Class = "inferred"   // reasoned from the rest
)

// Finding is one way in which an exchange breaks the contract. Its field names
// in JSON are stable.
type Finding struct {
	// Code is stable; see [Explain].
	Code  string `json:"code"`
	Fault Fault  `json:"fault"`
	// Why says in a sentence which evidence decided whose fault it is.
	Why       string `json:"why"`
	Exchange  string `json:"exchange,omitempty"`
	Operation string `json:"operation,omitempty"`
	Side      Side   `json:"side"`
	// Part is the part of that side: "body", "status", "method", "path",
	// "credential", "header NAME", "query NAME", "program".
	Part string `json:"part"`
	// HTTPStatus is the status of the answer, 0 for a request.
	HTTPStatus int `json:"http_status,omitempty"`
	// Pointer is the JSON pointer (RFC 6901) of the value; "" is the whole.
	// A missing member is named by the pointer that it would have.
	Pointer string `json:"pointer"`
	// Line, Column and Offset place a fault of the JSON text: line and column
	// count from one, in characters; the offset counts bytes from zero.
	Line   int   `json:"line,omitempty"`
	Column int   `json:"column,omitempty"`
	Offset int64 `json:"offset,omitempty"`
	// Keyword is the violated keyword of the schema.
	Keyword string `json:"keyword,omitempty"`
	// Schema is the nearest named component schema.
	Schema string `json:"schema,omitempty"`
	// Expected and Actual are shapes such as "string", "string(11)",
	// "object{3}", "array[2]", "absent".
	Expected string `json:"expected,omitempty"`
	Actual   string `json:"actual,omitempty"`
	// Value is the value itself as JSON, only with [WithValues].
	Value string `json:"value,omitempty"`
	// Location is file:line of the violated keyword in the contract, if the
	// document was loaded with its origins.
	Location string `json:"location,omitempty"`
	Evidence Class  `json:"evidence,omitempty"`
	// Sources are what the contract cites for that evidence.
	Sources []string `json:"sources,omitempty"`
	Message string   `json:"message"`
	Hint    string   `json:"hint,omitempty"`
	// Differs lists where the body differs from the answer that was due.
	Differs []Difference `json:"differs,omitempty"`
	// Count is how often the same thing was found in elements of the same
	// array, at least 1; Also names some of the further places.
	Count int      `json:"count"`
	Also  []string `json:"also,omitempty"`
}

// Difference is one place where a body differs from a schema.
type Difference struct {
	Pointer  string `json:"pointer"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Location string `json:"location,omitempty"`
}

// Drift is a member that a body has and the contract does not declare. It is
// no finding: the contract may grow by it.
type Drift struct {
	Exchange  string `json:"exchange,omitempty"`
	Operation string `json:"operation,omitempty"`
	Side      Side   `json:"side"`
	Pointer   string `json:"pointer"`
	Name      string `json:"name"`
	Shape     string `json:"shape"`
	// Schema and Location name the object schema that lacks the member.
	Schema   string `json:"schema,omitempty"`
	Location string `json:"location,omitempty"`
	// Near is a declared name that differs only in letter case or in blanks
	// and underscores.
	Near string `json:"near,omitempty"`
	// Allowed says that the schema says additionalProperties: true, so that
	// further members are expected.
	Allowed bool `json:"allowed,omitempty"`
	// Count is how often it was met in elements of the same array.
	Count int `json:"count"`
}

// Branch tells which branch of a oneOf a value was checked against.
type Branch struct {
	Side    Side   `json:"side"`
	Pointer string `json:"pointer"`
	// Component is the branch's component name, or its number from zero for
	// a branch without a name.
	Component string `json:"component"`
}

// Result is what a check found.
type Result struct {
	Name      string
	Operation string
	// Findings is empty if the exchange conforms.
	Findings []Finding
	// Noticed is what was wrong with a request that was declared invalid.
	Noticed []Finding
	Drift   []Drift
	// Answer is the component that the answer was checked against, as far as
	// it has a name.
	Answer   string
	Branches []Branch
	// Seen feeds [Coverage].
	Seen Seen
}

// OK reports whether nothing was found.
func (r Result) OK() bool { return len(r.Findings) == 0 }

// RequestOK reports whether nothing was found on the request's side.
func (r Result) RequestOK() bool { return !r.has(SideRequest) }

// ResponseOK reports whether nothing was found on the answer's side.
func (r Result) ResponseOK() bool { return !r.has(SideResponse) }

func (r Result) has(side Side) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Side == side })
}
