package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is committed is what the contract and the package give.
func TestTheCommittedFileIsTheGeneratedOne(t *testing.T) {
	to := filepath.Join(t.TempDir(), "client.gen.go")
	if err := run("../../spec/dist/kapture.json", "../../client", to); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../client/kapture.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("client/kapture.gen.go is not what the contract and the package give: run make generate")
	}
}

// A package that it does not understand is told, and nothing is written.
func TestNothingToWrite(t *testing.T) {
	for source, want := range map[string]string{
		"package client\n":                           "no answer types",
		"package client\n\ntype T struct { answer":   "expected",
		"package client\n\ntype T struct{ gen.T }\n": "no answer types",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "client.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "out.gen.go")
		if err := run("../../spec/dist/kapture.json", dir, to); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", source, err, want)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%q: a file was written", source)
		}
	}
}
