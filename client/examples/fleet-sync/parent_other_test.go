//go:build unix && !linux

package main

import "syscall"

// endWithParent cannot be had here: a process that the tests started is left if
// they are killed.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
