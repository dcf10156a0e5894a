package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Coverage adds up over runs and recordings, and has a threshold.
func TestCoverageProgram(t *testing.T) {
	folder := t.TempDir()
	one := filepath.Join(folder, "one.json")
	two := filepath.Join(folder, "two.json")
	recording := filepath.Join(folder, "r.ndjson")
	recordSome(t, recording, `{"Customer Details":{"id":1,"name":"Asha"},"status":"success"}`, 2)

	for _, args := range [][]string{
		{"run", "--case", "faq*", "--coverage", one},
		{"run", "--case", "product*", "--coverage", one},
		{"replay", recording, "--coverage", two},
	} {
		if code, stdout, stderr := program(t, args...); code == exitCannot {
			t.Fatalf("%v: exit %d\n%s%s", args, code, stdout, stderr)
		}
	}

	sum := filepath.Join(folder, "sum.json")
	code, stdout, stderr := program(t, "coverage", "--unseen", "--output", sum, one, two)
	for _, want := range []string{
		", 3 runs", "getFAQContents", "getCustomer             2 ",
		"never used: addTicket\n", "never seen: getCustomer response ",
	} {
		if code != exitConforms || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, no %q\n%s%s", code, want, stdout, stderr)
		}
	}
	if strings.Contains(stdout, "never used: getCustomer\n") || strings.Contains(stdout, "never used: pushProduct\n") {
		t.Errorf("what one of the files has is called never used:\n%s", stdout)
	}
	_, again, _ := program(t, "coverage", "--unseen", sum)
	if again != stdout {
		t.Errorf("the sum is another one:\n%s\n%s", again, stdout)
	}
	if strings.Contains(read(t, sum), "Asha") {
		t.Error("the file has a value")
	}

	for share, want := range map[string]int{"0": exitConforms, "20": exitFindings, "101": exitCannot} {
		code, _, stderr := program(t, "coverage", "--min-coverage", share, one, two)
		if code != want || (code == exitFindings) != strings.Contains(stderr, "fields seen: ") {
			t.Errorf("%s: exit %d, want %d\n%s", share, code, want, stderr)
		}
	}
	code, stdout, _ = program(t, "coverage", "--format", "json", one)
	if code != exitConforms || !strings.Contains(stdout, `"sum": {`) {
		t.Errorf("exit %d\n%s", code, stdout)
	}

	for name, args := range map[string][]string{
		"is not a coverage file":               {"coverage", recording},
		"reading the coverage":                 {"coverage", filepath.Join(folder, "none.json")},
		"coverage needs a coverage file":       {"coverage"},
		"--coverage: " + recording + " is not": {"run", "--coverage", recording},
	} {
		code, stdout, stderr := program(t, args...)
		if code != exitCannot || stdout != "" || !strings.Contains(stderr, name) {
			t.Errorf("exit %d, want %q\n%s%s", code, name, stdout, stderr)
		}
	}
}

// The mock adds what its clients made it show, also of a recording. One that no
// client used writes nothing.
func TestCoverageOfTheMock(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "c.json")
	recording := filepath.Join(folder, "r.ndjson")
	write(t, recording, []byte(recordedLine(t, getPath, `[{"phone":"9000000001"}]`, plainText(notFound))))

	for _, flags := range [][]string{{"--check"}, {"--from", recording}} {
		s := startServer(t, append([]string{"mock", "--addr", "127.0.0.1:0", "--coverage", file}, flags...)...)
		post(t, s.ready.URL+getPath, "test-a", `[{"phone":"9000000001"}]`)
		post(t, s.ready.URL+addPath, "test-a", goodAdd)
		if code, _, stderr := s.end(t); code == exitCannot {
			t.Fatalf("%v: exit %d\n%s", flags, code, stderr)
		}
	}

	text := read(t, file)
	if strings.Contains(text, "9000000001") || !strings.Contains(text, `"target": "`+recording+`"`) {
		t.Errorf("the file has a value, or not the recording:\n%s", text)
	}
	code, stdout, stderr := program(t, "coverage", "--min-coverage", "90", "--unseen", file)
	for _, want := range []string{
		", 2 runs", "getCustomer             2 ", "addUpdateCustomer       1 ", "never used: addTicket\n",
	} {
		if code != exitFindings || !strings.Contains(stdout, want) {
			t.Errorf("exit %d, no %q\n%s%s", code, want, stdout, stderr)
		}
	}

	unused := filepath.Join(folder, "unused.json")
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--check", "--coverage", unused)
	s.end(t)
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("a mock that no client used wrote %v, %v", left, err)
	}

	code, _, stderr = program(t, "mock", "--addr", "127.0.0.1:0", "--coverage", recording)
	if code != exitCannot || !strings.Contains(stderr, "--coverage: "+recording+" is not a coverage file") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}
