package cases

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/kapture-community/kapture-go/conformance"
)

// Set is a checked set of cases with the contract that they are about.
type Set struct {
	Cases    []*Case
	contract *contract
}

// Load reads every *.yaml of fsys and checks all names in it against the
// contract. specFS holds the contract's samples, as spec.FS does.
//
// The error joins every [Mistake] found, each with its file and line.
func Load(fsys fs.FS, doc *openapi3.T, checker *conformance.Checker, specFS fs.FS) (*Set, error) {
	contract, err := readContract(doc, checker, specFS)
	if err != nil {
		return nil, err
	}
	return contract.load(fsys)
}

// load reads the case files and checks them against the contract.
func (c *contract) load(fsys fs.FS) (*Set, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("cases: listing the case files: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("cases: there is no *.yaml file to read; name the folder that holds the case files")
	}
	set := &Set{contract: c}
	var mistakes []error
	for _, name := range names {
		file, err := readFile(fsys, name)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		for _, c := range file.Cases {
			set.Cases = append(set.Cases, expand(c)...)
		}
	}
	mistakes = append(mistakes, set.validate()...)
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	return set, nil
}

// Hash names the exact contract that the cases are about: the beginning of a
// SHA-256 over its authored files.
func (s *Set) Hash() string { return s.contract.hash }

// readFile decodes one file strictly.
func readFile(fsys fs.FS, name string) (*File, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("cases: %w", err)
	}
	file, err := decodeFile(raw)
	if err != nil {
		return nil, mistakeOf(name, err)
	}
	want := strings.TrimSuffix(path.Base(name), ".yaml")
	if file.Resource.Value != want {
		return nil, &Mistake{File: name, Line: max(file.Resource.Line, 1),
			Message: fmt.Sprintf("the file must begin with `resource: %s`, its own name; it says %q", want, file.Resource.Value)}
	}
	if len(file.Cases) == 0 {
		return nil, &Mistake{File: name, Line: max(file.Resource.Line, 1), Message: "the file has no cases; write them under `cases`, or remove the file"}
	}
	for _, c := range file.Cases {
		if c == nil {
			return nil, &Mistake{File: name, Line: 1, Message: "a case is empty; write `- name: ...` or remove the dash"}
		}
		c.file = name
	}
	return file, nil
}

// decodeFile decodes strictly. The library panics on some YAML that no case
// file needs (a tag without a value, for one); that is a mistake of the file.
func decodeFile(raw []byte) (file *File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, &Mistake{Line: 1, Message: "this YAML cannot be read; write plain mappings, lists and values, without tags"}
		}
	}()
	file = &File{}
	return file, yaml.UnmarshalWithOptions(raw, file, yaml.Strict())
}

// expand makes one case for each state that `keys` lists.
func expand(c *Case) []*Case {
	if len(c.Keys) == 0 {
		return []*Case{c}
	}
	all := make([]*Case, 0, len(c.Keys))
	for _, state := range c.Keys {
		one := *c
		one.Keys = nil
		one.Name.Value = c.Name.Value + "-" + state.Value
		one.Steps = slices.Clone(c.Steps)
		for i, step := range one.Steps {
			if step == nil || step.Key.Given() {
				continue
			}
			copied := *step
			copied.Key = state
			one.Steps[i] = &copied
		}
		all = append(all, &one)
	}
	return all
}

// UnmarshalYAML remembers the step's line.
func (s *Step) UnmarshalYAML(node ast.Node) error {
	type plain Step
	if err := strictly(node, (*plain)(s)); err != nil {
		return err
	}
	s.line = lineOf(node)
	return nil
}

// Select keeps the cases whose name, operation or file fits the pattern: a
// glob such as "customer-*", or a part of the name.
func (s *Set) Select(pattern string) (*Set, error) {
	if pattern == "" {
		return s, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("cases: %q is no pattern: %w; use *, ? and [a-z] as in file names, or a part of a case's name", pattern, err)
	}
	selected := &Set{contract: s.contract}
	for _, c := range s.Cases {
		for _, text := range []string{c.Name.Value, c.Operation.Value, strings.TrimSuffix(c.file, ".yaml")} {
			matched, _ := path.Match(pattern, text)
			if matched || text == c.Name.Value && strings.Contains(text, pattern) {
				selected.Cases = append(selected.Cases, c)
				break
			}
		}
	}
	if len(selected.Cases) == 0 {
		return nil, fmt.Errorf("cases: no case fits %q; `kapture-conformance run --list` prints their names", pattern)
	}
	return selected, nil
}
