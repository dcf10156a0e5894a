package conformance

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// node is a schema prepared for checking.
type node struct {
	schema    *openapi3.Schema
	component string // its own name, "" for an inline schema
	owner     string // the nearest component that contains it
	kinds     kind   // 0: any
	leaf      *leaf

	props    []property // sorted by name
	index    map[string]int
	near     map[string]string // declared names by fold
	required []string
	extra    *node // additionalProperties with a schema that says something
	closed   bool  // additionalProperties: false
	open     bool  // additionalProperties: true, stated explicitly
	items    *node

	allOf []*node
	anyOf []*node
	oneOf []*node
	not   *node

	rows     []tableRow // what tables say about the field
	evidence *evidence
	// pinned says that the evidence is a property's own and outranks that of the
	// components that it wraps.
	pinned bool
}

// property is a declared field.
type property struct {
	name string
	node *node
	slot int // in coverage
}

func (n *node) property(name string) (*property, bool) {
	if i, ok := n.index[name]; ok {
		return &n.props[i], true
	}
	return nil, false
}

func (n *node) declares(name string) bool {
	_, ok := n.index[name]
	return ok
}

// compiler prepares schemas, each once.
type compiler struct {
	components openapi3.Schemas
	names      map[*openapi3.Schema]string
	nodes      map[*openapi3.Schema]*node
	fields     []string // what coverage counts, by slot
}

// spot is where a schema is: in which component, and by which path, as
// coverage names it ("Person.parts[]").
type spot struct {
	owner string
	path  string
}

func newCompiler(doc *openapi3.T) *compiler {
	c := &compiler{
		names: map[*openapi3.Schema]string{},
		nodes: map[*openapi3.Schema]*node{},
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

// resolve returns the schema that a reference names. A component that several
// files refer to may have been loaded several times; the name decides, so that
// it stays one.
func (c *compiler) resolve(ref *openapi3.SchemaRef) *openapi3.Schema {
	if ref.Ref != "" {
		name := ref.Ref[strings.LastIndexByte(ref.Ref, '/')+1:]
		if component, ok := c.components[name]; ok && component.Value != nil {
			return component.Value
		}
	}
	return ref.Value
}

// node prepares a schema and all that it leads to.
func (c *compiler) node(ref *openapi3.SchemaRef, at spot) (*node, error) {
	if ref == nil {
		return nil, nil
	}
	s := c.resolve(ref)
	if s == nil {
		return nil, fmt.Errorf("conformance: %s: the reference %q leads nowhere", at.path, ref.Ref)
	}
	if n, ok := c.nodes[s]; ok {
		return n, nil
	}

	if err := unsupported(s); err != nil {
		return nil, fmt.Errorf("conformance: %s: %w", at.path, err)
	}
	leaf, err := leafOf(s)
	if err != nil {
		return nil, fmt.Errorf("conformance: %s: %w", at.path, err)
	}

	n := &node{
		schema:    s,
		component: c.names[s],
		owner:     at.owner,
		kinds:     kindsOf(s),
		leaf:      leaf,
		required:  s.Required,
		rows:      rowsOf(s.Extensions),
		evidence:  evidenceOf(s.Extensions),
	}
	c.nodes[s] = n // before its parts, which may lead back to it
	if n.component != "" {
		n.owner = n.component
		at = spot{n.component, n.component}
	}

	if err := c.branches(n, at); err != nil {
		return nil, err
	}
	if err := c.properties(n, at); err != nil {
		return nil, err
	}
	if err := c.additional(n, at); err != nil {
		return nil, err
	}
	n.not, err = c.node(s.Not, spot{n.owner, at.path + " not"})
	if err != nil {
		return nil, err
	}
	n.items, err = c.node(s.Items, spot{n.owner, at.path + "[]"})
	if err != nil {
		return nil, err
	}
	return n, nil
}

// branches prepares allOf, anyOf and oneOf.
func (c *compiler) branches(n *node, at spot) error {
	for _, list := range []struct {
		refs  openapi3.SchemaRefs
		nodes *[]*node
	}{
		{n.schema.AllOf, &n.allOf},
		{n.schema.AnyOf, &n.anyOf},
		{n.schema.OneOf, &n.oneOf},
	} {
		for i, ref := range list.refs {
			branch, err := c.node(ref, spot{n.owner, fmt.Sprintf("%s[%d]", at.path, i)})
			if err != nil {
				return err
			}
			*list.nodes = append(*list.nodes, branch)
		}
	}
	return nil
}

// properties prepares the declared fields, and gives each a slot in coverage.
func (c *compiler) properties(n *node, at spot) error {
	n.index = make(map[string]int, len(n.schema.Properties))
	n.near = make(map[string]string, len(n.schema.Properties))
	for _, name := range slices.Sorted(maps.Keys(n.schema.Properties)) {
		ref := n.schema.Properties[name]
		child, err := c.node(ref, spot{n.owner, at.path + "." + name})
		if err != nil {
			return err
		}
		if ref.Ref == "" && child.evidence != nil {
			child.pinned = true
		}

		n.index[name] = len(n.props)
		if _, twice := n.near[fold(name)]; !twice {
			n.near[fold(name)] = name
		}
		n.props = append(n.props, property{name, child, len(c.fields)})
		c.fields = append(c.fields, at.path+"."+name)
	}
	return nil
}

// additional prepares additionalProperties.
func (c *compiler) additional(n *node, at spot) error {
	extra := n.schema.AdditionalProperties
	if extra.Has != nil {
		n.open = *extra.Has
		n.closed = !*extra.Has
		return nil
	}

	child, err := c.node(extra.Schema, spot{n.owner, at.path + ".*"})
	if err != nil || child == nil {
		return err
	}
	if child.schema.IsEmpty() {
		n.open = true
	} else {
		n.extra = child
	}
	return nil
}

// branchName is the name of a branch's component, or the number of an unnamed
// branch. A branch that only wraps a component, to say more about it, has its
// name.
func branchName(n *node, i int) string {
	if name := responseName(n); name != "" {
		return name
	}
	return strconv.Itoa(i)
}

// responseName returns the name of a schema's component, or of the component that
// the schema only wraps. It is empty if there is neither.
func responseName(n *node) string {
	for n.component == "" && len(n.allOf) == 1 && len(n.oneOf) == 0 {
		n = n.allOf[0]
	}
	return n.component
}

// leadsTo reports whether a schema is the named component, or a choice that
// includes it.
func leadsTo(n *node, name string) bool {
	return responseName(n) == name || n.component == name ||
		slices.ContainsFunc(n.oneOf, func(branch *node) bool { return leadsTo(branch, name) })
}

// contains reports whether a schema is another, or a choice that includes it.
func (n *node) contains(other *node) bool {
	return n == other ||
		slices.ContainsFunc(n.oneOf, func(branch *node) bool { return branch.contains(other) })
}

// kindsOf returns the types that a schema lists.
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

// locator writes file:line of a place in the contract.
type locator func(file string, line int) string

func defaultLocator(file string, line int) string {
	return fmt.Sprintf("%s:%d", path.Base(file), line)
}

// of writes the most exact line that is known of a place: the line of the entry,
// or else of the keyword, or else of the element.
func (l locator) of(p place) string {
	if p.origin == nil {
		return ""
	}

	if p.entry != "" {
		for _, loc := range p.origin.Sequences[p.keyword] {
			if loc.Name == p.entry {
				return l.at(loc)
			}
		}
	}

	if loc, ok := p.origin.Fields.Lookup(p.keyword); ok && p.keyword != "" {
		return l.at(loc)
	}
	if p.origin.Key == nil {
		return ""
	}
	return l.at(*p.origin.Key)
}

func (l locator) at(loc openapi3.Location) string {
	if loc.Line == 0 {
		return ""
	}
	return l(loc.File, loc.Line)
}
