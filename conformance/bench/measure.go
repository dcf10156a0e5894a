package main

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/kapture-community/kapture-go/conformance/bench/usage"
)

// measure runs an operation n times in this process, after a first time that does
// not count, and returns what one operation costs.
func measure(n int, operation func() error) (Measurement, error) {
	if err := operation(); err != nil {
		return nil, err
	}

	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	used := usage.Own()
	for range n {
		if err := operation(); err != nil {
			return nil, err
		}
	}
	wall := time.Since(began)
	used = usage.Own() - used
	runtime.ReadMemStats(&after)

	return Measurement{
		CPU:    used.Seconds() / float64(n),
		Wall:   wall.Seconds() / float64(n),
		Allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
	}, nil
}

// measureOnce runs an operation once, without one that does not count.
func measureOnce(operation func() error) (Measurement, error) {
	began := time.Now()
	used := usage.Own()
	err := operation()
	return Measurement{
		Wall: time.Since(began).Seconds(),
		CPU:  (usage.Own() - used).Seconds(),
	}, err
}

// heapPeak runs an operation once and returns how far the heap grew above its size
// at the start, in megabytes. This includes garbage that was not collected yet. The
// heap is measured separately from the times, because looking at it takes time.
func heapPeak(operation func() error) (float64, error) {
	runtime.GC()
	runtime.GC() // what has a finalizer
	atStart := heap()

	stop := make(chan struct{})
	peak := atStart
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Microsecond):
				peak = max(peak, heap())
			}
		}
	})
	err := operation()
	last := heap()
	close(stop)
	watching.Wait()
	return float64(max(peak, last)-atStart) / 1e6, err
}

// heap returns the bytes of the heap without stopping the program.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
