package conformance

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/spec"
)

var updateGolden = flag.Bool("update", false, "write the golden findings again")

// goldenPlaces bounds at how many places of a sample each change is made.
const goldenPlaces = 3

// TestGolden compares the findings of many exchanges, most of them faulty,
// with those that are kept in testdata/golden. A change of the engine that is
// not meant to change findings changes none of these files.
//
// The contract's own findings change with the contract, too. Then run
//
//	go test ./conformance -run TestGolden -update
//
// and read the difference before you commit it.
func TestGolden(t *testing.T) {
	contract, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}

	for name, corpus := range map[string]func() []string{
		"shop":     func() []string { return goldenOf(t, shop(), shopExchanges()) },
		"market":   func() []string { return goldenOf(t, mustLoad("testdata/market.yaml"), marketExchanges()) },
		"contract": func() []string { return goldenOf(t, contract, contractExchanges(t, contract)) },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", "golden", name+".txt")
			got := strings.Join(corpus(), "\n") + "\n"
			if *updateGolden {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}

			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; if that is meant, run with -update and read the difference:\n%s",
					file, firstDifference(got, string(want)))
			}
		})
	}
}

// firstDifference shows the first line that differs, and its exchange.
func firstDifference(got, want string) string {
	gotLines := strings.Split(got, "\n")
	wantLines := strings.Split(want, "\n")
	name := ""
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			return fmt.Sprintf("%s\ngot  %s\nwant %s", name, gotLines[i], wantLines[i])
		}
		if strings.HasPrefix(gotLines[i], "#") {
			name = gotLines[i]
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(gotLines), len(wantLines))
}

// goldenOf writes one paragraph for each exchange.
func goldenOf(t *testing.T, doc *openapi3.T, exchanges []Exchange) []string {
	t.Helper()
	c, err := NewChecker(doc, WithLocation(lineText(t)))
	if err != nil {
		t.Fatal(err)
	}

	document := asWritten(t, doc)
	var lines []string
	for i, ex := range exchanges {
		if i > 0 {
			lines = append(lines, "")
		}
		r := c.Check(t.Context(), ex)
		checkReferences(t, document, r)
		lines = append(lines, "# "+ex.Name)
		lines = append(lines, goldenResult(r)...)
	}
	return lines
}

// goldenResult writes the findings and the drift of one exchange.
func goldenResult(r Result) []string {
	var lines []string
	write := func(prefix string, findings []Finding) {
		for _, f := range findings {
			lines = append(lines, prefix+goldenFinding(f))
			for _, d := range f.Differs {
				line := fmt.Sprintf("    differs %s | %s | %s | %s", d.Pointer, d.Location, d.Expected, d.Actual)
				lines = append(lines, line)
			}
		}
	}
	write("", r.Findings)
	write("noticed ", r.Noticed)

	if len(lines) == 0 {
		lines = append(lines, "conforms")
	}
	for _, d := range r.Drift {
		line := fmt.Sprintf("drift %s %s | %s | %s | %s x%d", d.Side, d.Pointer, d.Location, d.Shape, d.Near, d.Count)
		lines = append(lines, line)
	}
	return lines
}

func goldenFinding(f Finding) string {
	place := f.Pointer
	if f.Line > 0 {
		place += fmt.Sprintf(" (%d:%d)", f.Line, f.Column)
	}
	return fmt.Sprintf("%s | %s | %s %s %s | %s | %s | %s | %s %s x%d",
		f.Code, f.Operation, f.Side, f.Part, place, f.Location, f.Expected, f.Actual, f.Fault, f.Evidence, f.Count)
}

// lineText writes a location as the file with the line's text: a line number
// would change with every line above it.
func lineText(t *testing.T) func(file string, line int) string {
	files := map[string][]string{}
	return func(file string, line int) string {
		lines, ok := files[file]
		if !ok {
			raw, err := os.ReadFile(file)
			if err != nil {
				raw, err = spec.FS.ReadFile(path.Base(file))
			}
			if err != nil {
				t.Errorf("no line of %s can be quoted: %v", file, err)
			}
			lines = strings.Split(string(raw), "\n")
			files[file] = lines
		}
		if line > len(lines) {
			t.Errorf("%s has no line %d", file, line)
			return file
		}
		text := []rune(strings.TrimSpace(lines[line-1]))
		return path.Base(file) + " " + string(text[:min(len(text), 50)])
	}
}

// contractExchanges has every sample of the contract at its operation: as it
// is, and changed in several ways.
func contractExchanges(t *testing.T, doc *openapi3.T) []Exchange {
	var list []Exchange
	for _, urlPath := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		operations := doc.Paths.Value(urlPath).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			list = append(list, operationExchanges(t, method, urlPath, operations[method])...)
		}
	}
	return list
}

// operationExchanges has the samples of one operation, changed in several ways.
func operationExchanges(t *testing.T, method, urlPath string, op *openapi3.Operation) []Exchange {
	base := Exchange{
		Operation: op.OperationID,
		Request: Request{
			Method: method, URL: urlPath,
			Header: http.Header{"Content-Type": {jsonType}, "Authorization": {"Basic dGVzdA=="}},
		},
	}

	var list []Exchange
	if op.RequestBody != nil {
		for _, s := range samplesOf(t, op.RequestBody.Value.Content) {
			for _, v := range bodyVariants(op.OperationID+" "+s.name, s.body, goldenPlaces) {
				ex := base
				ex.Name = op.OperationID + " request " + s.name + ": " + v.name
				ex.Request.Body = v.body
				list = append(list, ex)
			}
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		for _, s := range samplesOf(t, op.Responses.Value(status).Value.Content) {
			for _, v := range bodyVariants(op.OperationID+" "+s.name, s.body, goldenPlaces) {
				ex := base
				ex.Name = op.OperationID + " " + status + " " + s.name + ": " + v.name
				ex.Request = Request{}
				ex.Response = jsonResponse(exampleStatus(status), v.body)
				list = append(list, ex)
			}
		}
	}
	return append(list, expectedExchanges(t, op)...)
}

// expectedExchanges gives each response sample with a third of the
// expectations that the operation has, under statuses that it has or has not.
func expectedExchanges(t *testing.T, op *openapi3.Operation) []Exchange {
	names := map[string]bool{}
	var all []sample
	for _, status := range slices.Sorted(maps.Keys(op.Responses.Map())) {
		content := op.Responses.Value(status).Value.Content
		all = append(all, samplesOf(t, content)...)
		for _, media := range content {
			collectNames(media.Schema, names)
		}
	}
	all = slices.CompactFunc(all, func(a, b sample) bool { return a.name == b.name })

	var list []Exchange
	for i, s := range all {
		for k, name := range slices.Sorted(maps.Keys(names)) {
			if (i+k)%3 != 0 {
				continue
			}
			status := []int{200, 404, 429, 503}[(i/3+k)%4]
			ex := Exchange{
				Operation: op.OperationID,
				Response:  jsonResponse(status, s.body),
				Expect:    Expect{Response: name},
			}
			ex.Name = fmt.Sprintf("%s %d %s, expected %s", op.OperationID, status, s.name, name)
			list = append(list, ex)
		}
	}
	return list
}

// collectNames adds the names of the components that a response may be.
func collectNames(ref *openapi3.SchemaRef, names map[string]bool) {
	if ref == nil {
		return
	}
	if ref.Ref != "" {
		names[path.Base(ref.Ref)] = true
	}
	for _, branch := range ref.Value.OneOf {
		collectNames(branch, names)
	}
}

// exampleStatus returns a status for the key of a response: 400 for 4XX.
func exampleStatus(status string) int {
	if number, err := strconv.Atoi(strings.NewReplacer("X", "0", "x", "0").Replace(status)); err == nil {
		return number
	}
	return 500 // default
}

func jsonResponse(status int, body []byte) Response {
	return Response{Status: status, Header: http.Header{"Content-Type": {jsonType}}, Body: body}
}

// sample is one named example of the contract.
type sample struct {
	name string
	body []byte
}

func samplesOf(t *testing.T, content openapi3.Content) []sample {
	t.Helper()
	var list []sample
	for _, label := range slices.Sorted(maps.Keys(content)) {
		examples := content[label].Examples
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			body, err := json.Marshal(examples[name].Value.Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, sample{name, body})
		}
	}
	return list
}

// variant is a body with one change.
type variant struct {
	name string
	body []byte
}

// bodyVariants changes a body in every way that bodyChanges and textChanges
// know. places bounds at how many pointers each way is tried; 0 means at each.
// Which ones follows from seed only, so that they stay when others are added.
func bodyVariants(seed string, body []byte, places int) []variant {
	list := []variant{{"as it is", body}}
	for _, change := range textChanges {
		if places == 0 || hashOf(seed, change.name, 10) == 0 {
			list = append(list, variant{change.name, []byte(change.text(string(body)))})
		}
	}

	value, err := jsonvalue.Decode(body)
	if err != nil {
		return list
	}
	pointers := pointersOf(value)
	for _, change := range bodyChanges {
		for _, p := range pointers {
			if places > 0 && hashOf(seed+p, change.name, len(pointers)*len(bodyChanges)) >= places {
				continue
			}
			changed, ok := change.at(value, p)
			if !ok {
				continue
			}
			text, err := jsonvalue.Encode(changed)
			if err == nil {
				list = append(list, variant{change.name + " at " + cmp.Or(p, "the top"), text})
			}
		}
	}
	return list
}

// hashOf returns a number below n that only depends on the two texts.
func hashOf(seed, salt string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(seed + "\x00" + salt))
	return int(h.Sum32() % uint32(n))
}

// pointersOf lists the pointers of a value, of arrays those of the first two
// elements.
func pointersOf(value any) []string {
	var pointers []string
	listPointers("", value, &pointers)
	return pointers
}

func listPointers(at string, value any, into *[]string) {
	*into = append(*into, at)
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			listPointers(at+"/"+jsonvalue.Escape(name), v[name], into)
		}
	case []any:
		for i, item := range v[:min(len(v), 2)] {
			listPointers(at+"/"+strconv.Itoa(i), item, into)
		}
	}
}

// textChanges change the text of a body as a whole.
var textChanges = []struct {
	name string
	text func(string) string
}{
	{"cut in half", func(body string) string { return body[:len(body)/2] }},
	{"followed by another value", func(body string) string { return body + "\n{}" }},
	{"with a byte order mark", func(body string) string { return "\uFEFF" + body }},
	{"with a raw line break", func(body string) string { return strings.Replace(body, `":"`, "\":\"\n", 1) }},
	{"with a byte of Latin-1", func(body string) string { return strings.Replace(body, `":"`, "\":\"\xe9", 1) }},
	{"with its first field twice", firstFieldTwice},
	{"with single quotes", func(body string) string { return strings.ReplaceAll(body, `"`, `'`) }},
	{"with a comma too many", func(body string) string { return strings.TrimSuffix(body, "}") + ",}" }},
	{"replaced by a page", func(string) string { return "<!doctype html><title>Log in</title>" }},
	{"replaced by blanks", func(string) string { return " \n" }},
	{"replaced by nothing", func(string) string { return "" }},
	{"inside an array", func(body string) string { return "[" + body + "]" }},
	{"nested too deep", func(string) string { return strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200) }},
}

func firstFieldTwice(body string) string {
	_, rest, ok := strings.Cut(body, `{"`)
	if !ok {
		return body
	}
	name, _, _ := strings.Cut(rest, `"`)
	return strings.Replace(body, `{"`, `{"`+name+`":"twice","`, 1)
}

// bodyChange changes a value at a pointer, if it can.
type bodyChange struct {
	name string
	to   func(any) (any, bool)
}

// beyondFloat is a number that a float64 cannot hold: 2^53 + 1.
const beyondFloat = "9007199254740993"

var bodyChanges = []bodyChange{
	{"null", func(any) (any, bool) { return nil, true }},
	{"gone", nil},
	{"true", constant(true)},
	{"1.5", constant(json.Number("1.5"))},
	{"-1", constant(json.Number("-1"))},
	{beyondFloat, constant(json.Number(beyondFloat))},
	{"a text", constant("a text")},
	{"an empty text", constant("")},
	{"an empty object", constant(map[string]any{})},
	{"an empty array", constant([]any{})},
	{"another letter case", changeCase},
	{"one more field", moreField},
	{"an element twice", twiceElement},
	{"as text", asText},
}

func constant(to any) func(any) (any, bool) {
	return func(any) (any, bool) { return to, true }
}

func changeCase(value any) (any, bool) {
	text, ok := value.(string)
	if !ok || strings.ToUpper(text) == text {
		return nil, false
	}
	return strings.ToUpper(text), true
}

func moreField(value any) (any, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	object = maps.Clone(object)
	object["Message"] = "one more"
	object["undeclared"] = []any{}
	return object, true
}

func twiceElement(value any) (any, bool) {
	array, ok := value.([]any)
	if !ok || len(array) == 0 {
		return nil, false
	}
	return append(slices.Clone(array), array[0]), true
}

func asText(value any) (any, bool) {
	number, ok := value.(json.Number)
	return number.String(), ok
}

// at gives a copy of a value with the change at a pointer.
func (c bodyChange) at(value any, pointer string) (any, bool) {
	if pointer == "" {
		if c.to == nil {
			return nil, false
		}
		return c.to(value)
	}

	step, rest, deeper := strings.Cut(pointer[1:], "/")
	if deeper {
		rest = "/" + rest
	}
	gone := c.to == nil && rest == ""
	switch v := value.(type) {
	case map[string]any:
		name := jsonvalue.Unescape(step)
		v = maps.Clone(v)
		if gone {
			delete(v, name)
			return v, true
		}
		changed, ok := c.at(v[name], rest)
		v[name] = changed
		return v, ok
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil {
			return nil, false
		}
		v = slices.Clone(v)
		if gone {
			return slices.Delete(v, i, i+1), true
		}
		changed, ok := c.at(v[i], rest)
		v[i] = changed
		return v, ok
	}
	return nil, false
}

// fullPerson is a response of shop.yaml with most of its fields.
const fullPerson = `{"status":"success","person":{
	"id":1,"name":"Asha","nick":null,"age":30,"zone":"north","born":"2001-02-03","seen":"2024-05-06T07:08:09Z",
	"mail":"asha@example.com","site":"https://example.com","big":5,"grade":1,"code":"AB","score":1.5,
	"tags":["a","b"],"deleted":false,"extras":{"a":"b"},"free":{"c":1},"shade":"x",
	"parts":[{"kind":"wheel","size":1},{"kind":"door","side":"left","window":{"tinted":true}}]}}`

// shopExchanges changes a full exchange of shop.yaml at every place.
func shopExchanges() []Exchange {
	var list []Exchange
	add := func(name string, change func(*Exchange)) {
		ex := person()
		ex.Name = name
		ex.Request = clonedRequest(ex.Request)
		ex.Response.Header = ex.Response.Header.Clone()
		change(&ex)
		list = append(list, ex)
	}

	for _, v := range bodyVariants("shop", []byte(fullPerson), 0) {
		add("person: "+v.name, func(ex *Exchange) { ex.Response.Body = v.body })
	}
	query := `{"id":1,"email":"x","phone":"y","filter":[{"name":"x"},{"from":1,"to":2}]}`
	for _, v := range bodyVariants("query", []byte(query), 0) {
		add("query: "+v.name, func(ex *Exchange) { ex.Request.Body = v.body })
	}

	others := map[string]string{
		"failure":    `{"status":"failed","message":"no"}`,
		"old person": `{"status":"success","message":[{"id":1,"name":"x"}]}`,
		"no status":  `{"person":{"id":1,"name":"x"}}`,
		"both":       `{"status":"success","message":"x","person":{"id":1,"name":"x"}}`,
	}
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, expected := range []string{"", "PersonFound", "OldPersonFound", "Failure", "Wheel", "Nobody"} {
			for _, status := range []int{200, 401, 302, 418, 503} {
				add(fmt.Sprintf("%s under %d, expected %q", name, status, expected), func(ex *Exchange) {
					ex.Response.Body = []byte(others[name])
					ex.Response.Status = status
					ex.Expect.Response = expected
				})
			}
		}
	}
	for _, change := range messageChanges {
		add(change.name, change.make)
	}
	for _, body := range []string{`{"a":"x"}`, `{"a":"x","b":1}`, `{"a":1}`, `{}`, `[]`, `null`} {
		response := jsonResponse(200, []byte(body))
		list = append(list, Exchange{Name: "thing " + body, Operation: "getThing", Response: response})
	}
	for _, body := range []string{"n=1&words=a&words=b", "n=x", "words=a", "n=%zz", "n=1&more=2"} {
		request := Request{Method: "POST", URL: "/form", Body: []byte(body)}
		request.Header = http.Header{"Authorization": {"Basic x"}, "Content-Type": {formType}}
		list = append(list, Exchange{Name: "form " + body, Operation: "form", Request: request})
	}
	return list
}

func clonedRequest(q Request) Request {
	q.Header = q.Header.Clone()
	return q
}

// messageChanges change what is around the bodies of person.
var messageChanges = []struct {
	name string
	make func(*Exchange)
}{
	{"no Content-Type", func(ex *Exchange) {
		ex.Response.Header.Del("Content-Type")
		ex.Request.Header.Del("Content-Type")
	}},
	{"text/html", func(ex *Exchange) { ex.Response.Header.Set("Content-Type", "text/html") }},
	{"image/png", func(ex *Exchange) {
		ex.Response.Header.Set("Content-Type", "image/png")
		ex.Response.Body = []byte("\x89PNG")
	}},
	{"no request id", func(ex *Exchange) { ex.Response.Header.Del("X-Request-Id") }},
	{"short request id", func(ex *Exchange) { ex.Response.Header.Set("X-Request-Id", "a") }},
	{"count 11", func(ex *Exchange) { ex.Response.Header.Set("X-Count", "11") }},
	{"count x", func(ex *Exchange) { ex.Response.Header.Set("X-Count", "x") }},
	{"br", func(ex *Exchange) { ex.Response.Header.Set("Content-Encoding", "br") }},
	{"not gzip", func(ex *Exchange) {
		ex.Response.Header.Set("Content-Encoding", "gzip")
		ex.Response.Body = []byte("\x1f\x8bxx")
	}},
	{"truncated by the transport", func(ex *Exchange) {
		ex.Response.Truncated = true
		ex.Response.Body = ex.Response.Body[:9]
	}},
	{"redirect", func(ex *Exchange) {
		ex.Response.Status = 302
		ex.Response.Body = nil
		ex.Response.Header.Set("Location", "https://login.example.com/x?y")
	}},
	{"PUT", func(ex *Exchange) { ex.Request.Method = "PUT" }},
	{"PUT, no operation named", func(ex *Exchange) { ex.Operation = ""; ex.Request.Method = "PUT" }},
	{"unknown path", func(ex *Exchange) { ex.Operation = ""; ex.Request.URL = "/nowhere" }},
	{"unknown operation", func(ex *Exchange) { ex.Operation = "nobody" }},
	{"another path", func(ex *Exchange) { ex.Request.URL = "/x/person.html" }},
	{"unreadable URL", func(ex *Exchange) { ex.Request.URL = "http://[" }},
	{"no credential", func(ex *Exchange) { ex.Request.Header.Del("Authorization") }},
	{"another scheme", func(ex *Exchange) { ex.Request.Header.Set("Authorization", "Bearer x") }},
	{"undocumented parameter", func(ex *Exchange) { ex.Request.URL += "?id=1" }},
	{"unreadable query", func(ex *Exchange) { ex.Request.URL += "?id=%zz" }},
	{"XML", func(ex *Exchange) {
		ex.Request.Header.Set("Content-Type", "text/xml")
		ex.Request.Body = []byte("<x/>")
	}},
	{"too many fields", func(ex *Exchange) {
		var more strings.Builder
		for i := range 300 {
			fmt.Fprintf(&more, `,"more%d":1`, i)
		}
		ex.Request.Body = []byte(`{"id":1` + more.String() + `}`)
	}},
	{"readOnly and writeOnly", func(ex *Exchange) {
		ex.Request.Body = []byte(`{"id":1,"created":"x"}`)
		ex.Response.Body = []byte(`{"person":{"id":1,"name":"x","secret":"y"},"status":"success"}`)
	}},
	{"GET without its parameter, and a body after 204", func(ex *Exchange) {
		ex.Operation = "listPeople"
		ex.Request.URL = "/people?limit=0&Limit=1"
		ex.Response = jsonResponse(204, []byte("x"))
	}},
	{"a body where none is described", func(ex *Exchange) {
		ex.Operation = "plain"
		ex.Request.Method = "GET"
		ex.Request.URL = "/plain"
		ex.Response = jsonResponse(204, []byte(`{"a":1,"a":2}`))
	}},
	{"a body after HEAD", func(ex *Exchange) {
		ex.Operation = "plainHead"
		ex.Request = Request{Method: "HEAD", URL: "/plain"}
		ex.Response = jsonResponse(200, []byte("x"))
	}},
	{"invalid and noticed", func(ex *Exchange) {
		ex.Expect.RequestInvalid = true
		ex.Request.Body = []byte("{}")
	}},
	{"invalid and unnoticed", func(ex *Exchange) {
		ex.Expect.RequestInvalid = true
		ex.Expect.Reason = "made up"
	}},
}

// fullStall is a stall of market.yaml with most of its fields.
const fullStall = `{"name":"Corner","goods":[{"title":"bread","price":3},{"title":"fruit","price":4}],
	"rent":12.5,"rank":10,"share":0.5,"owner":{"id":7,"since":null},"anything":{"x":1},"level":"two",
	"address":"192.0.2.1","notes":{"a":"text","b":{"text":"x","next":["y"]}},"contact":{"phone":"1","kind":"phone"}}`

// marketExchanges changes stalls and their requests at every place.
func marketExchanges() []Exchange {
	var list []Exchange
	for _, v := range bodyVariants("stall", []byte(fullStall), 0) {
		list = append(list, Exchange{
			Name:      "stall: " + v.name,
			Operation: "addStall",
			Response:  jsonResponse(201, v.body),
		})
	}
	header := http.Header{"Content-Type": {jsonType}, "X-Tenant": {"t"}, "Cookie": {"a=b; session=s"}}
	for _, v := range bodyVariants("add", []byte(fullStall), 40) {
		request := Request{Method: "POST", URL: "/v1/stalls", Header: header, Body: v.body}
		list = append(list, Exchange{Name: "add: " + v.name, Operation: "addStall", Request: request})
	}

	for _, target := range []string{
		"/stalls/a/1.json", "/v1/stalls/a/1.json", "/v1/beta/stalls/b/2.json", "/stalls/a", "/stalls/a/1.xml",
		"/stalls/c/1.json", "/stalls/a/0.json", "/stalls/a/x.json",
		"/stalls/a/1.json?colours=x,y", "/stalls/a/1.json?colours=x,y,z",
		"/stalls/a/1.json?sizes=1&sizes=2", "/stalls/a/1.json?sizes=x",
		"/stalls/a/1.json?filter[kind]=fruit", "/stalls/a/1.json?filter[kind]=meat",
		"/stalls/a/1.json?where=%7B%22x%22:1%7D", "/stalls/a/1.json?where=%7B%7D", "/stalls/a/1.json?where=x",
		"/stalls/a/1.json?unknown=1", "/stalls/a/1.json?key=k", "/stalls/a/1.json?key=",
	} {
		for _, cookie := range []string{"", "session=s", "session=", "session=s; lang=en", "session=s; lang=english"} {
			request := Request{Method: "GET", URL: target}
			request.Header = http.Header{"X-Tenant": {"t"}, "Cookie": {cookie}, "Trace": {"abcdef"}}
			list = append(list, Exchange{
				Name:      "get " + target + " with " + cookie,
				Operation: "getStall",
				Request:   request,
			})
		}
	}

	list = append(list, marketResponses()...)

	for _, body := range []string{
		"name=Corner&goods=x",
		"name=C&rank=7&rent=0",
		"name=Corner&rent=1000&share=x&address=1.2.3",
		"level=1&anything=2",
	} {
		request := Request{Method: "POST", URL: "/stalls?key=k", Body: []byte(body)}
		request.Header = http.Header{"Content-Type": {formType}}
		list = append(list, Exchange{Name: "form " + body, Operation: "addStall", Request: request})
	}
	return list
}

// marketResponses has bodies of several kinds under every status and label.
func marketResponses() []Exchange {
	var list []Exchange
	labels := []string{"application/json", "application/problem+json; charset=utf-8", "text/csv", ""}
	bodies := []string{`{"title":"x","detail":"y"}`, `{"title":1,"detail":2}`, "a;b", ""}
	for _, status := range []int{200, 201, 400, 409, 429, 500} {
		for _, label := range labels {
			for _, body := range bodies {
				response := Response{Status: status, Body: []byte(body)}
				response.Header = http.Header{"Content-Type": {label}, "X-Tags": {"a,b"}}
				if body == "a;b" {
					response.Header = http.Header{"Content-Type": {label}, "X-Tags": {"a"}, "X-Open": {"yes"}}
				}

				name := fmt.Sprintf("%d %q %q", status, label, body)
				list = append(list,
					Exchange{Name: "get " + name, Operation: "getStall", Response: response},
					Exchange{Name: "add " + name, Operation: "addStall", Response: response})
			}
		}
	}
	return list
}
