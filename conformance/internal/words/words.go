// Package words has what the packages of conformance share for wording texts.
package words

import "fmt"

// Plural counts things whose plural ends in s.
func Plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
