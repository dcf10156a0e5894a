package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"text/template"

	"github.com/kapture-community/kapture-go/spec/contract"
)

//go:embed tables.go.tmpl
var tablesSource string

var tablesTemplate = template.Must(template.New("tables").Parse(tablesSource))

// renderTables writes the values of package contract as Go source.
func renderTables(described *contract.Contract) ([]byte, error) {
	var out bytes.Buffer
	if err := tablesTemplate.Execute(&out, described); err != nil {
		return nil, err
	}
	source, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the tables are not Go: %w", err)
	}
	return source, nil
}
