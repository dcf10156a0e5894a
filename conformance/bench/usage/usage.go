// Package usage reads what a process has used of the machine. It needs Linux.
package usage

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// CPU returns the processor time that a process has used until now, in all its
// threads.
func CPU(pid int) (time.Duration, error) {
	// clock_getcpuclockid(3): the clock of a process counts nanoseconds, where
	// /proc counts hundredths of a second.
	const ofProcess = 2
	clock := int32(^pid<<3 | ofProcess) //nolint:gosec // as the kernel defines it
	var used unix.Timespec
	if err := unix.ClockGettime(clock, &used); err != nil {
		return 0, fmt.Errorf("the processor time of process %d cannot be read: %w", pid, err)
	}
	return time.Duration(used.Nano()), nil
}

// Own returns the processor time of this process.
func Own() time.Duration {
	used, _ := CPU(os.Getpid()) // its own clock is always there
	return used
}

// Peak returns the most memory that a process has used until now, in megabytes
// of 1,000,000 bytes. The figure of getrusage would begin with the memory of the
// process that started it.
func Peak(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), "VmHWM:")
	var kilobytes float64
	if _, err := fmt.Sscanf(rest, "%f kB", &kilobytes); err != nil || !found {
		return 0, fmt.Errorf("no VmHWM in the status of process %d", pid)
	}
	return kilobytes * 1024 / 1e6, nil
}
