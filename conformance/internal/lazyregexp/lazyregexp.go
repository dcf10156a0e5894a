// Package lazyregexp compiles regular expressions when they are first used. Those
// of the reader of documents took a part of every start of the program, and only
// one of its commands uses them.
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

// MatchString is that of [regexp.Regexp].
func (r Regexp) MatchString(text string) bool { return r.compile().MatchString(text) }

// Match is that of [regexp.Regexp].
func (r Regexp) Match(text []byte) bool { return r.compile().Match(text) }

// FindString is that of [regexp.Regexp].
func (r Regexp) FindString(text string) string { return r.compile().FindString(text) }

// FindStringSubmatch is that of [regexp.Regexp].
func (r Regexp) FindStringSubmatch(text string) []string { return r.compile().FindStringSubmatch(text) }

// FindStringSubmatchIndex is that of [regexp.Regexp].
func (r Regexp) FindStringSubmatchIndex(text string) []int {
	return r.compile().FindStringSubmatchIndex(text)
}

// FindAllStringIndex is that of [regexp.Regexp].
func (r Regexp) FindAllStringIndex(text string, n int) [][]int {
	return r.compile().FindAllStringIndex(text, n)
}

// FindAllStringSubmatchIndex is that of [regexp.Regexp].
func (r Regexp) FindAllStringSubmatchIndex(text string, n int) [][]int {
	return r.compile().FindAllStringSubmatchIndex(text, n)
}

// FindAllSubmatchIndex is that of [regexp.Regexp].
func (r Regexp) FindAllSubmatchIndex(text []byte, n int) [][]int {
	return r.compile().FindAllSubmatchIndex(text, n)
}

// ReplaceAllString is that of [regexp.Regexp].
func (r Regexp) ReplaceAllString(text, with string) string {
	return r.compile().ReplaceAllString(text, with)
}

// ReplaceAllStringFunc is that of [regexp.Regexp].
func (r Regexp) ReplaceAllStringFunc(text string, with func(string) string) string {
	return r.compile().ReplaceAllStringFunc(text, with)
}

// ReplaceAll is that of [regexp.Regexp].
func (r Regexp) ReplaceAll(text, with []byte) []byte { return r.compile().ReplaceAll(text, with) }

// Split is that of [regexp.Regexp].
func (r Regexp) Split(text string, n int) []string { return r.compile().Split(text, n) }
