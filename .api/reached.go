package main

import (
	"go/types"
	"slices"
	"strings"
)

// reachedTypes lists the types that the exported API of the given packages
// reaches in other packages of the module: by directory, the names of the types.
// An importer can use the fields and methods of such a type without naming the
// package, so removing one breaks the importer. apidiff compares one package at
// a time and treats the types of others as equal if their names are.
func reachedTypes(module string, promised map[string]*types.Package) map[string][]string {
	w := walker{
		module:   module,
		promised: map[string]bool{},
		seen:     map[types.Type]bool{},
		reached:  map[string][]string{},
	}
	for _, pkg := range promised {
		w.promised[pkg.Path()] = true
	}

	for _, pkg := range promised {
		for _, name := range pkg.Scope().Names() {
			if object := pkg.Scope().Lookup(name); object.Exported() {
				w.walk(object.Type())
			}
		}
	}

	for _, names := range w.reached {
		slices.Sort(names)
	}
	return w.reached
}

// walker follows types from the promised packages.
type walker struct {
	module   string
	promised map[string]bool // by import path
	seen     map[types.Type]bool
	reached  map[string][]string
}

func (w *walker) walk(t types.Type) {
	if t == nil || w.seen[t] {
		return
	}
	w.seen[t] = true

	switch t := t.(type) {
	case *types.Alias:
		w.walkAll(t.TypeArgs())
		w.walk(types.Unalias(t))
	case *types.Named:
		w.walkAll(t.TypeArgs())
		w.named(t)
	case *types.Pointer:
		w.walk(t.Elem())
	case *types.Slice:
		w.walk(t.Elem())
	case *types.Array:
		w.walk(t.Elem())
	case *types.Chan:
		w.walk(t.Elem())
	case *types.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case *types.Signature:
		w.tuple(t.Params())
		w.tuple(t.Results())
	case *types.Struct:
		for field := range t.Fields() {
			if field.Exported() || field.Embedded() {
				w.walk(field.Type())
			}
		}
	case *types.Interface:
		for method := range t.Methods() {
			w.walk(method.Type())
		}
	}
}

func (w *walker) walkAll(list *types.TypeList) {
	for t := range list.Types() {
		w.walk(t)
	}
}

func (w *walker) tuple(vars *types.Tuple) {
	for v := range vars.Variables() {
		w.walk(v.Type())
	}
}

// named notes the type if another package of the module declares it, and follows
// its fields and methods. Types of other modules are not this module's promise.
func (w *walker) named(t *types.Named) {
	pkg := t.Obj().Pkg()
	if pkg == nil {
		return // error or comparable
	}
	folder, inside := w.folder(pkg.Path())
	if !inside {
		return
	}

	if !w.promised[pkg.Path()] && t.Obj().Exported() {
		if name := t.Obj().Name(); !slices.Contains(w.reached[folder], name) {
			w.reached[folder] = append(w.reached[folder], name)
		}
	}
	w.walk(t.Underlying())
	for method := range t.Methods() {
		if method.Exported() {
			w.walk(method.Type())
		}
	}
}

// folder is the directory of a package below the module.
func (w *walker) folder(path string) (folder string, inside bool) {
	if path == w.module {
		return ".", true
	}
	return strings.CutPrefix(path, w.module+"/")
}
