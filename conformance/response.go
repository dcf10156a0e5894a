package conformance

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// response checks what came back. o is nil if the operation is unknown: then
// only the text of the body can be judged.
func (r *run) response(o *operation) {
	a := &r.ex.Response
	if o == nil {
		r.body(nil, SideResponse, nil, a.Header, a.Body, a.Truncated, nil)
		return
	}
	spec := o.answer(a.Status)
	if spec == nil {
		r.undocumentedStatus(o)
		r.body(o, SideResponse, nil, a.Header, a.Body, a.Truncated, o.evidence)
		return
	}
	about := cmp.Or(spec.evidence, o.evidence)
	r.headers(spec, about)
	r.body(o, SideResponse, &spec.bodySpec, a.Header, a.Body, a.Truncated, about)
}

// answer gives what is documented for a status: itself, its range, default.
func (o *operation) answer(status int) *answerSpec {
	text := strconv.Itoa(status)
	for _, key := range []string{text, text[:1] + "XX", text[:1] + "xx", "default"} {
		if spec, ok := o.answers[key]; ok {
			return spec
		}
	}
	return nil
}

// about reports what is wrong with a message outside its body's schema.
func (r *run) about(side Side, code, part string, e *evidence, location, expected, actual, message, hint string) {
	f := Finding{Code: code, Side: side, Part: part, Location: location, Expected: expected, Actual: actual, Message: message, Hint: hint}
	f.Fault, f.Why = blame(side, e)
	if e != nil {
		f.Evidence, f.Sources = e.class, e.sources
	}
	r.out.add(f, "")
}

func (r *run) undocumentedStatus(o *operation) {
	status := r.ex.Response.Status
	hint := ""
	switch {
	case status >= 300 && status < 400:
		hint = "it is a redirect"
		if to, err := url.Parse(r.ex.Response.Header.Get("Location")); err == nil && to.Host != "" {
			hint += " to " + to.Scheme + "://" + to.Host
		}
	case status >= 500:
		hint = "the server failed; see its log"
	}
	location := r.c.locate.keyword(o.doc.Responses.Origin, "")
	if location == "" {
		location = o.Location
	}
	r.about(SideResponse, CodeStatusUndocumented, "status", o.evidence, location, either(slices.Sorted(maps.Keys(o.answers))), strconv.Itoa(status),
		"the contract describes no answer with status "+strconv.Itoa(status)+" for "+o.ID, hint)
}

// headers checks the headers that the contract describes for an answer.
func (r *run) headers(spec *answerSpec, e *evidence) {
	for _, name := range slices.Sorted(maps.Keys(spec.headers)) {
		h := spec.headers[name].Value
		if h == nil || strings.EqualFold(name, "Content-Type") {
			continue
		}
		about := cmp.Or(evidenceOf(h.Extensions), e)
		part := "header " + name
		values := r.ex.Response.Header.Values(name)
		if len(values) == 0 {
			if h.Required {
				r.about(SideResponse, CodeHeaderMissing, part, about, r.c.locate.keyword(h.Origin, "required"), "present", "absent",
					"the required header "+name+" is missing", "")
			}
			continue
		}
		if h.Schema == nil || h.Schema.Value == nil {
			continue
		}
		value := plainValue(h.Schema.Value, values)
		for _, problem := range schemaErrors(h.Schema.Value.VisitJSON(value, r.c.leafOptions...)) {
			r.about(SideResponse, CodeHeaderInvalid, part, about, r.c.locate.keyword(problem.Schema.Origin, problem.SchemaField), reason(problem), jsonvalue.Shape(value),
				"the header "+name+" breaks its schema: "+reason(problem), "")
		}
	}
}

// plainValue reads text that has no JSON form (a header, a form's member) as
// its schema wants it. Text that cannot be read so stays text, and the schema
// refuses it.
func plainValue(s *openapi3.Schema, values []string) any {
	switch {
	case s.Type.Is("array"):
		if len(values) == 1 {
			values = strings.Split(values[0], ",")
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = strings.TrimSpace(v)
			if s.Items != nil && s.Items.Value != nil {
				list[i] = plainValue(s.Items.Value, []string{strings.TrimSpace(v)})
			}
		}
		return list
	case s.Type.Is("integer"), s.Type.Is("number"):
		if value, faults, ok := scanJSON(values[0], 1); ok && len(faults) == 0 {
			if number, ok := value.(json.Number); ok {
				return number
			}
		}
	case s.Type.Is("boolean"):
		switch values[0] {
		case "true":
			return true
		case "false":
			return false
		}
	}
	return strings.Join(values, ", ")
}

// checkAnswer judges an answer's value: against the one that is due, if the
// exchange names one, or else against whatever the contract describes.
func (r *run) checkAnswer(o *operation, n *node, value any, e *evidence) {
	due := r.ex.Expect.Answer
	if due == "" {
		if n != nil {
			r.walk(SideResponse, n, value, e)
		}
		return
	}
	if n != nil && leadsTo(n, due, compositions) {
		r.checkDue(n, due, value, e)
		return
	}
	component, ok := r.c.components[due]
	elsewhere := o.statusesOf(due)
	switch {
	case !ok || len(elsewhere) == 0:
		message := "the contract does not describe " + due + " for " + o.ID
		if !ok {
			message = "the contract has no component " + due
		}
		r.out.add(unknownComponent(due, SideResponse, message), "")
	case o.answer(r.ex.Response.Status) != nil:
		r.about(SideResponse, CodeAnswerStatus, "status", cmp.Or(component.evidence, o.evidence), o.Location,
			either(elsewhere), strconv.Itoa(r.ex.Response.Status),
			due+" is described for status "+either(elsewhere)+", not for "+strconv.Itoa(r.ex.Response.Status), "")
	}
	switch {
	case n != nil && ok:
		// Judged by what is due where it fits, else by what may stand here.
		w := r.walker(SideResponse)
		w.out = &collector{}
		w.visit([]applied{{component, e}}, value)
		if len(w.out.findings) == 0 {
			r.walk(SideResponse, component, value, e)
			return
		}
		r.walk(SideResponse, n, value, e)
	case n != nil:
		r.walk(SideResponse, n, value, e)
	case ok:
		r.walk(SideResponse, component, value, e)
	}
}

// statusesOf lists the statuses whose answers include a component.
func (o *operation) statusesOf(component string) []string {
	var list []string
	for status, a := range o.answers {
		for _, m := range a.media {
			if m.node != nil && leadsTo(m.node, component, compositions) {
				list = append(list, status)
				break
			}
		}
	}
	slices.Sort(list)
	return list
}

// checkDue checks a value against the answer that is due. If it is in fact
// another documented answer, one finding says that instead of many.
func (r *run) checkDue(n *node, due string, value any, e *evidence) {
	w := r.walker(SideResponse)
	w.out = &collector{exchange: r.out.exchange, operation: r.out.operation, status: r.out.status, values: r.out.values}
	w.prefer = &due
	w.answer = answerName(n)
	w.visit([]applied{{n, e}}, value)
	broken := slices.ContainsFunc(w.out.findings, func(f Finding) bool { return f.Code != CodeContractAmbiguous })
	if broken {
		if other := r.fitting(n, due, value); other != nil {
			r.other(n, due, other, value, w.out.findings, e)
			return
		}
	}
	r.keep(w)
}

// fitting finds another documented answer that the value fits whole.
func (r *run) fitting(n *node, due string, value any) *node {
	var options []*node
	leaves(n, &options, compositions)
	w := r.walker(SideResponse)
	options = slices.DeleteFunc(options, func(b *node) bool {
		return leadsTo(b, due, compositions) || !mayFit(b, value, compositions) || !w.fits(b.schema, value)
	})
	if len(options) == 0 {
		return nil
	}
	return options[max(w.choose(options, value), 0)]
}

// leaves lists the alternatives of a choice, through choices of choices.
func leaves(n *node, into *[]*node, budget int) {
	if budget == 0 {
		return
	}
	for _, b := range n.oneOf {
		if len(b.oneOf) > 0 {
			leaves(b, into, budget-1)
			continue
		}
		*into = append(*into, b)
	}
}

func (r *run) other(n *node, due string, other *node, value any, findings []Finding, e *evidence) {
	name := answerName(other)
	if name == "" {
		name = "an unnamed answer"
	}
	about := e
	location := ""
	if c, ok := r.c.components[due]; ok {
		about = cmp.Or(c.evidence, e)
		if o := c.schema.Origin; o != nil && o.Key != nil {
			location = r.c.locate.at(*o.Key)
		}
	}
	findings = slices.DeleteFunc(findings, func(f Finding) bool { return f.Code == CodeContractAmbiguous })
	f := Finding{
		Code: CodeAnswerOther, Side: SideResponse, Part: "body", Schema: due, Location: location,
		Expected: due, Actual: name, Differs: differences(findings),
		Message: "another answer was due: expected " + due + ", got what fits " + name,
		Hint:    "see first whether the request or the data it met earned this answer",
	}
	f.Fault, f.Why = blame(SideResponse, about)
	if about != nil {
		f.Evidence, f.Sources = about.class, about.sources
	}
	if r.out.values {
		f.Value = literal(value)
	}
	r.out.add(f, "")
	w := r.walker(SideResponse)
	w.prefer = new(answerName(other))
	w.visit([]applied{{n, e}}, value)
	r.result.Branches = append(r.result.Branches, w.branches...)
	r.result.Answer = name
}

func (r *run) walker(side Side) *walker {
	return &walker{c: r.c, out: r.out, side: side, seen: r.result.Seen.side(side)}
}

// walk checks a value against a schema and keeps what is found.
func (r *run) walk(side Side, n *node, value any, e *evidence) {
	w := r.walker(side)
	w.answer = answerName(n)
	w.visit([]applied{{n, e}}, value)
	r.keep(w)
}

// keep takes over what a walker found.
func (r *run) keep(w *walker) {
	if w.out != r.out {
		for _, f := range w.out.findings {
			count, also := f.Count, f.Also
			before := len(r.out.findings)
			r.out.add(f, f.Pointer)
			if len(r.out.findings) > before {
				r.out.findings[before].Count, r.out.findings[before].Also = count, also
			}
		}
		r.out.drift = append(r.out.drift, w.out.drift...)
	}
	r.result.Branches = append(r.result.Branches, w.branches...)
	if w.side == SideResponse {
		r.result.Answer = w.answer
	}
}
