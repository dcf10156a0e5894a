package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// started runs the program until stop is called, which returns how it ended.
func started(t *testing.T, args ...string) (address string, stop func() (code int, stdout, stderr string)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return startedAs(t, exec.CommandContext(ctx, os.Args[0], args...))
}

// startedAs runs the program by a command, as started does.
func startedAs(t *testing.T, cmd *exec.Cmd) (address string, stop func() (code int, stdout, stderr string)) {
	t.Helper()
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var out strings.Builder
	cmd.Stdout = &out
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(pipe)
	first, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(first, err)
	}
	_, rest, _ := strings.Cut(first, " on ")
	address, _, _ = strings.Cut(strings.TrimSpace(rest), ",")
	return address, func() (int, string, string) {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		said, _ := io.ReadAll(lines)
		_ = cmd.Wait()
		return cmd.ProcessState.ExitCode(), out.String(), string(said)
	}
}

// post is as ask, for status and body only.
func post(t *testing.T, address, key, body string) (int, string) {
	t.Helper()
	got := ask(t, address, key, body)
	return got.status, got.body
}

const getPath = "/search-customer-by-customer-id.html"

// The proxy changes no byte, reports what is wrong, and keeps no key.
func TestProxy(t *testing.T) {
	// Numbers that floating point cannot hold, a key twice, odd white space.
	const response = `{ "Customer Details" : {"id":9007199254740993, "name":"Asha", "maxCreditAmt":1.10, ` +
		`"\u001b[2J":1, "\u001b[2J":2, "moon":{"x":[1]}},` + "\n" + `"status":"success", "status":"success"}  `
	const request = `[ {"kapture_customer_id":"9007199254740993",  "é":1.10} ]`
	var arrived, agent string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		arrived, agent = string(raw), r.Header.Get("X-Forwarded-For")+r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, response)
	}))
	defer upstream.Close()

	record := filepath.Join(t.TempDir(), "r.ndjson")
	address, stop := started(t, "proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0", "--record", record)
	_, got := post(t, address+getPath, "a-secret", request)
	if got != response || arrived != request {
		t.Errorf("bytes were changed:\n%q\n%q", got, arrived)
	}
	if strings.Contains(agent, "127.0.0.1") {
		t.Errorf("the proxy adds headers: %s", agent)
	}
	post(t, address+"/somewhere-else", "a-secret", "{}")

	code, stdout, stderr := stop()
	isFound := strings.Contains(stderr, "getCustomer: json-duplicate-key /status: ") && !strings.Contains(stderr, "(,")
	isCounted := strings.Contains(stdout, "getCustomer") && strings.Contains(stdout, "1 exchange used paths")
	if code != exitFindings || !isFound || !isCounted {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "\x1b") {
		t.Errorf("a name of the body reaches the terminal as it is:\n%q", stderr)
	}
	kept, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(kept)+stdout+stderr, "a-secret") {
		t.Error("the key was kept")
	}

	code, stdout, stderr = program(t, "replay", record)
	if code != exitFindings || !strings.Contains(stdout, "json-duplicate-key") || strings.Contains(stdout, "Asha") {
		t.Errorf("replay: exit %d\n%s\n%s", code, stdout, stderr)
	}
	code, stdout, stderr = program(t, "drift", record)
	if code != exitFindings || !strings.Contains(stdout, `"moon"`) || !strings.Contains(stdout, "object") {
		t.Errorf("drift: exit %d\n%s\n%s", code, stdout, stderr)
	}
	code, stdout, stderr = program(t, "drift", "--overlay", record)
	const target = `$.components.schemas["Customer"].properties`
	if code != exitFindings || !strings.Contains(stdout, target) || !strings.Contains(stdout, "type: object") {
		t.Errorf("drift: exit %d\n%s\n%s", code, stdout, stderr)
	}
}

// The whole suite passes through the proxy, and what it recorded replays.
func TestProxyBeforeTheMock(t *testing.T) {
	server := mock.Run(t)
	record := filepath.Join(t.TempDir(), "r.ndjson")
	address, stop := started(t, "proxy", "--upstream", server.URL, "--addr", "127.0.0.1:0", "--record", record)
	code, stdout, stderr := program(t, "run", "--base-url", address, "--mock", "--case", "customer-[afgpu]*")
	if code != exitConforms {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	code, stdout, stderr = stop()
	// Requests that are wrong on purpose are findings to a proxy.
	blamesServer := strings.Contains(stdout, "fault of the server")
	if code != exitFindings || blamesServer || !strings.Contains(stdout, "credential-missing") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	code, again, stderr := program(t, "replay", record)
	if code != exitFindings || !strings.Contains(again, "credential-missing") {
		t.Errorf("exit %d\n%s\n%s", code, again, stderr)
	}
}

// A client that was not pointed at the proxy must not look like one that
// conforms.
func TestProxyWithoutTraffic(t *testing.T) {
	server := mock.Run(t)
	_, stop := started(t, "proxy", "--upstream", server.URL, "--addr", "127.0.0.1:0")
	code, stdout, stderr := stop()
	if code != exitCannot || stdout != "" || !strings.Contains(stderr, "nothing was checked") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
}

func TestReplayReadsHAR(t *testing.T) {
	const archive = "\ufeff" + `{"log": {"version": "1.2", "entries": [
	  {"request": {"method": "GET", "url": "https://acme.kapturecrm.com/logo.png", "headers": []},
	   "response": {"status": 200, "headers": [], "content": {}}},
	  {"request": {"method": "POST", "url": "https://acme.kapturecrm.com` + getPath + `",
	    "headers": [{"name": "authorization", "value": "Basic x"},
	      {"name": "content-type", "value": "application/json"}],
	    "postData": {"text": "[{\"phone\": \"9000000001\"}]"}},
	   "response": {"status": 200, "headers": [{"name": "content-type", "value": "application/json"}],
	    "content": {"text": "%s"}}}]}}`
	const details = `{\"Customer Details\": \"Information given by you does not exist in our sytsem.\"`
	for text, want := range map[string]int{
		details + `, \"status\": \"failed\"}`: exitConforms,
		details + `}`:                         exitFindings,
	} {
		file := filepath.Join(t.TempDir(), "b.har")
		if err := os.WriteFile(file, []byte(strings.Replace(archive, "%s", text, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, stdout, stderr := program(t, "replay", file); code != want {
			t.Errorf("exit %d, want %d\n%s\n%s", code, want, stdout, stderr)
		}
	}
}

func TestRecordingMistakes(t *testing.T) {
	folder := t.TempDir()
	for content, want := range map[string]string{
		"not json\n":                      ":1: this is not a line of a recording",
		`{"request": {}}` + "\n":          "no method",
		`{"log": {"entries": [`:           "not a whole HAR",
		"":                                "nothing was checked",
		"{\"time\": 3}\n":                 ":1:",
		"\n\n{\"requests\": {}}\n":        ":3: this is not a line",
		`{"request": {"method": "POST"}}`: "no url",
	} {
		file := filepath.Join(folder, "r")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"replay", "drift"} {
			code, stdout, stderr := program(t, command, file)
			if code != exitCannot || !strings.Contains(stderr, want) || stdout != "" {
				t.Errorf("%s %q: exit %d, %q, %q; want %q", command, content, code, stdout, stderr, want)
			}
		}
	}
	for want, args := range map[string][]string{
		"replay needs a recording":  {"replay"},
		"drift needs a recording":   {"drift"},
		"proxy needs --upstream":    {"proxy"},
		"is not https":              {"proxy", "--upstream", "http://acme.kapturecrm.com"},
		"--allow-remote":            {"proxy", "--upstream", "http://127.0.0.1:1", "--addr", "0.0.0.0:0"},
		"cannot read the recording": {"replay", filepath.Join(folder, "none")},
	} {
		code, stdout, stderr := program(t, args...)
		if code != exitCannot || !strings.Contains(stderr, want) || stdout != "" {
			t.Errorf("%v: exit %d, %q, %q; want %q", args, code, stdout, stderr, want)
		}
	}
}

// What is recorded is either judged or counted: nothing passes in silence.
func TestReplayTellsWhatItDidNotJudge(t *testing.T) {
	const (
		response = `"response":{"status":200,"header":{"Content-Type":["application/json"]},` +
			`"body":"{\"Customer Details\":\"Information given by you does not exist in our sytsem.\",` +
			`\"status\":\"failed\"}"}`
		right = `{"request":{"method":"POST","url":"%s` + getPath + `",` +
			`"header":{"Authorization":["Basic x"],"Content-Type":["application/json"]},` +
			`"body":"[{\"phone\":\"9000000001\"}]"},` + response + `}`
		get = `{"request":{"method":"GET","url":"https://acme.example.com` + getPath + `","header":{}},` +
			`"response":{"status":404,"header":{},"body":"Not found"}}`
		preflight = `{"request":{"method":"OPTIONS","url":"https://acme.example.com` + getPath + `","header":{}},` +
			`"response":{"status":204,"header":{}}}`
		elsewhere = `{"request":{"method":"POST","url":"https://acme.example.com/somewhere","header":{}},` +
			`"response":{"status":200,"header":{}}}`
		noContent = `{"log": {"entries": [{"request": {"method": "POST", ` +
			`"url": "https://acme.example.com` + getPath + `", "headers": [` +
			`{"name": "Authorization", "value": "Basic x"}, {"name": "Content-Type", "value": "application/json"}],` +
			`"postData": {"text": "[{\"phone\": \"9000000001\"}]"}}, "response": {"status": 200, ` +
			`"headers": [{"name": "Content-Type", "value": "application/json"}], "content": {"size": 90}}}]}}`
	)
	at := func(base string) string { return strings.Replace(right, "%s", base, 1) }
	coded := strings.Replace(at("https://acme.example.com"),
		`"status":200,"header":{`, `"status":200,"header":{"Content-Encoding":["br"],`, 1)
	askedFor := strings.Replace(coded, `"header":{`, `"header":{"Accept-Encoding":["gzip, br"],`, 1)
	for name, test := range map[string]struct {
		recording string
		args      []string
		code      int
		want      string
	}{
		"another method": {get, []string{"replay"}, exitFindings, "request-method"},
		"a browser asks first": {
			recording: preflight + "\n" + at("https://acme.example.com"),
			args:      []string{"replay"},
			code:      exitConforms,
			want:      "1 exchange used paths",
		},
		"nothing for drift": {elsewhere, []string{"drift"}, exitCannot, "nothing was checked"},
		"a path above": {
			recording: at("https://acme.example.com/kap"),
			args:      []string{"replay"},
			code:      exitFindings,
			want:      "--base-path",
		},
		"a path above, named": {
			recording: at("https://acme.example.com/kap"),
			args:      []string{"replay", "--base-path", "/kap"},
			code:      exitConforms,
			want:      "getCustomer",
		},
		"a path above, named, drift": {
			recording: at("https://acme.example.com/kap"),
			args:      []string{"drift", "--base-path", "/kap"},
			code:      exitConforms,
			want:      "declares every field",
		},
		"a HAR without the contents": {noContent, []string{"replay"}, exitConforms, "1 exchange without a response"},
		"a coding that was asked for": {
			recording: askedFor,
			args:      []string{"replay"},
			code:      exitConforms,
			want:      "1 exchange without a response, or with one in an",
		},
		"a coding that nobody asked for": {
			recording: coded,
			args:      []string{"replay"},
			code:      exitFindings,
			want:      "body-encoding",
		},
		"not a response: no value": {
			recording: `{"request":{"method":"POST","url":"` + getPath + `?9000000001=1","header":{}},` +
				`"response":{"header":{}}}`,
			args: []string{"replay"},
			code: exitFindings,
			want: "(10 characters)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "r")
			if err := os.WriteFile(file, []byte(test.recording), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := program(t, append(test.args, file)...)
			if code != test.code || !strings.Contains(stdout+stderr, test.want) {
				t.Errorf("exit %d, want %d and %q\n%s\n%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// If a server does not speak HTTP, the proxy shows nothing of what it sent, and
// counts the exchange.
func TestProxyBeforeAServerWithoutHTTP(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				fmt.Fprint(conn, `{"phone": "9000000001"}`+"\r\n\r\n")
			}
			conn.Close()
		}
	}()
	server := "http://" + listener.Addr().String()
	address, stop := started(t, "proxy", "--upstream", server, "--addr", "127.0.0.1:0")
	if status, _ := post(t, address+getPath, "x", "[]"); status != http.StatusBadGateway {
		t.Errorf("status %d", status)
	}
	code, stdout, stderr := stop()
	isCounted := strings.Contains(stderr, "nothing was checked; 1 exchange without a response")
	if code != exitCannot || !isCounted || !strings.Contains(stderr, "no response: ") {
		t.Errorf("exit %d\n%s\n%s", code, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "9000000001") {
		t.Errorf("what the server sent is shown:\n%s\n%s", stdout, stderr)
	}
	for show, want := range map[string]bool{"--show-values=false": false, "--show-values": true} {
		_, stdout, stderr = program(t, "run", "--base-url", server, "--token", "x", show,
			"--case", "customer-pull-2021-invalid-dates")
		if !strings.Contains(stdout, "no response: ") || strings.Contains(stdout+stderr, "9000000001") != want {
			t.Errorf("%s: %s\n%s", show, stdout, stderr)
		}
	}
}

// If a credential of an exchange appears again, at any place and in any form, a
// recording does not have it; and what held it is still what it was: JSON, a
// form, compressed.
func TestRecordedCredentials(t *testing.T) {
	pair := func(user, password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}
	const key = "Basic dXNlcjpwYXNz/29yZA==" // user:pass and what is not UTF-8
	for name, test := range map[string]struct {
		authorization, text, want string
	}{
		"after the scheme": {key, `{"text":"Basic dXNlcjpwYXNz/29yZA=="}`, `{"text":"Basic redacted"}`},
		"under another name": {
			authorization: key,
			text:          `[ {"other" : "dXNlcjpwYXNz/29yZA==", "id":9007199254740993} ]`,
			want:          `[ {"other" : "redacted", "id":9007199254740993} ]`,
		},
		"as a name":             {key, `{"dXNlcjpwYXNz/29yZA==":1.10}`, `{"redacted":1.10}`},
		"within a text":         {key, `["?k=dXNlcjpwYXNz%2F29yZA%3D%3D&a=%zz"]`, `["?k=redacted&a=%zz"]`},
		"with an escaped slash": {key, `{"text":"dXNlcjpwYXNz\/29yZA=="}`, `{"text":"redacted"}`},
		"escaped throughout":    {key, `{"text":"\u0064XNlcjpwYXNz\u002f29yZA==\u00e9"}`, `{"text":"redactedé"}`},
		"next to other escapes": {
			authorization: key,
			text:          `{"text":"\/\u00e9\"dXNlcjpwYXNz/29yZA=="}`,
			want:          `{"text":"\/\u00e9\"redacted"}`,
		},
		"JSON within JSON": {
			authorization: key,
			text:          `{"log":"{\"text\":\"dXNlcjpwYXNz\\/29yZA==\"}"}`,
			want:          `{"log":"{\"text\":\"redacted\"}"}`,
		},
		"next to what is not UTF-8": {key, "{\"text\":\"\xff dXNlcjpwYXNz/29yZA==\"}", "{\"text\":\"\xff redacted\"}"},
		"in JSON that ends early":   {key, `{"text":"dXNlcjpwYXNz\/29yZA==","a":{`, `{"text":"redacted","a":{`},
		"escaped, and not JSON":     {pair("asha", `p"wd`), `{"p":"p\"wd","a":{`, `{"p":"redacted","a":{`},
		"in a page":                 {key, `<p>dXNlcjpwYXNz/29yZA==</p>`, `<p>redacted</p>`},
		"in a line of a form":       {key, "to=dXNlcjpwYXNz%2F29yZA%3D%3D", "to=redacted"},
		"the key of a query":        {key, `{"auth_key":"k/ey-in-query"}`, `{"auth_key":"redacted"}`},
		"the key of X-Api-Key":      {key, `{"text":"an-api-key"}`, `{"text":"redacted"}`},
		"a password": {
			authorization: pair("asha", "pass-word"),
			text:          `{"user":"asha","p":"pass-word of asha"}`,
			want:          `{"user":"asha","p":"redacted of asha"}`,
		},
		"a password to be escaped": {pair("asha", `p"<w>\`), `{"p":"p\"\u003cw>\\"}`, `{"p":"redacted"}`},
		"a password with a blank": {
			authorization: pair("asha", "pass word"),
			text:          `["?p=pass%20word&q=pass+word","pass word"]`,
			want:          `["?p=redacted&q=redacted","redacted"]`,
		},
		"one within another": {
			authorization: "Basic an-api",
			text:          `{"a":"an-api-key","b":"an-api"}`,
			want:          `{"a":"redacted","b":"redacted"}`,
		},
		"a short password": {pair("asha", "abc"), `{"p":"abc","q":"asha:abc"}`, `{"p":"abc","q":"redacted"}`},
		"a number": {
			authorization: pair("asha", "4711"),
			text:          `{"p":4711,"phone":90004711,"a":[4711,4711.5,-4711]}`,
			want:          `{"p":0,"phone":90004711,"a":[0,4711.5,-4711]}`,
		},
		"what is not a text": {pair("asha", `":1,"`), `{"a":1,"b":2}`, `{"a":1,"b":2}`},
		"within an escape":   {pair("asha", "00e9 1234"), `{"a":"\u00e9 1234"}`, `{"a":"\u00e9 1234"}`},
		"too short to be looked for": {
			authorization: "Basic abc",
			text:          `{"short":"abc","message":"not a secret"}`,
			want:          `{"short":"abc","message":"not a secret"}`,
		},
		"none": {"", `{"a":"redact, Basic"}`, `{"a":"redact, Basic"}`},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"X-Api-Key": {"an-api-key"}, "Content-Type": {"application/json"}}
			if test.authorization != "" {
				header.Set("Authorization", test.authorization)
			}
			got := recorded(t, conformance.Exchange{
				Request: conformance.Request{
					URL:    "/x?auth_key=k%2Fey-in-query",
					Header: header,
					Body:   []byte(test.text),
				},
				Response: conformance.Response{
					Header: http.Header{"Content-Encoding": {"gzip"}},
					Body:   gzipped(t, test.text),
				},
			})
			if string(got.Request.Body) != test.want {
				t.Errorf("kept as %s, want %s", got.Request.Body, test.want)
			}
			if test.want == test.text && !bytes.Equal(got.Response.Body, gzipped(t, test.text)) {
				t.Error("what holds none is changed")
			}
			if response := inflated(t, got.Response.Body); response != test.want {
				t.Errorf("kept of a compressed response as %s, want %s", response, test.want)
			}
		})
	}
}

// Queries, forms and headers, where nothing else is changed.
func TestRecordedQueries(t *testing.T) {
	for query, want := range map[string]string{
		"":                                  "",
		"b=1&b=%zz&c&=":                     "b=1&b=%zz&c&=",
		"auth_key=k&b={\"c\": 1}":           "auth_key=redacted&b={\"c\": 1}",
		"b=1&auth%5Fkey=k%zz":               "b=1&auth%5Fkey=redacted",
		"Auth_Key=k&+auth_key=l":            "Auth_Key=redacted&+auth_key=redacted",
		"other=a+b/c==&d=+":                 "other=redacted&d=+",
		"other=Basic+a%2Bb%2Fc%3D%3D&d=%2b": "other=Basic+redacted&d=%2b",
		"other=a%2bb%2fc%3d%3d":             "other=redacted",
		"%61%2Bb%2Fc%3D%3D":                 "redacted",
		"a%2Bb%2Fc%3D%3D=1":                 "redacted=1",
		"again=long-key&d=%zz":              "again=redacted&d=%zz",
	} {
		form := "Application/x-www-form-urlencoded; charset=utf-8"
		got := recorded(t, conformance.Exchange{
			Request: conformance.Request{
				URL: "/a%zz?" + query, Body: []byte(query),
				Header: http.Header{
					"Authorization": {"Basic a+b/c=="},
					"X-Api-Key":     {"long-key"},
					"Cookie":        {"a=b"},
					"X-Other":       {"long-key", "of a+b/c=="},
					"Content-Type":  {form},
				},
			},
			Response: conformance.Response{
				Header: http.Header{
					"Set-Cookie":       {"a=b"},
					"Location":         {"/?to=a%2Bb%2Fc%3D%3D"},
					"Content-Type":     {form},
					"Content-Encoding": {"gzip"},
				},
				Body: gzipped(t, query),
			},
		})
		response := inflated(t, got.Response.Body)
		if got.Request.URL != "/a%zz?"+want || string(got.Request.Body) != want || response != want {
			t.Errorf("%s is kept as %s, %s and %s, want %s", query, got.Request.URL, got.Request.Body, response, want)
		}
		for name, want := range map[string]string{
			"Authorization": "[Basic redacted]",
			"X-Api-Key":     "[redacted]",
			"Cookie":        "[redacted]",
			"X-Other":       "[redacted of redacted]",
		} {
			if header := fmt.Sprint(got.Request.Header[name]); header != want {
				t.Errorf("%s is kept as %s, want %s", name, header, want)
			}
		}
		cookie, to := got.Response.Header.Get("Set-Cookie"), got.Response.Header.Get("Location")
		if cookie != redacted || to != "/?to=redacted" {
			t.Errorf("kept as %s and %s", cookie, to)
		}
	}
}

func TestRecordedAddressWithoutQuery(t *testing.T) {
	if got := recorded(t, conformance.Exchange{Request: conformance.Request{URL: "/a"}}); got.Request.URL != "/a" {
		t.Error(got.Request.URL)
	}
}

// recorded is what a recording gives back of an exchange.
func recorded(t *testing.T, ex conformance.Exchange) conformance.Exchange {
	t.Helper()
	ex.Request.Method = http.MethodPost
	line, err := json.Marshal(new(credentialFinder).recordOf(time.Time{}, ex))
	if err != nil {
		t.Fatal(err)
	}
	back, err := readLine(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return back.Exchange
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression) // what is compressed anew is seen
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inflated(t *testing.T, body []byte) string {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// The result says how long an exchange took.
func TestProxyTimesExchanges(t *testing.T) {
	const slow = 20 * time.Millisecond
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(slow)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":5}`)
	}))
	defer upstream.Close()

	for _, args := range [][]string{nil, {"--fail"}} {
		all := []string{"proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0", "--format", "junit"}
		address, stop := started(t, append(all, args...)...)
		post(t, address+getPath, "some-key-1234", `[{"phone":"9000000001"}]`)
		_, stdout, _ := stop()
		var suites struct {
			Case struct {
				Time float64 `xml:"time,attr"`
			} `xml:"testsuite>testcase"`
		}
		if err := xml.Unmarshal([]byte(stdout), &suites); err != nil || suites.Case.Time < slow.Seconds() {
			t.Errorf("%v: took %v, %v\n%s", args, suites.Case.Time, err, stdout)
		}
	}
}
