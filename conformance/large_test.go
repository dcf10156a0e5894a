package conformance

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec"
)

// largeOf writes a response's body to a LargeBody in pieces.
func largeOf(t *testing.T, c *Checker, ex Exchange, piece int) *LargeBody {
	t.Helper()
	body := ex.Response.Body
	b := c.NewLargeBody(ex, body[:min(len(body), 1000)])
	if b == nil {
		t.Fatal("the body cannot be read while it arrives")
	}
	for len(body) > 0 {
		n := min(piece, len(body))
		piece := append([]byte(nil), body[:n]...)
		_, _ = b.Write(piece)
		clear(piece) // the writer may use it again
		body = body[n:]
	}
	return b
}

// compareLarge checks an exchange whose body is read in pieces, and as a whole.
func compareLarge(t *testing.T, c *Checker, ex Exchange, piece int) (Result, *LargeBody) {
	t.Helper()
	want := c.Check(t.Context(), ex)
	b := largeOf(t, c, ex, piece)
	ex.Response.Large = b
	ex.Response.Body = nil
	got := c.Check(t.Context(), ex)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("in pieces of %d bytes: %+v\nas a whole: %+v", piece, got, want)
	}
	return got, b
}

// What is found in a body does not depend on whether it is read while it arrives.
func TestLargeBody(t *testing.T) {
	c := newAcceptorPair(t, plainShop()).with
	ex := person()
	ex.Expect.Response = ""
	for _, list := range longLists() {
		t.Run(list.name, func(t *testing.T) {
			ex.Response.Body = list.body
			if list.body[0] == '[' {
				if c.NewLargeBody(ex, list.body) != nil {
					t.Error("the contract describes no such list")
				}
				return
			}
			for _, piece := range []int{1, 4099, len(list.body)} {
				for _, truncated := range []bool{false, true} {
					ex.Response.Truncated = truncated
					compareLarge(t, c, ex, piece)
				}
			}
		})
	}
}

// A field that appears twice is reported, but not whether its values are the same:
// they are not kept.
func TestLargeBodyWithAListTwice(t *testing.T) {
	c := newAcceptorPair(t, plainShop()).with
	ex := person()
	ex.Expect.Response = ""
	for _, list := range listsTwice() {
		ex.Response.Body = list.body
		ex.Response.Large = largeOf(t, c, ex, 4096)
		r := c.Check(t.Context(), ex)
		const hint = "readers do not agree which one counts"
		if len(r.Findings) == 0 || r.Findings[0].Code != CodeJSONDuplicateKey || r.Findings[0].Hint != hint {
			t.Errorf("%s: %+v", list.name, r.Findings)
		}
	}
}

// What is too much to be kept is either reported or not checked, and never taken
// for right.
func TestLargeBodyIsBounded(t *testing.T) {
	c := newAcceptorPair(t, plainShop()).with
	ex := person()
	ex.Expect.Response = ""
	list := func(record string, size int) string {
		return `{"status":"success","message":[` + strings.Repeat(record+",", size/len(record)) + record + `]}`
	}
	const (
		right  = `{"id":1,"name":"Asha","nick":null,"age":30}`
		wrong  = `{"id":1,"name":"Asha","nick":null,"age":"x"}`
		escape = `{"id":1,"name":"Asha","\u006eick":null}`
	)
	longElement := func(field, character string) string {
		text := strings.Repeat(character, 2*maxElement)
		return list(strings.TrimSuffix(right, "}")+field+text+`"}`, 0)
	}
	longRest := func(rest string) string {
		return strings.Replace(list(right, 0), "]", rest+strings.Repeat("x", 2*maxRest)+`"`, 1)
	}
	for _, test := range []struct {
		name     string
		body     string
		findings int
		err      error
	}{
		{name: "right", body: list(right, 4*maxUnsure)},
		{name: "all wrong", body: list(wrong, 4*maxUnsure), findings: 1},
		{name: "few escapes", body: list(escape, maxUnsure/2)},
		{name: "many escapes", body: list(escape, 2*maxUnsure), err: ErrUnchecked},
		{name: "a long element", body: longElement(`,"more":"`, "x"), err: ErrUnchecked},
		{name: "a long element of two-byte characters", body: longElement(`,"more":"`, "é"), err: ErrUnchecked},
		{name: "a long element with a fault", body: longElement(`,,"more":"`, "x"), findings: 1},
		{name: "much after the list", body: longRest(`],"more":"`), err: ErrUnchecked},
		{name: "a fault before much", body: longRest(`],,"more":"`), findings: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			ex.Response.Body = []byte(test.body)
			b := largeOf(t, c, ex, 32<<10)
			if most := maxUnsure + maxRest + maxTail + 1000; len(b.kept) > most || cap(b.unread) > 4*maxElement {
				t.Errorf("%d bytes are kept and %d unread", len(b.kept), cap(b.unread))
			}
			ex.Response.Large = b
			r := c.Check(t.Context(), ex)
			if len(r.Findings) != test.findings || !errors.Is(r.Err, test.err) || r.Err != nil && test.err == nil {
				t.Errorf("%d findings, %v, want %d, %v\n%v",
					len(r.Findings), r.Err, test.findings, test.err, r.Findings)
			}
		})
	}
}

// Elements without a comma between them are not one element, whatever is kept.
func TestLargeBodyOfTexts(t *testing.T) {
	c, err := NewChecker(mustLoadText(`
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /x:
    get:
      operationId: x
      responses:
        "200":
          description: d
          content:
            application/json:
              schema: {type: array, items: {oneOf: [{type: string}, {type: integer}]}}
`))
	if err != nil {
		t.Fatal(err)
	}
	ex := Exchange{Operation: "x", Response: Response{Status: http.StatusOK}}
	ex.Response.Header = http.Header{"Content-Type": {"application/json"}}
	before := "[" + strings.Repeat("1,", 500)
	for _, rest := range []string{
		`2]`, `2 3]`, `"x"3]`, `"x"3,"y"]`, `"x""y"]`, `2"x"]`, `null]`,
		`2,]`, `2`, `2}`, `-]`, `1.5]`, `"x`, `tru`,
	} {
		ex.Response.Body = []byte(before + rest)
		compareLarge(t, c, ex, 100)
		ex.Response.Body = []byte(before + rest + strings.Repeat(",1", 500) + "]")
		compareLarge(t, c, ex, 100)
	}
}

// The same holds for bodies that have one wrong byte, or end early.
func TestLargeBodyWithAFault(t *testing.T) {
	c := newAcceptorPair(t, plainShop()).with
	ex := person()
	ex.Expect.Response = ""
	random := rand.New(rand.NewPCG(1, 2))
	for _, list := range longLists() {
		if list.body[0] == '[' {
			continue
		}
		for range 8 {
			body := withWrongByte(list.body, random)
			ex.Response.Body = append(list.body[:100:100], body[100:]...) // the list begins
			piece := 1 + random.IntN(20_000)
			ex.Response.Truncated = random.IntN(2) == 0
			if ex.Response.Truncated {
				ex.Response.Body = ex.Response.Body[:100+random.IntN(len(body)-100)]
			}
			compareLarge(t, c, ex, piece)
			if t.Failed() {
				t.Fatalf("the list was %q", list.name)
			}
		}
	}
}

func sampleText(t *testing.T, name string) string {
	t.Helper()
	text, err := spec.Sample(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The lists of the published contract can all be read while they arrive, and
// nothing is kept of what conforms.
func TestLargeBodyOfTheContract(t *testing.T) {
	c := publishedChecker(t)
	const ticket = `{"additional_info": {}, "history": {}, "task_details": {"date": "19-04-2024 14:19", "tat": ""}}`
	for operation, text := range map[string]string{
		"pullCustomers":          sampleText(t, "customers/pull-2021.response.json"),
		"pullTicketsUnversioned": sampleText(t, "tickets/pull-2019-20.response.json"),
		"getTickets":             " [" + ticket + "] ",
	} {
		ex := Exchange{Operation: operation, Response: Response{Status: http.StatusOK}}
		ex.Response.Header = http.Header{"Content-Type": {"application/json"}}
		for name, added := range map[string]string{
			"conforming":       "",
			"undeclared":       `"more":1,`,
			"a duplicate":      `"more":1,"more":1,`,
			"a wrong type":     `"task_title":1,"id":[],"sourceList":5,`,
			"a wrong list":     `"contacts":5,"chat_messages":5,`,
			"a broken text":    `"more":"` + "\xff" + `",`,
			"an early end":     `"more":"`,
			"a missing quote":  `more":1,`,
			"a missing value":  `"more":,`,
			"a raw line break": "\"more\":\"\n\",",
		} {
			ex.Response.Body = repeatedList(text, 300, added)
			_, b := compareLarge(t, c, ex, 32<<10)
			if len(b.kept) > 64<<10 || len(b.gaps) > 2 {
				t.Errorf("%s, %s: %d of %d bytes are kept, with %d gaps",
					operation, name, len(b.kept), b.size, len(b.gaps))
			}
		}
	}
}

// Every list of the published contract can be read while it arrives, but for that
// of FAQ contents, which is not at the top.
func TestEveryListIsLarge(t *testing.T) {
	c := publishedChecker(t)
	const inMessage = `{"status": "success", "message": [{`
	for operation, start := range map[string]string{
		"pullCustomers":          inMessage,
		"pullTickets":            inMessage,
		"pullTicketsUnversioned": inMessage,
		"getTickets":             "[",
	} {
		ex := Exchange{Operation: operation, Response: Response{Status: http.StatusOK}}
		ex.Response.Header = http.Header{"Content-Type": {"application/json"}}
		if c.NewLargeBody(ex, []byte(start)) == nil {
			t.Errorf("a list of %s is read as a whole", operation)
		}
	}
}

// repeatedList repeats the first record of a sample's list, and adds to the last
// one.
func repeatedList(sample string, n int, added string) []byte {
	before, rest, _ := strings.Cut(sample, "[")
	_, rest, _ = strings.Cut(rest, "{")
	end := valueEnd([]byte("{"+rest), 0)
	record := ("{" + rest)[1:end]
	after := ("{" + rest)[end:]
	_, after, _ = strings.Cut(after, "]")

	body := []byte(before + "[")
	for range n - 1 {
		body = append(body, "{"+record+",\n"...)
	}
	body = append(body, "{"+added+record+"]"...)
	return append(body, after...)
}
