package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/gen"
)

// answer is what every answer of this package embeds beside the generated type: the bytes that came and what stood
// around them. A value that came from no server has none of them, and its methods return nothing. The JSON methods of
// the types that embed it are generated.
type answer struct {
	raw, json []byte // as it came, and as valid JSON
	notes     []Note
	shape     reflect.Type // of the generated type
	reply     reply

	idMember, id string // the member that identifies a record, and what it says
}

// Raw returns the answer's bytes as they came; of a record within a list or an envelope, those of the record. Do not
// change them.
func (a *answer) Raw() []byte { return a.raw }

// Body returns the whole body that the answer came in, nil where it streamed. Do not change it.
func (a *answer) Body() []byte { return a.reply.body }

// Header returns the headers that the answer came with.
func (a *answer) Header() http.Header { return a.reply.header }

// HTTPStatus returns the HTTP status that the answer came with.
func (a *answer) HTTPStatus() int { return a.reply.status }

// RequestID returns the server's name for the call, "" if it gave none.
func (a *answer) RequestID() string { return requestID(a.reply.header) }

// Notes returns what was noticed while reading and accepted, where a strict reader might not: see [NoteKind].
func (a *answer) Notes() []Note { return a.notes }

// String returns the answer as it came.
func (a *answer) String() string { return string(a.raw) }

// Undeclared returns the members that the contract does not know, by JSON pointer: a tenant's own, or new ones.
func (a *answer) Undeclared() map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	walk(a.json, a.shape, "", func(at string, raw json.RawMessage, shape reflect.Type) {
		if shape == nil {
			out[at] = raw
		}
	})
	return out
}

// Misfit is a member whose value is of another form than the contract says. The member of the Go value is then zero, or
// filled as far as it went.
type Misfit struct {
	Pointer  string // JSON pointer
	Expected string // the Go type
	Literal  json.RawMessage
}

// Misfits returns the members whose values are of another form than the contract says. It reads the answer again,
// member by member.
func (a *answer) Misfits() (out []Misfit) {
	walk(a.json, a.shape, "", func(at string, raw json.RawMessage, shape reflect.Type) {
		if shape != nil && !fits(raw, shape) {
			out = append(out, Misfit{at, strings.TrimPrefix(shape.String(), "gen."), raw})
		}
	})
	return out
}

// came tells a decoded answer where it came from.
func (a *answer) came(r *reply) {
	a.reply = *r
	if a.notes = append(a.notes, r.notes...); r.body != nil {
		a.notes = r.notes // the element of a stream has its own besides
	}
	if len(a.json) == len(r.json) {
		a.raw = r.body
	}
}

func (a *answer) identify(member string) { a.idMember = member }
func (a *answer) identity() string       { return a.id }

// decode fills into, a pointer to the generated type, and keeps text. A value that does not fit its member leaves the
// rest filled.
func (a *answer) decode(text []byte, into any) error {
	text = bytes.Clone(bytes.TrimSpace(text))
	in, err := inspect(text, a.idMember)
	if err != nil {
		return err
	}
	*a = answer{raw: text, json: in.json, notes: in.notes, shape: reflect.TypeOf(into).Elem()}
	if in.value != nil {
		var id gen.ID
		_ = json.Unmarshal(in.value, &id)
		if a.id = id.String(); a.id == "0" { // which names nothing
			a.id = ""
		}
	}
	err = json.Unmarshal(in.json, into)
	if _, misfit := errors.AsType[*json.UnmarshalTypeError](err); misfit {
		return nil
	}
	return err
}

// encode returns what came, or declared where nothing did.
func (a *answer) encode(declared any) ([]byte, error) {
	if a.json != nil {
		return a.json, nil
	}
	return json.Marshal(declared)
}

// walk calls see for every value that shape declares, and with a nil shape for every member that it does not.
func walk(raw json.RawMessage, shape reflect.Type, at string, see func(string, json.RawMessage, reflect.Type)) {
	if len(raw) == 0 {
		return
	}
	see(at, raw, shape)
	switch {
	case shape == nil, wire(shape):
	case shape.Kind() == reflect.Struct, shape.Kind() == reflect.Map:
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members)
		for _, name := range slices.Sorted(maps.Keys(members)) {
			walk(members[name], memberOf(shape, name), at+"/"+escapePointer(name), see)
		}
	case shape.Kind() == reflect.Slice:
		var elements []json.RawMessage
		_ = json.Unmarshal(raw, &elements)
		for i, element := range elements {
			walk(element, shape.Elem(), fmt.Sprint(at, "/", i), see)
		}
	}
}

// memberOf is the shape of a member, nil if none is declared.
func memberOf(shape reflect.Type, name string) reflect.Type {
	if shape.Kind() == reflect.Map {
		return shape.Elem()
	}
	for field := range shape.Fields() {
		if name != "" && jsonName(field) == name {
			return field.Type
		}
	}
	return nil
}

// wire reports whether values of shape keep whatever comes: the wire types, and raw JSON.
func wire(shape reflect.Type) bool {
	return shape.Implements(reflect.TypeFor[interface{ Valid() bool }]()) || shape == reflect.TypeFor[json.RawMessage]()
}

// fits reports whether raw is of the form that shape has, whatever stands inside it.
func fits(raw json.RawMessage, shape reflect.Type) bool {
	if string(raw) == "null" {
		return true
	}
	if open := map[reflect.Kind]byte{reflect.Slice: '[', reflect.Map: '{', reflect.Struct: '{'}[shape.Kind()]; open != 0 && !wire(shape) {
		return raw[0] == open
	}
	v := reflect.New(shape).Interface()
	err := json.Unmarshal(raw, v)
	valid, ok := v.(interface{ Valid() bool })
	return err == nil && (!ok || valid.Valid())
}

// jsonName returns the name of a field in JSON, "" if it has none.
func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return strings.TrimSuffix(name, "-")
}
