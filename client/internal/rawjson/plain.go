package rawjson

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/kapture-community/kapture-go/gen/wire"
)

// Most records are plain: valid JSON in which each value has the form that its
// type declares, about which there is nothing to note. DecodePlain reads such a
// record in one pass, where Inspect, encoding/json and the search for times
// take five. It gives up at anything else, and the record is then read as
// before: so it decides nothing, and a test compares the two on any input.
//
// encoding/json/v2 does not do in its place: it needs Go 1.27, and does not say
// which undeclared fields differ in case only. Nor does package jsontoken, which
// checks no grammar, so each text and number would be read twice.

// Plain is what DecodePlain finds in addition to the value.
type Plain struct {
	Value    []byte // of the wanted field of the outermost object, nil if it has none
	BadTimes bool   // a moment is in no known form, or does not exist
}

// The limits of what is read in one pass.
const (
	maxPlainSize   = 64 << 10 // up to which a text is always Affordable
	maxPlainDepth  = 50
	maxPlainFields = 256 // that a struct declares
	maxPlainNames  = 128 // undeclared names of an object, which are compared one by one
)

// DecodePlain fills a struct that is zero from a text, if the text is plain. If
// it is not, the struct stays zero. want names the field of the outermost object
// whose value is to be kept.
func DecodePlain(text []byte, want string, into reflect.Value) (found Plain, ok bool) {
	if len(text) > maxPlainSize || into.Kind() != reflect.Struct || !utf8.Valid(text) {
		return Plain{}, false
	}
	shape := plainTypeOf(into.Type())
	if shape.kind != plainObject {
		return Plain{}, false
	}

	r := plainReaders.Get().(*plainReader)
	*r = plainReader{text: text, want: want, names: r.names[:0], unescaped: r.unescaped[:0]}
	ok = r.object(into, shape.fields, 1) && r.at == len(text)
	found = r.found
	clear(r.names) // they are parts of the text
	*r = plainReader{names: r.names, unescaped: r.unescaped}
	plainReaders.Put(r)
	if !ok {
		into.SetZero()
		return Plain{}, false
	}
	return found, true
}

// plainKind says how a value of a type is read.
type plainKind uint8

const (
	plainNever plainKind = iota // not in one pass
	plainText
	plainInteger
	plainFloat
	plainBoolean
	plainID
	plainFlag
	plainTime
	plainSelf // the type decodes itself
	plainObject
	plainList
)

// plainType is what is known of a type before a value of it is read.
type plainType struct {
	kind    plainKind
	fields  *plainFields // of an object
	element *plainType   // of a list
}

// plainField is a declared field of a struct.
type plainField struct {
	name  string
	index int
	shape *plainType
}

// plainFields are the declared fields of a struct, in a table with many empty
// places: a field is at the place that its hash says, or in the next ones.
type plainFields struct {
	table  []*plainField   // its length is a power of two
	folded map[uint64]bool // the hashes of the names in any case
}

var plainTypes sync.Map // by reflect.Type

// plainTypeOf returns what is known of a type.
func plainTypeOf(t reflect.Type) *plainType {
	if known, ok := plainTypes.Load(t); ok {
		return known.(*plainType)
	}
	made := newPlainType(t, map[reflect.Type]*plainType{})
	plainTypes.Store(t, made)
	return made
}

// newPlainType describes a type. begun has the types around it, since a type may
// contain itself.
func newPlainType(t reflect.Type, begun map[reflect.Type]*plainType) *plainType {
	if known := begun[t]; known != nil {
		return known
	}
	made := &plainType{}
	begun[t] = made

	switch t {
	case reflect.TypeFor[wire.ID]():
		made.kind = plainID
		return made
	case reflect.TypeFor[wire.Flag]():
		made.kind = plainFlag
		return made
	case moment:
		made.kind = plainTime
		return made
	}
	pointer := reflect.PointerTo(t)
	if pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) {
		made.kind = plainSelf
		return made
	}
	if pointer.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]()) {
		return made
	}

	switch t.Kind() {
	case reflect.String:
		made.kind = plainText
	case reflect.Int64:
		made.kind = plainInteger
	case reflect.Float64:
		made.kind = plainFloat
	case reflect.Bool:
		made.kind = plainBoolean
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			made.kind = plainList
			made.element = newPlainType(t.Elem(), begun)
		}
	case reflect.Struct:
		if fields := newPlainFields(t, begun); fields != nil {
			made.kind = plainObject
			made.fields = fields
		}
	}
	return made
}

// newPlainFields describes the fields of a struct, nil if encoding/json has
// rules for them that are not known here.
func newPlainFields(t reflect.Type, begun map[reflect.Type]*plainType) *plainFields {
	if t.NumField() > maxPlainFields {
		return nil
	}
	size := 16
	for size < 4*t.NumField() {
		size *= 2
	}
	fields := &plainFields{table: make([]*plainField, size), folded: map[uint64]bool{}}
	for i := range t.NumField() {
		field := t.Field(i)
		tag := field.Tag.Get("json")
		if tag == "-" || !field.IsExported() && !field.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		folded := hashOf([]byte(name)).folded
		known := fields.folded[folded]
		if name == "" || known || field.Anonymous || strings.Contains(options, "string") {
			return nil
		}
		fields.folded[folded] = true
		fields.put(&plainField{name: name, index: i, shape: newPlainType(field.Type, begun)})
	}
	return fields
}

func (f *plainFields) put(field *plainField) {
	at := f.place([]byte(field.name))
	for f.table[at] != nil {
		at = (at + 1) % len(f.table)
	}
	f.table[at] = field
}

// place returns where a name is looked for first.
func (f *plainFields) place(name []byte) int {
	const (
		word  = 8
		prime = 0x9e3779b97f4a7c15
	)
	hash := uint64(len(name))
	if len(name) >= word {
		hash ^= binary.LittleEndian.Uint64(name) * prime
		hash ^= binary.LittleEndian.Uint64(name[len(name)-word:])
	} else {
		for _, c := range name {
			hash = hash<<word | uint64(c)
		}
	}
	hash *= prime
	return int(hash>>40) & (len(f.table) - 1)
}

// find returns the field of a name, nil if none is declared.
func (f *plainFields) find(name []byte) *plainField {
	at := f.place(name)
	for {
		field := f.table[at]
		if field == nil || field.name == string(name) {
			return field
		}
		at = (at + 1) & (len(f.table) - 1)
	}
}

// plainReader reads a text. Its methods report whether they could.
type plainReader struct {
	text  []byte
	at    int
	want  string
	found Plain

	names     []nameHash // undeclared ones, of the objects that have begun
	unescaped []byte
}

var plainReaders = sync.Pool{New: func() any { return &plainReader{} }}

// space skips white space and returns the byte after it, 0 at the end.
func (r *plainReader) space() byte {
	for r.at < len(r.text) {
		c := r.text[r.at]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return 0
		}
		r.at++
	}
	return 0
}

// object reads an object into a struct. Without a struct, it only checks it.
func (r *plainReader) object(into reflect.Value, fields *plainFields, depth int) bool {
	if depth > maxPlainDepth || r.space() != '{' {
		return false
	}
	r.at++
	if r.space() == '}' {
		r.at++
		return true
	}

	var seen [maxPlainFields / 64]uint64
	first := len(r.names)
	for {
		name, ok := r.name()
		if !ok {
			return false
		}

		var field *plainField
		if fields != nil {
			field = fields.find(name)
		}
		r.space()
		start := r.at
		switch {
		case field == nil:
			ok = r.addName(name, fields, first) && r.skip(depth)
		case seen[field.index/64]&(1<<(field.index%64)) != 0:
			return false
		default:
			seen[field.index/64] |= 1 << (field.index % 64)
			ok = r.value(into.Field(field.index), field.shape, depth)
		}
		if !ok {
			return false
		}
		if depth == 1 && string(name) == r.want {
			r.found.Value = r.text[start:r.at]
		}

		switch r.space() {
		case ',':
			r.at++
		case '}':
			r.at++
			r.names = r.names[:first]
			return true
		default:
			return false
		}
	}
}

// name reads the name of a field and the colon.
func (r *plainReader) name() (name []byte, ok bool) {
	if r.space() != '"' {
		return nil, false
	}
	raw, escaped, ok := r.quoted()
	if !ok || escaped || r.space() != ':' {
		return nil, false
	}
	r.at++
	return raw, true
}

// addName adds an undeclared name, which may differ from no other name of the
// object in case only.
func (r *plainReader) addName(name []byte, fields *plainFields, first int) bool {
	hash := hashOf(name)
	if fields != nil && fields.folded[hash.folded] {
		return false
	}
	before := r.names[first:]
	if len(before) >= maxPlainNames || hash.twinOf(before) != "" {
		return false
	}
	r.names = append(r.names, hash)
	return true
}

// quoted reads a text and returns what is between its quotes.
func (r *plainReader) quoted() (inside []byte, escaped, ok bool) {
	text := r.text
	start := r.at + 1
	for at := start; at < len(text); at++ {
		c := text[at]
		if c > '\\' {
			continue
		}
		switch {
		case c == '"':
			r.at = at + 1
			return text[start:at], escaped, true
		case c == '\\':
			escaped = true
			at++
		case c < ' ':
			return nil, false, false
		}
	}
	return nil, false, false
}

// string reads a text.
func (r *plainReader) string() (s string, ok bool) {
	inside, escaped, ok := r.quoted()
	if !ok || escaped && !r.unescape(inside) {
		return "", false
	}
	if escaped {
		inside = r.unescaped
	}
	return string(inside), true
}

// unescape leaves in unescaped what a text says. Half of a pair of surrogates
// says nothing, and a whole pair is rare.
func (r *plainReader) unescape(inside []byte) bool {
	out := slices.Grow(r.unescaped[:0], len(inside))
	for {
		at := bytes.IndexByte(inside, '\\')
		if at < 0 {
			break
		}
		out = append(out, inside[:at]...)
		letter := inside[at+1]
		if letter == 'u' {
			unit, ok := escaped(inside[at:])
			if !ok || utf16.IsSurrogate(unit) {
				return false
			}
			out = utf8.AppendRune(out, unit)
			inside = inside[at+len(`\u0000`):]
			continue
		}
		meaning := escapes[letter]
		if meaning == 0 {
			return false
		}
		out = append(out, meaning)
		inside = inside[at+len(`\n`):]
	}
	out = append(out, inside...)
	r.unescaped = out
	return true
}

// escapes has what a letter behind a backslash means, 0 if nothing.
var escapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// value reads a value into a field or an element.
func (r *plainReader) value(into reflect.Value, shape *plainType, depth int) bool {
	switch shape.kind {
	case plainNever:
		return false
	case plainID, plainFlag, plainTime, plainSelf:
		return r.readItself(into, depth)
	}

	if r.null() {
		return true
	}
	switch shape.kind {
	case plainObject:
		return r.object(into, shape.fields, depth+1)
	case plainList:
		return r.list(into, shape.element, depth+1)
	case plainText:
		return r.readText(into)
	case plainBoolean:
		return r.readBoolean(into)
	default:
		return r.readNumber(into, shape.kind)
	}
}

// readItself reads a value of a type that decodes itself. Such a type gets a null,
// too.
func (r *plainReader) readItself(into reflect.Value, depth int) bool {
	start := r.at
	if !r.skip(depth) {
		return false
	}
	raw := r.text[start:r.at]
	switch value := into.Addr().Interface().(type) {
	case *wire.ID:
		return value.UnmarshalJSON(raw) == nil
	case *wire.Flag:
		return value.UnmarshalJSON(raw) == nil
	case *wire.Time:
		err := value.UnmarshalJSON(raw)
		r.found.BadTimes = r.found.BadTimes || !value.Valid()
		return err == nil
	case json.Unmarshaler:
		return value.UnmarshalJSON(raw) == nil
	}
	return false
}

// null reads null, which leaves a field at zero, if there is one.
func (r *plainReader) null() bool {
	if r.space() != 'n' {
		return false
	}
	return r.word("null")
}

func (r *plainReader) word(word string) bool {
	rest := r.text[r.at:]
	if len(rest) < len(word) || string(rest[:len(word)]) != word {
		return false
	}
	r.at += len(word)
	return true
}

func (r *plainReader) readText(into reflect.Value) bool {
	if r.space() != '"' {
		return false
	}
	s, ok := r.string()
	if ok && s != "" {
		into.SetString(s)
	}
	return ok
}

func (r *plainReader) readBoolean(into reflect.Value) bool {
	switch r.space() {
	case 't':
		into.SetBool(true)
		return r.word("true")
	case 'f':
		return r.word("false")
	}
	return false
}

// readNumber reads a number, as far as it fits.
func (r *plainReader) readNumber(into reflect.Value, kind plainKind) bool {
	r.space()
	start := r.at
	isInteger, ok := r.number()
	if !ok {
		return false
	}

	const most = 15 // digits that any number type has exactly
	raw := r.text[start:r.at]
	if isInteger && len(raw) <= most && raw[0] != '-' {
		n := int64(0)
		for _, c := range raw {
			n = n*10 + int64(c-'0')
		}
		switch {
		case n == 0:
		case kind == plainFloat:
			into.SetFloat(float64(n))
		default:
			into.SetInt(n)
		}
		return true
	}
	if kind == plainFloat {
		n, err := strconv.ParseFloat(string(raw), 64)
		into.SetFloat(n)
		return err == nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	into.SetInt(n)
	return err == nil
}

// number reads a number of JSON's grammar.
func (r *plainReader) number() (isInteger, ok bool) {
	r.byte('-')
	if !r.byte('0') && !r.digits() {
		return false, false
	}
	isInteger = true
	if r.byte('.') {
		isInteger = false
		if !r.digits() {
			return false, false
		}
	}
	if r.byte('e') || r.byte('E') {
		isInteger = false
		if !r.byte('-') {
			r.byte('+')
		}
		if !r.digits() {
			return false, false
		}
	}
	return isInteger, true
}

// byte reads a byte if it is next.
func (r *plainReader) byte(wanted byte) bool {
	if r.at == len(r.text) || r.text[r.at] != wanted {
		return false
	}
	r.at++
	return true
}

// digits reads digits, at least one.
func (r *plainReader) digits() bool {
	start := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	return r.at > start
}

// list reads a list into a slice.
func (r *plainReader) list(into reflect.Value, shape *plainType, depth int) bool {
	if depth > maxPlainDepth || r.space() != '[' {
		return false
	}
	r.at++
	if r.space() == ']' {
		r.at++
		into.Set(reflect.MakeSlice(into.Type(), 0, 0))
		return true
	}

	for n := 0; ; n++ {
		if n == into.Cap() {
			into.Grow(1)
		}
		into.SetLen(n + 1)
		r.space()
		if !r.value(into.Index(n), shape, depth) {
			return false
		}
		switch r.space() {
		case ',':
			r.at++
		case ']':
			r.at++
			return true
		default:
			return false
		}
	}
}

// skip reads a value of any type, and only checks it.
func (r *plainReader) skip(depth int) bool {
	switch r.space() {
	case '{':
		return r.object(reflect.Value{}, nil, depth+1)
	case '[':
		return r.skipList(depth + 1)
	case '"':
		inside, escaped, ok := r.quoted()
		return ok && (!escaped || r.unescape(inside))
	case 't':
		return r.word("true")
	case 'f':
		return r.word("false")
	case 'n':
		return r.word("null")
	}
	_, ok := r.number()
	return ok
}

func (r *plainReader) skipList(depth int) bool {
	if depth > maxPlainDepth {
		return false
	}
	r.at++
	if r.space() == ']' {
		r.at++
		return true
	}
	for {
		if !r.skip(depth) {
			return false
		}
		switch r.space() {
		case ',':
			r.at++
		case ']':
			r.at++
			return true
		default:
			return false
		}
	}
}
