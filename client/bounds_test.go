package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// repeated returns a list of n times the same element.
func repeated(element string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

// allocated returns how many megabytes a function allocates.
func allocated(work func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return int((after.TotalAlloc - before.TotalAlloc) >> 20)
}

// A request for n tickets takes no more memory than n tickets need, whatever the
// server sends: ten megabytes of tickets that nobody asked for are an error.
func TestTicketsAreBoundedByWhatWasAskedFor(t *testing.T) {
	for name, element := range map[string]string{
		"empty":           `{}`,
		"without details": `{"a":1}`,
		"numbered":        ticketJSON("7"),
	} {
		c := serve(t, response(repeated(element, 300_000)))
		mb := allocated(func() {
			_, err := c.Tickets.Get(t.Context(), "7")
			is(t, err, client.ErrUnexpectedResponse)
			found, err := c.Tickets.GetMany(t.Context(), []string{"7", "8"})
			is(t, err, client.ErrUnexpectedResponse)
			if len(found.Found)+len(found.Unexpected)+len(found.Unidentified) > 52 || len(found.Missing) > 0 {
				t.Errorf("%s: found %d, unexpected %d, unidentified %d, missing %d", name,
					len(found.Found), len(found.Unexpected), len(found.Unidentified), len(found.Missing))
			}
		})
		if mb > 250 { // the body itself is read and checked
			t.Errorf("%s: %d MB are allocated", name, mb)
		}
	}
}

// As many as fifty tickets that were not asked for are returned.
func TestFiftyUnexpectedTickets(t *testing.T) {
	c := serve(t, response(repeated(ticketJSON("7"), 51)))
	found, err := c.Tickets.GetMany(t.Context(), []string{"7"})
	is(t, err, "")
	if len(found.Unexpected) != 50 {
		t.Errorf("%d unexpected tickets", len(found.Unexpected))
	}
}

// Lists inside a record are bounded by the length of the response.
func TestListsInsideARecordAreBounded(t *testing.T) {
	const customer = `{"id":1,"name":"Asha","contacts":%s}`
	few := fmt.Sprintf(customer, repeated(`{"id":1,"contactPerson":"Asha Rao","phone":"9000000001"}`, 5000))
	many := fmt.Sprintf(customer, repeated(`{}`, 1_000_000))
	for _, test := range []struct {
		name     string
		contacts int
		record   string
		code     client.Code
	}{
		{name: "five thousand contacts", contacts: 5000, record: few},
		{name: "a million empty contacts", record: many, code: client.ErrTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := serve(t, response(`{"status":"success","Customer Details":`+test.record+`}`))
			got, err := c.Customers.Get(t.Context(), client.CustomerByID(1))
			is(t, err, test.code)
			if got != nil && len(got.Contacts) != test.contacts {
				t.Errorf("%d contacts", len(got.Contacts))
			}
			c = serve(t, response(`{"status":"success","message":[`+test.record+`,{"id":2}]}`))
			ids, errs := pullOneDay(t, c, client.ContinueOnBadElement())
			want := "1 2"
			if test.code != "" {
				want = "! 2"
			}
			if ids != want || len(errs) > 0 && !errors.Is(errs[0], test.code) {
				t.Errorf("got %s %v", ids, errs)
			}
		})
	}
}

// The days of a long range are not listed, and a pull of them ends with its
// context.
func TestALongRangeIsRead(t *testing.T) {
	for _, n := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int32
			ctx, cancel := context.WithCancel(t.Context())
			c := clientOver(t, func(*http.Request) (*http.Response, error) {
				if asked.Add(1) == 3 {
					cancel()
				}
				return newResponse(200, noCustomers), nil
			})
			to := time.Date(9999, 12, 31, 0, 0, 0, 0, client.India)
			var errs []error
			mb := allocated(func() {
				_, errs = read(c.Customers.Pull(ctx, time.Unix(0, 0), to, client.WithParallelWindows(n)))
			})
			if mb > 5 || len(errs) != 1 || !errors.Is(errs[0], client.ErrCanceled) || int(asked.Load()) > 3+n {
				t.Errorf("%d at once: %d MB, %d requests, %v", n, mb, asked.Load(), errs)
			}
		})
	}
}

// A day without records takes no buffer: a long range has thousands of them.
func TestEmptyDaysTakeLittle(t *testing.T) {
	const days = 1000
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(*http.Request) (*http.Response, error) { return newResponse(200, noCustomers), nil })
		from := day("2020-01-01")
		var errs []error
		mb := allocated(func() {
			_, errs = read(c.Customers.Pull(t.Context(), from, from.AddDate(0, 0, days-1)))
		})
		if mb > 50 || len(errs) > 0 {
			t.Errorf("%d days without records: %d MB, %v", days, mb, errs)
		}
	})
}

// Reading an endless list ends with the context, even if the server is never slow
// and the transport ignores the context.
func TestAnEndlessListEndsWithTheContext(t *testing.T) {
	for name, body := range map[string]string{
		"records":                 `{"message":[`,
		"records under a failure": `{"status":"failed","message":[`,
		"fields around the list":  `{"a":{`,
	} {
		element := `{"id":0},`
		if strings.HasSuffix(body, "{") {
			element = `"a":{},`
		}
		ctx, cancel := context.WithCancel(t.Context())
		sent := 0
		endless := readerFunc(func(p []byte) (int, error) {
			sent += len(p)
			if sent > 1<<20 {
				cancel()
			}
			return copy(p, strings.Repeat(element, len(p)/len(element))), nil
		})
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			resp := newResponse(200, "")
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), endless))
			return resp, nil
		})
		var last error
		for _, err := range c.Customers.Pull(ctx, day("2024-05-01"), day("2024-05-01")) {
			last = err
		}
		if !errors.Is(last, client.ErrCanceled) {
			t.Errorf("%s: %v", name, last)
		}
	}
}

// readerFunc is a reader that is a function.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A million records in one day take less than 64 MB, whether their identifiers
// are next to each other or far apart. Package digest tests the set of them;
// this is what a pull keeps in addition.
func TestADayOfManyRecords(t *testing.T) {
	const n = 200_000
	for name, apart := range map[string]int{"dense": 1, "spread": 4999} {
		c := clientOver(t, func(*http.Request) (*http.Response, error) {
			resp := newResponse(200, "")
			resp.Body = io.NopCloser(numberedList(n, apart))
			return resp, nil
		})

		records := 0
		before := inUse()
		most := uint64(0)
		for _, err := range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")) {
			is(t, err, "")
			records++
			if records%50_000 == 0 {
				most = max(most, inUse())
			}
		}
		if records != n+1 || most > before+n*30 {
			t.Errorf("%s: %d records, %d bytes are kept", name, records, most-before)
		}
	}
}

// numberedList is a response with n+1 records, made while it is read. Their
// identifiers begin with 0 and are that far apart.
func numberedList(n, apart int) io.Reader {
	written := 0
	others := readerFunc(func(p []byte) (int, error) {
		if written == n {
			return 0, io.EOF
		}
		written++
		return copy(p, fmt.Sprintf(`,{"id":%d}`, written*apart)), nil
	})
	first := strings.NewReader(`{"status":"success","message":[{"id":0}`)
	return io.MultiReader(first, others, strings.NewReader(`]}`))
}

// inUse returns how many bytes are in use.
func inUse() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
