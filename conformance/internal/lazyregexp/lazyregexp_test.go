package lazyregexp_test

import (
	"slices"
	"testing"

	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
)

func TestABrokenExpressionPanicsInATest(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a broken expression was accepted")
		}
	}()
	lazyregexp.New("(")
}

func TestAnExpressionMatches(t *testing.T) {
	words := lazyregexp.New(`\w+`)
	if !words.MatchString("a b") || words.MatchString("-") {
		t.Error("MatchString does not match as the expression does")
	}
	if got := words.ReplaceAllString("a b", "x"); got != "x x" {
		t.Errorf("ReplaceAllString gives %q", got)
	}
	if got := lazyregexp.New(",").Split("a,b", -1); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Split gives %q", got)
	}
}
