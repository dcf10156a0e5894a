//go:build !unix

package main

import "os/exec"

// wholeGroup leaves a command as it is: this system has no process groups.
func wholeGroup(*exec.Cmd) {}

// endGroup does nothing: this system has no groups of processes that could be
// ended together.
func endGroup(*exec.Cmd) {}
