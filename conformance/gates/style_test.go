package gates

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// The opening statement of a condition declares what the condition tests. If it
// changed something that the function goes on to use, a reader would have to find
// two jobs in one line. Only a value that comes with an error may be assigned there.
func TestConditionsChangeNothing(t *testing.T) {
	looked := 0
	for name, text := range handWritten(t) {
		isTest := strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/")
		if !strings.HasSuffix(name, ".go") || isTest {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(file) {
			continue
		}

		ast.Inspect(file, func(n ast.Node) bool {
			var opening ast.Stmt
			switch n := n.(type) {
			case *ast.IfStmt:
				opening = n.Init
			case *ast.SwitchStmt:
				opening = n.Init
			}
			if opening != nil {
				looked++
			}
			if changes(opening) {
				t.Errorf("%s: the opening statement of a condition changes a variable; put it before the condition",
					set.Position(opening.Pos()))
			}
			return true
		})
	}
	if looked < 500 {
		t.Errorf("looked at only %d conditions", looked)
	}
}

// changes reports whether an opening statement does more than to declare, or to
// assign what a call returns with its error.
func changes(opening ast.Stmt) bool {
	switch opening := opening.(type) {
	case *ast.AssignStmt:
		isError := func(left ast.Expr) bool {
			name, isName := left.(*ast.Ident)
			return isName && name.Name == "err"
		}
		return opening.Tok != token.DEFINE && !slices.ContainsFunc(opening.Lhs, isError)
	case *ast.IncDecStmt:
		return true
	}
	return false
}
