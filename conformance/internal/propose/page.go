package propose

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/kapture-community/kapture-go/conformance/internal/documents"
	"github.com/kapture-community/kapture-go/conformance/internal/lazyregexp"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// endpoint is what a page says about an operation that the contract lacks, with the
// names that are proposed for it.
type endpoint struct {
	file       string // of the page
	citation   string // of the page: its title with its generation
	generation string
	resource   string // the tag, and the name of its files
	words      []string
	method     string
	path       string

	requests  []sample
	successes []sample
	failures  []outcome
	texts     []outcome // of successes
	codes     []string
	rows      []documents.Fact
	fields    map[string]bool // in bodies
	keys      []string        // how the page shows a key
	names     []string        // of errors, in a table
}

// sample is a body, and the file that it is proposed for.
type sample struct {
	role string // in the file's name, empty for the main one
	body documents.Body
}

// outcome is a text of a failure or a success.
type outcome struct {
	documents.Fact
	name string
	// known is the entry of another operation that has the same text.
	known *contract.Outcome
}

// endpointOf reads the section of a page that no operation of the contract fits.
func endpointOf(section *documents.Section, home, generation string) *endpoint {
	e := &endpoint{
		generation: generation,
		resource:   strings.TrimSuffix(path.Base(home), path.Ext(home)),
		words:      titleWords(section.Title),
		citation:   citationOf(section.Title, generation),
		fields:     map[string]bool{},
	}

	for _, fact := range section.Facts {
		e.file = filepath.Base(fact.File)
		e.add(fact)
	}
	for _, body := range section.Bodies {
		e.addBody(body)
	}
	return e
}

func (e *endpoint) add(fact documents.Fact) {
	once := func(list *[]string, value string) {
		if !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}

	switch fact.Kind {
	case documents.KindPath:
		if e.path == "" {
			e.path = fact.Value
		}
	case documents.KindMethod:
		if e.method == "" {
			e.method = fact.Value
		}
	case documents.KindCode:
		once(&e.codes, fact.Value)
	case documents.KindAuth:
		once(&e.keys, fact.Value)
	case documents.KindErrorName:
		once(&e.names, fact.Value)
	case documents.KindKey:
		e.fields[fact.Value] = true
	case documents.KindField:
		e.rows = append(e.rows, fact)
	case documents.KindMessage:
		e.addText(fact)
	}
}

// addText adds the text of a failure or a success, once.
func (e *endpoint) addText(fact documents.Fact) {
	list := &e.texts
	if failed[strings.ToLower(fact.Outcome)] {
		list = &e.failures
	}
	if slices.ContainsFunc(*list, func(o outcome) bool { return o.Value == fact.Value }) {
		return
	}

	one := outcome{Fact: fact, known: knownText(fact.Value)}
	one.name = textName(fact.Value)
	if one.known != nil {
		one.name = one.known.Name
	}
	for n := 2; slices.ContainsFunc(*list, func(o outcome) bool { return o.name == one.name }); n++ {
		one.name = fmt.Sprintf("%s-%d", strings.TrimSuffix(one.name, fmt.Sprintf("-%d", n-1)), n)
	}
	*list = append(*list, one)
}

var failed = map[string]bool{"failed": true, "fail": true, "failure": true, "error": true}

// addBody adds a body to the requests or the successes. Failures are known by
// their texts, because a page may print them without braces.
func (e *endpoint) addBody(body documents.Body) {
	isFailure := slices.ContainsFunc(e.failures, func(o outcome) bool {
		text := body.Value.Field(o.Field)
		return text != nil && text.Text == o.Value
	})
	if isFailure || !body.Whole && isFragment(body.Value) {
		return
	}

	list := &e.requests
	if isResponse(body) {
		list = &e.successes
	}
	text := render(body.Value, 0, same)
	if slices.ContainsFunc(*list, func(s sample) bool { return render(s.body.Value, 0, same) == text }) {
		return
	}

	one := sample{body: body}
	if n := len(*list); n > 0 {
		one.role = fmt.Sprintf("form-%d", n+1)
	}
	*list = append(*list, one)
}

// isResponse reports whether a body is a response: by its heading, or by its fields
// if the heading does not say that it is a request.
func isResponse(body documents.Body) bool {
	heading := strings.ToLower(body.Heading)
	outcome := cmp.Or(body.Value.Field("status"), body.Value.Field("Status"))
	hasOutcome := outcome != nil && body.Value.Field("message") != nil
	return strings.Contains(heading, "response") || hasOutcome && !strings.Contains(heading, "request")
}

// isFragment reports whether a body that is not whole shows no more than its
// outcome, as the tables of responses do.
func isFragment(v *documents.Value) bool {
	for _, name := range v.Names {
		if !strings.EqualFold(name, "status") && !strings.EqualFold(name, "message") {
			return false
		}
	}
	return v.Type == "object"
}

// knownText finds the text at the contract's operations.
func knownText(text string) *contract.Outcome {
	for _, op := range contract.Operations() {
		for _, o := range slices.Concat(op.Failures, op.Successes) {
			if o.Matches(text) {
				return &o
			}
		}
	}
	return nil
}

var (
	missing = lazyregexp.New(`(?i)^(.*?)\s+(?:is|are) (?:missing|mandatory|required)`)
	noWord  = lazyregexp.New(`[^a-z0-9]+`)
)

// textName makes the name of an outcome from its text.
func textName(text string) string {
	prefix := ""
	if m := missing.FindStringSubmatch(text); m != nil {
		prefix = "missing-"
		text = m[1]
	}
	text = longNumber.ReplaceAllString(text, "") // may identify somebody
	words := strings.Split(strings.Trim(noWord.ReplaceAllString(strings.ToLower(text), "-"), "-"), "-")
	return prefix + strings.Join(words[:min(len(words), 5)], "-")
}

// citationOf names a page as x-evidence does: Archive Ticket API (2027).
func citationOf(title, generation string) string {
	title, _, _ = strings.Cut(title, "(")
	isLoud := title == strings.ToUpper(title)
	var words []string
	for word := range strings.FieldsSeq(title) {
		word = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
		isName := word == "API" || word == "FAQ"
		if isLoud && !isName && word != "" {
			word = word[:1] + strings.ToLower(word[1:])
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return fmt.Sprintf("%s (%s)", strings.Join(words, " "), generation)
}

// titleWords are the words of a title that name its operation: Archive Ticket.
func titleWords(title string) []string {
	citation := citationOf(title, "")
	name, _, _ := strings.Cut(citation, " API")
	var words []string
	for word := range strings.FieldsSeq(strings.TrimSuffix(name, " ()")) {
		words = append(words, strings.ToUpper(word[:1])+word[1:])
	}
	return words
}

// verb and noun are the parts of the names that are proposed: "Burn Thing" is
// burnThing, and its components begin with Thing.
func (e *endpoint) verb() string { return e.words[0] }

func (e *endpoint) noun() string {
	if len(e.words) == 1 {
		return strings.ToUpper(e.resource[:1]) + e.resource[1:]
	}
	return strings.Join(e.words[1:], "")
}

func (e *endpoint) id() string { return strings.ToLower(e.verb()) + e.noun() }

// requestName is a noun: ThingBurn, and an array of them ThingBurns.
func (e *endpoint) requestName() string { return e.noun() + e.verb() }

// responseName says what was done: ThingBurned.
func (e *endpoint) responseName() string {
	verb := e.verb()
	switch {
	case verb == "Get", verb == "Find", verb == "Search":
		return e.noun() + "Found"
	case strings.HasSuffix(verb, "e"):
		return e.noun() + verb + "d"
	}
	return e.noun() + verb + "ed"
}

// reads reports whether the verb of the title is that of a read.
func (e *endpoint) reads() bool {
	return slices.Contains([]string{"Get", "Find", "Search", "Pull", "Select", "List", "Fetch"}, e.verb())
}

// sampleFile is the name of a sample, as spec/samples names them.
func (e *endpoint) sampleFile(side, role string) string {
	name := fmt.Sprintf("%s/%s-%s.%s", e.resource, strings.ToLower(e.verb()), e.generation, side)
	if role != "" {
		name += "." + role
	}
	return name + ".json"
}
