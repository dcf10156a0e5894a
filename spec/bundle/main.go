// Command bundle writes the contract as one self-contained file, in YAML and in
// JSON, as the Go tables of package contract, and as the snapshot that
// spec.Document reads. It also writes what is derived from that file: the plain
// bundle for generators of other languages, with the changes that
// spec/overlays/plain.yaml lists, and the slim one, without extensions and
// samples. It is the first step of `go generate`.
//
// It reads the authored files from the folder that it is given (default:
// spec), so that it sees them as they are on disk.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/spec"
	"github.com/kapture-community/kapture-go/spec/contract"
	"github.com/kapture-community/kapture-go/spec/contract/fromdoc"
	"github.com/kapture-community/kapture-go/spec/internal/snapshot"
)

// outputs are where to write.
type outputs struct {
	dist     string // a folder
	tables   string
	snapshot string
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("bundle: ")
	from := flag.String("from", "spec", "folder of the authored files")
	var to outputs
	flag.StringVar(&to.dist, "to", filepath.Join("spec", "dist"), "folder to write the bundles to")
	flag.StringVar(&to.tables, "tables", filepath.Join("spec", "contract", "tables.gen.go"),
		"file to write the Go tables to")
	flag.StringVar(&to.snapshot, "snapshot", filepath.Join("spec", "document.snapshot"),
		"file to write the snapshot to")
	flag.Parse()
	if err := run(*from, to); err != nil {
		log.Fatal(err)
	}
}

func run(from string, to outputs) error {
	fsys := os.DirFS(from)
	doc, err := spec.Bundle(fsys)
	if err != nil {
		return err
	}
	described, err := fromdoc.Contract(doc)
	if err != nil {
		return err
	}

	// Everything is made before anything is written.
	bundles, err := makeBundles(doc, fsys, described)
	if err != nil {
		return err
	}
	tables, err := renderTables(described)
	if err != nil {
		return err
	}
	loaded, err := snapshot.Write(doc)
	if err != nil {
		return err
	}

	if err := os.MkdirAll(to.dist, 0o755); err != nil {
		return err
	}
	for name, data := range bundles {
		if err := os.WriteFile(filepath.Join(to.dist, name), data, 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(to.snapshot, loaded, 0o644); err != nil {
		return err
	}
	return os.WriteFile(to.tables, tables, 0o644)
}

// makeBundles returns the files of dist by name: the full bundle, and those that
// are derived from it.
func makeBundles(doc *openapi3.T, fsys fs.FS, described *contract.Contract) (map[string][]byte, error) {
	full, err := render(doc, fsys)
	if err != nil {
		return nil, err
	}
	if err := validate(full); err != nil {
		return nil, err
	}

	derived, err := derive(full["kapture.json"], fsys, described)
	if err != nil {
		return nil, err
	}
	if err := validate(derived); err != nil {
		return nil, err
	}
	maps.Copy(full, derived)
	return full, nil
}

// validate checks bundles as they are written: examples against their schemas,
// every reference resolved, no help from the authored files.
func validate(files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		bundled, err := openapi3.NewLoader().LoadFromData(files[name])
		if err != nil {
			return fmt.Errorf("%s does not load: %w", name, err)
		}
		if err := bundled.Validate(context.Background()); err != nil {
			return fmt.Errorf("%s is not valid: %w", name, err)
		}
	}
	return nil
}

// render writes the bundle in both forms, in the authored order and with numbers
// as the samples write them.
func render(doc *openapi3.T, fsys fs.FS) (map[string][]byte, error) {
	ordered, err := inAuthoredOrder(doc, fsys)
	if err != nil {
		return nil, err
	}
	asJSON, err := indented(ordered)
	if err != nil {
		return nil, err
	}

	var w yamlWriter
	w.out.WriteString("# Generated from the authored files in spec/ by `go generate`. Do not edit.\n")
	if err := w.block(ordered, ""); err != nil {
		return nil, err
	}
	w.out.WriteByte('\n')

	return map[string][]byte{"kapture.json": asJSON, "kapture.yaml": w.out.Bytes()}, nil
}

func indented(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

func inAuthoredOrder(doc *openapi3.T, fsys fs.FS) (any, error) {
	sorted, err := doc.MarshalJSON()
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(sorted))
	decoder.UseNumber()
	var bundled any
	if err := decoder.Decode(&bundled); err != nil {
		return nil, err
	}

	authored, err := readAuthored(fsys)
	if err != nil {
		return nil, err
	}
	return authored.order(bundled, authored.document())
}
