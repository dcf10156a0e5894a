package rawjson_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/wire"
)

func TestBare(t *testing.T) {
	for body, want := range map[string]string{
		`{"a":1}`:                        `{"a":1} []`,
		" \n{}\t ":                       `{} []`,
		"\xef\xbb\xbf{}":                 `{} [bom]`,
		"{} ;\n;":                        `{} [semicolon]`,
		"\xef\xbb\xbf [1];":              `[1] [bom semicolon]`,
		";":                              ` [semicolon]`,
		" \xef\xbb\xbf{}":                "\xef\xbb\xbf{} []",
		`{"a":"` + "\xef\xbb\xbf" + `"}`: `{"a":"` + "\xef\xbb\xbf" + `"} []`,
	} {
		text, notes := rawjson.Bare([]byte(body))
		kinds := []string{}
		for _, note := range notes {
			kinds = append(kinds, string(note.Kind))
		}
		if got := fmt.Sprint(string(text), " ", kinds); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}

func TestField(t *testing.T) {
	object := json.RawMessage(`{"Status":"a","status":"b","in":{"x y":{"deep":7}},"list":[1]}`)
	for path, want := range map[string]string{
		"Status":      `"a"`,
		"status":      `"b"`,
		"STATUS":      "",
		"in/x y/deep": "7",
		"in/x y/Deep": "",
		"list/0":      "",
		"none/none":   "",
	} {
		if got := rawjson.Field(object, strings.Split(path, "/")...); string(got) != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{
		`"a\nb"`: "a\nb",
		`""`:     "",
		`1`:      "no",
		``:       "no",
		`null`:   "no",
		`["a"]`:  "no",
		`"a`:     "no",
	} {
		got, ok := rawjson.Text([]byte(raw))
		if !ok {
			got = "no"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
	}
}

func TestInspect(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":{"a":1}}`:             `[]`,
		`{"a":1,"a":2}`:                   `[duplicate-name /a]`,
		`{"a":1,"A":2}`:                   `[case-twins /A]`,
		`{"l":[{"x/y":1,"x\/y":2}]}`:      `[duplicate-name /l/0/x~1y]`,
		`[[1,{"~":1,"~":2}]]`:             `[duplicate-name /0/1/~0]`,
		"{\"a\":\"x\ny\"}":                `[raw-control ]`,
		"{\"a\":\"\xff\"}":                `[altered-text /a]`,
		"{\"a\":\"\xff\",\n\"a\":\"\t\"}": `[altered-text /a duplicate-name /a raw-control ]`,

		// Every text that has to be altered to be read has a note.
		"{\"a\":[\"b\",{\"c\":\"\xc3\"}],\"d\":\"\xed\xa0\xbd\"}": `[altered-text /a/1/c altered-text /d]`,
		"{\"\xff\":1}":                       "[altered-text /\xff]",
		`{"a":"\ud83d","b":"\ud83d\ude00"}`:  `[altered-text /a]`,
		`{"a":"\ude00\ud83d","b":"\\ud83d"}`: `[altered-text /a]`,
		`{"a":"\ud83d\ud83d\ude00"}`:         `[altered-text /a]`,
		`{"a":"\ud83dx","b":"\ud83d\n"}`:     `[altered-text /a altered-text /b]`,
		`["\uD83D","\u00e9","\ufffd"]`:       `[altered-text /0]`,
		`"\ud83d"`:                           `[altered-text ]`,
	} {
		in, err := rawjson.Inspect(t.Context(), []byte(text), "a")
		got := []string{}
		for _, note := range in.Notes {
			got = append(got, string(note.Kind)+" "+note.Pointer)
		}
		if err != nil || fmt.Sprint(got) != want || !json.Valid(in.JSON) {
			t.Errorf("%q: got %v and %q, %v, want %s", text, got, in.JSON, err, want)
		}
	}
}

func TestInspectDeepNesting(t *testing.T) {
	_, err := rawjson.Inspect(t.Context(), []byte(strings.Repeat("[", 200)), "")
	if !errors.Is(err, rawjson.ErrDepth) {
		t.Errorf("200 levels: %v", err)
	}
}

// However many names an object has, each is compared with all before it.
func TestInspectManyNames(t *testing.T) {
	for _, n := range []int{1, 30, 33, 127, 130, 1000, 100_000} {
		var text strings.Builder
		text.WriteString(`{"in":{"own":1`)
		for i := range n {
			fmt.Fprintf(&text, `,"name %d":%d`, i, i)
		}
		last := fmt.Sprint("name ", n-1)
		fmt.Fprintf(&text, `,%q:1,%q:2,"OWN":3,"own":4,"\u212Aey":5,"KEY":6,"Key":7},"own":8}`, last,
			strings.ToUpper(last))

		in, err := rawjson.Inspect(t.Context(), []byte(text.String()), "own")
		want := fmt.Sprintf("[{duplicate-name /in/%s } {case-twins /in/%s } {case-twins /in/OWN } "+
			"{duplicate-name /in/own } {case-twins /in/KEY } {case-twins /in/Key }]", last, strings.ToUpper(last))
		if err != nil || fmt.Sprint(in.Notes) != want || string(in.Value) != "8" {
			t.Errorf("%d names: %v, %s, %v", n, in.Notes, in.Value, err)
		}
	}
}

// Reading a long text ends with the context.
func TestReadingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := "[" + strings.Repeat("1,", 1<<20) + "1]"
	if _, err := rawjson.Inspect(ctx, []byte(text), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}

	list := rawjson.List{Path: []string{"message"}, Max: 100}
	var last error
	for element, err := range list.Elements(ctx, strings.NewReader(`{"message":[1]}`)) {
		last = err
		if err == nil {
			t.Errorf("element %s", element)
		}
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("a list: error %v", last)
	}
}

func TestElements(t *testing.T) {
	for list, want := range map[string]string{
		`[]`:                          ``,
		" [ ] ":                       ``,
		`[1]`:                         `1`,
		` [ 1 , "],[" ,[2,[3]], {} ]`: `1|"],["|[2,[3]]|{}`,
		`[null,{"a":[1]}]`:            `null|{"a":[1]}`,
	} {
		var got []string
		for element := range rawjson.Elements([]byte(list)) {
			got = append(got, string(element))
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: got %q", list, got)
		}
	}
}

// Elements stops when the loop is left: yielding another element would panic.
func TestElementsEndWithTheLoop(t *testing.T) {
	n := 0
	for range rawjson.Elements([]byte(`[1,2]`)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d elements", n)
	}
}

// A small text must not fill much memory when it is decoded.
func TestAffordable(t *testing.T) {
	list := func(element string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
	}
	contact := `{"id":1,"phone":"9000000001","email":"asha@example.com","contactPerson":"Asha Rao"}`
	customer := reflect.TypeFor[gen.Customer]()
	for name, test := range map[string]struct {
		text  string
		shape reflect.Type
		want  bool
	}{
		"small":                {text: `{"contacts":[{},{}]}`, shape: customer, want: true},
		"many contacts":        {text: `{"contacts":` + list(contact, 20_000) + `}`, shape: customer, want: true},
		"a hundred thousand":   {text: `{"contacts":` + list("{}", 100_000) + `}`, shape: customer},
		"of another case":      {text: `{"CONTACTS":` + list("{}", 100_000) + `}`, shape: customer},
		"in no declared field": {text: `{"other":` + list("{}", 100_000) + `}`, shape: customer, want: true},
		"texts":                {text: `{"contacts":` + list(`""`, 100_000) + `}`, shape: customer},
		"a long text":          {text: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, shape: customer, want: true},
		"a list of lists of objects": {
			text:  list(list("{}", 10), 100_000),
			shape: reflect.TypeFor[[][]gen.Contact](),
		},
		"in a map": {
			text:  `{"a":` + list("{}", 100_000) + `}`,
			shape: reflect.TypeFor[map[string][]gen.Contact](),
		},
	} {
		if got := rawjson.Affordable([]byte(test.text), test.shape); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// forms has a field of each type that FillForms fills.
type forms struct {
	Text   string    `json:"text"`
	Number int64     `json:"number"`
	Amount float64   `json:"amount"`
	Flag   bool      `json:"flag"`
	List   []forms   `json:"list"`
	ID     wire.ID   `json:"id"`
	Time   wire.Time `json:"time"`
}

func TestFillForms(t *testing.T) {
	for text, want := range map[string]string{
		`{"text":123456789012}`:         `{123456789012 0 0 false []}`,
		`{"text":1.23456789012E11}`:     `{123456789012 0 0 false []}`,
		`{"text":123456789012.0}`:       `{123456789012 0 0 false []}`,
		`{"text":12.50}`:                `{12.50 0 0 false []}`,
		`{"text":9007199254740993}`:     `{9007199254740993 0 0 false []}`,
		`{"text":true}`:                 `{ 0 0 false []}`,
		`{"text":null}`:                 `{ 0 0 false []}`,
		`{"number":"7"}`:                `{ 7 0 false []}`,
		`{"number":7.0}`:                `{ 7 0 false []}`,
		`{"number":7e2}`:                `{ 700 0 false []}`,
		`{"number":"7E2"}`:              `{ 700 0 false []}`,
		`{"number":"9007199254740993"}`: `{ 9007199254740993 0 false []}`,
		`{"number":7.5}`:                `{ 0 0 false []}`,
		`{"number":1e30}`:               `{ 0 0 false []}`,
		`{"number":"+7"}`:               `{ 0 0 false []}`,
		`{"number":"007"}`:              `{ 0 0 false []}`,
		`{"number":"seven"}`:            `{ 0 0 false []}`,
		`{"number":""}`:                 `{ 0 0 false []}`,
		`{"amount":"12.50"}`:            `{ 0 12.5 false []}`,
		`{"amount":"1E3"}`:              `{ 0 1000 false []}`,
		`{"amount":"Inf"}`:              `{ 0 0 false []}`,
		`{"amount":"0x10"}`:             `{ 0 0 false []}`,
		`{"flag":"true"}`:               `{ 0 0 true []}`,
		`{"flag":"yes"}`:                `{ 0 0 false []}`,
		`{"list":[1,{"number":"7","text":5},{"flag":"true"}]}`: `{ 0 0 false ` +
			`[{ 0 0 false []} {5 7 0 false []} { 0 0 true []}]}`,
		`{"list":{"number":"7"},"text":5}`: `{5 0 0 false []}`,
	} {
		var v forms
		_ = json.Unmarshal([]byte(text), &v) // what fits
		rawjson.FillForms([]byte(text), reflect.ValueOf(&v).Elem())
		if got := shown(v); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

// shown writes the fields that FillForms may fill.
func shown(v forms) string {
	list := []string{}
	for _, element := range v.List {
		list = append(list, shown(element))
	}
	return fmt.Sprint("{", v.Text, " ", v.Number, " ", v.Amount, " ", v.Flag, " ", list, "}")
}

func TestUnreadableTimes(t *testing.T) {
	text := `{"time":"tomorrow","list":[{"time":"2024-05-02"},{"time":5,"list":[{"time":"2024-02-30"}]},{"time":null}]}`
	var v forms
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	got := rawjson.UnreadableTimes(reflect.ValueOf(v))
	if want := "[/list/1/list/0/time /list/1/time /time]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if got := rawjson.UnreadableTimes(reflect.ValueOf(json.RawMessage(`"tomorrow"`))); got != nil {
		t.Errorf("of a text: %v", got)
	}
}

// After each body, the connection breaks: that is an error unless the body is
// complete.
func TestList(t *testing.T) {
	broken := errors.New("broken")
	deeper := rawjson.List{Path: []string{"message", "contents"}}
	failed := func(before json.RawMessage) bool { return string(rawjson.Field(before, "status")) == `"failed"` }
	for _, test := range []struct {
		name string
		body string
		list rawjson.List
		want string // the elements, what is around the list, and the error
	}{
		{
			name: "elements",
			body: `{"message": [ {"a":[1,"]"]} , 2 ] ,"status":"success"}`,
			want: `[{"a":[1,"]"]} 2] {"message": [] ,"status":"success"} <nil>`,
		},
		{
			name: "empty",
			body: `{"message":[ ]}`,
			want: `[] {"message":[]} <nil>`,
		},
		{
			name: "in other fields",
			body: `{"other":[1],"in":{"message":[2]}}`,
			want: `[] {"other":[1],"in":{"message":[2]}} <nil>`,
		},
		{
			name: "an object",
			body: `{"message":{"id":1}}`,
			want: `[] {"message":{"id":1}} <nil>`,
		},
		{
			name: "an object that may be in the place of the list",
			body: `{"message":{"id":1}}`,
			list: rawjson.List{Single: true},
			want: `[{"id":1}] {"message":[]} <nil>`,
		},
		{
			name: "skipped",
			body: `{"status":"failed","message":[1,2]}`,
			list: rawjson.List{Skip: failed},
			want: `[] {"status":"failed","message":[]} <nil>`,
		},
		{
			name: "not skipped",
			body: `{"status":"success","message":[1]}`,
			list: rawjson.List{Skip: failed},
			want: `[1] {"status":"success","message":[]} <nil>`,
		},
		{
			name: "deeper",
			body: `{"contents":[0],"message":{"x":{"contents":[1]},"contents":[2,[3]]},"in":{"contents":[4]}}`,
			list: deeper,
			want: `[2 [3]] {"contents":[0],"message":{"x":{"contents":[1]},"contents":[]},"in":{"contents":[4]}} <nil>`,
		},
		{
			name: "deeper, in lists",
			body: `{"message":[{"contents":[1]}],"message":{"contents":5},"message":[[2]]}`,
			list: deeper,
			want: `[] {"message":[{"contents":[1]}],"message":{"contents":5},"message":[[2]]} <nil>`,
		},
		{
			name: "deeper, skipped",
			body: `{"status":"failed","message":{"contents":[1]}}`,
			list: rawjson.List{Path: deeper.Path, Skip: failed},
			want: `[] {"status":"failed","message":{"contents":[]}} <nil>`,
		},
		{
			name: "a long element",
			body: `{"message":[1,"12345678901"]}`,
			list: rawjson.List{Max: 12},
			want: `[1] {"message":[ ` + rawjson.ErrLong.Error(),
		},
		{
			name: "a long text around",
			body: `{"status":"success","message":[1]}`,
			list: rawjson.List{Max: 11},
			want: `[] {"status":" ` + rawjson.ErrLong.Error(),
		},
		{
			name: "a brace for a bracket",
			body: `{"message":[1}`,
			want: `[] {"message":[ ` + rawjson.ErrSyntax.Error(),
		},
		{
			name: "an escape before the list",
			body: `{"a\"b":"\\","message":[1]}`,
			want: `[1] {"a\"b":"\\","message":[]} <nil>`,
		},
		{
			name: "broken off inside the list",
			body: `{"message":[1,2`,
			want: `[1] {"message":[ broken`,
		},
		{
			name: "broken off after the brace",
			body: `{"message":[1]}`,
			want: `[1] {"message":[]} <nil>`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := test.list
			if l.Path == nil {
				l.Path = []string{"message"}
			}
			if l.Max == 0 {
				l.Max = 1 << 10
			}

			got := []string{}
			var err error
			body := io.MultiReader(strings.NewReader(test.body), iotest.ErrReader(broken))
			for element, failure := range l.Elements(t.Context(), body) {
				if failure != nil {
					err = failure
					break
				}
				got = append(got, strings.TrimSpace(string(element)))
			}
			if result := fmt.Sprint(got, " ", string(l.Around), " ", err); result != test.want {
				t.Errorf("got  %s\nwant %s", result, test.want)
			}
			if err == nil && l.Taken != int64(len(test.body)) {
				t.Errorf("%d bytes taken of %d", l.Taken, len(test.body))
			}
		})
	}
}

// The latest element stays in the List, for errors that show it.
func TestListKeepsTheElementOfABreak(t *testing.T) {
	l := rawjson.List{Path: []string{"message"}, Max: 100}
	for range l.Elements(t.Context(), strings.NewReader(`{"message":[1,2]}`)) {
		break
	}
	if string(l.Element) != "1" {
		t.Errorf("the element is %q", l.Element)
	}
}

// unusual is a customer with undeclared fields and misfits.
const unusual = `{"id":"x","zone":"x","generationDate":5,"name":"Asha","cmId":7,"mine":{"a":1},` +
	`"contacts":[{"id":1,"e/mail":"a"},{"phone":5}]}`

func TestUndeclared(t *testing.T) {
	undeclared := rawjson.Undeclared([]byte(unusual), reflect.TypeFor[gen.Customer]())
	got := fmt.Sprint(slices.Sorted(maps.Keys(undeclared)))
	if got != "[/contacts/0/e~1mail /mine]" || string(undeclared["/mine"]) != `{"a":1}` {
		t.Errorf("undeclared: %s", got)
	}
}

func TestMisfits(t *testing.T) {
	for text, want := range map[string]string{
		unusual: `[/contacts/1/phone: want string, got 5 /generationDate: want Time, got 5 ` +
			`/zone: want int64, got "x"]`,
		// An element that is not an object with fields is a misfit, a field that is null is not.
		`{"contacts":[null,{},{"id":1}],"message":null}`: "[/contacts/0: want Contact, got null " +
			"/contacts/1: want Contact, got {}]",
		// Types are named without their package.
		`{"contacts":5}`: "[/contacts: want []Contact, got 5]",
	} {
		got := fmt.Sprint(rawjson.Misfits([]byte(text), reflect.TypeFor[gen.Customer]()))
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// ring is a type that can contain itself.
type ring struct {
	*gen.CustomerInfo
	Next *ring `json:"next"`
}

func TestCheckFurther(t *testing.T) {
	further := func(name, value string) map[string]json.RawMessage {
		return map[string]json.RawMessage{name: json.RawMessage(value)}
	}
	round := &ring{}
	round.Next = round
	for _, test := range []struct {
		request any
		want    string
	}{
		{gen.TicketRequest{AdditionalProperties: further("mine", `{"a":1}`)}, "<nil>"},
		{
			[]gen.TicketRequest{{AdditionalProperties: further("mine", "text")}},
			"AdditionalProperties/0/mine is not a JSON value; a text needs its quotes",
		},
		{
			&gen.TicketRequest{AdditionalProperties: further("title", `"a"`)},
			"AdditionalProperties has /title, which the request type declares: " +
				"set its field instead (only null may be given here)",
		},
		{gen.TicketRequest{AdditionalProperties: further("due_date", "null")}, "<nil>"},
		{
			gen.TicketRequest{Title: "a", AdditionalProperties: further("title", "null")},
			"/title is given twice: its field has a value and AdditionalProperties has null",
		},
		{
			gen.CustomerRequest{ContactInfo: []gen.ContactInfo{{}, {AdditionalProperties: further("gender", "1")}}},
			"AdditionalProperties has /contact_info/1/gender, which the request type declares: " +
				"set its field instead (only null may be given here)",
		},
		{nil, "<nil>"},
		{ring{}, "<nil>"}, // its embedded request is nil
		{round, "<nil>"},  // encoding rejects it
	} {
		if got := fmt.Sprint(rawjson.CheckFurther(test.request)); got != test.want {
			t.Errorf("%T: got %s\nwant %s", test.request, got, test.want)
		}
	}
}
