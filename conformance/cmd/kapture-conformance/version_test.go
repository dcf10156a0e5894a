package main

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec"
)

func TestVersion(t *testing.T) {
	doc, err := spec.Document()
	if err != nil {
		t.Fatal(err)
	}
	want := "kapture-conformance " + version() + ", contract " + doc.Info.Title + " " + doc.Info.Version + "\n"
	for _, args := range [][]string{{"version"}, {"--version"}} {
		if code, stdout, stderr := program(t, args...); code != exitConforms || stdout != want || stderr != "" {
			t.Errorf("%v: exit %d, %q %q, want %q", args, code, stdout, stderr, want)
		}
	}

	_, stdout, _ := program(t, "version", "--json")
	var said build
	if err := json.Unmarshal([]byte(stdout), &said); err != nil {
		t.Fatal(err)
	}
	sameContract := said.Contract == info{doc.Info.Title, doc.Info.Version}
	if said.Version != version() || !sameContract || !strings.HasPrefix(said.Go, "go") {
		t.Errorf("%+v", said)
	}
}

// The version does not wait for the contract to be loaded, which takes more than
// a hundred thousand allocations.
func TestVersionLoadsNoContract(t *testing.T) {
	allocations := testing.AllocsPerRun(1, func() {
		if err := printVersion(io.Discard); err != nil {
			t.Error(err)
		}
	})
	if allocations > 10_000 {
		t.Errorf("%.0f allocations", allocations)
	}
}
