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

// asked is the content of a request for a window, in the form of either
// generation.
type asked struct {
	Start, End         string
	Limit, Offset      int
	limitText, cmText  string
	StartDate, EndDate string `json:"-"`
}

func window(r *http.Request) (a asked) {
	body, _ := io.ReadAll(r.Body)
	var pull []struct {
		Start string `json:"start_date"`
		End   string `json:"end_date"`
	}
	if json.Unmarshal(body, &pull) == nil && len(pull) == 1 {
		return asked{Start: pull[0].Start, End: pull[0].End}
	}
	var query struct {
		Start  string          `json:"createStartDate"`
		End    string          `json:"createEndDate"`
		Limit  string          `json:"limit"`
		Offset string          `json:"offset"`
		CmID   json.RawMessage `json:"cm_id"`
	}
	_ = json.Unmarshal(body, &query)
	a = asked{Start: query.Start, End: query.End, limitText: query.Limit, cmText: string(query.CmID)}
	a.Limit, _ = strconv.Atoi(query.Limit)
	a.Offset, _ = strconv.Atoi(query.Offset)
	return a
}

const none = `{"message":"No customer between dates.","status":"failed"}`

// Where the list is, and what surrounds it.
func TestEnvelopes(t *testing.T) {
	records := list(1, 2)
	for name, test := range map[string]struct {
		body string
		want string
		code client.Code
	}{
		"status behind": {`{"message":` + records + `,"status":"success"}`, "1 2", ""},
		"status before": {`{"status":"success","message":` + records + `}`, "1 2", ""},
		"more fields": {
			body: `{"a":{"message":[9],"status":"failed"},"b":["]",{}],"status":"success","message":` + records + `,"c":"}]"}`,
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
		"none":                    {none, "", ""},
		"failure":                 {`{"message":"Invalid Auth Key","status":"failed"}`, "!", client.ErrAuthKey},
		"failure of 2016":         {`{"Message":"Auth Key Expired","Status":"Fail"}`, "!", client.ErrAuthKeyExpired},
		"failure behind the list": {`{"message":` + records + `,"status":"failed"}`, "1 2 !", client.ErrFailed},
		"failure before the list": {`{"status":"failed","message":` + records + `}`, "!", client.ErrFailed},
		"capital failure before":  {`{"Status":"Fail","message":` + records + `}`, "!", client.ErrFailed},
		"none, after records": {
			body: `{"message":` + records + `,"status":"failed","Message":"No customer between dates."}`,
			want: "1 2 !",
			code: client.ErrNoCustomers,
		},
		"text under success":         {`{"message":"none today","status":"success"}`, "!", client.ErrTextResponse},
		"object for the list":        {`{"message":{"id":1},"status":"success"}`, "!", client.ErrUnexpectedResponse},
		"no list":                    {`{"status":"success"}`, "!", client.ErrUnexpectedResponse},
		"null for the list":          {`{"message":null,"status":"success"}`, "", ""},
		"null for it, under failure": {`{"message":null,"status":"failed"}`, "!", client.ErrFailed},
		"no status":                  {`{"message":` + records + `}`, "1 2 !", client.ErrUnexpectedResponse},
		"other case": {
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
		"bare list":              {records, "!", client.ErrUnexpectedResponse},
		"empty":                  {"", "!", client.ErrUndecodable},
		"HTML":                   {"<html>", "!", client.ErrUndecodable},
		"more behind the brace":  {page(1, 2) + `{}`, "1 2 !", client.ErrUndecodable},
		"cut before anything":    {`{`, "!", client.ErrTruncated},
		"cut in the name":        {`{"mess`, "!", client.ErrTruncated},
		"cut before the list":    {`{"message":`, "!", client.ErrTruncated},
		"cut behind the bracket": {`{"message":[`, "!", client.ErrTruncated},
		"cut in an element":      {`{"message":[{"id":1},{"id":2,"na`, "1 !", client.ErrTruncated},
		"cut between elements":   {`{"message":[{"id":1},`, "1 !", client.ErrTruncated},
		"cut behind an element":  {`{"message":[{"id":1},{"id":2}`, "1 !", client.ErrTruncated},
		"cut behind the list":    {`{"message":[{"id":1},{"id":2}]`, "1 2 !", client.ErrTruncated},
		"cut before the brace": {
			body: `{"message":[{"id":1},{"id":2}],"status":"success"`,
			want: "1 2 !",
			code: client.ErrTruncated,
		},
		"no comma": {
			body: `{"message":[{"id":1} {"id":2}],"status":"success"}`,
			want: "!",
			code: client.ErrUndecodable,
		},
		"comma behind":  {`{"message":[{"id":1},],"status":"success"}`, "1 !", client.ErrUndecodable},
		"wrong bracket": {`{"message":[{"id":1}},"status":"success"}`, "!", client.ErrUndecodable},
		"grammar in an element": {
			body: `{"message":[{"id":1},{"id" 2}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUndecodable,
		},
		"grammar around": {`{"message":[{"id":1}] "status":"success"}`, "1 !", client.ErrUndecodable},
		"deep element": {
			body: `{"message":[{"id":1},` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `],"status":"success"}`,
			want: "1 !",
			code: client.ErrUndecodable,
		},
		"deep beside": {
			body: `{"a":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `,"message":[{"id":1}],` +
				`"status":"success"}`,
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
		"nothing in other forms": {
			body: `{"message":[{"id":"0"},{"id":"0"},{"id":0.0},{"id":0.0},{"id":" "},{"id":" "},{"id":"-1"},` +
				`{"id":"-1"}],"status":"success"}`,
			want: "0 0 0 0     -1 -1",
		},
		"identifiers of both forms": {`{"message":[{"id":"1"},{"id":1}],"status":"success"}`, "1 1", ""},
		"one that has changed": {
			body: `{"message":[{"id":1},{"id":1,"name":"A"},{"id":1}],"status":"success"}`,
			want: "1 1",
		},
		"one that cannot be read": {
			body: `{"message":[{"id":1},{"id":{"id":2}},{"id":3}],"status":"success"}`,
			want: "1 !",
			code: client.ErrUnexpectedResponse,
		},
		"identifier of another name": {`{"message":[{"ID":1},{"ID":1}],"status":"success"}`, "1 1", ""},
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
				ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
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
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		if ids != "!" || !errors.Is(errs[0], code) {
			t.Errorf("%d: %s %v", status, ids, errs)
		}
		c = serve(t, responseWith(status, "application/json", none))
		if ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"))); ids != "" {
			t.Errorf("none under %d: %s %v", status, ids, errs)
		}
	}
	for status, code := range map[int]client.Code{
		404: client.ErrNoSuchEndpoint,
		500: client.ErrServer,
	} { // known before the list
		c := serve(t, responseWith(status, "application/json", page(1, 2)))
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		if ids != "!" || !errors.Is(errs[0], code) {
			t.Errorf("records under %d: %s %v", status, ids, errs)
		}
	}
	var sent atomic.Int32 // a failure that is cut off is repeated as others are, not again as a list
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		fmt.Fprint(conn, "HTTP/1.1 503 Busy\r\nContent-Length: 5000\r\n\r\n{\"message\":")
		_ = conn.Close()
	})
	ids, errs := read(dial(t, url, quick).Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
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
	var all []*client.Customer
	for cust, err := range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, cust)
	}
	for _, cust := range all {
		var notes []client.NoteKind
		for _, n := range cust.Notes() {
			notes = append(notes, n.Kind)
		}
		if cust.ID == client.NumberID(2) {
			if !slices.Equal(notes, []client.NoteKind{client.NoteContentType}) {
				t.Errorf("notes of the second: %v", notes)
			}
			continue
		}
		if string(cust.Raw()) != first || cust.Body() != nil || cust.RequestID() != "c-9" || cust.Remarks != "a\nb" {
			t.Errorf("%+v %s", cust, cust.Raw())
		}
		if !slices.Equal(notes, []client.NoteKind{client.NoteControl, client.NoteContentType}) {
			t.Errorf("notes of the first: %v", notes)
		}
		if len(cust.Undeclared()) != 1 || len(cust.Misfits()) != 1 {
			t.Errorf("undeclared %v, misfits %v", cust.Undeclared(), cust.Misfits())
		}
	}
}

// days responds with the records of each day, and remembers what was asked.
type days struct {
	mu      sync.Mutex
	records map[string]string // body by day
	seen    []string
}

func (d *days) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := window(r)
	d.mu.Lock()
	d.seen = append(d.seen, a.Start+"/"+a.End)
	body, ok := d.records[a.Start]
	d.mu.Unlock()
	if !ok {
		body = none
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
		// 1 comes again after a day between: only neighbours can overlap.
		if ids != "1 2 3 4 1 5" || len(errs) != 0 {
			t.Errorf("%d at once: %s %v", n, ids, errs)
		}
		slices.Sort(d.seen)
		got := strings.Join(d.seen, " ")
		if got != "2024-02-28/2024-02-28 2024-02-29/2024-02-29 2024-03-01/2024-03-01 2024-03-02/2024-03-02 "+
			"2024-03-03/2024-03-03" {
			t.Errorf("asked %s", got)
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
		t.Errorf("asked %s", got)
	}
}

func TestRangesThatAreNone(t *testing.T) {
	d := &days{}
	c := serve(t, d.ServeHTTP)
	a, b := day("2024-05-01"), day("2024-05-02")
	for name, records := range map[string]func() (string, []error){
		"ends before it begins": func() (string, []error) { return read(c.Customers.Pull(t.Context(), b, a)) },
		"no beginning": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), time.Time{}, b))
		},
		"no end": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), a, time.Time{}))
		},
		"before 1970": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), day("1969-12-31"), b))
		},
		"without end": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), day("9999-12-31"), day("9999-12-31").AddDate(0, 0, 1)))
		},
		"none at once": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), a, b, client.WithParallelWindows(0)))
		},
		"broken checkpoint": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), a, b, client.ResumeFrom(client.Checkpoint{
				Operation: client.OpPullCustomers,
				Day:       "1 May",
			})))
		},
		"checkpoint of another": func() (string, []error) {
			return read(c.Customers.Pull(t.Context(), a, b, client.ResumeFrom(client.Checkpoint{
				Operation: client.OpPullTickets,
				Day:       "2024-05-01",
			})))
		},
		"query without account": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{}))
		},
		"query with dates": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{
				CmID:            client.NumberID(1),
				CreateStartDate: "2024-05-01",
			}))
		},
		"query with offset": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{
				CmID:   client.NumberID(1),
				Offset: new("5"),
			}))
		},
		"query with limit": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{
				CmID:  client.NumberID(1),
				Limit: new("5"),
			}))
		},
		"query with an end": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{
				CmID:          client.NumberID(1),
				CreateEndDate: "2024-05-01",
			}))
		},
		"pages of nothing": func() (string, []error) {
			return read(c.Customers.Query(t.Context(), a, b, client.CustomerQuery{CmID: client.NumberID(1)},
				client.WithPageSize(0)))
		},
	} {
		if ids, errs := records(); ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) || len(d.seen) != 0 ||
			(name == "no beginning" || name == "no end") != strings.Contains(errs[0].Error(), "give both times") {
			t.Errorf("%s: %s %v", name, ids, errs)
		}
	}
}

func TestErrorsOfOneWindow(t *testing.T) {
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
		var saved []string
		save := client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
			saved = append(saved, cp.Day)
			return nil
		})
		ids, errs = read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-04"),
			client.WithParallelWindows(n), client.ContinueOnError(), save))
		if ids != "1 2 ! 3 4" || len(errs) != 1 {
			t.Errorf("%d at once, going on: %s %v", n, ids, errs)
		}
		if strings.Join(saved, " ") != "2024-05-01" {
			t.Errorf("%d at once: checkpoints %v pass over the day that failed", n, saved)
		}
	}
}

func TestCheckpoints(t *testing.T) {
	d := &days{records: map[string]string{"2024-05-01": page(1, 2), "2024-05-02": page(2, 3), "2024-05-03": page(3, 4)}}
	c := serve(t, d.ServeHTTP)
	from, to := day("2024-05-01"), day("2024-05-03")
	var last client.Checkpoint
	save := client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
		kept, _ := json.Marshal(cp)
		last = client.Checkpoint{}
		return json.Unmarshal(kept, &last)
	})
	for cust, err := range c.Customers.Pull(t.Context(), from, to, save) {
		if err != nil {
			t.Fatal(err)
		}
		if cust.ID == client.NumberID(3) {
			break // inside the second day, which must have no checkpoint
		}
	}
	first := last
	if first.Day != "2024-05-01" || len(first.Digests) != 2*12 {
		t.Errorf("checkpoint %+v", first)
	}

	d.seen = nil
	rest, errs := read(c.Customers.Pull(t.Context(), from, to, save, client.ResumeFrom(first)))
	if rest != "3 4" || len(errs) != 0 || len(d.seen) != 2 || last.Day != "2024-05-03" {
		t.Errorf("resumed: %s %v, asked %v, checkpoint %+v", rest, errs, d.seen, last)
	}
	rest, errs = read(c.Customers.Pull(t.Context(), from, to, client.ResumeFrom(last)))
	if rest != "" || len(errs) != 0 {
		t.Errorf("resumed at the end: %s %v", rest, errs)
	}
	rest, _ = read(c.Customers.Pull(t.Context(), to, to, client.ResumeFrom(client.Checkpoint{})))
	if rest != "3 4" {
		t.Errorf("resumed from nothing: %s", rest)
	}

	d.seen = nil
	rest, errs = read(c.Customers.Pull(t.Context(), to, to, client.ResumeFrom(first)))
	if rest != "3 4" || len(errs) != 0 || len(d.seen) != 2 {
		t.Errorf("resumed with a day between: %s %v, asked %v", rest, errs, d.seen)
	}

	filter := client.CustomerQuery{CmID: client.NumberID(1000298), Name: new("Asha")}
	rest, errs = read(c.Customers.Query(t.Context(), from, to, filter, client.ResumeFrom(first)))
	if rest != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
		t.Errorf("a query resumed from a pull: %s %v", rest, errs)
	}
	for _, other := range []client.Checkpoint{
		{Operation: first.Operation, Request: first.Request, Day: "1 May"},
		{Operation: client.OpPullTickets, Request: first.Request, Day: first.Day},
	} {
		rest, errs := read(c.Customers.Pull(t.Context(), from, to, client.ResumeFrom(other)))
		if rest != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
			t.Errorf("resumed from %+v: %s %v", other, rest, errs)
		}
	}

	full := errors.New("disk full")
	fails := client.WithCheckpoint(func(context.Context, client.Checkpoint) error { return full })
	rest, errs = read(c.Customers.Pull(t.Context(), from, to, client.ContinueOnError(), fails))
	if rest != "1 2 !" || !errors.Is(errs[0], full) || !errors.Is(errs[0], client.ErrCheckpoint) {
		t.Errorf("save fails: %s %v", rest, errs)
	}
}

// A day that is not over can get more records, so no checkpoint may pass it.
func TestNoCheckpointForADayThatIsNotOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inBubble(t, func(*http.Request) (*http.Response, error) { return made(200, page(1)), nil })
		time.Sleep(time.Until(day("2000-01-05").Add(30 * time.Minute)))
		var saved []string
		ids, _ := read(c.Customers.Pull(t.Context(), day("2000-01-03"), time.Now(),
			client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
				saved = append(saved, cp.Day)
				return nil
			})))
		if ids != "1" || !slices.Equal(saved, []string{"2000-01-03"}) {
			t.Errorf("%s, checkpoints %v", ids, saved)
		}
	})
}

// A day that was asked for ahead of its turn is judged by when it was asked
// for.
func TestNoCheckpointForADayThatWasNotOverWhenAskedFor(t *testing.T) {
	for _, n := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			c := inBubble(t, func(r *http.Request) (*http.Response, error) {
				return made(200, page(map[string]int{"2000-01-03": 1, "2000-01-04": 2}[window(r).Start])), nil
			})
			time.Sleep(time.Until(day("2000-01-05").Add(30 * time.Minute)))
			last := ""
			for cust, err := range c.Customers.Pull(t.Context(), day("2000-01-03"), day("2000-01-04"),
				client.WithParallelWindows(n),
				client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
					last = cp.Day
					return nil
				})) {
				if err != nil {
					t.Fatal(err)
				}
				if cust.ID == client.NumberID(1) {
					time.Sleep(2 * time.Hour)
				}
			}
			if want := map[int]string{1: "2000-01-04", 2: "2000-01-03"}[n]; last != want {
				t.Errorf("%d at once: the last checkpoint is %s, want %s", n, last, want)
			}
		})
	}
}

// pages is a server of n records that sends pages of at most most.
type pages struct {
	n, most int
	ignore  bool // ignores the offset
	seen    []string
	change  func(p *pages, a asked)
	body    func(a asked) string
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := window(r)
	p.seen = append(p.seen, fmt.Sprint(a.Offset, "+", a.Limit))
	if p.change != nil {
		p.change(p, a)
	}
	if p.body != nil {
		response(p.body(a))(w, r)
		return
	}
	if p.ignore {
		a.Offset = 0
	}
	var ids []int
	for i := a.Offset; i < min(p.n, a.Offset+min(a.Limit, p.most)); i++ {
		ids = append(ids, i+1)
	}
	if len(ids) == 0 {
		response(none)(w, r)
		return
	}
	response(page(ids...))(w, r)
}

func TestPages(t *testing.T) {
	everything := func(n int) string {
		var ids []string
		for i := range n {
			ids = append(ids, strconv.Itoa(i+1))
		}
		return strings.Join(ids, " ")
	}
	for name, test := range map[string]struct {
		server *pages
		limit  string
		want   string
		asked  string
		code   client.Code
	}{
		"none":           {server: &pages{n: 0, most: 100}, asked: "0+100"},
		"one short page": {server: &pages{n: 7, most: 100}, want: everything(7), asked: "0+100 7+100 1+100 0+100"},
		"just full": {
			server: &pages{n: 100, most: 100},
			want:   everything(100),
			asked:  "0+100 100+100 1+100 0+100",
		},
		"full and short": {
			server: &pages{n: 230, most: 100},
			want:   everything(230),
			asked:  "0+100 100+100 1+100 200+100 230+100",
		},
		"own limit": {server: &pages{n: 5, most: 100}, limit: "2", want: everything(5), asked: "0+2 2+2 1+2 4+2 5+2"},
		"the server has 100": {
			server: &pages{n: 250, most: 100},
			limit:  "500",
			want:   everything(250),
			asked:  "0+500 100+500 1+500 200+500 250+500",
		},
		"the server has 50": {
			server: &pages{n: 120, most: 50},
			want:   everything(120),
			asked:  "0+100 50+100 1+100 100+100 120+100",
		},
		"limit is ignored": {
			server: &pages{
				body: func(a asked) string {
					return map[bool]string{true: page(1, 2, 3, 4, 5), false: none}[a.Offset == 0]
				},
			},
			limit: "2",
			want:  "1 2 3 4 5",
			asked: "0+2 5+2 1+2",
		},
		"offset is ignored": {
			server: &pages{n: 300, most: 100, ignore: true},
			want:   everything(100) + " !",
			asked:  "0+100 100+100",
			code:   client.ErrRepeatedPage,
		},
		"short one ignored": {
			server: &pages{n: 7, most: 100, ignore: true},
			want:   everything(7) + " !",
			asked:  "0+100 7+100",
			code:   client.ErrRepeatedPage,
		},
		"no identifiers, repeated": {
			server: &pages{
				body: func(asked) string { return `{"status":"success","message":[{"name":"A"},{"name":"B"}]}` },
			},
			limit: "2",
			want:  "- - - - !",
			asked: "0+2 2+2",
			code:  client.ErrRepeatedPage,
		},
		"no identifiers, the end again": {
			server: &pages{body: func(a asked) string {
				return map[bool]string{
					true:  "{\"status\":\"success\",\"message\":[{\"name\":\"A\"},\n{\"name\":\"B\"}]}",
					false: `{"status":"success","message":[{"name":"B"}]}`,
				}[a.Offset == 0]
			}},
			limit: "2",
			want:  "- - - - !",
			asked: "0+2 2+2 1+2 3+2",
			code:  client.ErrRepeatedPage,
		},
		"pages overlap": {
			server: &pages{body: func(a asked) string {
				return cmp.Or(map[int]string{
					0: page(1, 2, 3),
					3: page(3, 4, 5),
					6: page(5, 6),
					8: page(6),
				}[a.Offset], none)
			}},
			limit: "3",
			want:  "1 2 3 4 5 6",
			asked: "0+3 3+3 1+3 6+3 8+3 9+3",
		},
		"records are taken off": {
			server: &pages{body: func(a asked) string {
				return cmp.Or(map[int]string{
					0: page(1, 2, 3),
					3: page(4),
					4: page(5, 6, 7),
					7: page(7, 9),
				}[a.Offset], none)
			}},
			limit: "3",
			want:  "1 2 3 4 5 6 7 9",
			asked: "0+3 3+3 1+3 4+3 7+3 9+3",
		},
		"the first again, shorter": {
			server: &pages{body: func(a asked) string {
				return map[bool]string{true: page(1, 2, 3), false: page(1, 2)}[a.Offset == 0]
			}},
			limit: "3",
			want:  "1 2 3 !",
			asked: "0+3 3+3 1+3 0+3 5+3",
			code:  client.ErrRepeatedPage,
		},
		"cut in the second": {
			server: &pages{body: func(a asked) string {
				return map[bool]string{true: page(1, 2), false: `{"message":[{"id":3},`}[a.Offset == 0]
			}},
			limit: "2",
			want:  "1 2 3 !",
			asked: "0+2 2+2",
			code:  client.ErrTruncated,
		},
		"failure in the second": {
			server: &pages{body: func(a asked) string {
				return map[bool]string{
					true:  page(1, 2),
					false: `{"message":"Invalid Auth Key","status":"failed"}`,
				}[a.Offset == 0]
			}},
			limit: "2",
			want:  "1 2 !",
			asked: "0+2 2+2",
			code:  client.ErrAuthKey,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, test.server.ServeHTTP)
			filter := client.CustomerQuery{CmID: client.NumberID(1000298)}
			var opts []client.PullOption
			if n, err := strconv.Atoi(test.limit); err == nil {
				opts = append(opts, client.WithPageSize(n))
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

// What distinguishes records without an identifier within a day is not part of
// a checkpoint.
func TestCheckpointsHoldRecordsWithIdentifiersOnly(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		response(map[bool]string{
			true:  `{"status":"success","message":[{"name":"A"},{"id":7}]}`,
			false: none,
		}[window(r).Offset == 0])(w, r)
	})
	var saved []byte
	ids, errs := read(c.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"),
		client.CustomerQuery{CmID: client.NumberID(1)},
		client.WithCheckpoint(func(_ context.Context, cp client.Checkpoint) error {
			saved = cp.Digests
			return nil
		})))
	sum := sha256.Sum256([]byte(`{"id":7}`))
	if ids != "- 7" || len(errs) > 0 || !bytes.Equal(saved, sum[:12]) {
		t.Errorf("%s %v, checkpoint %x", ids, errs, saved)
	}
}

func TestQueryBody(t *testing.T) {
	var body string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		response(none)(w, r)
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
	for _, named := range []bool{true, false} {
		var sent atomic.Int32
		url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
			record := `{"id":%d}`
			if !named {
				record = `{"age":%d}`
			}
			if sent.Add(1) == 1 {
				fmt.Fprintf(conn,
					"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":["+record+","+record+",{\"i", 1, 2)
				_ = conn.Close()
				return
			}
			respond(conn, fmt.Sprintf(`{"message":[`+record+`,`+record+`,`+record+`],"status":"success"}`, 2, 1, 3))
		})
		c := dial(t, url, quick)
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		if named && (ids != "1 2 3" || len(errs) != 0 || sent.Load() != 2) {
			t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
		}
		if !named && (ids != "- - !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 1) {
			t.Errorf("without identifiers, sent %d times: %s %v", sent.Load(), ids, errs)
		}
	}

	var sent atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		response(`{"message":[{"id":1},{"i`)(w, r)
	}, quick)
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	if ids != "1 !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 1 {
		t.Errorf("ended without an error of the connection, sent %d times: %s %v", sent.Load(), ids, errs)
	}

	sent.Store(0)
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		sent.Add(1)
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":[{\"id\":1},{\"i")
		_ = conn.Close()
	})
	ids, errs = read(dial(t, url, quick).Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	if ids != "1 !" || !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 4 {
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
			c := inBubble(t, func(*http.Request) (*http.Response, error) {
				resp := made(200, page(1))
				if sent++; sent == 1 {
					resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(text),
						failing{errors.New("connection reset by peer")}))
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

// The response after a broken connection must have the records that came before
// it broke.
func TestFewerRecordsThanBefore(t *testing.T) {
	for body, want := range map[string]string{
		none:       "1 2 !",
		page():     "1 2 !",
		page(1):    "1 2 !",
		page(2, 1): "1 2",
		page(3, 1): "1 2 3",
	} {
		var sent atomic.Int32
		url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
			if sent.Add(1) == 1 {
				two := strings.TrimSuffix(list(1, 2), "]")
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":"+two+",{\"i")
				_ = conn.Close()
				return
			}
			respond(conn, body)
		})
		ids, errs := read(dial(t, url, quick).Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
		if ids != want || len(errs) > 0 && !errors.Is(errs[0], client.ErrTruncated) || sent.Load() != 2 {
			t.Errorf("%s: sent %d times: %s %v", body, sent.Load(), ids, errs)
		}
	}
}

// An element that is not JSON is shown, on one line.
func TestBrokenElements(t *testing.T) {
	c := serve(t, response("{\"message\":[{\"id\":1},{\"id\":\n2 3}],\"status\":\"success\"}"))
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	var e *client.Error
	if ids != "1 !" || !errors.As(errs[0], &e) || e.Code != client.ErrUndecodable || e.Sample != `{"id": 2 3}` {
		t.Errorf("%s %v, sample %q", ids, errs, e.Sample)
	}
}

// The records of earlier attempts count, too.
func TestFewerRecordsThanOnce(t *testing.T) {
	var sent atomic.Int32
	url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
		begun := []string{strings.Trim(list(1, 2, 3), "[]") + `,{"i`, strings.Trim(list(1), "[]") + `,{"i`}
		if n := int(sent.Add(1)); n <= len(begun) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"message\":["+begun[n-1])
			_ = conn.Close()
			return
		}
		respond(conn, page(1, 2))
	})
	var e *client.Error
	ids, errs := read(dial(t, url, quick).Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
	if ids != "1 2 3 !" || !errors.As(errs[0], &e) || e.Code != client.ErrTruncated ||
		!strings.Contains(e.Detail, "2 records where 3 came") {
		t.Errorf("sent %d times: %s %v", sent.Load(), ids, errs)
	}
}

func TestElementsAreCapped(t *testing.T) {
	big := strings.Repeat("x", 2000)
	many := strings.TrimSuffix(strings.Repeat(`{"name":"A"},`, 5000), ",")
	for name, test := range map[string]struct {
		body, want string
	}{
		"many small ones": {
			`{"message":[` + many + `],"status":"success"}`,
			strings.TrimSuffix(strings.Repeat("- ", 5000), " "),
		},
		"a large one":      {`{"message":[{"id":1},{"id":2,"name":"` + big + `"}],"status":"success"}`, "1 !"},
		"much beside them": {`{"message":[{"id":1}],"a":"` + big + `","status":"success"}`, "1 !"},
		"escapes beside": {
			`{"message":[{"id":1}],"a":"` + strings.Repeat(`\\`, 2000) + `","status":"success"}`,
			"1 !",
		},
		"one byte further": {
			`{"message":[{"id":1}],"a":"x` + strings.Repeat(`\\`, 2000) + `","status":"success"}`,
			"1 !",
		},
	} {
		c := serve(t, response(test.body), client.WithMaxResponseBytes(1000))
		ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01")))
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
		c := inBubble(t, func(r *http.Request) (*http.Response, error) {
			resp := made(200, page(1))
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "1999-12-02") {
				pr, pw := io.Pipe()
				resp.Body = pr
				go func() {
					fmt.Fprint(pw, `{"message":[{"id":2}`)
					for i := range 300 { // each fills the reader's buffer
						fmt.Fprintf(pw, `,{"id":%d,"name":"%s"}`, i+3, strings.Repeat("x", 64<<10))
						written.Add(1)
					}
					fmt.Fprint(pw, `],"status":"success"}`)
					_ = pw.Close()
				}()
			}
			return resp, nil
		})
		n := 0
		for _, err := range c.Customers.Pull(t.Context(), day("1999-12-01"), day("1999-12-02"),
			client.WithParallelWindows(2)) {
			if n++; err != nil {
				t.Fatal(err)
			}
			if n > 1 {
				continue
			}
			if synctest.Wait(); written.Load() < 36 || written.Load() > 64 {
				t.Errorf("%d records of the next day were read ahead", written.Load())
			}
		}
		if n != 302 {
			t.Errorf("%d records", n)
		}
	})
}

func TestMoreWindowsThanDays(t *testing.T) {
	c := serve(t, response(page(1)))
	ids, errs := read(c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"),
		client.WithParallelWindows(math.MaxInt)))
	if ids != "1" {
		t.Errorf("%s %v", ids, errs)
	}
}

// Breaking out of a loop leaves nothing running: no goroutine here, no request
// there.
func TestBreakingOff(t *testing.T) {
	for _, n := range []int{1, 4} {
		before := runtime.NumGoroutine()
		var running, started atomic.Int32
		url := rude(t, func(_ int, conn net.Conn, _ *http.Request) {
			started.Add(1)
			running.Add(1)
			defer running.Add(-1)
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
			_, err := fmt.Fprintf(conn, "c\r\n{\"message\":[\r\n")
			for i := 1; err == nil; i++ { // endlessly
				record := fmt.Sprintf(`{"id":%d},`, i)
				_, err = fmt.Fprintf(conn, "%x\r\n%s\r\n", len(record), record)
			}
		})
		transport := &http.Transport{}
		c := dial(t, url, client.WithHTTPClient(&http.Client{Transport: transport}))
		for cust, err := range c.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-20"),
			client.WithParallelWindows(n)) {
			if err != nil {
				t.Fatal(err)
			}
			if cust.ID == client.NumberID(500) {
				break
			}
		}
		for i := 0; running.Load() != 0 && i < 200; i++ {
			time.Sleep(10 * time.Millisecond)
		}
		if running.Load() != 0 || int(started.Load()) > n {
			t.Errorf("%d requests, of which %d are still running", started.Load(), running.Load())
		}
		for i := 0; runtime.NumGoroutine() > before+1 && i < 200; i++ { // the listener's stays
			transport.CloseIdleConnections() // one that was opened when it was no longer needed waits in the pool
			time.Sleep(10 * time.Millisecond)
		}
		if after := runtime.NumGoroutine(); after > before+1 {
			buf := make([]byte, 1<<16)
			t.Errorf("%d goroutines before, %d after\n%s", before, after, buf[:runtime.Stack(buf, true)])
		}
	}
}

func TestCancellingAPull(t *testing.T) {
	for _, n := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) { // fails if a goroutine stays
			ctx, cancel := context.WithCancel(t.Context())
			var reading atomic.Int32
			c := inBubble(t, func(r *http.Request) (*http.Response, error) {
				resp := made(200, "")
				resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"message":[{"id":1},`),
					lingering{r.Context(), &reading}))
				return resp, nil
			})
			time.AfterFunc(time.Second, cancel)
			ids, errs := read(c.Customers.Pull(ctx, day("1999-12-01"), day("1999-12-09"), client.WithParallelWindows(n),
				client.ContinueOnError()))
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
	n := l.reading.Add(1) // each takes a little longer
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
