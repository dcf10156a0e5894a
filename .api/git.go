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

// git runs git in the repository, even if the environment names another one.
func (j job) git(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"-C", j.root}, args...)
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the caller of the gate names the repository
	cmd.Env = environment()
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[2], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.String(), nil
}

// environment is the program's environment without the variables that name a
// repository. A gate that runs inside a git hook inherits them.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "GIT_DIR" || name == "GIT_WORK_TREE" || name == "GIT_INDEX_FILE"
	})
}

// prefix is the text that the module's tags begin with.
func (j job) prefix() string {
	if j.module == "." {
		return ""
	}
	return path.Clean(filepath.ToSlash(j.module)) + "/"
}

// release returns the tag of the last release that this tree descends from, or
// "". Release candidates promise nothing, so they do not count.
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

	pattern := "refs/tags/" + j.prefix() + "v*"
	list, err := j.git(ctx, "for-each-ref", "--merged", "HEAD", "--format", "%(refname:strip=2)", pattern)
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
		return "", errors.New("the clone is shallow, so the last release is unknown: run git fetch --unshallow --tags")
	}
	return "", nil
}

// checkout writes the files of a tag into dir. It uses a clone that borrows the
// repository's objects: unlike a worktree, it leaves no trace in the repository
// if it is interrupted.
func (j job) checkout(ctx context.Context, tag, dir string) error {
	_, err := j.git(ctx, "-c", "advice.detachedHead=false",
		"clone", "--quiet", "--shared", "--branch", tag, j.root, dir)
	return err
}

// copyTree copies the files of the tree, committed or not. It leaves out what git
// ignores.
func (j job) copyTree(ctx context.Context, dir string) error {
	list, err := j.git(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return err
	}

	for name := range strings.SplitSeq(strings.TrimRight(list, "\x00"), "\x00") {
		err := copyFile(filepath.Join(j.root, name), filepath.Join(dir, name))
		uncommittedDeletion := errors.Is(err, fs.ErrNotExist)
		if err != nil && !uncommittedDeletion {
			return err
		}
	}
	return nil
}

// copyFile copies a regular file, or the file that a link points to.
func copyFile(from, to string) error {
	info, err := os.Stat(from) //nolint:gosec // git lists no name that leads out of the tree
	if err != nil || !info.Mode().IsRegular() {
		return err
	}

	content, err := os.ReadFile(from) //nolint:gosec // as above
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := info.Mode().Perm() | 0o600
	return os.WriteFile(to, content, mode) //nolint:gosec // git lists no name that leads out of the tree
}
