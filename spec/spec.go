// Package spec holds the contract: the authored OpenAPI 3.0.3 files, the
// samples of the vendor's pages, and the one function that turns them into a
// document.
//
// The authored files are the source. The bundle in dist is derived from them
// by `go generate` and is what other teams and the code generator read.
package spec

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/spec/internal/snapshot"
	"github.com/kapture-community/kapture-go/spec/samples"
)

// FS holds the authored files: *.yaml and the samples.
//
//go:embed *.yaml samples/*/*.json
var FS embed.FS

// Root is the authored file that names all others.
const Root = "openapi.yaml"

// LeftOut is the authored file that lists what the vendor's pages print and the
// contract leaves out on purpose, each with its reason.
const LeftOut = "left-out.yaml"

// loaded is the document as [Bundle] loaded it from the authored files when the
// bundle was generated. Loading the files at every start would take most of the
// time that a program needs to start.
//
//go:embed document.snapshot
var loaded string

// Document returns the contract, bundled from the authored files. Every component
// remembers where it was authored: its Origin names a file such as customers.yaml
// and a line.
//
// The document is made once and shared. Treat it as read-only. Give it to
// conformance.NewChecker to check exchanges against the contract. The error is
// not nil only if the embedded snapshot is from another version of this
// package.
func Document() (*openapi3.T, error) { return document() }

var document = sync.OnceValues(func() (*openapi3.T, error) { return snapshot.Read(loaded) })

// Sample returns the body of one sample by its path below samples, for example
// "customers/add-2024.request.json". It returns an error if there is no such
// sample.
func Sample(name string) ([]byte, error) { return samples.Read(name) }

// Bundle loads the authored files of fsys, puts the samples in the place of
// the examples that point at them, and pulls every reference into one
// self-contained document.
//
// It rejects what the bundling library would let pass silently: one name
// defined in two files (the second would replace the first) and a component
// that nothing references (it would vanish).
func Bundle(fsys fs.FS) (*openapi3.T, error) {
	defined, err := definitions(fsys)
	if err != nil {
		return nil, err
	}
	doc, err := load(fsys)
	if err != nil {
		return nil, err
	}

	for _, name := range slices.Sorted(maps.Keys(defined)) {
		kind, component, _ := strings.Cut(name, "/")
		if !present(doc, kind, component) {
			const message = "spec: %s defines %s, but nothing references it; reference it or remove it"
			return nil, fmt.Errorf(message, defined[name], component)
		}
	}
	return doc, nil
}

// load bundles without the checks of [Bundle].
func load(fsys fs.FS) (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.IncludeOrigin = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, uri *url.URL) ([]byte, error) {
		return fs.ReadFile(fsys, path.Clean(uri.Path))
	}
	doc, err := loader.LoadFromURI(&url.URL{Path: Root})
	if err != nil {
		return nil, fmt.Errorf("spec: loading %s: %w", Root, err)
	}
	if err := inlineSamples(fsys, doc); err != nil {
		return nil, err
	}

	doc.InternalizeRefs(loader.Context, func(_ *openapi3.T, ref openapi3.ComponentRef) string {
		name := ref.RefString()
		return name[strings.LastIndexByte(name, '/')+1:]
	})
	return doc, nil
}

// definitions lists the components of every authored file as "kind/name".
func definitions(fsys fs.FS) (map[string]string, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}

	defined := map[string]string{}
	for _, file := range files {
		raw, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, err
		}
		var authored struct {
			Components map[string]map[string]any `yaml:"components"`
		}
		if err := yaml.Unmarshal(raw, &authored); err != nil {
			return nil, fmt.Errorf("spec: %s: %w", file, err)
		}

		for kind, components := range authored.Components {
			if kind == "securitySchemes" { // referenced by name, not by $ref
				continue
			}
			for name := range components {
				key := kind + "/" + name
				if first, twice := defined[key]; twice {
					return nil, fmt.Errorf("spec: %s is defined in %s and in %s; give one of them another name",
						name, first, file)
				}
				defined[key] = file
			}
		}
	}
	return defined, nil
}

// present reports whether the bundled document has a component.
func present(doc *openapi3.T, kind, name string) bool {
	if doc.Components == nil {
		return false
	}
	var ok bool
	switch kind {
	case "schemas":
		_, ok = doc.Components.Schemas[name]
	case "responses":
		_, ok = doc.Components.Responses[name]
	case "parameters":
		_, ok = doc.Components.Parameters[name]
	case "headers":
		_, ok = doc.Components.Headers[name]
	case "requestBodies":
		_, ok = doc.Components.RequestBodies[name]
	case "examples":
		_, ok = doc.Components.Examples[name]
	}
	return ok
}

// inlineSamples replaces every externalValue by the sample that it names, so that
// a sample is in one authored file, and whole in the bundle.
func inlineSamples(fsys fs.FS, doc *openapi3.T) error {
	for _, p := range doc.Paths.Keys() {
		for method, op := range doc.Paths.Value(p).Operations() {
			for name, example := range examples(op) {
				if err := inlineSample(fsys, example); err != nil {
					return fmt.Errorf("spec: %s %s, example %s: %w", method, p, name, err)
				}
			}
		}
	}
	return nil
}

// examples yields the named examples of an operation's bodies and parameters.
func examples(op *openapi3.Operation) iter.Seq2[string, *openapi3.Example] {
	var contents []openapi3.Content
	if op.RequestBody != nil {
		contents = append(contents, op.RequestBody.Value.Content)
	}
	for _, response := range op.Responses.Map() {
		contents = append(contents, response.Value.Content)
	}
	for _, parameter := range op.Parameters {
		contents = append(contents, parameter.Value.Content)
	}

	return func(yield func(string, *openapi3.Example) bool) {
		for _, content := range contents {
			for _, media := range content {
				for name, example := range media.Examples {
					if !yield(name, example.Value) {
						return
					}
				}
			}
		}
	}
}

func inlineSample(fsys fs.FS, example *openapi3.Example) error {
	if example.ExternalValue == "" {
		return nil
	}
	raw, err := fs.ReadFile(fsys, example.ExternalValue)
	if err != nil {
		return err
	}

	// UseNumber: an identifier beyond 2^53 and 0.0 stay what they are.
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("%s: %w", example.ExternalValue, err)
	}
	if decoder.More() {
		return errors.New(example.ExternalValue + ": more than one JSON value")
	}

	example.Value = value
	example.ExternalValue = ""
	return nil
}
