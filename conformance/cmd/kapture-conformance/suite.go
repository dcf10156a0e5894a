package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/spec"
)

// suite is the contract with the cases that are to run.
type suite struct {
	doc *openapi3.T
	set *cases.Set
}

// suiteFlags choose the cases.
type suiteFlags struct {
	pattern string
	folder  string
}

func (f *suiteFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pattern, "case", "", "run only the cases whose name, operation or file fits `PATTERN`: a glob or a part of the name")
	cmd.Flags().StringVar(&f.folder, "cases", "", "read the case files in `DIR` instead of the embedded ones")
}

// load reads contract and cases. basePath is a path of the target's base URL.
func (f *suiteFlags) load(showValues bool, basePath string) (*suite, error) {
	doc, checker, err := loadContract(showValues, basePath)
	if err != nil {
		return nil, err
	}
	var files fs.FS = cases.FS
	if f.folder != "" {
		if info, err := os.Stat(f.folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--cases: %q is no folder; name the folder that holds the case files", f.folder)
		}
		files = os.DirFS(f.folder)
	}
	set, err := cases.Load(files, doc, checker, spec.FS)
	if err != nil {
		return nil, caseMistakes(err, "nothing was sent")
	}
	if set, err = set.Select(f.pattern); err != nil {
		return nil, err
	}
	return &suite{doc, set}, nil
}

// caseMistakes says above the mistakes of case files what was done: nothing, or
// as much as came before a mistake that only a run can show.
func caseMistakes(err error, done string) error {
	if _, mistaken := errors.AsType[*cases.Mistake](err); !mistaken {
		return err
	}
	return fmt.Errorf("the case files have mistakes; %s:\n%w", done, err)
}
