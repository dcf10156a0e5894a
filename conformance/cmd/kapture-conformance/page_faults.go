package main

import (
	"fmt"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// maxArmed bounds how many faults the page arms: each request asks all of them.
const maxArmed = 50

var errTooManyFaults = fmt.Errorf("%d faults are armed; disarm some first", maxArmed)

// faultGroups are the kinds that the page offers, with what those of one group
// have in common. Refuse is missing: a server that serves cannot begin to refuse
// connections.
var faultGroups = []struct {
	name  string
	kinds []mock.Kind
}{
	{"Nothing is done", []mock.Kind{
		mock.TooManyRequests, mock.TooManyRequestsDate, mock.ServerError, mock.BadGateway, mock.Unavailable,
		mock.Redirect, mock.LoginPage, mock.GoAway, mock.RefusedStream,
	}},
	{"It is done, and the response is corrupt", []mock.Kind{
		mock.ResetBeforeHeaders, mock.ResetInBody, mock.Stall, mock.SlowDrip, mock.TruncatedJSON,
		mock.TruncatedBetweenElements, mock.WrongContentType, mock.Oversized, mock.InvalidUTF8, mock.DuplicateKeys,
		mock.DeepNesting, mock.FailureAfterList, mock.GzipCut, mock.EmptyBody, mock.PhantomElements,
		mock.TextIdentifiers,
	}},
	{"A correct server that is odd", []mock.Kind{
		mock.PageCap, mock.OverlappingPages, mock.RepeatingPages, mock.OverlappingWindows, mock.SingleObject,
		mock.MessageText, mock.ShortPages, mock.RepeatedPage, mock.ShortRepeat, mock.ClockSkew,
	}},
}

// faultTexts say what each kind does.
var faultTexts = map[mock.Kind]string{
	mock.TooManyRequests:     "HTTP 429 with Retry-After in seconds",
	mock.TooManyRequestsDate: "HTTP 429 with Retry-After as a date",
	mock.ServerError:         "HTTP 500 with a failure in JSON",
	mock.BadGateway:          "HTTP 502 with a page in HTML",
	mock.Unavailable:         "HTTP 503 with Retry-After and no body",
	mock.Redirect:            "HTTP 307 to another place",
	mock.LoginPage:           "HTTP 200 with a page in HTML",
	mock.GoAway:              "HTTP/2: GOAWAY that names the stream before; the connection ends",
	mock.RefusedStream:       "HTTP/2: the stream is reset with REFUSED_STREAM",

	mock.ResetBeforeHeaders:       "the connection is reset before the response begins",
	mock.ResetInBody:              "half of the body, then a reset",
	mock.Stall:                    "no response for the delay, or until the client leaves",
	mock.SlowDrip:                 "one byte every millisecond, or every delay",
	mock.TruncatedJSON:            "half of the body, as if it were all",
	mock.TruncatedBetweenElements: "the body ends after the first element of its list",
	mock.WrongContentType:         "the JSON, labelled text/html",
	mock.Oversized:                "valid JSON with a text of 64 MiB, or of size bytes, in it",
	mock.InvalidUTF8:              "a text that is not UTF-8",
	mock.DuplicateKeys:            "the outcome twice, with two values",
	mock.DeepNesting:              "100,000 arrays, or size of them, inside each other",
	mock.FailureAfterList:         "the whole list, then status failed",
	mock.GzipCut:                  "half of the body's gzip stream",
	mock.EmptyBody:                "no body at all",
	mock.PhantomElements:          "null, {}, a number and so on after the first record of a list",
	mock.TextIdentifiers:          "identifiers that are numbers come as texts",

	mock.PageCap:            "pages hold one record, or size of them, at most",
	mock.OverlappingPages:   "every page begins with the last record of the page before",
	mock.RepeatingPages:     "every page is the first one",
	mock.OverlappingWindows: "a pull also returns the day before and the day after",
	mock.SingleObject:       "a list of one ticket is an object",
	mock.MessageText:        "an empty list of tickets is a text",
	mock.ShortPages:         "every second page holds only half of its records",
	mock.RepeatedPage:       "the second page is the first one again; then the list continues",
	mock.ShortRepeat:        "the second page is only the last record again; then the list continues",
	mock.ClockSkew:          "the Date header is 26 hours late, or ahead by skew",
}
