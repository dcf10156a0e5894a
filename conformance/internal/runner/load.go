package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/conformance"
)

// Set is a checked set of cases, with the contract that they are about.
type Set struct {
	Cases    []*Case
	contract *contract
	// all is the number of cases before some were selected, 0 if none were.
	all int
}

// Load reads every *.yaml file of fsys and checks all names in it against the
// contract. specFS has the contract's samples, as spec.FS does.
//
// The error joins every [Mistake], each with its file and line.
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
		return nil, fmt.Errorf("conformance cases: listing the case files: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("conformance cases: no *.yaml file found; name the directory of the case files")
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

// In names the directory of the case files, as reports and findings show it. It
// changes the names only: the files have been read.
func (s *Set) In(dir string) {
	for _, c := range s.Cases {
		c.file = path.Join(dir, c.file)
	}
}

// Hash identifies the exact contract that the cases are about: it is the
// beginning of a SHA-256 over the authored files.
func (s *Set) Hash() string { return s.contract.hash }

// readFile decodes one file strictly.
func readFile(fsys fs.FS, name string) (*File, error) {
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("conformance cases: %w", err)
	}

	file, err := decodeFile(raw)
	if err != nil {
		return nil, mistakeOf(name, err)
	}
	if err := file.check(name); err != nil {
		return nil, err
	}

	for _, c := range file.Cases {
		c.file = name
		c.resource = file.Resource.Value
	}
	return file, nil
}

func (f *File) check(name string) error {
	mistake := &Mistake{File: name, Line: max(f.Resource.Line, 1)}
	resource := strings.TrimSuffix(path.Base(name), ".yaml")

	switch {
	case f.Resource.Value != resource:
		mistake.Message = fmt.Sprintf("the file must begin with `resource: %s`, its own name; it says %q", resource,
			f.Resource.Value)
	case len(f.Cases) == 0:
		mistake.Message = "the file has no cases; write them under `cases`, or remove the file"
	case slices.Contains(f.Cases, nil):
		mistake.Line = 1
		mistake.Message = "a case is empty; write `- name: ...` or remove the dash"
	default:
		return nil
	}
	return mistake
}

// decodeFile decodes strictly. The library panics on some YAML that no case file
// needs, such as a tag without a value. The file is at fault then.
func decodeFile(raw []byte) (file *File, err error) {
	defer func() {
		if recover() != nil {
			file, err = nil, &Mistake{Line: 1,
				Message: "this YAML cannot be read; write plain mappings, lists and values, without tags"}
		}
	}()
	file = &File{}
	return file, yaml.UnmarshalWithOptions(raw, file, yaml.Strict())
}

// expand returns one case for each state that `keys` lists.
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

// Select returns the cases whose name, operation or resource matches the pattern: a
// glob such as "customer-*", or a part of the name.
func (s *Set) Select(pattern string) (*Set, error) {
	if pattern == "" {
		return s, nil
	}
	if _, err := path.Match(pattern, ""); err != nil {
		const hint = "use *, ? and [a-z] as in file names, or a part of a case's name"
		return nil, fmt.Errorf("conformance cases: invalid pattern %q: %w; %s", pattern, err, hint)
	}

	selected := &Set{contract: s.contract, all: len(s.Cases)}
	for _, c := range s.Cases {
		if c.matches(pattern) {
			selected.Cases = append(selected.Cases, c)
		}
	}
	if len(selected.Cases) == 0 {
		return nil, fmt.Errorf("conformance cases: no case matches %q; `kapture-conformance run --list` prints "+
			"their names", pattern)
	}
	return selected, nil
}

func (c *Case) matches(pattern string) bool {
	if strings.Contains(c.Name.Value, pattern) {
		return true
	}
	for _, text := range []string{c.Name.Value, c.Operation.Value, c.resource} {
		if matched, _ := path.Match(pattern, text); matched {
			return true
		}
	}
	return false
}
