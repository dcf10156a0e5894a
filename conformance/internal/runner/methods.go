package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/client"
)

// method is one method of the client's services. A case file names it, and gives
// its argument as JSON, so that a case remains data.
type method struct {
	name string // Customers.Add
	// operation is the operationId that it calls; "" for the operation of the
	// step.
	operation string
	// sendsArgs says that the argument is the body on the wire, so that a sample
	// given to the method must come out JSON-equal.
	sendsArgs bool
	call      func(ctx context.Context, c *client.Client, args json.RawMessage) (any, error)
}

// rawMethod sends a body to any operation.
const rawMethod = "Raw"

// methods lists the methods that cases can call, by name. They follow from the
// signatures of the client's services: a method that takes one request, nothing,
// or a range of days needs no entry. The others are in adapters.
var methods = sync.OnceValue(func() map[string]method {
	all := map[string]method{
		rawMethod: {name: rawMethod, sendsArgs: true, call: callRaw},
	}
	for _, op := range client.Operations() {
		for _, name := range op.ID.Methods() {
			m := method{name: name, operation: string(op.ID)}
			form, derived := formOf(serviceMethod(&client.Client{}, name).Type())
			adapter, adapted := adapters[name]
			switch {
			case adapted:
				m.sendsArgs = !adapter.argsOnly
				m.call = adapter.call
			case derived:
				m.sendsArgs = form.request != nil || form.days
				m.call = form.callOf(name)
			default:
				continue
			}
			all[name] = m
		}
	}
	return all
})

// callOf returns the call of a method that has this form.
func (f form) callOf(name string) func(context.Context, *client.Client, json.RawMessage) (any, error) {
	return func(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
		arguments, err := f.arguments(args)
		if err != nil {
			return nil, argumentError{err}
		}
		arguments = append([]reflect.Value{reflect.ValueOf(ctx)}, arguments...)
		return results(serviceMethod(c, name).Call(arguments))
	}
}

// serviceMethod finds the method Customers.Add of a client.
func serviceMethod(c *client.Client, name string) reflect.Value {
	service, method, _ := strings.Cut(name, ".")
	return reflect.ValueOf(c).Elem().FieldByName(service).MethodByName(method)
}

// form says which parameters a method has after the context.
type form struct {
	request reflect.Type // nil for none
	days    bool         // two times: the first and the last day
	options bool         // of a pull
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	optionsType = reflect.TypeFor[[]client.PullOption]()
)

// formOf returns the form of a method's signature, if it is one of those whose
// arguments follow from JSON.
func formOf(signature reflect.Type) (f form, supported bool) {
	var parameters []reflect.Type
	for i := 1; i < signature.NumIn(); i++ {
		parameters = append(parameters, signature.In(i))
	}
	last := len(parameters) - 1
	if last >= 0 && signature.IsVariadic() {
		f.options = parameters[last] == optionsType
		parameters = parameters[:last]
		if !f.options {
			return f, false
		}
	}

	switch {
	case len(parameters) == 0:
		return f, true
	case len(parameters) == 1 && parameters[0].Kind() == reflect.Struct:
		f.request = parameters[0]
		return f, true
	case len(parameters) == 2 && parameters[0] == timeType && parameters[1] == timeType:
		f.days = true
		return f, true
	}
	return f, false
}

// arguments makes the arguments from JSON.
func (f form) arguments(args json.RawMessage) ([]reflect.Value, error) {
	switch {
	case f.request != nil:
		request := reflect.New(f.request)
		if err := decodeOne(args, request.Interface()); err != nil {
			return nil, err
		}
		return []reflect.Value{request.Elem()}, nil
	case !f.days:
		return nil, nil
	}

	var page pageOfDays
	if err := decodeOne(args, &page); err != nil {
		return nil, err
	}
	from, to, err := page.times()
	if err != nil {
		return nil, err
	}
	arguments := []reflect.Value{reflect.ValueOf(from), reflect.ValueOf(to)}
	if f.options {
		for _, option := range pageSize(page.Limit) {
			arguments = append(arguments, reflect.ValueOf(option))
		}
	}
	return arguments, nil
}

// decodeOne decodes an object, or the one element of the array that most pages
// show as body.
func decodeOne(args json.RawMessage, into any) error {
	if !bytes.HasPrefix(bytes.TrimSpace(args), []byte("[")) {
		return json.Unmarshal(args, into)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(args, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return fmt.Errorf("expected an array of one element, got %d", len(list))
	}
	return json.Unmarshal(list[0], into)
}

// results turns the results of a method into a value and an error. An iterator is
// read to its end.
func results(out []reflect.Value) (any, error) {
	if len(out) == 2 {
		err, _ := out[1].Interface().(error)
		return out[0].Interface(), err
	}
	return collect(out[0])
}

// collect reads an iter.Seq2[T, error] to its end and returns a []T. With an
// error it returns the elements until then.
func collect(list reflect.Value) (any, error) {
	element := list.Type().In(0).In(0) // of yield
	all := reflect.MakeSlice(reflect.SliceOf(element), 0, 0)
	for value, failed := range list.Seq2() {
		if err, _ := failed.Interface().(error); err != nil {
			return all.Interface(), err
		}
		all = reflect.Append(all, value)
	}
	return all.Interface(), nil
}

// clientErrors are the client's errors that a case may expect by name. Those of
// documented failures need no name: the contract has their codes.
var clientErrors = map[string]client.Code{
	"ErrFailed":             client.ErrFailed,
	"ErrForbidden":          client.ErrForbidden,
	"ErrNoSuchEndpoint":     client.ErrNoSuchEndpoint,
	"ErrNotFound":           client.ErrNotFound,
	"ErrUnexpectedResponse": client.ErrUnexpectedResponse,
}

// callRaw sends the body to the step's operation through the client's own chain,
// for uses that have no method.
func callRaw(ctx context.Context, c *client.Client, args json.RawMessage) (any, error) {
	id := StepOf(ctx).Operation
	for _, op := range client.Operations() {
		if string(op.ID) == id {
			return c.Raw(ctx, op.Path, args, client.RawAs(op.ID))
		}
	}
	return nil, argumentError{errors.New("the client has no operation " + id)}
}

// argumentError is a mistake of the case: its argument does not fit the method.
type argumentError struct{ error }
