package snapshot

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// Write returns the snapshot of a document. The same document always gives the
// same bytes.
func Write(doc *openapi3.T) ([]byte, error) {
	w := &writer{texts: map[string]int{}, parts: map[any]int{}}
	if err := w.value(reflect.ValueOf(doc)); err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}

	// The texts are in front of the values, because a reader needs them first.
	out := []byte(magic)
	out = binary.AppendUvarint(out, uint64(len(w.order)))
	for _, text := range w.order {
		out = binary.AppendUvarint(out, uint64(len(text)))
	}
	for _, text := range w.order {
		out = append(out, text...)
	}
	return append(out, w.values...), nil
}

type writer struct {
	values []byte
	texts  map[string]int // by text: its number
	order  []string       // the texts by their number
	parts  map[any]int    // by pointer: the number of what it points to
}

func (w *writer) number(n uint64) { w.values = binary.AppendUvarint(w.values, n) }

func (w *writer) int(n int) { w.number(uint64(n)) } //nolint:gosec // the reader turns it back

func (w *writer) bool(set bool) {
	if set {
		w.int(1)
		return
	}
	w.int(0)
}

func (w *writer) text(text string) {
	n, known := w.texts[text]
	if !known {
		n = len(w.order)
		w.texts[text] = n
		w.order = append(w.order, text)
	}
	w.int(n)
}

// length is that of a list or a map. One that is nil differs from an empty one.
func (w *writer) length(v reflect.Value) {
	if v.IsNil() {
		w.int(0)
		return
	}
	w.int(v.Len() + 1)
}

func (w *writer) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		return w.pointer(v)
	case reflect.Struct:
		return w.structure(v)
	case reflect.Map:
		return w.mapping(v)
	case reflect.Slice:
		return w.list(v)
	case reflect.Interface:
		return w.json(v.Interface())
	case reflect.String:
		w.text(v.String())
	case reflect.Bool:
		w.bool(v.Bool())
	case reflect.Int:
		w.int(int(v.Int()))
	case reflect.Uint64:
		w.number(v.Uint())
	case reflect.Float64:
		w.number(math.Float64bits(v.Float()))
	default:
		return fmt.Errorf("a value of type %s is not supported", v.Type())
	}
	return nil
}

// pointer writes what it points to, or the number of what was written before.
func (w *writer) pointer(v reflect.Value) error {
	if v.IsNil() {
		w.int(tagNil)
		return nil
	}
	if v.Elem().Kind() != reflect.Struct {
		w.int(tagNew)
		return w.value(v.Elem())
	}

	n, known := w.parts[v.Interface()]
	if known {
		w.int(tagShared + n)
		return nil
	}
	w.parts[v.Interface()] = len(w.parts)
	w.int(tagNew)
	return w.value(v.Elem())
}

// structure writes the fields that are not zero, by name. Fields that are not
// exported are left out: they are notes that the loader makes for itself.
func (w *writer) structure(v reflect.Value) error {
	if o, ok := v.Interface().(openapi3.Origin); ok {
		w.origin(o)
		return nil
	}

	t := v.Type()
	var set []int
	for i := range t.NumField() {
		if t.Field(i).IsExported() && !v.Field(i).IsZero() {
			set = append(set, i)
		}
	}

	w.int(len(set))
	for _, i := range set {
		w.text(t.Field(i).Name)
		if err := w.value(v.Field(i)); err != nil {
			return fmt.Errorf("%s.%s: %w", t.Name(), t.Field(i).Name, err)
		}
	}
	if isMapLike(t) {
		return w.mapping(v.Addr().MethodByName("Map").Call(nil)[0])
	}
	return nil
}

func (w *writer) mapping(v reflect.Value) error {
	if v.Type().Key().Kind() != reflect.String {
		return fmt.Errorf("a value of type %s is not supported", v.Type())
	}
	w.length(v)

	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	for _, key := range keys {
		w.text(key.String())
		if err := w.value(v.MapIndex(key)); err != nil {
			return fmt.Errorf("%q: %w", key.String(), err)
		}
	}
	return nil
}

func (w *writer) list(v reflect.Value) error {
	w.length(v)
	for i := range v.Len() {
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// json writes a JSON value.
func (w *writer) json(value any) error {
	switch value := value.(type) {
	case nil:
		w.int(anyNil)
	case bool:
		tag := anyFalse
		if value {
			tag = anyTrue
		}
		w.int(tag)
	case string:
		w.int(anyText)
		w.text(value)
	case json.Number:
		w.int(anyNumber)
		w.text(value.String())
	case float64:
		w.int(anyFloat)
		w.number(math.Float64bits(value))
	case []any:
		w.int(anyList)
		return w.list(reflect.ValueOf(value))
	case map[string]any:
		w.int(anyObject)
		return w.mapping(reflect.ValueOf(value))
	default:
		return fmt.Errorf("a value of type %T is not JSON", value)
	}
	return nil
}

// origin writes the most frequent part in a form that is read without
// reflection.
func (w *writer) origin(o openapi3.Origin) {
	w.bool(o.Key != nil)
	if o.Key != nil {
		w.location(*o.Key)
	}

	w.locations(o.Fields)
	w.length(reflect.ValueOf(o.Sequences))
	for _, name := range slices.Sorted(maps.Keys(o.Sequences)) {
		w.text(name)
		w.locations(o.Sequences[name])
	}
}

func (w *writer) locations(list []openapi3.Location) {
	w.length(reflect.ValueOf(list))
	for _, at := range list {
		w.location(at)
	}
}

func (w *writer) location(at openapi3.Location) {
	w.text(at.File)
	w.text(at.Name)
	for _, n := range []int{at.Line, at.Column, at.EndLine, at.EndColumn} {
		w.int(n)
	}
}
