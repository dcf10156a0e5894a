package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/conformance/internal/frames"
)

// kapture is the server of one run, with its memory.
type kapture struct {
	script *script
	list   *list // of a pull
	read   *read
	write  *write
	first  time.Time // the day of the first window

	outer   *httptest.Server
	relays  *frames.Server  // of HTTP/2
	running context.Context // until the run is over
	over    context.CancelFunc
	opened  atomic.Int64 // connections
	closed  atomic.Int64
	dials   atomic.Int64

	serving  sync.WaitGroup // requests; handlers of HTTP/2 may outlive their server
	mu       sync.Mutex
	ended    bool // no further request is taken
	journal  []*exchange
	requests map[int]int               // by window or input
	pages    map[int]int               // that were sent whole, by window
	grown    map[int][]json.RawMessage // records that were put in front, by window
	executed map[int]int               // by input
	trouble  int                       // what broke below single requests
	session  int
	arrived  func(total int) // the caller's, at each request
}

// An exchange is one request and what became of it.
type exchange struct {
	session  int
	on       int // window or input
	nth      int
	offset   int
	elements []json.RawMessage // that the response has
	fault    fault
	ending   ending
	executed bool
	askedAt  time.Time // by our clock
	clock    time.Time // by the server's

	relay  *frames.Relay // nil over HTTP/1.1
	stream uint32
}

// String is one line about a request.
func (e *exchange) String() string {
	text := fmt.Sprintf("session %d, on %d, request %d", e.session, e.on, e.nth)
	if e.offset > 0 {
		text += fmt.Sprintf(", offset %d", e.offset)
	}
	if e.fault.Kind != "" {
		text += ", " + e.fault.Kind
	}
	if e.executed {
		text += ", executed"
	}
	text += ": " + e.ending.String()
	if list := joined(e.elements); len(list) <= 200 {
		return text + " " + list
	}
	return text + fmt.Sprintf(" %d elements", len(e.elements))
}

// start makes the server of a script.
func start(ctx context.Context, s *script) (*kapture, error) {
	k := &kapture{
		script:   s,
		first:    s.firstDay(time.Now()),
		requests: map[int]int{},
		pages:    map[int]int{},
		grown:    map[int][]json.RawMessage{},
		executed: map[int]int{},
		arrived:  func(int) {},
	}

	k.running, k.over = context.WithCancel(ctx)
	if !k.serveCall(s.Call) {
		return nil, fmt.Errorf("unknown call %q: give a name in client.go", s.Call)
	}

	k.outer = httptest.NewUnstartedServer(k)
	k.outer.Listener = &countingListener{Listener: k.outer.Listener, kapture: k}
	k.outer.Config.ErrorLog = log.New(io.Discard, "", 0)
	switch s.Protocol {
	case http1:
		k.outer.Start()
	case http2:
		k.relays = frames.Start(ctx, k.outer)
	default:
		return nil, fmt.Errorf("unknown protocol %q: %s and %s are known", s.Protocol, http1, http2)
	}
	return k, nil
}

// serveCall prepares the server for a call. It reports false if there is no call of
// this name.
func (k *kapture) serveCall(call string) bool {
	if l, ok := lists[call]; ok {
		k.list = &l
		return true
	}
	if r, ok := reads[call]; ok {
		k.read = &r
		return true
	}
	if b, ok := bulks[call]; ok {
		call = b.single
	}
	w, ok := writes[call]
	k.write = &w
	return ok
}

// close ends the server. It returns when no request is being served.
func (k *kapture) close() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()

	k.over()
	k.outer.CloseClientConnections()
	k.outer.Close()
	if k.relays != nil {
		k.relays.Close()
	}
	k.serving.Wait()
}

// transport is what the client sends through.
func (k *kapture) transport() *http.Transport {
	transport := k.outer.Client().Transport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 8
	dialer := &net.Dialer{}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		nth := int(k.dials.Add(1)) - 1
		if _, refused := k.script.connectionFault(faultDial, nth); refused {
			k.addTrouble()
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dialer.DialContext(ctx, network, address)
	}
	return transport
}

// sessionHeader says in a request which session sent it: one of a session that
// was given up may arrive in the next.
const sessionHeader = "X-Model-Session"

// A sessionTransport marks requests with their session.
type sessionTransport struct {
	*http.Transport
	kapture *kapture
}

// RoundTrip sends a request.
func (t *sessionTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.kapture.mu.Lock()
	session := t.kapture.session
	t.kapture.mu.Unlock()

	marked := r.Clone(r.Context())
	marked.Header.Set(sessionHeader, strconv.Itoa(session))
	return t.Transport.RoundTrip(marked)
}

// countingListener counts connections, and breaks those that are to break.
type countingListener struct {
	net.Listener
	kapture *kapture
}

// Accept takes the next connection.
func (l *countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}

	nth := int(l.kapture.opened.Add(1)) - 1
	counted := &countedConn{Conn: conn, kapture: l.kapture}
	if f, cut := l.kapture.script.connectionFault(faultRequestCut, nth); cut {
		counted.cutAfter = max(f.At, 1)
	}
	return counted, nil
}

// A countedConn counts its end, once. If cutAfter is not 0, the connection is reset
// after so many more bytes of what the client sends.
type countedConn struct {
	net.Conn
	kapture  *kapture
	cutAfter int
	once     sync.Once
}

func (c *countedConn) Read(p []byte) (int, error) {
	if c.cutAfter == 0 {
		return c.Conn.Read(p)
	}

	n, err := c.Conn.Read(p[:min(len(p), c.cutAfter)])
	c.cutAfter -= n
	if err == nil && c.cutAfter == 0 {
		c.kapture.addTrouble()
		c.reset()
		return 0, net.ErrClosed
	}
	return n, err
}

// Close closes the connection.
func (c *countedConn) Close() error {
	c.once.Do(func() { c.kapture.closed.Add(1) })
	return c.Conn.Close()
}

func (k *kapture) addTrouble() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trouble++
}

// markCut says of an exchange that its response was cut, and whether after its
// end.
func (k *kapture) markCut(e *exchange, complete bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	e.ending.perhaps = complete
	if complete && e.fault.Kind == faultQuietCut {
		e.ending = ending{whole: true}
	}
}

// begin starts a session.
func (k *kapture) begin(session int, arrived func(total int)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.session = session
	k.arrived = arrived
}

var markerForm = regexp.MustCompile(`input-\d{4}`)

// marker is what a request of an input has in it.
func marker(input int) string { return fmt.Sprintf("input-%04d", input) }

// A question is what a request asks for.
type question struct {
	on      int // window or input
	limit   int // 0 where there are no pages
	offset  int
	tickets []string // their identifiers
}

// question reads a request. Every field that any list has is looked for.
func (k *kapture) question(r *http.Request, body []byte) (question, error) {
	text := string(body) + " " + r.URL.RawQuery
	if k.write != nil {
		found := markerForm.FindString(text)
		if found == "" {
			return question{}, fmt.Errorf("a write without a marker: %s", text)
		}
		input, err := strconv.Atoi(strings.TrimPrefix(found, "input-"))
		return question{on: input}, err
	}

	var fields map[string]json.RawMessage
	var wrapped []map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil && json.Unmarshal(body, &wrapped) == nil && len(wrapped) == 1 {
		fields = wrapped[0]
	}

	if k.read != nil {
		ids := strings.Trim(string(fields["ticket_ids"]), `"`)
		return question{tickets: strings.Split(ids, ",")}, nil
	}
	return k.window(fields)
}

// window reads which day and which page a request asks for.
func (k *kapture) window(fields map[string]json.RawMessage) (question, error) {
	var q question
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.Trim(string(fields[name]), `"`)) // absent is 0
		return n
	}

	q.limit = number("limit")
	q.offset = number("offset")
	if end := number("end_index"); end > 0 {
		q.offset = number("start_index")
		q.limit = end - q.offset
	}
	if !k.list.daily {
		return q, nil
	}

	for _, name := range []string{"start_date", "createStartDate"} {
		text, given := fields[name]
		if !given {
			continue
		}

		day, err := time.ParseInLocation(time.DateOnly, strings.Trim(string(text), `"`), india)
		q.on = int(day.Sub(k.first).Hours()) / 24
		if err == nil && q.on >= 0 && q.on < len(k.script.Server.Days) {
			return q, nil
		}
	}
	return q, fmt.Errorf("a window that is not one of this pull: %v", fields)
}

// take reports whether the server still takes requests, and counts one if so.
func (k *kapture) take() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.ended {
		k.serving.Add(1)
	}
	return !k.ended
}

// ServeHTTP takes one request.
func (k *kapture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !k.take() {
		panic(http.ErrAbortHandler)
	}
	defer k.serving.Done()

	body, err := io.ReadAll(r.Body)
	if err != nil { // the client gave up, or the connection broke
		k.addTrouble() // the client sees a reset, and not that nothing was executed
		panic(http.ErrAbortHandler)
	}
	q, err := k.question(r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	e := k.enter(r, q)
	made := k.decide(e, q)
	if made == nil {
		panic(http.ErrAbortHandler)
	}
	if e.fault.Kind == faultStall {
		select {
		case <-r.Context().Done():
		case <-k.running.Done():
		}
		panic(http.ErrAbortHandler)
	}
	k.deliver(w, e, made)
}

// enter notes that a request arrived.
func (k *kapture) enter(r *http.Request, q question) *exchange {
	k.mu.Lock()
	e := &exchange{on: q.on, nth: k.requests[q.on], offset: q.offset, askedAt: time.Now()}
	e.session, _ = strconv.Atoi(r.Header.Get(sessionHeader)) // absent where a test sends on its own
	k.requests[q.on]++
	e.fault = k.script.faultFor(e.on, e.nth)
	e.clock = e.askedAt.Add(time.Duration(k.script.Server.Clock) * time.Hour)
	k.journal = append(k.journal, e)
	total := len(k.journal)
	arrived := k.arrived

	if k.relays != nil {
		e.relay, e.stream = k.relays.Of(r)
	}
	k.mu.Unlock()

	arrived(total)
	return e
}

// decide decides what becomes of a request. The response is nil if there is none
// at all.
func (k *kapture) decide(e *exchange, q question) *response {
	k.mu.Lock()
	defer k.mu.Unlock()

	if e.relay != nil && !k.processed(e) {
		e.ending = ending{again: true, unprocessed: true}
		return nil
	}
	if e.fault.Kind == faultStall {
		e.ending = ending{again: true, doubt: true}
	}
	if k.write != nil {
		return k.respondToWrite(e)
	}

	return k.respondToRead(e, q)
}

// respondToRead makes the response to a read, and notes what the client can know of
// it.
func (k *kapture) respondToRead(e *exchange, q question) *response {
	good, excused := k.body(e, q)
	made := respond(e.fault, good)
	if e.fault.Kind != faultStall {
		e.ending = made.ending
	}
	e.ending.excused = excused
	if k.list == nil {
		return made
	}

	meansNone := k.list.refusal != "" && strings.Contains(made.body, k.list.refusal)
	if meansNone {
		e.ending.perhaps = true // a refusal that means no records does so under any HTTP status
	}
	if e.ending.whole && k.mustFail(e.elements) {
		e.ending = ending{}
	}
	if e.ending.whole {
		k.pages[e.on]++
		k.grow(e.on)
	}
	return made
}

// mustFail reports whether a list has an element that the client must, or may,
// report as an error.
func (k *kapture) mustFail(elements []json.RawMessage) bool {
	if k.bare(elements) && !isNamed(elements[0], k.list.id) {
		return true // it may as well be an error, or say that there is nothing
	}
	phantom := slices.ContainsFunc(elements, func(element json.RawMessage) bool { return !isRecord(element) })
	return phantom && !k.script.Caller.ContinueOnBadElement
}

// processed reports whether a stream is processed, and ends it where it is not.
func (k *kapture) processed(e *exchange) bool {
	switch e.fault.Kind {
	case faultRefused:
		e.relay.End(e.stream, frames.Ending{Code: frames.RefusedStream})
		return false
	case faultGoaway:
		if !e.relay.GoawayBelow(e.stream, e.fault.Code) {
			e.relay.End(e.stream, frames.Ending{Code: frames.RefusedStream})
		}
		return false
	}
	return e.relay.Process(e.stream)
}

// respondToWrite executes a write, unless the fault comes first.
func (k *kapture) respondToWrite(e *exchange) *response {
	success := k.write.success(k.identifier(e.on))
	made := respond(e.fault, success)
	if e.fault.Kind != faultStall {
		e.ending = made.ending
	}
	e.executed = e.ending.whole || e.fault.Done
	if e.executed {
		k.executed[e.on]++
	}
	return made
}

// identifier is the one of what an input made, in the form of this server.
func (k *kapture) identifier(input int) string {
	number := strconv.Itoa(identifierOf(input))
	switch k.script.Server.Identifier {
	case "text":
		return `"` + number + `"`
	case "exponent":
		return number[:1] + "." + number[1:] + "E" + strconv.Itoa(len(number)-1)
	case "decimal":
		return number + ".0"
	}
	return number
}

func identifierOf(input int) int { return 700000001 + input }

// body is the good response of a read, and whether it may as well be an error.
func (k *kapture) body(e *exchange, q question) (body string, excused bool) {
	if k.list == nil {
		e.elements = k.records(q)
		return k.read.body(e.elements), false
	}
	e.elements = k.page(q)
	window := k.script.Server.Days[q.on]
	if len(e.elements) == 0 {
		return emptyList(*k.list, &k.script.Server, window.Empty), window.Empty == emptyObject
	}
	elements := joined(e.elements)
	if k.bare(e.elements) {
		elements = string(e.elements[0])
	}
	return envelope(*k.list, k.script.Server.Envelope, elements), false
}

// bare reports whether the only record of a list is in the place of the list.
func (k *kapture) bare(elements []json.RawMessage) bool {
	return k.script.Server.Envelope == bareObject && len(elements) == 1 && isRecord(elements[0])
}

// records are those that a read asks for; all there are, unless it names some.
func (k *kapture) records(q question) []json.RawMessage {
	all := k.script.Server.Days[0].Records
	if k.script.Call != "Tickets.GetMany" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(record json.RawMessage) bool {
		return !slices.ContainsFunc(q.tickets, func(id string) bool { return strings.Contains(string(record), id) })
	})
}

// page is what a window has where it is asked for.
func (k *kapture) page(q question) []json.RawMessage {
	all := slices.Concat(k.grown[q.on], k.script.Server.Days[q.on].Records)
	if !k.list.paged {
		return all
	}

	size := k.pageSize(q)
	from := max(0, q.offset-k.script.Server.Overlap)
	if k.script.Server.Mode == pageNumbers {
		from, size = k.numberedPage(q)
	}
	switch k.script.Server.Mode {
	case offsetIgnored:
		from = 0
	case repeatsLast:
		if from >= len(all) {
			from = max(0, len(all)-size)
		}
	case rotates:
		first := all[:min(q.limit, len(all))]
		turn := q.offset / q.limit % max(len(first), 1)
		return slices.Concat(first[turn:], first[:turn])
	}

	from = min(from, len(all))
	return all[from:min(from+size, len(all))]
}

// numberedPage is where the page with a number is, and how large.
func (k *kapture) numberedPage(q question) (from, size int) {
	for n := range q.offset + 1 {
		from += size
		size = q.limit
		if n < len(k.script.Server.Pages) {
			size = max(k.script.Server.Pages[n], 1)
		}
	}
	return from, size
}

// pageSize is how large the page at an offset is, the same at every attempt.
func (k *kapture) pageSize(q question) int {
	begin := 0
	for _, size := range k.script.Server.Pages {
		size = max(size, 1)
		if begin == q.offset {
			return size
		}
		begin += size
	}
	return q.limit
}

// grow puts records in front of a window, as a list that begins with the newest
// one gets them.
func (k *kapture) grow(window int) {
	nth := k.pages[window] - 1
	if nth >= len(k.script.Server.Growth) {
		return
	}
	for n := range k.script.Server.Growth[nth] {
		record := fmt.Sprintf(`{"%s":%d}`, k.list.id, 900000+1000*window+100*nth+n)
		k.grown[window] = slices.Insert(k.grown[window], 0, json.RawMessage(record))
	}
}

// isRecord reports whether an element is an object with fields.
func isRecord(element json.RawMessage) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(element, &fields) == nil && len(fields) > 0
}

// isNamed reports whether a record has an identifier that names something: not
// 0, -1, an empty text or nothing, in any form.
func isNamed(record json.RawMessage, field string) bool {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(record, &fields) // none of what is not an object
	text := strings.TrimSpace(strings.Trim(string(fields[field]), `"`))
	if text == "" || text == "null" {
		return false
	}

	number, isNumber := new(big.Rat).SetString(text)
	nothing := isNumber && (number.Sign() == 0 || number.Cmp(big.NewRat(-1, 1)) == 0)
	return !nothing
}
