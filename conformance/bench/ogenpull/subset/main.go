// Command subset writes a contract with one call, whose response is the list of
// customers of another contract.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

const (
	list   = "CustomerList"
	prefix = "#/components/schemas/"
)

func main() {
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "subset:", err)
		os.Exit(1)
	}
}

func write(from, to string) error {
	text, err := os.ReadFile(from) //nolint:gosec // named by go generate
	if err != nil {
		return err
	}
	var doc struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return err
	}

	needed := map[string]any{}
	add(needed, doc.Components.Schemas, map[string]any{"$ref": prefix + list})
	content := map[string]any{"application/json": map[string]any{"schema": map[string]any{"$ref": prefix + list}}}
	response := map[string]any{"description": "The customers.", "content": content}
	operation := map[string]any{"operationId": "pull", "responses": map[string]any{"200": response}}
	subset, err := json.MarshalIndent(map[string]any{
		"openapi":    "3.0.3",
		"info":       map[string]any{"title": "The list of customers", "version": "1"},
		"paths":      map[string]any{"/pull": map[string]any{"post": operation}},
		"components": map[string]any{"schemas": needed},
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(subset, '\n'), 0o600) //nolint:gosec // named by go generate
}

// add adds every schema that a value refers to.
func add(needed, all map[string]any, value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			ref, isText := inner.(string)
			if key != "$ref" || !isText {
				add(needed, all, inner)
				continue
			}
			name := strings.TrimPrefix(ref, prefix)
			if needed[name] == nil {
				needed[name] = all[name]
				add(needed, all, all[name])
			}
		}
	case []any:
		for _, inner := range value {
			add(needed, all, inner)
		}
	}
}
