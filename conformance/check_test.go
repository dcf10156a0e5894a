package conformance

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestConformingExchange(t *testing.T) {
	r := checker(t).Check(t.Context(), person())
	if !r.OK() || !r.RequestOK() || !r.ResponseOK() || len(r.Drift) != 0 {
		t.Fatalf("%s\n%+v", brief(r.Findings), r.Drift)
	}
	if r.Answer != "PersonFound" || r.Operation != "getPerson" || r.Name != "case/step" {
		t.Errorf("%+v", r)
	}
	if len(r.Branches) != 1 || r.Branches[0] != (Branch{SideResponse, "", "PersonFound"}) {
		t.Errorf("branches %+v", r.Branches)
	}
}

// An address alone is one: what names a person beside it, or stands around it, is more than an address.
func TestEmailFormat(t *testing.T) {
	for mail, right := range map[string]bool{
		"asha@example.com":            true,
		"asha.rao+crm@in.example.com": true,
		" asha@example.com":           false,
		"(home)asha@example.com":      false,
		`\"asha\"@example.com`:        false,
		"Asha <asha@example.com>":     false,
		"<asha@example.com>":          false,
		"asha@example.com ":           false,
		"asha@example":                false,
		"asha@[192.0.2.1]":            false,
		"asha":                        false,
		"":                            false,
	} {
		r := checker(t).CheckComponent("Person", []byte(`{"id":1,"name":"Asha","mail":"`+mail+`"}`), SideResponse)
		if r.OK() != right {
			t.Errorf("%q is an address: %v, want %v\n%s", mail, r.OK(), right, brief(r.Findings))
		}
	}
}

// TestSchemaFindings changes one thing of the person at a time.
func TestSchemaFindings(t *testing.T) {
	for name, c := range map[string]struct {
		person   string // members beside id and name; or the whole, if it begins with {
		code     string
		pointer  string
		line     string // in the contract
		fault    Fault
		evidence Class
		expected string
		actual   string
		schema   string
	}{
		"type":               {`"deleted":"no"`, CodeSchemaType, "/person/deleted", "deleted: {type: boolean}", FaultServer, Documented, "boolean", "string(2)", "Person"},
		"required":           {`{"id":1}`, CodeSchemaRequired, "/person/name", "required: [id, name]", FaultServer, Documented, "string", "absent", "Person"},
		"null":               {`{"id":1,"name":null}`, CodeSchemaNull, "/person/name", "name: {type: string}", FaultServer, Documented, "string", "null", "Person"},
		"enum, observed":     {`"zone":"west"`, CodeSchemaEnum, "/person/zone", "enum: [north, south]", FaultContract, Observed, `"north" or "south"`, "string(4)", "Zone"},
		"minimum, inferred":  {`"age":-1`, CodeSchemaRange, "/person/age", "minimum: 0", FaultContract, Inferred, "number must be at least 0", "number", "Person"},
		"multipleOf":         {`"score":0.3`, CodeSchemaRange, "/person/score", "multipleOf: 0.5", FaultServer, Documented, "number must be a multiple of 0.5", "number", "Person"},
		"fraction":           {`"age":1.5`, CodeSchemaType, "/person/age", "type: integer", FaultContract, Inferred, "integer", "number", "Person"},
		"pattern":            {`"code":"abc"`, CodeSchemaPattern, "/person/code", "pattern: '^[A-Z]{2}$'", FaultServer, Documented, "text matching ^[A-Z]{2}$", "string(3)", "Person"},
		"uniqueItems":        {`"tags":["a","a"]`, CodeSchemaUnique, "/person/tags", "uniqueItems: true", FaultServer, Documented, "duplicate items found", "array[2]", "Person"},
		"maxItems":           {`"tags":["a","b","c","d"]`, CodeSchemaLength, "/person/tags", "maxItems: 3", FaultServer, Documented, "maximum number of items is 3", "array[4]", "Person"},
		"item":               {`"tags":["a",2]`, CodeSchemaType, "/person/tags/1", "items: {type: string}", FaultServer, Documented, "string", "number", "Person"},
		"additional schema":  {`"extras":{"x":1}`, CodeSchemaType, "/person/extras/x", "additionalProperties: {type: string}", FaultServer, Documented, "string", "number", "Person"},
		"writeOnly":          {`"secret":"x"`, CodeSchemaWriteOnly, "/person/secret", "writeOnly: true", FaultServer, Documented, "absent", "string(1)", "Person"},
		"oneOf by type":      {`{"id":true,"name":"x"}`, CodeSchemaType, "/person/id", "oneOf:", FaultServer, Documented, "string or integer", "boolean", "Id"},
		"nested oneOf, enum": {`"parts":[{"kind":"wheel","size":1},{"kind":"door","side":"top"}]`, CodeSchemaEnum, "/person/parts/1/side", "enum:", FaultServer, Documented, `"left" or "right"`, "string(3)", "Door"},
		"nested oneOf, type": {`"parts":[{"kind":"wheel","size":"1"}]`, CodeSchemaType, "/person/parts/0/size", "size: {type: integer}", FaultServer, Documented, "integer", "string(1)", "Wheel"},
		"required, own line": {`"parts":[{"kind":"wheel"}]`, CodeSchemaRequired, "/person/parts/0/size", "- size", FaultServer, Documented, "integer", "absent", "Wheel"},
		"below nested oneOf": {`"parts":[{"kind":"door","side":"left","window":{}}]`, CodeSchemaRequired, "/person/parts/0/window/tinted", "required: [tinted]", FaultServer, Documented, "boolean", "absent", "Window"},
		"format date":        {`"born":"2023-02-29"`, CodeSchemaFormat, "/person/born", "format: date}", FaultServer, Documented, "date", "string(10)", "Person"},
		"format date-time":   {`"seen":"2023-02-28 10:00:00"`, CodeSchemaFormat, "/person/seen", "format: date-time", FaultServer, Documented, "date-time", "string(19)", "Person"},
		"format email":       {`"mail":"dev@  .in"`, CodeSchemaFormat, "/person/mail", "format: email", FaultServer, Documented, "email", "string(9)", "Person"},
		"format uri":         {`"site":"no uri"`, CodeSchemaFormat, "/person/site", "format: uri", FaultServer, Documented, "uri", "string(6)", "Person"},
		"int64":              {`"big":9223372036854775808`, CodeSchemaFormat, "/person/big", "big: {type: integer, format: int64}", FaultServer, Documented, "int64", "number", "Person"},
		"past 2^53":          {`"age":9007199254740993`, CodeSchemaRange, "/person/age", "maximum: 9007199254740992", FaultContract, Inferred, "at most 9007199254740992", "number", "Person"},
		"enum past 2^53":     {`"grade":9007199254740993`, CodeSchemaEnum, "/person/grade", "grade: {type: integer, enum", FaultServer, Documented, "one of the listed values", "number", "Person"},
		"fraction past 2^53": {`"big":9007199254740993.5`, CodeSchemaType, "/person/big", "big: {type: integer, format: int64}", FaultServer, Documented, "integer", "number", "Person"},
		"beyond float64":     {`"score":1e400`, CodeSchemaType, "/person/score", "score: {type: number", FaultServer, Documented, "number", "number", "Person"},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			body := c.person
			if !strings.HasPrefix(body, "{") {
				body = `{"id":1,"name":"Asha",` + body + `}`
			}
			ex.Response.Body = []byte(`{"person":` + body + `,"status":"success"}`)
			for _, due := range []string{"", "PersonFound"} {
				ex.Expect.Answer = due
				f := one(t, checker(t).Check(t.Context(), ex), c.code)
				if f.Pointer != c.pointer || f.Fault != c.fault || f.Evidence != c.evidence || f.Expected != c.expected || f.Actual != c.actual || f.Schema != c.schema {
					t.Errorf("got %+v", f)
				}
				if f.Operation != "getPerson" || f.Exchange != "case/step" || f.Side != SideResponse || f.HTTPStatus != 200 {
					t.Errorf("got %+v", f)
				}
				atLine(t, f.Location, c.line)
			}
		})
	}
}

// TestNumbersAreReadExactly: no length and no exponent misleads, or costs.
func TestNumbersAreReadExactly(t *testing.T) {
	zeros := strings.Repeat("0", 1<<20)
	for number, want := range map[string]string{
		"1.0": "", "10e-1": "", "15e-1": CodeSchemaType, "1e2": "", "0e-999999999": "", "1e-999999999": CodeSchemaType,
		"1." + zeros: "", "1." + zeros + "1": CodeSchemaType, "1e999999999": CodeSchemaType, "1" + zeros: CodeSchemaType,
		"9223372036854775807": "", "9223372036854775807.0": "", "-9223372036854775809": CodeSchemaFormat,
	} {
		r := checker(t).CheckComponent("Person", []byte(`{"id":1,"name":"x","big":`+number+`}`), SideResponse)
		if got := strings.Join(codes(r.Findings), " "); got != want {
			t.Errorf("%.30s: got %q, want %q", number, got, want)
		}
	}
}

func TestAllErrorsAreFound(t *testing.T) {
	ex := person()
	ex.Response.Body = []byte(`{"person":{"name":1,"age":"x","code":"abc","tags":["a","a",3,4],"born":"x","born":"y"},"status":"success"}`)
	r := checker(t).Check(t.Context(), ex)
	want := strings.Join([]string{
		"json-duplicate-key response /person/born",
		"schema-required response /person/id",
		"schema-type response /person/age",
		"schema-format response /person/born",
		"schema-pattern response /person/code",
		"schema-type response /person/name",
		"schema-length response /person/tags",
		"schema-unique response /person/tags",
		"schema-type response /person/tags/2",
	}, "\n")
	if got := brief(r.Findings); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSameFaultInManyElements(t *testing.T) {
	people := strings.Repeat(`{"id":1,"name":2},`, 1000)
	ex := Exchange{Operation: "listPeople", Response: Response{
		Status: 200, Header: http.Header{"Content-Type": {jsonType}}, Body: []byte(`{"people":[` + strings.TrimSuffix(people, ",") + `]}`),
	}}
	f := one(t, checker(t).Check(t.Context(), ex), CodeSchemaType)
	if f.Count != 1000 || f.Pointer != "/people/0/name" || len(f.Also) != maxAlso || f.Also[0] != "/people/1/name" {
		t.Errorf("%+v", f)
	}
}

func TestMaxDepth(t *testing.T) {
	ex := person()
	one(t, checker(t, WithMaxDepth(1)).Check(t.Context(), ex), CodeJSONTooDeep)
	if r := checker(t, WithMaxDepth(2)).Check(t.Context(), ex); !r.OK() {
		t.Error(brief(r.Findings))
	}
}

func TestTooManyFindings(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"id":1`)
	for i := range 1000 {
		fmt.Fprintf(&b, `,"m%d":1`, i)
	}
	ex := person()
	ex.Request.Body = []byte(b.String() + "}")
	r := checker(t).Check(t.Context(), ex)
	if len(r.Findings) != maxFindings+1 || r.Findings[maxFindings].Code != CodeTooManyFindings {
		t.Errorf("%d findings", len(r.Findings))
	}
}

// TestAnswerFindings changes one thing of the answer at a time.
func TestAnswerFindings(t *testing.T) {
	header := func(name, value string) func(*Exchange) {
		return func(ex *Exchange) { ex.Response.Header.Set(name, value) }
	}
	body := func(text string) func(*Exchange) {
		return func(ex *Exchange) { ex.Response.Body = []byte(text) }
	}
	both := func(list ...func(*Exchange)) func(*Exchange) {
		return func(ex *Exchange) {
			for _, change := range list {
				change(ex)
			}
		}
	}
	status := func(code int) func(*Exchange) {
		return func(ex *Exchange) { ex.Response.Status = code }
	}
	for name, c := range map[string]struct {
		change func(*Exchange)
		want   string
		fault  Fault
		hint   string
	}{
		"undocumented status":         {status(418), "status-undocumented response ", FaultServer, ""},
		"undocumented status, bad":    {both(status(418), body(`{`)), "status-undocumented response \nbody-truncated response ", FaultServer, ""},
		"500 with a page":             {both(status(500), body("<html>x"), header("Content-Type", "text/html")), "status-undocumented response \nbody-html response ", FaultServer, "server failed"},
		"redirect":                    {both(status(302), body(""), header("Location", "https://login.example.com/x?y")), "status-undocumented response ", FaultServer, "https://login.example.com"},
		"308, never checked by kin":   {both(status(308), body("")), "status-undocumented response ", FaultServer, "redirect"},
		"mislabelled JSON":            {header("Content-Type", "text/html"), "json-mislabelled response ", FaultServer, ""},
		"mislabelled JSON is checked": {both(header("Content-Type", "text/plain"), body(`{"person":{"id":1},"status":"success"}`)), "json-mislabelled response \nschema-required response /person/name", FaultServer, ""},
		"no content type":             {func(ex *Exchange) { ex.Response.Header.Del("Content-Type") }, "content-type-missing response ", FaultServer, ""},
		"another content type":        {both(header("Content-Type", "image/png"), body("\x89PNG")), "content-type-undocumented response ", FaultServer, ""},
		"JSON label in capitals":      {header("Content-Type", "Application/JSON"), "", "", ""},
		"page labelled JSON":          {body("<!DOCTYPE html><html>"), "body-html response ", FaultServer, "login"},
		"page, no label":              {both(body("\n <html>"), func(ex *Exchange) { ex.Response.Header.Del("Content-Type") }), "content-type-missing response \nbody-html response ", FaultServer, ""},
		"empty":                       {body(""), "body-missing response ", FaultServer, ""},
		"blank":                       {body(" \n"), "body-missing response ", FaultServer, ""},
		"truncated by the transport":  {func(ex *Exchange) { ex.Response.Truncated = true; ex.Response.Body = ex.Response.Body[:20] }, "body-truncated response ", FaultServer, ""},
		"truncated after the value":   {func(ex *Exchange) { ex.Response.Truncated = true }, "body-truncated response ", FaultServer, ""},
		"truncated text":              {func(ex *Exchange) { ex.Response.Body = ex.Response.Body[:20] }, "body-truncated response /person", FaultServer, ""},
		"trailing data":               {body(goodAnswer + "{}"), "json-trailing-data response ", FaultServer, ""},
		"duplicate key":               {body(`{"status":"success","person":` + goodPerson + `,"status":"success"}`), "json-duplicate-key response /status", FaultServer, "same value"},
		"invalid UTF-8":               {body("{\"person\":{\"id\":1,\"name\":\"\xff\"},\"status\":\"success\"}"), "json-invalid-unicode response /person/name", FaultServer, ""},
		"raw line break":              {body("{\"person\":{\"id\":1,\"name\":\"a\nb\"},\"status\":\"success\"}"), "json-control-character response /person/name", FaultServer, ""},
		"syntax":                      {body(`{"person" 1}`), "json-syntax response /person", FaultServer, ""},
		"too deep":                    {body(strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)), "json-too-deep response " + strings.Repeat("/a", 128), FaultServer, "not checked"},
		"header missing":              {func(ex *Exchange) { ex.Response.Header.Del("X-Request-Id") }, "header-missing response ", FaultServer, ""},
		"header breaks schema":        {header("X-Request-Id", "a"), "header-invalid response ", FaultServer, ""},
		"header number":               {header("X-Count", "7"), "", "", ""},
		"header number out of range":  {header("X-Count", "11"), "header-invalid response ", FaultServer, ""},
		"header no number":            {header("X-Count", "x"), "header-invalid response ", FaultServer, ""},
		"unknown coding":              {header("Content-Encoding", "br"), "body-encoding response ", FaultServer, ""},
		"coding undone, header left":  {header("Content-Encoding", "gzip"), "", "", ""},
		"broken gzip":                 {both(header("Content-Encoding", "gzip"), body("\x1f\x8b\x08xx")), "body-encoding response ", FaultServer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			c.change(&ex)
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != c.want {
				t.Fatalf("got\n%s\nwant\n%s", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Fault != c.fault {
					t.Errorf("%s: fault %s, %s", f.Code, f.Fault, f.Why)
				}
				if f.HTTPStatus != ex.Response.Status {
					t.Errorf("%s: status %d", f.Code, f.HTTPStatus)
				}
			}
			if c.hint != "" && !strings.Contains(r.Findings[0].Hint, c.hint) {
				t.Errorf("hint %q", r.Findings[0].Hint)
			}
		})
	}
}

func TestGzip(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(`{"person":{"id":1},"status":"success"}`))
	w.Close()
	ex := person()
	ex.Response.Header.Set("Content-Encoding", "gzip")
	ex.Response.Body = b.Bytes()
	one(t, checker(t).Check(t.Context(), ex), CodeSchemaRequired)
}

// A small body must not fill the memory of who checks it.
func TestGzipThatGrows(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(bytes.Repeat([]byte(" "), 1<<20))
	w.Close()
	most := bytes.Repeat(b.Bytes(), maxInflated>>20) // what is compressed in parts comes out as one
	b.Reset()
	w.Reset(&b)
	w.Write([]byte(" "))
	w.Close()
	for name, c := range map[string]struct {
		body []byte
		want string
	}{
		"as much as is read": {most, CodeBodyMissing}, // read to its end: all of it is blank
		"one byte more":      {append(most[:len(most):len(most)], b.Bytes()...), CodeBodyEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response.Header.Set("Content-Encoding", "gzip")
			ex.Response.Body = c.body
			f := one(t, checker(t).Check(t.Context(), ex), c.want)
			if c.want == CodeBodyEncoding && !strings.Contains(f.Message, "grows beyond 67108864 bytes") {
				t.Error(f.Message)
			}
		})
	}
}

// A label is shown, whatever a server puts there: as a type, on one line, of a length that can be read.
func TestLabelsAreShownShort(t *testing.T) {
	long := strings.Repeat("x", 94)
	for label, want := range map[string]string{
		"Image/PNG; name=asha":         `"image/png"`,
		"broken label; name=asha":      `"broken label"`,
		"a\x1b[2J\n":                   `"a\x1b[2j"`,
		"image/" + long:                `"image/` + long + `"`, // 100 characters
		"image/" + long + "y":          `"image/` + long + `"`,
		"broken " + long + " and more": `"broken ` + long[:93] + `"`,
	} {
		ex := person()
		ex.Response.Header.Set("Content-Type", label)
		ex.Response.Body = []byte("\x89PNG")
		if f := one(t, checker(t).Check(t.Context(), ex), CodeContentType); f.Actual != want || !strings.Contains(f.Message, want) {
			t.Errorf("%q is shown as %s, want %s: %s", label, f.Actual, want, f.Message)
		}
	}
}

func TestTextNeedsNoJSON(t *testing.T) {
	ex := Exchange{Operation: "plain", Request: Request{Method: "GET", URL: "/plain"}, Response: Response{
		Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("hello"),
	}}
	c := checker(t)
	if r := c.Check(t.Context(), ex); !r.OK() {
		t.Error(brief(r.Findings))
	}
	ex.Response.Body = []byte("hello!")
	one(t, c.Check(t.Context(), ex), CodeSchemaLength)

	ex.Response = Response{Status: 204}
	if r := c.Check(t.Context(), ex); !r.OK() {
		t.Error(brief(r.Findings))
	}
	ex.Response.Body = []byte("x")
	one(t, c.Check(t.Context(), ex), CodeBodyUnexpected)

	// 301 falls under 3XX, and its body is checked like any other.
	ex.Response = Response{Status: 301, Header: http.Header{"Content-Type": {jsonType}}, Body: []byte(`{"status":"failed"}`)}
	one(t, c.Check(t.Context(), ex), CodeSchemaRequired)
}

func TestHead(t *testing.T) {
	ex := Exchange{Operation: "plainHead", Request: Request{Method: "HEAD", URL: "/plain"}, Response: Response{Status: 200}}
	c := checker(t)
	if r := c.Check(t.Context(), ex); !r.OK() {
		t.Error(brief(r.Findings))
	}
	ex.Response.Status = 404
	one(t, c.Check(t.Context(), ex), CodeStatusUndocumented)
	ex.Response.Status, ex.Response.Body = 200, []byte("x")
	one(t, c.Check(t.Context(), ex), CodeBodyUnexpected)
}

// TestRequestFindings changes one thing of the request at a time.
func TestRequestFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*Request)
		want     string
		part     string
		location string
	}{
		"method":             {func(q *Request) { q.Method = "PUT" }, "request-method request ", "method", "post:"},
		"path":               {func(q *Request) { q.URL = "/person" }, "request-path request ", "path", "post:"},
		"path without base":  {func(q *Request) { q.URL = "/person.html" }, "", "", ""},
		"path, other prefix": {func(q *Request) { q.URL = "/x/person.html" }, "request-path request ", "path", "post:"},
		"no URL":             {func(q *Request) { q.URL = "http://[" }, "request-path request ", "path", ""},
		"credential":         {func(q *Request) { q.Header.Del("Authorization") }, "credential-missing request ", "credential", "key: {type: http, scheme: basic}"},
		"credential, empty":  {func(q *Request) { q.Header.Set("Authorization", "Basic ") }, "credential-missing request ", "credential", ""},
		"credential, other":  {func(q *Request) { q.Header.Set("Authorization", "Bearer x") }, "credential-missing request ", "credential", ""},
		"credential, raw name": {func(q *Request) {
			q.Header = http.Header{"authorization": q.Header["Authorization"], "content-type": q.Header["Content-Type"]}
		}, "", "", ""},
		"query":           {func(q *Request) { q.URL += "?id=1" }, "parameter-undocumented request ", "query id", "post:"},
		"content type":    {func(q *Request) { q.Header.Set("Content-Type", "text/xml"); q.Body = []byte("<x/>") }, "content-type-undocumented request ", "header Content-Type", "content:"},
		"mislabelled":     {func(q *Request) { q.Header.Set("Content-Type", "text/plain") }, "json-mislabelled request ", "header Content-Type", "content:"},
		"no content type": {func(q *Request) { q.Header.Del("Content-Type") }, "content-type-missing request ", "header Content-Type", "content:"},
		"no body":         {func(q *Request) { q.Body = nil }, "body-missing request ", "body", "content:"},
		"syntax":          {func(q *Request) { q.Body = []byte(`{"id":1`) }, "body-truncated request /id", "body", ""},
		"either of":       {func(q *Request) { q.Body = []byte(`{}`) }, "schema-any-of request ", "body", "anyOf:"},
		"closed":          {func(q *Request) { q.Body = []byte(`{"id":1,"Email":"x"}`) }, "schema-undeclared request /Email", "body", "additionalProperties: false"},
		"readOnly":        {func(q *Request) { q.Body = []byte(`{"id":1,"created":"x"}`) }, "schema-read-only request /created", "body", "readOnly: true"},
		"nested anyOf":    {func(q *Request) { q.Body = []byte(`{"id":1,"filter":[{"from":1,"to":"x"}]}`) }, "schema-any-of request /filter/0", "body", "anyOf:"},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Response = Response{}
			c.change(&ex.Request)
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != c.want {
				t.Fatalf("got\n%s\nwant\n%s", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Fault != FaultClient || f.HTTPStatus != 0 || f.Part != c.part {
					t.Errorf("%+v", f)
				}
				if c.location != "" {
					atLine(t, f.Location, c.location)
				}
			}
		})
	}
}

func TestAnyOfNamesWhatIsNeeded(t *testing.T) {
	ex := person()
	ex.Request.Body = []byte(`{}`)
	f := one(t, checker(t).Check(t.Context(), ex), CodeSchemaAnyOf)
	if f.Expected != `"id", "email" or "phone"` {
		t.Error(f.Expected)
	}
	ex.Request.Body = []byte(`{"id":1,"filter":[{"from":1,"to":"x"}]}`)
	f = one(t, checker(t).Check(t.Context(), ex), CodeSchemaAnyOf)
	if len(f.Differs) != 1 || f.Differs[0].Pointer != "/filter/0/to" || f.Differs[0].Actual != "string(1)" || !strings.Contains(f.Message, "ByAge comes nearest") {
		t.Errorf("%+v", f)
	}
	ex.Request.Body = []byte(`{"id":1,"Email":"x"}`)
	if f = one(t, checker(t).Check(t.Context(), ex), CodeSchemaUndeclared); !strings.Contains(f.Hint, `"email"`) {
		t.Error(f.Hint)
	}
}

func TestParameters(t *testing.T) {
	c := checker(t)
	for name, tc := range map[string]struct {
		url    string
		tenant string
		want   string
		part   string
	}{
		"fine":         {"/people?limit=3", "x", "", ""},
		"missing":      {"/people", "", "parameter-missing request ", "header X-Tenant"},
		"out of range": {"/people?limit=0", "x", "parameter-invalid request ", "query limit"},
		"no number":    {"/people?limit=asha@example.com", "x", "parameter-invalid request ", "query limit"},
		"undocumented": {"/people?Limit=3", "x", "parameter-undocumented request ", "query Limit"},
		"broken query": {"/people?limit=%zz", "x", "parameter-invalid request ", "query"},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{"Authorization": {"basic x"}}
			if tc.tenant != "" {
				h["x-tenant"] = []string{tc.tenant}
			}
			r := c.Check(t.Context(), Exchange{Operation: "listPeople", Request: Request{Method: "POST", URL: tc.url, Header: h}})
			if got := brief(r.Findings); got != tc.want {
				t.Fatalf("got\n%s\nwant\n%s", got, tc.want)
			}
			if tc.want != "" && r.Findings[0].Part != tc.part {
				t.Error(r.Findings[0].Part)
			}
			for _, f := range r.Findings {
				if strings.Contains(fmt.Sprintf("%+v", f), "asha") {
					t.Errorf("the value shows: %+v", f)
				}
			}
		})
	}
	for url, want := range map[string]string{
		"/things/12":     "",
		"/api/things/12": "",
		"/things/x":      "parameter-invalid request ",
		"/things":        "request-path request ",
	} {
		r := c.Check(t.Context(), Exchange{Operation: "getThing", Request: Request{Method: "GET", URL: url}})
		if got := brief(r.Findings); got != want {
			t.Errorf("%s: got %s", url, got)
		}
	}
}

func TestForm(t *testing.T) {
	c := checker(t)
	for body, want := range map[string]string{
		"n=1&words=a&words=b": "",
		"n=x":                 "schema-type request /n",
		"words=a":             "schema-required request /n",
		"n=%zz":               "body-form request ",
		"":                    "body-missing request ",
	} {
		r := c.Check(t.Context(), Exchange{Operation: "form", Request: Request{
			Method: "POST", URL: "/form", Body: []byte(body),
			Header: http.Header{"Authorization": {"Basic x"}, "Content-Type": {"application/x-www-form-urlencoded"}},
		}})
		if got := brief(r.Findings); got != want {
			t.Errorf("%q: got %s", body, got)
		}
	}
}

func TestFindsTheOperation(t *testing.T) {
	c := checker(t)
	for _, tc := range []struct{ method, url, operation, want string }{
		{"POST", "https://acme.example.com/api/person.html?x=1", "getPerson", "parameter-undocumented request "},
		{"GET", "http://127.0.0.1:8080/things/4", "getThing", ""},
		{"GET", "/person.html", "", "request-method request "},
		{"POST", "/nowhere", "", "operation-unknown request "},
	} {
		ex := person()
		ex.Operation, ex.Request.Method, ex.Request.URL, ex.Response = "", tc.method, tc.url, Response{}
		if tc.method == "GET" {
			ex.Request.Body = nil
		}
		r := c.Check(t.Context(), ex)
		if r.Operation != tc.operation || brief(r.Findings) != tc.want {
			t.Errorf("%s %s: %q\n%s", tc.method, tc.url, r.Operation, brief(r.Findings))
		}
	}
	r := c.Check(t.Context(), Exchange{Operation: "nobody", Response: Response{Status: 200, Body: []byte(`{"a":1,"a":2}`)}})
	if got := brief(r.Findings); got != "operation-unknown request \njson-duplicate-key response /a" {
		t.Error(got)
	}
}

func TestBasePath(t *testing.T) {
	ex := person()
	ex.Request.URL = "https://example.com/kept/here/person.html"
	if r := checker(t, WithBasePath("/kept/here/")).Check(t.Context(), ex); !r.OK() {
		t.Error(brief(r.Findings))
	}
}

func TestInvalidRequestMustBeNoticed(t *testing.T) {
	ex := person()
	ex.Expect.RequestInvalid, ex.Expect.Reason = true, "neither id nor email"
	f := one(t, checker(t).Check(t.Context(), ex), CodeInvalidUnnoticed)
	if f.Fault != FaultContract || !strings.Contains(f.Message, "neither id nor email") {
		t.Errorf("%+v", f)
	}
	ex.Request.Body = []byte(`{}`)
	r := checker(t).Check(t.Context(), ex)
	if !r.OK() || len(r.Noticed) != 1 || r.Noticed[0].Code != CodeSchemaAnyOf {
		t.Errorf("findings %s\nnoticed %s", brief(r.Findings), brief(r.Noticed))
	}
	// The answer is judged all the same.
	ex.Response.Body = []byte(`{`)
	if r = checker(t).Check(t.Context(), ex); r.ResponseOK() || !r.RequestOK() {
		t.Error(brief(r.Findings))
	}
}
