package digest

import (
	"fmt"
	"testing"
)

// While a large set grows, only a small part of it is in memory twice.
func TestALargeSetGrowsInParts(t *testing.T) {
	var s Set
	for n := range 200_000 {
		s.Add(Of(fmt.Append(nil, n)))
	}
	if cap(s.first.places) > 0 {
		t.Errorf("%d places are left of when the set was small", cap(s.first.places))
	}

	all := 0
	most := 0
	for _, part := range s.parts {
		all += cap(part.places)
		most = max(most, cap(part.places))
	}
	if most*32 > all {
		t.Errorf("one table has %d of %d places", most, all)
	}
}
