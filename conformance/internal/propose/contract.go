package propose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// shared are the responses in common.yaml, by their HTTP codes.
var shared = map[string]string{
	"400": "BadRequest", "401": "Unauthorized", "403": "Forbidden", "404": "NotFound", "500": "ServerFault",
}

// contract writes the fragment of the contract: the path, and the components.
func (e *endpoint) contract(taken func(name string) bool) string {
	parts := &schemas{e: e, taken: taken, names: map[string]bool{}, written: map[string]bool{}}
	request := ""
	if len(e.requests) > 0 {
		request = parts.request(e.requests[0].body.Value)
	}

	response := ""
	if len(e.successes) > 0 {
		response = parts.response(e.successes[0].body.Value)
	}
	union := parts.name(e.verb() + e.noun() + "Response")

	var out lines
	out.add(0, "# review: proposed from %s. Copy the parts below paths and schemas into spec/%s.yaml.",
		e.file, e.resource)
	out.add(0, "paths:")
	out.add(1, "%s: # review: the path is from the page", e.path)
	out.add(2, "%s:", strings.ToLower(cmp.Or(e.method, "POST")))
	out.add(3, "operationId: %s # review", e.id())
	out.add(3, "tags: [%s]", e.resource)
	out.add(3, "summary: %s (%s) # review", strings.Join(e.words, " "), e.generation)
	if e.reads() {
		out.add(3, "x-idempotent: true # review: it only reads, by its title")
	}
	out.add(3, "x-evidence: {documented: [%s]}", quote(e.citation))
	out.add(3, "x-uses:")
	out.add(4, "- {name: %s, generation: %q, summary: %s, request: %s, response: %s}",
		strings.ToLower(e.verb()), e.generation, strings.Join(e.words, " "), orNone(request), orNone(response))
	e.writeOutcomes(&out)
	e.writeUnknown(&out, parts)
	e.writeErrorNames(&out)
	if request != "" {
		e.writeRequest(&out, request)
	}
	e.writeResponses(&out, union)

	out.add(0, "components:")
	out.add(1, "schemas:")
	out.WriteString(parts.out.String())
	e.writeUnion(&out, union, response)
	return out.String()
}

func orNone(component string) string { return cmp.Or(component, `""`) }

// writeOutcomes writes x-failures and x-successes.
func (e *endpoint) writeOutcomes(out *lines) {
	if len(e.failures) > 0 {
		out.add(3, "x-failures:")
	}
	for _, o := range e.failures {
		e.writeOutcome(out, o, true)
	}
	if len(e.texts) > 0 {
		out.add(3, "x-successes:")
	}
	for _, o := range e.texts {
		e.writeOutcome(out, o, false)
	}
}

func (e *endpoint) writeOutcome(out *lines, o outcome, isFailure bool) {
	out.add(4, "- name: %s", o.name)
	if isFailure {
		out.add(5, "code: %s", o.code())
	}
	out.add(5, "message: %s", quote(madeUpText(o.Value)))
	if longNumber.MatchString(o.Value) {
		out.add(5, "# review: the numbers vary, so it needs a pattern")
	}
	out.add(5, "field: %s", yamlName(o.Field))
	if o.Outcome != "" {
		out.add(5, "status: %s", yamlName(o.Outcome))
	}
	if o.Code != "" {
		out.add(5, "http: [%s]", o.Code)
	}
	out.add(5, "when: %s # review", quote(o.when()))
	out.add(5, "response: %s", e.componentOf(o, isFailure))
	out.add(5, "x-evidence: {documented: [%s]}", quote(e.citation))
}

// componentOf names the component of the response that has a text.
func (e *endpoint) componentOf(o outcome, isFailure bool) string {
	switch {
	case !isFailure:
		return e.responseName() + " # review"
	case o.known != nil && o.known.Field == o.Field:
		return o.known.Response
	case o.Field == "Message":
		return "LegacyFailure"
	case o.Field == "message":
		return "Failure"
	}
	return "Failure # review: it has the text under " + quote(o.Field)
}

func (o outcome) when() string {
	if o.known != nil && o.known.When != "" {
		return o.known.When
	}
	return "The page does not say when."
}

// code is the code that the same text has elsewhere in the contract. Without one,
// it lists the codes to choose from.
func (o outcome) code() string {
	if o.known != nil && o.known.Code != "" {
		return o.known.Code
	}
	return "choose # review: " + strings.Join(likelyCodes(o.Value), ", ") + ", or a new one in spec/openapi.yaml"
}

// likelyCodes are the codes of the contract that a text may have, by its words;
// all of them if no word says which.
func likelyCodes(text string) []string {
	text = strings.ToLower(text)
	var prefixes []string
	for prefix, words := range map[string][]string{
		"missing":   {"missing", "mandatory", "required", "blank", "empty", "null"},
		"invalid":   {"invalid", "format", "should be", "must be", "wrong"},
		"duplicate": {"exist", "duplicate", "already"},
		"not-found": {"not found", "no data", "match", "no record", "does not"},
		"auth-key":  {"auth", "api key", "expired", "token"},
	} {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) }) {
			prefixes = append(prefixes, prefix)
		}
	}

	var codes []string
	for _, entry := range contract.FailureCodes() {
		fits := func(prefix string) bool { return strings.HasPrefix(entry.Code, prefix) }
		if len(prefixes) == 0 || slices.ContainsFunc(prefixes, fits) {
			codes = append(codes, entry.Code)
		}
	}
	return codes
}

// writeUnknown writes the rows of tables whose field no sample shows.
func (e *endpoint) writeUnknown(out *lines, parts *schemas) {
	written := slices.Collect(maps.Keys(parts.written))
	var rows []documents.Fact
	for _, row := range e.rows {
		known := slices.ContainsFunc(written, func(name string) bool { return squeeze(name) == squeeze(row.Value) })
		isHeader := slices.Contains([]string{"authorization", "content-type", "accept"}, strings.ToLower(row.Value))
		isListed := slices.ContainsFunc(rows, func(f documents.Fact) bool { return f.Value == row.Value })
		if !known && !isHeader && !isListed {
			rows = append(rows, row)
		}
	}

	if len(rows) > 0 {
		out.add(3,
			"x-unknown-fields: # review: rows that no sample shows; make them properties, if their place is known")
	}
	for _, row := range rows {
		out.add(4, "- {%s, x-evidence: {documented: [%s]}}", entryOf(row), quote(e.citation))
	}
}

// writeErrorNames writes the names of errors that a table lists.
func (e *endpoint) writeErrorNames(out *lines) {
	if len(e.names) == 0 {
		return
	}
	out.add(3, "x-error-names: # review: their descriptions")
	for _, name := range e.names {
		out.add(4, "- name: %s", name)
		out.add(5, "description: The page lists it.")
		out.add(5, "x-evidence: {documented: [%s]}", quote(e.citation))
	}
}

func (e *endpoint) writeRequest(out *lines, request string) {
	out.add(3, "requestBody:")
	out.add(4, "required: true")
	out.add(4, "content:")
	out.add(5, "application/json:")
	out.add(6, "schema: {$ref: '#/components/schemas/%s'}", request)
	out.add(6, "examples:")
	for _, s := range e.requests {
		name := strings.ToLower(e.verb())
		if s.role != "" {
			name += "-" + s.role
		}
		summary := strings.Join(e.words, " ")
		out.add(7, "%s: {summary: %s, externalValue: samples/%s}", name, summary, e.sampleFile("request", s.role))
	}
}

func (e *endpoint) writeResponses(out *lines, union string) {
	out.add(3, "responses:")
	out.add(4, `"200":`)
	out.add(5, "description: It succeeded, or was rejected with a failure. # review")
	out.add(5, "x-evidence:")
	out.add(6, "documented: [%s]", quote(e.citation))
	out.add(6, `inferred: ["a failure under 200: see spec/README.md, Failures and HTTP codes"]`)
	out.add(5, "content:")
	out.add(6, "application/json:")
	out.add(7, "schema: {$ref: '#/components/schemas/%s'}", union)
	if len(e.successes)+len(e.failures) > 0 {
		out.add(7, "examples:")
	}
	for _, s := range e.successes {
		name := cmp.Or(s.role, "success")
		out.add(8, "%s: {summary: The page's sample, externalValue: samples/%s}",
			name, e.sampleFile("response", s.role))
	}

	for _, o := range e.failures {
		summary := quote("Rejected: " + o.name)
		out.add(8, "%s: {summary: %s, externalValue: samples/%s}", o.name, summary, e.sampleFile("response", o.name))
	}

	codes := slices.Sorted(slices.Values(e.codes))
	for _, code := range codes {
		switch {
		case code == "200":
		case shared[code] != "":
			out.add(4, "%q: {$ref: 'common.yaml#/components/responses/%s'}", code, shared[code])
		default:
			out.add(4, "%q: # review", code)
			out.add(5, "description: The page lists it.")
			out.add(5, "x-evidence: {documented: [%s]}", quote(e.citation))
		}
	}
}

// writeUnion writes the component of the response: a success or a failure.
func (e *endpoint) writeUnion(out *lines, union, response string) {
	out.add(2, "%s:", union)
	out.add(3, "description: What %s returns. # review", strings.Join(e.words, " "))
	out.add(3, "oneOf:")
	if response != "" {
		out.add(4, "- $ref: '#/components/schemas/%s'", response)
	} else {
		out.add(4, "# review: the page has no sample of a success")
	}

	var failures []string
	for _, o := range e.failures {
		name, _, _ := strings.Cut(e.componentOf(o, true), " ")
		if !slices.Contains(failures, name) {
			failures = append(failures, name)
		}
	}

	for _, name := range failures {
		out.add(4, "- $ref: 'common.yaml#/components/schemas/%s'", name)
	}
	out.add(3, "x-response: true")
	out.add(3, "x-evidence: {documented: [%s]}", quote(e.citation))
}

// root is the fragment of spec/openapi.yaml.
func (e *endpoint) root() string {
	reference := e.resource + ".yaml#/paths/" + jsonvalue.Escape(e.path)
	return fmt.Sprintf("# review: for spec/openapi.yaml.\npaths:\n  %s: {$ref: '%s'}\n", e.path, reference)
}
