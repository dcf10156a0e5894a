package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// The copy of a body takes little more than the body, whether its length is
// known or not, and gives the budget back.
func TestKeptBody(t *testing.T) {
	const budgetOf = 1 << 20
	tests := map[string]struct {
		size, length int64
		whole        bool
	}{
		"empty":                   {size: 0, length: 0, whole: true},
		"of known length":         {size: 300_000, length: 300_000, whole: true},
		"of unknown length":       {size: 300_000, length: -1, whole: true},
		"longer than announced":   {size: 300_000, length: 1000, whole: true},
		"shorter than announced":  {size: 1000, length: 300_000, whole: true},
		"beyond the budget":       {size: 2 << 20, length: -1},
		"announced beyond budget": {size: 2 << 20, length: 2 << 20},
	}
	for name, test := range tests {
		memory := newBudget(budgetOf)
		text := strings.Repeat("0123456789", int(test.size/10))
		k := &keptBody{
			from:     io.NopCloser(strings.NewReader(text)),
			memory:   memory,
			exchange: t.Context(),
			length:   test.length,
		}
		passed, err := io.ReadAll(k)
		if err != nil || string(passed) != text {
			t.Errorf("%s: %d of %d bytes passed, %v", name, len(passed), len(text), err)
		}

		taken := budgetOf - memory.free.Load()
		if most := max(2*test.size, test.length) + smallestPart; taken > most {
			t.Errorf("%s: %d bytes of the budget are taken, want at most %d", name, taken, most)
		}
		if kept := k.contents(); test.whole != bytes.Equal(kept, []byte(text)) || k.noRoom == test.whole {
			t.Errorf("%s: kept %d of %d bytes", name, len(kept), len(text))
		}
		k.release()
		if free := memory.free.Load(); free != budgetOf {
			t.Errorf("%s: %d bytes are not given back", name, budgetOf-free)
		}
	}
}
