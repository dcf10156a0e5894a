package report

import (
	"bytes"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for name, run := range map[string]*Run{"findings.txt": sample(), "good.txt": good()} {
		var b bytes.Buffer
		if err := Text(&b, run, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
		if bytes.ContainsRune(b.Bytes(), 0x1b) {
			t.Errorf("%s: colours without a terminal", name)
		}
	}
}

func TestColoursChangeNoColumn(t *testing.T) {
	var coloured, plain bytes.Buffer
	if err := Text(&coloured, sample(), TextOptions{Color: true, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&plain, sample(), TextOptions{Verbose: true}); err != nil {
		t.Fatal(err)
	}

	isColoured := strings.Contains(coloured.String(), "\x1b[31m")
	isVerbose := strings.Contains(coloured.String(), "Person.nick, Person.zone")
	if !isColoured || !isVerbose {
		t.Errorf("%q", coloured.String())
	}
	withoutColours := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(coloured.String(), "")
	if withoutColours != plain.String() {
		t.Errorf("got\n%s\nwant\n%s", withoutColours, plain.String())
	}
}

// Skipped cases of one kind are one line, unless each is wanted.
func TestSkippedCases(t *testing.T) {
	run := &Run{
		Cases: []Case{
			{Status: Skipped, Reason: "it is a guess: one"},
			{Status: Skipped, Reason: "it is a guess: another"},
		},
	}
	for verbose, want := range map[bool]string{
		false: "skipped 2 cases: it is a guess\n",
		true:  "skipped 1 case: it is a guess: one\nskipped 1 case: it is a guess: another\n",
	} {
		var b bytes.Buffer
		if err := Text(&b, run, TextOptions{Verbose: verbose}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v %s", err, b.String())
		}
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for _, width := range []int{80, 100, 200} {
		var b bytes.Buffer
		if err := Text(&b, sample(), TextOptions{Verbose: true, Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if utf8.RuneCountInString(line) > width {
				t.Errorf("%d columns, want at most %d: %s", utf8.RuneCountInString(line), width, line)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	for name, test := range map[string]struct {
		run  func(*Run)
		want string
	}{
		"conforms": {run: func(*Run) {}, want: "Conforms: 1 case ran; 2 exchanges; no findings; 2.35s"},
		"filtered": {
			run:  func(r *Run) { r.Suite = 275 },
			want: "Partial: 1 of 275 cases ran; 2 exchanges; no findings; 2.35s",
		},
		"unchecked": {
			run:  func(r *Run) { r.Unchecked = 3 },
			want: "Partial: 1 case ran; 2 exchanges; 3 not checked; no findings; 2.35s",
		},
		"skipped": {
			run:  func(r *Run) { r.Cases = append(r.Cases, sample().Cases[5]) },
			want: "Partial: 1 of 2 cases ran, 1 skipped; 2 exchanges; no findings; 2.35s",
		},
		"findings": {
			run: func(r *Run) { *r = *sample() },
			want: "Does not conform: 5 of 6 cases ran, 4 failed, 1 skipped; 8 exchanges; 5\n" +
				"  findings (3 server, 1 client, 1 contract); 2 undeclared fields; 2.35s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			run := good()
			test.run(run)
			var b bytes.Buffer
			if err := Text(&b, run, TextOptions{}); err != nil {
				t.Fatal(err)
			}
			paragraphs := strings.Split(strings.TrimRight(b.String(), "\n"), "\n\n")
			if last := paragraphs[len(paragraphs)-1]; last != test.want {
				t.Errorf("got  %s\nwant %s", last, test.want)
			}
		})
	}
}

func TestCurl(t *testing.T) {
	run := sample()
	run.Cases[3].Traffic = []Traffic{{Request: Message{
		Method: "POST",
		URL:    "http://127.0.0.1:8080/people",
		Header: http.Header{"Authorization": {"[redacted]"}, "Content-Type": {"application/json"}},
		Body:   `[{"name":"O'Neil"}]`,
	}}}
	var b bytes.Buffer
	if err := Text(&b, run, TextOptions{Curl: true}); err != nil {
		t.Fatal(err)
	}
	const want = `
      curl -sS -X POST http://127.0.0.1:8080/people \
        -H "Authorization: Basic $KAPTURE_TOKEN" \
        -H 'Content-Type: application/json' \
        --data-raw '[{"name":"O'\''Neil"}]'
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("no curl command in\n%s", b.String())
	}
}

// A body cannot make the command send a file of whoever runs it.
func TestCurlReadsNoFile(t *testing.T) {
	hostile := Traffic{Request: Message{Method: "POST", URL: "http://127.0.0.1:8080/people", Body: "@/etc/hosts"}}
	command := hostile.Curl()
	if !strings.HasSuffix(command, "--data-raw @/etc/hosts") {
		t.Errorf("curl would read the file:\n%s", command)
	}
}

func TestColorMode(t *testing.T) {
	for name, test := range map[string]struct {
		mode     ColorMode
		env      map[string]string
		terminal bool
		want     bool
	}{
		"a terminal":           {mode: ColorAuto, terminal: true, want: true},
		"a dumb terminal":      {mode: ColorAuto, env: map[string]string{"TERM": "dumb"}, terminal: true},
		"a pipe":               {mode: ColorAuto},
		"NO_COLOR":             {mode: ColorAuto, env: map[string]string{"NO_COLOR": "1"}, terminal: true},
		"FORCE_COLOR":          {mode: ColorAuto, env: map[string]string{"FORCE_COLOR": "1"}, want: true},
		"FORCE_COLOR=0":        {mode: ColorAuto, env: map[string]string{"FORCE_COLOR": "0"}},
		"CLICOLOR_FORCE":       {mode: ColorAuto, env: map[string]string{"CLICOLOR_FORCE": "1"}, want: true},
		"NO_COLOR is stronger": {mode: ColorAuto, env: map[string]string{"NO_COLOR": "1", "FORCE_COLOR": "1"}},
		"always, into a pipe":  {mode: ColorAlways, env: map[string]string{"NO_COLOR": "1"}, want: true},
		"never, on a terminal": {mode: ColorNever, env: map[string]string{"FORCE_COLOR": "1"}, terminal: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TERM"} {
				t.Setenv(variable, test.env[variable])
			}
			if got := test.mode.Allows(test.terminal); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
