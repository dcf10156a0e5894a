//go:build unix && !linux

package main

import "syscall"

// endWithParent does nothing here: if the tests are killed, the processes that
// they started keep running.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
