package main

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// received is a response of a mock, as a client gets it.
type received struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to a mock or a proxy, with a key.
func ask(t *testing.T, address, key, body string) received {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return received{res.StatusCode, res.Header, string(text)}
}

const addTicketPath = "/add-ticket-from-other-source.html/v.2.0"

// The mock says on standard error what it got and what is wrong with it, and in
// headers what is wrong with the request. It shows no value and no key.
func TestTheMockTalks(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--fault", "addTicket=truncated-json")
	rows := []struct {
		name, path, key, body string
		check, finding        string   // headers
		lines                 []string // on standard error
	}{
		{
			name: "a request that conforms", path: addPath, key: "test-acme", body: goodAdd,
			check: "conforms",
			lines: []string{"POST  " + addPath + "  addUpdateCustomer  world acme  HTTP 200  conforms"},
		},
		{
			name: "a wrong type", path: addPath, key: "test-acme", body: wrongAdd,
			check: "1 finding", finding: "schema-type /customer_info/phone: expected string, got number",
			lines: []string{
				"addUpdateCustomer  world acme  HTTP 200  1 finding",
				"  schema-type /customer_info/phone: expected string, got number (spec/customers.yaml:",
			},
		},
		{
			name: "a key of another form", path: addPath, key: "SECRETKEY123", body: goodAdd,
			check: "conforms",
			lines: []string{"world none  HTTP 200  conforms", "  note: the key does not have the form test-WORLD"},
		},
		{
			name: "a wrong path", path: addPath + "s", key: "test-acme", body: goodAdd,
			check:   "1 finding",
			finding: "operation-unknown: no operation has this method and path; the nearest is POST " + addPath,
			lines:   []string{"no operation  world none  HTTP 404  1 finding", "the nearest is POST " + addPath},
		},
		{
			name: "a response that a fault corrupts", path: addTicketPath, key: "test-acme", body: `{"title":"Broken"}`,
			check: "conforms",
			lines: []string{
				"addTicket  world acme  HTTP 200  conforms  fault truncated-json",
				"  response: body-truncated /ticket",
			},
		},
	}
	for _, row := range rows {
		got := ask(t, s.ready.URL+row.path, row.key, row.body)
		if got.header.Get(checkHeader) != row.check || got.header.Get(findingHeader) != "" && row.finding == "" ||
			!strings.HasPrefix(got.header.Get(findingHeader), row.finding) {
			t.Errorf("%s: the headers are %v", row.name, got.header)
		}
	}

	code, _, stderr := s.end(t)
	if code != exitConforms {
		t.Errorf("ended with %d", code)
	}
	for _, row := range rows {
		for _, line := range row.lines {
			if !strings.Contains(stderr, line) {
				t.Errorf("%s: standard error lacks %q", row.name, line)
			}
		}
	}
	if !strings.Contains(stderr, "  POST "+getPath+"  getCustomer\n") || !strings.Contains(stderr, "Basic test-WORLD") {
		t.Error("the operations are not listed")
	}
	for _, value := range []string{"9000000001", "Asha", "SECRETKEY123"} {
		if strings.Contains(stderr, value) {
			t.Errorf("standard error shows %q", value)
		}
	}
	if t.Failed() {
		t.Log(stderr)
	}
}

func TestTheMockTalksAsAsked(t *testing.T) {
	for name, test := range map[string]struct {
		args        []string
		want, lacks string
	}{
		"quiet":  {[]string{"--quiet"}, "", "addUpdateCustomer"},
		"values": {[]string{"--show-values"}, "got number; value: 9000000001 (", ""},
	} {
		s := startServer(t, append([]string{"mock", "--addr", "127.0.0.1:0"}, test.args...)...)
		ask(t, s.ready.URL+addPath, "test-acme", wrongAdd)
		_, _, stderr := s.end(t)
		if !strings.Contains(stderr, test.want) || test.lacks != "" && strings.Contains(stderr, test.lacks) {
			t.Errorf("%s:\n%s", name, stderr)
		}
	}

	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--format", "json")
	ask(t, s.ready.URL+addPath, "test-acme", wrongAdd)
	_, _, stderr := s.end(t)
	lines := strings.Split(stderr, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "{") })
	if at < 0 {
		t.Fatalf("no line of JSON:\n%s", stderr)
	}
	var line requestLine
	if err := json.Unmarshal([]byte(lines[at]), &line); err != nil {
		t.Fatalf("%s: %v", lines[at], err)
	}
	who := line.Operation + " " + line.World
	if who != "addUpdateCustomer acme" || line.Status != 200 || line.Request != "1 finding" ||
		len(line.Findings) != 1 || line.Findings[0].Pointer != "/customer_info/phone" {
		t.Errorf("%+v", line)
	}

	code, _, stderr := program(t, "mock", "--format", "xml")
	if code != exitCannot || !strings.Contains(stderr, "--format") {
		t.Errorf("--format xml: %d, %s", code, stderr)
	}
}

// With --strict the mock rejects what the contract rejects, and stores nothing.
func TestTheStrictMock(t *testing.T) {
	const invalid = `{"message":"Invalid Json.","status":"failed"}`
	const noTitle = `{"message":"title is missing","status":"failed"}`
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--strict")
	for name, test := range map[string]struct {
		path, body string
		status     int
		want       string
		reason     string
	}{
		"allowed": {path: addPath, body: goodAdd, status: 200, want: `"status":"success"`},
		"a wrong type": {
			path:   addPath,
			body:   wrongAdd,
			status: 400,
			want:   invalid,
			reason: "schema-type /customer_info/phone",
		},
		"a lost field": {
			path:   addTicketPath,
			body:   `{"queue":"a"}`,
			status: 200,
			want:   noTitle,
			reason: "schema-required /title",
		},
		"a stranger": {path: addPath + "/x", body: goodAdd, status: 404, want: "no operation"},
	} {
		got := ask(t, s.ready.URL+test.path, "test-acme", test.body)
		note := got.header.Get("X-Kapture-Mock-Note")
		if got.status != test.status || !strings.Contains(got.body, test.want) || !strings.Contains(note, test.reason) {
			t.Errorf("%s: HTTP %d, %s, note %q", name, got.status, got.body, note)
		}
	}
	code, _, stderr := s.end(t)
	if code != exitConforms || !strings.Contains(stderr, "  note: schema-type /customer_info/phone") {
		t.Errorf("ended with %d\n%s", code, stderr)
	}
}
