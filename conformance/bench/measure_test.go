package main

import (
	"runtime"
	"testing"
)

func TestHeapPeakCountsWhatIsHeldForAWhile(t *testing.T) {
	const size = 64 << 20
	peak, err := heapPeak(func() error {
		held := make([]byte, size)
		runtime.KeepAlive(held)
		return nil
	})
	if err != nil || peak < size/1e6 || peak > 2*size/1e6 {
		t.Errorf("the peak is %.0f MB, %v; want %d", peak, err, size/1_000_000)
	}
}

func TestMeasureCountsOneOperation(t *testing.T) {
	var kept []*[100]int
	calls := 0
	measured, err := measure(10, func() error {
		calls++
		for range 50 {
			kept = append(kept, new([100]int))
		}
		return nil
	})
	if err != nil || calls != 11 {
		t.Fatalf("%d calls, %v; want 11", calls, err)
	}
	if allocations := measured[Allocs]; allocations < 50 || allocations > 60 {
		t.Errorf("%v allocations for one operation, want 50", allocations)
	}
}
