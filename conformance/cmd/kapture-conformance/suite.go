package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/spf13/cobra"

	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/spec"
)

// suite is the contract with the cases that are to run.
type suite struct {
	doc *openapi3.T
	set *runner.Set
}

// suiteFlags choose the cases.
type suiteFlags struct {
	pattern string
	folder  string
}

func (f *suiteFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pattern, "case", "",
		"run only the cases whose name, operation or file matches `PATTERN`: a glob or a part of the name")
	completeBy(cmd, "case", f.complete)
	cmd.Flags().StringVar(&f.folder, "cases", "", "read the case files in `DIR` instead of the embedded ones")
}

// load reads contract and cases. basePath is a path of the target's base URL.
func (f *suiteFlags) load(showValues bool, basePath string) (*suite, error) {
	doc, checker, err := loadContract(showValues, basePath)
	if err != nil {
		return nil, err
	}

	var files fs.FS = cases.FS
	dir := "conformance/cases"
	if f.folder != "" {
		if info, err := os.Stat(f.folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("--cases: %q is not a directory; name the directory of the case files", f.folder)
		}
		files = os.DirFS(f.folder)
		dir = f.folder
	}

	set, err := runner.Load(files, doc, checker, spec.FS)
	if err != nil {
		return nil, caseMistakes(err, "nothing was sent")
	}

	if f.folder == "" {
		if err := set.AddServed(); err != nil {
			return nil, err
		}
	}

	set.In(dir)
	selected, err := set.Select(f.pattern)
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, near(f.pattern, caseNames(set)))
	}

	return &suite{doc, selected}, nil
}

func caseNames(set *runner.Set) []string {
	var names []string
	for _, c := range set.Cases {
		names = append(names, c.Name.Value)
	}
	return names
}

// complete offers the names of the cases to the shell.
func (f *suiteFlags) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	whole := suiteFlags{folder: f.folder}
	suite, err := whole.load(false, "")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return caseNames(suite.set), cobra.ShellCompDirectiveNoFileComp
}

// caseMistakes says above the mistakes of case files what was done: nothing, or
// as much as came before a mistake that only a run can show.
func caseMistakes(err error, done string) error {
	if _, mistaken := errors.AsType[*runner.Mistake](err); !mistaken {
		return err
	}
	return fmt.Errorf("the case files have mistakes; %s:\n%w", done, err)
}
