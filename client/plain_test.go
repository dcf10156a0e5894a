package client

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/jsontoken"
	"github.com/kapture-community/kapture-go/spec"
)

// plainSources are samples. Each is decoded into all of plainTypes: a field that
// is not of the type is undeclared.
var plainSources = []string{
	"customers/pull-2021.response.json", "customers/select-2016.response.json",
	"customers/get-2024.response.json", "customers/add-2024.response.json",
	"tickets/pull-2019-20.response.json", "tickets/get-observed.response.notes.json",
	"tickets/pull-observed.response.json", "faq/categories-observed.response.json",
	"orders/push-2019-20.response.json",
}

var plainTypes = []reflect.Type{
	reflect.TypeFor[gen.Customer](), reflect.TypeFor[gen.PulledTicket](), reflect.TypeFor[gen.LegacyPulledTicket](),
	reflect.TypeFor[gen.FAQContent](), reflect.TypeFor[gen.FAQCategories](), reflect.TypeFor[gen.CustomerUpserted](),
	reflect.TypeFor[gen.CustomerPushed](), reflect.TypeFor[gen.OrderPushed](), reflect.TypeFor[gen.OrderUpserted](),
	reflect.TypeFor[gen.EnquiryPushed](),
}

// comparePlain decodes a text in one pass, as decodePlain does with plain texts,
// and in the many passes that any text can be decoded in. It reports whether the
// text was plain.
func comparePlain(t *testing.T, text []byte, shape reflect.Type, idField string) bool {
	t.Helper()
	text = bytes.TrimSpace(text)
	value := reflect.New(shape).Elem()
	plain := response{idField: idField}
	if !plain.decodePlain(text, value) {
		if !value.IsZero() {
			t.Fatalf("%s: not plain, and not zero any more:\n%s", shape, text)
		}
		return false
	}

	wanted := reflect.New(shape).Elem()
	anyText := response{idField: idField}
	if err := anyText.decodeAny(text, wanted); err != nil {
		t.Fatalf("%s: plain, but %v:\n%s", shape, err, text)
	}
	if !reflect.DeepEqual(value.Interface(), wanted.Interface()) {
		t.Fatalf("%s: got  %+v\nwant %+v\n%s", shape, value, wanted, text)
	}
	if !reflect.DeepEqual(plain, anyText) {
		t.Fatalf("%s: got  %+v\nwant %+v\n%s", shape, plain, anyText, text)
	}
	return true
}

// oddValues are put in the place of others.
var oddValues = []string{
	`null`, `""`, `" "`, `"a\nb"`, `"\u00e9\u0000"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", "\"a\tb\"",
	`"\x"`, `"\u12"`, `"é"`, `0`, `-0`, `1.0`, `-7`, `1e2`, `1e400`, `01`, `1.`, `-`, `12345678901234567890`,
	`999999999999999`, `9007199254740993`, `true`, `false`, `tru`, `nul`, `"true"`, `"12"`, `[]`, `[null]`,
	`[1,"a",{}]`, `[{}]`, `[{"id":1},null]`, `{}`, `{"a":1,"a":2}`, `{"a":{"B":1,"b":[{"c":[]}]}}`,
	`{"year":2021,"month":2,"dayOfMonth":30,"hourOfDay":1,"minute":2,"second":3}`,
	`{ "year":2021, "month":1 }`, `"2021-02-30"`, `"May 2, 2024 4:15:42 PM"`,
	strings.Repeat("[", 60) + strings.Repeat("]", 60), ``,
}

// oddFields are put in front of the names of others.
var oddFields = []string{
	`"mine":1,`, `"ID":1,`, `"id":"x",`, `"mine":{"a":[1,{"b":"c"}]},"Mine":2,`, `"":0,`, `"n\u0061me":"x",`,
	`"naMe":1,`, `"contacts":[],`, `"K":1,"k":2,`, `,`, ` `, "\n\t", "\v", `"a" : 1 ,`, `"contacts":[{"ID":1}],`,
	`"contacts":[{"own":1},{"own":2,"oWn":3}],`, `"x":00,`,
}

// namesAndValues returns the names of fields in a text, and its scalar values.
func namesAndValues(text []byte) (names, values []jsontoken.Token) {
	for token := jsontoken.Next(text, 0); token.Kind != jsontoken.End; token = jsontoken.Next(text, token.Stop) {
		if token.Kind != jsontoken.Text && token.Kind != jsontoken.Literal {
			continue
		}
		if jsontoken.Next(text, token.Stop).Kind == jsontoken.Colon {
			names = append(names, token)
		} else {
			values = append(values, token)
		}
	}
	return names, values
}

// change changes a text in a few places.
func change(random *rand.Rand, text []byte) []byte {
	for range 1 + random.IntN(3) {
		names, values := namesAndValues(text)
		if len(values) == 0 || len(names) == 0 {
			return text
		}

		value := values[random.IntN(len(values))]
		name := names[random.IntN(len(names))]
		switch random.IntN(8) {
		case 0: // another byte
			text = bytes.Clone(text)
			text[random.IntN(len(text))] = "{}[],:\"\\ 0a\x00\xff"[random.IntN(13)]
		case 1: // an end
			text = text[:random.IntN(len(text))]
		case 2, 3: // a field
			text = splice(text, name.Start, name.Start, oddFields[random.IntN(len(oddFields))])
		case 4: // another name
			other := names[random.IntN(len(names))]
			text = splice(text, name.Start, name.Stop, string(text[other.Start:other.Stop]))
		default:
			text = splice(text, value.Start, value.Stop, oddValues[random.IntN(len(oddValues))])
		}
	}
	return text
}

// splice replaces a part of a text.
func splice(text []byte, start, stop int, with string) []byte {
	return fmt.Appendf(nil, "%s%s%s", text[:start], with, text[stop:])
}

// plainTexts returns the texts that are changed: the samples, the first record in
// each, and two others.
func plainTexts(t testing.TB) (texts [][]byte) {
	for _, name := range plainSources {
		sample, err := spec.Sample(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, sample)

		token := jsontoken.Next(sample, 0)
		for token.Kind != jsontoken.End {
			start, stop := jsontoken.Value(sample, token.Start)
			if token.Kind == jsontoken.BeginObject && start > 0 && stop-start > 200 {
				texts = append(texts, sample[start:stop])
				break
			}
			token = jsontoken.Next(sample, token.Stop)
		}
	}
	return append(texts, []byte(sampleRecord), []byte(`{"id":1,"contacts":[{"id":2},{"id":"3"}]}`))
}

// Reading a text in one pass gives the same value and notes as reading it in many,
// and usual records are read in one.
func TestOnePassReadsAsMany(t *testing.T) {
	texts := plainTexts(t)
	for _, text := range texts {
		isObject := text[0] == '{'
		if !comparePlain(t, text, plainTypes[0], "id") && isObject {
			t.Errorf("not plain: %s", text)
		}
	}

	random := rand.New(rand.NewPCG(1, 2))
	plain := 0
	const runs = 15_000
	for range runs {
		text := change(random, texts[random.IntN(len(texts))])
		shape := plainTypes[random.IntN(len(plainTypes))]
		if comparePlain(t, text, shape, "id") {
			plain++
		}
		if comparePlain(t, text, plainTypes[0], "") {
			plain++
		}
	}
	t.Logf("%d of %d texts were plain", plain, 2*runs)
	if plain < runs/4 {
		t.Error("too few to compare")
	}
}

// FuzzPlain compares the two ways of reading on any text.
func FuzzPlain(f *testing.F) {
	for _, text := range plainTexts(f) {
		f.Add(text)
	}
	for _, value := range oddValues {
		f.Add([]byte(`{"id":` + value + `,"name":` + value + `,"contacts":[{"email":` + value + `}]}`))
	}
	for _, field := range oddFields {
		f.Add([]byte(`{` + field + `"name":"a"}`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, shape := range plainTypes {
			comparePlain(t, text, shape, "id")
		}
		comparePlain(t, text, plainTypes[0], "")
	})
}
