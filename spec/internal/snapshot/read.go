package snapshot

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Read returns the document of a snapshot. Its texts are parts of data, so they
// take no memory if data is embedded in the program.
func Read(data string) (doc *openapi3.T, err error) {
	rest, found := strings.CutPrefix(data, magic)
	if !found {
		return nil, errors.New("snapshot: it is of another version; run `go generate`")
	}

	// A snapshot is part of the program. If it is damaged, the reader runs over an
	// end somewhere; checking each step would only slow it down.
	defer func() {
		if cause := recover(); cause != nil {
			doc = nil
			err = fmt.Errorf("snapshot: it is damaged, run `go generate`: %v", cause)
		}
	}()

	r := &reader{data: rest, fields: map[fieldName]int{}}
	r.readTexts()
	r.value(reflect.ValueOf(&doc).Elem())
	if r.next != len(r.data) {
		return nil, errors.New("snapshot: more follows after its end; run `go generate`")
	}
	return doc, nil
}

type reader struct {
	data   string
	next   int // the index of the next byte
	texts  []string
	parts  []reflect.Value // pointers, by the number of what they point to
	fields map[fieldName]int

	// spare are locations that were allocated ahead, many at once.
	spare []openapi3.Location
}

// fieldName names a field of a type.
type fieldName struct {
	of   reflect.Type
	name string
}

func (r *reader) readTexts() {
	lengths := make([]int, r.int())
	for i := range lengths {
		lengths[i] = r.int()
	}
	r.texts = make([]string, len(lengths))
	for i, length := range lengths {
		r.texts[i] = r.data[r.next : r.next+length]
		r.next += length
	}
}

// number reads an unsigned varint, as encoding/binary writes it.
func (r *reader) number() uint64 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := r.data[r.next]
		r.next++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
}

func (r *reader) int() int { return int(r.number()) } //nolint:gosec // the writer turned it

func (r *reader) text() string { return r.texts[r.number()] }

// length returns that of a list or map. ok is false if it is nil.
func (r *reader) length() (n int, ok bool) {
	n = r.int() - 1
	return n, n >= 0
}

// value reads into v.
func (r *reader) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		r.pointer(v)
	case reflect.Struct:
		r.structure(v)
	case reflect.Map:
		r.mapping(v)
	case reflect.Slice:
		r.list(v)
	case reflect.Interface:
		if value := r.json(); value != nil {
			v.Set(reflect.ValueOf(value))
		}
	case reflect.String:
		v.SetString(r.text())
	case reflect.Bool:
		v.SetBool(r.number() == 1)
	case reflect.Int:
		v.SetInt(int64(r.int()))
	case reflect.Uint64:
		v.SetUint(r.number())
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(r.number()))
	default:
		panic(fmt.Sprintf("a value of type %s is not supported", v.Type()))
	}
}

func (r *reader) pointer(v reflect.Value) {
	switch tag := r.int(); tag {
	case tagNil:
	case tagNew:
		target := reflect.New(v.Type().Elem())
		v.Set(target)
		if target.Elem().Kind() == reflect.Struct {
			r.parts = append(r.parts, target) // before its fields, which may refer to it
		}
		r.value(target.Elem())
	default:
		v.Set(r.parts[tag-tagShared])
	}
}

func (r *reader) structure(v reflect.Value) {
	if o, ok := v.Addr().Interface().(*openapi3.Origin); ok {
		r.origin(o)
		return
	}

	for range r.int() {
		r.value(v.Field(r.field(v.Type())))
	}
	if isMapLike(v.Type()) {
		r.entries(v.Addr().Interface())
	}
}

// field reads the name of a field, and returns its index.
func (r *reader) field(of reflect.Type) int {
	name := fieldName{of, r.text()}
	if i, known := r.fields[name]; known {
		return i
	}

	field, found := of.FieldByName(name.name)
	if !found {
		panic(fmt.Sprintf("%s has no field %s", of, name.name))
	}
	r.fields[name] = field.Index[0]
	return field.Index[0]
}

// entries reads those of a type that keeps them where only methods reach them.
func (r *reader) entries(holder any) {
	n, _ := r.length()
	for range n {
		key := r.text()
		switch holder := holder.(type) {
		case *openapi3.Paths:
			var item *openapi3.PathItem
			r.value(reflect.ValueOf(&item).Elem())
			holder.Set(key, item)
		case *openapi3.Responses:
			var response *openapi3.ResponseRef
			r.value(reflect.ValueOf(&response).Elem())
			holder.Set(key, response)
		case *openapi3.Callback:
			var item *openapi3.PathItem
			r.value(reflect.ValueOf(&item).Elem())
			holder.Set(key, item)
		}
	}
}

func (r *reader) mapping(v reflect.Value) {
	n, ok := r.length()
	if !ok {
		return
	}
	if object, ok := v.Addr().Interface().(*map[string]any); ok {
		*object = r.object(n)
		return
	}

	v.Set(reflect.MakeMapWithSize(v.Type(), n))
	for range n {
		key := reflect.ValueOf(r.text()).Convert(v.Type().Key())
		element := reflect.New(v.Type().Elem()).Elem()
		r.value(element)
		v.SetMapIndex(key, element)
	}
}

func (r *reader) list(v reflect.Value) {
	n, ok := r.length()
	if !ok {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		r.value(v.Index(i))
	}
}

// json reads a JSON value.
func (r *reader) json() any {
	switch tag := r.int(); tag {
	case anyNil:
		return nil
	case anyFalse:
		return false
	case anyTrue:
		return true
	case anyText:
		return r.text()
	case anyNumber:
		return json.Number(r.text())
	case anyFloat:
		return math.Float64frombits(r.number())
	case anyList:
		n, _ := r.length()
		list := make([]any, n)
		for i := range list {
			list[i] = r.json()
		}
		return list
	case anyObject:
		n, _ := r.length()
		return r.object(n)
	default:
		panic(fmt.Sprintf("a JSON value has the tag %d", tag))
	}
}

func (r *reader) object(size int) map[string]any {
	object := make(map[string]any, size)
	for range size {
		name := r.text()
		object[name] = r.json()
	}
	return object
}

func (r *reader) origin(o *openapi3.Origin) {
	if r.number() == 1 {
		o.Key = &r.locations(1)[0]
	}
	if n, ok := r.length(); ok {
		o.Fields = r.locations(n)
	}

	n, ok := r.length()
	if !ok {
		return
	}
	o.Sequences = make(map[string][]openapi3.Location, n)
	for range n {
		name := r.text()
		if size, ok := r.length(); ok {
			o.Sequences[name] = r.locations(size)
		}
	}
}

// locationsAhead is how many locations are allocated at once.
const locationsAhead = 512

func (r *reader) locations(n int) []openapi3.Location {
	if n > len(r.spare) {
		r.spare = make([]openapi3.Location, max(n, locationsAhead))
	}
	list := r.spare[:n:n]
	r.spare = r.spare[n:]

	for i := range list {
		list[i] = openapi3.Location{
			File:      r.text(),
			Name:      r.text(),
			Line:      r.int(),
			Column:    r.int(),
			EndLine:   r.int(),
			EndColumn: r.int(),
		}
	}
	return list
}
