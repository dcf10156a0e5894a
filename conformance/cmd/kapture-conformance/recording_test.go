package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// recordSome records so many exchanges that conform, or break the contract.
func recordSome(t *testing.T, file, body string, count int) {
	t.Helper()
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body)
	}))
	defer upstream.Close()
	address, stop := started(t, "proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0", "--record", file)
	for range count {
		post(t, address+getPath, "some-key-1234", `[{"phone":"9000000001"}]`)
	}
	if code, stdout, stderr := stop(); code == exitCannot {
		t.Fatalf("exit %d\n%s%s", code, stdout, stderr)
	}
}

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A recording that a full disk or a killed program left torn is worth its good
// lines, and the next program continues it after the last of them.
func TestTornRecording(t *testing.T) {
	for _, suffix := range []string{".ndjson", ".har"} {
		file := filepath.Join(t.TempDir(), "r"+suffix)
		recordSome(t, file, notFound, 3)
		good := read(t, file)
		torn := good[:len(good)-60]
		write(t, file, []byte(torn))
		for _, command := range []string{"replay", "drift"} {
			code, stdout, stderr := program(t, command, file)
			if code != exitConforms || strings.Contains(stderr, "9000000001") || stderr == "" {
				t.Errorf("%s %s: exit %d\n%s%s", command, suffix, code, stdout, stderr)
			}
			isCounted := strings.Contains(stdout, "2 exchanges") &&
				strings.Contains(stdout, "1 exchange that cannot be read")
			if command == "replay" && !isCounted {
				t.Errorf("%s:\n%s%s", suffix, stdout, stderr)
			}
		}

		recordSome(t, file, notFound, 2)
		code, stdout, stderr := program(t, "replay", file)
		if code != exitConforms || stderr != "" || !strings.Contains(stdout, "4 exchanges") {
			t.Errorf("%s, continued: exit %d\n%s%s", suffix, code, stdout, stderr)
		}
	}
}

// What another program wrote stays as it is.
func TestRecordKeepsOtherFiles(t *testing.T) {
	for name, text := range map[string]string{
		"notes.txt":   "not a recording",
		"more.txt":    "not a recording\n",
		"two.txt":     "not a recording\nat all",
		"browser.har": `{"log":{"version":"1.2","entries":[]}}`,
	} {
		file := filepath.Join(t.TempDir(), name)
		write(t, file, []byte(text))
		code, _, stderr := program(t, "proxy", "--addr", "127.0.0.1:0",
			"--upstream", "http://127.0.0.1:1", "--record", file)
		if code != exitCannot || !strings.Contains(stderr, "is not a recording") || read(t, file) != text {
			t.Errorf("%s: exit %d, %s, %q", name, code, stderr, read(t, file))
		}
	}
}

// A disk that is full ends the recording with a whole line, and the program says
// that it lacks some.
func TestRecordOnAFullDisk(t *testing.T) {
	for _, suffix := range []string{".ndjson", ".har"} {
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, notFound)
		}))
		defer upstream.Close()
		file := filepath.Join(t.TempDir(), "r"+suffix)
		script := `ulimit -f 4; trap "" XFSZ; exec "$@"`
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script, "bash", os.Args[0],
			"proxy", "--upstream", upstream.URL, "--addr", "127.0.0.1:0", "--record", file)
		address, stop := startedAs(t, cmd)
		for range 12 {
			status, _ := post(t, address+getPath, "some-key-1234", `[{"phone":"9000000001"}]`)
			if status != http.StatusOK {
				t.Error(status)
			}
		}
		code, _, said := stop()
		isSaid := strings.Contains(said, "not recorded") && strings.Contains(said, "the recording lacks exchanges")
		if code != exitCannot || !isSaid {
			t.Errorf("%s: exit %d\n%s", suffix, code, said)
		}
		code, stdout, stderr := program(t, "replay", file)
		if code != exitConforms || stderr != "" {
			t.Errorf("%s: exit %d\n%s%s", suffix, code, stdout, stderr)
		}
	}
}

// A recording in either form says the same.
func TestRecordHAR(t *testing.T) {
	const wrong = `{"Customer Details":"é","status":5}`
	for _, suffix := range []string{".ndjson", ".har"} {
		file := filepath.Join(t.TempDir(), "r"+suffix)
		recordSome(t, file, wrong, 2)
		recordSome(t, file, notFound, 1)
		code, stdout, stderr := program(t, "replay", file)
		isFound := strings.Contains(stdout, "/status") && !strings.Contains(stdout, "(1 client)")
		if code != exitFindings || !isFound || !strings.Contains(stdout, "3 exchanges") {
			t.Errorf("%s: exit %d\n%s%s", suffix, code, stdout, stderr)
		}
	}
}

// archiveOf is an archive with one entry.
func archiveOf(request, response string) string {
	return `{"log":{"entries":[{` +
		`"request":{"method":"POST","url":"https://a.example.com` + getPath + `",` + request + `},` +
		`"response":{"status":200,"headers":[{"name":"Content-Type","value":"application/json"}],` + response + `}}]}}`
}

// What an archive left out is unknown, not absent, and its form is what counts.
func TestArchives(t *testing.T) {
	const (
		body        = `"postData":{"text":"[{\"phone\":\"9000000001\"}]"},"bodySize":24`
		contentType = `{"name":"Content-Type","value":"application/json"}`
		noKey       = `"headers":[` + contentType + `]`
		key         = `"headers":[{"name":"Authorization","value":"Basic x"},` + contentType + `]`
		response    = `"content":{"size":90,"text":"{\"Customer Details\":` +
			`\"Information given by you does not exist in our sytsem.\",\"status\":\"failed\"}"}`
		oddHeader = `","headers":[{"name":"A","value":{}}]`
		oddEntry  = `{"request":{"method":"POST","url":"https://a.example.com` + getPath + oddHeader + `},` +
			`"response":{"status":200}}`
	)
	good := archiveOf(key+","+body, response)
	misspeltEntry := strings.Replace(oddEntry, getPath+oddHeader, getPath+`s","headers":[]`, 1)
	inUTF16 := func(mark bool) string {
		var b []byte
		if mark {
			b = []byte{0xff, 0xfe}
		}
		for _, unit := range utf16.Encode([]rune(good)) {
			b = append(b, byte(unit), byte(unit>>8))
		}
		return string(b)
	}
	tests := map[string]struct {
		text string
		code int
		want string
	}{
		"whole":         {good, exitConforms, "Conforms"},
		"no credential": {archiveOf(noKey+","+body, response), exitConforms, "without any credential"},
		"no body, but its size": {
			text: archiveOf(key+`,"bodySize":55`, response),
			code: exitConforms,
			want: "recorded without the request's body",
		},
		"a body that is null": {
			text: archiveOf(key+`,"postData":null,"bodySize":55`, response),
			code: exitConforms,
			want: "recorded without the request's body",
		},
		"no body and size 0": {archiveOf(key+`,"bodySize":0`, response), exitFindings, "body-missing"},
		"sizes as texts and fractions": {
			text: archiveOf(
				key+`,`+strings.Replace(body, "24", `"24.5"`, 1),
				strings.Replace(response, "90", `"90"`, 1)),
			code: exitConforms,
			want: "Conforms",
		},
		"an odd entry next to a good one": {
			text: strings.Replace(good, `"entries":[`, `"entries":[`+oddEntry+`,`, 1),
			code: exitConforms,
			want: "1 exchange that cannot be read",
		},
		"another field before log": {`{"_made_by":{"log":1},` + good[1:], exitConforms, "Conforms"},
		"blanks before it":         {strings.Repeat(" \n", 100) + good, exitConforms, "Conforms"},
		"UTF-16 with a mark":       {inUTF16(true), exitConforms, "Conforms"},
		"UTF-16 without one":       {inUTF16(false), exitConforms, "Conforms"},
		"two of them": {
			text: good + "\n" + good,
			code: exitCannot,
			want: fmt.Sprintf("the HAR ends at byte %d, and more follows", len(good)),
		},
		"a path nearly of the contract": {
			text: strings.Replace(good, getPath, getPath+"s", 1),
			code: exitFindings,
			want: "; the nearest is POST",
		},
		"advice for such a path": {
			text: strings.Replace(good, getPath, getPath+"s", 1),
			code: exitFindings,
			want: "name that with --base-path",
		},
		"nothing of the contract": {
			text: strings.Replace(good, getPath, "/logo.png", 1),
			code: exitCannot,
			want: "nothing was checked",
		},
		"an entry without a request": {
			text: strings.Replace(good, `"entries":[`, `"entries":[{"request":null},`, 1),
			code: exitConforms,
			want: "entry 1: the request has no method or no url",
		},
		"an entry of another type": {
			text: strings.Replace(good, `"entries":[`, `"entries":[{"request":"x"},`, 1),
			code: exitConforms,
			want: "entry 1: the entry cannot be read: request: got string, expected an object\n",
		},
		"one that is, and nearly another": {
			text: strings.Replace(good, `"entries":[`, `"entries":[`+misspeltEntry+`,`, 1),
			code: exitFindings,
			want: "; the nearest is POST",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.txt")
			write(t, file, []byte(test.text))
			code, stdout, stderr := program(t, "replay", file)
			if code != test.code || !strings.Contains(stdout+stderr, test.want) {
				t.Errorf("exit %d, want %d and %q\n%s%s", code, test.code, test.want, stdout, stderr)
			}
		})
	}
}

// Standard input is a recording, too, and two exchanges in one line are not one.
func TestReplayReadsStandardInput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.ndjson")
	recordSome(t, file, notFound, 1)
	line := read(t, file)
	two := strings.TrimSpace(line)
	for text, want := range map[string]string{
		line:                    "1 exchange;",
		line + two + two + "\n": "1 exchange that cannot be read",
	} {
		var out, errs strings.Builder
		code := execute(t.Context(), []string{"replay", "-"}, streams{
			in:  strings.NewReader(text),
			out: &out,
			err: &errs,
		})
		if code != exitConforms || !strings.Contains(out.String(), want) {
			t.Errorf("exit %d, want %q\n%s%s", code, want, &out, &errs)
		}
	}
}

// A form that an archive has as its fields is rebuilt.
func TestFormOfAnArchive(t *testing.T) {
	text := "form"
	for _, test := range []struct {
		post  harPostData
		want  string
		known bool
	}{
		{
			post: harPostData{
				MimeType: "application/x-www-form-urlencoded; charset=UTF-8",
				Params:   []harParam{{"a b", "1&2"}, {"c", ""}},
			},
			want:  "a+b=1%262&c=",
			known: true,
		},
		{harPostData{MimeType: "multipart/form-data", Params: []harParam{{"a", "1"}}}, "", false},
		{harPostData{MimeType: "text/plain", Text: &text}, "form", true},
	} {
		body, known, err := test.post.body()
		if string(body) != test.want || known != test.known || err != nil {
			t.Errorf("%+v: %q %t %v", test.post, body, known, err)
		}
	}
}

// Identifiers that are names in a body are not proposed as fields of the
// contract.
func TestDriftOfIdentifiers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.ndjson")
	const body = `{"Customer Details":{"id":1,"name":"Asha","9876543210":1,"9876543211":{"a":1},"moon":1},` +
		`"status":"success"}`
	recordSome(t, file, body, 1)
	code, stdout, stderr := program(t, "drift", "--overlay", file)
	isProposed := strings.Contains(stdout, `"moon"`) && !strings.Contains(stdout, "characters)\"")
	if code != exitFindings || !isProposed || !strings.Contains(stdout, "consider additionalProperties") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}

// A line that is not an exchange is reported without the types of this program.
func TestLinesThatCannotBeRead(t *testing.T) {
	for line, want := range map[string]string{
		`{"request":{"method":5}}`:                   "request.method: got number, expected a text",
		`{"request":{"method":"POST","url":[]}}`:     "request.url: got array, expected a text",
		`{"request":{"header":[]}}`:                  "request.header: got array, expected an object",
		`{"response":{"status":"200"}}`:              "response.status: got string, expected a whole number",
		`{"response":{"truncated":1}}`:               "response.truncated: got number, expected true or false",
		`{"request":{"header":{"Accept":"*"}}}`:      "got string, expected a list",
		`[]`:                                         "the whole: got array, expected an object",
		`{"request":{"url":"/"},"response":{}}`:      "the request has no method or no url",
		`{"request":{"method":"POST"},"response":{}`: "unexpected end of JSON input",
	} {
		_, err := readLine([]byte(line))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}
