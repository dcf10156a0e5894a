package rawjson_test

import (
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

	"github.com/kapture-community/kapture-go/gen"
	"github.com/kapture-community/kapture-go/gen/rawjson"
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

func TestMember(t *testing.T) {
	object := json.RawMessage(`{"Status":"a","status":"b","in":{"x y":{"deep":7}},"list":[1]}`)
	for path, want := range map[string]string{"Status": `"a"`, "status": `"b"`, "STATUS": "", "in/x y/deep": "7", "in/x y/Deep": "", "list/0": "", "none/none": ""} {
		if got := rawjson.Member(object, strings.Split(path, "/")...); string(got) != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{`"a\nb"`: "a\nb", `""`: "", `1`: "no", ``: "no", `null`: "no", `["a"]`: "no", `"a`: "no"} {
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
		"{\"a\":\"\xff\"}":                `[invalid-utf8 ]`,
		"{\"a\":\"\xff\",\n\"a\":\"\t\"}": `[duplicate-name /a raw-control  invalid-utf8 ]`,
	} {
		in, err := rawjson.Inspect([]byte(text), "a")
		got := []string{}
		for _, note := range in.Notes {
			got = append(got, string(note.Kind)+" "+note.Pointer)
		}
		if err != nil || fmt.Sprint(got) != want || !json.Valid(in.JSON) {
			t.Errorf("%q: got %v and %q, %v, want %s", text, got, in.JSON, err, want)
		}
	}
	if _, err := rawjson.Inspect([]byte(strings.Repeat("[", 200)), ""); !errors.Is(err, rawjson.ErrDepth) {
		t.Errorf("200 levels: %v", err)
	}
}

func TestList(t *testing.T) {
	broken, deeper := errors.New("broken"), rawjson.List{Path: []string{"message", "contents"}}
	failed := func(before json.RawMessage) bool { return string(rawjson.Member(before, "status")) == `"failed"` }
	for _, test := range []struct {
		name, body string
		list       rawjson.List
		want       string
	}{
		{"elements", `{"message": [ {"a":[1,"]"]} , 2 ] ,"status":"success"}`, rawjson.List{}, `[{"a":[1,"]"]} 2] {"message": [] ,"status":"success"} <nil>`},
		{"empty", `{"message":[ ]}`, rawjson.List{}, `[] {"message":[]} <nil>`},
		{"elsewhere", `{"other":[1],"in":{"message":[2]}}`, rawjson.List{}, `[] {"other":[1],"in":{"message":[2]}} <nil>`},
		{"an object alone", `{"message":{"id":1}}`, rawjson.List{}, `[] {"message":{"id":1}} <nil>`},
		{"an object that may stand there", `{"message":{"id":1}}`, rawjson.List{Single: true}, `[{"id":1}] {"message":[]} <nil>`},
		{"skipped", `{"status":"failed","message":[1,2]}`, rawjson.List{Skip: failed},
			`[] {"status":"failed","message":[]} <nil>`},
		{"not skipped", `{"status":"success","message":[1]}`, rawjson.List{Skip: failed},
			`[1] {"status":"success","message":[]} <nil>`},
		{"deeper", `{"contents":[0],"message":{"x":{"contents":[1]},"contents":[2,[3]]},"in":{"contents":[4]}}`, deeper,
			`[2 [3]] {"contents":[0],"message":{"x":{"contents":[1]},"contents":[]},"in":{"contents":[4]}} <nil>`},
		{"deeper, in lists", `{"message":[{"contents":[1]}],"message":{"contents":5},"message":[[2]]}`, deeper, `[] {"message":[{"contents":[1]}],"message":{"contents":5},"message":[[2]]} <nil>`},
		{"deeper, skipped", `{"status":"failed","message":{"contents":[1]}}`, rawjson.List{Path: deeper.Path, Skip: failed}, `[] {"status":"failed","message":{"contents":[]}} <nil>`},
		{"a long element", `{"message":[1,"12345678901"]}`, rawjson.List{Max: 12}, `[1] {"message":[ ` + rawjson.ErrLong.Error()},
		{"much around", `{"status":"success","message":[1]}`, rawjson.List{Max: 11}, `[] {"status":" ` + rawjson.ErrLong.Error()},
		{"a brace for a bracket", `{"message":[1}`, rawjson.List{}, `[] {"message":[ ` + rawjson.ErrSyntax.Error()},
		{"an escape before the list", `{"a\"b":"\\","message":[1]}`, rawjson.List{}, `[1] {"a\"b":"\\","message":[]} <nil>`},
		{"broken off inside", `{"message":[1,2`, rawjson.List{}, `[1] {"message":[ broken`},
		{"broken off behind the brace", `{"message":[1]}`, rawjson.List{}, `[1] {"message":[]} <nil>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, got := test.list, []string{}
			if l.Path == nil {
				l.Path = []string{"message"}
			}
			if l.Max == 0 {
				l.Max = 1 << 10
			}
			err := l.Read(io.MultiReader(strings.NewReader(test.body), iotest.ErrReader(broken)), func(element []byte) error {
				got = append(got, strings.TrimSpace(string(element)))
				return nil
			})
			if result := fmt.Sprint(got, " ", string(l.Around), " ", err); result != test.want {
				t.Errorf("got  %s\nwant %s", result, test.want)
			}
			if err == nil && l.Taken != int64(len(test.body)) {
				t.Errorf("%d bytes taken of %d", l.Taken, len(test.body))
			}
		})
	}
	l := rawjson.List{Path: []string{"message"}, Max: 100}
	if err := l.Read(strings.NewReader(`{"message":[1,2]}`), func([]byte) error { return broken }); !errors.Is(err, broken) || string(l.Element) != "1" {
		t.Errorf("the reader's own error: %v behind %q", err, l.Element)
	}
}

func TestShape(t *testing.T) {
	text := []byte(`{"id":"x","name":"Asha","cmId":7,"mine":{"a":1},"contacts":[{"id":1,"e/mail":"a"},{"phone":5}]}`)
	shape := reflect.TypeFor[gen.Customer]()
	undeclared := rawjson.Undeclared(text, shape)
	if got := fmt.Sprint(slices.Sorted(maps.Keys(undeclared))); got != "[/contacts/0/e~1mail /mine]" || string(undeclared["/mine"]) != `{"a":1}` {
		t.Errorf("undeclared: %s", got)
	}
	if got := fmt.Sprint(rawjson.Misfits(text, shape)); got != `[/contacts/1/phone: want string, got 5 /id: want int64, got "x"]` {
		t.Errorf("misfits: %s", got)
	}
}

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
		{gen.TicketAdd{AdditionalProperties: further("mine", `{"a":1}`)}, "<nil>"},
		{[]gen.TicketAdd{{AdditionalProperties: further("mine", "text")}}, "AdditionalProperties/0/mine is no JSON value; a text needs its quotes"},
		{&gen.TicketAdd{AdditionalProperties: further("title", `"a"`)}, "AdditionalProperties holds /title, which the request type declares: set its field instead (only null may be given here)"},
		{gen.TicketAdd{AdditionalProperties: further("due_date", "null")}, "<nil>"},
		{gen.TicketAdd{Title: "a", AdditionalProperties: further("title", "null")}, "/title is given twice: its field has a value and AdditionalProperties has null"},
		{gen.CustomerUpsert{ContactInfo: &[]gen.ContactInfo{{}, {AdditionalProperties: further("gender", "1")}}},
			"AdditionalProperties holds /contact_info/1/gender, which the request type declares: set its field instead (only null may be given here)"},
		{nil, "<nil>"},
		{ring{}, "<nil>"}, // whose embedded request is not there
		{round, "<nil>"},  // which encoding refuses
	} {
		if got := fmt.Sprint(rawjson.CheckFurther(test.request)); got != test.want {
			t.Errorf("%T: got %s\nwant %s", test.request, got, test.want)
		}
	}
}
