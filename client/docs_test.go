package client_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// Every method that calls an operation says which of the documented failures of
// that operation it can return, in the order of the contract.
func TestMethodsNameTheirDocumentedFailures(t *testing.T) {
	comments, constants := readDocs(t)
	for _, op := range client.Operations() {
		var names []string
		for _, message := range client.DocumentedMessages() {
			name := "[" + constants[message.Code] + "]"
			if slices.Contains(message.Operations, op.ID) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		want := "No failure of this call is documented."
		if len(names) > 0 {
			want = "Documented failures: " + strings.Join(names, ", ") + "."
		}

		for _, method := range op.ID.Methods() {
			service, name, _ := strings.Cut(method, ".")
			text := strings.Join(strings.Fields(comments[service+"Service."+name]), " ")
			if !strings.HasSuffix(text, want) {
				t.Errorf("the documentation of %s must end with: %s", method, want)
			}
		}
	}
}

// readDocs reads the comments of all methods, by Type.Method, and the names of
// the codes' constants.
func readDocs(t *testing.T) (docs map[string]string, constants map[client.Code]string) {
	t.Helper()
	docs = map[string]string{}
	constants = map[client.Code]string{}
	_, files := parseFiles(t)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil {
					docs[typeOf(n.Recv.List[0].Type)+"."+n.Name.Name] = n.Doc.Text()
				}
			case *ast.ValueSpec:
				if len(n.Values) == 1 {
					if literal, ok := n.Values[0].(*ast.BasicLit); ok {
						text, _ := strconv.Unquote(literal.Value)
						constants[client.Code(text)] = n.Names[0].Name
					}
				}
			}
			return true
		})
	}
	return docs, constants
}

// typeOf returns the name of a type, also of a pointer to it or with type arguments.
func typeOf(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return typeOf(e.X)
	case *ast.IndexExpr:
		return typeOf(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// A type that is another package's, or embeds one, shows no field in go doc. Its
// documentation lists each of them with its name in JSON, and says what it means.
func TestTypesShowTheirFields(t *testing.T) {
	fields := fieldsOfGen(t)
	hidden := 0
	for _, typ := range exportedTypes(t) {
		source, hides := hiddenBy(typ)
		if !hides {
			continue
		}
		hidden++
		items := itemsOf(typ.Doc)
		if len(items) == 0 && !strings.Contains(typ.Doc, "\nIt is a map") {
			t.Errorf("the documentation of %s lists no fields:\n%s", typ.Name, typ.Doc)
		}

		for _, field := range fields[source] {
			item, listed := items[field.name]
			switch {
			case !listed:
				t.Errorf("the documentation of %s does not list %s", typ.Name, field.name)
			case field.json != "" && !strings.Contains(item, "("+field.json+")."):
				t.Errorf("the documentation of %s.%s does not say that its name in JSON is %q: %s", typ.Name,
					field.name, field.json, item)
			case saysNothing(item):
				t.Errorf("the documentation of %s.%s does not say what it means: %s", typ.Name, field.name, item)
			}
		}
	}
	if hidden < 40 {
		t.Errorf("found only %d types that hide their fields", hidden)
	}
}

// parseFiles parses the files of this package, without its tests.
func parseFiles(t *testing.T) (set *gotoken.FileSet, files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set = gotoken.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return set, files
}

// exportedTypes are the types of this package with their documentation.
func exportedTypes(t *testing.T) []*doc.Type {
	t.Helper()
	set, files := parseFiles(t)
	described, err := doc.NewFromFiles(set, files, "client")
	if err != nil {
		t.Fatal(err)
	}
	return described.Types
}

// hiddenBy reports whether a type is an alias, or embeds a type of another
// package. source is the name of that type if it is one of package gen.
func hiddenBy(typ *doc.Type) (source string, hides bool) {
	for _, spec := range typ.Decl.Specs {
		declared := spec.(*ast.TypeSpec)
		structure, isStruct := declared.Type.(*ast.StructType)
		switch {
		case declared.Name.Name != typ.Name:
		case declared.Assign.IsValid():
			return nameInGen(declared.Type), true
		case isStruct:
			for _, field := range structure.Fields.List {
				_, isForeign := field.Type.(*ast.SelectorExpr)
				if isForeign && len(field.Names) == 0 {
					return nameInGen(field.Type), true
				}
			}
		}
	}
	return "", false
}

// nameInGen is the name of a type of package gen, "" for any other.
func nameInGen(expression ast.Expr) string {
	selector, isForeign := expression.(*ast.SelectorExpr)
	if !isForeign || typeOf(selector.X) != "gen" {
		return ""
	}
	return selector.Sel.Name
}

// genField is a field of a type of package gen.
type genField struct {
	name string
	json string // its name in JSON; "" if it has none
}

// fieldsOfGen reads the fields of the types of package gen.
func fieldsOfGen(t *testing.T) map[string][]genField {
	t.Helper()
	const name = "../gen/kapture.gen.go"
	file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}

	fields := map[string][]genField{}
	ast.Inspect(file, func(n ast.Node) bool {
		declared, isType := n.(*ast.TypeSpec)
		if !isType {
			return true
		}
		structure, isStruct := declared.Type.(*ast.StructType)
		if !isStruct {
			return false
		}
		for _, field := range structure.Fields.List {
			for _, name := range field.Names {
				found := genField{name: name.Name, json: jsonName(field.Tag)}
				fields[declared.Name.Name] = append(fields[declared.Name.Name], found)
			}
		}
		return false
	})
	return fields
}

// jsonName is the name of a field in JSON, "" if its tag gives none.
func jsonName(tag *ast.BasicLit) string {
	if tag == nil {
		return ""
	}
	text, _ := strconv.Unquote(tag.Value)
	name, _, _ := strings.Cut(reflect.StructTag(text).Get("json"), ",")
	return strings.TrimPrefix(name, "-")
}

// itemsOf returns the items of the list in a documentation, each in one line, by
// their first words.
func itemsOf(text string) map[string]string {
	items := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		words := strings.Join(strings.Fields(line), " ")
		switch {
		case strings.HasPrefix(line, "  - "):
			name, _, _ = strings.Cut(strings.TrimPrefix(words, "- "), " ")
			items[name] = strings.TrimPrefix(words, "- ")
		case strings.HasPrefix(line, "    ") && name != "":
			items[name] += " " + words
		default:
			name = ""
		}
	}
	return items
}

// documented matches a link to a type whose own documentation says what it is.
// That of an identifier, a flag or a time says only how one is written.
var documented = regexp.MustCompile(`\[(\w{2,})\]`)

// saysNothing reports whether an item names a field and does not describe it.
func saysNothing(item string) bool {
	head, text, _ := strings.Cut(item, "). ")
	for _, link := range documented.FindAllStringSubmatch(head, -1) {
		if !slices.Contains([]string{"ID", "Flag", "Time"}, link[1]) {
			return false
		}
	}
	text = strings.NewReplacer("Always there.", "", "Mandatory.", "").Replace(text)
	return strings.TrimSpace(text) == "" && strings.Contains(item, "(")
}
