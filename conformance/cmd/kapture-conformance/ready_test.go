package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is the program as a process that serves, started as a test harness
// starts it: it reads the ready line and holds standard input.
type server struct {
	ready  ready
	stdin  io.WriteCloser
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	args = append(args, "--ready-file", "-", "--exit-with-stdin")
	s := &server{cmd: exec.CommandContext(ctx, os.Args[0], args...), stderr: &bytes.Buffer{}}
	s.cmd.Stderr = s.stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.stdin = stdin
	s.stdout = launch(t, s.cmd)

	line, err := s.stdout.ReadBytes('\n')
	if err != nil {
		_ = s.cmd.Wait()
		t.Fatalf("no ready line: %v\n%s", err, s.stderr)
	}
	if err := json.Unmarshal(line, &s.ready); err != nil {
		t.Fatalf("%s: %v", line, err)
	}

	return s
}

// end closes standard input, and says how the process ended.
func (s *server) end(t *testing.T) (code int, stdout, stderr string) {
	t.Helper()
	if err := s.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(s.stdout)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.cmd.Wait()

	return s.cmd.ProcessState.ExitCode(), string(rest), s.stderr.String()
}

// get reads what a server says about itself.
func get(t *testing.T, address string, into any) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		t.Fatal(err)
	}

	return res.StatusCode
}

// Each server says on standard output that it serves, and ends with its starter.
func TestServersAreReadyAndEndWithStandardInput(t *testing.T) {
	upstream := startServer(t, "mock", "--addr", "127.0.0.1:0")
	proxy := startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", upstream.ready.URL)
	for _, s := range []*server{upstream, proxy} {
		var said healthy
		if status := get(t, s.ready.URL+controlPath+"health", &said); status != http.StatusOK || said.Status != "ok" {
			t.Errorf("%v: HTTP %d, %+v", s.cmd.Args, status, said)
		}
		if s.ready.Command != said.Command || s.ready.PID != s.cmd.Process.Pid || s.ready.Version == "" {
			t.Errorf("%v: ready %+v, but it says %+v", s.cmd.Args, s.ready, said)
		}
	}

	if code, _, stderr := proxy.end(t); code != exitCannot || !strings.Contains(stderr, "nothing was checked") {
		t.Errorf("the proxy ended with %d\n%s", code, stderr)
	}
	code, stdout, stderr := upstream.end(t)
	listens := "kapture mock listening on " + upstream.ready.URL
	if code != exitConforms || stdout != "" || !strings.Contains(stderr, listens) {
		t.Errorf("the mock ended with %d\n%s\n%s", code, stdout, stderr)
	}
}

// A ready file names the server while it serves, and no earlier one.
func TestReadyFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "ready.json")
	if err := os.WriteFile(name, []byte(`{"url":"http://127.0.0.1:1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "mock", "--addr", "127.0.0.1:0", "--ready-file", name)
	first, err := launch(t, cmd).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var said ready
	for { // the file follows the text for people
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &said)
		}
		if err == nil {
			break
		}
		if !os.IsNotExist(err) || ctx.Err() != nil {
			t.Fatalf("%v, %v", err, ctx.Err())
		}
	}
	if said.PID != cmd.Process.Pid {
		t.Errorf("the file names an earlier server: %+v", said)
	}
	if !strings.HasSuffix(first, " "+said.URL+"\n") {
		t.Errorf("printed %q, the file says %s", first, said.URL)
	}

	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Dir(name))
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// A server that does not start leaves no ready file.
func TestReadyFileOfAServerThatDoesNotStart(t *testing.T) {
	folder := t.TempDir()
	name := filepath.Join(folder, "ready.json")
	code, _, _ := program(t, "mock", "--addr", "127.0.0.1:0", "--ready-file", name, "--token", "")
	if code != exitCannot {
		t.Errorf("exit %d", code)
	}
	code, _, _ = program(t, "proxy", "--addr", "192.0.2.1:1", "--allow-remote",
		"--upstream", "http://127.0.0.1:1", "--ready-file", name)
	if code != exitCannot {
		t.Errorf("exit %d", code)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// A server that listens on every address prints one that a client can call.
func TestPrintedAddressCanBeCalled(t *testing.T) {
	for _, args := range [][]string{
		{"mock", "--addr", "0.0.0.0:0", "--allow-remote"},
		{"proxy", "--addr", ":0", "--allow-remote", "--upstream", "http://127.0.0.1:1"},
	} {
		s := startServer(t, args...)
		_, _, stderr := s.end(t)
		canBeCalled := strings.HasPrefix(s.ready.URL, "http://127.0.0.1:")
		if !canBeCalled || !strings.Contains(stderr, "listening on "+s.ready.URL) {
			t.Errorf("%v: ready at %s, printed\n%s", args, s.ready.URL, stderr)
		}
	}
}
