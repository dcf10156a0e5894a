// Package lazyregexp compiles regular expressions when they are first used. The
// reader of documents has many of them, and only one command of the program uses
// it: compiling them at every start would slow down all the others.
package lazyregexp

import (
	"os"
	"regexp"
	"strings"
	"sync"
)

// Regexp is an expression that is compiled when it is first used. It is safe for
// concurrent use.
type Regexp struct {
	compile func() *regexp.Regexp
}

// New returns an expression. One that does not compile panics when it is used; in
// a test, it panics here, as [regexp.MustCompile] does.
func New(text string) Regexp {
	r := Regexp{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })}
	if isTest {
		r.compile()
	}
	return r
}

// isTest reports whether this program is one that `go test` made. As in the
// package of this name in Go's own source, package testing is not asked: the
// program would link it.
var isTest = len(os.Args) > 0 && strings.HasSuffix(strings.TrimSuffix(os.Args[0], ".exe"), ".test")

// MatchString is [regexp.Regexp.MatchString].
func (r Regexp) MatchString(text string) bool { return r.compile().MatchString(text) }

// Match is [regexp.Regexp.Match].
func (r Regexp) Match(text []byte) bool { return r.compile().Match(text) }

// FindString is [regexp.Regexp.FindString].
func (r Regexp) FindString(text string) string { return r.compile().FindString(text) }

// FindStringSubmatch is [regexp.Regexp.FindStringSubmatch].
func (r Regexp) FindStringSubmatch(text string) []string { return r.compile().FindStringSubmatch(text) }

// FindStringSubmatchIndex is [regexp.Regexp.FindStringSubmatchIndex].
func (r Regexp) FindStringSubmatchIndex(text string) []int {
	return r.compile().FindStringSubmatchIndex(text)
}

// FindAllStringIndex is [regexp.Regexp.FindAllStringIndex].
func (r Regexp) FindAllStringIndex(text string, n int) [][]int {
	return r.compile().FindAllStringIndex(text, n)
}

// FindAllStringSubmatchIndex is [regexp.Regexp.FindAllStringSubmatchIndex].
func (r Regexp) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return r.compile().FindAllStringSubmatchIndex(text, n)
}

// ReplaceAllString is [regexp.Regexp.ReplaceAllString].
func (r Regexp) ReplaceAllString(text, with string) string {
	return r.compile().ReplaceAllString(text, with)
}

// ReplaceAllStringFunc is [regexp.Regexp.ReplaceAllStringFunc].
func (r Regexp) ReplaceAllStringFunc(text string, with func(string) string) string {
	return r.compile().ReplaceAllStringFunc(text, with)
}

// ReplaceAll is [regexp.Regexp.ReplaceAll].
func (r Regexp) ReplaceAll(text, with []byte) []byte { return r.compile().ReplaceAll(text, with) }

// Split is [regexp.Regexp.Split].
func (r Regexp) Split(text string, n int) []string { return r.compile().Split(text, n) }
