package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/kapture-community/kapture-go/conformance/bench/usage"
)

// Program is what to start as a process.
type Program struct {
	Name string
	Args []string
	Env  []string
	// Address is where it listens, empty if it is not a server.
	Address string
	TLS     bool
}

// Process is a running program.
type Process struct {
	Program
	Started time.Time

	cmd    *exec.Cmd
	stdin  io.Closer
	stdout bytes.Buffer
	stderr tail
	ended  chan struct{}
	err    error // valid once it has ended
}

// start starts a program. It is killed with everything that it has started when
// ctx ends.
func start(ctx context.Context, p Program) (*Process, error) {
	//nolint:gosec // programs of this repository and its peers
	cmd := exec.CommandContext(ctx, p.Args[0], p.Args[1:]...)
	run := &Process{Program: p, cmd: cmd, ended: make(chan struct{})}
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Stdout = &run.stdout
	cmd.Stderr = &run.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = run.kill
	cmd.WaitDelay = 5 * time.Second

	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	run.stdin = stdin
	run.Started = time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s cannot be started: %w", p.Name, err)
	}

	go func() {
		run.err = cmd.Wait()
		close(run.ended)
	}()
	return run, nil
}

// URL returns the address of a server as a URL.
func (p *Process) URL() string {
	if p.TLS {
		return "https://" + p.Address
	}
	return "http://" + p.Address
}

// startServer starts a server and waits until it listens.
func startServer(ctx context.Context, p Program) (*Process, error) {
	server, err := start(ctx, p)
	if err != nil {
		return nil, err
	}

	deadline := time.After(60 * time.Second)
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", p.Address)
		if err == nil {
			conn.Close()
			return server, nil
		}
		select {
		case <-server.ended:
			return nil, fmt.Errorf("%s ended before it served: %w: %s", p.Name, server.err, &server.stderr)
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), server.Stop())
		case <-deadline:
			return nil, errors.Join(fmt.Errorf("%s does not listen on %s", p.Name, p.Address), server.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (p *Process) kill() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) }

// CPU returns the processor time that the process has used until now, in seconds.
// After its end that is the time of its whole life.
func (p *Process) CPU() (float64, error) {
	select {
	case <-p.ended:
		state := p.cmd.ProcessState
		return (state.UserTime() + state.SystemTime()).Seconds(), nil
	default:
	}
	used, err := usage.CPU(p.cmd.Process.Pid)
	return used.Seconds(), err
}

// Peak returns the most memory that the process has used until now, in megabytes.
func (p *Process) Peak() (float64, error) { return usage.Peak(p.cmd.Process.Pid) }

// maxResident returns the most memory that the process has used in its life, in
// megabytes, once it has ended. It is never less than what this program used when
// it started the process, so that it serves for large figures only.
func (p *Process) maxResident() float64 {
	usage, ok := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return float64(usage.Maxrss) * 1024 / 1e6
}

// Stop ends the process as its user would, and kills it if it does not end. It
// returns an error if the process was killed.
func (p *Process) Stop() error {
	p.stdin.Close()
	select {
	case <-p.ended:
		return nil
	case <-time.After(100 * time.Millisecond):
	}

	// What does not end with its standard input.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(fmt.Errorf("%s did not stop", p.Name), p.kill())
	}
}

// Wait waits until the process has ended, and returns an error if its exit code
// is none of the given ones.
func (p *Process) Wait(codes ...int) error {
	<-p.ended
	for _, code := range codes {
		if p.cmd.ProcessState.ExitCode() == code {
			return nil
		}
	}
	return fmt.Errorf("%s: %w: %s", p.Name, p.err, &p.stderr)
}

// tail keeps the end of what a program writes.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if len(t.text) > tailSize {
		t.text = append([]byte(nil), t.text[len(t.text)-tailSize:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}

// freeAddress returns an address of this machine on which nobody listens.
func freeAddress(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := listener.Addr().String()
	return address, listener.Close()
}
