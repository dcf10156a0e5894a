package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// How much garbage the collector leaves before it runs, in percent of what is
// live; before its first run, in percent of 4 MB. A mock makes 11 MB while it
// starts: collecting in between takes a fifth of the processor time of a start, and
// the first response waits for it.
const (
	collectWhileStarting = 300
	collectAsGo          = 100
)

// collectLater lets the garbage collector run for the first time when a mock has
// started. end sets it back, if it has not run until then. A GOGC of the
// environment counts more.
func collectLater() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}

	asGo := func(percent int) { debug.SetGCPercent(percent) }
	debug.SetGCPercent(collectWhileStarting)
	firstRun := new([64]byte) // the first run of the collector finds it unused
	runtime.AddCleanup(firstRun, asGo, collectAsGo)
	return func() { asGo(collectAsGo) }
}
