package conformance

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// checkRequest checks a request against its operation.
func (r *run) checkRequest(ctx context.Context) verdict {
	o := r.operation
	q := &r.exchange.Request
	u, err := url.Parse(q.URL)
	if err != nil {
		return verdict{problems: []problem{{
			code:     CodeRequestPath,
			part:     "path",
			expected: o.Path,
			actual:   "an address that cannot be read",
			message:  "the request's URL cannot be read",
		}}}
	}

	var v verdict
	at := address{url: u}
	at.params, at.pathFits = o.match(segments(u.EscapedPath()))
	v.problems = append(v.problems, r.checkAddress(at)...)
	v.problems = append(v.problems, o.checkCredential(q.Header, u.Query())...)
	v.problems = append(v.problems, r.checkParameters(ctx, at)...)
	v.add(r.checkBody(message{side: SideRequest, header: q.Header, body: q.Body, described: o.body}))
	return v
}

// address is where a request goes.
type address struct {
	url      *url.URL
	params   map[string]string // of the path
	pathFits bool              // it is the operation's
}

// place is the operation itself in the contract.
func (o *operation) place() place { return place{origin: o.doc.Origin} }

// checkAddress checks the method and the path.
func (r *run) checkAddress(at address) []problem {
	o := r.operation
	method := r.exchange.Request.Method

	var problems []problem
	if method != o.Method {
		problems = append(problems, problem{
			code:     CodeRequestMethod,
			part:     "method",
			place:    o.place(),
			expected: o.Method,
			actual:   method,
			message:  "the operation is called by " + o.Method + ", the request uses " + method,
		})
	}
	if !at.pathFits {
		problems = append(problems, problem{
			code:     CodeRequestPath,
			part:     "path",
			place:    o.place(),
			expected: o.Path,
			actual:   at.url.EscapedPath(),
			message:  "the request's path is not the operation's path",
			hint:     "if the target serves the contract under a prefix, name it as base path",
		})
	}
	return problems
}

// checkCredential checks that one of the operation's ways to identify the
// caller was sent.
func (o *operation) checkCredential(h http.Header, query url.Values) []problem {
	if len(o.security) == 0 {
		return nil
	}

	var labels []string
	var last credential
	for _, way := range o.security {
		var missing []string
		for _, k := range way {
			if !k.sent(h, query) {
				missing = append(missing, k.label)
				last = k
			}
		}
		if len(missing) == 0 {
			return nil
		}
		labels = append(labels, strings.Join(missing, " with "))
	}

	slices.Sort(labels)
	expected := either(slices.Compact(labels))
	return []problem{{
		code:     CodeCredentialMissing,
		part:     "credential",
		place:    place{origin: last.origin},
		expected: expected,
		actual:   "absent",
		message:  "the request has no credential: expected " + expected,
		hint:     "configure the client with one; a redirect or a proxy may also have removed it",
	}}
}

// checkParameters checks the parameters of the path, the query, the headers and
// the cookies.
func (r *run) checkParameters(ctx context.Context, at address) []problem {
	var problems []problem
	query, err := url.ParseQuery(at.url.RawQuery)
	queryFits := err == nil
	if !queryFits {
		problems = append(problems, problem{
			code:     CodeParameterInvalid,
			part:     "query",
			place:    r.operation.place(),
			expected: "a query string",
			actual:   "one that cannot be read",
			message:  "the query string is not encoded as it must be",
		})
	}

	input := &openapi3filter.RequestValidationInput{
		Request:     &http.Request{Method: r.exchange.Request.Method, URL: at.url, Header: r.exchange.Request.Header},
		PathParams:  at.params,
		QueryParams: query,
		Options:     parameterOptions,
	}
	for _, ref := range r.operation.params {
		p := ref.Value
		if p.In == openapi3.ParameterInQuery && !queryFits || p.In == openapi3.ParameterInPath && !at.pathFits {
			continue // reported already
		}
		if p.Required && len(p.Content) > 0 && !isSent(p, input) {
			problems = append(problems, missingParameter(p))
			continue
		}
		if err := openapi3filter.ValidateParameter(ctx, input, p); err != nil {
			problems = append(problems, parameterProblems(p, err)...)
		}
	}
	return append(problems, r.undocumentedParameters(query)...)
}

// undocumentedParameters reports query parameters that the operation does not
// have.
func (r *run) undocumentedParameters(query url.Values) []problem {
	o := r.operation
	known := map[string]bool{}
	for _, way := range o.security {
		for _, k := range way {
			known[k.name] = known[k.name] || k.in == "query"
		}
	}
	for _, p := range o.params {
		known[p.Value.Name] = known[p.Value.Name] || p.Value.In == openapi3.ParameterInQuery
	}

	var problems []problem
	for _, name := range slices.Sorted(maps.Keys(query)) {
		object, _, isElement := strings.Cut(name, "[") // filter[kind], colours[]
		if known[name] || isElement && known[object] {
			continue
		}
		if !r.checker.values {
			name = jsonvalue.HideName(name)
		}
		problems = append(problems, problem{
			code:     CodeParameterUndocumented,
			part:     "query " + name,
			place:    o.place(),
			expected: "no such parameter",
			actual:   "present",
			message:  "the operation has no query parameter " + strconv.Quote(name),
		})
	}
	return problems
}

// isSent reports whether a parameter with content is there. kin-openapi reports
// one that is missing as one that cannot be read.
func isSent(p *openapi3.Parameter, input *openapi3filter.RequestValidationInput) bool {
	switch p.In {
	case openapi3.ParameterInPath:
		return input.PathParams[p.Name] != ""
	case openapi3.ParameterInQuery:
		return input.QueryParams.Has(p.Name)
	case openapi3.ParameterInCookie:
		return len(input.Request.CookiesNamed(p.Name)) > 0
	}
	return len(input.Request.Header.Values(p.Name)) > 0
}

func missingParameter(p *openapi3.Parameter) problem {
	return problem{
		code:     CodeParameterMissing,
		part:     p.In + " " + p.Name,
		place:    place{origin: p.Origin, keyword: "required"},
		expected: "present",
		actual:   "absent",
		message:  "the required parameter " + strconv.Quote(p.Name) + " is missing",
	}
}

// parameterProblems says what is wrong with a parameter, from what kin-openapi
// says of it.
func parameterProblems(p *openapi3.Parameter, err error) []problem {
	part := p.In + " " + p.Name
	if errors.Is(err, openapi3filter.ErrInvalidRequired) {
		return []problem{missingParameter(p)}
	}

	var inner error
	if failed, ok := errors.AsType[*openapi3filter.RequestError](err); ok {
		inner = failed.Err
	}
	var problems []problem
	for _, e := range schemaErrors(inner) {
		problems = append(problems, problem{
			code:     CodeParameterInvalid,
			part:     part,
			place:    place{origin: e.Schema.Origin, keyword: e.SchemaField},
			expected: reason(e),
			actual:   "something else",
			message:  "the parameter " + strconv.Quote(p.Name) + " breaks its schema: " + reason(e),
		})
	}
	if len(problems) > 0 {
		return problems
	}
	return []problem{{
		code:     CodeParameterInvalid,
		part:     part,
		place:    place{origin: p.Origin},
		expected: "a value of its type",
		actual:   "something else",
		message:  "the parameter " + strconv.Quote(p.Name) + " cannot be read as the contract describes it",
	}}
}
