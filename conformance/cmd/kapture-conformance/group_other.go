//go:build !unix

package main

import "os/exec"

// wholeGroup leaves a command as it is: this system has no process groups.
func wholeGroup(*exec.Cmd) {}
