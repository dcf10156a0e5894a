package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestTheCollectorRunsLaterOnlyForAStart(t *testing.T) {
	t.Setenv("GOGC", "")
	defer collectLater()()
	if got := collectPercent(); got != collectWhileStarting {
		t.Fatalf("the collector is set to %d, want %d", got, collectWhileStarting)
	}

	for range 100 {
		runtime.GC()
		if collectPercent() == collectAsGo {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("after its first run, the collector is set to %d, want %d", collectPercent(), collectAsGo)
}

func TestTheCollectorIsLeftToTheEnvironment(t *testing.T) {
	t.Setenv("GOGC", "70")
	before := collectPercent()
	defer collectLater()()
	if got := collectPercent(); got != before {
		t.Errorf("the collector is set to %d, want %d as before", got, before)
	}
}

// collectPercent returns what the collector is set to.
func collectPercent() int {
	percent := debug.SetGCPercent(collectAsGo)
	debug.SetGCPercent(percent)
	return percent
}
