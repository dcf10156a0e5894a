package runner

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/spec"
)

// Any case file loads, or its mistakes are reported with their places.
func FuzzLoad(f *testing.F) {
	names, err := fs.Glob(cases.FS, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		raw, err := cases.FS.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range strings.Split(string(raw), "\n  - name:")[1:] {
			f.Add([]byte("resource: a\ncases:\n  - name:" + one))
		}
	}
	f.Add([]byte("resource: a\ncases:\n  - name: b\n    steps: [{set: {/a: [1, {b: ~}]}, expect: {fields: {'': " +
		"{one_of: [1]}}}}]\n"))
	f.Add([]byte("resource: a\ncases: &x [*x]\n"))

	checker, err := theChecker()
	if err != nil {
		f.Fatal(err)
	}
	doc, err := spec.Document()
	if err != nil {
		f.Fatal(err)
	}
	contract, err := readContract(doc, checker, spec.FS)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := contract.load(fstest.MapFS{"a.yaml": {Data: raw}})
		if err == nil {
			return
		}
		var mistake *Mistake
		if !errors.As(err, &mistake) || mistake.File != "a.yaml" || mistake.Line < 1 {
			t.Errorf("the mistake has no place: %v", err)
		}
	})
}
