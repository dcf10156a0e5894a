// Command wrapper writes the part of package client that follows from the
// contract and from the rest of the package: the table of operations, the JSON
// methods of the answer types, and an interface for each service. It is the last
// step of `go generate`.
//
// It reads client as source, so that it runs while the package does not compile.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/tools/imports"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("wrapper: ")
	contract := flag.String("contract", filepath.Join("spec", "dist", "kapture.json"), "the bundle")
	from := flag.String("from", "client", "folder of the package")
	to := flag.String("o", filepath.Join("client", "kapture.gen.go"), "file to write")
	flag.Parse()
	if err := run(*contract, *from, *to); err != nil {
		log.Fatal(err)
	}
}

func run(contract, from, to string) error {
	var found struct {
		Operations []operation
		Answers    []answer
		Services   []*service
	}
	var err error
	if found.Operations, err = operations(contract); err != nil {
		return err
	}
	if found.Answers, found.Services, err = declarations(from); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, found); err != nil {
		return err
	}
	source, err := imports.Process(to, out.Bytes(), nil)
	if err != nil {
		return err
	}
	return os.WriteFile(to, source, 0o644)
}

type operation struct {
	ID         string `json:"operationId"`
	Summary    string
	Tags       []string
	Idempotent bool `json:"x-idempotent"`
	Path       string
}

// Name is the operation's constant.
func (o operation) Name() string { return "Op" + strings.ToUpper(o.ID[:1]) + o.ID[1:] }

// operations lists those of the contract, by resource in the order of its tags.
func operations(contract string) (list []operation, err error) {
	text, err := os.ReadFile(contract)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Tags  []struct{ Name string }
		Paths map[string]map[string]operation
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	for path, methods := range doc.Paths {
		for _, op := range methods {
			op.Path = path
			list = append(list, op)
		}
	}
	place := func(o operation) int {
		return slices.IndexFunc(doc.Tags, func(t struct{ Name string }) bool { return t.Name == o.Tags[0] })
	}
	slices.SortFunc(list, func(a, b operation) int { return cmp.Or(place(a)-place(b), strings.Compare(a.ID, b.ID)) })
	return list, nil
}

// answer is a type that embeds what came beside a type of gen.
type answer struct{ Name, Embedded string }

// service is a type whose methods call the API.
type service struct {
	Name    string // without its ending
	Methods []string
}

// declarations finds answers and services among the package's own.
func declarations(folder string) (answers []answer, services []*service, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".gen.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		for _, declared := range file.Decls {
			switch d := declared.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if t, ok := spec.(*ast.TypeSpec); ok {
						if embedded := answerOf(t); embedded != "" {
							answers = append(answers, answer{t.Name.Name, embedded})
						}
					}
				}
			case *ast.FuncDecl:
				of := serviceOf(d)
				if of == "" {
					continue
				}
				i := slices.IndexFunc(services, func(s *service) bool { return s.Name == of })
				if i < 0 {
					services, i = append(services, &service{Name: of}), len(services)
				}
				var signature bytes.Buffer
				if err := printer.Fprint(&signature, set, d.Type); err != nil {
					return nil, nil, err
				}
				services[i].Methods = append(services[i].Methods, d.Name.Name+strings.TrimPrefix(signature.String(), "func"))
			}
		}
	}
	if len(answers) == 0 || len(services) == 0 {
		return nil, nil, fmt.Errorf("%s has no answer types or no services", folder)
	}
	return answers, services, nil
}

// answerOf names the type of gen that t embeds beside answer, "" if it is none
// of that kind.
func answerOf(t *ast.TypeSpec) (embedded string) {
	shape, ok := t.Type.(*ast.StructType)
	if !ok {
		return ""
	}
	company := false
	for _, field := range shape.Fields.List {
		switch of := field.Type.(type) {
		case *ast.Ident:
			company = company || len(field.Names) == 0 && of.Name == "answer"
		case *ast.SelectorExpr:
			if from, ok := of.X.(*ast.Ident); ok && from.Name == "gen" && len(field.Names) == 0 {
				embedded = of.Sel.Name
			}
		}
	}
	if !company {
		return ""
	}
	return embedded
}

// serviceOf names the service that has the exported method f, without its
// ending.
func serviceOf(f *ast.FuncDecl) string {
	if f.Recv == nil || !f.Name.IsExported() {
		return ""
	}
	star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return ""
	}
	of, ok := star.X.(*ast.Ident)
	if !ok || !strings.HasSuffix(of.Name, "Service") {
		return ""
	}
	return strings.TrimSuffix(of.Name, "Service")
}

var page = template.Must(template.New("client").Parse(`// Code generated by gen/wrapper from the contract and from this package. DO NOT EDIT.

package client

// The operations of the contract.
const (
{{- range .Operations}}
	{{.Name}} Operation = "{{.ID}}" // {{.Summary}}
{{- end}}
)

var operations = []OperationInfo{
{{- range .Operations}}
	{ {{- .Name}}, "{{index .Tags 0}}", "{{.Path}}", {{.Idempotent}} },
{{- end}}
}
{{range .Answers}}
// MarshalJSON returns the bytes that came.
func (a {{.Name}}) MarshalJSON() ([]byte, error) { return a.encode(a.{{.Embedded}}) }

// UnmarshalJSON reads an answer that was kept.
func (a *{{.Name}}) UnmarshalJSON(b []byte) error { return a.decode(b, &a.{{.Embedded}}) }
{{end}}
{{- range .Services}}
// {{.Name}}API is what [{{.Name}}Service] does, for programs that put something of their own in its place in tests.
type {{.Name}}API interface {
{{- range .Methods}}
	{{.}}
{{- end}}
}

var _ {{.Name}}API = (*{{.Name}}Service)(nil)
{{end}}`))
