package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// pagedServer has a list of records. Its fields say how it divides the list into
// pages.
type pagedServer struct {
	records []string
	sizes   []int // of the first pages; the limit for those after them
	overlap int   // how many records of the page before each page begins with
	growth  []int // how many records are added in front after each of the first requests

	ignoresLimit bool // a page has all records from the offset on
	countsPages  bool // the offset is the number of a page
	ignoresStart bool // every page is the first
	repeatsLast  bool // the last page is repeated after the end
	rotates      bool // every page has the records of the first, each time in another order

	asked []string // offset+limit of each request
}

// page returns the records that a request asks for.
func (s *pagedServer) page(offset, limit int) []string {
	s.asked = append(s.asked, fmt.Sprint(offset, "+", limit))
	defer s.grow()
	size := limit
	begin := 0
	for _, n := range s.sizes {
		if begin == offset {
			size = n
		}
		begin += n
	}

	if s.ignoresLimit {
		size = len(s.records)
	}
	from := max(0, offset-s.overlap)
	switch {
	case s.countsPages:
		from = 0
		for n := range offset {
			from += s.size(n, limit)
		}
		size = s.size(offset, limit)
	case s.ignoresStart:
		from = 0
	case s.repeatsLast && from >= len(s.records):
		from = max(0, len(s.records)-size)
	case s.rotates:
		turn := offset / limit % len(s.records)
		return slices.Concat(s.records[turn:], s.records[:turn])
	}
	from = min(from, len(s.records))
	return s.records[from:min(from+size, len(s.records))]
}

// grow adds records in front of the list, as in a list that begins with the
// newest.
func (s *pagedServer) grow() {
	if len(s.growth) == 0 {
		return
	}
	for range s.growth[0] {
		added := fmt.Sprintf(`{"id":%d}`, 1000+len(s.records))
		s.records = slices.Insert(slices.Clone(s.records), 0, added)
	}
	s.growth = s.growth[1:]
}

// size returns how large the nth page is.
func (s *pagedServer) size(n, limit int) int {
	if n < len(s.sizes) {
		return s.sizes[n]
	}
	return limit
}

// numbered returns records with the identifiers from 1 to n.
func numbered(n int) (records []string) {
	for id := range n {
		records = append(records, fmt.Sprintf(`{"id":%d}`, id+1))
	}
	return records
}

// A pagedList reads a list in pages from a server. It returns the identifiers,
// with ! for an error.
type pagedList struct {
	name string
	read func(t *testing.T, s *pagedServer, opts []client.PullOption) (ids string, errs []error)
}

// pagedLists has every list that has pages.
var pagedLists = []pagedList{
	{"Customers.Query", func(t *testing.T, s *pagedServer, opts []client.PullOption) (string, []error) {
		d := newDesk(t, s.serve("message"))
		filter := client.CustomerQuery{CmID: client.NumberID(1)}
		return readIDs(d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter, opts...))
	}},
	{"Tickets.Pull", func(t *testing.T, s *pagedServer, opts []client.PullOption) (string, []error) {
		d := newDesk(t, s.serve("message"))
		return readIDs(d.Tickets.Pull(t.Context(), day("2024-05-01"), day("2024-05-01"), opts...))
	}},
	{"Tickets.PullByCustomer", func(t *testing.T, s *pagedServer, opts []client.PullOption) (string, []error) {
		d := newDesk(t, s.serve("message"))
		return readIDs(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, opts...))
	}},
	{"FAQ.Contents", func(t *testing.T, s *pagedServer, opts []client.PullOption) (string, []error) {
		d := newDesk(t, s.serve("contents"))
		return readIDs(d.FAQ.Contents(t.Context(), client.TextID("7"), opts...))
	}},
}

// serve responds to a request of any list with the page that it asks for. list is
// the field that the response has the records in.
func (s *pagedServer) serve(list string) func(int, string) string {
	return func(_ int, body string) string {
		var query struct {
			Limit  json.RawMessage `json:"limit"`
			Offset json.RawMessage `json:"offset"`
			Start  json.RawMessage `json:"start_index"`
			End    json.RawMessage `json:"end_index"`
		}
		_ = json.Unmarshal([]byte(strings.Trim(body, "[]")), &query)
		number := func(raw json.RawMessage) int {
			n, _ := strconv.Atoi(strings.Trim(string(raw), `"`))
			return n
		}
		offset := number(query.Offset) + number(query.Start)
		limit := max(number(query.Limit), number(query.End)-number(query.Start))
		records := strings.Join(s.page(offset, limit), ",")
		if list == "contents" {
			return `{"message":{"contents":[` + records + `]},"status":"success"}`
		}
		// A ticket is identified by its ticketId, a customer by its id.
		records = identifier.ReplaceAllString(records, `{"ticketId":$1,"id":$1`)
		return `{"message":[` + records + `],"status":"success"}`
	}
}

var identifier = regexp.MustCompile(`\{"id":(-?[0-9]+)`)

// identified is a record of any list.
type identified interface{ Raw() []byte }

// readIDs returns the identifiers that an iteration yields, with ! for an error.
func readIDs[R identified](records iter.Seq2[R, error]) (ids string, errs []error) {
	return readBy(records, func(record R) string {
		var fields struct {
			ID json.Number `json:"id"`
		}
		_ = json.Unmarshal(record.Raw(), &fields)
		return string(fields.ID)
	})
}

// Only an empty page ends a list, whatever the pages before it look like. Pages
// without progress are an error.
func TestPagesEndWhereTheServerShowsTheEnd(t *testing.T) {
	numbers := client.WithPageNumbers()
	repeats := client.WithRepeatedLastPage()
	for _, test := range []struct {
		name   string
		server pagedServer
		opts   []client.PullOption
		want   string
		asked  string
		code   client.Code
		offset int // of the window that the error names
	}{
		{
			name: "a short page that repeats a record",
			server: pagedServer{
				records: []string{`{"id":1}`, `{"id":2}`, `{"id":2}`, `{"id":3}`, `{"id":4}`},
				sizes:   []int{2, 1, 2},
			},
			want:  "1 2 3 4",
			asked: "0+2 2+2 1+2 3+2 5+2", // 1+2: does it count pages?
		},
		{
			name:   "full pages that repeat records",
			server: pagedServer{records: []string{`{"id":1}`, `{"id":2}`, `{"id":2}`, `{"id":1}`, `{"id":3}`}},
			want:   "1 2 3",
			asked:  "0+2 2+2 1+2 4+2 5+2",
		},
		{
			name:   "nine pages in a row without a new record",
			server: pagedServer{records: slices.Concat(numbered(2), oldPages(9), []string{`{"id":3}`})},
			want:   "1 2 3",
		},
		{
			name:   "ten pages in a row without a new record",
			server: pagedServer{records: slices.Concat(numbered(2), oldPages(10), []string{`{"id":3}`})},
			want:   "1 2 !",
			code:   client.ErrRepeatedPage,
			offset: 20,
		},
		{
			name:   "an order that changes all the time",
			server: pagedServer{records: numbered(2), rotates: true},
			want:   "1 2 !",
			code:   client.ErrRepeatedPage,
			offset: 20,
		},
		{
			name:   "records without an identifier",
			server: pagedServer{records: slices.Repeat([]string{`{"id":0,"a":1}`, `{"id":-1,"a":1}`}, 2)[:3]},
			want:   "0 -1 0",
			asked:  "0+2 2+2 1+2 3+2",
		},
		{
			name:   "the first page for ever",
			server: pagedServer{records: numbered(3), ignoresStart: true},
			want:   "1 2 !",
			asked:  "0+2 2+2",
			code:   client.ErrRepeatedPage,
			offset: 2,
		},
		{
			name:   "pages that overlap, and are short",
			server: pagedServer{records: numbered(4), sizes: []int{2, 3}, overlap: 2},
			opts:   []client.PullOption{client.WithPageSize(20)},
			want:   "1 2 3 4",
			asked:  "0+20 2+20 1+20 0+20 5+20 6+20",
		},
		{
			name:   "pages that overlap by one and are short",
			server: pagedServer{records: numbered(22), sizes: []int{20, 1}, overlap: 1},
			opts:   []client.PullOption{client.WithPageSize(20)},
			want:   "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22",
			asked:  "0+20 20+20 1+20 0+20 21+20 23+20",
		},
		{
			name:   "pages that overlap by one, of records with one identifier",
			server: pagedServer{records: []string{`{"id":1}`, `{"id":1,"a":1}`}, overlap: 1},
			want:   "1 1",
			asked:  "0+2 2+2 1+2 3+2",
		},
		{
			name:   "all records in one response, whatever the limit",
			server: pagedServer{records: numbered(9), ignoresLimit: true},
			want:   "1 2 3 4 5 6 7 8 9",
			asked:  "0+2 9+2 1+2 0+2",
		},
		{
			name:   "more records than the limit on the first of the pages that are counted",
			server: pagedServer{records: numbered(5), sizes: []int{3}, countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(1)},
			want:   "1 2 3 !",
			code:   client.ErrPageNumbers,
			offset: 3,
		},
		{
			name:   "pages that are counted, of a list that grows by one",
			server: pagedServer{records: numbered(5), growth: []int{1, 1}, countsPages: true},
			want:   "1 2 4 5 !",
			asked:  "0+2 2+2 1+2 0+2 1+2 0+2",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "pages that are counted, of a list that grows by one and has no third",
			server: pagedServer{records: numbered(3), growth: []int{1, 1}, countsPages: true},
			want:   "1 2 !",
			asked:  "0+2 2+2 1+2 0+2 1+2 0+2",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "pages that are counted, of a list that grows by nearly a page",
			server: pagedServer{records: numbered(15), growth: []int{2, 1}, countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(4)},
			want:   "1 2 3 4 15 !",
			asked:  "0+4 4+4 1+4 0+4",
			code:   client.ErrPageNumbers,
			offset: 4,
		},
		{
			name:   "pages that are counted, with a record that has changed on the second",
			server: pagedServer{records: append(numbered(2), `{"id":2,"changed":true}`), countsPages: true},
			want:   "1 2 !",
			asked:  "0+2 2+2 1+2 0+2",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "records that are counted, of a list that grows by one at its end",
			server: pagedServer{records: numbered(2), growth: []int{0, 1}},
			want:   "1 2",
			asked:  "0+2 2+2 1+2 0+2 1+2",
		},
		{
			name:   "one full page",
			server: pagedServer{records: numbered(2)},
			want:   "1 2",
			asked:  "0+2 2+2 1+2",
		},
		{
			name:   "one short page",
			server: pagedServer{records: numbered(1)},
			want:   "1",
			asked:  "0+2 1+2",
		},
		{
			name:   "the offset is the number of a page",
			server: pagedServer{records: numbered(4), countsPages: true},
			want:   "1 2 !",
			asked:  "0+2 2+2 1+2 0+2", // 0+2: has the list changed?
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "the offset is the number of a page, and a record comes twice",
			server: pagedServer{records: append(numbered(7), numbered(6)[5]), countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(6)},
			want:   "1 2 3 4 5 6 !",
			asked:  "0+6 6+6 1+6 0+6",
			code:   client.ErrPageNumbers,
			offset: 6,
		},
		{
			name:   "the offset is the number of a page, and the first one is short",
			server: pagedServer{records: numbered(3), sizes: []int{2, 1}, countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(5)},
			want:   "1 2 !",
			asked:  "0+5 2+5 1+5 0+5",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "the offset is the number of a page, and the page that is asked for next is not empty",
			server: pagedServer{records: numbered(9), sizes: []int{2, 2, 2, 2, 1}, countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(5)},
			want:   "1 2 5 6 !",
			asked:  "0+5 2+5 1+5 0+5",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name:   "the offset is the number of a page, and the first ones have one record",
			server: pagedServer{records: numbered(8), sizes: []int{1, 1, 2, 2, 2}, countsPages: true},
			opts:   []client.PullOption{client.WithPageSize(5)},
			want:   "1 2 3 4 7 8 !",
			asked:  "0+5 1+5 2+5 4+5 3+5 2+5",
			code:   client.ErrPageNumbers,
			offset: 4,
		},
		{
			name: "the offset is the number of a page, and the next page begins with the last record of this one",
			server: pagedServer{
				records:     []string{`{"id":1}`, `{"id":2}`, `{"id":2}`, `{"id":3}`},
				countsPages: true,
			},
			want:   "1 2 !",
			asked:  "0+2 2+2 1+2 0+2",
			code:   client.ErrPageNumbers,
			offset: 2,
		},
		{
			name: "the offset is the number of a page, and the next page begins with two records of this one",
			server: pagedServer{
				records:     slices.Concat(numbered(3), numbered(4)[1:]),
				countsPages: true,
			},
			opts:   []client.PullOption{client.WithPageSize(3)},
			want:   "1 2 3 !",
			code:   client.ErrPageNumbers,
			offset: 3,
		},
		{
			name:   "the offset is the number of a page, as an option says",
			server: pagedServer{records: numbered(5), countsPages: true},
			opts:   []client.PullOption{numbers},
			want:   "1 2 3 4 5",
			asked:  "0+2 1+2 2+2 3+2",
		},
		{
			name:   "the last page for ever",
			server: pagedServer{records: numbered(3), repeatsLast: true},
			want:   "1 2 3 !",
			code:   client.ErrRepeatedPage,
			offset: 5,
		},
		{
			name:   "the last page for ever, as an option says",
			server: pagedServer{records: numbered(3), repeatsLast: true},
			opts:   []client.PullOption{repeats},
			want:   "1 2 3",
			asked:  "0+2 2+2 1+2 3+2 5+2",
		},
		{
			name:   "the only page for ever, as an option says",
			server: pagedServer{records: numbered(2), repeatsLast: true},
			opts:   []client.PullOption{repeats},
			want:   "1 2",
			asked:  "0+2 2+2 1+2", // is it the only one?
		},
		{
			name:   "the only record for ever, as an option says",
			server: pagedServer{records: numbered(1), repeatsLast: true},
			opts:   []client.PullOption{repeats},
			want:   "1",
			asked:  "0+2 1+2",
		},
		{
			name:   "pages of a record without an identifier, where an option expects the last page",
			server: pagedServer{records: []string{`{"id":0}`, `{"id":0}`, `{"id":1}`}},
			opts:   []client.PullOption{client.WithPageSize(1), repeats},
			want:   "0 0 !",
			asked:  "0+1 1+1",
			code:   client.ErrRepeatedPage,
			offset: 1,
		},
		{
			name:   "the first page for ever, where an option expects the last",
			server: pagedServer{records: numbered(9), ignoresStart: true},
			opts:   []client.PullOption{repeats},
			want:   "1 2 !",
			asked:  "0+2 2+2 1+2",
			code:   client.ErrRepeatedPage,
			offset: 2,
		},
		{
			name:   "the first page for ever, where both options are given",
			server: pagedServer{records: numbered(9), ignoresStart: true},
			opts:   []client.PullOption{repeats, numbers},
			want:   "1 2 !",
			asked:  "0+2 1+2",
			code:   client.ErrRepeatedPage,
			offset: 1,
		},
		{
			name:   "an end that is empty, where an option expects the last page",
			server: pagedServer{records: numbered(3)},
			opts:   []client.PullOption{repeats},
			want:   "1 2 3",
			asked:  "0+2 2+2 1+2 3+2",
		},
	} {
		for _, list := range pagedLists {
			t.Run(test.name+"/"+list.name, func(t *testing.T) {
				server := test.server
				opts := append([]client.PullOption{client.WithPageSize(2)}, test.opts...)
				ids, errs := list.read(t, &server, opts)
				if ids != test.want {
					t.Errorf("got %s %v, want %s", ids, errs, test.want)
				}
				if got := strings.Join(server.asked, " "); test.asked != "" && got != test.asked {
					t.Errorf("asked %s, want %s", got, test.asked)
				}
				if test.code == "" {
					return
				}
				var at *client.WindowError
				if len(errs) != 1 || !errors.Is(errs[0], test.code) || !errors.As(errs[0], &at) ||
					at.Window.Offset != test.offset {
					t.Errorf("error %v, want %s at offset %d", errs, test.code, test.offset)
				}
			})
		}
	}
}

// oldPages returns n pages of the first two records, each in another order than
// the page before.
func oldPages(n int) (records []string) {
	for i := range n {
		page := numbered(2)
		if i%2 == 0 {
			slices.Reverse(page)
		}
		records = append(records, page...)
	}
	return records
}

// ResumeAt skips a part of a window that cannot be read.
func TestResumeAtAWindow(t *testing.T) {
	stuck := slices.Concat(numbered(2), slices.Repeat([]string{`{"id":1}`, `{"id":2}`}, 3), []string{`{"id":3}`})
	for _, list := range pagedLists {
		server := &pagedServer{records: stuck}
		ids, errs := list.read(t, server, []client.PullOption{client.WithPageSize(2)})
		var at *client.WindowError
		if ids != "1 2 !" || !errors.As(errs[0], &at) || at.Window.Offset != 2 {
			t.Errorf("%s: got %s %v", list.name, ids, errs)
			continue
		}

		at.Window.Offset = 8
		ids, errs = list.read(t, server, []client.PullOption{client.WithPageSize(2), client.ResumeAt(at.Window)})
		if ids != "3" || len(errs) > 0 {
			t.Errorf("%s: got %s %v after offset 8", list.name, ids, errs)
		}
	}
}

// resumedQuery queries the customers of three days from a server that has a page
// for each day, at the offsets 0 and 4.
type resumedQuery struct {
	t     *testing.T
	desk  *desk
	asked []string // day and offset of each request
}

func newResumedQuery(t *testing.T) *resumedQuery {
	t.Helper()
	q := &resumedQuery{t: t}
	days := map[string]string{"2024-05-01": page(1), "2024-05-02": page(1, 2), "2024-05-03": page(2, 3)}
	q.desk = newDesk(t, func(_ int, body string) string {
		var query struct {
			Start  string `json:"createStartDate"`
			Offset string `json:"offset"`
		}
		_ = json.Unmarshal([]byte(body), &query)
		q.asked = append(q.asked, query.Start+" "+query.Offset)
		if query.Offset != "0" && query.Offset != "4" {
			return noCustomers
		}
		return days[query.Start]
	})
	return q
}

func (q *resumedQuery) read(opts ...client.PullOption) (ids string, errs []error) {
	q.t.Helper()
	q.asked = nil
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	return read(q.desk.Customers.Query(q.t.Context(), day("2024-05-01"), day("2024-05-03"), filter, opts...))
}

// firstCheckpoint is the checkpoint of the first day.
func (q *resumedQuery) firstCheckpoint() client.Checkpoint {
	q.t.Helper()
	var saved []client.Checkpoint
	q.read(keepCheckpoints(&saved))
	if len(saved) == 0 || saved[0].Day != "2024-05-01" {
		q.t.Fatalf("checkpoints %s", daysOf(saved))
	}
	return saved[0]
}

// The days after the window are read, too. A checkpoint says what the day before
// the window had.
func TestResumeAtADay(t *testing.T) {
	q := newResumedQuery(t)
	first := q.firstCheckpoint()
	at := client.ResumeAt(client.Window{Day: day("2024-05-02"), Offset: 4})

	ids, errs := q.read(client.ResumeFrom(first), at)
	asked := []string{"2024-05-02 4", "2024-05-02 6", "2024-05-02 5", "2024-05-03 0", "2024-05-03 2", "2024-05-03 1"}
	if ids != "2 3" || len(errs) > 0 || !slices.Equal(q.asked, asked) {
		t.Errorf("got %s %v, asked %q", ids, errs, q.asked)
	}
	ids, errs = q.read(at)
	if ids != "1 2 3" || len(errs) > 0 {
		t.Errorf("without a checkpoint: got %s %v", ids, errs)
	}
}

func TestResumeAtAnInvalidWindow(t *testing.T) {
	q := newResumedQuery(t)
	first := q.firstCheckpoint()
	for name, opts := range map[string][]client.PullOption{
		"a day that leaves one out": {
			client.ResumeFrom(first),
			client.ResumeAt(client.Window{Day: day("2024-05-03"), Offset: 4}),
		},
		"a day after the range": {client.ResumeAt(client.Window{Day: day("2024-05-04"), Offset: 4})},
		"no day":                {client.ResumeAt(client.Window{Offset: 4})},
		"an offset below zero":  {client.ResumeAt(client.Window{Day: day("2024-05-02"), Offset: -1})},
	} {
		ids, errs := q.read(opts...)
		if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) || len(q.asked) > 0 {
			t.Errorf("%s: got %s %v", name, ids, errs)
		}
	}

	at := client.ResumeAt(client.Window{Day: day("2024-05-02"), Offset: 4})
	ids, errs := read(q.desk.Customers.Pull(t.Context(), day("2024-05-01"), day("2024-05-03"), at))
	if ids != "!" || !errors.Is(errs[0], client.ErrInvalidRequest) {
		t.Errorf("an offset in a list without pages: got %s %v", ids, errs)
	}
	_, err := allOf(q.desk.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, at))
	is(t, err, client.ErrInvalidRequest)
}

// To find out what an offset counts, the client requests an extra page. If that
// request fails, so does the list.
func TestTheQuestionAboutPageNumbersFails(t *testing.T) {
	d := newDesk(t, eachOf(page(1, 2), page(), `{"message":"Invalid Auth Key","status":"failed"}`))
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	ids, errs := read(d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter,
		client.WithPageSize(2)))
	if ids != "1 2 !" || !errors.Is(errs[0], client.ErrAuthKey) {
		t.Errorf("got %s %v", ids, errs)
	}
}

// If records are added after a page was read, other records are one place after
// the beginning of the page than before. That does not mean that the offset
// counts pages.
func TestTheListChangesBeforeTheQuestionAboutPageNumbers(t *testing.T) {
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	for name, test := range map[string]struct {
		pages []string
		want  string
	}{
		"after the last page": {
			pages: []string{page(1, 2, 3), page(), page(8, 1, 2), page(9, 8, 1), page()},
			want:  "1 2 3",
		},
		"after the first page": {
			pages: []string{page(1, 2, 3), page(9, 8), page(7, 6, 9), page(5, 7, 6), page()},
			want:  "1 2 3 9 8",
		},
	} {
		d := newDesk(t, eachOf(test.pages...))
		ids, errs := read(d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-01"), filter,
			client.WithPageSize(3)))
		if ids != test.want || len(errs) > 0 {
			t.Errorf("%s: got %s %v", name, ids, errs)
		}
	}
}

// If the offset counts pages and two records were added in front of a list of
// three, the second page has exactly the rest of the first one, as if the offset
// counted records. The client must not conclude that for later lists.
func TestAPageThatLooksLikeTheRestOfAnother(t *testing.T) {
	pages := []string{
		// The first day: two requests of the query, and two to find out what is counted.
		page(1, 2, 3), page(), page(2, 3), page(9, 8, 1),
		// The second day.
		page(11, 12, 13), page(), page(14), page(11, 12, 13),
	}
	d := newDesk(t, eachOf(pages...))
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	ids, errs := read(d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-02"), filter,
		client.WithPageSize(3)))
	if ids != "1 2 3 11 12 13 !" || len(errs) != 1 || !errors.Is(errs[0], client.ErrPageNumbers) {
		t.Errorf("got %s %v", ids, errs)
	}
}

// A server may write a record differently each time, with a link that expires for
// example. So the records at an offset are compared by their identifiers.
func TestRecordsWithOtherBytesEachTime(t *testing.T) {
	for _, countsPages := range []bool{false, true} {
		server := &pagedServer{records: numbered(7), countsPages: countsPages}
		inner := server.serve("message")
		d := newDesk(t, func(n int, body string) string {
			link := fmt.Sprintf(`{"link":%d,"ticketId"`, n)
			return strings.ReplaceAll(inner(n, body), `{"ticketId"`, link)
		})
		ids, errs := readIDs(d.Tickets.PullByCustomer(t.Context(), "C-1", client.TicketQuery{}, client.WithPageSize(3)))
		switch {
		case countsPages && (ids != "1 2 3 !" || !errors.Is(errs[0], client.ErrPageNumbers)):
			t.Errorf("counting pages: got %s %v", ids, errs)
		case !countsPages && (ids != "1 2 3 4 5 6 7" || len(errs) > 0):
			t.Errorf("counting records: got %s %v", ids, errs)
		}
	}
}

// Once a response has shown that the offset counts records, the client does not
// ask for it again, on another day or in another pull.
func TestTheQuestionAboutPageNumbersIsAskedOnce(t *testing.T) {
	filter := client.CustomerQuery{CmID: client.NumberID(1)}
	for name, test := range map[string]struct {
		records int    // on each day
		want    string // the offset+limit of each request
	}{
		// The second of two records could be one that is in the list twice.
		"two records a day": {2, "0+3 2+3 1+3 0+3 2+3 1+3 0+3 2+3 1+3 0+3 2+3 1+3"},
		"three a day":       {3, "0+3 3+3 1+3 0+3 0+3 3+3 0+3 3+3 0+3 3+3"},
		"five a day":        {5, "0+3 3+3 1+3 5+3 0+3 3+3 5+3 0+3 3+3 5+3 0+3 3+3 5+3"},
	} {
		server := &pagedServer{records: numbered(test.records)}
		d := newDesk(t, server.serve("message"))
		for range 2 {
			for _, err := range d.Customers.Query(t.Context(), day("2024-05-01"), day("2024-05-02"), filter,
				client.WithPageSize(3)) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if got := strings.Join(server.asked, " "); got != test.want {
			t.Errorf("%s: asked %s, want %s", name, got, test.want)
		}
	}
}
