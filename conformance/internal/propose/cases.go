package propose

import (
	"fmt"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

// service is the name of a resource's service in the client, such as Tickets.
func (e *endpoint) service() string {
	if e.resource == "faq" {
		return "FAQ"
	}
	return strings.ToUpper(e.resource[:1]) + e.resource[1:]
}

// cases writes the fragment of the cases: one for each sample of a request and
// for each failure.
func (e *endpoint) cases() string {
	var out lines
	out.add(0,
		"# review: for conformance/cases/%s.yaml. A write needs a flow too: what it changes, read by another call.",
		e.resource)
	out.add(0, "cases:")
	for _, s := range e.requests {
		e.writeSuccessCase(&out, s)
	}
	emptied := map[string]bool{} // the fields that a case before empties
	for _, o := range e.failures {
		e.writeFailureCase(&out, o, emptied)
	}
	return out.String()
}

func (e *endpoint) writeSuccessCase(out *lines, s sample) {
	suffix := ""
	if s.role != "" {
		suffix = "-" + s.role
	}
	e.writeCaseHead(out, caseHead{
		suffix: suffix,
		about:  "The page's sample is accepted.",
		file:   e.sampleFile("request", s.role),
	})
	switch {
	case len(e.texts) > 0:
		out.add(4, "expect: {success: %s}", e.texts[0].name)
	case len(e.successes) > 0:
		out.add(4, "expect: {response: %s}", e.responseName())
	default:
		out.add(4, "expect: {http: 200}")
	}
}

func (e *endpoint) writeFailureCase(out *lines, o outcome, emptied map[string]bool) {
	isKey := o.known != nil && strings.HasPrefix(o.known.Code, "auth-key")
	head := caseHead{suffix: "-" + o.name, about: o.when()}
	if len(e.requests) > 0 {
		head.file = e.sampleFile("request", "")
	}
	if isKey {
		head.keys = "[absent, wrong, expired, disabled]"
	}
	e.writeCaseHead(out, head)

	pointer := e.missingField(o)
	switch {
	case isKey:
	case pointer == "" || emptied[pointer]:
		out.add(4, "# review: set what makes the server say so")
	default:
		emptied[pointer] = true
		out.add(4, "set: {%s: ''}", pointer)
	}
	out.add(4, "expect: {failure: %s}", o.name)
}

// caseHead is the beginning of a case.
type caseHead struct {
	suffix string // of the name
	about  string
	keys   string // states of the key; empty for a good one
	file   string // the sample of the request
}

func (e *endpoint) writeCaseHead(out *lines, head caseHead) {
	verb := strings.ToLower(e.verb())
	singular := strings.TrimSuffix(e.resource, "s")
	out.add(1, "- name: %s-%s-%s%s", singular, verb, e.generation, head.suffix)
	out.add(2, "about: %s # review", quote(head.about))
	out.add(2, "operation: %s", e.id())
	out.add(2, "use: %s", verb)
	out.add(2, "generation: %s", e.generation)
	if head.keys != "" {
		out.add(2, "keys: %s", head.keys)
	}
	out.add(2, "steps:")
	out.add(3, "- call: %s.%s", e.service(), e.verb())
	if head.file != "" {
		out.add(4, "sample: %s", head.file)
	}
}

// missingField is the pointer to the field of the request that a text names as
// missing, "" if it names none.
func (e *endpoint) missingField(o outcome) string {
	if !missing.MatchString(o.Value) || len(e.requests) == 0 {
		return ""
	}
	body := e.requests[0].body.Value
	prefix := "/"
	if body.Type == "array" && len(body.Values) > 0 {
		prefix = "/0/"
		body = body.Values[0]
	}
	for _, name := range body.Names {
		if strings.Contains(o.Value, name) {
			return prefix + jsonvalue.Escape(name)
		}
	}
	return ""
}

// rowOf is the row of a sample in the table in spec/samples/README.md.
func (e *endpoint) rowOf(file, what string, strict bool, replaced []string) string {
	repaired := ""
	if !strict {
		repaired = "review: what was repaired"
	}

	var names []string
	for _, name := range replaced {
		names = append(names, "`"+name+"`")
	}

	base := file[strings.LastIndex(file, "/")+1:]
	list := strings.Join(names, ", ")
	return fmt.Sprintf("| [%s](%s) | %s | %s | %s | %s |\n", base, file, e.citation, what, repaired, list)
}
