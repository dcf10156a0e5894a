// Command wrapper writes the part of package client that follows from the
// contract and from the rest of the package: the table of operations, the codes
// and texts of the documented failures, the types of what methods of services
// give, and an interface for each service. It is the last step of `go generate`.
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
		Services []*service
		Answers  []*answer
	}
	var err error
	if found.contract, err = readContract(document); err != nil {
		return err
	}
	services, declared, err := declarations(from)
	if err != nil {
		return err
	}
	if found.Services = services; len(services) == 0 {
		return fmt.Errorf("%s has no services", from)
	}
	if found.Answers, err = answers(services, declared, found.Schemas); err != nil {
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

// service is a type whose methods call the API.
type service struct {
	Name    string // without its ending
	Methods []method
}

type method struct {
	Name, Signature string
	gives           []string // types of the package whose values it hands out
}

// declarations finds the services, and the names of all types that are written
// by hand.
func declarations(folder string) (services []*service, types map[string]bool, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	types = map[string]bool{}
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
						types[t.Name.Name] = true
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
				services[i].Methods = append(services[i].Methods, method{d.Name.Name, strings.TrimPrefix(signature.String(), "func"), given(d.Type.Results)})
			}
		}
	}
	return services, types, nil
}

// given lists the types of the package to which results point.
func given(results *ast.FieldList) (names []string) {
	if results == nil {
		return nil
	}
	ast.Inspect(results, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			if of, ok := star.X.(*ast.Ident); ok {
				names = append(names, of.Name)
			}
		}
		return true
	})
	return names
}

// answer is a schema that methods give with the bytes that it came in.
type answer struct {
	schema
	of []string // the methods
}

// Of names the methods as documentation does.
func (a answer) Of() string {
	last := len(a.of) - 1
	return strings.Join(slices.DeleteFunc([]string{strings.Join(a.of[:last], ", "), a.of[last]}, func(s string) bool { return s == "" }), " and ")
}

// answers lists what the methods give and no file declares, which the contract
// has to describe.
func answers(services []*service, declared map[string]bool, schemas map[string]schema) (list []*answer, err error) {
	for _, s := range services {
		for _, m := range s.Methods {
			for _, name := range m.gives {
				if declared[name] {
					continue
				}
				described, ok := schemas[name]
				if !ok {
					return nil, fmt.Errorf("%sService.%s gives %s, which no file declares and the contract does not describe", s.Name, m.Name, name)
				}
				i := slices.IndexFunc(list, func(a *answer) bool { return a.Name == name })
				if i < 0 {
					list, i = append(list, &answer{schema: described}), len(list)
				}
				list[i].of = append(list[i].of, "["+s.Name+"Service."+m.Name+"]")
			}
		}
	}
	return list, nil
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
