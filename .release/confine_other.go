//go:build !linux

package main

import (
	"context"
	"errors"
	"os/exec"
)

func confine(*exec.Cmd, string, string) error { return errors.New("the image runs on Linux only") }

func mayConfine(context.Context) bool { return false }
