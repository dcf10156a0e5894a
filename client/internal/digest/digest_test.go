package digest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/kapture-community/kapture-go/client/internal/digest"
)

func TestSet(t *testing.T) {
	var s digest.Set
	for n := range 50_000 {
		d := digest.Of(fmt.Append(nil, n))
		if s.Has(d) || !s.Add(d) || s.Add(d) || !s.Has(d) || s.Len() != n+1 {
			t.Fatalf("%d: %t, length %d", n, s.Has(d), s.Len())
		}
	}

	again, whole := digest.FromBytes(s.Bytes())
	if !whole || again.Len() != s.Len() {
		t.Fatalf("%d of %d digests come back, whole: %t", again.Len(), s.Len(), whole)
	}
	for n := range 100_000 {
		d := digest.Of(fmt.Append(nil, n))
		if again.Has(d) != (n < 50_000) {
			t.Errorf("%d: %t", n, again.Has(d))
		}
	}
}

// Digests that have the same place in the table are distinguished, also at the end
// of the table.
func TestSetOfNeighbours(t *testing.T) {
	var s digest.Set
	var all []digest.Digest
	for n := range 100 {
		for _, first := range []byte{0, 0x80, 0xff} {
			d := digest.Digest{first, first, first, first, first, first, first, first}
			d[11] = byte(n + 1)
			all = append(all, d)
			if !s.Add(d) {
				t.Fatalf("%x is mistaken for another", d)
			}
		}
	}
	for _, d := range all {
		if !s.Has(d) || s.Add(d) {
			t.Errorf("%x is lost", d)
		}
	}
}

func TestFromBytesThatAreCut(t *testing.T) {
	var s digest.Set
	s.Add(digest.Of([]byte("a")))
	if again, whole := digest.FromBytes(s.Bytes()[:11]); whole || again.Len() != 0 {
		t.Errorf("%d digests, whole: %t", again.Len(), whole)
	}
	if again, whole := digest.FromBytes(nil); !whole || again.Len() != 0 {
		t.Errorf("%d digests of nothing, whole: %t", again.Len(), whole)
	}
}

// A million records take as much memory with identifiers next to each other as
// with identifiers far apart: at most 21 bytes each.
func TestSetOfAMillion(t *testing.T) {
	for name, apart := range map[string]int{"dense": 1, "spread": 999_983} {
		before := heap()
		s := &digest.Set{}
		var record []byte
		for n := range 1_000_000 {
			record = fmt.Appendf(record[:0], `{"id":%d}`, n*apart)
			s.Add(digest.Of(record))
			if n%50_000 != 49_999 {
				continue
			}
			if used := heap() - before; used > int64(21*n)+100_000 {
				t.Errorf("%s: %d records take %d bytes", name, n+1, used)
			}
		}
		if s.Len() != 1_000_000 {
			t.Errorf("%s: %d records", name, s.Len())
		}
	}
}

// heap returns how much memory is in use.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func BenchmarkOf(b *testing.B) {
	record := make([]byte, 2000)
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		digest.Of(record)
	}
}
