package gates

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"sync"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
)

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

// noFindings returns an error if there are findings.
func noFindings(findings []conformance.Finding, err error) error {
	if err == nil && len(findings) > 0 {
		err = fmt.Errorf("%s %s: %s", findings[0].Exchange, findings[0].Pointer, findings[0].Message)
	}
	return err
}

// credential is the credential that the call needs.
func (t *trial) credential() (runner.Credential, error) {
	if t.raw {
		return runner.Credential{Token: sceneKey}, nil
	}
	return t.plays[0].Credential()
}

// make makes the call with the given client.
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
