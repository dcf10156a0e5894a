package words

import (
	"strings"
	"unicode"
)

// Closest returns the candidate that is most like a value, or "" if none is: one
// that differs only in case, blanks and punctuation, or else one within a few
// changed letters. The value itself is not a candidate.
func Closest(value string, candidates []string) string {
	letters := lettersOf(value)
	best := ""
	distance := max(1, len([]rune(letters))/3) + 1
	for _, candidate := range candidates {
		if candidate == value {
			continue
		}
		other := lettersOf(candidate)
		if other == letters {
			return candidate
		}
		if d := changes(letters, other, distance); d < distance {
			best = candidate
			distance = d
		}
	}
	return best
}

// lettersOf drops what spellings of one name differ in: case, blanks and
// punctuation.
func lettersOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// maxCompared bounds the work on texts. Longer ones differ in their beginnings.
const maxCompared = 200

// changes counts the letters to insert, remove, replace or swap, and gives up
// at limit.
func changes(a, b string, limit int) int {
	x := firstRunes(a)
	y := firstRunes(b)
	if max(len(x), len(y))-min(len(x), len(y)) >= limit {
		return limit
	}

	before := make([]int, len(y)+1)
	last := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			isSwapped := i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1]
			if isSwapped {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}

func firstRunes(text string) []rune {
	runes := []rune(text)
	return runes[:min(len(runes), maxCompared)]
}
