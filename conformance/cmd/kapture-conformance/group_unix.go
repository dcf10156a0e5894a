//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// wholeGroup ends a command with everything that it has started: a shell or a build
// tool would leave its children running.
func wholeGroup(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}

// endGroup ends what a command has left running.
func endGroup(command *exec.Cmd) {
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // usually nothing is left
	}
}
