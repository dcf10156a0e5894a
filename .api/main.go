// Command api compares the exported API of this tree with that of its last
// release.
//
//	go run . [-root DIR] [-module DIR] [-since TAG] [-except PACKAGE.NAME]... PACKAGE...
//
// Packages are named by their directory below the module. The command compares
// two things:
//
//   - What the packages export, with golang.org/x/exp/apidiff. This includes
//     the types of other packages of the module that the exported API reaches
//     (the structs that client's aliases name, for example), because apidiff
//     compares one package at a time and does not look into them.
//   - The release's test files, which must compile and pass go vet against this
//     tree.
//
// A break is allowed if the first heading of CHANGELOG.md names a version that
// may break: the next minor version before v1, the next major version from v1 on.
//
// Only tests of a package PACKAGE_test count, because they use what any importer
// can use. A test inside its package may use names that are not exported. If it
// no longer compiles, the command says so and counts no failure.
//
// The command writes nothing into the repository. The exit code is 0 if nothing
// is broken, 1 if something is, and 2 if the comparison could not be made.
package main

import (
	"cmp"
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
	root     string // top directory of the repository
	module   string // directory of the module, relative to root
	packages []string
	since    string   // tag to compare with; "" for the last release
	except   []string // package.Name of what may change
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	j, err := parseArgs(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2 // the flag package has printed the reason
	case len(j.packages) == 0:
		fmt.Fprintln(stderr, "api: no package was given: name directories such as client or client/webhook")
		return 2
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

func parseArgs(args []string, stderr io.Writer) (job, error) {
	var j job
	flags := flag.NewFlagSet("api", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&j.root, "root", ".", "top directory of the repository")
	flags.StringVar(&j.module, "module", ".", "directory of the module; its tags begin with this name")
	flags.StringVar(&j.since, "since", "", "tag to compare with (default: the last release)")
	flags.Func("except", "PACKAGE.NAME that may change; may be repeated", func(name string) error {
		j.except = append(j.except, name)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return j, err
	}

	for _, p := range flags.Args() {
		j.packages = append(j.packages, filepath.ToSlash(filepath.Clean(p)))
	}
	return j, nil
}

// compare reports whether something is broken that must not be.
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
	released := filepath.Join(scratch, "release")
	if err := j.checkout(ctx, tag, released); err != nil {
		return false, err
	}
	tree := filepath.Join(scratch, "tree")
	if err := j.copyTree(ctx, tree); err != nil {
		return false, err
	}

	fmt.Fprintf(out, "%s: this tree against %s\n", j.title(), tag)
	changes, err := j.changes(ctx, released, tree)
	if err != nil {
		return false, err
	}
	incompatible, compatible := printChanges(out, changes)

	tests, err := j.oldTests(ctx, released, tree)
	if err != nil {
		return false, err
	}
	tests.print(out)
	fmt.Fprintf(out, "  %d incompatible, %d compatible; %d test files of the release: %d failures\n",
		incompatible, compatible, tests.files, len(tests.failures))

	return j.verdict(out, difference{
		version: strings.TrimPrefix(tag, j.prefix()),
		breaks:  incompatible+len(tests.failures) > 0,
		adds:    compatible > 0,
	})
}

// printChanges prints the changes and counts them. Changes that are excepted
// count as neither.
func printChanges(out io.Writer, changes []change) (incompatible, compatible int) {
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
	return incompatible, compatible
}

// difference sums up how this tree differs from a release.
type difference struct {
	version      string // of the release
	breaks, adds bool
}

// verdict prints what the difference means for the next version, and reports
// whether the tree breaks more than the announced version may.
func (j job) verdict(out io.Writer, d difference) (bool, error) {
	least := atLeast(d.version, d.breaks, d.adds)
	next, err := nextVersion(filepath.Join(j.root, "CHANGELOG.md"), d.version)
	if err != nil {
		return false, err
	}

	switch {
	case !d.breaks:
		fmt.Fprintf(out, "  nothing is broken; the next version is at least %s\n", least)
		return false, nil
	case next != "" && mayBreak(d.version, next):
		fmt.Fprintf(out, "  broken, and allowed: CHANGELOG.md announces %s\n", next)
		return false, nil
	}

	announced := cmp.Or(next, "no version after "+d.version)
	fmt.Fprintf(out, "  BROKEN: the next version would have to be %s, and CHANGELOG.md announces %s\n",
		least, announced)
	fmt.Fprintln(out, "  keep the old form next to the new one; or begin CHANGELOG.md with")
	fmt.Fprintf(out, "  %q and say there what replaces the old form\n",
		"## "+strings.TrimPrefix(least, "v")+" (unreleased)")
	return true, nil
}

// title names the module by its directory.
func (j job) title() string {
	if j.module == "." {
		return "public API"
	}
	return "public API of " + j.module
}
