package conformance

import (
	"encoding/json"
	"strings"
)

// plainValue reads text that is not JSON (a header, a field of a form) as its
// schema describes it. Text that cannot be read so stays text, which the schema
// then rejects.
func plainValue(n *node, text string) any {
	kinds := n.allKinds()
	if kinds&kindArray != 0 {
		return plainList(n, strings.Split(text, ","))
	}

	candidates := plainCandidates(text, kinds)
	for _, candidate := range candidates {
		if (situation{}).fits(n, candidate) {
			return candidate
		}
	}
	return candidates[0]
}

// plainCandidates lists what a text may mean, best first.
func plainCandidates(text string, kinds kind) []any {
	var list []any
	value, faults, ok := scanJSON([]byte(text), 1)
	if ok && len(faults) == 0 {
		_, isNumber := value.(json.Number)
		_, isBoolean := value.(bool)
		mayBeNumber := isNumber && (kinds == 0 || kinds&(kindNumber|kindInteger) != 0)
		mayBeBoolean := isBoolean && (kinds == 0 || kinds&kindBoolean != 0)
		if mayBeNumber || mayBeBoolean {
			list = append(list, value)
		}
	}
	return append(list, text)
}

func plainList(n *node, texts []string) []any {
	items := n.itemsOf()
	list := make([]any, len(texts))
	for i, text := range texts {
		text = strings.TrimSpace(text)
		list[i] = text
		if items != nil {
			list[i] = plainValue(items, text)
		}
	}
	return list
}

// allKinds are the types that a schema and its parts allow.
func (n *node) allKinds() kind {
	kinds := n.kinds
	for _, parts := range [][]*node{n.allOf, n.anyOf, n.oneOf} {
		for _, part := range parts {
			kinds |= part.allKinds()
		}
	}
	return kinds
}

// itemsOf is the schema of an array's elements, or nil.
func (n *node) itemsOf() *node {
	if n.items != nil {
		return n.items
	}
	for _, parts := range [][]*node{n.allOf, n.anyOf, n.oneOf} {
		for _, part := range parts {
			if items := part.itemsOf(); items != nil {
				return items
			}
		}
	}
	return nil
}

// find finds a declared field in a schema or its parts, or returns nil.
func (n *node) find(name string) *node {
	if p, ok := n.property(name); ok {
		return p.node
	}
	for _, parts := range [][]*node{n.allOf, n.anyOf, n.oneOf} {
		for _, part := range parts {
			if found := part.find(name); found != nil {
				return found
			}
		}
	}
	return nil
}

// plainObject reads the fields of a form as an object of its schema.
func plainObject(n *node, fields map[string][]string) map[string]any {
	object := make(map[string]any, len(fields))
	for name, texts := range fields {
		object[name] = strings.Join(texts, ",")
		field := n.find(name)
		switch {
		case field == nil:
		case field.allKinds()&kindArray != 0 && len(texts) > 1:
			object[name] = plainList(field, texts)
		default:
			object[name] = plainValue(field, strings.Join(texts, ","))
		}
	}
	return object
}
