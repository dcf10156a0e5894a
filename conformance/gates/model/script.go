package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// maxAttempts is how often the client of every run may try a call.
const maxAttempts = 3

// The protocols of a script. HTTP/1.1 is without TLS, HTTP/2 with it.
const (
	http1 = "HTTP/1.1"
	http2 = "HTTP/2"
)

// A script is one run: all that the server and the caller do. The same script
// does the same again, but for the timing of goroutines.
type script struct {
	Seed          uint64         `json:"seed,omitempty"` // what it was made from; decides nothing
	Call          string         `json:"call"`           // a name in lists, reads, writes or bulks
	Protocol      string         `json:"protocol"`
	Caller        caller         `json:"caller,omitzero"`
	Server        behaviour      `json:"server,omitzero"`
	Faults        []fault        `json:"faults,omitempty"`
	Interruptions []interruption `json:"interruptions,omitempty"`
}

// A caller is how the client is used.
type caller struct {
	Parallel       int `json:"parallel,omitempty"`       // windows, or inputs of a bulk write
	PageSize       int `json:"pageSize,omitempty"`       // of lists with pages
	AttemptTimeout int `json:"attemptTimeout,omitempty"` // milliseconds
	MaxRetryAfter  int `json:"maxRetryAfter,omitempty"`  // seconds; one millisecond unless set
	Inputs         int `json:"inputs,omitempty"`         // of a bulk write; tickets that GetMany asks for
	InputsWait     int `json:"inputsWait,omitempty"`     // the sequence waits after so many, until it is given up

	// Of lists.
	ContinueOnError      bool `json:"continueOnError,omitempty"`
	ContinueOnBadElement bool `json:"continueOnBadElement,omitempty"`
	PageNumbers          bool `json:"pageNumbers,omitempty"`      // the offset is to count pages
	RepeatedLastPage     bool `json:"repeatedLastPage,omitempty"` // the page before that comes again is the end
	StartAt              int  `json:"startAt,omitempty"`          // the offset in the first window
}

// A behaviour is what the server knows, and how it serves it when nothing goes
// wrong.
type behaviour struct {
	Days       []day  `json:"days,omitempty"`       // a window each; a list without days has one
	LastDay    int    `json:"lastDay,omitempty"`    // how many days before today the last one is
	Clock      int    `json:"clock,omitempty"`      // hours that the server's clock is ahead
	NoDate     bool   `json:"noDate,omitempty"`     // no Date header
	Envelope   string `json:"envelope,omitempty"`   // what is around a list; see envelope
	Pages      []int  `json:"pages,omitempty"`      // sizes of the first pages, at any limit; full ones follow
	Overlap    int    `json:"overlap,omitempty"`    // each page begins with so many records of the one before
	Growth     []int  `json:"growth,omitempty"`     // records that are put in front after each page of a window
	Mode       string `json:"mode,omitempty"`       // how offsets are misread; see the modes
	Identifier string `json:"identifier,omitempty"` // the form of one in a response to a write; see identifier
}

// How a server may misread an offset.
const (
	offsetIgnored = "offset-ignored" // every page is the first
	pageNumbers   = "page-numbers"   // it counts pages, not records
	repeatsLast   = "repeats-last"   // after the end comes the last page, for ever
	rotates       = "rotates"        // every page has the records of the first, each time in another order
)

// A day is the list of one window.
type day struct {
	Records []json.RawMessage `json:"records,omitempty"`
	Empty   string            `json:"empty,omitempty"` // what is in place of a list without records; see emptyList
}

// A fault is what goes wrong with one request: the Nth, from 0, of a window or
// of an input, counted over pages, attempts and sessions.
type fault struct {
	On   int    `json:"on"`
	Nth  int    `json:"nth"`
	Kind string `json:"kind"`
	At   int    `json:"at,omitempty"`   // of 1000: where a response is cut; bytes of a piece that drips
	Code uint32 `json:"code,omitempty"` // HTTP status, or HTTP/2 error code
	Text string `json:"text,omitempty"` // which body, how a connection ends, or Retry-After
	Done bool   `json:"done,omitempty"` // of a write: it is executed all the same
}

// The kinds of faults. Each says which protocol has it, if not both.
const (
	faultCut         = "cut"          // the response ends at At, as Text says: see below
	faultChunkCut    = "chunk-cut"    // HTTP/1.1: a response in chunks ends at At
	faultQuietCut    = "quiet-cut"    // HTTP/1.1: a body without a length ends at At
	faultGzip        = "gzip"         // a compressed response
	faultGzipCut     = "gzip-cut"     // one that ends at At, inside whole HTTP
	faultDrip        = "drip"         // pieces of At bytes
	faultClose       = "close"        // HTTP/1.1: the connection closes after a response that did not announce it
	faultGoaway      = "goaway"       // HTTP/2: GOAWAY, and the stream is above its last one
	faultGoawayAfter = "goaway-after" // HTTP/2: GOAWAY after the response
	faultRefused     = "refused"      // HTTP/2: REFUSED_STREAM
	faultStatus      = "status"       // the HTTP status Code, with a body of the kind in Text
	faultFailed      = "failed"       // HTTP 200, and a status that says failed
	faultGarbage     = "garbage"      // HTTP 200, and a body of the kind in Text
	faultRedirect    = "redirect"     // the HTTP status Code, to another origin
	faultStall       = "stall"        // no response until the client gives up
	faultDial        = "dial"         // the Nth dial of the run is refused
	faultRequestCut  = "request-cut"  // the Nth connection of the run is reset after At bytes of what the client sends
)

// How a cut response ends. Over HTTP/2 it is a reset of the stream with Code,
// unless the connection is reset.
const (
	endFIN   = "fin"
	endRST   = "rst"
	endClose = "close"
)

// The kinds of bodies that a fault may have.
const (
	bodyHTML      = "html"
	bodyEmpty     = "empty"
	bodyFailed    = "failed"
	bodySuccess   = "success"      // the response that would have been whole
	bodyTruncated = "truncated"    // whole HTTP, half of the JSON
	bodyTwice     = "two-outcomes" // success and failure in one object
	bodyWait      = "wait"         // as failed, with a Retry-After of a minute
)

// An interruption ends one session of a pull, or the only one of another call.
type interruption struct {
	How   string `json:"how"`
	After int    `json:"after"` // records or results that were yielded; of a single call, requests that arrived
}

// How a caller interrupts.
const (
	byBreak  = "break"
	byCancel = "cancel"
	byPanic  = "panic"
	byTime   = "time"         // cancels after so many tenths of a millisecond (After)
	bySaving = "saving-fails" // the function given to WithCheckpoint fails
	byInputs = "inputs-panic" // the sequence of a bulk write panics after so many inputs
)

// sessionsOf is how many sessions a pull may have at most: those that are
// interrupted, and some to finish in.
func (s *script) sessionsOf() int { return len(s.Interruptions) + 4 }

// faultFor finds what goes wrong with the nth request of a window or an input.
func (s *script) faultFor(on, nth int) fault {
	for _, f := range s.Faults {
		if f.On == on && f.Nth == nth && !f.ofConnection() {
			return f
		}
	}
	return fault{}
}

// ofConnection reports whether a fault hits what is below requests.
func (f fault) ofConnection() bool { return f.Kind == faultDial || f.Kind == faultRequestCut }

// connectionFault finds what goes wrong with the nth dial or connection.
func (s *script) connectionFault(kind string, nth int) (fault, bool) {
	i := slices.IndexFunc(s.Faults, func(f fault) bool { return f.Kind == kind && f.Nth == nth })
	if i < 0 {
		return fault{}, false
	}
	return s.Faults[i], true
}

// clone copies a script so that a part can be changed.
func (s *script) clone() *script {
	out := *s
	out.Faults = slices.Clone(s.Faults)
	out.Interruptions = slices.Clone(s.Interruptions)
	out.Server.Pages = slices.Clone(s.Server.Pages)
	out.Server.Growth = slices.Clone(s.Server.Growth)
	out.Server.Days = slices.Clone(s.Server.Days)
	for i := range out.Server.Days {
		out.Server.Days[i].Records = slices.Clone(out.Server.Days[i].Records)
	}
	return &out
}

// innermost is an object or a list on several lines that has none in it.
var (
	innermost = regexp.MustCompile(`[\[{]\n[^\[\]{}]*\n *[\]}]`)
	lineBreak = regexp.MustCompile(`\n *`)
)

// String is the script as it can be run again, with what has no parts on one
// line.
func (s *script) String() string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return err.Error()
	}
	return innermost.ReplaceAllStringFunc(out.String(), func(part string) string {
		part = part[:1] + strings.TrimSpace(part[1:len(part)-1]) + part[len(part)-1:]
		return lineBreak.ReplaceAllString(part, " ")
	})
}

// firstDay is the day of the script's first window, seen from now.
func (s *script) firstDay(now time.Time) time.Time {
	y, m, d := now.In(india).Date()
	return time.Date(y, m, d-s.Server.LastDay-len(s.Server.Days)+1, 0, 0, 0, 0, india)
}
