package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stuck starts a proxy as a process, with a request on its way that never ends.
func stuck(t *testing.T, upgrade string) (cmd *exec.Cmd, log *strings.Builder, client net.Conn) {
	t.Helper()
	arrived := make(chan bool, 1)
	upstream := rawServer(t, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		headAndRest(reader)
		if upgrade != "" {
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
		}
		arrived <- true
		_, _ = io.Copy(io.Discard, reader)
	})

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, os.Args[0], "proxy",
		"--addr", "127.0.0.1:0", "--upstream", upstream, "--ready-file", "-")
	log = &strings.Builder{}
	cmd.Stderr = log
	line, err := launch(t, cmd).ReadString('\n')
	if err != nil {
		t.Fatal(line, err)
	}
	_, rest, _ := strings.Cut(line, "http://")
	address, _, _ := strings.Cut(rest, `"`)
	client, err = net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: 0\r\n\r\n", getPath, upgrade)
	<-arrived
	return cmd, log, client
}

// The proxy ends when it is stopped, whatever is on its way, and says what it
// did not check.
func TestProxyEndsWithOpenConnections(t *testing.T) {
	const why = "nothing was checked; 1 exchange still open or unchecked when the proxy was stopped"
	for name, upgrade := range map[string]string{
		"a request without a response": "",
		"an upgrade":                   "Connection: Upgrade\r\nUpgrade: h2c\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd, log, _ := stuck(t, upgrade)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // the context bounds it
			code := cmd.ProcessState.ExitCode()
			if code != exitCannot || !strings.Contains(log.String(), why) {
				t.Errorf("exit %d\n%s", code, log)
			}
		})
	}
}

// A second signal ends it at once.
func TestSecondSignal(t *testing.T) {
	cmd, log, client := stuck(t, "")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// It listens no more once it has taken the first one, and a moment later it
	// takes no more signals.
	for {
		conn, err := net.Dial("tcp", client.RemoteAddr().String())
		if err != nil {
			break
		}
		conn.Close()
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err := untilEnded(cmd, ended)

	var failed *exec.ExitError
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !errors.As(err, &failed) || !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v\n%s", err, log)
	}
}

// untilEnded sends the signal again until the program has ended.
func untilEnded(cmd *exec.Cmd, ended <-chan error) error {
	for {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// A proxy that is its own server says so when it starts, under any of its names.
func TestProxyBeforeItself(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	free.Close()
	for _, test := range [][]string{
		{"--addr", "127.0.0.1:" + port, "--upstream", "http://127.0.0.1:" + port},
		{"--addr", "127.0.0.1:" + port, "--upstream", "http://localhost:" + port + "/kapture"},
		{"--addr", "0.0.0.0:" + port, "--allow-remote", "--upstream", "http://127.0.0.1:" + port},
	} {
		code, stdout, stderr := program(t, append([]string{"proxy"}, test...)...)
		if code != exitCannot || stdout != "" || !strings.Contains(stderr, "is the proxy itself") {
			t.Errorf("%v: exit %d\n%s", test, code, stderr)
		}
	}
}

// A client on the proxy's machine may have the port that the proxy has for one of
// its connections to the server. That is no loop.
func TestProxyAndClientWithOnePort(t *testing.T) {
	var forward *forwarder
	server := rawServer(t, func(conn net.Conn) {
		headAndRest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})
	p := proxyBefore(t, server, func(f *forwarder) { forward = f })
	client, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	forward.transport.own.Store(ends{from: client.LocalAddr().String(), to: server}, true)
	fmt.Fprint(client, "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	got, err := io.ReadAll(client)
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 204 ") {
		t.Errorf("got %q, %v", got, err)
	}
}

// A loop that only shows when a request passes ends with its first turn.
func TestProxyThatLeadsToItself(t *testing.T) {
	relay := ""
	between := rawServer(t, func(net.Conn) { t.Error("a request passed a server that only redirects connections") })
	p := proxyBefore(t, between, func(f *forwarder) {
		f.transport.transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return f.transport.dial(ctx, network, relay)
		}
	})
	relay = p.address
	got := exchangeRaw(t, p.address, "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, fmt.Sprintf("HTTP/1.1 %d ", http.StatusLoopDetected)) {
		t.Errorf("got %q", got)
	}
}
