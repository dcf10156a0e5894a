package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/kapture-community/kapture-go/spec"
)

// The OpenAPI library keeps no order: what it writes is sorted by name. People
// and generators read the bundle from its beginning, so it is put back into the
// order in which it was authored.

// object is a JSON object whose fields have an order.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(f.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// get returns the value of a field, nil if there is none of that name.
func (o object) get(name string) any {
	for _, f := range o {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// with returns a copy of the object in which a field has another value. A new
// field comes last.
func (o object) with(name string, value any) object {
	changed := slices.Clone(o)
	i := slices.IndexFunc(o, func(f field) bool { return f.name == name })
	if i < 0 {
		return append(changed, field{name, value})
	}
	changed[i].value = value
	return changed
}

// authoredFiles are the authored files as trees of ordered mappings.
type authoredFiles struct {
	fsys  fs.FS
	trees map[string]yaml.MapSlice
}

func readAuthored(fsys fs.FS) (*authoredFiles, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	a := &authoredFiles{fsys: fsys, trees: map[string]yaml.MapSlice{}}
	for _, name := range names {
		tree, err := a.read(name)
		if err != nil {
			return nil, err
		}
		if mapping, ok := tree.(yaml.MapSlice); ok {
			a.trees[name] = mapping
		}
	}
	return a, nil
}

// read parses one file. JSON is YAML, so it reads samples too.
func (a *authoredFiles) read(name string) (any, error) {
	raw, err := fs.ReadFile(a.fsys, name)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := yaml.UnmarshalWithOptions(raw, &tree, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return tree, nil
}

// place is an element of an authored file.
type place struct {
	file string
	node any
}

// document is the place that the whole bundle corresponds to: the root file with
// the components of all files.
func (a *authoredFiles) document() place {
	root := slices.Clone(a.trees[spec.Root])
	root = slices.DeleteFunc(root, func(item yaml.MapItem) bool { return item.Key == "components" })
	root = append(root, yaml.MapItem{Key: "components", Value: a.components()})
	return place{spec.Root, root}
}

// components merges the components of all files, by kind.
func (a *authoredFiles) components() yaml.MapSlice {
	var kinds yaml.MapSlice
	for _, file := range a.fileOrder() {
		declared, _ := get(a.trees[file], "components").(yaml.MapSlice)
		for _, kind := range declared {
			components, _ := kind.Value.(yaml.MapSlice)
			i := slices.IndexFunc(kinds, func(item yaml.MapItem) bool { return item.Key == kind.Key })
			if i < 0 {
				i = len(kinds)
				kinds = append(kinds, yaml.MapItem{Key: kind.Key, Value: yaml.MapSlice(nil)})
			}
			kinds[i].Value = append(kinds[i].Value.(yaml.MapSlice), components...)
		}
	}
	return kinds
}

// fileOrder lists the root file, then the files in the order in which its paths
// name them, then the others.
func (a *authoredFiles) fileOrder() []string {
	order := []string{spec.Root}
	paths, _ := get(a.trees[spec.Root], "paths").(yaml.MapSlice)
	for _, item := range paths {
		reference, _ := get(item.Value, "$ref").(string)
		order = append(order, path.Clean(strings.Split(reference, "#")[0]))
	}
	order = append(order, slices.Sorted(maps.Keys(a.trees))...)

	var files []string
	for _, file := range order {
		if a.trees[file] != nil && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

// order puts the fields of a bundled value into the order of its place. Fields
// that are not there follow in alphabetical order.
func (a *authoredFiles) order(bundled any, at place) (any, error) {
	switch bundled := bundled.(type) {
	case map[string]any:
		return a.orderObject(bundled, at)
	case []any:
		list, _ := at.node.([]any)
		for i := range bundled {
			element := place{file: at.file}
			if i < len(list) {
				element.node = list[i]
			}
			ordered, err := a.order(bundled[i], element)
			if err != nil {
				return nil, err
			}
			bundled[i] = ordered
		}
		return bundled, nil
	default:
		return bundled, nil
	}
}

func (a *authoredFiles) orderObject(bundled map[string]any, at place) (object, error) {
	if bundled["$ref"] == nil {
		at = a.follow(at)
	}
	mapping, _ := at.node.(yaml.MapSlice)

	// The bundle has a sample under value, where the authored file points at it.
	places := map[string]place{}
	var names []string
	for _, item := range mapping {
		name := fmt.Sprint(item.Key)
		child := place{at.file, item.Value}
		if name == "externalValue" {
			sample, err := a.read(fmt.Sprint(item.Value))
			if err != nil {
				return nil, err
			}
			name = "value"
			child.node = sample
		}
		if _, there := bundled[name]; there {
			names = append(names, name)
			places[name] = child
		}
	}
	for _, name := range slices.Sorted(maps.Keys(bundled)) {
		if _, authored := places[name]; !authored {
			names = append(names, name)
		}
	}

	var fields object
	for _, name := range names {
		value, err := a.order(bundled[name], places[name])
		if err != nil {
			return nil, err
		}
		fields = append(fields, field{name, value})
	}
	return fields, nil
}

// follow resolves references that the bundler has replaced by their target. A
// reference that leads nowhere does not get here: the contract would not load.
func (a *authoredFiles) follow(at place) place {
	reference, isReference := get(at.node, "$ref").(string)
	if !isReference {
		return at
	}
	file, pointer, _ := strings.Cut(reference, "#/")
	if file == "" {
		file = at.file
	}
	target := place{path.Clean(file), a.trees[path.Clean(file)]}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for step := range strings.SplitSeq(pointer, "/") {
		target.node = get(target.node, unescape.Replace(step))
	}
	return a.follow(target)
}

// get returns the value of a field, nil if the node has none of that name.
func get(node any, name string) any {
	mapping, _ := node.(yaml.MapSlice)
	for _, item := range mapping {
		if fmt.Sprint(item.Key) == name {
			return item.Value
		}
	}
	return nil
}
