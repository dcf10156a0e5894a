package main

import (
	"time"

	"github.com/kapture-community/kapture-go/conformance/mock"
)

// scenarios are run in this order. The first is where all goes well.
var scenarios = []scenario{
	{summary: "all goes well"},
	{
		fault:   mock.Fault{Kind: mock.Refuse},
		summary: "every connection is refused",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.TooManyRequests, Times: 1},
		summary: "the first response is 429, to come back after a second",
	},
	{
		fault:   mock.Fault{Kind: mock.TooManyRequestsDate, Times: 1, RetryAfter: 2 * time.Second},
		summary: "the first response is 429, to come back after a date",
	},
	{
		fault:   mock.Fault{Kind: mock.Unavailable, Times: 1},
		summary: "the first response is 503, to come back after a second",
	},
	{
		fault:   mock.Fault{Kind: mock.ServerError},
		summary: "every response is 500 with a failure in JSON",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.BadGateway},
		summary: "every response is 502 with a page in HTML",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.LoginPage},
		summary: "every response is 200 with a login page in HTML",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.Redirect},
		summary: "every request is redirected (307) to another origin",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.ResetBeforeHeaders},
		summary: "requests are done, and the connection is reset before the response",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.ResetInBody},
		summary: "requests are done, and the connection is reset inside the response",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.Stall},
		summary: "requests are done, and no response comes",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.EmptyBody},
		summary: "requests are done, and every response is empty",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.TruncatedJSON},
		summary: "every response ends in the middle, as if that were all",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.TruncatedBetweenElements},
		summary: "every list ends after its first element, every other response before its last brace",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.GzipCut},
		summary: "every response is compressed, and ends in the middle",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.FailureAfterList},
		summary: "every response says at its end that it failed, lists too",
		useless: true,
	},
	{
		fault:   mock.Fault{Kind: mock.WrongContentType},
		summary: "the JSON is labelled text/html",
	},
	{
		fault:   mock.Fault{Kind: mock.SlowDrip, Delay: 50 * time.Microsecond},
		summary: "responses come byte by byte",
	},
	{
		fault:   mock.Fault{Kind: mock.Oversized},
		summary: "responses hold a text of 64 MiB",
	},
	{
		fault:   mock.Fault{Kind: mock.InvalidUTF8},
		summary: "responses hold bytes that are not UTF-8",
	},
	{
		fault:   mock.Fault{Kind: mock.DuplicateKeys},
		summary: "responses have their outcome twice, failed and success",
	},
	{
		fault:   mock.Fault{Kind: mock.DeepNesting},
		summary: "responses hold 100,000 arrays nested in one another",
	},
	{
		fault:   mock.Fault{Kind: mock.PageCap},
		summary: "pages hold one record, for any limit",
	},
	{
		fault:   mock.Fault{Kind: mock.OverlappingPages},
		summary: "every page begins with the last record of the page before",
	},
	{
		fault:   mock.Fault{Kind: mock.RepeatingPages},
		summary: "every page is the first one",
	},
	{
		fault:   mock.Fault{Kind: mock.OverlappingWindows},
		summary: "a pull also returns the records of the day before and of the day after",
	},
	{
		fault:   mock.Fault{Kind: mock.SingleObject},
		summary: "a list of one ticket comes as an object",
	},
	{
		fault:   mock.Fault{Kind: mock.MessageText},
		summary: "an empty list of tickets comes as a text",
	},
}
