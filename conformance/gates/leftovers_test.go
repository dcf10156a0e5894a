package gates

import (
	"bytes"
	"encoding/json"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
)

// leftovers are what the calls of a row do not clean up themselves.
type leftovers struct {
	mu         sync.Mutex
	scenes     []*scene
	transports []*http.Transport
	cancels    []func()
}

func (l *leftovers) addScene(s *scene) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scenes = append(l.scenes, s)
}

func (l *leftovers) addTransport(transport *http.Transport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.transports = append(l.transports, transport)
}

func (l *leftovers) addCancel(cancel func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancels = append(l.cancels, cancel)
}

func (l *leftovers) close() {
	for _, cancel := range l.cancels {
		cancel()
	}
	for _, s := range l.scenes {
		_ = s.Close()
	}
}

// goroutines waits until no goroutine of the method's calls is left, and returns
// the stacks of those that remain, by column. The servers still run: a body that
// nobody closed keeps its connection, and the connection's goroutines.
func (l *leftovers) goroutines(method string) map[string]string {
	var remaining map[string]string
	until(func() bool {
		for _, transport := range l.transports {
			transport.CloseIdleConnections()
		}
		remaining = goroutinesOf(method)
		return len(remaining) == 0
	})
	return remaining
}

// goroutinesOf finds the stacks of a method's calls. A goroutine has the labels of
// the one that started it.
func goroutinesOf(method string) map[string]string {
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil {
		return map[string]string{columns[0].name: err.Error()}
	}

	found := map[string]string{}
	for stack := range strings.SplitSeq(profile.String(), "\n\n") {
		_, rest, ok := strings.Cut(stack, "# labels: ")
		if !ok {
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		var labels struct{ Method, Column string }
		if json.Unmarshal([]byte(line), &labels) == nil && labels.Method == method {
			found[labels.Column] += stack + "\n"
		}
	}
	return found
}
