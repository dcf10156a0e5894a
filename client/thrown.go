package client

import (
	"runtime"
	"sync"
)

// thrown is the first panic of the caller's code in a goroutine of this
// package. It continues in the goroutine of the caller, who can recover it.
type thrown struct {
	mu     sync.Mutex
	caught bool
	value  any
	exited bool // by runtime.Goexit, as the FailNow of a test does
}

// catch runs f and keeps its panic. After a Goexit in f, which cannot be
// stopped, it does not return; deferred functions run.
func (t *thrown) catch(f func()) {
	returned := false
	defer func() {
		if !returned {
			t.keep(recover())
		}
	}()
	f()
	returned = true
}

// keep keeps what recover returned in a function that did not return.
func (t *thrown) keep(value any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.caught {
		return
	}
	t.caught = true
	t.value = value
	t.exited = value == nil
}

// happened reports whether there was a panic.
func (t *thrown) happened() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.caught
}

// rethrow continues the panic, if there was one.
func (t *thrown) rethrow() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.exited {
		runtime.Goexit()
	}
	if t.caught {
		panic(t.value)
	}
}
