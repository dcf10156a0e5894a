package conformance

import (
	"cmp"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// OperationInfo describes one operation of the contract.
type OperationInfo struct {
	ID       string `json:"id"`     // the operationId, or method and path
	Method   string `json:"method"` // in capitals
	Path     string `json:"path"`   // as the contract has it, with templates
	Summary  string `json:"summary,omitempty"`
	Evidence Class  `json:"evidence,omitempty"` // the strongest class
	// Location is file:line of the operation.
	Location string `json:"location,omitempty"`
}

// operation is an operation prepared for checking.
type operation struct {
	OperationInfo
	doc       *openapi3.Operation
	templates []template // of the path
	basePaths []basePath // longest first
	evidence  *evidence
	params    openapi3.Parameters
	security  []credentials
	body      *bodySpec                // nil: the contract describes none
	responses map[string]*responseSpec // by status as the contract writes it
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

// mediaSpec is what the contract says about a body of one content type.
type mediaSpec struct {
	name     string
	node     *node
	evidence *evidence
}

// responseSpec is one documented response.
type responseSpec struct {
	bodySpec
	headers []headerSpec // sorted by name
}

// headerSpec is what the contract says about a header of a response.
type headerSpec struct {
	name     string
	required bool
	origin   *openapi3.Origin
	evidence *evidence
	node     *node
}

// credentials is one way to satisfy an operation's security: each of them must
// be sent. An empty list means that no credential is needed.
type credentials []credential

// credential is one thing to send, for example "header Authorization with
// basic".
type credential struct {
	in     string // header, query or cookie
	name   string
	scheme string // of an Authorization header
	label  string
	origin *openapi3.Origin
}

// builder prepares the operations of a document.
type builder struct {
	doc       *openapi3.T
	schemas   *compiler
	locate    locator
	basePaths []string
}

// entry is an operation where the document has it.
type entry struct {
	path   string
	method string
	item   *openapi3.PathItem
	op     *openapi3.Operation
}

func (b *builder) operation(e entry) (*operation, error) {
	if err := e.unsupported(); err != nil {
		return nil, fmt.Errorf("conformance: %s %s: %w", e.method, e.path, err)
	}
	o := &operation{
		OperationInfo: OperationInfo{
			ID:       cmp.Or(e.op.OperationID, e.method+" "+e.path),
			Method:   e.method,
			Path:     e.path,
			Summary:  e.op.Summary,
			Location: b.locate.of(place{origin: e.op.Origin}),
		},
		doc:       e.op,
		basePaths: b.basePathsOf(e),
		evidence:  evidenceOf(e.op.Extensions),
		params:    parametersOf(e),
		security:  b.securityOf(e.op),
		responses: map[string]*responseSpec{},
	}
	if o.evidence != nil {
		o.Evidence = o.evidence.class
	}
	for _, segment := range strings.Split(strings.TrimPrefix(e.path, "/"), "/") {
		o.templates = append(o.templates, templateOf(segment))
	}

	if e.op.RequestBody != nil && e.op.RequestBody.Value != nil {
		body, err := b.requestBody(e.op.RequestBody.Value, o.ID)
		if err != nil {
			return nil, err
		}
		o.body = body
	}
	if err := b.checkParameters(o); err != nil {
		return nil, err
	}
	for status, ref := range e.op.Responses.Map() {
		if ref.Value == nil {
			continue
		}
		response, err := b.response(ref.Value, o.ID+" "+status)
		if err != nil {
			return nil, err
		}
		o.responses[status] = response
	}
	return o, nil
}

func (b *builder) requestBody(body *openapi3.RequestBody, path string) (*bodySpec, error) {
	spec, err := b.body(body.Content, path)
	if err != nil {
		return nil, err
	}
	spec.required = body.Required
	spec.origin = body.Origin
	spec.evidence = evidenceOf(body.Extensions)
	return &spec, nil
}

// checkParameters rejects parameters with a schema that cannot be checked.
func (b *builder) checkParameters(o *operation) error {
	for _, p := range o.params {
		path := o.ID + " " + p.Value.In + " " + p.Value.Name
		if _, err := b.schemas.node(p.Value.Schema, spot{path, path}); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) response(response *openapi3.Response, path string) (*responseSpec, error) {
	spec, err := b.body(response.Content, path)
	if err != nil {
		return nil, err
	}
	spec.origin = response.Origin
	spec.evidence = evidenceOf(response.Extensions)

	headers, err := b.headers(response.Headers, path)
	if err != nil {
		return nil, err
	}
	return &responseSpec{spec, headers}, nil
}

// headers prepares the headers of a response. OpenAPI ignores a Content-Type that
// is described here.
func (b *builder) headers(headers openapi3.Headers, path string) ([]headerSpec, error) {
	var list []headerSpec
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		h := headers[name].Value
		if h == nil || strings.EqualFold(name, "Content-Type") {
			continue
		}
		path := path + " header " + name
		n, err := b.schemas.node(h.Schema, spot{path, path})
		if err != nil {
			return nil, err
		}
		list = append(list, headerSpec{name, h.Required, h.Origin, evidenceOf(h.Extensions), n})
	}
	return list, nil
}

// basePathsOf lists the paths of the servers that apply to an operation, and
// "", because a target may serve the contract's paths at its root.
func (b *builder) basePathsOf(e entry) []basePath {
	servers := b.doc.Servers
	if len(e.item.Servers) > 0 {
		servers = e.item.Servers
	}
	if e.op.Servers != nil && len(*e.op.Servers) > 0 {
		servers = *e.op.Servers
	}

	paths := append([]string{""}, b.basePaths...)
	for _, server := range servers {
		if base, err := server.BasePath(); err == nil {
			paths = append(paths, strings.TrimSuffix(base, "/"))
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})

	var list []basePath
	for _, path := range slices.Compact(paths) {
		list = append(list, basePathOf(path))
	}
	return list
}

// parametersOf lists an operation's parameters. One of the operation replaces
// one of its path with the same name and place.
func parametersOf(e entry) openapi3.Parameters {
	var params openapi3.Parameters
	for _, p := range e.op.Parameters {
		if p.Value != nil {
			params = append(params, p)
		}
	}
	for _, p := range e.item.Parameters {
		if p.Value != nil && e.op.Parameters.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			params = append(params, p)
		}
	}
	return params
}

// securityOf lists the ways to satisfy an operation's security.
func (b *builder) securityOf(op *openapi3.Operation) []credentials {
	requirements := b.doc.Security
	if op.Security != nil {
		requirements = *op.Security
	}
	if b.doc.Components == nil {
		return nil
	}

	var ways []credentials
	for _, requirement := range requirements {
		way := credentials{}
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			scheme := b.doc.Components.SecuritySchemes[name]
			if scheme != nil && scheme.Value != nil {
				way = append(way, credentialOf(scheme.Value))
			}
		}
		ways = append(ways, way)
	}
	return ways
}

// credentialOf returns what a request must send by a security scheme.
func credentialOf(s *openapi3.SecurityScheme) credential {
	if s.Type == "apiKey" {
		return credential{in: s.In, name: s.Name, label: s.In + " " + s.Name, origin: s.Origin}
	}
	scheme := "bearer" // what oauth2 and openIdConnect send
	if s.Type == "http" {
		scheme = s.Scheme
	}
	return credential{
		in:     "header",
		name:   "Authorization",
		scheme: scheme,
		label:  "header Authorization with " + scheme,
		origin: s.Origin,
	}
}

// body prepares the content types of a body.
func (b *builder) body(content openapi3.Content, path string) (bodySpec, error) {
	spec := bodySpec{
		content: content,
		types:   slices.Sorted(maps.Keys(content)),
		media:   map[*openapi3.MediaType]*mediaSpec{},
	}
	for _, name := range spec.types {
		media := content[name]
		n, err := b.schemas.node(media.Schema, spot{path, path})
		if err != nil {
			return spec, err
		}
		spec.media[media] = &mediaSpec{name, n, evidenceOf(media.Extensions)}
	}
	return spec, nil
}

// find returns the media type for a content type, or nil. Content types are
// compared without regard to letter case, blanks and quotes; of those that the
// contract lists, the one with the most parameters in common counts.
func (b *bodySpec) find(label string) *mediaSpec {
	var best *mediaSpec
	most := 0
	for _, name := range b.types {
		score := matchMediaType(label, name)
		if score > most {
			best = b.media[b.content[name]]
			most = score
		}
	}
	return best
}

// matchMediaType scores how exactly a content type of the contract describes that
// of a message. It is 0 if it does not.
func matchMediaType(label, listed string) (score int) {
	const (
		anyType   = 1
		anyOfKind = 2
		sameType  = 3
		sameParam = 3
	)
	kind, params := parseMediaType(label)
	group, _, _ := strings.Cut(kind, "/")
	listedKind, listedParams := parseMediaType(listed)

	switch {
	case kind == "":
		return 0
	case listedKind == kind:
		score = sameType
	case listedKind == group+"/*":
		score = anyOfKind
	case listedKind == "*/*":
		score = anyType
	default:
		return 0
	}
	for key, value := range listedParams {
		if strings.EqualFold(params[key], value) {
			score += sameParam
		}
	}
	return score
}

// parseMediaType splits a content type. One that cannot be read keeps its type.
func parseMediaType(label string) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(label)
	if err != nil {
		return mediaType(label), nil
	}
	return kind, params
}

// json returns the media type whose schema a JSON body is checked against if
// its content type does not say. It is nil if none is JSON.
func (b *bodySpec) json() *mediaSpec {
	for _, name := range b.types {
		if isJSONType(name) {
			return b.media[b.content[name]]
		}
	}
	return nil
}

// first returns the first media type, or nil.
func (b *bodySpec) first() *mediaSpec {
	if len(b.types) == 0 {
		return nil
	}
	return b.media[b.content[b.types[0]]]
}

// defaultStatus is the contract's name for all statuses that it does not list.
const defaultStatus = "default"

// response returns what is documented for a status: the status, its range, or
// default.
func (o *operation) response(status int) *responseSpec {
	text := strconv.Itoa(status)
	for _, key := range []string{text, text[:1] + "XX", text[:1] + "xx", defaultStatus} {
		if spec, ok := o.responses[key]; ok {
			return spec
		}
	}
	return nil
}

// statusesOf lists the statuses whose responses include a component.
func (o *operation) statusesOf(component string) []string {
	var list []string
	for status, response := range o.responses {
		for _, media := range response.media {
			if media.node != nil && leadsTo(media.node, component) {
				list = append(list, status)
				break
			}
		}
	}
	slices.Sort(list)
	return list
}

// evidenceOf returns the strongest evidence for a component as the body of a
// response. If several statuses have that, the first one counts, so that findings
// do not change from run to run.
func (o *operation) evidenceOf(component string) *evidence {
	var strongest *evidence
	for _, status := range slices.Sorted(maps.Keys(o.responses)) {
		response := o.responses[status]
		for _, media := range response.media {
			if media.node != nil && leadsTo(media.node, component) {
				strongest = stronger(strongest, cmp.Or(media.evidence, response.evidence))
			}
		}
	}
	return strongest
}

// sent reports whether a request has the credential.
func (k credential) sent(h http.Header, query url.Values) bool {
	switch k.in {
	case "query":
		return query.Get(k.name) != ""
	case "cookie":
		request := http.Request{Header: http.Header{"Cookie": h.Values("Cookie")}}
		cookies := request.CookiesNamed(k.name)
		return len(cookies) > 0 && cookies[0].Value != ""
	}

	value := h.Get(k.name)
	if k.scheme == "" {
		return strings.TrimSpace(value) != ""
	}
	// The scheme's letter case does not matter (RFC 9110, 11.1), and neither do
	// further blanks after it.
	parts := strings.Fields(value)
	return len(parts) > 1 && strings.EqualFold(parts[0], k.scheme)
}
