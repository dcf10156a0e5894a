package conformance

import (
	"errors"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// kin-openapi loads and validates the contract, and reads the parameters of
// requests. Values of bodies are not left to it: it cannot say where in a body
// something is wrong, reports each branch of a oneOf, and compares numbers as
// float64. TestAgainstKin compares the verdicts.

// parameterOptions are the options with which kin-openapi checks a parameter.
var parameterOptions = &openapi3filter.Options{
	MultiError:          true,
	SkipSettingDefaults: true,
	SchemaValidationOptions: []openapi3.SchemaValidationOption{
		openapi3.MultiErrors(),
		openapi3.WithStringFormatValidators(kinFormats),
	},
}

// schemaErrors flattens what kin-openapi says about a value.
func schemaErrors(err error) []*openapi3.SchemaError {
	//nolint:errorlint // the outermost error counts: it may wrap those of its branches
	switch err := err.(type) {
	case nil:
		return nil
	case *openapi3.SchemaError:
		return []*openapi3.SchemaError{err}
	case openapi3.MultiError:
		var list []*openapi3.SchemaError
		for _, inner := range err {
			list = append(list, schemaErrors(inner)...)
		}
		return list
	}
	if one, ok := errors.AsType[*openapi3.SchemaError](err); ok {
		return []*openapi3.SchemaError{one}
	}
	return nil
}

// reason words an error of kin-openapi without the value.
func reason(e *openapi3.SchemaError) string {
	switch e.SchemaField {
	case "enum":
		return "the value is none of those that the contract lists"
	case "format":
		if f := formats[e.Schema.Format]; f != nil {
			return "the value " + f.wants
		}
		return "the value breaks the format " + strconv.Quote(e.Schema.Format)
	case "pattern":
		return "the text does not match the pattern " + e.Schema.Pattern
	}
	return e.Reason
}
