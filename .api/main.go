// Command api holds the exported API of this tree to that of its last release.
//
//	go run . [-root DIR] [-module DIR] [-since TAG] [-except PACKAGE.NAME]... PACKAGE...
//
// Packages are given by their folder below the module. Two things are compared:
// what the packages export, by golang.org/x/exp/apidiff, and the release's test
// files, which must compile and pass go vet against this tree. What breaks either
// is allowed where the first heading of CHANGELOG.md names a version that may
// break: before v1 the next minor one, from v1 on the next major one.
//
// The tests that count are those of a package PACKAGE_test, which use what any
// importer can use. A test inside its package may fall behind what is not
// exported; that is told and breaks nothing.
//
// Nothing is written into the repository. The exit code is 0 where nothing is
// broken, 1 where something is, 2 where the comparison could not be made.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// job is one comparison.
type job struct {
	root     string // top of the repository
	module   string // folder of the module below it
	packages []string
	since    string   // tag to compare with; "" for the last release
	except   []string // package.Name of what may change
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var j job
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&j.root, "root", ".", "top of the repository")
	flags.StringVar(&j.module, "module", ".", "folder of the module below it; its tags begin with that folder")
	flags.StringVar(&j.since, "since", "", "tag to compare with (default: the last release)")
	flags.Func("except", "PACKAGE.NAME that may change, such as a version number; may be repeated", func(s string) error {
		j.except = append(j.except, s)
		return nil
	})
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() == 0:
		fmt.Fprintln(stderr, "api: no package was given: name folders such as client or client/webhook")
		return 2
	}
	for _, p := range flags.Args() {
		j.packages = append(j.packages, filepath.ToSlash(filepath.Clean(p)))
	}
	broken, err := j.compare(ctx, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "api:", strings.TrimSpace(err.Error()))
		return 2
	case broken:
		return 1
	}
	return 0
}

// compare reports whether something is broken that may not be.
func (j job) compare(ctx context.Context, out io.Writer) (bool, error) {
	root, err := filepath.Abs(j.root)
	if err != nil {
		return false, err
	}
	j.root = root
	tag, err := j.release(ctx)
	if err != nil {
		return false, err
	}
	if tag == "" {
		fmt.Fprintf(out, "%s: no release yet: nothing to compare\n", j.title())
		return false, nil
	}
	scratch, err := os.MkdirTemp("", "api-*")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	released, tree := filepath.Join(scratch, "release"), filepath.Join(scratch, "tree")
	if err := j.checkout(ctx, tag, released); err != nil {
		return false, err
	}
	if err := j.copyTree(ctx, tree); err != nil {
		return false, err
	}

	fmt.Fprintf(out, "%s: this tree against %s\n", j.title(), tag)
	changes, err := j.changes(ctx, released, tree)
	if err != nil {
		return false, err
	}
	incompatible, compatible := 0, 0
	for _, c := range changes {
		switch {
		case c.Compatible:
			compatible++
			fmt.Fprintln(out, "  +", c.Message)
		case c.excepted:
			fmt.Fprintln(out, "  ~", c.Message, "(may change)")
		default:
			incompatible++
			fmt.Fprintln(out, "  ! incompatible:", c.Message)
		}
	}
	tests, err := j.oldTests(ctx, released, tree)
	if err != nil {
		return false, err
	}
	for _, note := range tests.notes {
		fmt.Fprintln(out, "  ~", note)
	}
	for _, failure := range tests.failures {
		fmt.Fprintln(out, "  ! test of the release:", failure)
	}
	fmt.Fprintf(out, "  %d incompatible, %d compatible; %d test files of the release: %d failures\n",
		incompatible, compatible, tests.files, len(tests.failures))

	version := strings.TrimPrefix(tag, j.prefix())
	breaks := incompatible+len(tests.failures) > 0
	least := atLeast(version, breaks, compatible > 0)
	next, err := nextVersion(filepath.Join(j.root, "CHANGELOG.md"), version)
	if err != nil {
		return false, err
	}
	switch {
	case !breaks:
		fmt.Fprintf(out, "  nothing is broken; the next version is at least %s\n", least)
		return false, nil
	case next != "" && mayBreak(version, next):
		fmt.Fprintf(out, "  broken, and allowed: CHANGELOG.md announces %s\n", next)
		return false, nil
	case next == "":
		next = "no version after " + version
	}
	fmt.Fprintf(out, "  BROKEN: the next version would have to be %s, and CHANGELOG.md announces %s\n", least, next)
	fmt.Fprintf(out, "  keep the old form beside the new one; or begin CHANGELOG.md with %q and tell there what replaces what changed\n",
		"## "+strings.TrimPrefix(least, "v")+" (unreleased)")
	return true, nil
}

// title names the module by its folder.
func (j job) title() string {
	if j.module == "." {
		return "public API"
	}
	return "public API of " + j.module
}
