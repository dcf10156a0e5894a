// Command bundle writes the contract as one self-contained file, in YAML and
// in JSON. It is the first step of `go generate`.
//
// It reads the authored files from the folder that it is given (default:
// spec), so that it sees them as they are on disk.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/kapture-community/kapture-go/spec"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bundle: ")
	from := flag.String("from", "spec", "folder of the authored files")
	to := flag.String("to", filepath.Join("spec", "dist"), "folder to write kapture.yaml and kapture.json to")
	flag.Parse()
	if err := run(*from, *to); err != nil {
		log.Fatal(err)
	}
}

func run(from, to string) error {
	doc, err := spec.Bundle(os.DirFS(from))
	if err != nil {
		return err
	}
	asJSON, asYAML, err := render(doc)
	if err != nil {
		return err
	}
	// What is written is what is validated: examples against their schemas,
	// every reference resolved, no help from the authored files.
	bundled, err := openapi3.NewLoader().LoadFromData(asJSON)
	if err != nil {
		return fmt.Errorf("the bundle does not load: %w", err)
	}
	if err := bundled.Validate(context.Background()); err != nil {
		return fmt.Errorf("the bundle is not valid: %w", err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "kapture.json"), asJSON, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "kapture.yaml"), asYAML, 0o644)
}

// render gives the bundle in both forms. Members stand in alphabetical order,
// and numbers as the samples write them.
func render(doc *openapi3.T) (asJSON, asYAML []byte, err error) {
	compact, err := doc.MarshalJSON()
	if err != nil {
		return nil, nil, err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, compact, "", "  "); err != nil {
		return nil, nil, err
	}
	pretty.WriteByte('\n')

	// JSON is YAML: one parse and a change of style keep order and numbers.
	var node yaml.Node
	if err := yaml.Unmarshal(compact, &node); err != nil {
		return nil, nil, err
	}
	block(&node)
	var out bytes.Buffer
	out.WriteString("# Generated from the authored files in spec/ by `go generate`. Do not edit.\n")
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&node); err != nil {
		return nil, nil, err
	}
	return pretty.Bytes(), out.Bytes(), encoder.Close()
}

// ambiguous are the words that YAML 1.1, which many languages still read, takes
// for booleans and nulls.
var ambiguous = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~)$`)

// plain are the texts that every version of YAML reads as text.
var plain = regexp.MustCompile(`^[A-Za-z$][A-Za-z0-9_./ ()'-]*$`)

// block writes mappings and lists in lines of their own, and quotes every text
// that one version of YAML or another would take for something else.
func block(node *yaml.Node) {
	node.Style = 0
	if node.Tag == "!!str" && (!plain.MatchString(node.Value) || ambiguous.MatchString(node.Value)) {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range node.Content {
		block(child)
	}
}
