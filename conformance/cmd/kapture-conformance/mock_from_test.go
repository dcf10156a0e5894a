package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// recordedLine is a line of a recording, of a request by POST.
func recordedLine(t *testing.T, address, body string, res recordedMessage) string {
	t.Helper()
	line := recordedExchange{
		Request: recordedMessage{
			Method: http.MethodPost,
			URL:    "https://acme.example.com" + address,
			Header: http.Header{"Authorization": {"Basic redacted"}, "Content-Type": {"application/json"}},
			Body:   body,
		},
		Response: res,
	}
	text, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + "\n"
}

// plainText is a response that says only this.
func plainText(text string) recordedMessage {
	header := http.Header{"Content-Type": {"application/json"}}
	return recordedMessage{Status: http.StatusOK, Header: header, Body: text}
}

// A recording of the proxy, in either form, is served as it was recorded: in its
// order, and then the last response again.
func TestMockFromARecording(t *testing.T) {
	for _, suffix := range []string{".ndjson", ".har"} {
		file := filepath.Join(t.TempDir(), "r"+suffix)
		source := startServer(t, "mock", "--addr", "127.0.0.1:0")
		address, stop := started(t, "proxy", "--upstream", source.ready.URL, "--addr", "127.0.0.1:0", "--record", file)
		const search = `[{"phone":"9000000001"}]`
		sequence := func(address, key string) (responses []string) {
			for _, request := range [][2]string{{getPath, search}, {addPath, goodAdd}, {getPath, search}} {
				status, text := post(t, address+request[0], key, request[1])
				responses = append(responses, fmt.Sprint(status, text))
			}
			return responses
		}
		want := sequence(address, "test-acme")
		stop()

		s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--from", file, "--check")
		if got := sequence(s.ready.URL, "another-key"); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", suffix, got, want)
		}
		again := ask(t, s.ready.URL+getPath, "another-key", `[ {"phone" : "9000000001"} ]`)
		note := again.header.Get("X-Kapture-Mock-Note")
		if fmt.Sprint(again.status, again.body) != want[2] || !strings.Contains(note, "was played 1 time before") {
			t.Errorf("%s: the last response again: %+v", suffix, again)
		}
		if checks := again.header.Values(checkHeader); !slices.Equal(checks, []string{"conforms"}) {
			t.Errorf("%s: the verdicts are %q: those of the recording are of other requests", suffix, checks)
		}

		code, _, stderr := s.end(t)
		for _, line := range []string{
			"getCustomer: 2 entries",
			"addUpdateCustomer  world none  HTTP 200  conforms",
			"played 3 of 3 entries\n",
		} {
			if code != exitConforms || !strings.Contains(stderr, line) {
				t.Errorf("%s: exit %d, standard error lacks %q\n%s", suffix, code, line, stderr)
			}
		}
	}
}

// What no longer agrees is reported: entries that break the contract, requests
// that no entry has, and entries that no request asked for. No value is shown
// unless that is wished.
func TestMockFromAStaleRecording(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.ndjson")
	write(t, file, []byte(
		recordedLine(t, getPath, `[{"phone":"9000000001"}]`, plainText(notFound))+
			recordedLine(t, addTicketPath, `{"title":"A"}`, plainText(`{"status":5}`))+
			recordedLine(t, getPath, `[{"email_id":"asha@example.com"}]`, plainText(notFound))+
			"torn\n"+
			recordedLine(t, addPath, goodAdd, recordedMessage{})))

	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--from", file, "--check")
	requests := map[string]struct {
		path, body string
		want       string
	}{
		"another value":     {getPath, `[{"phone":"9000000002"}]`, file + ":1: body /0/phone has another value"},
		"another type":      {getPath, `[{"phone":9000000001}]`, "body /0/phone expected string(10), got number"},
		"one more":          {getPath, `[{"phone":"9000000001","zip":1}]`, "body /0/zip is not in the recording"},
		"one less":          {getPath, `[{}]`, "body /0/phone is missing"},
		"another length":    {getPath, `[]`, "body expected array[1], got array[0]"},
		"a further query":   {getPath + "?page=1", `[{"phone":"9000000001"}]`, "query /page is not in the recording"},
		"a misspelt path":   {getPath + "s", `[]`, "the nearest is " + file + ":1, with POST " + getPath},
		"a path of nothing": {"/9000000001", `[]`, "none has a path like this one"},
	}
	for name, request := range requests {
		got := ask(t, s.ready.URL+request.path, "key", request.body)
		if got.status != http.StatusNotFound || !strings.Contains(got.body, request.want) {
			t.Errorf("%s: HTTP %d, %s, want %q", name, got.status, got.body, request.want)
		}
	}
	post(t, s.ready.URL+getPath, "key", `[{"phone":"9000000001"}]`)

	code, _, stderr := s.end(t)
	for _, want := range []string{
		"unreadable: " + file + ":4: this is not a line of a recording",
		"no response: " + file + ":5 has none that can be served again",
		"no longer fits: " + file + ":2: POST " + addTicketPath + " (addTicket)\n  response: schema-",
		"getCustomer  world none  HTTP 404",
		"  note: no entry of the recording has this request; the nearest is",
		"never played: " + file + ":2: POST ",
		"never played: " + file + ":3: POST ",
		"played 1 of 3 entries, 8 changed requests, 1 entry that no longer fit the contract, " +
			"2 entries that could not be played",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q", want)
		}
	}
	for _, value := range []string{"9000000001", "asha@example.com"} {
		if strings.Contains(stderr, value) {
			t.Errorf("standard error shows %q", value)
		}
	}
	if code != exitFindings || t.Failed() {
		t.Errorf("exit %d\n%s", code, stderr)
	}

	s = startServer(t, "mock", "--addr", "127.0.0.1:0", "--from", file, "--show-values")
	got := ask(t, s.ready.URL+getPath, "key", `[{"phone":"9000000002"}]`)
	if !strings.Contains(got.body, `expected \"9000000001\", got \"9000000002\"`) {
		t.Errorf("with values: %s", got.body)
	}
	if code, _, stderr := s.end(t); code != exitConforms {
		t.Errorf("without --check: exit %d\n%s", code, stderr)
	}
}

// Entries are played in the order in which they began, which may not be that of
// the file.
func TestPlayedInTheirOrder(t *testing.T) {
	const (
		line  = `{"time":"2026-11-27T10:00:0%d.5Z","request":{"method":"POST","url":"/a"}}` + "\n"
		plain = `{"request":{"method":"POST","url":"/a"}}` + "\n"
		har   = `{"startedDateTime":"2026-11-27T10:00:0%d.123+05:30","request":{"method":"POST","url":"/a"}}`
	)
	for name, test := range map[string]struct{ text, want string }{
		"lines":             {fmt.Sprintf(line+line+"torn\n"+line, 3, 1, 2), "torn, 2, 4, 1"},
		"without the times": {fmt.Sprintf(line+plain+line, 3, 1), "1, 2, 3"},
		"an archive":        {fmt.Sprintf(`{"log":{"entries":[`+har+","+har+`]}}`, 2, 1), "2, 1"},
	} {
		var list []entry
		for one, err := range readRecording(standardInput, strings.NewReader(test.text)) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, one)
		}
		inTheirOrder(list)

		var order []string
		for _, one := range list {
			number := one.Name[strings.LastIndexAny(one.Name, ": ")+1:]
			if one.broken != nil {
				number = "torn"
			}
			order = append(order, number)
		}
		if got := strings.Join(order, ", "); got != test.want {
			t.Errorf("%s: played %s, want %s", name, got, test.want)
		}
	}
}

// Requests match by what they say, not by how it is spelt, and a credential that
// was cut out matches any.
func TestRequestsMatch(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	post := func(address, kind, body string) conformance.Request {
		pair := base64.StdEncoding.EncodeToString([]byte("user:pass-12345"))
		header := http.Header{"Authorization": {"Basic " + pair}}
		if kind != "" {
			header.Set("Content-Type", kind)
		}
		return conformance.Request{Method: http.MethodPost, URL: address, Header: header, Body: []byte(body)}
	}
	parts := func(boundary, value string) string {
		head := "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
		return "--" + boundary + head + value + "\r\n--" + boundary + "--\r\n"
	}
	tests := map[string]struct {
		recorded, sent conformance.Request
		ignored        []string
		want           string
	}{
		"order of fields and spelling of numbers": {
			recorded: post("/a", "", `{"a":1.0,"b":[1e2,true,null]}`),
			sent:     post("/a", "", `{ "b":[100,true,null], "a":1 }`),
		},
		"a large number": {
			recorded: post("/a", "", `{"a":9007199254740993}`),
			sent:     post("/a", "", `{"a":9007199254740992}`),
			want:     "body /a has another value",
		},
		"order of parameters, and their encoding": {
			recorded: post("/a?x=1&y=%61&y=c", "", ""),
			sent:     post("/a?y=a&x=1&y=c", "", ""),
		},
		"order of values of one parameter": {
			recorded: post("/a?y=a&y=b", "", ""),
			sent:     post("/a?y=b&y=a", "", ""),
			want:     "query /y/0 has another value, query /y/1 has another value",
		},
		"JSON in a parameter": {
			recorded: post(`/a?t={"a":1,"b":2}`, "", ""),
			sent:     post(`/a?t=%7B%22b%22:2,%22a%22:3%7D`, "", ""),
			want:     "query /t/0/a has another value",
		},
		"a form": {
			recorded: post("/a", form, "x=1&y=2"),
			sent:     post("/a", form, "y=2&x=3"),
			want:     "body /x/0 has another value",
		},
		"boundaries of a form in parts": {
			recorded: post("/a", "multipart/form-data; boundary=one", parts("one", "v")),
			sent:     post("/a", "multipart/form-data; boundary=two", parts("two", "v")),
		},
		"a form in parts": {
			recorded: post("/a", "multipart/form-data; boundary=one", parts("one", "v")),
			sent:     post("/a", "multipart/form-data; boundary=two", parts("two", "w")),
			want:     "body /a/0 has another value",
		},
		"another text": {
			recorded: post("/a", "text/plain", "hello"),
			sent:     post("/a", "text/plain", "hallo"),
			want:     "body has another value",
		},
		"no body": {
			recorded: post("/a", "", `{}`),
			sent:     post("/a", "", ""),
			want:     "body expected object{0}, got string(0)",
		},
		"a credential that was cut out": {
			recorded: post("/a?auth_key=redacted&z=1", "", `{"note":"my key is redacted, really","token":"redacted"}`),
			sent:     post("/a?auth_key=K1234567&z=1", "", `{"note":"my key is K1234567, really","token":"other"}`),
		},
		"the credential of this request": {
			recorded: post("/a", "", `{"note":"redacted"}`),
			sent:     post("/a", "", `{"note":"user:pass-12345"}`),
		},
		"a text that was the credential of the other request": {
			recorded: post("/a?p=redacted", "", `{"note":"for redacted only"}`),
			sent:     post("/a?p=9000000001", "", `{"note":"for Asha only"}`),
		},
		"around a credential": {
			recorded: post("/a", "", `{"note":"my key is redacted, really"}`),
			sent:     post("/a", "", `{"note":"your key is K1234567, really"}`),
			want:     "body /note expected string(26), got string(28)",
		},
		"an ignored field and parameter": {
			recorded: post("/a?day=1", "", `{"from":{"day":"2026-01-01"},"to":1}`),
			sent:     post("/a?day=2", "", `{"from":{"day":"2026-01-02"},"to":2}`),
			ignored:  []string{"day"},
			want:     "body /to has another value",
		},
		"an ignored field must be there": {
			recorded: post("/a", "", `{"day":1}`),
			sent:     post("/a", "", `{}`),
			ignored:  []string{"day"},
			want:     "body /day is missing",
		},
		"a name that looks like a value": {
			recorded: post("/a", "", `{}`),
			sent:     post("/a", "", `{"asha@example.com":1}`),
			want:     "body /(16 characters) is not in the recording",
		},
	}
	for name, test := range tests {
		finder := new(credentialFinder)
		recorded := finder.playedRequestOf(conformance.Exchange{Request: test.recorded})
		sent := finder.playedRequestOf(conformance.Exchange{Request: test.sent})
		compare := comparison{ignored: test.ignored, limit: 10}
		got := strings.Join(compare.compare(recorded, sent), ", ")
		if got != test.want || !samePath(recorded.path, sent.path) {
			t.Errorf("%s: differs in %q, want %q", name, got, test.want)
		}
	}
}

// A text of which a credential was cut out fits every credential, and nothing
// else.
func TestFitsRedacted(t *testing.T) {
	for text, fits := range map[string]bool{
		"a KEY b KEY c": true,
		"a  b  c":       true,
		"a KEY c":       false,
		"a KEY b KEY d": false,
		"A KEY b KEY c": false,
		"a b c":         false,
		"":              false,
	} {
		if fitsRedacted("a redacted b redacted c", text) != fits {
			t.Errorf("%q: want %t", text, fits)
		}
	}
	if fitsRedacted("aXredactedXb", "aXb") || fitsRedacted("plain", "plain") || !fitsRedacted(redacted, "anything") {
		t.Error("the ends may not overlap, and a text without a credential is compared as it is")
	}
}

// What a recording says about its connection is not sent again, a coding is
// undone for a client that does not take it, and a response that was cut off is
// cut off again.
func TestPlayedResponses(t *testing.T) {
	zipped := base64.StdEncoding.EncodeToString(gzipped(t, notFound))
	file := filepath.Join(t.TempDir(), "r.ndjson")
	write(t, file, []byte(
		recordedLine(t, getPath, `[{"phone":"1"}]`, recordedMessage{
			Status: http.StatusOK,
			Header: http.Header{
				"Content-Type":      {"application/json"},
				"Content-Encoding":  {"gzip"},
				"Content-Length":    {"7"},
				"Transfer-Encoding": {"chunked"},
				"X-Of-The-Server":   {"kept"},
			},
			Base64: zipped,
		})+
			recordedLine(t, getPath, `[{"phone":"2"}]`, recordedMessage{
				Status:    http.StatusOK,
				Body:      `{"Customer`,
				Truncated: true,
			})+
			recordedLine(t, getPath, `[{"phone":"3"}]`, recordedMessage{Status: http.StatusNoContent})))
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--from", file)

	plain := encoded(t, s.ready.URL+getPath, "identity", `[{"phone":"1"}]`)
	isPlain := plain.body == notFound && plain.header.Get("Content-Encoding") == ""
	if !isPlain || plain.header.Get("X-Of-The-Server") != "kept" {
		t.Errorf("without the coding: %+v", plain)
	}
	coded := encoded(t, s.ready.URL+getPath, "gzip", `[{"phone":"1"}]`)
	if coded.body != string(gzipped(t, notFound)) || coded.header.Get("Content-Encoding") != "gzip" {
		t.Errorf("with the coding: %+v", coded)
	}
	cut := encoded(t, s.ready.URL+getPath, "identity", `[{"phone":"2"}]`)
	if cut.body != `{"Customer`+io.ErrUnexpectedEOF.Error() {
		t.Errorf("cut off: %+v", cut)
	}
	empty := encoded(t, s.ready.URL+getPath, "identity", `[{"phone":"3"}]`)
	if empty.status != http.StatusNoContent || empty.body != "" {
		t.Errorf("without a body: %+v", empty)
	}

	code, _, stderr := s.end(t)
	if code != exitConforms || !strings.Contains(stderr, "2 findings  fault reset-in-body\n") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}

// encoded sends a request with this Accept-Encoding. An error while the body is
// read follows what was read.
func encoded(t *testing.T, address, accept, body string) received {
	t.Helper()
	return send(t, http.MethodPost, address, http.Header{"Accept-Encoding": {accept}}, body)
}

// send sends a request with these headers, as encoded does.
func send(t *testing.T, method, address string, header http.Header, body string) received {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		text = append(text, err.Error()...)
	}
	return received{res.StatusCode, res.Header, string(text)}
}

// A recording that cannot be served, and flags that it cannot obey, are
// rejected. What a browser recorded of other servers is not served.
func TestMockFromWhatCannotBeServed(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good.ndjson")
	write(t, good, []byte(recordedLine(t, getPath, `[{"phone":"1"}]`, plainText(notFound))))
	empty := filepath.Join(folder, "empty.ndjson")
	write(t, empty, nil)
	browser := filepath.Join(folder, "browser.har")
	const logo = `{"method":"GET","url":"https://a.example.com/logo.png","headers":[]}`
	write(t, browser, []byte(`{"log":{"entries":[{"request":`+logo+`,`+
		`"response":{"status":200,"headers":[],"content":{"size":1,"text":"x"}}}]}}`))
	for want, args := range map[string][]string{
		"there is no entry to serve; recordings are made by": {"--from", empty},
		"browser.har: there is no entry to serve":            {"--from", browser},
		"cannot read the recording":                          {"--from", filepath.Join(folder, "none")},
		"--strict changes the embedded Kapture":              {"--from", good, "--strict"},
		"--fault changes the embedded Kapture":               {"--from", good, "--fault", "*=stall"},
		"--ignore is for recordings":                         {"--ignore", "day"},
		"--base-path is for recordings":                      {"--base-path", "/kapture"},
	} {
		code, _, stderr := program(t, append([]string{"mock", "--addr", "127.0.0.1:0"}, args...)...)
		if code != exitCannot || !strings.Contains(stderr, want) {
			t.Errorf("%v: exit %d, want %q\n%s", args, code, want, stderr)
		}
	}
}

// With --format json every line on standard error is an object.
func TestMockFromSpeaksJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.ndjson")
	write(t, file, []byte(recordedLine(t, getPath, `[{"phone":"1"}]`, plainText(`{"status":5}`))))
	for _, args := range [][]string{{"--from", file}, {"--max-body", "100"}} {
		flags := []string{"mock", "--addr", "127.0.0.1:0", "--format", "json", "--check"}
		s := startServer(t, append(flags, args...)...)
		post(t, s.ready.URL+getPath, "test-a", `[{"phone":"2"}]`)
		post(t, s.ready.URL+getPath, "test-b", `[{"phone":"2"}]`+strings.Repeat(" ", 100))
		_, stdout, stderr := s.end(t)
		for _, line := range strings.Split(strings.TrimSpace(stderr), "\n") {
			isAddress := strings.HasPrefix(line, "kapture mock listening on ") // standard output is for the ready line
			if !isAddress && !json.Valid([]byte(line)) {
				t.Errorf("%v: %s", args, line)
			}
		}
		wanted := []string{`"code":"limit"`}
		if args[0] == "--from" {
			wanted = []string{`"problem":"no longer fits"`, `"problem":"never played"`}
		}
		for _, want := range wanted {
			if !strings.Contains(stderr, want) {
				t.Errorf("%v: standard error lacks %s\n%s\n%s", args, want, stdout, stderr)
			}
		}
	}
}

// Pages of the origins that --cors names may call a recording, as they may call
// the mock. What the recorded server said to browsers is not sent again.
func TestMockFromForBrowsers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.ndjson")
	recorded := plainText(notFound)
	recorded.Header.Set("Access-Control-Allow-Origin", "https://acme.example.com")
	write(t, file, []byte(recordedLine(t, getPath, `[{"phone":"1"}]`, recorded)))

	const origin = "http://localhost:5173"
	const elsewhere = "http://localhost:1"
	tests := map[string]struct {
		flags   []string
		origin  string
		asks    []string // what the preflight allows
		allowed []string // what the response allows
	}{
		"its origin": {
			flags:   []string{"--cors", origin},
			origin:  origin,
			asks:    []string{origin},
			allowed: []string{origin},
		},
		"any origin": {
			flags:   []string{"--cors", "*"},
			origin:  origin,
			asks:    []string{origin},
			allowed: []string{origin},
		},
		"another origin":   {flags: []string{"--cors", origin}, origin: elsewhere},
		"without the flag": {origin: origin, allowed: []string{"https://acme.example.com"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, append([]string{"mock", "--addr", "127.0.0.1:0", "--from", file}, test.flags...)...)
			header := http.Header{
				"Origin":                         {test.origin},
				"Access-Control-Request-Method":  {http.MethodPost},
				"Access-Control-Request-Headers": {"authorization,content-type"},
			}
			asks := send(t, http.MethodOptions, s.ready.URL+getPath, header, "")
			allows := asks.header.Values("Access-Control-Allow-Origin")
			names := asks.header.Get("Access-Control-Allow-Headers")
			isAllowed := asks.status == http.StatusNoContent && names == "authorization,content-type"
			if !slices.Equal(allows, test.asks) || isAllowed != (len(test.asks) > 0) {
				t.Errorf("the preflight got HTTP %d, which allows %q and the headers %q", asks.status, allows, names)
			}

			header = http.Header{"Origin": {test.origin}}
			got := send(t, http.MethodPost, s.ready.URL+getPath, header, `[{"phone":"1"}]`)
			allows = got.header.Values("Access-Control-Allow-Origin")
			if got.body != notFound || !slices.Equal(allows, test.allowed) {
				t.Errorf("the request got %q, which allows %q, want %q", got.body, allows, test.allowed)
			}
			_, _, stderr := s.end(t)
			if strings.Contains(stderr, "no entry of the recording") != (len(test.asks) == 0) {
				t.Errorf("the preflight is in the recording:\n%s", stderr)
			}
		})
	}
}
