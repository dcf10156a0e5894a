package client_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
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
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}

	docs = map[string]string{}
	constants = map[client.Code]string{}
	for _, name := range files {
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}

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

// A type that is another package's, or embeds one, shows no field in go doc.
// Its documentation lists them.
func TestTypesShowTheirFields(t *testing.T) {
	set := gotoken.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
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
	described, err := doc.NewFromFiles(set, files, "client")
	if err != nil {
		t.Fatal(err)
	}

	hidden := 0
	for _, typ := range described.Types {
		if !hidesFields(typ) {
			continue
		}
		hidden++
		if !strings.Contains(typ.Doc, "\n  - ") && !strings.Contains(typ.Doc, "\nIt is a map") {
			t.Errorf("the documentation of %s lists no fields:\n%s", typ.Name, typ.Doc)
		}
	}
	if hidden == 0 {
		t.Error("no type hides its fields")
	}
}

// hidesFields reports whether a type is an alias, or embeds a type of another
// package.
func hidesFields(typ *doc.Type) bool {
	hides := false
	for _, spec := range typ.Decl.Specs {
		declared := spec.(*ast.TypeSpec)
		structure, isStruct := declared.Type.(*ast.StructType)
		switch {
		case declared.Name.Name != typ.Name:
		case declared.Assign.IsValid():
			hides = true
		case isStruct:
			for _, field := range structure.Fields.List {
				_, isForeign := field.Type.(*ast.SelectorExpr)
				hides = hides || len(field.Names) == 0 && isForeign
			}
		}
	}
	return hides
}
