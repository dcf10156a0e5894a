package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Checker checks exchanges against one description. It is prepared once, does
// not change afterwards, and may be used by many goroutines at once.
type Checker struct {
	operations map[string]*operation
	order      []string // operation IDs, sorted
	components map[string]*node
	fields     []string        // "Schema.field" by slot: what coverage counts
	plans      map[*node]*plan // of bodies and components, for the acceptor
	planner    *planner
	long       int // how many bytes make an array a longList

	values    bool
	locate    locator
	refer     *references
	basePaths []string
}

// Option changes how a checker works.
type Option func(*Checker)

// WithValues lets findings show the values of bodies. Without it they show
// only shapes, so that a report can be passed on. A field name that looks like
// a value (a phone number, an address) is then replaced by its length.
func WithValues(show bool) Option { return func(c *Checker) { c.values = show } }

// WithLocation changes how a place in the contract is written. By default it
// is the file's base name and the line, "things.yaml:42". The file is named as
// the loader knew it, and lines count from one.
func WithLocation(write func(file string, line int) string) Option {
	return func(c *Checker) { c.locate = write }
}

// WithBundle names the file in which readers of the findings have the contract as
// one document, "dist/things.json": [Finding.Reference] begins with it.
func WithBundle(name string) Option { return func(c *Checker) { c.refer.bundle = name } }

// WithBasePath adds a path under which the target serves the contract's
// paths. The paths of the contract's servers need not be named.
func WithBasePath(prefix string) Option {
	return func(c *Checker) { c.basePaths = append(c.basePaths, strings.TrimSuffix(prefix, "/")) }
}

// NewChecker prepares a description. The document must have been loaded by
// openapi3.Loader, with IncludeOrigin if findings are to name lines. It is
// validated first and must not change afterwards. OpenAPI 3.1 is rejected,
// because its schemas follow other rules.
func NewChecker(doc *openapi3.T, options ...Option) (*Checker, error) {
	if doc == nil {
		return nil, errors.New("conformance: no contract: the document is nil")
	}
	if doc.IsOpenAPI31OrLater() {
		return nil, fmt.Errorf("conformance: the contract is OpenAPI %s; this checker reads OpenAPI 3.0", doc.OpenAPI)
	}
	// Patterns are left to compilePattern, which says what is wrong with them.
	err := doc.Validate(context.Background(),
		openapi3.DisableExamplesValidation(),
		openapi3.DisableSchemaPatternValidation())
	if err != nil {
		return nil, fmt.Errorf("conformance: the contract is not valid OpenAPI; correct it first: %w", err)
	}

	c := &Checker{
		operations: map[string]*operation{},
		components: map[string]*node{},
		locate:     defaultLocator,
		refer:      &references{doc: doc},
		long:       longListFrom,
	}
	for _, option := range options {
		option(c)
	}

	schemas := newCompiler(doc)
	if err := c.prepareComponents(schemas); err != nil {
		return nil, err
	}
	if err := c.prepareOperations(&builder{doc, schemas, c.locate, c.basePaths}); err != nil {
		return nil, err
	}
	if err := endless(schemas.nodes); err != nil {
		return nil, err
	}
	c.fields = schemas.fields
	c.prepareAcceptor()
	return c, nil
}

// prepareAcceptor makes the plans for whole bodies. A body without a plan is
// always left to the walker.
func (c *Checker) prepareAcceptor() {
	c.plans = map[*node]*plan{}
	c.planner = newPlanner()
	for _, n := range c.bodies() {
		if p := c.planner.plan([]*node{n}); p.unsupported() == nil {
			c.plans[n] = p
		}
	}
}

// bodies lists the schemas that a whole body may have.
func (c *Checker) bodies() []*node {
	list := slices.Collect(maps.Values(c.components))
	for _, o := range c.operations {
		if o.body != nil {
			list = append(list, o.body.nodes()...)
		}
		for _, response := range o.responses {
			list = append(list, response.nodes()...)
		}
	}
	return list
}

func (b *bodySpec) nodes() []*node {
	var list []*node
	for _, media := range b.media {
		if media.node != nil {
			list = append(list, media.node)
		}
	}
	return list
}

func (c *Checker) prepareComponents(schemas *compiler) error {
	for _, name := range slices.Sorted(maps.Keys(schemas.components)) {
		n, err := schemas.node(schemas.components[name], spot{name, name})
		if err != nil {
			return err
		}
		c.components[name] = n
	}
	return nil
}

func (c *Checker) prepareOperations(b *builder) error {
	paths := b.doc.Paths.Map()
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		operations := paths[path].Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			o, err := b.operation(entry{path, method, paths[path], operations[method]})
			if err != nil {
				return err
			}
			if _, twice := c.operations[o.ID]; twice {
				return fmt.Errorf("conformance: two operations are named %q", o.ID)
			}
			c.operations[o.ID] = o
		}
	}

	c.order = slices.Sorted(maps.Keys(c.operations))
	return nil
}

// Operations lists the operations of the contract, sorted by ID.
func (c *Checker) Operations() []OperationInfo {
	list := make([]OperationInfo, len(c.order))
	for i, id := range c.order {
		list[i] = c.operations[id].OperationInfo
	}
	return list
}

// Operation returns the operation with the given ID.
func (c *Checker) Operation(id string) (OperationInfo, bool) {
	o, ok := c.operations[id]
	if !ok {
		return OperationInfo{}, false
	}
	return o.OperationInfo, true
}

// Find returns the operation that serves a method and path. The path may begin
// with one of the base paths of the contract's servers. A path without
// parameters is preferred to one with parameters.
func (c *Checker) Find(method, path string) (id string, ok bool) {
	at := segments(path)
	found := ""

	for _, id := range c.order {
		o := c.operations[id]
		params, matches := o.match(at)
		if !matches || o.Method != method {
			continue
		}
		if len(params) == 0 {
			return id, true
		}
		if found == "" {
			found = id
		}
	}
	return found, found != ""
}

// Responses lists the components that an operation's responses may be, sorted.
// These are the names that [Expect] may have.
func (c *Checker) Responses(id string) []string {
	o, ok := c.operations[id]
	if !ok {
		return nil
	}

	names := map[string]bool{}
	for _, response := range o.responses {
		for _, media := range response.media {
			if media.node != nil {
				responseNames(media.node, names)
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func responseNames(n *node, names map[string]bool) {
	if name := responseName(n); name != "" {
		names[name] = true
	}
	if n.component != "" {
		names[n.component] = true
	}

	for _, branch := range n.oneOf {
		responseNames(branch, names)
	}
	if len(n.allOf) == 1 {
		responseNames(n.allOf[0], names)
	}
}
