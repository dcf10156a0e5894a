package client_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strings"
	"testing"
)

// One file makes the errors of this package, so that what an error may show is
// decided in one place.
func TestErrorsAreMadeInOneFile(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}

	made := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := gotoken.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, isLiteral := n.(*ast.CompositeLit)
			if !isLiteral || typeOf(literal.Type) != "Error" {
				return true
			}
			made++
			if name != "errors.go" {
				t.Errorf("%s makes an Error; call a function of errors.go", set.Position(literal.Pos()))
			}
			return true
		})
	}
	if made == 0 {
		t.Error("found no place that makes an Error")
	}
}
