//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What COMMAND leaves running is ended.
func TestClientEndsWhatIsLeftRunning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	t.Setenv("LEFT_RUNNING", file)
	code, _, stderr := program(t, "client", "--scenario", "plain", "--", os.Args[0], asClient, "leaving")
	if code != exitConforms {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for !ended(pid) {
		if t.Context().Err() != nil {
			t.Fatalf("the process %d is still running", pid)
		}
	}
}

// ended reports whether a process has ended. One that nobody has waited for yet
// has, too.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}
