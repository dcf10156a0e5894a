// Command release builds every package of kapture-conformance and of the
// contract from the working tree, and proves that each can be used.
//
//	go run . [-root DIR] [-out DIR] [-platforms host|all|OS/ARCH,...] [-tag TAG] [-prove=false]
//
// It builds twice, in two folders, and fails unless both builds have the same
// bytes. Then it installs each package in a fresh environment and uses it. If this
// machine lacks the tools for a proof, the proof is skipped and named; with the
// environment variable REQUIRE_ALL=1 that is a failure.
//
// Exit codes: 0 built and proved, 1 a build differs or a proof failed, 2 it
// could not run.
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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// options are what the caller asks for.
type options struct {
	root      string // top of the repository
	out       string // where the packages go; its contents are replaced
	platforms string
	tag       string // the version that must be checked out; "" for any
	prove     bool
}

// errFailed reports that builds differ or that a proof failed. The reason has been
// printed.
var errFailed = errors.New("failed")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.root, "root", "..", "top of the repository")
	flags.StringVar(&o.out, "out", "../dist", "folder of the packages; its contents are replaced")
	flags.StringVar(&o.platforms, "platforms", "host", "host, all, or a list such as linux/amd64,darwin/arm64")
	flags.StringVar(&o.tag, "tag", "", "fail unless the tree is a clean checkout of this version")
	flags.BoolVar(&o.prove, "prove", true, "install and use each package")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2
	}

	err = release(ctx, o, stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return 1
	default:
		fmt.Fprintln(stderr, "release: "+err.Error())
		return 2
	}
}

// release builds, compares and proves.
func release(ctx context.Context, o options, out io.Writer) error {
	started := time.Now()
	platforms, err := choosePlatforms(o.platforms)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "kapture-release-")
	if err != nil {
		return err
	}
	defer removeAll(work)

	first, err := buildIn(ctx, o.root, filepath.Join(work, "first"), platforms)
	if err != nil {
		return err
	}
	if o.tag != "" {
		if err := first.stamp.version.checkTag(o.tag); err != nil {
			return err
		}
	}
	second, err := buildIn(ctx, o.root, filepath.Join(work, "second folder"), platforms)
	if err != nil {
		return err
	}
	if different := compare(first.packages, second.packages); len(different) > 0 {
		for _, name := range different {
			fmt.Fprintf(out, "FAILED  %s: two builds of the same tree differ\n", name)
		}
		return errFailed
	}
	if err := writeAll(o.out, first.packages); err != nil {
		return err
	}
	fmt.Fprintf(out, "built %d files of %s in %s, twice with the same bytes, in %.0f s\n",
		len(first.packages), first.stamp.version.tag, o.out, time.Since(started).Seconds())
	if !o.prove {
		return nil
	}

	dist, err := filepath.Abs(o.out)
	if err != nil {
		return err
	}
	p := &prover{build: first, dist: dist, work: work, out: out}

	return p.all(ctx, started)
}

// removeAll removes a temporary folder, even if it has read-only folders, as Go's
// module cache does.
func removeAll(dir string) {
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
