package mock

import (
	"cmp"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Limits bound the memory of a mock. A field of 0 takes its default. What a
// limit forgets or rejects is reported: see [WithNotes].
type Limits struct {
	// Worlds is how many worlds are kept. The least recently used one is forgotten
	// for a new one. Default 1,024.
	Worlds int
	// Records is how many customers, contacts, tickets and so on one world
	// holds together. Further ones are rejected. Default 50,000.
	Records int
	// Bytes is roughly how many bytes of requests all worlds keep together.
	// Above that, the least recently used worlds are forgotten; a request that
	// does not fit even then is rejected. Default 256 MiB.
	Bytes int64
	// Body is how many bytes the body of one request may have. Default 1 MiB.
	Body int64
	// BodyTime is how long the body of one request may take. Default 30 seconds.
	BodyTime time.Duration
	// Journal is how many requests [Kapture.Journal] remembers. Default 1,000.
	Journal int
	// JournalBytes is how many bytes their bodies may take together. The oldest
	// requests lose theirs first. Default 8 MiB.
	JournalBytes int64
}

// WithDefaults fills in the defaults of the fields that are 0.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Worlds:       cmp.Or(l.Worlds, 1_024),
		Records:      cmp.Or(l.Records, 50_000),
		Bytes:        cmp.Or(l.Bytes, 256<<20),
		Body:         cmp.Or(l.Body, 1<<20),
		BodyTime:     cmp.Or(l.BodyTime, 30*time.Second),
		Journal:      cmp.Or(l.Journal, 1_000),
		JournalBytes: cmp.Or(l.JournalBytes, 8<<20),
	}
}

// negative names the first limit that is below 0, "" if none is.
func (l Limits) negative() string {
	switch {
	case l.Worlds < 0:
		return "Worlds"
	case l.Records < 0:
		return "Records"
	case l.Bytes < 0:
		return "Bytes"
	case l.Body < 0:
		return "Body"
	case l.BodyTime < 0:
		return "BodyTime"
	case l.Journal < 0:
		return "Journal"
	case l.JournalBytes < 0:
		return "JournalBytes"
	}
	return ""
}

// worlds holds all worlds within the limits.
type worlds struct {
	limits    Limits
	generator *generator
	clock     func() time.Time

	mu        sync.Mutex
	named     map[string]*world
	forgotten map[string]bool // names of worlds that were forgotten for others
	uses      uint64
	bytes     int64
}

func newWorlds(s settings, limits Limits) *worlds {
	return &worlds{
		limits:    limits,
		generator: s.generator(),
		clock:     s.clock,
		named:     map[string]*world{},
		forgotten: map[string]bool{},
	}
}

// maxForgotten bounds how many names of forgotten worlds are remembered.
const maxForgotten = 10_000

// enter returns the world of a name, and makes it if it is new. It reports
// every world that is forgotten for it, and when this world had been forgotten.
func (ws *worlds) enter(name string, tell func(Note)) *world {
	w, notes := ws.entered(name)
	for _, n := range notes {
		tell(n)
	}
	return w
}

func (ws *worlds) entered(name string) (*world, []Note) {
	ws.mu.Lock()
	defer ws.mu.Unlock()

	ws.uses++
	if w := ws.named[name]; w != nil {
		w.used = ws.uses
		return w, nil
	}

	var notes []Note
	for len(ws.named) >= ws.limits.Worlds {
		why := fmt.Sprintf("the limit of worlds is %d", ws.limits.Worlds)
		notes = append(notes, ws.forgetOldest(nil, why))
	}
	if ws.forgotten[name] {
		delete(ws.forgotten, name)
		const text = "the world %s was forgotten to make room for others: it is empty now; raise the limits"
		notes = append(notes, Note{NoteWorldGone, name, fmt.Sprintf(text, name)})
	}

	w := newWorld(name, ws.generator, ws.clock())
	w.used = ws.uses
	ws.named[name] = w
	return w, notes
}

// fit reports whether a world can keep so many bytes more. It forgets other
// worlds to make that possible, and reports each.
func (ws *worlds) fit(w *world, bytes int64, tell func(Note)) bool {
	fits, notes := ws.makeRoom(w, bytes)
	for _, n := range notes {
		tell(n)
	}
	return fits
}

func (ws *worlds) makeRoom(w *world, bytes int64) (bool, []Note) {
	ws.mu.Lock()
	defer ws.mu.Unlock()

	if ws.named[w.name] != w {
		return true, nil // forgotten meanwhile: it is dropped when this request ends
	}
	var notes []Note
	for ws.bytes+bytes > ws.limits.Bytes && len(ws.named) > 1 {
		why := fmt.Sprintf("the limit of all worlds is %d bytes", ws.limits.Bytes)
		notes = append(notes, ws.forgetOldest(w, why))
	}
	return ws.bytes+bytes <= ws.limits.Bytes, notes
}

// charge notes that a world keeps so many bytes more, or fewer.
func (ws *worlds) charge(w *world, bytes int64) {
	ws.mu.Lock()
	defer ws.mu.Unlock()

	if ws.named[w.name] == w {
		w.bytes += bytes
		ws.bytes += bytes
	}
}

// forgetOldest forgets the least recently used world.
func (ws *worlds) forgetOldest(except *world, why string) Note {
	var oldest *world
	for _, w := range ws.named {
		if w == except {
			continue
		}
		if oldest == nil || w.used < oldest.used {
			oldest = w
		}
	}
	ws.forget(oldest)

	if len(ws.forgotten) >= maxForgotten {
		clear(ws.forgotten)
	}
	ws.forgotten[oldest.name] = true
	const text = "the world %s, the least recently used, was forgotten with all its records: %s"
	return Note{NoteForgotten, oldest.name, fmt.Sprintf(text, oldest.name, why)}
}

func (ws *worlds) forget(w *world) {
	ws.bytes -= w.bytes
	delete(ws.named, w.name)
}

func (ws *worlds) reset(name string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()

	delete(ws.forgotten, name)
	if w := ws.named[name]; w != nil {
		ws.forget(w)
	}
}

// Roughly what a record and a value take in addition to their texts.
const (
	recordSize = 512
	valueSize  = 32
)

// weigh returns roughly how many bytes a value of a request takes.
func weigh(v any) int64 {
	size := int64(valueSize)
	switch v := v.(type) {
	case string:
		size += int64(len(v))
	case json.Number:
		size += int64(len(v))
	case []any:
		for _, element := range v {
			size += weigh(element)
		}
	case map[string]any:
		for name, value := range v {
			size += int64(len(name)) + weigh(value)
		}
	}
	return size
}
