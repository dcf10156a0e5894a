// Command wrapper writes the part of package client that follows from the
// contract and from the rest of the package: the table of operations, the codes
// and texts of the documented failures, the JSON methods of the answer types,
// and an interface for each service. It is the last step of `go generate`.
//
// It reads client as source, so that it runs while the package does not compile.
package main

import (
	"bytes"
	_ "embed"
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
	document := flag.String("contract", filepath.Join("spec", "dist", "kapture.json"), "the bundle")
	from := flag.String("from", "client", "folder of the package")
	to := flag.String("o", filepath.Join("client", "kapture.gen.go"), "file to write")
	flag.Parse()
	if err := run(*document, *from, *to); err != nil {
		log.Fatal(err)
	}
}

func run(document, from, to string) error {
	var found struct {
		*contract
		Answers  []answer
		Services []*service
	}
	var err error
	if found.contract, err = readContract(document); err != nil {
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

//go:embed client.gen.go.tmpl
var source string

// page is the file, as a template.
var page = template.Must(template.New("client").Parse(source))
