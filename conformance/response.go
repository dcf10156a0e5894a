package conformance

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// checkResponse checks a response. If the operation is unknown, only the text
// of the body can be checked.
func (r *run) checkResponse() verdict {
	response := &r.exchange.Response
	m := message{side: SideResponse, header: response.Header, body: response.Body, truncated: response.Truncated}
	if response.Large != nil {
		response.Large.end()
		m.body = response.Large.kept
		m.large = response.Large
	}
	if r.operation == nil {
		return r.checkBody(m)
	}

	var v verdict
	spec := r.operation.response(response.Status)
	if spec == nil {
		v.problems = []problem{r.undocumentedStatus()}
	} else {
		v.problems = append(r.onlyDefault(spec), r.checkHeaders(spec)...)
		m.described = &spec.bodySpec
	}
	v.add(r.checkBody(m))
	return v
}

// undocumentedStatus reports a status that the contract does not describe.
func (r *run) undocumentedStatus() problem {
	response := &r.exchange.Response
	status := strconv.Itoa(response.Status)

	at := place{origin: r.operation.doc.Responses.Origin}
	if at.origin == nil {
		at = r.operation.place()
	}
	p := problem{
		code:     CodeStatusUndocumented,
		part:     "status",
		fault:    FaultContract,
		why:      "no page lists this status, and none says that it cannot occur",
		place:    at,
		expected: either(slices.Sorted(maps.Keys(r.operation.responses))),
		actual:   status,
		message:  "the contract describes no response with status " + status + " for " + r.operation.ID,
		hint:     response.statusHint(),
	}
	if response.Status >= 500 {
		p.fault = FaultServer
		p.why = "the status says that the server failed (RFC 9110, 15.6)"
	}
	return p
}

// statusHint says what a status usually means.
func (s *Response) statusHint() string {
	switch {
	case s.Status >= 300 && s.Status < 400:
		location, err := url.Parse(s.Header.Get("Location"))
		if err != nil || location.Host == "" {
			return "it is a redirect"
		}
		return "it is a redirect to " + location.Scheme + "://" + location.Host
	case s.Status == http.StatusTooManyRequests:
		return "the server limits how often it is called; wait as Retry-After says, and repeat"
	case s.Status >= 500:
		return "the server failed; see its log"
	}
	return ""
}

// onlyDefault reports a status for which the contract only has its default
// response, if that is not documented: no page lists the status.
func (r *run) onlyDefault(spec *responseSpec) []problem {
	isDocumented := spec.evidence == nil || spec.evidence.class == Documented
	if spec != r.operation.responses[defaultStatus] || isDocumented {
		return nil
	}
	p := r.undocumentedStatus()
	p.code = CodeStatusDefault
	p.place = place{origin: spec.origin}
	p.message = "no page lists the status " + p.actual + "; the contract only has its default response for it"
	return []problem{p}
}

// checkHeaders checks the headers that the contract describes for a response.
func (r *run) checkHeaders(spec *responseSpec) []problem {
	var problems []problem
	for _, h := range spec.headers {
		values := r.exchange.Response.Header.Values(h.name)
		if len(values) > 0 {
			problems = append(problems, r.checkHeader(h, values)...)
			continue
		}

		if h.required {
			problems = append(problems, problem{
				code:     CodeHeaderMissing,
				part:     "header " + h.name,
				evidence: h.evidence,
				place:    place{origin: h.origin, keyword: "required"},
				expected: "present",
				actual:   "absent",
				message:  "the required header " + h.name + " is missing",
			})
		}
	}
	return problems
}

// checkHeader checks a header's value. Several lines with one name are one
// list (RFC 9110, 5.3).
func (r *run) checkHeader(h headerSpec, lines []string) []problem {
	if h.node == nil {
		return nil
	}

	value := plainValue(h.node, strings.Join(lines, ","))
	found := r.walker(SideResponse).problemsOf(applied{node: h.node, evidence: h.evidence}, value)
	for i := range found {
		found[i] = problem{
			code:     CodeHeaderInvalid,
			part:     "header " + h.name,
			evidence: h.evidence,
			place:    found[i].place,
			expected: found[i].expected,
			actual:   found[i].actual,
			message:  "the header " + h.name + " breaks its schema: " + found[i].message,
		}
	}
	return found
}

// checkExpected checks a response's value: against the component that the
// exchange expects, if it names one, or else against all that the contract
// describes. described.node is nil where the contract describes nothing.
func (r *run) checkExpected(described applied, value any) verdict {
	expected := r.exchange.Expect.Response
	if expected == "" {
		return r.checkSchema(described, value)
	}
	if described.node != nil && leadsTo(described.node, expected) {
		return r.checkNamed(described, value)
	}

	component := r.checker.components[expected]
	v := verdict{problems: r.misplaced(expected)}
	switch {
	case component == nil:
		v.add(r.checkSchema(described, value))
	case described.node == nil:
		v.add(r.checkSchema(applied{node: component, evidence: described.evidence}, value))
	default:
		// If the value is not the expected component, it is checked against what
		// the contract describes under this status.
		checked := r.checkSchema(applied{node: component, evidence: described.evidence}, value)
		if len(checked.problems) > 0 {
			checked = r.checkSchema(described, value)
		}
		v.add(checked)
	}
	return v
}

// misplaced says why the contract does not describe an expected component
// under the response's status.
func (r *run) misplaced(expected string) []problem {
	o := r.operation
	component := r.checker.components[expected]
	if component == nil {
		return []problem{unknownComponent(expected, "the contract has no component "+expected)}
	}
	statuses := o.statusesOf(expected)
	if len(statuses) == 0 {
		return []problem{unknownComponent(expected, "the contract does not describe "+expected+" for "+o.ID)}
	}
	if o.response(r.exchange.Response.Status) == nil {
		return nil // reported as an undocumented status
	}

	status := strconv.Itoa(r.exchange.Response.Status)
	return []problem{{
		code:     CodeResponseStatus,
		part:     "status",
		evidence: weaker(component.evidence, o.evidenceOf(expected)),
		place:    o.place(),
		expected: either(statuses),
		actual:   status,
		message:  expected + " is described for status " + either(statuses) + ", not for " + status,
	}}
}

// checkNamed checks a value against the expected branch of what is described.
// If the value is in fact another documented response, one problem says that
// in place of many.
func (r *run) checkNamed(described applied, value any) verdict {
	expected := r.exchange.Expect.Response
	w := r.walker(SideResponse)
	w.prefer = target{name: expected}
	v := w.check(described, value)

	broken := slices.DeleteFunc(slices.Clone(v.problems), isAmbiguity)
	if len(broken) == 0 {
		return v
	}
	other := r.fitting(described.node, value)
	if other == nil {
		return v
	}

	// The walk through the other response marks its fields as seen.
	w = r.walker(SideResponse)
	w.prefer = target{node: other}
	v = verdict{problems: []problem{r.otherResponse(described, other, broken, value)}}
	v.add(w.check(described, value))
	v.response = nameOfResponse(other)
	return v
}

func isAmbiguity(p problem) bool { return p.code == CodeContractAmbiguous }

func nameOfResponse(n *node) string {
	if name := responseName(n); name != "" {
		return name
	}
	return "an unnamed response"
}

// otherResponse says that a value is another documented response than the
// expected one, and where it differs from that.
func (r *run) otherResponse(described applied, other *node, differs []problem, value any) problem {
	expected := r.exchange.Expect.Response
	p := problem{
		code:     CodeResponseOther,
		part:     "body",
		evidence: described.evidence,
		schema:   expected,
		expected: expected,
		actual:   nameOfResponse(other),
		differs:  differs,
		value:    value,
		hasValue: true,
		message:  "wrong response: expected " + expected + ", got " + nameOfResponse(other),
		hint:     "check first whether the request or the data on the server earned this response",
	}

	if component := r.checker.components[expected]; component != nil {
		p.place = place{origin: component.schema.Origin}
		p.evidence = cmp.Or(component.evidence, described.evidence)
	}
	return p
}

// fitting finds another documented response that fits the whole value.
func (r *run) fitting(n *node, value any) *node {
	expected := r.exchange.Expect.Response
	whole := situation{side: SideResponse}
	options := slices.DeleteFunc(alternatives(n), func(branch *node) bool {
		return leadsTo(branch, expected) || !whole.fits(branch, value)
	})
	if len(options) == 0 {
		return nil
	}
	return options[max(whole.choose(options, value).best, 0)]
}

// alternatives lists the branches of a choice, through choices of choices.
func alternatives(n *node) []*node {
	var list []*node
	for _, branch := range n.oneOf {
		if len(branch.oneOf) > 0 {
			list = append(list, alternatives(branch)...)
		} else {
			list = append(list, branch)
		}
	}
	return list
}

// walker returns a walker that marks the fields it sees in the result.
func (r *run) walker(side Side) *walker {
	return &walker{checker: r.checker, side: side, seen: r.seen.side(side)}
}

// checkSchema checks a response's value against a schema; without one there is
// nothing to check.
func (r *run) checkSchema(described applied, value any) verdict {
	if described.node == nil {
		return verdict{}
	}
	return r.walker(SideResponse).check(described, value)
}
