package conformance

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// credentials is one way to satisfy an operation's security: every part of it
// must be on the wire. No part at all means that none is needed.
type credentials []credential

type credential struct {
	in, name, scheme string // in: header, query, cookie
	label            string
	origin           *openapi3.Origin
}

func credentialsOf(doc *openapi3.T, requirements openapi3.SecurityRequirements) []credentials {
	var ways []credentials
	for _, requirement := range requirements {
		way := credentials{}
		for _, name := range slices.Sorted(maps.Keys(requirement)) {
			if doc.Components == nil || doc.Components.SecuritySchemes[name] == nil {
				continue
			}
			s := doc.Components.SecuritySchemes[name].Value
			switch {
			case s == nil:
			case s.Type == "apiKey":
				way = append(way, credential{s.In, s.Name, "", s.In + " " + s.Name, s.Origin})
			case s.Type == "http":
				way = append(way, credential{"header", "Authorization", s.Scheme, "header Authorization with " + s.Scheme, s.Origin})
			default: // oauth2, openIdConnect: a bearer token on the wire
				way = append(way, credential{"header", "Authorization", "bearer", "header Authorization with bearer", s.Origin})
			}
		}
		ways = append(ways, way)
	}
	return ways
}

func (k credential) sent(h http.Header, query url.Values) bool {
	switch k.in {
	case "query":
		return query.Get(k.name) != ""
	case "cookie":
		cookies := (&http.Request{Header: http.Header{"Cookie": h.Values("Cookie")}}).CookiesNamed(k.name)
		return len(cookies) > 0 && cookies[0].Value != ""
	}
	value := h.Get(k.name)
	if k.scheme == "" {
		return strings.TrimSpace(value) != ""
	}
	scheme, rest, _ := strings.Cut(value, " ")
	return strings.EqualFold(scheme, k.scheme) && strings.TrimSpace(rest) != ""
}

// request checks what went out.
func (r *run) request(o *operation) {
	q := &r.ex.Request
	u, err := url.Parse(q.URL)
	if err != nil {
		r.client(o, CodeRequestPath, "path", "", o.Path, "an address that cannot be read", "the request's URL cannot be read", "")
		return
	}
	if q.Method != o.Method {
		r.client(o, CodeRequestMethod, "method", o.Location, o.Method, q.Method, "the operation is called by "+o.Method+", the request uses "+q.Method, "")
	}
	params, ok := o.match(u.EscapedPath())
	if !ok {
		r.client(o, CodeRequestPath, "path", o.Location, o.Path, u.EscapedPath(), "the request goes to a path that is not the operation's",
			"if the target lives under a prefix, name it as base path")
	}
	r.credential(o, u)
	r.parameters(o, u, params, ok)
	r.body(o, SideRequest, o.body, q.Header, q.Body, false, o.evidence)
}

// client reports a fault of the request outside its body.
func (r *run) client(o *operation, code, part, location, expected, actual, message, hint string) {
	r.about(SideRequest, code, part, o.evidence, location, expected, actual, message, hint)
}

func (r *run) credential(o *operation, u *url.URL) {
	if len(o.security) == 0 {
		return
	}
	query := u.Query()
	var labels []string
	location := ""
	for _, way := range o.security {
		var missing []string
		for _, k := range way {
			if !k.sent(r.ex.Request.Header, query) {
				missing = append(missing, k.label)
				location = r.c.locate.keyword(k.origin, "")
			}
		}
		if len(missing) == 0 {
			return
		}
		labels = append(labels, strings.Join(missing, " with "))
	}
	slices.Sort(labels)
	labels = slices.Compact(labels)
	r.client(o, CodeCredentialMissing, "credential", location, either(labels), "absent",
		"the request bears no credential: expected "+either(labels), "configure the client with one; a redirect or a proxy may also have removed it")
}

func (r *run) parameters(o *operation, u *url.URL, params map[string]string, pathKnown bool) {
	query, queryErr := url.ParseQuery(u.RawQuery)
	if queryErr != nil {
		r.client(o, CodeParameterInvalid, "query", o.Location, "a query string", "one that cannot be read", "the query string is not encoded as it must be", "")
	}
	known := map[string]bool{}
	for _, way := range o.security {
		for _, k := range way {
			if k.in == "query" {
				known[k.name] = true
			}
		}
	}
	var input *openapi3filter.RequestValidationInput
	for _, ref := range o.params {
		p := ref.Value
		if p.In == openapi3.ParameterInQuery {
			known[p.Name] = true
			if queryErr != nil {
				continue
			}
		}
		if p.In == openapi3.ParameterInPath && !pathKnown {
			continue
		}
		if input == nil {
			input = &openapi3filter.RequestValidationInput{
				Request:    &http.Request{Method: r.ex.Request.Method, URL: u, Header: r.ex.Request.Header},
				PathParams: params, QueryParams: query,
				Options: &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, SchemaValidationOptions: r.c.leafOptions},
			}
		}
		if err := openapi3filter.ValidateParameter(r.context, input, p); err != nil {
			r.parameter(o, p, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !known[name] && !known[strings.TrimSuffix(name, "[]")] && !deepObject(name, known) {
			if !r.c.values {
				name = hideName(name)
			}
			r.client(o, CodeParameterUndocumented, "query "+name, o.Location, "no such parameter", "present",
				"the operation has no query parameter "+strconv.Quote(name), "")
		}
	}
}

// deepObject knows names such as filter[name].
func deepObject(name string, known map[string]bool) bool {
	head, _, ok := strings.Cut(name, "[")
	return ok && known[head]
}

func (r *run) parameter(o *operation, p *openapi3.Parameter, err error) {
	part := p.In + " " + p.Name
	location := r.c.locate.keyword(p.Origin, "")
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		r.client(o, CodeParameterMissing, part, r.c.locate.keyword(p.Origin, "required"), "present", "absent",
			"the required parameter "+strconv.Quote(p.Name)+" is missing", "")
		return
	}
	var inner error
	if failed, ok := errors.AsType[*openapi3filter.RequestError](err); ok {
		inner = failed.Err
	}
	problems := schemaErrors(inner)
	for _, problem := range problems {
		r.client(o, CodeParameterInvalid, part, r.c.locate.keyword(problem.Schema.Origin, problem.SchemaField), reason(problem), "something else",
			"the parameter "+strconv.Quote(p.Name)+" breaks its schema: "+reason(problem), "")
	}
	if len(problems) == 0 {
		r.client(o, CodeParameterInvalid, part, location, "a value of its type", "something else",
			"the parameter "+strconv.Quote(p.Name)+" cannot be read as what the contract says", "")
	}
}

// canonical puts header names into the form that Go looks them up by, in case
// a recording keeps them as they came.
func canonical(h http.Header) http.Header {
	for name := range h {
		if http.CanonicalHeaderKey(name) == name {
			continue
		}
		out := http.Header{}
		for name, values := range h {
			key := http.CanonicalHeaderKey(name)
			out[key] = append(out[key], values...)
		}
		return out
	}
	return h
}
