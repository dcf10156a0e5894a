package conformance

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// node is a schema prepared for walking: what kin-openapi decides is left to
// kin-openapi (leaf, not), what it cannot place (oneOf, anyOf, allOf, nested
// members) is laid out here.
type node struct {
	schema    *openapi3.Schema
	component string // its own name, "" for an inline schema
	owner     string // the nearest component that it stands in
	kinds     kind   // 0: any
	leaf      *openapi3.Schema
	props     []property // sorted by name
	index     map[string]int
	near      map[string]string // declared names by what a reader takes for the same
	required  []string
	extra     *node // additionalProperties with a schema that says something
	closed    bool  // additionalProperties: false
	open      bool  // additionalProperties: true, said in so many words
	items     *node
	allOf     []*node
	anyOf     []*node
	oneOf     []*node
	not       *openapi3.Schema
	evidence  *evidence
	// pinned: the evidence is a property's own and outranks that of the
	// components that it wraps.
	pinned bool

	enumSlot   map[string]int // text values of the enum
	itemsSlot  int
	branchSlot int // of the first branch of oneOf; the others follow
}

type property struct {
	name string
	node *node
	seen int // slot; null has the next one
}

func (n *node) property(name string) (*property, bool) {
	if i, ok := n.index[name]; ok {
		return &n.props[i], true
	}
	return nil, false
}

// slot is one thing that coverage counts.
type slot struct {
	kind slotKind
	name string
}

type slotKind uint8

const (
	slotMember slotKind = iota
	slotNull
	slotEnum
	slotItems
	slotBranch
)

// compiler lays out schemas, each once.
type compiler struct {
	components openapi3.Schemas
	names      map[*openapi3.Schema]string
	nodes      map[*openapi3.Schema]*node
	slots      []slot
	formats    map[string]openapi3.StringFormatValidator
	unchecked  map[string]bool
}

func newCompiler(doc *openapi3.T) *compiler {
	c := &compiler{
		names:     map[*openapi3.Schema]string{},
		nodes:     map[*openapi3.Schema]*node{},
		formats:   stringFormats,
		unchecked: map[string]bool{},
	}
	if doc.Components != nil {
		c.components = doc.Components.Schemas
	}
	for name, ref := range c.components {
		if ref != nil && ref.Value != nil && ref.Ref == "" {
			c.names[ref.Value] = name
		}
	}
	return c
}

// resolve gives the schema behind a reference. A component that several files
// refer to may have been loaded several times: the name decides, so that it
// stays one.
func (c *compiler) resolve(ref *openapi3.SchemaRef) *openapi3.Schema {
	if ref.Ref != "" {
		if component, ok := c.components[ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]]; ok && component.Value != nil {
			return component.Value
		}
	}
	return ref.Value
}

func (c *compiler) slot(kind slotKind, name string) int {
	c.slots = append(c.slots, slot{kind, name})
	return len(c.slots) - 1
}

// node lays out a schema that stands inside owner, at place.
func (c *compiler) node(ref *openapi3.SchemaRef, owner, place string) (*node, error) {
	if ref == nil {
		return nil, nil
	}
	s := c.resolve(ref)
	if s == nil {
		return nil, fmt.Errorf("conformance: %s: the reference %q leads nowhere", place, ref.Ref)
	}
	if n, ok := c.nodes[s]; ok {
		return n, nil
	}
	n := &node{schema: s, component: c.names[s], owner: owner, required: s.Required, evidence: evidenceOf(s.Extensions)}
	c.nodes[s] = n
	if n.component != "" {
		n.owner, place = n.component, n.component
	}
	n.kinds = kindsOf(s)
	n.leaf = c.leafOf(s, n.kinds)
	if len(s.Enum) > 0 {
		n.enumSlot = map[string]int{}
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				n.enumSlot[text] = c.slot(slotEnum, place+"="+text)
			}
		}
	}
	var err error
	list := func(refs openapi3.SchemaRefs) []*node {
		var out []*node
		for i, ref := range refs {
			child, problem := c.node(ref, n.owner, fmt.Sprintf("%s[%d]", place, i))
			if problem != nil {
				err = problem
				continue
			}
			out = append(out, child)
		}
		return out
	}
	n.allOf, n.anyOf, n.oneOf = list(s.AllOf), list(s.AnyOf), list(s.OneOf)
	if len(n.oneOf) > 0 {
		n.branchSlot = len(c.slots)
		for i, branch := range n.oneOf {
			c.slot(slotBranch, place+": "+branchName(branch, i))
		}
	}
	if s.Not != nil {
		n.not = c.resolve(s.Not)
	}
	n.index = make(map[string]int, len(s.Properties))
	n.near = make(map[string]string, len(s.Properties))
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		ref := s.Properties[name]
		child, problem := c.node(ref, n.owner, place+"."+name)
		if problem != nil {
			return nil, problem
		}
		if ref.Ref == "" && child.evidence != nil {
			child.pinned = true
		}
		n.index[name] = len(n.props)
		if _, twice := n.near[fold(name)]; !twice {
			n.near[fold(name)] = name
		}
		n.props = append(n.props, property{name, child, c.slot(slotMember, place+"."+name)})
		c.slot(slotNull, place+"."+name)
	}
	if s.Items != nil {
		n.itemsSlot = c.slot(slotItems, place+"[]")
		child, problem := c.node(s.Items, n.owner, place+"[]")
		if problem != nil {
			return nil, problem
		}
		n.items = child
	}
	switch extra := s.AdditionalProperties; {
	case extra.Has != nil && !*extra.Has:
		n.closed = true
	case extra.Has != nil:
		n.open = true
	case extra.Schema != nil:
		child, problem := c.node(extra.Schema, n.owner, place+".*")
		if problem != nil {
			return nil, problem
		}
		if child.schema.IsEmpty() {
			n.open = true
		} else {
			n.extra = child
		}
	}
	return n, err
}

// branchName is the component's name, or the number of an unnamed branch. A
// branch that only wraps a component, to say more about it, bears its name.
func branchName(n *node, i int) string {
	if name := answerName(n); name != "" {
		return name
	}
	return fmt.Sprint(i)
}

func answerName(n *node) string {
	for n.component == "" && len(n.allOf) == 1 && len(n.oneOf) == 0 {
		n = n.allOf[0]
	}
	return n.component
}

func kindsOf(s *openapi3.Schema) (k kind) {
	for _, name := range s.Type.Slice() {
		for _, known := range kindNames {
			if known.name == name {
				k |= known.kind
			}
		}
	}
	return k
}

// leafOf is the part of a schema that concerns a value without what is nested
// in it, or nil if that says no more than the type.
func (c *compiler) leafOf(s *openapi3.Schema, kinds kind) *openapi3.Schema {
	format := s.Format
	if format != "" && !c.checked(format, kinds) {
		c.unchecked[format] = true
		format = ""
	}
	leaf := &openapi3.Schema{
		Origin: s.Origin, Type: s.Type, Format: format, Enum: s.Enum, Nullable: s.Nullable,
		Min: s.Min, Max: s.Max, ExclusiveMin: s.ExclusiveMin, ExclusiveMax: s.ExclusiveMax, MultipleOf: s.MultipleOf,
		MinLength: s.MinLength, MaxLength: s.MaxLength, Pattern: s.Pattern,
		MinItems: s.MinItems, MaxItems: s.MaxItems, UniqueItems: s.UniqueItems,
		MinProps: s.MinProps, MaxProps: s.MaxProps,
	}
	if plain := (&openapi3.Schema{Origin: s.Origin, Type: s.Type, Nullable: s.Nullable}); sameLeaf(leaf, plain) {
		return nil
	}
	return leaf
}

func sameLeaf(a, b *openapi3.Schema) bool {
	return a.Format == b.Format && len(a.Enum) == len(b.Enum) &&
		a.Min == b.Min && a.Max == b.Max && a.ExclusiveMin == b.ExclusiveMin && a.ExclusiveMax == b.ExclusiveMax &&
		a.MultipleOf == b.MultipleOf && a.MinLength == b.MinLength && a.MaxLength == b.MaxLength && a.Pattern == b.Pattern &&
		a.MinItems == b.MinItems && a.MaxItems == b.MaxItems && a.UniqueItems == b.UniqueItems &&
		a.MinProps == b.MinProps && a.MaxProps == b.MaxProps
}

// locator gives file:line of a place in the contract.
type locator func(file string, line int) string

func defaultLocator(file string, line int) string {
	return fmt.Sprintf("%s:%d", path.Base(file), line)
}

func (l locator) at(loc openapi3.Location) string {
	if loc.Line == 0 {
		return ""
	}
	return l(loc.File, loc.Line)
}

// keyword gives the line of a keyword of an element, or else of the element.
func (l locator) keyword(o *openapi3.Origin, keyword string) string {
	if o == nil {
		return ""
	}
	if loc, ok := o.Fields.Lookup(keyword); ok {
		return l.at(loc)
	}
	if o.Key != nil {
		return l.at(*o.Key)
	}
	return ""
}

// item gives the line of one entry of a keyword's list.
func (l locator) item(o *openapi3.Origin, keyword, value string) string {
	if o != nil {
		for _, loc := range o.Sequences[keyword] {
			if loc.Name == value {
				return l.at(loc)
			}
		}
	}
	return l.keyword(o, keyword)
}
