package gates

import (
	"bytes"
	"time"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// attempts is the number of tries of a call that may be repeated.
const attempts = 3

// maxResponse is the client's limit. The oversized response is four times as large.
const maxResponse = 1 << 20

// want is what a method's documentation promises for a fault.
type want struct {
	code    client.Code     // "" for a success
	unknown bool            // the error says that the write may have been done
	note    client.NoteKind // of a success
	tries   int             // requests until the call ends; 0 for any number
	before  part            // of a list's records, before the error
	cut     bool            // a success may have fewer records than there are
}

// part is a part of a list.
type part int

const (
	none  part = iota
	first      // the first record
	half       // the records in the first half of the first response
	fewer      // fewer than all
	page       // the records of the first response
)

var good = want{tries: 1}

// again is a success at the second try.
var again = want{tries: 2}

// fails is an error at the first try.
func fails(code client.Code) want { return want{code: code, tries: 1} }

// repeated is an error at every try.
func repeated(code client.Code) want { return want{code: code, tries: attempts} }

// lost is a write whose response is missing or says nothing. It is sent once, and
// nobody knows whether it was done.
func lost(code client.Code) want { return want{code: code, unknown: true, tries: 1} }

// noted is a success with a note.
func noted(note client.NoteKind) want { return want{note: note, tries: 1} }

// after is an error after some of a list's records.
func (w want) after(p part) want {
	w.before = p
	return w
}

// column is a fault, and what happens to a read, to a write and to a list that is
// streamed.
type column struct {
	name              string
	fault             mock.Fault
	read, write, list want
	options           []client.Option
	reused            bool    // the request goes out on a connection that was used before
	cancel            bool    // the caller gives up while the server stalls
	lies              bool    // the server says that it failed, and has done it
	stream            *column // for lists, if the fault is another one
	http2             bool
	// known names a defect of the client that is described and not yet repaired.
	// Surprises are expected then.
	known string
}

// short is the time that an attempt may take if the server is too slow. On a busy
// machine it may pass before anything was sent.
const short = 400 * time.Millisecond

// A want without a code is a success after any number of tries.
var columns = []column{
	{
		name:  "connection refused",
		fault: mock.Fault{Kind: mock.Refuse},
		read:  repeated(client.ErrTransport),
		write: repeated(client.ErrTransport),
		list:  repeated(client.ErrTransport),
	},
	{
		name:  "reset before headers",
		fault: mock.Fault{Kind: mock.ResetBeforeHeaders},
		read:  repeated(client.ErrTransport),
		write: lost(client.ErrTransport),
		list:  repeated(client.ErrTransport),
	},
	{
		name:  "reset before headers, once",
		fault: mock.Fault{Kind: mock.ResetBeforeHeaders, Times: 1},
		read:  again,
		write: lost(client.ErrTransport),
		list:  again,
	},
	{
		name:   "reset before headers, on a connection that was used before",
		fault:  mock.Fault{Kind: mock.ResetBeforeHeaders},
		read:   repeated(client.ErrTransport),
		write:  lost(client.ErrTransport),
		list:   repeated(client.ErrTransport),
		reused: true,
	},
	{
		name:  "reset in the body",
		fault: mock.Fault{Kind: mock.ResetInBody},
		read:  repeated(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  repeated(client.ErrTruncated).after(half),
	},
	{
		name:  "reset in the body, once",
		fault: mock.Fault{Kind: mock.ResetInBody, Times: 1},
		read:  again,
		write: lost(client.ErrTruncated),
		list:  again,
	},
	{
		name:    "stall",
		fault:   mock.Fault{Kind: mock.Stall},
		read:    repeated(client.ErrTimeout),
		write:   lost(client.ErrTimeout),
		list:    repeated(client.ErrTimeout),
		options: []client.Option{client.WithAttemptTimeout(short)},
	},
	{
		name:   "stall, and the caller gives up",
		fault:  mock.Fault{Kind: mock.Stall},
		read:   fails(client.ErrCanceled),
		write:  lost(client.ErrCanceled),
		list:   fails(client.ErrCanceled),
		cancel: true,
	},
	{
		name:  "slow drip",
		fault: mock.Fault{Kind: mock.SlowDrip, Delay: 200 * time.Microsecond},
		read:  good, write: good, list: good,
	},
	{
		name:    "slow drip, too slow",
		fault:   mock.Fault{Kind: mock.SlowDrip, Delay: short / 16},
		read:    repeated(client.ErrTimeout),
		write:   lost(client.ErrTimeout),
		options: []client.Option{client.WithAttemptTimeout(short)},
		// For a list, the time of an attempt bounds the wait for the next bytes.
		stream: &column{
			fault:   mock.Fault{Kind: mock.SlowDrip},
			list:    want{},
			options: []client.Option{client.WithAttemptTimeout(time.Second)},
		},
	},
	{
		name:  "429, Retry-After in seconds",
		fault: mock.Fault{Kind: mock.TooManyRequests, RetryAfter: time.Second},
		read:  repeated(client.ErrRateLimited),
		write: repeated(client.ErrRateLimited),
		list:  repeated(client.ErrRateLimited),
	},
	{
		name:  "429, Retry-After as a date",
		fault: mock.Fault{Kind: mock.TooManyRequestsDate, RetryAfter: time.Second},
		read:  repeated(client.ErrRateLimited),
		write: repeated(client.ErrRateLimited),
		list:  repeated(client.ErrRateLimited),
	},
	{
		name:  "429, Retry-After above MaxRetryAfter",
		fault: mock.Fault{Kind: mock.TooManyRequests, RetryAfter: 90 * time.Second},
		read:  fails(client.ErrRateLimited),
		write: fails(client.ErrRateLimited),
		list:  fails(client.ErrRateLimited),
	},
	{
		name:  "429, once",
		fault: mock.Fault{Kind: mock.TooManyRequests, Times: 1},
		read:  again, write: again, list: again,
	},
	{
		name:  "500", // in JSON that says failed
		fault: mock.Fault{Kind: mock.ServerError},
		read:  repeated(client.ErrServer),
		write: fails(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "500, once",
		fault: mock.Fault{Kind: mock.ServerError, Times: 1},
		read:  again,
		write: fails(client.ErrServer),
		list:  again,
	},
	{
		name:  "502 in HTML",
		fault: mock.Fault{Kind: mock.BadGateway},
		read:  repeated(client.ErrServer),
		write: lost(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "503",
		fault: mock.Fault{Kind: mock.Unavailable, RetryAfter: time.Second},
		read:  repeated(client.ErrServer),
		write: lost(client.ErrServer),
		list:  repeated(client.ErrServer),
	},
	{
		name:  "503, Retry-After above MaxRetryAfter",
		fault: mock.Fault{Kind: mock.Unavailable, RetryAfter: 90 * time.Second},
		read:  fails(client.ErrServer),
		write: lost(client.ErrServer),
		list:  fails(client.ErrServer),
	},
	{
		name:  "503, once",
		fault: mock.Fault{Kind: mock.Unavailable, Times: 1},
		read:  again,
		write: lost(client.ErrServer),
		list:  again,
	},
	{
		name:  "truncated JSON",
		fault: mock.Fault{Kind: mock.TruncatedJSON},
		read:  fails(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  fails(client.ErrTruncated).after(half),
	},
	{
		name:  "truncated between elements",
		fault: mock.Fault{Kind: mock.TruncatedBetweenElements},
		read:  fails(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  fails(client.ErrTruncated), // nothing says that the first is whole
	},
	{
		name:  "gzip cut",
		fault: mock.Fault{Kind: mock.GzipCut},
		read:  repeated(client.ErrTruncated),
		write: lost(client.ErrTruncated),
		list:  repeated(client.ErrTruncated).after(fewer),
	},
	{
		name:  "gzip cut, once",
		fault: mock.Fault{Kind: mock.GzipCut, Times: 1},
		read:  again,
		write: lost(client.ErrTruncated),
		list:  again,
	},
	{
		name:  "failure after the list",
		fault: mock.Fault{Kind: mock.FailureAfterList},
		read:  fails(client.ErrFailed),
		write: fails(client.ErrFailed),
		list:  fails(client.ErrFailed).after(page),
		lies:  true,
	},
	{
		name:  "wrong content type",
		fault: mock.Fault{Kind: mock.WrongContentType},
		read:  noted(client.NoteContentType),
		write: noted(client.NoteContentType),
		list:  noted(client.NoteContentType),
	},
	{
		name:  "redirect to another origin",
		fault: mock.Fault{Kind: mock.Redirect},
		read:  fails(client.ErrRedirect),
		write: fails(client.ErrRedirect),
		list:  fails(client.ErrRedirect),
	},
	{
		name:  "login page",
		fault: mock.Fault{Kind: mock.LoginPage},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "empty body",
		fault: mock.Fault{Kind: mock.EmptyBody},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "oversized body",
		fault: mock.Fault{Kind: mock.Oversized, Size: 4 * maxResponse},
		read:  fails(client.ErrTooLarge),
		write: lost(client.ErrTooLarge),
		list:  fails(client.ErrTooLarge),
	},
	{
		name:  "invalid UTF-8",
		fault: mock.Fault{Kind: mock.InvalidUTF8},
		read:  noted(client.NoteAltered),
		write: noted(client.NoteAltered),
		list:  noted(client.NoteAltered),
	},
	{
		name:  "duplicate keys",
		fault: mock.Fault{Kind: mock.DuplicateKeys},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	{
		name:  "deep nesting",
		fault: mock.Fault{Kind: mock.DeepNesting},
		read:  fails(client.ErrUndecodable),
		write: lost(client.ErrUndecodable),
		list:  fails(client.ErrUndecodable),
	},
	// On a connection that was used before: without TLS, the client cannot tell in
	// time that the first request of all is one of HTTP/2, which counts for the one
	// that has no body (Raw).
	{
		name:  "REFUSED_STREAM, once",
		fault: mock.Fault{Kind: mock.RefusedStream, Times: 1},
		read:  again, write: again, list: again,
		http2: true, reused: true,
	},
	{
		name:  "REFUSED_STREAM",
		fault: mock.Fault{Kind: mock.RefusedStream},
		read:  notProcessed, write: notProcessed, list: notProcessed,
		http2: true, reused: true,
	},
	{
		name:  "GOAWAY below the stream, once",
		fault: mock.Fault{Kind: mock.GoAway, Times: 1},
		read:  again, write: again, list: again,
		http2: true, reused: true,
	},
	{
		name:  "GOAWAY below the stream",
		fault: mock.Fault{Kind: mock.GoAway},
		read:  notProcessed, write: notProcessed, list: notProcessed,
		http2: true, reused: true,
	},
	{
		name:  "pages of one",
		fault: mock.Fault{Kind: mock.PageCap, Size: 1},
	},
	{
		name:  "short pages",
		fault: mock.Fault{Kind: mock.ShortPages},
	},
	{
		name:  "overlapping pages",
		fault: mock.Fault{Kind: mock.OverlappingPages},
	},
	{
		name:  "the first page for ever",
		fault: mock.Fault{Kind: mock.RepeatingPages},
	},
	{
		name:  "the first page twice",
		fault: mock.Fault{Kind: mock.RepeatedPage},
	},
	{
		name:  "a page of an old record",
		fault: mock.Fault{Kind: mock.ShortRepeat},
	},
	{
		name:  "elements that are not records",
		fault: mock.Fault{Kind: mock.PhantomElements},
		read:  good, write: good,
		list: fails(client.ErrUnexpectedResponse).after(first),
	},
	{
		name:  "identifiers as texts",
		fault: mock.Fault{Kind: mock.TextIdentifiers},
		read:  good, write: good, list: good,
	},
	{
		name:  "a clock that is behind",
		fault: mock.Fault{Kind: mock.ClockSkew},
		read:  good, write: good, list: good,
	},
}

// notProcessed is a call that the server did not process, at any try.
var notProcessed = want{code: client.ErrTransport}

// exceptions are outcomes of single methods: a read that returns a list as a whole
// rejects an element that is not a record.
var exceptions = map[string]map[string]want{
	"elements that are not records": {
		"FAQ.Categories": fails(client.ErrUnexpectedResponse),
		"Tickets.Get":    fails(client.ErrUnexpectedResponse),

		// The tickets of the response are found; those that may be missing are not
		// known. Of an order's list with other elements nobody knows which it is.
		"Tickets.GetMany":  fails(client.ErrUnexpectedResponse),
		"Legacy.PushOrder": lost(client.ErrUnexpectedResponse),
	},
}

// expected returns what the column promises for a call. For some faults it depends on
// the form of the response: a bare list has no outcome that could appear twice, or
// after the records; an outcome before the list is taken back only by its
// duplicate after it; and only lists with pages can have short pages or the same
// page again.
func (c column) expected(of *call) want {
	if w, ok := exceptions[c.name][of.name]; ok {
		return w
	}
	bareList := of.clean.isBareList()
	hasPages := of.effect == streams && of.clean.requests > 1 // the last one is empty
	hasMorePages := hasPages && of.clean.continuesAfterPage() // with records
	switch {
	case c.fault.Kind == mock.PageCap && !hasPages:
		return want{cut: true} // nothing shows the client that this tenant has pages
	case c.fault.Kind == mock.RepeatingPages && hasPages, c.fault.Kind == mock.RepeatedPage && hasMorePages:
		return want{code: client.ErrRepeatedPage}.after(page)
	case c.fault.Kind == mock.DuplicateKeys && bareList && of.effect != writes:
		return noted(client.NoteDuplicate)
	case c.fault.Kind == mock.DuplicateKeys && of.effect == streams && of.clean.outcomeIsFirst():
		return c.list.after(page)
	case c.fault.Kind == mock.FailureAfterList && bareList:
		return good
	}
	switch of.effect {
	case writes:
		return c.write
	case streams:
		return c.list
	}
	return c.read
}

func (c clean) isBareList() bool { return bytes.HasPrefix(c.body, []byte("[")) }

// outcomeIsFirst reports whether the response has its status before its records.
func (c clean) outcomeIsFirst() bool {
	if len(c.records) == 0 {
		return false
	}
	status := bytes.Index(bytes.ToLower(c.body), []byte(`"status"`))
	return status >= 0 && status < bytes.Index(c.body, c.records[0])
}

// between returns the least and the greatest number of records in a part of the
// list.
func (c clean) between(p part) (least, most int) {
	switch p {
	case first:
		return 1, 1
	case half:
		n := c.recordsIn(c.body[:len(c.body)/2])
		return n, n
	case page:
		n := c.recordsIn(c.body)
		return n, n
	case fewer:
		return 0, len(c.records) - 1
	}
	return 0, 0
}

// recordsIn counts the records that a part of a response has whole. The client
// takes a record for whole when it has read the byte after it.
func (c clean) recordsIn(body []byte) int {
	n := 0
	for _, record := range c.records {
		if bytes.Contains(body[:max(len(body)-1, 0)], record) {
			n++
		}
	}
	return n
}
