package spec_test

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec/contract"
)

// entries returns an extension that lists mappings.
func entries(extensions map[string]any, name string) []map[string]any {
	var list []map[string]any
	all, _ := extensions[name].([]any)
	for _, entry := range all {
		list = append(list, entry.(map[string]any))
	}
	return list
}

var page = regexp.MustCompile(`^[A-Z][A-Za-z]*( [A-Za-z]+)* \(20\d\d(-\d\d)?\)$`)

// checkEvidence says what is wrong with an x-evidence.
func checkEvidence(extensions map[string]any) error {
	value, ok := extensions["x-evidence"]
	if !ok {
		return errors.New("x-evidence is missing")
	}
	classes, ok := value.(map[string]any)
	if !ok || len(classes) == 0 {
		return fmt.Errorf("x-evidence is %T, want a mapping of documented, observed and inferred", value)
	}

	for class, sources := range classes {
		if !slices.Contains([]string{"documented", "observed", "inferred"}, class) {
			return fmt.Errorf("x-evidence has the class %q", class)
		}
		list, ok := sources.([]any)
		if !ok || len(list) == 0 {
			return fmt.Errorf("x-evidence.%s names no source", class)
		}
		for _, source := range list {
			text, ok := source.(string)
			if !ok || text == "" {
				return fmt.Errorf("x-evidence.%s has the source %v", class, source)
			}
			if class == "documented" && !page.MatchString(text) {
				return fmt.Errorf("x-evidence.documented has %q, want the title of a page and its generation", text)
			}
		}
	}
	return nil
}

// pathItems are the paths of the contract and the callbacks, which are operations
// that Kapture calls.
func pathItems(doc *openapi3.T) map[string]*openapi3.PathItem {
	items := maps.Clone(doc.Paths.Map())
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for name, callback := range operation.Callbacks {
				for _, called := range callback.Value.Map() {
					items["callback "+name] = called
				}
			}
		}
	}
	return items
}

// Every fact names its evidence: operations, schemas, responses, failures, error
// names, parameters, ways to show a key, and the properties that say something
// else than their schema.
func TestEveryFactNamesItsEvidence(t *testing.T) {
	doc := document(t)
	check := func(where string, extensions map[string]any) {
		if err := checkEvidence(extensions); err != nil {
			t.Errorf("%s: %v", where, err)
		}
	}

	for path, item := range pathItems(doc) {
		for method, operation := range item.Operations() {
			where := method + " " + path
			check(where, operation.Extensions)
			for _, parameter := range operation.Parameters {
				check(where+", parameter "+parameter.Value.Name, parameter.Value.Extensions)
			}
			for code, response := range operation.Responses.Map() {
				check(where+", response "+code, response.Value.Extensions)
			}
			for _, list := range []string{"x-failures", "x-successes", "x-unknown-fields", "x-error-names"} {
				for i, entry := range entries(operation.Extensions, list) {
					check(fmt.Sprintf("%s, %s[%d]", where, list, i), entry)
				}
			}
		}
	}

	for _, entry := range entries(doc.Extensions, "x-failure-codes") {
		check(fmt.Sprint("x-failure-codes, ", entry["code"]), entry)
	}
	for name, scheme := range doc.Components.SecuritySchemes {
		check("security scheme "+name, scheme.Value.Extensions)
	}
	for name, schema := range doc.Components.Schemas {
		check("schema "+name, schema.Value.Extensions)
		for property, value := range schema.Value.Properties {
			_, given := value.Value.Extensions["x-evidence"]
			if given && value.Ref == "" {
				check("schema "+name+", property "+property, value.Value.Extensions)
			}
		}
	}
}

// A misspelt name in an extension would be lost without an error: readers take
// the names that they know.
func TestExtensionsHaveKnownNames(t *testing.T) {
	doc := document(t)
	known := map[string][]string{
		"x-uses":          namesOf(contract.Use{}),
		"x-failures":      namesOf(contract.Outcome{}),
		"x-successes":     namesOf(contract.Outcome{}),
		"x-failure-codes": namesOf(contract.FailureCode{}),
	}
	check := func(where string, extensions map[string]any) {
		for list, names := range known {
			for _, entry := range entries(extensions, list) {
				for name := range entry {
					if !slices.Contains(names, name) {
						t.Errorf("%s, %s: %q is not one of %v", where, list, name, names)
					}
				}
			}
		}
	}

	check("the contract", doc.Extensions)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			check(method+" "+path, operation.Extensions)
		}
	}
}

// namesOf lists the names of a struct's fields in JSON.
func namesOf(value any) []string {
	var names []string
	for field := range reflect.TypeOf(value).Fields() {
		names = append(names, field.Tag.Get("json"))
	}
	return append(names, "__origin__") // which the loader adds
}

// What extensions name exists.
func TestExtensionsPointAtComponents(t *testing.T) {
	schemas := document(t).Components.Schemas
	for _, operation := range contract.Operations() {
		if len(operation.Uses) == 0 {
			t.Errorf("%s has no x-uses", operation.ID)
		}

		var components []string
		for _, use := range operation.Uses {
			components = append(components, use.Request, use.Response)
		}
		for _, outcome := range slices.Concat(operation.Failures, operation.Successes) {
			components = append(components, outcome.Response)
		}
		for _, name := range components {
			if name != "" && schemas[name] == nil {
				t.Errorf("%s: the contract has no component %s", operation.ID, name)
			}
		}
	}
}

// An outcome has a name of its list that no other has, and its pattern fits its
// message.
func TestOutcomesAreNamedOnce(t *testing.T) {
	for _, operation := range contract.Operations() {
		for _, list := range [][]contract.Outcome{operation.Failures, operation.Successes} {
			seen := map[string]bool{}
			for _, outcome := range list {
				if outcome.Name == "" || seen[outcome.Name] {
					t.Errorf("%s has the outcome %q twice, or without a name", operation.ID, outcome.Name)
				}
				seen[outcome.Name] = true
				if !outcome.Matches(outcome.Message) {
					t.Errorf(
						"%s, %s: the pattern %s does not fit its message",
						operation.ID, outcome.Name, outcome.Pattern,
					)
				}
			}
		}
	}
}

var failureCode = regexp.MustCompile(`^[a-z]+(-[a-z]+)*(/[a-z]+(-[a-z]+)*)*$`)

func TestFailureCodesAreWellFormed(t *testing.T) {
	listed := map[string]bool{}
	for _, entry := range contract.FailureCodes() {
		if !failureCode.MatchString(entry.Code) {
			t.Errorf("x-failure-codes has the code %q, want words in lower case, joined by hyphens, "+
				"with a slash before a narrower one", entry.Code)
		}
		if listed[entry.Code] {
			t.Errorf("x-failure-codes has %s twice", entry.Code)
		}
		wider := path.Dir(entry.Code)
		if wider != "." && !listed[wider] {
			t.Errorf("x-failure-codes has %s, and no %s before it", entry.Code, wider)
		}
		if !strings.HasSuffix(entry.Description, ".") {
			t.Errorf("x-failure-codes describes %s with %q, want a sentence", entry.Code, entry.Description)
		}
		listed[entry.Code] = true
	}
}

// Every text of a failure has a code of the list, the same one at all operations.
// Every code of the list is that of a text, or a narrower one is.
func TestFailuresHaveCodesOfTheList(t *testing.T) {
	used := map[string]bool{}
	codeOf := map[string]string{} // by pattern, or message
	for _, operation := range contract.Operations() {
		for _, failure := range operation.Failures {
			if _, listed := contract.Kapture().FailureCode(failure.Code); !listed {
				t.Errorf("%s, %s: the code %q is not in x-failure-codes", operation.ID, failure.Name, failure.Code)
			}
			for wider := failure.Code; wider != "."; wider = path.Dir(wider) {
				used[wider] = true
			}

			text := failure.Message
			if failure.Pattern != "" {
				text = failure.Pattern
			}
			if other, known := codeOf[text]; known && other != failure.Code {
				t.Errorf("%q has the code %s at %s, and %s elsewhere", text, failure.Code, operation.ID, other)
			}
			codeOf[text] = failure.Code
		}
	}

	for _, entry := range contract.FailureCodes() {
		if !used[entry.Code] {
			t.Errorf("x-failure-codes has %s, but neither a failure nor a narrower code has it", entry.Code)
		}
	}
}

// A second spelling names a property of the same schema, which is not a second
// spelling itself.
func TestSecondSpellingsNameTheFirst(t *testing.T) {
	found := 0
	for name, schema := range document(t).Components.Schemas {
		for property, value := range schema.Value.Properties {
			same, given := value.Value.Extensions["x-same-as"]
			if !given || value.Ref != "" {
				continue
			}
			found++
			first, _ := same.(string)
			target := schema.Value.Properties[first]
			if target == nil {
				t.Errorf("%s.%q: x-same-as is %v, which is not a property of %s", name, property, same, name)
				continue
			}
			if _, second := target.Value.Extensions["x-same-as"]; second && target.Ref == "" {
				t.Errorf("%s.%q: x-same-as is %s, which is a second spelling itself", name, property, first)
			}
		}
	}
	if found == 0 {
		t.Error("the contract has no x-same-as")
	}
}

// An operation is deprecated exactly if it says which one replaces it; its
// generation is the newest of its uses, and older than those of the replacement.
func TestDeprecatedOperationsNameTheirReplacement(t *testing.T) {
	for path, item := range document(t).Paths.Map() {
		for method, declared := range item.Operations() {
			operation, _ := contract.ByID(declared.OperationID)
			generation, _ := declared.Extensions["x-generation"].(string)
			replacedBy, _ := declared.Extensions["x-replaced-by"].(string)
			if declared.Deprecated != (replacedBy != "") || declared.Deprecated != (generation != "") {
				t.Errorf("%s %s: deprecated, x-generation and x-replaced-by belong together", method, path)
				continue
			}
			if !declared.Deprecated {
				continue
			}

			if newest := slices.Max(operation.Generations()); generation != newest {
				t.Errorf("%s: x-generation is %s, but the newest of its uses is %s", operation.ID, generation, newest)
			}
			replacement, known := contract.ByID(replacedBy)
			if !known || generation >= slices.Min(replacement.Generations()) {
				t.Errorf("%s: x-replaced-by is %q, want an operation of later generations", operation.ID, replacedBy)
			}
		}
	}
}
