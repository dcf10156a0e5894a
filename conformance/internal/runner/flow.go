package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/conformance"
)

// Flow is a case that calls a method: the steps before the call prepare it, and
// the steps after it show what it did. A test can make the call in another way,
// for example against a server that loses the response, and then run the steps
// after it to see whether a write was done.
type Flow struct {
	set *Set
	c   *Case
	at  int // index of the step with the call
}

// Flows lists the flows in which a method is called with a good key and succeeds,
// in the order of the cases.
func (s *Set) Flows(method string) []Flow {
	var flows []Flow
	for _, c := range s.Cases {
		for i, step := range c.Steps {
			goodKey := step.keyState() == KeyGood || step.keyState() == KeyPassword
			succeeds := !step.Expect.Failure.Given() && !step.Expect.Error.Given() && !step.Invalid.Given()
			if step.Call.Value == method && goodKey && succeeds && !step.local() {
				flows = append(flows, Flow{set: s, c: c, at: i})
			}
		}
	}
	return flows
}

// String names the case and the step of the call.
func (f Flow) String() string { return fmt.Sprintf("%s, step %d", f.c.Name, f.at+1) }

// Steps is the number of steps after the call.
func (f Flow) Steps() int { return len(f.c.Steps) - f.at - 1 }

// Play is a flow that runs against one server.
type Play struct {
	flow Flow
	run  *caseRun
}

// Play starts the flow. The same options give the same values, so that two plays
// on two new mocks with the same clock send the same bytes.
func (f Flow) Play(opts Options) *Play {
	opts = opts.withDefaults()
	return &Play{flow: f, run: newCaseRun(f.set, &opts, f.c)}
}

// Before runs the steps before the call.
func (p *Play) Before(ctx context.Context) ([]conformance.Finding, error) {
	return p.steps(ctx, 0, p.flow.at)
}

// At runs the step with the call as the case describes it, and keeps the values
// that it saves.
func (p *Play) At(ctx context.Context) ([]conformance.Finding, error) {
	return p.steps(ctx, p.flow.at, p.flow.at+1)
}

// After runs the steps after the call.
func (p *Play) After(ctx context.Context) ([]conformance.Finding, error) {
	return p.steps(ctx, p.flow.at+1, len(p.flow.c.Steps))
}

// steps runs some of the steps until one of them finds something.
func (p *Play) steps(ctx context.Context, from, to int) ([]conformance.Finding, error) {
	before := len(p.run.verdict.Findings)
	for i := from; i < to; i++ {
		more, err := p.run.step(i).run(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	return p.run.verdict.Findings[before:], nil
}

// Saved returns the values that steps have saved.
func (p *Play) Saved() map[string]any { return maps.Clone(p.run.vars.saved) }

// Restore sets saved values. Where the response of the call is lost, they can come
// from another play of the flow on a server with the same records.
func (p *Play) Restore(saved map[string]any) { p.run.vars.saved = maps.Clone(saved) }

// Credential is the credential of the call.
func (p *Play) Credential() (Credential, error) {
	s := p.run.step(p.flow.at)
	credential, reason, ok := p.run.opts.Keys.Key(p.flow.c.Name.Value, s.step.keyState(), s.op.ID)
	if !ok {
		return Credential{}, fmt.Errorf("%s: %s", p.flow, reason)
	}
	return credential, nil
}

// Argument is the argument of the call, with its placeholders filled in.
func (p *Play) Argument() (json.RawMessage, error) {
	s := p.run.step(p.flow.at)
	if err := s.prepare(); err != nil {
		return nil, err
	}
	return s.raw, nil
}

// Call calls the method on a client of the caller. It returns what the method
// returns; a list is read to its end and returned as a slice, with the elements
// before an error.
func (p *Play) Call(ctx context.Context, c *client.Client) (any, error) {
	s := p.run.step(p.flow.at)
	args, err := p.Argument()
	if err != nil {
		return nil, err
	}
	ctx = context.WithValue(ctx, stepKey{}, StepInfo{Step: s.label, Operation: s.op.ID, Component: s.component})
	return methods()[s.step.Call.Value].call(ctx, c, args)
}

// BulkOutcome is what became of one element of a bulk write.
type BulkOutcome struct {
	Response any
	Err      error
}

// BulkCall is a call of a method that writes many things at once.
type BulkCall struct {
	Method  string
	Args    []json.RawMessage // one for each thing
	Options []client.BulkOption
}

// CallBulk makes the call and returns the outcomes in the order in which they
// come.
func CallBulk(ctx context.Context, c *client.Client, call BulkCall) ([]BulkOutcome, error) {
	method := serviceMethod(c, call.Method)
	sequence := method.Type().In(1) // an iter.Seq of requests
	yield := sequence.In(0)

	var requests []reflect.Value
	for _, arg := range call.Args {
		request := reflect.New(yield.In(0))
		if err := decodeOne(arg, request.Interface()); err != nil {
			return nil, argumentError{err}
		}
		requests = append(requests, request.Elem())
	}

	all := reflect.MakeFunc(sequence, func(in []reflect.Value) []reflect.Value {
		for _, request := range requests {
			if more := in[0].Call([]reflect.Value{request}); !more[0].Bool() {
				break
			}
		}
		return nil
	})
	arguments := []reflect.Value{reflect.ValueOf(ctx), all}
	for _, option := range call.Options {
		arguments = append(arguments, reflect.ValueOf(option))
	}

	var outcomes []BulkOutcome
	for result := range method.Call(arguments)[0].Seq() {
		err, _ := result.FieldByName("Err").Interface().(error)
		outcomes = append(outcomes, BulkOutcome{Response: result.FieldByName("Response").Interface(), Err: err})
	}
	return outcomes, nil
}

// IsBulk reports whether a method of the client writes many things at once.
func IsBulk(name string) bool {
	signature := serviceMethod(&client.Client{}, name).Type()
	return signature.NumIn() > 1 && signature.In(1).Kind() == reflect.Func
}

// ClientOptions are the options that give a client a credential.
func ClientOptions(credential Credential) []client.Option {
	switch {
	case credential.User != "":
		return []client.Option{client.WithBasicAuth(credential.User, credential.Password)}
	case credential.Token != "":
		return []client.Option{client.WithToken(credential.Token)}
	}
	return nil
}
