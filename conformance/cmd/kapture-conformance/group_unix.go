//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// wholeGroup ends, with a command, whatever it has started: a shell or a build
// tool would leave its children running.
func wholeGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
