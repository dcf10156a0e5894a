package cases

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/kapture-community/kapture-go/spec"
)

// Whatever stands in a case file, it loads or its mistakes are told with their
// places.
func FuzzLoad(f *testing.F) {
	names, err := fs.Glob(FS, "*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		raw, err := FS.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range strings.Split(string(raw), "\n  - name:")[1:] {
			f.Add([]byte("resource: a\ncases:\n  - name:" + one))
		}
	}
	f.Add([]byte("resource: a\ncases:\n  - name: b\n    steps: [{set: {/a: [1, {b: ~}]}, expect: {members: {'': {one_of: [1]}}}}]\n"))
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
		var mistake *Mistake
		if err != nil && (!errors.As(err, &mistake) || mistake.File != "a.yaml" || mistake.Line < 1) {
			t.Errorf("no place is told: %v", err)
		}
	})
}
