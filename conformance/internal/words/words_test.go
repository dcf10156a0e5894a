package words

import "testing"

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 cases", 1: "1 case", 2: "2 cases"} {
		if got := Plural(n, "case"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
