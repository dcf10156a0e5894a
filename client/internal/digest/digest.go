// Package digest remembers which records a pull has yielded, in little memory.
//
// A record is recognised by the digest of its bytes, which include its
// identifier: a record that has changed counts as another one. A [Set] takes 14 to
// 21 bytes a record, however long or far apart the identifiers are, so that a
// day of a million records fits into 21 MB.
package digest

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// size is the length of a digest in bytes. Among a million records, two that
// differ have the same digest once in 10^17 times.
const size = 12

// Digest represents the bytes of a record.
type Digest [size]byte

// Of returns the digest of some bytes. It is the same in every program.
func Of(text []byte) Digest {
	sum := sha256.Sum256(text)
	return Digest(sum[:size])
}

// Uint64 returns the beginning of the digest as a number.
func (d Digest) Uint64() uint64 { return binary.BigEndian.Uint64(d[:]) }

// Set is a set of digests. The zero value is empty.
//
// A large set is in many tables, which grow one at a time: while a table grows,
// it is in memory twice.
type Set struct {
	first table            // all digests, while they are few
	parts *[numParts]table // nil while they are few
}

const (
	few      = 4096
	numParts = 64
)

// table returns the table that a digest is in, if it is in the set.
func (s *Set) table(d Digest) *table {
	if s.parts == nil {
		return &s.first
	}
	return &s.parts[d[size-1]%numParts]
}

// Add reports whether the digest was not in the set.
func (s *Set) Add(d Digest) bool {
	if s.parts == nil && s.first.n == few {
		s.divide()
	}
	return s.table(d).add(d)
}

// divide distributes the digests among the tables of a large set.
func (s *Set) divide() {
	s.parts = &[numParts]table{}
	for d := range s.first.all {
		s.table(d).add(d)
	}
	s.first = table{}
}

// Has reports whether the digest is in the set.
func (s *Set) Has(d Digest) bool { return s.table(d).has(d) }

// Len returns how many digests are in the set.
func (s *Set) Len() int {
	n := s.first.n
	if s.parts != nil {
		for i := range s.parts {
			n += s.parts[i].n
		}
	}
	return n
}

// Bytes returns the digests one after the other, for [FromBytes].
func (s *Set) Bytes() []byte {
	out := make([]byte, 0, s.Len()*size)
	for d := range s.first.all {
		out = append(out, d[:]...)
	}
	if s.parts != nil {
		for i := range s.parts {
			for d := range s.parts[i].all {
				out = append(out, d[:]...)
			}
		}
	}
	return out
}

// FromBytes returns the set whose digests are given one after the other. It
// reports false if the last one is not whole.
func FromBytes(text []byte) (*Set, bool) {
	s := &Set{}
	for len(text) >= size {
		s.Add(Digest(text))
		text = text[size:]
	}
	return s, len(text) == 0
}

// table is a hash table with open addressing: a digest is at the place that its
// first bytes determine, or at the next free place after it. The table grows by
// half, since doubling it would leave more than half of it empty for long.
type table struct {
	places []Digest // the zero digest where there is none
	n      int
}

// add reports whether the digest was not in the table.
func (t *table) add(d Digest) bool {
	if t.has(d) {
		return false
	}

	const most = 7 // of 8 places, so that looking for one stays short
	if (t.n+1)*8 > len(t.places)*most {
		t.grow()
	}
	t.put(d)
	t.n++
	return true
}

func (t *table) has(d Digest) bool {
	if t.n == 0 {
		return false
	}
	return t.places[t.place(d)] == d
}

// all yields the digests, in no order.
func (t *table) all(yield func(Digest) bool) {
	for _, d := range t.places {
		if d != (Digest{}) && !yield(d) {
			return
		}
	}
}

// place returns where a digest is or, if it is not in the table, belongs.
func (t *table) place(d Digest) int {
	first, _ := bits.Mul64(d.Uint64(), uint64(len(t.places)))
	i := int(first) //nolint:gosec // below len(t.places)
	for t.places[i] != d && t.places[i] != (Digest{}) {
		i++
		if i == len(t.places) {
			i = 0
		}
	}
	return i
}

func (t *table) put(d Digest) { t.places[t.place(d)] = d }

// grow makes room. What the table had moves to its new place.
func (t *table) grow() {
	before := t.places
	t.places = make([]Digest, max(8, len(before)+len(before)/2))
	for _, d := range before {
		if d != (Digest{}) {
			t.put(d)
		}
	}
}
