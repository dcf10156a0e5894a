package conformance

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/words"
)

// segments splits a path into its segments, each in its normal form. Paths are
// equal if their normal forms are (RFC 3986, 6.2.2): letters that need no
// escape are not escaped, escapes are in capitals, and there are no "." and
// ".." segments. Letter case and repeated slashes matter.
func segments(escaped string) []string {
	var list []string
	for _, segment := range strings.Split(strings.TrimPrefix(escaped, "/"), "/") {
		list = append(list, normalSegment(segment))
	}
	if !slices.Contains(list, ".") && !slices.Contains(list, "..") {
		return list
	}

	var kept []string
	for i, segment := range list {
		isLast := i == len(list)-1
		switch {
		case segment == "..":
			kept = kept[:max(len(kept)-1, 0)]
		case segment != ".":
			kept = append(kept, segment)
			continue
		}
		if isLast {
			kept = append(kept, "") // the path still ends with a slash
		}
	}
	return kept
}

// normalSegment decodes what needs no escape, and escapes what needs one.
func normalSegment(segment string) string {
	plain, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return url.PathEscape(plain)
}

// template is one segment of an operation's path: literal text with at most
// one parameter in it.
type template struct {
	before string
	param  string // "" is none
	after  string
}

func templateOf(segment string) template {
	before, rest, opened := strings.Cut(segment, "{")
	name, after, closed := strings.Cut(rest, "}")
	if !opened || !closed {
		return template{before: normalSegment(segment)}
	}
	return template{before: normalSegment(before), param: name, after: normalSegment(after)}
}

// match compares a normal segment with the template and returns the parameter's
// value.
func (t template) match(segment string) (value string, ok bool) {
	if t.param == "" {
		return "", segment == t.before
	}
	value, hasBefore := strings.CutPrefix(segment, t.before)
	value, hasAfter := strings.CutSuffix(value, t.after)
	if !hasBefore || !hasAfter || value == "" {
		return "", false
	}
	if plain, err := url.PathUnescape(value); err == nil {
		value = plain
	}
	return value, true
}

// basePath is a path under which the operations are served.
type basePath struct {
	text     string
	segments []string
}

func basePathOf(text string) basePath {
	if text == "" {
		return basePath{}
	}
	return basePath{text, segments(text)}
}

// match compares the segments of a path with the operation's path and returns
// the path parameters.
func (o *operation) match(path []string) (params map[string]string, ok bool) {
	for _, base := range o.basePaths {
		depth := len(base.segments)
		if len(path) < depth || !slices.Equal(path[:depth], base.segments) {
			continue
		}
		params, ok = o.matchRest(path[depth:])
		if ok {
			return params, true
		}
	}
	return nil, false
}

func (o *operation) matchRest(path []string) (params map[string]string, ok bool) {
	if len(path) != len(o.templates) {
		return nil, false
	}
	params = map[string]string{}
	for i, t := range o.templates {
		value, fits := t.match(path[i])
		if !fits {
			return nil, false
		}
		if t.param != "" {
			params[t.param] = value
		}
	}
	return params, true
}

// nearest names the operation whose path is most like a path that no operation
// has.
func (c *Checker) nearest(path string) (o *operation, ok bool) {
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	paths := map[string]*operation{}
	for _, id := range c.order {
		o := c.operations[id]
		for _, base := range o.basePaths {
			paths[base.text+o.Path] = o
		}
	}

	o, ok = paths[words.Closest(plain, slices.Sorted(maps.Keys(paths)))]
	return o, ok
}

// noOperation says that no operation has a request's method and path.
func (c *Checker) noOperation(method, path string) problem {
	const describe = "if the server really has it, describe it in the contract"
	at := segments(path)
	for _, id := range c.order {
		o := c.operations[id]
		if _, ok := o.match(at); ok {
			return problem{
				code:     CodeRequestMethod,
				part:     "method",
				place:    o.place(),
				expected: o.Method,
				actual:   method,
				message:  "the path belongs to " + id + ", which is called by " + o.Method,
				hint:     describe,
			}
		}
	}

	shown := path
	if !c.values {
		shown = hideNames(path)
	}
	p := problem{
		code:     CodeOperationUnknown,
		part:     "path",
		expected: "an operation of the contract",
		actual:   method + " " + shown,
		message:  "no operation has this method and path",
		hint:     describe,
	}
	if o, ok := c.nearest(path); ok {
		p.place = o.place()
		p.message += fmt.Sprintf("; the nearest is %s %s (%s)", o.Method, o.Path, o.ID)
		p.hint = "correct the path; " + describe
	}
	return p
}
