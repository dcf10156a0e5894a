// Package snapshot keeps a loaded OpenAPI document as bytes. Reading them takes a
// small part of the time that parsing the authored files takes, and gives the
// same document: with the same shared parts, and with every origin.
//
// The format is private to this package: `go generate` writes what the same
// version of it reads. A snapshot has the texts of the document, each once, and
// then its values, depth first. A part to which several places refer is written
// once, and then named by its number.
package snapshot

import (
	"reflect"

	"github.com/getkin/kin-openapi/openapi3"
)

// magic begins a snapshot. Change the number with the format.
const magic = "kapture snapshot 1\n"

// Tags of a pointer. A higher number is that of a part, counted from 0 in the
// order in which they are written, plus tagShared.
const (
	tagNil = iota
	tagNew
	tagShared
)

// Tags of a JSON value.
const (
	anyNil = iota
	anyFalse
	anyTrue
	anyText
	anyNumber // a json.Number
	anyFloat
	anyList
	anyObject
)

// isMapLike reports whether a type keeps its entries where only methods reach
// them.
func isMapLike(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[openapi3.Paths](), reflect.TypeFor[openapi3.Responses](), reflect.TypeFor[openapi3.Callback]():
		return true
	}
	return false
}
