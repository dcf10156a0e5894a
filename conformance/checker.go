package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// DefaultMaxDepth is how deep objects and arrays of a body may be nested.
const DefaultMaxDepth = 128

// maxInflated bounds what undoing a gzip coding may give, in bytes.
const maxInflated = 64 << 20

// Checker checks exchanges against one description. It is prepared once, is
// never changed afterwards, and may be used by many goroutines at once.
type Checker struct {
	operations map[string]*operation
	order      []string // operation ids, sorted
	components map[string]*node
	slots      []slot
	unchecked  []string

	values    bool
	maxDepth  int
	locate    locator
	basePaths []string

	leafOptions    []openapi3.SchemaValidationOption
	requestOptions []openapi3.SchemaValidationOption
	answerOptions  []openapi3.SchemaValidationOption
}

// Option changes how a checker works.
type Option func(*Checker)

// WithValues lets findings show the values of bodies. Without it they show
// shapes only, so that a report can be passed on; and of a member's name that
// looks like a value (a phone, an address) they show the length.
func WithValues(show bool) Option { return func(c *Checker) { c.values = show } }

// WithMaxDepth changes how deep a body may be nested, [DefaultMaxDepth] by
// default.
func WithMaxDepth(depth int) Option { return func(c *Checker) { c.maxDepth = depth } }

// WithLocation changes how a place in the contract is written; by default it
// is the file's base name and the line, "things.yaml:42". file is as the
// loader knew it, line counts from one.
func WithLocation(write func(file string, line int) string) Option {
	return func(c *Checker) { c.locate = write }
}

// WithBasePath names a path under which the target serves the contract's
// paths, beside those of the contract's servers.
func WithBasePath(prefix string) Option {
	return func(c *Checker) { c.basePaths = append(c.basePaths, strings.TrimSuffix(prefix, "/")) }
}

// OperationInfo describes one operation of the contract.
type OperationInfo struct {
	ID       string `json:"id"`
	Method   string `json:"method"`
	Path     string `json:"path"`
	Summary  string `json:"summary,omitempty"`
	Evidence Class  `json:"evidence,omitempty"`
	// Location is file:line of the operation.
	Location string `json:"location,omitempty"`
}

// operation is an operation prepared for checking.
type operation struct {
	OperationInfo
	doc       *openapi3.Operation
	segments  []string
	basePaths []string
	evidence  *evidence
	params    openapi3.Parameters
	security  []credentials
	body      *bodySpec
	answers   map[string]*answerSpec // by status as the contract writes it
}

// bodySpec is what the contract says about a body.
type bodySpec struct {
	required bool
	origin   *openapi3.Origin
	evidence *evidence
	content  openapi3.Content
	types    []string // content types, sorted
	media    map[*openapi3.MediaType]*mediaSpec
}

type mediaSpec struct {
	name     string
	node     *node
	evidence *evidence
	origin   *openapi3.Origin
}

// answerSpec is one documented answer.
type answerSpec struct {
	bodySpec
	status  string
	headers openapi3.Headers
}

// NewChecker prepares a description. The document must have been loaded by
// openapi3.Loader, with IncludeOrigin if findings are to name lines. It is
// validated first and must not be changed afterwards. OpenAPI 3.1 is refused:
// its schemas follow other rules.
func NewChecker(doc *openapi3.T, options ...Option) (*Checker, error) {
	if doc == nil {
		return nil, errors.New("conformance: there is no contract: the document is nil")
	}
	if doc.IsOpenAPI31OrLater() {
		return nil, fmt.Errorf("conformance: the contract is OpenAPI %s; this checker reads OpenAPI 3.0", doc.OpenAPI)
	}
	ctx := context.Background()
	if err := doc.Validate(ctx, openapi3.DisableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("conformance: the contract is not valid OpenAPI; correct it first: %w", err)
	}
	c := &Checker{
		operations: map[string]*operation{}, components: map[string]*node{},
		maxDepth: DefaultMaxDepth, locate: defaultLocator,
	}
	for _, option := range options {
		option(c)
	}
	comp := newCompiler(doc)
	formats := openapi3.WithStringFormatValidators(comp.formats)
	c.leafOptions = []openapi3.SchemaValidationOption{openapi3.MultiErrors(), formats}
	c.requestOptions = []openapi3.SchemaValidationOption{openapi3.FailFast(), openapi3.VisitAsRequest(), formats}
	c.answerOptions = []openapi3.SchemaValidationOption{openapi3.FailFast(), openapi3.VisitAsResponse(), formats}

	for _, name := range slices.Sorted(maps.Keys(comp.components)) {
		n, err := comp.node(comp.components[name], name, name)
		if err != nil {
			return nil, err
		}
		c.components[name] = n
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			o, err := c.prepare(comp, doc, path, method, item, op)
			if err != nil {
				return nil, err
			}
			if _, twice := c.operations[o.ID]; twice {
				return nil, fmt.Errorf("conformance: two operations bear the name %q", o.ID)
			}
			c.operations[o.ID] = o
		}
	}
	c.order = slices.Sorted(maps.Keys(c.operations))
	c.slots = comp.slots
	c.unchecked = slices.Sorted(maps.Keys(comp.unchecked))
	return c, nil
}

func (c *Checker) prepare(comp *compiler, doc *openapi3.T, path, method string, item *openapi3.PathItem, op *openapi3.Operation) (*operation, error) {
	o := &operation{
		OperationInfo: OperationInfo{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary},
		doc:           op, segments: strings.Split(path, "/"), evidence: evidenceOf(op.Extensions), answers: map[string]*answerSpec{},
	}
	if o.ID == "" {
		o.ID = method + " " + path
	}
	if o.evidence != nil {
		o.Evidence = o.evidence.class
	}
	o.Location = c.locate.keyword(op.Origin, "")
	if op.Origin != nil && op.Origin.Key != nil {
		o.Location = c.locate.at(*op.Origin.Key)
	}
	servers := doc.Servers
	if len(item.Servers) > 0 {
		servers = item.Servers
	}
	if op.Servers != nil && len(*op.Servers) > 0 {
		servers = *op.Servers
	}
	o.basePaths = append([]string{""}, c.basePaths...)
	for _, server := range servers {
		if base, err := server.BasePath(); err == nil {
			o.basePaths = append(o.basePaths, strings.TrimSuffix(base, "/"))
		}
	}
	slices.SortFunc(o.basePaths, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	o.basePaths = slices.Compact(o.basePaths)

	// An operation's parameter replaces the path's of the same name and place.
	for _, p := range op.Parameters {
		if p.Value != nil {
			o.params = append(o.params, p)
		}
	}
	for _, p := range item.Parameters {
		if p.Value != nil && op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			o.params = append(o.params, p)
		}
	}
	requirements := doc.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	o.security = credentialsOf(doc, requirements)

	if op.RequestBody != nil && op.RequestBody.Value != nil {
		body := op.RequestBody.Value
		spec, err := c.bodySpec(comp, body.Content, o.ID)
		if err != nil {
			return nil, err
		}
		spec.required, spec.origin, spec.evidence = body.Required, body.Origin, evidenceOf(body.Extensions)
		o.body = &spec
	}
	for status, ref := range op.Responses.Map() {
		if ref.Value == nil {
			continue
		}
		spec, err := c.bodySpec(comp, ref.Value.Content, o.ID+" "+status)
		if err != nil {
			return nil, err
		}
		spec.origin, spec.evidence = ref.Value.Origin, evidenceOf(ref.Value.Extensions)
		o.answers[status] = &answerSpec{spec, status, ref.Value.Headers}
	}
	return o, nil
}

func (c *Checker) bodySpec(comp *compiler, content openapi3.Content, place string) (bodySpec, error) {
	spec := bodySpec{content: content, types: slices.Sorted(maps.Keys(content)), media: map[*openapi3.MediaType]*mediaSpec{}}
	for _, name := range spec.types {
		mt := content[name]
		n, err := comp.node(mt.Schema, place, place)
		if err != nil {
			return spec, err
		}
		spec.media[mt] = &mediaSpec{name, n, evidenceOf(mt.Extensions), mt.Origin}
	}
	return spec, nil
}

// find gives the media type for a label, or nil.
func (b *bodySpec) find(label string) *mediaSpec {
	if mt := b.content.Get(label); mt != nil {
		return b.media[mt]
	}
	return nil
}

// json gives the media type whose schema a JSON body is checked against when
// its label does not tell.
func (b *bodySpec) json() *mediaSpec {
	for _, name := range b.types {
		if isJSONType(name) {
			return b.media[b.content[name]]
		}
	}
	return nil
}

// Operations lists the operations of the contract, sorted by their id.
func (c *Checker) Operations() []OperationInfo {
	list := make([]OperationInfo, len(c.order))
	for i, id := range c.order {
		list[i] = c.operations[id].OperationInfo
	}
	return list
}

// Operation gives one operation by its id.
func (c *Checker) Operation(id string) (OperationInfo, bool) {
	o, ok := c.operations[id]
	if !ok {
		return OperationInfo{}, false
	}
	return o.OperationInfo, true
}

// Find gives the operation that serves a method and path. The path may bear
// one of the base paths of the contract's servers.
func (c *Checker) Find(method, path string) (id string, ok bool) {
	for _, id := range c.order {
		o := c.operations[id]
		if o.Method != method {
			continue
		}
		if params, ok := o.match(path); ok && len(params) == 0 {
			return id, true
		}
	}
	for _, id := range c.order {
		o := c.operations[id]
		if _, ok := o.match(path); ok && o.Method == method {
			return id, true
		}
	}
	return "", false
}

// match compares a path with the operation's and gives its path parameters.
func (o *operation) match(path string) (params map[string]string, ok bool) {
	for _, base := range o.basePaths {
		rest, found := strings.CutPrefix(path, base)
		if !found {
			continue
		}
		if params, ok = o.matchRest(rest); ok {
			return params, true
		}
	}
	return nil, false
}

func (o *operation) matchRest(path string) (params map[string]string, ok bool) {
	if path == o.Path {
		return nil, true
	}
	if !strings.Contains(o.Path, "{") {
		return nil, false
	}
	got := strings.Split(path, "/")
	if len(got) != len(o.segments) {
		return nil, false
	}
	params = map[string]string{}
	for i, want := range o.segments {
		before, rest, found := strings.Cut(want, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			if want != got[i] {
				return nil, false
			}
			continue
		}
		value, head := strings.CutPrefix(got[i], before)
		value, tail := strings.CutSuffix(value, after)
		if !head || !tail || value == "" {
			return nil, false
		}
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		params[name] = value
	}
	return params, true
}

// Answers lists the components that an operation's answers may be, sorted: the
// names that [Expect] may bear.
func (c *Checker) Answers(id string) []string {
	o, ok := c.operations[id]
	if !ok {
		return nil
	}
	names := map[string]bool{}
	for _, a := range o.answers {
		for _, m := range a.media {
			if m.node != nil {
				answerNames(m.node, names, compositions)
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func answerNames(n *node, names map[string]bool, budget int) {
	if budget == 0 {
		return
	}
	if name := answerName(n); name != "" {
		names[name] = true
	}
	if n.component != "" {
		names[n.component] = true
	}
	for _, b := range n.oneOf {
		answerNames(b, names, budget-1)
	}
	if len(n.allOf) == 1 {
		answerNames(n.allOf[0], names, budget-1)
	}
}

// Check judges one exchange. It stops early, with what it has, when the
// context ends.
func (c *Checker) Check(ctx context.Context, ex Exchange) Result {
	ex.Request.Header, ex.Response.Header = canonical(ex.Request.Header), canonical(ex.Response.Header)
	out := &collector{exchange: ex.Name, operation: ex.Operation, status: ex.Response.Status, values: c.values}
	result := Result{Name: ex.Name, Operation: ex.Operation, Seen: c.newSeen(ex.Operation)}
	run := &run{context: ctx, c: c, ex: &ex, out: out, result: &result}

	o := run.operation()
	if o != nil {
		out.operation, result.Operation, result.Seen.operation = o.ID, o.ID, o.ID
	}
	if ex.Request.Method != "" && o != nil && ctx.Err() == nil {
		run.request(o)
	}
	run.settleInvalid()
	if ex.Response.Status != 0 && ctx.Err() == nil {
		run.response(o)
	}
	result.Findings = append(result.Findings, out.findings...)
	result.Drift = out.drift
	for i := range result.Findings {
		result.Findings[i].Operation = result.Operation
	}
	return result
}

// run is one exchange on its way through the checks.
type run struct {
	context context.Context
	c       *Checker
	ex      *Exchange
	out     *collector
	result  *Result
}

// operation finds the operation that the exchange belongs to.
func (r *run) operation() *operation {
	if id := r.ex.Operation; id != "" {
		if o, ok := r.c.operations[id]; ok {
			return o
		}
		r.out.add(Finding{
			Code: CodeOperationUnknown, Fault: FaultContract, Why: "the exchange names the operation itself", Side: SideRequest, Part: "path",
			Expected: "an operation of the contract", Actual: id,
			Message: fmt.Sprintf("the contract has no operation %q", id), Hint: "correct the name, or describe the operation",
		}, "")
		return nil
	}
	path := r.ex.Request.path()
	if id, ok := r.c.Find(r.ex.Request.Method, path); ok {
		return r.c.operations[id]
	}
	shown := path
	if !r.c.values {
		shown = hideNames(path)
	}
	f := Finding{
		Code: CodeOperationUnknown, Fault: FaultClient, Why: "a request must keep to the contract", Side: SideRequest, Part: "path",
		Expected: "an operation of the contract", Actual: r.ex.Request.Method + " " + shown,
		Message: "no operation has this method and path", Hint: "if the server really has it, describe it in the contract",
	}
	for _, id := range r.c.order {
		if _, ok := r.c.operations[id].match(path); ok {
			f.Code, f.Part, f.Expected = CodeRequestMethod, "method", r.c.operations[id].Method
			f.Message, f.Location = "the path is "+id+"'s, which is called by "+f.Expected, r.c.operations[id].Location
			f.Actual = r.ex.Request.Method
			break
		}
	}
	r.out.add(f, "")
	return nil
}

// path gives the path of the request's URL, still encoded.
func (q *Request) path() string {
	u, err := url.Parse(q.URL)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// settleInvalid holds a request that was declared invalid to its word.
func (r *run) settleInvalid() {
	if !r.ex.Expect.RequestInvalid || r.ex.Request.Method == "" {
		return
	}
	if len(r.out.findings) > 0 {
		r.result.Noticed = r.out.findings
		for i := range r.result.Noticed {
			r.result.Noticed[i].Operation = r.result.Operation
		}
		r.out.findings, r.out.at, r.out.more = nil, nil, false
		return
	}
	reason := r.ex.Expect.Reason
	if reason == "" {
		reason = "no reason is given"
	}
	r.out.add(Finding{
		Code: CodeInvalidUnnoticed, Fault: FaultContract, Why: "only the contract can express what is invalid", Side: SideRequest, Part: "body",
		Expected: "a finding: " + reason, Actual: "nothing found",
		Message: "the request is declared invalid (" + reason + ") and the contract has nothing against it",
		Hint:    "write the rule into the schema, or declare the request valid",
	}, "")
}

// CheckComponent checks one JSON value against a component schema, as part of
// a request or of an answer: a sample, or one element of a long list.
func (c *Checker) CheckComponent(component string, body []byte, side Side) Result {
	out := &collector{exchange: component, values: c.values}
	result := Result{Name: component, Seen: c.newSeen("")}
	n, ok := c.components[component]
	if !ok {
		out.add(unknownComponent(component, side, "the contract has no component "+component), "")
		result.Findings = out.findings
		return result
	}
	text := string(body)
	value, faults, ok := scanJSON(text, c.maxDepth)
	textFindings(out, side, text, faults)
	if ok {
		w := walker{c: c, out: out, side: side, seen: result.Seen.side(side), answer: answerName(n)}
		w.visit([]applied{{n, nil}}, value)
		result.Branches, result.Answer = w.branches, w.answer
	}
	result.Findings, result.Drift = out.findings, out.drift
	return result
}

func unknownComponent(name string, side Side, message string) Finding {
	return Finding{
		Code: CodeExpectationUnknown, Fault: FaultContract, Why: "an expectation and the contract must agree on names", Side: side, Part: "body",
		Expected: name, Actual: "absent from the contract", Message: message,
		Hint: "correct the name, or describe it in the contract",
	}
}
