package main

import "syscall"

// endWithParent makes a process end if the tests are killed, as by a time-out,
// and cannot end it themselves.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
