package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/spec"
)

// TestEveryBodyHasAPlan: the acceptor covers all that the contract uses. A
// keyword, or a use of one, that it cannot read must not make all checks slow
// without anybody noticing.
func TestEveryBodyHasAPlan(t *testing.T) {
	c := publishedChecker(t)
	planner := newPlanner()
	for _, n := range c.bodies() {
		if err := planner.plan([]*node{n}).unsupported(); err != nil {
			t.Errorf("%s is always left to the walker, which is ten times slower; "+
				"teach the acceptor to read it, or describe it otherwise: %v", n.owner, err)
		}
	}
}

// TestAcceptor compares each result with that of the walker alone: the same
// findings, drift, coverage and response, byte for byte.
func TestAcceptor(t *testing.T) {
	contract, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}

	for name, c := range map[string]struct {
		doc       *openapi3.T
		exchanges []Exchange
		values    []any
		share     int
	}{
		"shop": {
			doc:       shop(),
			exchanges: shopExchanges(),
			values:    []any{decoded(t, fullPerson)},
			share:     5,
		},
		"plain shop": {
			doc:       plainShop(),
			exchanges: shopExchanges(),
			values:    []any{decoded(t, fullPerson)},
			share:     5,
		},
		"market": {
			doc:       mustLoad("testdata/market.yaml"),
			exchanges: marketExchanges(),
			values:    []any{decoded(t, fullStall)},
			share:     1,
		},
		"contract": {
			doc:       contract,
			exchanges: contractExchanges(t, contract),
			values:    samplesOfAll(t, contract),
			share:     2000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newAcceptorPair(t, c.doc)
			for _, ex := range c.exchanges {
				p.check(t, ex)
				ex.Expect.Response = ""
				p.check(t, ex)
			}
			for i, value := range c.values {
				p.component(t, i, value, c.share)
			}
			t.Logf("%d comparisons, %d of them accepted", p.compared, p.accepted)
			if p.accepted == 0 || p.accepted == p.compared {
				t.Error("the comparison shows nothing: all bodies are accepted, or none")
			}
		})
	}
}

// plainShop is shop.yaml without the keywords that the acceptor leaves to the
// walker.
func plainShop() *openapi3.T {
	text := strings.NewReplacer(
		"          uniqueItems: true\n", "",
		", readOnly: true", "",
		", writeOnly: true", "",
		"format: int64", "format: int32",
	).Replace(strings.Join(shopText(), "\n"))
	return mustLoadText(text)
}

// TestAccepted: what is certain to be right is not left to the walker, and
// what is wrong or rare is.
func TestAccepted(t *testing.T) {
	const found = `{"status":"success","person":{"id":1,"name":"x",%s}}`
	p := newAcceptorPair(t, plainShop())
	for _, c := range []struct {
		name   string
		fields string
		want   bool
	}{
		{
			name:   "declared fields",
			fields: `"nick":null,"code":"AB","score":1.5,"parts":[{"kind":"wheel","size":1}]`,
			want:   true,
		},
		{name: "undeclared fields", fields: `"more":[1,{"x":null}],"Nick":true`, want: true},
		{name: "escapes", fields: `"nick":"\ud83d\ude00\/\u00e9","code":"\u0041B"`, want: true},
		{name: "an enum with numbers", fields: `"grade":1.0`, want: true},
		{name: "an integer of 32 bits", fields: `"big":2147483647`, want: true},
		{name: "an integer beyond 32 bits", fields: `"big":2147483648`},
		{name: "a number beyond its bound", fields: `"age":-1`},
		{name: "an undeclared field that looks like a value", fields: `"5550100999":1`},
		{
			name:   "an undeclared field below one that looks like a value",
			fields: `"extras":{"5550100999":"x"}`,
			want:   true,
		},
		{name: "an undeclared field named like an index", fields: `"*":1`},
		{name: "an escape in a name", fields: `"n\u0069ck":"x"`},
		{name: "many undeclared fields", fields: `"more":` + manyFields(100), want: true},
		{name: "a duplicate among many", fields: `"more":` + strings.TrimSuffix(manyFields(100), "}") + `,"f3":1}`},
		{name: "a duplicate that is declared", fields: `"nick":"x","nick":"x"`},
		{name: "a duplicate that is not declared", fields: `"more":1,"more":1`},
		{name: "a raw line break", fields: "\"nick\":\"x\n\""},
		{name: "half a pair", fields: `"nick":"\ud83d"`},
		{name: "a byte of Latin-1", fields: "\"nick\":\"\xe9\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := fmt.Appendf(nil, found, c.fields)
			p.compare(t, "PersonFound", body)
			if accepted := p.accepted > 0; accepted != c.want {
				t.Errorf("accepted: %v, want %v", accepted, c.want)
			}
			p.accepted = 0
		})
	}
}

// namedBody is a body of a test.
type namedBody struct {
	name string
	body []byte
}

// personRecord is an element of the lists.
func personRecord() string {
	return strings.TrimSuffix(strings.TrimPrefix(fullPerson, `{"status":"success","person":`), "}")
}

// personList is a body with a list of persons, with changes by their indexes.
func personList(changes map[int]string) []byte {
	records := make([]string, 400)
	for i := range records {
		records[i] = cmp.Or(changes[i], personRecord())
	}
	return []byte(`{"status":"success","more":1,"message":[` + strings.Join(records, " ,\n") + ` ] , "other":[{}]}`)
}

// listsTwice are bodies in which the list appears twice.
func listsTwice() []namedBody {
	list := string(personList(nil))
	second := strings.Repeat(personRecord()+" ,\n", 399) + personRecord()
	both := strings.Replace(list, `"other":[{}]`, `"message":[`+second+`]`, 1)
	return []namedBody{
		{"twice in one object", []byte(strings.Replace(list, `"other":`, `"message":`, 1))},
		{"twice with the same value", []byte(strings.Replace(both, ` ,\n`, `,`, 1))},
	}
}

// longLists are bodies with long lists of persons.
func longLists() []namedBody {
	record := personRecord()
	list := personList
	short := map[int]string{}
	for i := range 400 {
		short[i] = `{"id":1,"name":"Asha"}`
	}
	short[200] = ""
	wrong := strings.Replace(record, `"name":"Asha"`, `"name":7`, 1)
	undeclared := strings.Replace(record, `"name":`, `"more":[{"x":1}],"Name":"x","name":`, 1)
	const wheels = `{"kind":"wheel","size":1,"more":1},{"kind":"wheel","size":1,"more":2},`
	moreWheels := strings.Replace(record, `"parts":[`, `"parts":[`+wheels, 1)
	twice := strings.Replace(record, `"name":`, `"name":"x","name":`, 1)
	control := strings.Replace(record, `"name":"`, "\"name\":\"\n", 1)

	return []namedBody{
		{"conforming", list(nil)},
		{"a field in one element", list(short)},
		{"faults", list(map[int]string{0: wrong, 150: wrong, 399: wrong})},
		{"drift before and after a fault", list(map[int]string{2: undeclared, 3: wrong, 4: undeclared})},
		{"drift twice in an element", list(map[int]string{3: moreWheels})},
		{"drift in a fault", list(map[int]string{2: strings.Replace(undeclared, `"Asha"`, `[]`, 1), 4: undeclared})},
		{"faults of the text", list(map[int]string{7: twice, 9: control, 399: "\"\xe9\""})},
		{"a fault that ends the reading", list(map[int]string{200: "{"})},
		{"a comma too many", list(map[int]string{200: ""})},
		{"a word", list(map[int]string{200: "nil"})},
		{"the whole body", list(nil)[len(`{"status":"success","more":1,"message":`):]},
	}
}

// TestLongLists: what is found in a list does not depend on whether it is read
// into memory, and little of it is.
func TestLongLists(t *testing.T) {
	for _, c := range append(longLists(), listsTwice()...) {
		t.Run(c.name, func(t *testing.T) {
			p := newAcceptorPair(t, plainShop())
			p.with.long = longListFrom
			for _, component := range []string{"OldPersonFound", "PersonResponse", "Failure", "Looser"} {
				p.compare(t, component, c.body)
			}
			ex := person()
			ex.Response.Body = c.body
			for _, expected := range []string{"", "OldPersonFound", "PersonFound"} {
				ex.Expect.Response = expected
				p.check(t, ex)
			}
		})
	}

	records := strings.Repeat(`{"id":1,"name":"Asha","nick":null,"age":30},`, 3_000)
	fault := []byte(`{"status":"success","message":[` + records + `{"id":1}]}`)
	c := newAcceptorPair(t, plainShop()).with
	c.long = longListFrom
	allocations := testing.AllocsPerRun(3, func() { c.CheckComponent("OldPersonFound", fault, SideResponse) })
	if allocations > 3*3_000 {
		t.Errorf("%v allocations for one fault in %d bytes", allocations, len(fault))
	}
}

// acceptorPair is a checker with the acceptor and one without.
type acceptorPair struct {
	with, without *Checker
	components    []string

	compared int
	accepted int
}

func newAcceptorPair(tb testing.TB, doc *openapi3.T) *acceptorPair {
	tb.Helper()
	with, err := NewChecker(doc)
	if err != nil {
		tb.Fatal(err)
	}
	with.long = 1 // every list that may be one is a longList
	without := *with
	without.plans = nil
	without.long = 0
	components := slices.Sorted(maps.Keys(with.components))
	return &acceptorPair{with: with, without: &without, components: components}
}

// check compares the results of an exchange.
func (p *acceptorPair) check(tb testing.TB, ex Exchange) {
	tb.Helper()
	p.compared++
	got := p.with.Check(tb.Context(), ex)
	want := p.without.Check(tb.Context(), ex)
	if !reflect.DeepEqual(got, want) {
		tb.Errorf("%s\nwith the acceptor:    %+v\nwith the walker alone: %+v\n%s", ex.Name, got, want, ex.Response.Body)
	}
}

// component compares the results of a value with one change, against each
// component and as a request and a response.
func (p *acceptorPair) component(t *testing.T, seed int, value any, share int) {
	body, err := jsonvalue.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	for _, v := range bodyVariants(fmt.Sprint(seed), body, 0) {
		for _, component := range p.components {
			most := share
			if v.name == "as it is" {
				most = max(1, share/100)
			}
			if hashOf(component+v.name, fmt.Sprint(seed), most) > 0 {
				continue
			}
			p.compare(t, component, v.body)
			p.compare(t, component, withWrongByte(v.body, random))
			p.compare(t, component, withRareValue(v.body, random))
		}
	}
}

// compare compares the results of a body as a component, on both sides.
func (p *acceptorPair) compare(tb testing.TB, component string, body []byte) {
	tb.Helper()
	for _, side := range []Side{SideRequest, SideResponse} {
		p.compared++
		q := question{node: p.with.components[component], side: side, seen: p.with.newSeen("").side(side)}
		if _, ok := p.with.accept(q, body); ok {
			p.accepted++
		}
		got := p.with.CheckComponent(component, body, side)
		want := p.without.CheckComponent(component, body, side)
		if !reflect.DeepEqual(got, want) {
			tb.Errorf("%s\nwith the acceptor:    %+v\nwith the walker alone: %+v\n%q", component, got, want, body)
		}
	}
}

// withWrongByte changes one byte.
func withWrongByte(body []byte, random *rand.Rand) []byte {
	const bytes = "\"\\{}[],:0e.-+ntu \x00\n\x80\xc3"
	body = slices.Clone(body)
	if len(body) > 0 {
		body[random.IntN(len(body))] = bytes[random.IntN(len(bytes))]
	}
	return body
}

// withRareValue replaces a text by something that is rare and allowed, or nearly
// so.
func withRareValue(body []byte, random *rand.Rand) []byte {
	values := []string{
		`"\u00e9\ud83d\ude00\/"`, `"\ud83d"`, `"\udc00\ud83d"`, `"\ud83dx"`,
		`"é"`, `"\b\f\n\r\t\"\\"`, `"\x"`, `"\u12"`, `tru`, `nul`,
		`1e0`, `1.0`, `-0`, `01`, `1e400`,
		`123456789012345678901234567890`, `9223372036854775808`, `-9223372036854775808`,
		`{"a":1,"a":1}`, `{"\u0061":1,"a":1}`, `{"*":{"x":1}}`, `{"1234567":{"y":[{}]}}`, `[ 1 , [ ] , { } ]`,
		`{"z":{"b":1,"a":2},"y":[{"b":1},{"a":1}]}`, `""`,
		`{"x":1,"x":1,"z":1}`,
		manyFields(40), manyFields(40)[:200] + `"f7":1}`,
	}
	texts := strings.Split(string(body), `:"`)
	if len(texts) < 2 {
		return body
	}
	i := 1 + random.IntN(len(texts)-1)
	_, rest, _ := strings.Cut(texts[i], `"`)
	before := strings.Join(texts[:i], `:"`)
	after := strings.Join(append([]string{rest}, texts[i+1:]...), `:"`)
	return []byte(before + ":" + values[random.IntN(len(values))] + after)
}

// manyFields returns an object with n fields and one more.
func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"f%d":1,`, i)
	}
	return "{" + b.String() + `"last":1}`
}

// FuzzAccept: what the acceptor says is what the walker says.
func FuzzAccept(f *testing.F) {
	for _, seed := range []string{
		fullPerson,
		fullStall,
		`{"status":"success","message":[{"id":1,"more":1},{"id":2,"more":2,"other":{}}]}`,
		`{"status":"failed","message":"x"}`,
		`{"a":1,"a":2}`,
		` [ ] `,
		`null`,
	} {
		for i := range 8 {
			f.Add(i, []byte(seed))
		}
	}

	contract, err := spec.Document()
	if err != nil {
		f.Fatal(err)
	}
	pairs := []*acceptorPair{
		newAcceptorPair(f, plainShop()),
		newAcceptorPair(f, mustLoad("testdata/market.yaml")),
		newAcceptorPair(f, contract),
	}
	f.Fuzz(func(t *testing.T, component int, body []byte) {
		for _, p := range pairs {
			p.compare(t, p.components[uint(component)%uint(len(p.components))], body)
		}
	})
}
