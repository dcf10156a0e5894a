package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// git runs in the repository, whatever repository the environment names.
func (j job) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", j.root}, args...)...) //nolint:gosec // who runs the gate names the repository
	cmd.Env = environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// environment is that of the program, without what names a repository.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(s string) bool {
		return strings.HasPrefix(s, "GIT_DIR=") || strings.HasPrefix(s, "GIT_WORK_TREE=") || strings.HasPrefix(s, "GIT_INDEX_FILE=")
	})
}

// prefix is what the tags of the module begin with.
func (j job) prefix() string {
	if j.module == "." {
		return ""
	}
	return path.Clean(filepath.ToSlash(j.module)) + "/"
}

// release is the tag of the last release that this tree descends from, or "".
// Release candidates promise nothing, so they do not count.
func (j job) release(ctx context.Context) (string, error) {
	below, err := j.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(below) != "" {
		return "", fmt.Errorf("%s is not the top of a git repository", j.root)
	}
	if j.since != "" {
		_, err := j.git(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+j.since)
		if err != nil {
			return "", fmt.Errorf("there is no tag %s", j.since)
		}
		return j.since, nil
	}
	list, err := j.git(ctx, "for-each-ref", "--merged", "HEAD", "--format", "%(refname:strip=2)", "refs/tags/"+j.prefix()+"v*")
	if err != nil {
		return "", err
	}
	var versions []string
	for _, tag := range strings.Fields(list) {
		if v := strings.TrimPrefix(tag, j.prefix()); semver.IsValid(v) && semver.Prerelease(v) == "" {
			versions = append(versions, v)
		}
	}
	if len(versions) > 0 {
		return j.prefix() + slices.MaxFunc(versions, semver.Compare), nil
	}
	shallow, err := j.git(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(shallow) == "true" {
		return "", errors.New("the clone is shallow, so whether there was a release cannot be told: run git fetch --unshallow --tags")
	}
	return "", nil
}

// checkout puts the files of a tag into dir. A clone that borrows the objects
// leaves no trace in the repository, even if it is interrupted.
func (j job) checkout(ctx context.Context, tag, dir string) error {
	_, err := j.git(ctx, "-c", "advice.detachedHead=false", "clone", "--quiet", "--shared", "--branch", tag, j.root, dir)
	return err
}

// copyTree copies the files of the tree as they stand, committed or not, without
// what git ignores.
func (j job) copyTree(ctx context.Context, dir string) error {
	list, err := j.git(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		if err := copyFile(filepath.Join(j.root, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err // one that does not exist was deleted and the deletion is not committed
		}
	}
	return nil
}

// copyFile copies a file, or what a link points to.
func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm()|0o600) //nolint:gosec // git lists no name that leads out of the tree
}
