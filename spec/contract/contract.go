// Package contract is the contract for Go programs: its operations, their uses,
// failures, successes and evidence, as plain values.
//
// It holds the parts of the contract that OpenAPI has no words for (x-uses,
// x-failures, x-successes, x-idempotent, x-evidence, x-failure-codes) and the
// little that a program needs to find an operation. The values are written by
// spec/bundle from the authored files, so a program that imports this package
// reads no YAML at its start and links no OpenAPI library. Schemas are not here:
// package spec has the whole document.
//
// For a document that differs from the contract of this repository, such as an
// edited copy, package fromdoc gives the same values.
package contract

import (
	"regexp"
	"slices"
)

// Contract is one contract. Its values are shared: treat them as read-only.
type Contract struct {
	Title   string // of the document's info
	Version string // of the document's info: the version of the contract
	// Operations are listed by resource, in the order of the contract's tags,
	// and within a resource as the contract lists them.
	Operations []Operation
	// FailureCodes are the codes that failures may have, from x-failure-codes.
	FailureCodes []FailureCode
}

// Kapture returns the contract of this repository.
func Kapture() *Contract { return &kapture }

// Operations lists the operations of [Kapture].
func Operations() []Operation { return kapture.Operations }

// FailureCodes lists the codes that failures of [Kapture] may have, with their
// descriptions.
func FailureCodes() []FailureCode { return kapture.FailureCodes }

// ByID returns the operation of [Kapture] with this operationId, and whether
// there is one.
func ByID(id string) (Operation, bool) { return kapture.ByID(id) }

// ByID returns the operation with this operationId, and whether there is one.
func (c *Contract) ByID(id string) (Operation, bool) {
	return find(c.Operations, func(o Operation) bool { return o.ID == id })
}

// FailureCode returns the entry of x-failure-codes with this code, and whether
// there is one.
func (c *Contract) FailureCode(code string) (FailureCode, bool) {
	return find(c.FailureCodes, func(f FailureCode) bool { return f.Code == code })
}

// Operation is one method of one path.
type Operation struct {
	ID       string // the operationId
	Resource string // the tag: customers, tickets and so on
	Method   string // in capitals
	Path     string // with its leading slash, relative to the tenant's host
	Summary  string // one line
	// Idempotent operations only read, so they may be repeated after any
	// failure.
	Idempotent bool
	Deprecated bool // an operation of a later generation does the same
	// Statuses are the HTTP statuses that have a response, sorted as texts. One
	// of them may be "default" or a range such as "5XX".
	Statuses  []string
	Uses      []Use     // in the order of the contract
	Failures  []Outcome // documented and inferred ones
	Successes []Outcome // empty for an operation whose success has no text
	Evidence  Evidence  // of the operation as a whole
}

// Generations lists the generations of the operation's uses, in their order.
func (o Operation) Generations() []string {
	var list []string
	for _, use := range o.Uses {
		if !slices.Contains(list, use.Generation) {
			list = append(list, use.Generation)
		}
	}
	return list
}

// Use returns the use with this name in this generation, and whether there is
// one.
func (o Operation) Use(name, generation string) (Use, bool) {
	return find(o.Uses, func(u Use) bool { return u.Name == name && u.Generation == generation })
}

// Failure returns the failure with this name, and whether there is one.
func (o Operation) Failure(name string) (Outcome, bool) { return named(o.Failures, name) }

// Success returns the success with this name, and whether there is one.
func (o Operation) Success(name string) (Outcome, bool) { return named(o.Successes, name) }

// Use is one of the uses of one URL, from x-uses. Pages of several generations
// share URLs and differ in what they send and expect there.
type Use struct {
	Name       string `json:"name"`       // "add", "search" and so on
	Generation string `json:"generation"` // of the page: "2024", "2019-20"
	Summary    string `json:"summary"`    // one line
	Request    string `json:"request"`    // the component of the request body; empty for none
	Response   string `json:"response"`   // the component of a successful response
}

// String names the use as findings do, for example "add (2024)".
func (u Use) String() string { return u.Name + " (" + u.Generation + ")" }

// Outcome is a text that Kapture returns, from x-failures or x-successes.
type Outcome struct {
	// Name is unique in its list: "not-found".
	Name string `json:"name"`
	// Code groups failures by their meaning, see [FailureCode]. A success has
	// none.
	Code    string `json:"code"`
	Message string `json:"message"` // as printed, misspellings included
	// Pattern fits every text of an outcome whose text varies. Message is then
	// the text that the page prints.
	Pattern  string   `json:"pattern"`
	Field    string   `json:"field"`    // the field that has the text
	Status   string   `json:"status"`   // the value of status in that response; empty for a success
	HTTP     []int    `json:"http"`     // the statuses that the page gives; empty if it gives none
	When     string   `json:"when"`     // the case in which it is returned, as a sentence
	Response string   `json:"response"` // the component of the response
	Evidence Evidence `json:"x-evidence"`
}

// Matches reports whether a text is the outcome's message or, if the outcome has
// a pattern, fits the pattern.
func (o Outcome) Matches(text string) bool {
	if o.Pattern == "" {
		return text == o.Message
	}
	fits, err := regexp.MatchString(o.Pattern, text)
	return err == nil && fits
}

// FailureCode is a code for texts with one meaning. The pages have no codes and
// the wire carries none: they are the contract's own. A slash precedes a
// narrower code, so "missing/title" is a "missing".
type FailureCode struct {
	Code        string   `json:"code"`
	Description string   `json:"description"` // what it means, as a sentence
	Evidence    Evidence `json:"x-evidence"`
}

// Evidence names what a fact is known from, from x-evidence.
type Evidence struct {
	Documented []string `json:"documented"` // the titles of pages, with their generation
	Observed   []string `json:"observed"`   // where it was seen, such as in public production callers
	Inferred   []string `json:"inferred"`   // what was concluded, and from what
}

func named(outcomes []Outcome, name string) (Outcome, bool) {
	return find(outcomes, func(o Outcome) bool { return o.Name == name })
}

func find[T any](list []T, fits func(T) bool) (T, bool) {
	i := slices.IndexFunc(list, fits)
	if i < 0 {
		var none T
		return none, false
	}
	return list[i], true
}
