package gates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
)

// effect says how a call touches the world.
type effect int

const (
	reads   effect = iota
	streams        // reads, and yields records before the response has ended
	writes
)

// result is what a call returns for one thing that it was asked to do.
type result struct {
	err     error
	notes   []client.Note
	records int // of a list, until the error
}

// call is one way to call the client. Calls are derived: the client says which
// methods there are, the contract what they do, and a conformance case how to
// call one and what shows that it took effect.
type call struct {
	name      string // Tickets.Add
	operation client.Operation
	effect    effect
	bulk      bool
	flow      runner.Flow
	seeded    bool // the scene has records in addition to those of the flow
	raw       bool // Client.Raw, which has no flow

	// shown says that the steps after the call show whether a write was done.
	// Otherwise the mock's journal does.
	shown bool
	clean clean
}

// clean is what happens without a fault.
type clean struct {
	results  []result
	requests int
	body     []byte   // of the first response
	records  [][]byte // of a list, as they are in the responses
	// before and saved are the values that the flow's steps save before the call
	// and with it, one set for each play.
	before, saved []map[string]any
}

// continuesAfterPage reports whether a list has records that are not in the first
// response.
func (c clean) continuesAfterPage() bool {
	return len(c.records) > 0 && !bytes.Contains(c.body, c.records[len(c.records)-1])
}

// bulkSize is the number of things that a bulk write is asked to do.
const bulkSize = 3

// unshown are the writes that no other call shows, and why.
var unshown = map[string]string{
	"Orders.Update": "no call returns an order: what a pull of orders contains is unknown",
	"Raw":           "the row has no case: its key is in the URL, which nothing may show",
}

// calls are the methods of the client, by name. RESOURCE limits them.
var calls = sync.OnceValues(func() (map[string]*call, error) {
	all := map[string]*call{}
	for _, op := range client.Operations() {
		if resource() != "" && op.Resource != resource() {
			continue
		}
		for _, name := range op.ID.Methods() {
			c, err := derive(op, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name] = c
		}
	}
	if resource() == "" {
		raw := &call{name: "Raw", operation: client.OpPushTicket, effect: writes, raw: true}
		all[raw.name] = raw
		return all, raw.rehearse(context.Background())
	}
	return all, nil
})

// allCalls returns the calls and their names, sorted, so that everything is
// printed in one order.
func allCalls(t *testing.T) (map[string]*call, []string) {
	t.Helper()
	all, err := calls()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return all, names
}

// derive finds a conformance case that shows what a method does.
func derive(op client.OperationInfo, name string) (*call, error) {
	c := &call{name: name, operation: op.ID, effect: writes, bulk: runner.IsBulk(name)}
	if op.Idempotent {
		c.effect = reads
		if resultOf(name).Kind() == reflect.Func {
			c.effect = streams
		}
	}
	set, err := theCases()
	if err != nil {
		return nil, err
	}
	// A bulk write makes the calls of the method that writes one.
	flows := set.Flows(strings.TrimSuffix(name, "All"))
	if len(flows) == 0 {
		return nil, errors.New("no case calls it; add one to conformance/cases")
	}

	var failed error
	var best *call
	for _, candidate := range c.candidates(flows) {
		if err := candidate.rehearse(context.Background()); err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", candidate.flow, err))
			continue
		}
		if best == nil || candidate.betterThan(best) {
			best = candidate
		}
		if best.shown {
			break
		}
	}
	switch {
	case best == nil:
		return nil, failed
	case c.effect == writes && !best.shown && unshown[name] == "":
		return nil, errors.New("no case shows that it takes effect; add one to conformance/cases that calls it " +
			"and then reads what it changed")
	}
	return best, nil
}

// candidates are the call with each of the flows: in an empty scene, and for a
// read also in one with records.
func (c *call) candidates(flows []runner.Flow) []*call {
	var all []*call
	for _, flow := range flows {
		empty := *c
		empty.flow = flow
		all = append(all, &empty)
		if c.effect != writes {
			seeded := empty
			seeded.seeded = true
			all = append(all, &seeded)
		}
	}
	return all
}

// betterThan prefers a flow that shows the effect of a write. Of lists it prefers
// the shortest with a beginning, a middle and an end: a server that sends one byte
// after the other takes seconds for a long one.
func (c *call) betterThan(other *call) bool {
	if c.effect != streams {
		return c.shown && !other.shown
	}
	const enough = 3
	length := len(c.clean.records)
	otherLength := len(other.clean.records)
	if length < enough || otherLength < enough {
		return length > otherLength
	}
	return length < otherLength
}

// resultOf is the type of a method's first result.
func resultOf(name string) reflect.Type {
	service, method, _ := strings.Cut(name, ".")
	field, _ := reflect.TypeFor[client.Client]().FieldByName(service)
	m, _ := field.Type.MethodByName(method)
	return m.Type.Out(0)
}

// trial is a call in a scene.
type trial struct {
	*call
	scene *scene
	plays []*runner.Play // one; as many as bulkSize for a bulk write
}

// newTrial prepares the scene for the call.
func (c *call) newTrial(ctx context.Context, s *scene) (*trial, error) {
	t := &trial{call: c, scene: s}
	if c.seeded {
		// With the record that most flows make, a list of three.
		if err := s.seed(2); err != nil {
			return nil, err
		}
	}
	if c.raw {
		return t, nil
	}

	for i := range c.size() {
		play := c.flow.Play(s.options(fmt.Sprint("play ", i)))
		if err := noFindings(play.Before(ctx)); err != nil {
			return nil, fmt.Errorf("the steps before the call: %w", err)
		}
		t.plays = append(t.plays, play)
	}
	return t, nil
}

// newTrialWithoutServer prepares a call to a scene whose connections are refused.
// The values that the steps before the call would save are those of the rehearsal.
func (c *call) newTrialWithoutServer(s *scene) *trial {
	t := &trial{call: c, scene: s}
	for i, saved := range c.clean.before {
		play := c.flow.Play(s.options(fmt.Sprint("play ", i)))
		play.Restore(saved)
		t.plays = append(t.plays, play)
	}
	return t
}

// size is the number of things that the call is asked to do.
func (c *call) size() int {
	if c.bulk {
		return bulkSize
	}
	return 1
}

// noFindings turns findings into an error.
func noFindings(findings []conformance.Finding, err error) error {
	if err == nil && len(findings) > 0 {
		err = fmt.Errorf("%s %s: %s", findings[0].Exchange, findings[0].Pointer, findings[0].Message)
	}
	return err
}

// credential is the one that the call needs.
func (t *trial) credential() (runner.Credential, error) {
	if t.raw {
		return runner.Credential{Token: sceneKey}, nil
	}
	return t.plays[0].Credential()
}

// make makes the call with a client of the caller.
func (t *trial) make(ctx context.Context, c *client.Client) (any, []result) {
	switch {
	case t.raw:
		// The push of 2016, by a caller who has nothing else.
		query := url.Values{
			"auth_key": {sceneKey},
			"api_id":   {"35"},
			"ticket_fields": {
				`{"title":"New","type":"G","ticket_details":"A page does not open","due_date":"2016041912:10"}`,
			},
		}
		response, err := c.Raw(ctx, "/ticket-push-api?"+query.Encode(), nil, client.RawAs(t.operation))
		return response, []result{resultFrom(response, err)}
	case t.bulk:
		return nil, t.makeBulk(ctx, c)
	}
	response, err := t.plays[0].Call(ctx, c)
	return response, []result{resultFrom(response, err)}
}

func (t *trial) makeBulk(ctx context.Context, c *client.Client) []result {
	var args []json.RawMessage
	for _, play := range t.plays {
		arg, err := play.Argument()
		if err != nil {
			return []result{{err: err}}
		}
		args = append(args, arg)
	}
	outcomes, err := runner.CallBulk(ctx, c, runner.BulkCall{
		Method:  t.name,
		Args:    args,
		Options: []client.BulkOption{client.Parallel(2)},
	})
	if err != nil {
		return []result{{err: err}}
	}
	var results []result
	for _, outcome := range outcomes {
		results = append(results, resultFrom(outcome.Response, outcome.Err))
	}
	return results
}

// resultFrom reads what a method returned.
func resultFrom(response any, err error) result {
	r := result{err: err}
	list := reflect.ValueOf(response)
	if list.Kind() == reflect.Slice {
		r.records = list.Len()
	}
	if err == nil || r.records > 0 {
		r.notes = notesOf(reflect.ValueOf(response))
	}
	return r
}

// notesOf gathers the notes of a response, or of those that a list, a map or a
// struct holds.
func notesOf(v reflect.Value) (notes []client.Note) {
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	if noted, ok := v.Interface().(interface{ Notes() []client.Note }); ok {
		return noted.Notes()
	}
	switch v.Kind() {
	case reflect.Pointer:
		return notesOf(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			notes = append(notes, notesOf(v.Index(i))...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			notes = append(notes, notesOf(v.MapIndex(key))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				notes = append(notes, notesOf(v.Field(i))...)
			}
		}
	}
	return notes
}

// rehearse makes the call without a fault, and finds out what it does and whether
// the steps after it show that.
func (c *call) rehearse(ctx context.Context) error {
	s, err := newScene()
	if err != nil {
		return err
	}
	defer s.Close()
	t, err := c.newTrial(ctx, s)
	if err != nil {
		return err
	}
	if c.clean, err = t.observe(ctx); err != nil || c.effect != writes || c.raw {
		return err
	}
	if c.clean.saved, err = c.savedValues(ctx); err != nil {
		return err
	}
	c.shown, err = c.showsEffect(ctx)
	return err
}

// observe makes the call without a fault and returns what happens.
func (t *trial) observe(ctx context.Context) (clean, error) {
	credential, err := t.credential()
	if err != nil {
		return clean{}, err
	}
	tap := &tap{}
	under, transport, err := t.scene.client(credential,
		client.WithoutRetry(), client.WithHTTPClient(&http.Client{Transport: tap}))
	if err != nil {
		return clean{}, err
	}
	defer transport.CloseIdleConnections()
	tap.next = transport

	var seen clean
	for _, play := range t.plays {
		seen.before = append(seen.before, play.Saved())
	}
	var response any
	response, seen.results = t.make(ctx, under)
	seen.requests = tap.requests
	seen.body = tap.first
	if list := reflect.ValueOf(response); list.Kind() == reflect.Slice {
		for i := range list.Len() {
			if record, ok := list.Index(i).Interface().(interface{ Raw() []byte }); ok {
				seen.records = append(seen.records, record.Raw())
			}
		}
	}
	for _, r := range seen.results {
		if r.err != nil {
			return seen, r.err
		}
	}
	return seen, nil
}

// savedValues runs the whole flow, and returns the values that its steps save.
func (c *call) savedValues(ctx context.Context) ([]map[string]any, error) {
	s, err := newScene()
	if err != nil {
		return nil, err
	}
	defer s.Close()
	t, err := c.newTrial(ctx, s)
	if err != nil {
		return nil, err
	}

	var saved []map[string]any
	for _, play := range t.plays {
		if err := noFindings(play.At(ctx)); err != nil {
			return nil, fmt.Errorf("the call: %w", err)
		}
		saved = append(saved, play.Saved())
	}
	for _, play := range t.plays {
		if err := noFindings(play.After(ctx)); err != nil {
			return nil, fmt.Errorf("the steps after the call: %w", err)
		}
	}
	return saved, nil
}

// showsEffect reports whether the steps after the call find something if the call
// was not made.
func (c *call) showsEffect(ctx context.Context) (bool, error) {
	if c.flow.Steps() == 0 {
		return false, nil
	}
	s, err := newScene()
	if err != nil {
		return false, err
	}
	defer s.Close()
	t, err := c.newTrial(ctx, s)
	if err != nil {
		return false, err
	}
	done, err := t.doneByFlow(ctx)
	return done == 0, err
}

// done counts the writes that were done. before is the number of requests that the
// scene had received before the call.
func (t *trial) done(ctx context.Context, before int) (int, error) {
	if t.shown {
		return t.doneByFlow(ctx)
	}
	return t.doneByJournal(before), nil
}

// doneByFlow counts the writes that the steps after the call show.
func (t *trial) doneByFlow(ctx context.Context) (int, error) {
	done := 0
	for i := range t.plays {
		shown, err := t.showsDone(ctx, i)
		if err != nil {
			return 0, err
		}
		if shown {
			done++
		}
	}
	return done, nil
}

// showsDone reports whether the steps after the call find nothing wrong. The
// values that the lost response would have given are those of the rehearsal: on
// new servers with the same clock, the same steps get the same identifiers. Bulk
// writes run at once, so each of them may have any of the identifiers.
func (t *trial) showsDone(ctx context.Context, i int) (bool, error) {
	for _, saved := range t.clean.saved {
		play := t.flow.Play(t.scene.options(fmt.Sprint("play ", i)))
		play.Restore(saved)
		findings, err := play.After(ctx)
		if err != nil {
			return false, err
		}
		if len(findings) == 0 {
			return true, nil
		}
	}
	return false, nil
}

// doneByJournal counts the requests that reached the world and succeeded.
func (t *trial) doneByJournal(before int) int {
	done := 0
	for _, entry := range t.scene.Journal()[before:] {
		reached := entry.Fault == "" || entry.Fault.Done()
		if entry.Operation == string(t.operation) && entry.World != "" && reached {
			done++
		}
	}
	return done
}

// tap is a transport that keeps the first response.
type tap struct {
	next     http.RoundTripper
	mu       sync.Mutex
	requests int
	first    []byte
}

func (tap *tap) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := tap.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))

	tap.mu.Lock()
	defer tap.mu.Unlock()
	tap.requests++
	if tap.first == nil {
		tap.first = body
	}
	return resp, nil
}

// A call does what its case says if nothing goes wrong: its requests go to its own
// operation, and its results have no notes.
func TestEveryMethodReachesItsOperation(t *testing.T) {
	all, names := allCalls(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := newScene()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			trial, err := all[name].newTrial(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			before := len(s.Journal())
			seen, err := trial.observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}

			journal := s.Journal()[before:]
			for _, entry := range journal {
				if entry.Operation != string(trial.operation) {
					t.Errorf("called %s at %s, want %s", entry.Operation, entry.Path, trial.operation)
				}
			}
			if len(journal) != trial.clean.requests || len(journal) == 0 {
				t.Errorf("took %d requests, then %d", trial.clean.requests, len(journal))
			}
			for _, r := range seen.results {
				if len(r.notes) > 0 {
					t.Errorf("returned the notes %v", r.notes)
				}
			}
			if trial.effect != writes {
				return
			}
			done, err := trial.done(t.Context(), before)
			if err != nil || done != trial.size() {
				t.Errorf("the world shows %d writes, want %d: %v", done, trial.size(), err)
			}
		})
	}
}

// The mock's account of a write is enough only where no call shows it.
func TestWritesThatNoCallShows(t *testing.T) {
	all, _ := allCalls(t)
	for name, reason := range unshown {
		c, ok := all[name]
		if resource() == "" && (!ok || c.shown) {
			t.Errorf("unshown lists %s (%s), which a case shows or the client does not have", name, reason)
		}
	}
}
