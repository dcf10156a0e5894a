package gates

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
	"github.com/kapture-community/kapture-go/spec/contract"
)

// places are the kinds of hand-written files that an endpoint is added to.
// Everything else that depends on an operation is derived from them.
var places = []struct {
	kind  string
	files *regexp.Regexp
}{
	{"contract", regexp.MustCompile(`^spec/([^/]+\.yaml|README\.md)$`)},
	{"samples", regexp.MustCompile(`^spec/samples/`)},
	{"client method", regexp.MustCompile(`^client/[^/]+\.go$`)},
	{"mock", regexp.MustCompile(`^conformance/mock/`)},
	{"cases", regexp.MustCompile(`^conformance/cases/`)},
	{"changelog", regexp.MustCompile(`^CHANGELOG\.md$`)},
}

// otherPlace are files that name operations although a new operation needs no line
// in them.
type otherPlace struct {
	prefix string // of their names
	reason string
	all    bool // they name all operations
}

// elsewhere lists them.
var elsewhere = []otherPlace{
	{prefix: ".lint/", reason: "the contract of the last release, to compare with", all: true},
	{prefix: ".release/", reason: "examples and proofs of the packages, with a few calls"},
	{prefix: "README.md", reason: "its programs, with a few calls; the table of operations is generated"},
	{prefix: "CONTRIBUTING.md", reason: "examples of what is explained"},
	{prefix: "client/examples/", reason: "programs that use a few calls"},
	{prefix: "client/otel/", reason: "examples and tests, with a few calls"},
	{prefix: "client/webhook/", reason: "says which call shows more of a ticket"},
	{prefix: "conformance/attack/", reason: "what a fuzzer reports and the documents say, by operation", all: true},
	{prefix: "conformance/bench/", reason: "the few calls whose speed is compared"},
	{prefix: "conformance/cmd/", reason: "examples of the help and tests, with a few calls"},
	{prefix: "conformance/interop/", reason: "calls that the generators of other languages find hard", all: true},
	{prefix: "conformance/gates/model/", reason: "the calls that the search for lost records makes, chosen by hand",
		all: true},
	{prefix: "conformance/internal/runner/adapters.go", reason: "methods whose parameters are parts of a request"},
	{prefix: "conformance/internal/runner/", reason: "examples in comments and tests, and one key of the mock"},
	{prefix: "conformance/testdata/golden/", reason: "written by go test ./conformance -run TestGolden -update",
		all: true},
	{prefix: "spec/overlays/", reason: "changes of single operations, for generators that need them"},
}

// names are the names of an operation: its ID, its constant in Go, its path and
// its methods.
func names(op contract.Operation) []string {
	constant := "Op" + strings.ToUpper(op.ID[:1]) + op.ID[1:]
	return append(client.Operation(op.ID).Methods(), op.ID, constant, op.Path)
}

// mentions reports whether a text has one of the names, and not only as a part of
// a longer one.
func mentions(text []byte, names []string) bool {
	for _, name := range names {
		for rest := text; ; {
			i := bytes.Index(rest, []byte(name))
			if i < 0 {
				break
			}
			end := i + len(name)
			starts := i == 0 || !partOfName(rest[i-1]) || name[0] == '/'
			ends := end == len(rest) || !partOfName(rest[end])
			if starts && ends {
				return true
			}
			rest = rest[end:]
		}
	}
	return false
}

// partOfName reports whether a name can continue with this byte. A full stop may
// end a sentence after a name, but a path can continue with a slash.
func partOfName(b byte) bool {
	return b == '_' || b == '/' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// An endpoint is added in at most six places by hand: no other hand-written file
// names an operation, or it is listed with a reason.
func TestAnEndpointHasSixPlaces(t *testing.T) {
	operations := contract.Operations()
	named := map[string]int{} // operations by the prefix of elsewhere
	for name, text := range handWritten(t) {
		count := 0
		for _, op := range operations {
			if mentions(text, names(op)) {
				count++
			}
		}
		// Tests may use some operations as examples.
		isTest := strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/")
		example := isTest && count <= len(operations)/2
		if count == 0 || example || isPlace(name) {
			continue
		}
		i := slices.IndexFunc(elsewhere, func(e otherPlace) bool { return strings.HasPrefix(name, e.prefix) })
		if i < 0 {
			t.Errorf("%s names %d operations: derive it from the contract, the examples or the client, "+
				"or list it in elsewhere with a reason", name, count)
			continue
		}
		named[elsewhere[i].prefix] = max(named[elsewhere[i].prefix], count)
		if count > len(operations)/2 && !elsewhere[i].all {
			t.Errorf("%s names %d of %d operations: a new one would need a line in it", name, count, len(operations))
		}
	}

	for _, e := range elsewhere {
		if named[e.prefix] == 0 && e.prefix != "CONTRIBUTING.md" {
			t.Errorf("elsewhere lists %s (%s), which names no operation", e.prefix, e.reason)
		}
	}
}

func isPlace(name string) bool {
	for _, place := range places {
		if place.files.MatchString(name) {
			return true
		}
	}
	return false
}

// generatedTable is README's table of operations.
var generatedTable = regexp.MustCompile(`(?s)<!-- operations: .*<!-- end of operations -->`)

// handWritten returns the texts of the repository's files that are not generated,
// by name.
func handWritten(t *testing.T) map[string][]byte {
	t.Helper()
	texts := repositoryTexts(t)
	for name, text := range texts {
		isBundle := strings.HasPrefix(name, "spec/dist/")
		if isBundle || strings.HasSuffix(name, ".gen.go") || strings.Contains(name, "/testdata/fuzz/") {
			delete(texts, name)
			continue
		}
		texts[name] = generatedTable.ReplaceAll(text, nil)
	}
	return texts
}
