package propose

import (
	"fmt"
	"strings"
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
		role := ""
		if s.role != "" {
			role = "-" + s.role
		}
		e.oneCase(&out, wanted{
			name:  role,
			about: "The body of the page is accepted.",
			file:  e.sampleFile("request", s.role),
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

	used := map[string]bool{} // fields that another failure names
	for _, o := range e.failures {
		isKey := o.known != nil && strings.HasPrefix(o.known.Code, "auth-key")
		w := wanted{name: "-" + o.name, about: o.when()}
		if len(e.requests) > 0 {
			w.file = e.sampleFile("request", "")
		}
		if isKey {
			w.keys = "[absent, wrong, expired, disabled]"
		}
		e.oneCase(&out, w)
		pointer := e.emptied(o)
		switch {
		case isKey:
		case pointer == "" || used[pointer]:
			out.add(4, "# review: set what makes the server say so")
		default:
			used[pointer] = true
			out.add(4, "set: {%s: ''}", pointer)
		}
		out.add(4, "expect: {failure: %s}", o.name)
	}
	return out.String()
}

// wanted is the beginning of a case.
type wanted struct{ name, about, keys, file string }

func (e *endpoint) oneCase(out *lines, w wanted) {
	verb := strings.ToLower(e.verb())
	singular := strings.TrimSuffix(e.resource, "s")
	out.add(1, "- name: %s-%s-%s%s", singular, verb, e.generation, w.name)
	out.add(2, "about: %s # review", quote(w.about))
	out.add(2, "operation: %s", e.id())
	out.add(2, "use: %s", verb)
	out.add(2, "generation: %s", e.generation)
	if w.keys != "" {
		out.add(2, "keys: %s", w.keys)
	}
	out.add(2, "steps:")
	out.add(3, "- call: %s.%s", e.service(), e.verb())
	if w.file != "" {
		out.add(4, "sample: %s", w.file)
	}
}

// emptied is the pointer to the field of the request that a text names as
// missing, "" if it names none.
func (e *endpoint) emptied(o outcome) string {
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
			return prefix + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
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
