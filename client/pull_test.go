package client_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// windowRequest is what a request for a window asks for, in the form of either
// generation.
type windowRequest struct {
	Start, End    string
	Limit, Offset int
}

func windowOf(r *http.Request) windowRequest {
	body, _ := io.ReadAll(r.Body)
	var pull []struct {
		Start string `json:"start_date"`
		End   string `json:"end_date"`
	}
	if json.Unmarshal(body, &pull) == nil && len(pull) == 1 {
		return windowRequest{Start: pull[0].Start, End: pull[0].End}
	}

	var query struct {
		Start  string `json:"createStartDate"`
		End    string `json:"createEndDate"`
		Limit  int    `json:"limit,string"`
		Offset int    `json:"offset,string"`
	}
	_ = json.Unmarshal(body, &query)
	return windowRequest(query)
}

// A list is read wherever it is in the response, and whatever surrounds it. A
// response that is not whole, or that contradicts itself, ends with an error.
func TestEnvelopes(t *testing.T) {
	records := list(1, 2)
	deep := strings.Repeat("[", 150) + strings.Repeat("]", 150)
	for name, test := range map[string]struct {
		body string
		want string // the identifiers, with ! for an error
		code client.Code
	}{
		"status after the list":  {`{"message":` + records + `,"status":"success"}`, "1 2", ""},
		"status before the list": {`{"status":"success","message":` + records + `}`, "1 2", ""},
		"more fields": {
			body: `{"a":{"message":[9],"status":"failed"},"b":["]",{}],"status":"success",` +
				`"message":` + records + `,"c":"}]"}`,
			want: "1 2",
		},
		"blanks": {
			body: " \n{ \"message\" : [ \n{\"id\":1} , {\"id\":2} \t] ,\r\n \"status\" : \"success\" } \n",
			want: "1 2",
		},
		"byte order mark": {"\xef\xbb\xbf" + page(1, 2), "1 2", ""},
		"semicolon":       {page(1, 2) + ";", "1 2", ""},
		"escaped names":   {`{"mess\u0061ge":` + records + `,"st\u0061tus":"success"}`, "1 2", ""},
		"brackets in texts": {
			body: `{"message":[{"id":1,"name":"]},{"},{"id":2,"name":"\\\"]"}],"status":"success"}`,
			want: "1 2",
		},
		"empty list":              {`{"message":[],"status":"success"}`, "", ""},
		"empty list with a blank": {`{"message":[ ],"status":"success"}`, "", ""},
		"no customers":            {noCustomers, "", ""},
		"failure":                 {`{"message":"Invalid Auth Key","status":"failed"}`, "!", client.ErrAuthKey},
		"failure of 2016": {
			body: `{"Message":"Auth Key Expired","Status":"Fail"}`,
			want: "!",
			code: client.ErrAuthKeyExpired,
		},
		"failure after the list":          {`{"message":` + records + `,"status":"failed"}`, "1 2 !", client.ErrFailed},
		"failure before the list":         {`{"status":"failed","message":` + records + `}`, "!", client.ErrFailed},
		"failure of 2016 before the list": {`{"Status":"Fail","message":` + records + `}`, "!", client.ErrFailed},
		"no customers, after records": {
			body: `{"message":` + records + `,"status":"failed","Message":"No customer between dates."}`,
			want: "1 2 !",
			code: client.ErrNoCustomers,
		},
		"text under success": {`{"message":"none today","status":"success"}`, "!", client.ErrTextResponse},
		"object for the list": {
			body: `{"message":{"id":1},"status":"success"}`,
			want: "!",
			code: client.ErrUnexpectedResponse,
		},
		"no list":                        {`{"status":"success"}`, "!", client.ErrUnexpectedResponse},
		"null for the list":              {`{"message":null,"status":"success"}`, "", ""},
		"null for the list of a failure": {`{"message":null,"status":"failed"}`, "!", client.ErrFailed},
		"no status":                      {`{"message":` + records + `}`, "1 2 !", client.ErrUnexpectedResponse},
		"name in another case": {
			body: `{"Message":` + records + `,"status":"success"}`,
			want: "!",
			code: client.ErrUnexpectedResponse,
		},
		"two lists": {
			body: `{"message":[{"id":1}],"message":[{"id":2}],"status":"success"}`,
			want: "1 2 !",
			code: client.ErrUndecodable,
		},
		"two statuses": {
			body: `{"status":"failed","message":[{"id":1}],"status":"success"}`,
			want: "!",
			code: client.ErrUndecodable,
		},
		"bare list":             {records, "!", client.ErrUnexpectedResponse},
		"empty":                 {"", "!", client.ErrUndecodable},
		"HTML":                  {"<html>", "!", client.ErrUndecodable},
		"data after the brace":  {page(1, 2) + `{}`, "1 2 !", client.ErrUndecodable},
		"cut before anything":   {`{`, "!", client.ErrTruncated},
		"cut in the name":       {`{"mess`, "!", client.ErrTruncated},
		"cut before the list":   {`{"message":`, "!", client.ErrTruncated},
		"cut after the bracket": {`{"message":[`, "!", client.ErrTruncated},
		"cut in an element":     {`{"message":[{"id":1},{"id":2,"na`, "1 !", client.ErrTruncated},
		"cut between elements":  {`{"message":[{"id":1},`, "1 !", client.ErrTruncated},
		"cut after an element":  {`{"message":[{"id":1},{"id":2}`, "1 !", client.ErrTruncated},
		"cut after the list":    {`{"message":[{"id":1},{"id":2}]`, "1 2 !", client.ErrTruncated},
		"cut before the brace": {
			body: `{"message":[{"id":1},{"id":2}],"status":"success"`,
			want: "1 2 !",
			code: client.ErrTruncated,
		},
		"no comma between elements": {
			body: `{"message":[{"id":1} {"id":2}],"status":"success"}`,
			want: "!",
			code: client.ErrUndecodable,
		},
		"comma after the last element": {`{"message":[{"id":1},],"status":"success"}`, "1 !", client.ErrUndecodable},
		"wrong bracket":                {`{"message":[{"id":1}},"status":"success"}`, "!", client.ErrUndecodable},
		"no colon in an element": {
			body: `{"message":[{"id":1},{"id" 2}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUndecodable,
		},
		"no comma after the list": {`{"message":[{"id":1}] "status":"success"}`, "1 !", client.ErrUndecodable},
		"deep element": {
			body: `{"message":[{"id":1},` + deep + `],"status":"success"}`,
			want: "1 !",
			code: client.ErrUndecodable,
		},
		"deep field next to the list": {
			body: `{"a":` + deep + `,"message":[{"id":1}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUndecodable,
		},
		"raw line break": {
			body: "{\"message\":[{\"id\":1,\"remarks\":\"a\n\tb\"},{\"id\":2}],\"status\":\"success\"}",
			want: "1 2",
		},
		"an element without fields": {
			body: `{"message":[{"id":1},{},{"id":2}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUnexpectedResponse,
		},
		"twice in a day": {page(1, 2, 1), "1 2", ""},
		"no identifiers": {
			body: `{"message":[{"name":"A"},{"name":"A"},{"id":0},{"id":0},{"id":""},{"id":""},{"id":null},` +
				`{"id":-1},{"id":-1}],"status":"success"}`,
			want: "- - 0 0 - - - -1 -1",
		},
		"no identifiers, in other forms": {
			body: `{"message":[{"id":"0"},{"id":"0"},{"id":0.0},{"id":0.0},{"id":" "},{"id":" "},{"id":"-1"},` +
				`{"id":"-1"}],"status":"success"}`,
			want: "0 0 0 0     -1 -1",
		},
		"identifiers of both forms": {`{"message":[{"id":"1"},{"id":1}],"status":"success"}`, "1 1", ""},
		"a record that has changed": {
			body: `{"message":[{"id":1},{"id":1,"name":"A"},{"id":1}],"status":"success"}`,
			want: "1 1",
		},
		"an identifier that cannot be read": {
			body: `{"message":[{"id":1},{"id":{"id":2}},{"id":3}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUnexpectedResponse,
		},
		"identifier in capitals": {`{"message":[{"ID":1},{"ID":1}],"status":"success"}`, "1 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, slow := range []bool{false, true} {
				c := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if !slow {
						response(test.body)(w, r)
						return
					}
					for i := range len(test.body) { // every byte on its own
						_, _ = w.Write([]byte{test.body[i]})
						_ = http.NewResponseController(w).Flush()
					}
				})
				ids, errs := pullOneDay(t, c)
				if ids != test.want {
					t.Errorf("got %q (%v), want %q", ids, errs, test.want)
				}
				var at *client.WindowError
				for _, err := range errs {
					if !errors.Is(err, test.code) || !errors.As(err, &at) || at.Window.String() != "2024-05-01" ||
						!strings.HasSuffix(err.Error(), "[window 2024-05-01]") {
						t.Errorf("got %v, want %s", err, test.code)
					}
				}
			}
		})
	}
}

func TestFailuresUnderHTTPCodes(t *testing.T) {
	for status, code := range map[int]client.Code{
		400: client.ErrFailed,
		401: client.ErrAuthKey,
		500: client.ErrServer,
		429: client.ErrRateLimited,
	} {
		c := serve(t, responseWith(status, "text/html", "<html>"))
		ids, errs := pullOneDay(t, c)
		if ids != "!" || !errors.Is(errs[0], code) {
			t.Errorf("%d: %s %v", status, ids, errs)
		}

		c = serve(t, responseWith(status, "application/json", noCustomers))
		if ids, errs := pullOneDay(t, c); ids != "" {
			t.Errorf("no customers under %d: %s %v", status, ids, errs)
		}
	}
}

// The HTTP status is known before the list, so no record is yielded.
func TestRecordsUnderHTTPCodes(t *testing.T) {
	for status, code := range map[int]client.Code{404: client.ErrNoSuchEndpoint, 500: client.ErrServer} {
		c := serve(t, responseWith(status, "application/json", page(1, 2)))
		ids, errs := pullOneDay(t, c)
		if ids != "!" || !errors.Is(errs[0], code) {
			t.Errorf("%d: %s %v", status, ids, errs)
		}
	}
}

// A failure that is cut off is repeated as any failure is, and not a second time
// as a list.
func TestAFailureThatIsCutOff(t *testing.T) {
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		fmt.Fprint(conn, "HTTP/1.1 503 Busy\r\nContent-Length: 5000\r\n\r\n{\"message\":")
		_ = conn.Close()
	})
	ids, errs := pullOneDay(t, dial(t, url, quick))
	if ids != "!" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 4 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

func TestRecordsOfAStream(t *testing.T) {
	const first = `{"id":1,"name":"A","own field":true,"zone":"x","remarks":"a` + "\n" + `b"}`
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Correlation-Id", "c-9")
		responseWith(200, "text/html", `{"message":[ `+first+` ,{"id":2}],"status":"success"}`)(w, r)
	})
	all, err := allOf(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	is(t, err, "")
	if len(all) != 2 {
		t.Fatalf("%d records", len(all))
	}

	cust := all[0]
	if string(cust.Raw()) != first || cust.Body() != nil || cust.RequestID() != "c-9" || cust.Remarks != "a\nb" {
		t.Errorf("%+v %s", cust, cust.Raw())
	}
	if len(cust.Undeclared()) != 1 || len(cust.Misfits()) != 1 {
		t.Errorf("undeclared %v, misfits %v", cust.Undeclared(), cust.Misfits())
	}
	notes := kindsOf(cust.Notes())
	if !slices.Equal(notes, []client.NoteKind{client.NoteControl, client.NoteContentType}) {
		t.Errorf("notes of the first record: %v", notes)
	}
	notes = kindsOf(all[1].Notes())
	if !slices.Equal(notes, []client.NoteKind{client.NoteContentType}) {
		t.Errorf("notes of the second record: %v", notes)
	}
}

// days is a server that responds with the records of each day.
type days struct {
	mu      sync.Mutex
	records map[string]string // response by day
	seen    []string          // the days of each request: "2024-05-01/2024-05-01"
}

func (d *days) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := windowOf(r)
	d.mu.Lock()
	d.seen = append(d.seen, asked.Start+"/"+asked.End)
	body, ok := d.records[asked.Start]
	d.mu.Unlock()
	if !ok {
		body = noCustomers
	}
	response(body)(w, r)
}

func TestWindows(t *testing.T) {
	d := &days{
		records: map[string]string{
			"2024-02-28": page(1, 2),
			"2024-02-29": page(2, 3),
			"2024-03-01": page(3, 4, 1),
			"2024-03-03": page(5),
		},
	}
	for _, n := range []int{1, 2, 3, 10} {
		d.seen = nil
		c := serve(t, d.ServeHTTP)
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-02-28").Add(23*time.Hour),
			day("2024-03-03").Add(time.Second), client.WithParallelWindows(n)))
		// Record 1 is yielded twice: only neighbouring days can overlap.
		if ids != "1 2 3 4 1 5" || len(errs) != 0 {
			t.Errorf("%d at once: %s %v", n, ids, errs)
		}
		slices.Sort(d.seen)
		want := []string{
			"2024-02-28/2024-02-28", "2024-02-29/2024-02-29",
			"2024-03-01/2024-03-01", "2024-03-02/2024-03-02", "2024-03-03/2024-03-03",
		}
		if !slices.Equal(d.seen, want) {
			t.Errorf("asked for %q", d.seen)
		}
	}
}

func TestTheDaysAreThoseOfIndia(t *testing.T) {
	d := &days{}
	c := serve(t, d.ServeHTTP)
	from := time.Date(2024, 4, 30, 18, 30, 0, 0, time.UTC) // midnight in India
	read(c.Customers.Pull(t.Context(), from, from.Add(24*time.Hour-1)))
	read(c.Customers.Pull(t.Context(), from.Add(-1), from))
	if got := strings.Join(d.seen, " "); got != "2024-05-01/2024-05-01 2024-04-30/2024-04-30 2024-05-01/2024-05-01" {
		t.Errorf("asked for %s", got)
	}
}

func TestInvalidRanges(t *testing.T) {
	d := &days{}
	c := serve(t, d.ServeHTTP)
	first := day("2024-05-01")
	second := day("2024-05-02")
	lastOfAll := day("9999-12-31")
	broken := client.Checkpoint{Operation: client.OpPullCustomers, Day: "1 May"}
	ofTickets := client.Checkpoint{Operation: client.OpPullTickets, Day: "2024-05-01"}

	for name, test := range map[string]struct {
		from, to time.Time
		option   client.PullOption
	}{
		"ends before it begins":    {from: second, to: first},
		"no beginning":             {to: second},
		"no end":                   {from: first},
		"begins before 1970":       {from: day("1969-12-31"), to: second},
		"ends after the year 9999": {from: lastOfAll, to: lastOfAll.AddDate(0, 0, 1)},
		"no day at once":           {from: first, to: second, option: client.WithParallelWindows(0)},
		"broken checkpoint":        {from: first, to: second, option: client.ResumeFrom(broken)},
		"checkpoint of tickets":    {from: first, to: second, option: client.ResumeFrom(ofTickets)},
	} {
		var opts []client.PullOption
		if test.option != nil {
			opts = append(opts, test.option)
		}
		ids, errs := read(c.Customers.Pull(t.Context(), test.from, test.to, opts...))
		if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) || len(d.seen) != 0 {
			t.Errorf("%s: %s %v", name, ids, errs)
			continue
		}

		incomplete := test.from.IsZero() || test.to.IsZero()
		if incomplete != strings.Contains(errs[0].Error(), "give both times") {
			t.Errorf("%s: %v", name, errs[0])
		}
	}
}

func TestInvalidQueries(t *testing.T) {
	d := &days{}
	c := serve(t, d.ServeHTTP)
	account := client.NumberID(1)
	for name, query := range map[string]client.CustomerQuery{
		"without an account": {},
		"with a first day":   {CmID: account, CreateStartDate: "2024-05-01"},
		"with a last day":    {CmID: account, CreateEndDate: "2024-05-01"},
		"with an offset":     {CmID: account, Offset: new("5")},
		"with a limit":       {CmID: account, Limit: new("5")},
	} {
		ids, errs := read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-02"), query))
		if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
			t.Errorf("%s: %s %v", name, ids, errs)
		}
	}

	query := client.CustomerQuery{CmID: account}
	ids, errs := read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-02"), query,
		client.WithPageSize(0)))
	if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
		t.Errorf("pages of no records: %s %v", ids, errs)
	}
	if len(d.seen) != 0 {
		t.Errorf("asked for %q", d.seen)
	}
}

func TestADayThatFails(t *testing.T) {
	d := &days{
		records: map[string]string{
			"2024-05-01": page(1),
			"2024-05-02": `{"message":[{"id":2,"name":"N2"},`,
			"2024-05-03": page(2, 3),
			"2024-05-04": page(4),
		},
	}
	for _, n := range []int{1, 3} {
		c := serve(t, d.ServeHTTP)
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-03"),
			client.WithParallelWindows(n)))
		if ids != "1 2 !" || !strings.Contains(errs[0].Error(), "[window 2024-05-02]") {
			t.Errorf("%d at once: %s %v", n, ids, errs)
		}

		var saved []client.Checkpoint
		ids, errs = read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-04"),
			client.WithParallelWindows(n), client.ContinueOnError(), keepCheckpoints(&saved)))
		if ids != "1 2 ! 3 4" || len(errs) != 1 {
			t.Errorf("%d at once, continued: %s %v", n, ids, errs)
		}
		if daysOf(saved) != "2024-05-01" {
			t.Errorf("%d at once: checkpoints %s pass the day that failed", n, daysOf(saved))
		}
	}
}

// threeDays has records on three days. Each day begins with the last record of
// the day before.
func threeDays() *days {
	return &days{records: map[string]string{
		"2024-05-01": page(1, 2),
		"2024-05-02": page(2, 3),
		"2024-05-03": page(3, 4),
	}}
}

func TestCheckpoints(t *testing.T) {
	d := threeDays()
	c := serve(t, d.ServeHTTP)
	from := day("2024-05-01")
	to := day("2024-05-03")

	var last client.Checkpoint
	save := client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
		stored, _ := json.Marshal(cp)
		last = client.Checkpoint{}
		return json.Unmarshal(stored, &last)
	})
	for cust, err := range c.Customers.Pull(t.Context(), from, to, save) {
		is(t, err, "")
		if cust.ID == client.NumberID(3) {
			break // inside the second day, which must have no checkpoint
		}
	}
	first := last
	const digestSize = 12
	if first.Day != "2024-05-01" || len(first.Digests) != 2*digestSize {
		t.Errorf("checkpoint %+v", first)
	}

	d.seen = nil
	ids, errs := read(c.Customers.Pull(t.Context(), from, to, save, client.ResumeFrom(first)))
	if ids != "3 4" || len(errs) != 0 || len(d.seen) != 2 || last.Day != "2024-05-03" {
		t.Errorf("resumed: %s %v, asked for %v, checkpoint %+v", ids, errs, d.seen, last)
	}
	ids, errs = read(c.Customers.Pull(t.Context(), from, to, client.ResumeFrom(last)))
	if ids != "" || len(errs) != 0 {
		t.Errorf("resumed at the end: %s %v", ids, errs)
	}
	ids, _ = read(c.Customers.Pull(t.Context(), to, to, client.ResumeFrom(client.Checkpoint{})))
	if ids != "3 4" {
		t.Errorf("resumed from nothing: %s", ids)
	}

	d.seen = nil
	ids, errs = read(c.Customers.Pull(t.Context(), to, to, client.ResumeFrom(first)))
	if ids != "3 4" || len(errs) != 0 || len(d.seen) != 2 {
		t.Errorf("resumed with a day between: %s %v, asked for %v", ids, errs, d.seen)
	}
}

// A checkpoint is only good for the list that it was made of.
func TestCheckpointsOfOtherLists(t *testing.T) {
	d := threeDays()
	c := serve(t, d.ServeHTTP)
	var saved []client.Checkpoint
	pullOneDay(t, c, keepCheckpoints(&saved))
	if len(saved) != 1 {
		t.Fatalf("%d checkpoints", len(saved))
	}

	first := saved[0]
	from := day("2024-05-01")
	to := day("2024-05-03")
	filter := client.CustomerQuery{CmID: client.NumberID(1000298), Name: new("Asha")}
	ids, errs := read(c.Customers.Query(t.Context(), from, to, filter, client.ResumeFrom(first)))
	if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
		t.Errorf("a query resumed from a pull: %s %v", ids, errs)
	}
	for _, other := range []client.Checkpoint{
		{Operation: first.Operation, Request: first.Request, Day: "1 May"},
		{Operation: client.OpPullTickets, Request: first.Request, Day: first.Day},
	} {
		ids, errs := read(c.Customers.Pull(t.Context(), from, to, client.ResumeFrom(other)))
		if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
			t.Errorf("resumed from %+v: %s %v", other, ids, errs)
		}
	}
}

// A pull ends where its checkpoint cannot be saved, even with ContinueOnError.
func TestACheckpointThatCannotBeSaved(t *testing.T) {
	c := serve(t, threeDays().ServeHTTP)
	full := errors.New("disk full")
	fails := client.WithCheckpoint(func(context.Context, client.Checkpoint) error { return full })
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-03"), client.ContinueOnError(),
		fails))
	if ids != "1 2 !" || !errors.Is(errs[0], full) || !errors.Is(errs[0], client.ErrCheckpoint) {
		t.Errorf("%s %v", ids, errs)
	}
}

// A day that is not over can get more records, so no checkpoint may pass it.
func TestNoCheckpointForADayThatIsNotOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOver(t, func(*http.Request) (*http.Response, error) { return newResponse(200, page(1)), nil })
		time.Sleep(time.Until(day("2000-01-05").Add(30 * time.Minute)))
		var saved []client.Checkpoint
		ids, _ := read(c.Customers.Pull(t.Context(), day("2000-01-03"), time.Now(), keepCheckpoints(&saved)))
		if ids != "1" || daysOf(saved) != "2000-01-03" {
			t.Errorf("%s, checkpoints %s", ids, daysOf(saved))
		}
	})
}

// A day that was asked for ahead of its turn is judged by when it was asked
// for.
func TestNoCheckpointForADayThatWasNotOverWhenAskedFor(t *testing.T) {
	records := map[string]int{"2000-01-03": 1, "2000-01-04": 2}
	for n, want := range map[int]string{1: "2000-01-03 2000-01-04", 2: "2000-01-03"} {
		synctest.Test(t, func(t *testing.T) {
			c := clientOver(t, func(r *http.Request) (*http.Response, error) {
				return newResponse(200, page(records[windowOf(r).Start])), nil
			})
			time.Sleep(time.Until(day("2000-01-05").Add(30 * time.Minute)))
			var saved []client.Checkpoint
			options := []client.PullOption{client.WithParallelWindows(n), keepCheckpoints(&saved)}
			for cust, err := range c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"), options...) {
				is(t, err, "")
				if cust.ID == client.NumberID(1) {
					time.Sleep(2 * time.Hour)
				}
			}
			if got := daysOf(saved); got != want {
				t.Errorf("%d at once: checkpoints %s, want %s", n, got, want)
			}
		})
	}
}

// pages is a server of numbered records. It sends them in pages.
type pages struct {
	records       int
	largest       int // records on a page, if the limit allows as many
	ignoresOffset bool
	body          func(windowRequest) string // the response, instead of the records
	seen          []string                   // offset+limit of each request
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := windowOf(r)
	p.seen = append(p.seen, fmt.Sprint(asked.Offset, "+", asked.Limit))
	if p.body != nil {
		response(p.body(asked))(w, r)
		return
	}

	if p.ignoresOffset {
		asked.Offset = 0
	}
	var ids []int
	for i := asked.Offset; i < min(p.records, asked.Offset+min(asked.Limit, p.largest)); i++ {
		ids = append(ids, i+1)
	}
	if len(ids) == 0 {
		response(noCustomers)(w, r)
		return
	}
	response(page(ids...))(w, r)
}

// atOffsets responds with the pages at these offsets, and with no customers at
// any other.
func atOffsets(pages map[int]string) func(windowRequest) string {
	return func(asked windowRequest) string { return cmp.Or(pages[asked.Offset], noCustomers) }
}

// firstThen responds with one text at offset 0, and with another at any other.
func firstThen(first, others string) func(windowRequest) string {
	return func(asked windowRequest) string {
		if asked.Offset == 0 {
			return first
		}
		return others
	}
}

func TestPages(t *testing.T) {
	const nameless = `{"status":"success","message":[{"name":"A"},{"name":"B"}]}`
	for name, test := range map[string]struct {
		server   *pages
		pageSize int // 0 for that of the client
		want     string
		asked    string
		code     client.Code
	}{
		"no records": {server: &pages{records: 0, largest: 100}, asked: "0+100"},
		"one short page": {
			server: &pages{records: 7, largest: 100},
			want:   idsUpTo(7),
			asked:  "0+100 7+100 1+100 0+100",
		},
		"one full page": {
			server: &pages{records: 100, largest: 100},
			want:   idsUpTo(100),
			asked:  "0+100 100+100 1+100 0+100",
		},
		"full pages and a short one": {
			server: &pages{records: 230, largest: 100},
			want:   idsUpTo(230),
			asked:  "0+100 100+100 1+100 200+100 230+100",
		},
		"a page size": {
			server:   &pages{records: 5, largest: 100},
			pageSize: 2,
			want:     idsUpTo(5),
			asked:    "0+2 2+2 1+2 4+2 5+2",
		},
		"the server allows 100": {
			server:   &pages{records: 250, largest: 100},
			pageSize: 500,
			want:     idsUpTo(250),
			asked:    "0+500 100+500 1+500 200+500 250+500",
		},
		"the server allows 50": {
			server: &pages{records: 120, largest: 50},
			want:   idsUpTo(120),
			asked:  "0+100 50+100 1+100 100+100 120+100",
		},
		"limit is ignored": {
			server:   &pages{body: firstThen(page(1, 2, 3, 4, 5), noCustomers)},
			pageSize: 2,
			want:     "1 2 3 4 5",
			asked:    "0+2 5+2 1+2",
		},
		"offset is ignored": {
			server: &pages{records: 300, largest: 100, ignoresOffset: true},
			want:   idsUpTo(100) + " !",
			asked:  "0+100 100+100",
			code:   client.ErrRepeatedPage,
		},
		"offset is ignored, of a short page": {
			server: &pages{records: 7, largest: 100, ignoresOffset: true},
			want:   idsUpTo(7) + " !",
			asked:  "0+100 7+100",
			code:   client.ErrRepeatedPage,
		},
		"no identifiers, and the page is repeated": {
			server:   &pages{body: firstThen(nameless, nameless)},
			pageSize: 2,
			want:     "- - - - !",
			asked:    "0+2 2+2",
			code:     client.ErrRepeatedPage,
		},
		"no identifiers, and the last record is repeated": {
			server: &pages{body: firstThen(
				"{\"status\":\"success\",\"message\":[{\"name\":\"A\"},\n{\"name\":\"B\"}]}",
				`{"status":"success","message":[{"name":"B"}]}`,
			)},
			pageSize: 2,
			want:     "- - - - !",
			asked:    "0+2 2+2 1+2 3+2",
			code:     client.ErrRepeatedPage,
		},
		"pages overlap": {
			server: &pages{
				body: atOffsets(map[int]string{0: page(1, 2, 3), 3: page(3, 4, 5), 6: page(5, 6), 8: page(6)}),
			},
			pageSize: 3,
			want:     "1 2 3 4 5 6",
			asked:    "0+3 3+3 1+3 6+3 8+3 9+3",
		},
		"records are removed meanwhile": {
			server: &pages{
				body: atOffsets(map[int]string{0: page(1, 2, 3), 3: page(4), 4: page(5, 6, 7), 7: page(7, 9)}),
			},
			pageSize: 3,
			want:     "1 2 3 4 5 6 7 9",
			asked:    "0+3 3+3 1+3 4+3 7+3 9+3",
		},
		"a part of the first page is repeated": {
			server:   &pages{body: firstThen(page(1, 2, 3), page(1, 2))},
			pageSize: 3,
			want:     "1 2 3 !",
			asked:    "0+3 3+3 1+3 0+3 5+3",
			code:     client.ErrRepeatedPage,
		},
		"the second page is cut": {
			server:   &pages{body: firstThen(page(1, 2), `{"message":[{"id":3},`)},
			pageSize: 2,
			want:     "1 2 3 !",
			asked:    "0+2 2+2",
			code:     client.ErrTruncated,
		},
		"the second page is a failure": {
			server:   &pages{body: firstThen(page(1, 2), `{"message":"Invalid Auth Key","status":"failed"}`)},
			pageSize: 2,
			want:     "1 2 !",
			asked:    "0+2 2+2",
			code:     client.ErrAuthKey,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, test.server.ServeHTTP)
			filter := client.CustomerQuery{CmID: client.NumberID(1000298)}
			var opts []client.PullOption
			if test.pageSize > 0 {
				opts = append(opts, client.WithPageSize(test.pageSize))
			}
			ids, errs := read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter, opts...))
			if ids != test.want || len(errs) > 0 && !errors.Is(errs[0], test.code) {
				t.Errorf("got %s %v, want %s", ids, errs, test.want)
			}
			if got := strings.Join(test.server.seen, " "); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
		})
	}
}

// idsUpTo returns the identifiers from 1 to n: "1 2 3".
func idsUpTo(n int) string {
	var ids []string
	for i := range n {
		ids = append(ids, strconv.Itoa(i+1))
	}
	return strings.Join(ids, " ")
}

// What distinguishes records without an identifier within a day is not part of
// a checkpoint.
func TestCheckpointsHoldRecordsWithIdentifiersOnly(t *testing.T) {
	server := &pages{body: firstThen(`{"status":"success","message":[{"name":"A"},{"id":7}]}`, noCustomers)}
	c := serve(t, server.ServeHTTP)
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	var saved []client.Checkpoint
	ids, errs := read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter,
		keepCheckpoints(&saved)))
	if ids != "- 7" || len(errs) > 0 || len(saved) != 1 {
		t.Fatalf("%s %v, checkpoints %v", ids, errs, saved)
	}
	sum := sha256.Sum256([]byte(`{"id":7}`))
	if !bytes.Equal(saved[0].Digests, sum[:12]) {
		t.Errorf("checkpoint %x", saved[0].Digests)
	}
}

func TestQueryBody(t *testing.T) {
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		response(noCustomers)(w, r)
	})
	read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), client.CustomerQuery{
		CmID: client.NumberID(1000298),
		Name: new("Asha"),
	}))
	if body != `{"cm_id":1000298,"createEndDate":"2024-05-01","createStartDate":"2024-05-01","limit":"100",`+
		`"name":"Asha","offset":"0"}` {
		t.Errorf("sent %s", body)
	}
}

// If the connection breaks inside a list, what was yielded is not yielded
// again.
func TestBrokenConnectionsInsideAList(t *testing.T) {
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		if sent.Add(1) == 1 {
			breakOff(conn, `{"message":[{"id":1},{"id":2},{"i`)
			return
		}
		respond(conn, `{"message":[{"id":2},{"id":1},{"id":3}],"status":"success"}`)
	})
	ids, errs := pullOneDay(t, dial(t, url, quick))
	if ids != "1 2 3" || len(errs) != 0 || sent.Load() != 2 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}

	sent.Store(0)
	url = serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		breakOff(conn, `{"message":[{"id":1},{"i`)
	})
	ids, errs = pullOneDay(t, dial(t, url, quick))
	if ids != "1 !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 4 {
		t.Errorf("broken each time, sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

// Without identifiers it is not known which records were yielded, so the list is
// not asked for again.
func TestBrokenConnectionsWithoutIdentifiers(t *testing.T) {
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		breakOff(conn, `{"message":[{"age":1},{"age":2},{"i`)
	})
	ids, errs := pullOneDay(t, dial(t, url, quick))
	if ids != "- - !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 1 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

// A response that ends too early on a connection that is whole would end there
// again, so it is not asked for again.
func TestListsThatEndTooEarly(t *testing.T) {
	var sent atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		response(`{"message":[{"id":1},{"i`)(w, r)
	}, quick)
	ids, errs := pullOneDay(t, c)
	if ids != "1 !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 1 {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

// A connection that breaks after the closing brace loses nothing; one that
// breaks just before it does.
func TestBrokenConnectionsAtTheEnd(t *testing.T) {
	for text, want := range map[string]int{
		page(1):                          1,
		strings.TrimSuffix(page(1), "}"): 2,
		`{"message":` + list(1):          2,
	} {
		synctest.Test(t, func(t *testing.T) {
			sent := 0
			c := clientOver(t, func(*http.Request) (*http.Response, error) {
				sent++
				resp := newResponse(200, page(1))
				if sent == 1 {
					resp.Body = brokenAfter(text, errors.New("connection reset by peer"))
				}
				return resp, nil
			})
			ids, errs := read(c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-01")))
			if ids != "1" || sent != want {
				t.Errorf("%s: sent %d times, want %d: %s %v", text, sent, want, ids, errs)
			}
		})
	}
}

// The response after a broken connection must have the records that were
// received before it broke.
func TestFewerRecordsThanBefore(t *testing.T) {
	for body, want := range map[string]string{
		noCustomers: "1 2 !",
		page():      "1 2 !",
		page(1):     "1 2 !",
		page(2, 1):  "1 2",
		page(3, 1):  "1 2 3",
	} {
		var sent atomic.Int32
		url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
			if sent.Add(1) == 1 {
				breakOff(conn, `{"message":`+strings.TrimSuffix(list(1, 2), "]")+`,{"i`)
				return
			}
			respond(conn, body)
		})
		ids, errs := pullOneDay(t, dial(t, url, quick))
		if ids != want || len(errs) > 0 && !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 2 {
			t.Errorf("%s: sent %d times: %s %v", body, sent.Load(), ids, errs)
		}
	}
}

// An element that is not JSON is shown, on one line.
func TestBrokenElements(t *testing.T) {
	c := serve(t, response("{\"message\":[{\"id\":1},{\"id\":\n2 3}],\"status\":\"success\"}"))
	ids, errs := pullOneDay(t, c)
	var e *client.Error
	if ids != "1 !" || !errors.As(errs[0], &e) || e.Code != client.ErrUndecodable || e.Sample != `{"id": 2 3}` {
		t.Errorf("%s %v, sample %q", ids, errs, e.Sample)
	}
}

// The records of all earlier attempts count, not only those of the last one.
func TestFewerRecordsThanInAnEarlierAttempt(t *testing.T) {
	begun := [][]int{{1, 2, 3}, {1}}
	var sent atomic.Int32
	url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
		n := int(sent.Add(1))
		if n <= len(begun) {
			breakOff(conn, `{"message":`+strings.TrimSuffix(list(begun[n-1]...), "]")+`,{"i`)
			return
		}
		respond(conn, page(1, 2))
	})
	var e *client.Error
	ids, errs := pullOneDay(t, dial(t, url, quick))
	if ids != "1 2 3 !" || !errors.As(errs[0], &e) || e.Code != client.ErrTruncated ||
		!strings.Contains(e.Detail, "2 records where 3 came") {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

func TestElementsAreCapped(t *testing.T) {
	big := strings.Repeat("x", 2000)
	backslashes := strings.Repeat(`\\`, 2000)
	for name, test := range map[string]struct {
		body, want string
	}{
		"many small elements": {
			`{"message":` + repeated(`{"name":"A"}`, 5000) + `,"status":"success"}`,
			strings.TrimSuffix(strings.Repeat("- ", 5000), " "),
		},
		"a large element": {
			`{"message":[{"id":1},{"id":2,"name":"` + big + `"}],"status":"success"}`,
			"1 !",
		},
		"a large field around them":  {`{"message":[{"id":1}],"a":"` + big + `","status":"success"}`, "1 !"},
		"many escapes around them":   {`{"message":[{"id":1}],"a":"` + backslashes + `","status":"success"}`, "1 !"},
		"escapes from the next byte": {`{"message":[{"id":1}],"a":"x` + backslashes + `","status":"success"}`, "1 !"},
	} {
		c := serve(t, response(test.body), client.WithMaxResponseBytes(1000))
		ids, errs := pullOneDay(t, c)
		if ids != test.want || len(errs) > 0 && !errors.Is(errs[0], client.ErrTooLarge) {
			t.Errorf("%s: got %.50s %v", name, ids, errs)
		}
	}
}

// At most 4 MB of the next day are read ahead, however slowly the day before it
// is consumed.
func TestRecordsAheadAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written atomic.Int32
		c := clientOver(t, func(r *http.Request) (*http.Response, error) {
			resp := newResponse(200, page(1))
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), "1999-12-02") {
				resp.Body = largeRecords(&written)
			}
			return resp, nil
		})

		n := 0
		for _, err := range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-02"),
			client.WithParallelWindows(2)) {
			is(t, err, "")
			n++
			if n > 1 {
				continue
			}
			synctest.Wait()
			if written.Load() < 36 || written.Load() > 64 {
				t.Errorf("%d records of the next day were read ahead", written.Load())
			}
		}
		if n != 302 {
			t.Errorf("%d records", n)
		}
	})
}

// largeRecords is a list of a small record and 300 large ones. It counts those
// that were written.
func largeRecords(written *atomic.Int32) io.ReadCloser {
	pr, pw := io.Pipe()
	go func() {
		fmt.Fprint(pw, `{"message":[{"id":2}`)
		for i := range 300 { // each fills the reader's buffer
			fmt.Fprintf(pw, `,{"id":%d,"name":"%s"}`, i+3, strings.Repeat("x", 64<<10))
			written.Add(1)
		}
		fmt.Fprint(pw, `],"status":"success"}`)
		_ = pw.Close()
	}()
	return pr
}

func TestMoreWindowsThanDays(t *testing.T) {
	c := serve(t, response(page(1)))
	ids, errs := pullOneDay(t, c, client.WithParallelWindows(math.MaxInt))
	if ids != "1" {
		t.Errorf("%s %v", ids, errs)
	}
}

// Breaking out of a loop leaves nothing running: no goroutine in the client, no
// request at the server.
func TestBreakingOff(t *testing.T) {
	for _, n := range []int{1, 4} {
		before := runtime.NumGoroutine()
		var running, started atomic.Int32
		url := serveConnections(t, func(_ int, conn net.Conn, _ *http.Request) {
			started.Add(1)
			running.Add(1)
			defer running.Add(-1)
			writeEndlessList(conn)
		})

		transport := &http.Transport{}
		c := dial(t, url, client.WithHTTPClient(&http.Client{Transport: transport}))
		for cust, err := range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-20"),
			client.WithParallelWindows(n)) {
			is(t, err, "")
			if cust.ID == client.NumberID(500) {
				break
			}
		}

		ended := eventually(func() bool { return running.Load() == 0 })
		if !ended || int(started.Load()) > n {
			t.Errorf("%d requests, of which %d are still running", started.Load(), running.Load())
		}
		ended = eventually(func() bool {
			// A connection that was opened when it was no longer needed waits in the pool.
			transport.CloseIdleConnections()
			return runtime.NumGoroutine() <= before+1 // the listener's stays
		})
		if !ended {
			buf := make([]byte, 1<<16)
			buf = buf[:runtime.Stack(buf, true)]
			t.Errorf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), buf)
		}
	}
}

// writeEndlessList writes a list of customers until the connection is closed.
func writeEndlessList(conn net.Conn) {
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	_, err := fmt.Fprintf(conn, "c\r\n{\"message\":[\r\n")
	for i := 1; err == nil; i++ {
		record := fmt.Sprintf(`{"id":%d},`, i)
		_, err = fmt.Fprintf(conn, "%x\r\n%s\r\n", len(record), record)
	}
}

// eventually reports whether a condition becomes true within two seconds.
func eventually(holds func() bool) bool {
	for range 200 {
		if holds() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return holds()
}

func TestCancellingAPull(t *testing.T) {
	for _, n := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
			ctx, cancel := context.WithCancel(t.Context())
			var reading atomic.Int32
			c := clientOver(t, func(r *http.Request) (*http.Response, error) {
				resp := newResponse(200, "")
				begun := strings.NewReader(`{"message":[{"id":1},`)
				resp.Body = io.NopCloser(io.MultiReader(begun, lingering{r.Context(), &reading}))
				return resp, nil
			})
			time.AfterFunc(time.Second, cancel)
			options := []client.PullOption{client.WithParallelWindows(n), client.ContinueOnError()}
			ids, errs := read(c.Customers.Pull(ctx, day("1999-12-01"), day("1999-12-09"), options...))
			if ids != "1 !" || !errors.Is(errs[0], client.ErrCanceled) || !errors.Is(errs[0], context.Canceled) {
				t.Errorf("%d at once: %s %v", n, ids, errs)
			}
			if reading.Load() != 0 {
				t.Errorf("%d at once: %d bodies are still being read", n, reading.Load())
			}
		})
	}
}

// lingering is a body that takes a while to notice that it is no longer needed.
type lingering struct {
	ctx     context.Context
	reading *atomic.Int32
}

func (l lingering) Read([]byte) (int, error) {
	n := l.reading.Add(1) // the nth body takes n seconds
	defer l.reading.Add(-1)
	<-l.ctx.Done()
	time.Sleep(time.Duration(n) * time.Second)
	return 0, l.ctx.Err()
}

// An iteration can be repeated, and two at once do not disturb each other.
func TestIteratingTwice(t *testing.T) {
	d := &days{records: map[string]string{"2024-05-01": page(1, 2)}}
	c := serve(t, d.ServeHTTP)
	records := c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-02"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if ids, errs := read(records); ids != "1 2" || len(errs) != 0 {
				t.Errorf("%s %v", ids, errs)
			}
		})
	}
	wg.Wait()
}
