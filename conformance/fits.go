package conformance

import (
	"encoding/json"
	"iter"
	"slices"
)

// situation is where a schema applies: on which side of an exchange, and
// inside which other schemas that apply to the same value.
type situation struct {
	side  Side
	above []*node
}

// inside is the situation of the parts of a schema.
func (s situation) inside(n *node) situation {
	above := make([]*node, 0, len(s.above)+1)
	return situation{s.side, append(append(above, s.above...), n)}
}

// isForOtherSide reports whether only the other side may have a field: responses
// if it is readOnly, requests if it is writeOnly.
func (s situation) isForOtherSide(p *property) bool {
	if s.side == SideRequest {
		return p.node.schema.ReadOnly
	}
	return p.node.schema.WriteOnly
}

// needs reports whether a required field must really be there. It need not if any
// of the schemas that apply to the object says that it is for the other side.
func (s situation) needs(n *node, name string) bool {
	if s.excuses(n, name) {
		return false
	}
	for _, above := range s.above {
		if s.excuses(above, name) {
			return false
		}
	}
	return true
}

// excuses reports whether a schema says that a field is for the other side.
func (s situation) excuses(n *node, name string) bool {
	if p, ok := n.property(name); ok && s.isForOtherSide(p) {
		return true
	}
	for _, part := range n.allOf {
		if s.excuses(part, name) {
			return true
		}
	}
	return false
}

// fits reports whether a value fits a schema as a whole. It agrees with the
// walker, but stops at the first problem and says nothing about it.
func (s situation) fits(n *node, value any) bool {
	if value == nil {
		return n.fitsNull()
	}
	if !n.fitsType(value) {
		return false
	}
	if n.leaf != nil && len(n.leaf.check(value)) > 0 {
		return false
	}
	if n.isComposed() && !s.inside(n).fitsParts(n, value) {
		return false
	}

	switch v := value.(type) {
	case map[string]any:
		return s.fitsFields(n, v)
	case []any:
		return s.fitsElements(n, slices.Values(v))
	case longList:
		return s.fitsElements(n, v.elements)
	}
	return true
}

// isComposed reports whether a schema consists of others.
func (n *node) isComposed() bool {
	return len(n.allOf)+len(n.anyOf)+len(n.oneOf) > 0 || n.not != nil
}

func (s situation) fitsParts(n *node, value any) bool {
	if n.not != nil && s.fits(n.not, value) {
		return false
	}
	for _, part := range n.allOf {
		if !s.fits(part, value) {
			return false
		}
	}

	return n.fitsAlternatives(func(branch *node) bool { return s.fits(branch, value) })
}

// fitsAlternatives reports whether at least one branch of anyOf fits, and exactly
// one of oneOf.
func (n *node) fitsAlternatives(fits func(branch *node) bool) bool {
	if len(n.anyOf) > 0 && !slices.ContainsFunc(n.anyOf, fits) {
		return false
	}

	count := 0
	for _, branch := range n.oneOf {
		if fits(branch) {
			count++
		}
	}
	return len(n.oneOf) == 0 || count == 1
}

func (s situation) fitsFields(n *node, object map[string]any) bool {
	for _, name := range n.required {
		if _, ok := object[name]; !ok && s.needs(n, name) {
			return false
		}
	}

	below := situation{side: s.side}
	for name, value := range object {
		p, declared := n.property(name)
		switch {
		case declared && value != nil && s.isForOtherSide(p):
			return false
		case declared && !below.fits(p.node, value):
			return false
		case declared:
		case n.closed:
			return false
		case n.extra != nil && !below.fits(n.extra, value):
			return false
		}
	}
	return true
}

func (s situation) fitsElements(n *node, array iter.Seq[any]) bool {
	if n.items == nil {
		return true
	}
	below := situation{side: s.side}
	for element := range array {
		if !below.fits(n.items, element) {
			return false
		}
	}
	return true
}

// fitsType reports whether a value is of the schema's type.
func (n *node) fitsType(value any) bool {
	if n.kinds == 0 {
		return true
	}
	if !admits(n.kinds, value) {
		return false
	}
	number, isNumber := value.(json.Number)
	if !isNumber {
		return true
	}
	onlyIntegers := n.kinds&kindNumber == 0
	return !isBeyondFloat(number) && (!onlyIntegers || isInteger(number))
}

// lists reports whether a value is one of a schema's enum, if it has one.
func (n *node) lists(value any) bool {
	return n.leaf == nil || n.leaf.enum == nil || n.leaf.enum.lists(value)
}

// fitsNull reports whether a schema admits null. By OpenAPI 3.0.3, nullable
// only adds null to the type of the same schema; a schema without a type admits
// null unless another of its keywords does not. That another schema next to
// nullable in an allOf excludes null is not counted, because the author clearly
// means to allow it.
func (n *node) fitsNull() bool {
	if n.schema.Nullable {
		return true
	}
	if n.kinds != 0 {
		return false
	}
	if !n.lists(nil) {
		return false
	}
	if n.not != nil && n.not.fitsNull() {
		return false
	}

	for _, part := range n.allOf {
		if !part.fitsNull() {
			return false
		}
	}
	return n.fitsAlternatives((*node).fitsNull)
}
