// Command clientgen writes the part of package client that follows from the
// contract and from the rest of the package: the table of operations, the codes
// and texts of the documented failures, the types that methods take and return
// with the documentation of their fields, an interface for each service, and which
// methods call which operation. It also writes README's table of operations. It is
// the last step of `go generate`.
//
// It reads client as source, so that it runs while the package does not compile.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"text/template"

	"golang.org/x/tools/imports"
)

// paths are the files that are read and written.
type paths struct {
	contract string // the bundle, in YAML
	overlay  string // that names types for Go
	models   string // source of package gen
	client   string // folder of package client
	readme   string // README, whose table of operations is written
	output   string
	readmeTo string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("clientgen: ")
	var p paths
	flag.StringVar(&p.contract, "contract", filepath.Join("spec", "dist", "kapture.yaml"), "the bundle")
	flag.StringVar(&p.overlay, "overlay", filepath.Join("gen", "overlay.yaml"), "the overlay that names types for Go")
	flag.StringVar(&p.models, "models", filepath.Join("gen", "kapture.gen.go"), "source of package gen")
	flag.StringVar(&p.client, "from", "client", "folder of package client")
	flag.StringVar(&p.output, "o", filepath.Join("client", "kapture.gen.go"), "file to write")
	flag.StringVar(&p.readme, "readme", "README.md", "the README with the table of operations")
	flag.StringVar(&p.readmeTo, "readme-o", "", "where to write the README (default: in its place)")
	flag.Parse()
	if err := run(p); err != nil {
		log.Fatal(err)
	}
}

func run(p paths) error {
	goNames, err := readGoNames(p.overlay)
	if err != nil {
		return err
	}
	described, err := readContract(p.contract, goNames)
	if err != nil {
		return err
	}

	models, err := readModels(p.models)
	if err != nil {
		return err
	}
	client, err := readSource(p.client)
	if err != nil {
		return err
	}
	if len(client.services) == 0 {
		return fmt.Errorf("%s has no services", p.client)
	}

	found, err := findTypes(client, models, described.Components)
	if err != nil {
		return err
	}
	docs, err := found.docs()
	if err != nil {
		return err
	}

	err = writePage(p.output, pageData{description: described, Services: client.services, Types: docs})
	if err != nil {
		return err
	}

	calls, err := operationCalls(p.client, described.Operations)
	if err != nil {
		return err
	}
	methods := filepath.Join(filepath.Dir(p.output), "methods.gen.go")
	if err := writeCalls(methods, described.Operations, calls); err != nil {
		return err
	}
	return writeReadme(p.readme, cmp.Or(p.readmeTo, p.readme), described.Operations, calls)
}

//go:embed client.gen.go.tmpl
var pageSource string

// page is the file, as a template.
var page = template.Must(template.New("client").Parse(pageSource))

// pageData is what the template shows.
type pageData struct {
	*description
	Services []*service
	Types    []typeDoc
}

func writePage(to string, data pageData) error {
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		return err
	}
	text, err := imports.Process(to, out.Bytes(), nil)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
