package main

import (
	"math"
	"slices"
)

// median returns the middle of the values, NaN if there are none.
func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile returns the value below which a share of the values is. Between two
// values it interpolates, as R's default does.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}

	sorted := slices.Sorted(slices.Values(values))
	place := share * float64(len(sorted)-1)
	below := int(place)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (place-float64(below))*(sorted[below+1]-sorted[below])
}

// spread returns how many times the first quartile the third one is. It is 1 if
// all values are equal, or if there is only one.
func spread(values []float64) float64 {
	first := quantile(values, 0.25)
	third := quantile(values, 0.75)
	if first == third {
		return 1
	}
	return third / first
}

// busySpread is how far the processor time of a peer may spread. The peer does
// the same work in every round, so that a larger spread comes from the machine.
const busySpread = 1.3
