package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Languages that read YAML 1.1 must find the same texts in the bundle as those
// that read 1.2.
func TestTextsStayTextsInEveryYAML(t *testing.T) {
	for text, quoted := range map[string]bool{
		"no": true, "Yes": true, "on": true, "N": true, "null": true, "~": true, "": true,
		"2016041912:10": true, "2024-05-01": true, "0": true, "1e3": true, ".5": true, " a": true, "a: b": true, "a #b": true,
		"=": true, "<<": true, "Kapture Customer Id": false, "notes": false, "$ref": false,
	} {
		node := yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
		block(&node)
		if got := node.Style == yaml.DoubleQuotedStyle; got != quoted {
			t.Errorf("%q is quoted: %v, want %v", text, got, quoted)
		}
	}
}

func TestRunWritesBothForms(t *testing.T) {
	to := filepath.Join(t.TempDir(), "dist")
	if err := run("..", to); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kapture.yaml", "kapture.json"} {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../dist", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("dist/%s is not what the authored files give; run `go generate ./...`", name)
		}
	}
}

func TestRunWritesNothingOfABrokenContract(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "dist")
	if err := os.WriteFile(filepath.Join(from, "openapi.yaml"), []byte("openapi: 3.0.3\ninfo: {title: t}\npaths: {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(from, to); err == nil || !strings.Contains(err.Error(), "not valid") {
		t.Errorf("error is %v, want one that says what is not valid", err)
	}
	if _, err := os.Stat(to); !os.IsNotExist(err) {
		t.Error("something was written all the same")
	}
}
