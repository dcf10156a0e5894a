package main

import (
	"math"
	"testing"
)

func TestQuantiles(t *testing.T) {
	cases := []struct {
		name                 string
		values               []float64
		first, middle, third float64
	}{
		{name: "one", values: []float64{3}, first: 3, middle: 3, third: 3},
		{name: "two", values: []float64{4, 2}, first: 2.5, middle: 3, third: 3.5},
		{name: "seven, in no order", values: []float64{7, 1, 6, 2, 5, 3, 4}, first: 2.5, middle: 4, third: 5.5},
		{name: "an outlier moves no quartile", values: []float64{1, 2, 3, 4, 1000}, first: 2, middle: 3, third: 4},
	}

	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := [3]float64{quantile(c.values, 0.25), median(c.values), quantile(c.values, 0.75)}
			if want := [3]float64{c.first, c.middle, c.third}; got != want {
				t.Errorf("quartiles are %v, want %v", got, want)
			}
		})
	}
	if !math.IsNaN(median(nil)) {
		t.Errorf("the median of nothing is %v, want NaN", median(nil))
	}
}

func TestMedianKeepsTheOrderOfTheRounds(t *testing.T) {
	values := []float64{3, 1, 2}
	median(values)
	if values[0] != 3 || values[1] != 1 {
		t.Errorf("the values are now %v", values)
	}
}

func TestSpread(t *testing.T) {
	cases := []struct {
		values []float64
		want   float64
	}{
		{values: []float64{5}, want: 1},
		{values: []float64{0, 0, 0}, want: 1},
		{values: []float64{1, 1, 1, 1, 90}, want: 1},
		{values: []float64{1, 2, 3, 4, 5}, want: 2},
	}
	for _, c := range cases {
		if got := spread(c.values); got != c.want {
			t.Errorf("spread(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}
