package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// model is a type of package gen.
type model struct {
	fields  []modelField // of a struct
	other   ast.Expr     // of anything else: what the name is declared as
	isAlias bool         // the name is another one for that
}

// modelField is a field with the name that it has in JSON, "" for the map of
// further fields.
type modelField struct {
	name     string
	jsonName string
	typ      ast.Expr
}

// readModels reads the types of package gen from its source.
func readModels(name string) (map[string]*model, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	models := map[string]*model{}
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			declared, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			m := &model{other: declared.Type, isAlias: declared.Assign.IsValid()}
			if t, isStruct := declared.Type.(*ast.StructType); isStruct {
				m = &model{fields: modelFields(t)}
			}
			models[declared.Name.Name] = m
		}
	}
	return models, nil
}

func modelFields(t *ast.StructType) []modelField {
	var fields []modelField
	for _, field := range t.Fields.List {
		if len(field.Names) != 1 || !field.Names[0].IsExported() || field.Tag == nil {
			continue
		}
		tag, _ := strconv.Unquote(field.Tag.Value)
		jsonName, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
		if jsonName == "-" {
			jsonName = ""
		}
		fields = append(fields, modelField{field.Names[0].Name, jsonName, field.Type})
	}
	return fields
}
