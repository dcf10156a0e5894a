package page_test

import (
	"bufio"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/page"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// served is a page on a server.
type served struct {
	*page.Page
	url string // of its first part, with a slash at the end
}

func serve(t *testing.T, change func(*page.Config)) served {
	t.Helper()
	document, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	config := page.Config{
		Command:  "mock",
		Version:  "v0",
		Document: document,
		Contract: contract.Kapture(),
		Coverage: coverage,
		Redact:   redact,
	}
	if change != nil {
		change(&config)
	}

	p, err := page.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p.Routes(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(p.Close)
	return served{Page: p, url: server.URL + page.Path}
}

func coverage() []report.Operation {
	var rows []report.Operation
	for _, op := range contract.Operations() {
		one := report.Count{Done: 1, Total: 2}
		rows = append(rows, report.Operation{ID: op.ID, Method: op.Method, Path: op.Path, Request: one})
	}
	rows[0].MissingFailures = []string{"invalid-auth-key"}
	rows[1].Skipped = "nothing was sent"
	return rows
}

// redact takes the place of what removes credentials: it hides the word secret.
func redact(ex conformance.Exchange) report.Traffic {
	hide := func(text string) string { return strings.ReplaceAll(text, "secret", "redacted") }
	header := func(from http.Header) http.Header {
		clean := http.Header{}
		for name, values := range from {
			for _, value := range values {
				clean.Add(name, hide(value))
			}
		}
		return clean
	}
	return report.Traffic{
		Request: report.Message{
			Method: ex.Request.Method,
			URL:    hide(ex.Request.URL),
			Header: header(ex.Request.Header),
			Body:   hide(string(ex.Request.Body)),
		},
		Response: report.Message{
			Status: ex.Response.Status,
			Header: header(ex.Response.Header),
			Body:   hide(string(ex.Response.Body)),
		},
	}
}

// exchange is an exchange with a wrong phone, and with markup in every text.
func exchange() page.Exchange {
	return page.Exchange{
		Time:      time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Duration:  1500 * time.Microsecond,
		World:     "<b>world",
		Path:      "/add/<b>path",
		Operation: "addUpdateCustomer",
		Notes:     []string{"<b>note"},
		HTTP: conformance.Exchange{
			Request: conformance.Request{
				Method: "POST",
				URL:    "http://127.0.0.1/add/<b>path?auth_key=secret&q=<b>query",
				Header: http.Header{"Authorization": {"Basic secret"}, "X-Odd": {"<b>header\x1b[31m"}},
				Body:   []byte(`{"customer_info":{"name":"<b>body","phone":9000000001}}`),
			},
			Response: conformance.Response{Status: 200, Body: []byte(`{"status":"<script>alert(1)</script>"}`)},
		},
		Findings: []conformance.Finding{{
			Code:     "schema-type",
			Fault:    conformance.FaultClient,
			Why:      "<b>why",
			Side:     conformance.SideRequest,
			Part:     "body",
			Pointer:  "/customer_info/phone",
			Message:  "expected string, got number <b>message",
			Hint:     "<b>hint",
			Location: "spec/customers.yaml:1",
			Count:    1,
		}},
	}
}

// ask sends a request and returns the response and its body.
func ask(t *testing.T, method, address, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}

	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return res, "" // it has no end
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}

func get(t *testing.T, address string) string {
	t.Helper()
	res, text := ask(t, http.MethodGet, address, "")
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d\n%s", address, res.StatusCode, text)
	}
	return text
}

// An exchange is shown with its finding at the line of the field. Every text of
// it is escaped, and no credential is shown.
func TestExchange(t *testing.T) {
	p := serve(t, nil)
	p.Add(exchange())
	list := get(t, p.url)
	whole := get(t, p.url+"exchanges/1")
	part := get(t, p.url+"exchanges/1?part")

	for _, want := range []string{
		"/add/&lt;b&gt;path", "addUpdateCustomer", "world &lt;b&gt;world", "200", "1 finding", "schema-type",
		"03:04:05",
	} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
	for _, want := range []string{
		`<li class="marked" id="finding-1-line" data-n="4">`, "9000000001", `href="#finding-1-line"`, "line 4",
		"expected string, got number", "fault of the client", "spec/customers.yaml:1", "Basic redacted",
		"&lt;b&gt;hint", `\x1b`, "&lt;script&gt;alert", "1.5ms", "curl -sS -X POST", "$KAPTURE_TOKEN",
		" \\\n  -H ",
	} {
		if !strings.Contains(part, want) {
			t.Errorf("the exchange lacks %q\n%s", want, part)
		}
	}
	for name, text := range map[string]string{"list": list, "whole": whole, "part": part} {
		for _, never := range []string{
			"<b>body", "<b>world", "<b>path", "<b>header", "<b>note", "<b>hint", "<b>message", "<script>alert",
			"secret", "\x1b",
		} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q", name, never)
			}
		}
	}
	if !strings.Contains(whole, "<html") || strings.Contains(part, "<html") {
		t.Error("the part is not a part of the whole")
	}
}

// A proxy that was not asked for values shows shapes, also in names of fields and
// in the query, and no command that has them.
func TestHiddenValues(t *testing.T) {
	p := serve(t, func(c *page.Config) { c.HideValues = true })
	x := exchange()
	x.HTTP.Request.Body = []byte(`{"9876543210":{"phone":9111111112,"e":"asha@example.com","ok":true}}`)
	x.HTTP.Response.Body = []byte("plain asha@example.com\ntext")
	x.Findings[0].Pointer = "/(10 characters)/phone"
	p.Add(x)
	text := get(t, p.url+"exchanges/1")
	for _, never := range []string{"9876543210", "9111111112", "asha@", "query", "curl -sS"} {
		if strings.Contains(text, never) {
			t.Errorf("it shows %q", never)
		}
	}
	for _, want := range []string{
		"(10 characters)", "string(16)", "boolean", `data-n="3"`, "--show-values", "q=(8 characters)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q\n%s", want, text)
		}
	}
	if !regexp.MustCompile(`class="marked" id="finding-1-line" data-n="3"`).MatchString(text) {
		t.Error("the finding is not at its line")
	}
}

// A page of another site can neither read nor switch anything: it is known by
// the name of the host, or by what the browser says of the request's origin.
func TestOtherSites(t *testing.T) {
	local := serve(t, nil)
	remote := serve(t, func(c *page.Config) { c.Remote = true })
	for _, p := range []served{local, remote} {
		p.OfferFaults(&switches{})
	}
	crossSite := []string{"Sec-Fetch-Site", "cross-site"}
	named := []string{"Host", "shop.example.com:80"}
	tests := map[string]struct {
		method, at     string
		header         []string
		status, remote int // without and with Config.Remote
	}{
		"loopback":            {method: "GET", status: 200, remote: 200},
		"localhost":           {method: "GET", header: []string{"Host", "localhost:80"}, status: 200, remote: 200},
		"IPv6":                {method: "GET", header: []string{"Host", "[::1]:80"}, status: 200, remote: 200},
		"a name of a site":    {method: "GET", header: named, status: 403, remote: 403},
		"another address":     {method: "GET", header: []string{"Host", "192.0.2.7:80"}, status: 403, remote: 200},
		"a name of a network": {method: "GET", header: []string{"Host", "mock:80"}, status: 403, remote: 200},
		"events of a name":    {method: "GET", at: "events", header: named, status: 403, remote: 403},
		"events of a site":    {method: "GET", at: "events", header: crossSite, status: 403, remote: 403},
		"a form of a program": {method: "POST", at: "faults", status: 303, remote: 303},
		"a form of a site":    {method: "POST", at: "faults", header: crossSite, status: 403, remote: 403},
		"a form of the page": {
			method: "POST", at: "faults", header: []string{"Sec-Fetch-Site", "same-origin"},
			status: 303, remote: 303,
		},
		"a form of a port": {
			method: "POST", at: "faults", header: []string{"Sec-Fetch-Site", "same-site"},
			status: 403, remote: 403,
		},
		"an older browser": {
			method: "POST", at: "faults/clear", header: []string{"Origin", "http://shop.example.com"},
			status: 403, remote: 403,
		},
		"a link that disarms": {method: "GET", at: "faults/clear", status: 405, remote: 405},
	}
	for name, test := range tests {
		for _, p := range []served{local, remote} {
			want := test.status
			if p == remote {
				want = test.remote
			}
			res, text := ask(t, test.method, p.url+test.at, "operation=*&kind=stall", test.header...)
			if res.StatusCode != want {
				t.Errorf("%s: HTTP %d, want %d\n%.200s", name, res.StatusCode, want, text)
			}
		}
	}
}

// Every response forbids content from elsewhere, and is not stored by a browser.
func TestHeaders(t *testing.T) {
	p := serve(t, nil)
	p.Add(exchange())
	for _, at := range []string{
		"", "exchanges/1", "exchanges/7", "coverage", "contract/", "contract/tickets.html", "assets/page.js",
	} {
		res, _ := ask(t, http.MethodGet, p.url+at, "")
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
		} {
			if !strings.HasPrefix(res.Header.Get(name), want) {
				t.Errorf("%s: %s is %q", at, name, res.Header.Get(name))
			}
		}
		if res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by other sites", at)
		}
	}
}

// events reads a stream of events.
type events struct {
	lines *bufio.Reader
	close func()
}

func listen(t *testing.T, address string, header ...string) events {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d", address, res.StatusCode)
	}
	return events{bufio.NewReader(res.Body), func() { res.Body.Close() }}
}

// next returns the kind, the id and the data of the next event.
func (e events) next(t *testing.T) (kind, id, data string) {
	t.Helper()
	for {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "":
			return kind, id, data
		case "event":
			kind = value
		case "id":
			id = value
		case "data":
			data += value
		}
	}
}

// await returns the next event of a kind.
func (e events) await(t *testing.T, want string) (id, data string) {
	t.Helper()
	for {
		kind, id, data := e.next(t)
		if kind == want {
			return id, data
		}
	}
}

var after = regexp.MustCompile(`data-after="([^"]*)"`)

// An exchange is streamed when it is added. A browser that was away gets what it
// missed, and one that knows another server is told so.
func TestEvents(t *testing.T) {
	p := serve(t, nil)
	p.Add(exchange())
	start := after.FindStringSubmatch(get(t, p.url))[1]

	stream := listen(t, p.url+"events?after="+start)
	if kind, _, data := stream.next(t); kind != "totals" || data != `{"seen":1,"wrong":1,"unchecked":0}` {
		t.Fatalf("%s %s", kind, data)
	}
	good := exchange()
	good.Findings = nil
	good.Operation = "odd\r\x1bname" // a carriage return would end a line of the stream
	p.Add(good)
	id, row := stream.await(t, "exchange")
	isThere := strings.Contains(row, `data-number="2"`) && strings.Contains(row, "conforms")
	if !isThere || strings.ContainsAny(row, "\r\x1b") || strings.Contains(row, "<b>") {
		t.Errorf("%s", row)
	}
	if _, data := stream.await(t, "totals"); data != `{"seen":2,"wrong":1,"unchecked":0}` {
		t.Errorf("%s", data)
	}
	stream.close()

	p.Add(exchange())
	p.Add(exchange())
	again := listen(t, p.url+"events?after="+start, "Last-Event-ID", id)
	defer again.close()
	for _, number := range []string{"3", "4"} {
		if _, row := again.await(t, "exchange"); !strings.Contains(row, `data-number="`+number+`"`) {
			t.Errorf("missed %s: %s", number, row)
		}
	}

	other := listen(t, p.url+"events?after=another-2")
	defer other.close()
	if kind, _, _ := other.next(t); kind != "restart" {
		t.Errorf("the first event is %s", kind)
	}
	if _, row := other.await(t, "exchange"); !strings.Contains(row, `data-number="1"`) {
		t.Errorf("%s", row)
	}
}

// The number of streams is bounded, and all of them end with the page.
func TestStreamsEnd(t *testing.T) {
	p := serve(t, nil)
	var open []events
	for range 32 {
		open = append(open, listen(t, p.url+"events"))
	}
	if res, _ := ask(t, http.MethodGet, p.url+"events", ""); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one more: HTTP %d", res.StatusCode)
	}
	p.Close()
	for _, stream := range open {
		if _, err := io.Copy(io.Discard, stream.lines); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

var rows = regexp.MustCompile(`<li class="row `)

// What is kept is bounded in number and in bytes, and what is not kept any more
// is still counted.
func TestBounds(t *testing.T) {
	p := serve(t, nil)
	for range 700 {
		p.Add(page.Exchange{Path: "/small"})
	}
	text := get(t, p.url)
	kept := len(rows.FindAllString(text, -1))
	if kept != 500 || !strings.Contains(text, `<b data-total="seen">700</b>`) {
		t.Errorf("%d are kept", kept)
	}

	large := page.Exchange{Path: "/large"}
	large.HTTP.Request.Body = []byte(`"` + strings.Repeat("a", 1<<20-2) + `"`)
	for range 40 {
		p.Add(large)
	}
	if kept := len(rows.FindAllString(get(t, p.url), -1)); kept == 0 || kept > 16 {
		t.Errorf("%d large ones are kept", kept)
	}

	huge := page.Exchange{Path: "/huge"}
	huge.HTTP.Request.Body = make([]byte, 5<<20)
	p.Add(huge)
	if text := get(t, p.url+"exchanges/741"); !strings.Contains(text, "A body of 5242.9 kB is not kept here") {
		t.Error("a huge body is not mentioned")
	}
	res, text := ask(t, http.MethodGet, p.url+"exchanges/1", "")
	if res.StatusCode != http.StatusNotFound || !strings.Contains(text, "not kept any more") {
		t.Errorf("the first one: HTTP %d", res.StatusCode)
	}
}

// A page without exchanges shows a command that sends the first one.
func TestFirstRequest(t *testing.T) {
	p := serve(t, nil)
	text := get(t, p.url)
	op, _ := contract.ByID("getFAQCategories")
	host := strings.TrimSuffix(p.url, page.Path)
	want := "curl -X POST " + host + op.Path + " \\\n  -H &#39;Authorization: Basic test-acme&#39;"
	if !strings.Contains(text, want) || strings.Contains(text, `id="empty" hidden`) {
		t.Errorf("%s", text)
	}
	p.Add(exchange())
	if text := get(t, p.url); !strings.Contains(text, `id="empty" hidden`) {
		t.Error("it says that nothing has arrived")
	}
}

// What was not checked is never said to conform.
func TestUnchecked(t *testing.T) {
	p := serve(t, nil)
	p.Add(page.Exchange{Path: "/x", Unchecked: "a body is larger than 32 MiB"})
	for _, text := range []string{get(t, p.url), get(t, p.url+"exchanges/1")} {
		if !strings.Contains(text, "not checked") || strings.Contains(text, "conforms") {
			t.Error("it is not said, or it conforms")
		}
	}
}

var links = regexp.MustCompile(`(?:href|src|action)="([^"]*)"`)

// Every link leads somewhere on the page, no part has a script, a style or a
// handler of events in its text, and no template wrote what it may not. The
// pages of the contract have tests of their own.
func TestEveryLink(t *testing.T) {
	p := serve(t, nil)
	p.OfferFaults(&switches{armed: []page.ArmedFault{{ID: 3, Text: "*=stall", Hits: 2}}})
	p.Add(exchange())
	host := strings.TrimSuffix(p.url, page.Path)
	seen := map[string]string{}
	places := map[string]string{} // a link with a place in a page, by the page that has it
	todo := []string{page.Path}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if seen[at] != "" || at == page.Path+"faults/clear" {
			continue
		}
		if !strings.HasPrefix(at, page.Path) {
			t.Errorf("%q leads elsewhere", at)
			continue
		}
		text := get(t, host+at)
		seen[at] = text
		if !strings.Contains(at, "/assets/") && !strings.Contains(at, "/contract/") {
			checkText(t, at, text)
		}
		for _, address := range linksOf(t, host+at, text) {
			todo = append(todo, address.Path)
			if address.Fragment != "" {
				places[address.Path+"#"+address.Fragment] = at
			}
		}
	}

	for link, from := range places {
		at, place, _ := strings.Cut(link, "#")
		if !strings.Contains(seen[at], fmt.Sprintf("id=%q", place)) {
			t.Errorf("%s leads to %s, which has no such place", from, link)
		}
	}
	for _, op := range contract.Operations() {
		if places[page.Path+"contract/"+op.Resource+".html#"+op.ID] == "" {
			t.Errorf("nothing leads to %s", op.ID)
		}
	}
}

// linksOf are the links of a page, without the sources that the contract names.
func linksOf(t *testing.T, at, text string) []*url.URL {
	t.Helper()
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}

	var found []*url.URL
	for _, link := range links.FindAllStringSubmatch(text, -1) {
		isSource := strings.HasPrefix(link[1], "https://") && strings.Contains(at, "/contract/")
		address, err := base.Parse(html.UnescapeString(link[1]))
		if err != nil {
			t.Errorf("%s: %v", at, err)
			continue
		}
		if !isSource {
			found = append(found, address)
		}
	}
	return found
}

// checkText makes sure that a page has no script or style in its text, and
// nothing that a template could not write.
func checkText(t *testing.T, at, text string) {
	t.Helper()
	for _, never := range []string{"ZgotmplZ", "<no value>", "%!", " style=", " onclick=", "<style", "map["} {
		if strings.Contains(text, never) {
			t.Errorf("%s has %q", at, never)
		}
	}
	if strings.Count(text, "<script") != 1 {
		t.Errorf("%s has further scripts", at)
	}
}

// The contract is a part of the page: each leads to the other, and a finding to
// the schema that it names.
func TestContract(t *testing.T) {
	p := serve(t, nil)
	x := exchange()
	x.Findings[0].Schema = "CustomerInfo"
	p.Add(x)
	text := get(t, p.url+"contract/")
	if !strings.Contains(text, `href="`+page.Path+`"`) || strings.Contains(text, "/faults") {
		t.Error("it does not lead back to the page, or leads to faults that there are not")
	}
	text = get(t, p.url+"exchanges/1?part")
	for _, want := range []string{"customers.html#addUpdateCustomer", "customers.html#CustomerInfo"} {
		if !strings.Contains(text, page.Path+"contract/"+want) {
			t.Errorf("the exchange does not lead to %s", want)
		}
	}

	for _, at := range []string{"contract/nothing", "faults", "assets/nothing", "exchanges/x"} {
		if res, _ := ask(t, http.MethodGet, p.url+at, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: HTTP %d", at, res.StatusCode)
		}
	}
}

// switches are the faults of a mock that the test can look at.
type switches struct{ armed []page.ArmedFault }

func (s *switches) Operations() []string { return []string{"*", "getCustomer"} }

func (s *switches) Kinds() []page.FaultKind {
	return []page.FaultKind{{"stall", "no response", "Corrupt"}, {"page-cap", "short pages", "Odd"}}
}

func (s *switches) Armed() []page.ArmedFault { return s.armed }

func (s *switches) Arm(operation, kind, settings string) error {
	if kind != "stall" {
		return errors.New("there is no fault <b>" + kind)
	}
	s.armed = append(s.armed, page.ArmedFault{ID: len(s.armed) + 1, Text: operation + "=" + kind + ":" + settings})
	return nil
}

func (s *switches) Disarm(id int) {
	s.armed = slices.DeleteFunc(s.armed, func(a page.ArmedFault) bool { return a.ID == id })
}

func (s *switches) DisarmAll() { s.armed = nil }

func TestFaults(t *testing.T) {
	p := serve(t, nil)
	s := &switches{}
	p.OfferFaults(s)
	steps := []struct {
		at, form string
		status   int
		armed    int
	}{
		{"faults", "operation=getCustomer&kind=stall&settings=2", 303, 1},
		{"faults", "kind=stall", 303, 2},
		{"faults", "operation=*&kind=nothing", 400, 2},
		{"faults", "%zz", 400, 2},
		{"faults", "kind=stall&note=" + strings.Repeat("a", 5000), 400, 2},
		{"faults/clear", "id=x", 400, 2},
		{"faults/clear", "id=1", 303, 1},
		{"faults/clear", "", 303, 0},
	}
	for _, step := range steps {
		res, text := ask(t, http.MethodPost, p.url+step.at, step.form)
		if res.StatusCode != step.status || len(s.armed) != step.armed {
			t.Errorf("%s %.20s: HTTP %d, %v", step.at, step.form, res.StatusCode, s.armed)
		}
		if strings.Contains(text, "<b>nothing") || step.status == 400 && !strings.Contains(text, `role="alert"`) {
			t.Errorf("%s %.20s: %s", step.at, step.form, text)
		}
	}

	s.armed = []page.ArmedFault{{ID: 1, Text: "*=stall:2", Hits: 3}}
	if text := get(t, p.url+"faults"); !strings.Contains(text, "*=stall:2") || !strings.Contains(text, "3 hits") {
		t.Errorf("%s", text)
	}
	if text := get(t, p.url); !strings.Contains(text, `<span class="count">1<`) {
		t.Error("the other parts do not say that a fault is armed")
	}
}

// The page stays small: there is nothing in it that must be built.
func TestSize(t *testing.T) {
	p := serve(t, nil)
	size := len(get(t, p.url))
	for _, name := range []string{"page.css", "page.js", "icon.svg"} {
		size += len(get(t, p.url+"assets/"+name))
	}
	t.Logf("the page with its assets has %d bytes", size)
	if size > 40_000 {
		t.Errorf("the page with its assets has %d bytes", size)
	}
}
