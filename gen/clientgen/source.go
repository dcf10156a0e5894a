package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// source is what the hand-written files of package client declare and use.
type source struct {
	services []*service
	declared map[string]bool     // types
	methods  map[string][]string // of types, exported ones
	used     []use               // of types in exported declarations, in their order
}

// use is a type that an exported declaration names.
type use struct {
	Type string
	By   string // the declaration
}

// service is a type whose methods call the API.
type service struct {
	Name    string // without its ending
	Methods []method
}

type method struct {
	Name      string
	Signature string
	takes     []string // types of the package among its parameters
	gives     []string // types of the package to which its results point
}

// parseHandWritten parses the hand-written files of a package, without its tests.
// The package need not compile.
func parseHandWritten(set *token.FileSet, folder string) ([]*ast.File, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}

	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".gen.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// readSource reads what the hand-written files of a package declare and use.
func readSource(folder string) (*source, error) {
	set := token.NewFileSet()
	files, err := parseHandWritten(set, folder)
	if err != nil {
		return nil, err
	}

	s := &source{declared: map[string]bool{}, methods: map[string][]string{}}
	for _, file := range files {
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.GenDecl:
				s.readTypes(d)
			case *ast.FuncDecl:
				if err := s.readFunction(set, d); err != nil {
					return nil, err
				}
			}
		}
	}
	return s, nil
}

func (s *source) readTypes(group *ast.GenDecl) {
	for _, spec := range group.Specs {
		declared, isType := spec.(*ast.TypeSpec)
		if !isType {
			continue
		}
		s.declared[declared.Name.Name] = true
		if declared.Name.IsExported() {
			s.addUsed(declared.Name.Name, declared.Type)
		}
	}
}

func (s *source) readFunction(set *token.FileSet, f *ast.FuncDecl) error {
	if !f.Name.IsExported() {
		return nil
	}
	_, receiver := receiverOf(f)
	if receiver == "" {
		s.addUsed(f.Name.Name, f.Type)
		return nil
	}
	s.methods[receiver] = append(s.methods[receiver], f.Name.Name)

	name := serviceOf(f)
	if name == "" {
		return nil
	}
	i := slices.IndexFunc(s.services, func(known *service) bool { return known.Name == name })
	if i < 0 {
		i = len(s.services)
		s.services = append(s.services, &service{Name: name})
	}
	var signature bytes.Buffer
	if err := printer.Fprint(&signature, set, f.Type); err != nil {
		return fmt.Errorf("%s.%s: %w", receiver, f.Name.Name, err)
	}
	s.services[i].Methods = append(s.services[i].Methods, method{
		Name:      f.Name.Name,
		Signature: strings.TrimPrefix(signature.String(), "func"),
		takes:     names(f.Type.Params),
		gives:     pointedAt(f.Type.Results),
	})
	return nil
}

// addUsed adds the types that an exported declaration names.
func (s *source) addUsed(declaration string, expression ast.Node) {
	for _, name := range names(expression) {
		s.used = append(s.used, use{Type: name, By: declaration})
	}
}

// serviceOf names the service that has the exported method f, without its ending;
// "" if f is not one.
func serviceOf(f *ast.FuncDecl) string {
	_, typeName := receiverOf(f)
	service, isService := strings.CutSuffix(typeName, "Service")
	if !isService || !f.Name.IsExported() {
		return ""
	}
	return service
}

// names lists the types of the package that an expression has, once each.
func names(expression ast.Node) []string {
	var list []string
	inspect(expression, func(n ast.Node) {
		if name, ok := n.(*ast.Ident); ok && name.IsExported() && !slices.Contains(list, name.Name) {
			list = append(list, name.Name)
		}
	})
	return list
}

// pointedAt lists the types of the package to which results point.
func pointedAt(results *ast.FieldList) []string {
	var list []string
	inspect(results, func(n ast.Node) {
		if star, isPointer := n.(*ast.StarExpr); isPointer {
			if name, ok := star.X.(*ast.Ident); ok {
				list = append(list, name.Name)
			}
		}
	})
	return list
}

// inspect visits the types in an expression. It leaves out what is of another
// package, and the names of fields and parameters.
func inspect(expression ast.Node, visit func(ast.Node)) {
	if list, ok := expression.(*ast.FieldList); ok && list == nil {
		return
	}
	ast.Inspect(expression, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			return false
		case *ast.Field:
			inspect(n.Type, visit)
			return false
		case nil:
			return false
		}
		visit(n)
		return true
	})
}
