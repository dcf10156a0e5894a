package main

import (
	"fmt"
	"regexp"
	"strings"
)

// version is a version in the form of each ecosystem.
type version struct {
	tag    string // as Go writes it: v0.1.0
	semver string // npm, archives: 0.1.0
	python string // PyPI: 0.1.0, 0.2.0rc1, 0.1.1.dev20261125031605
	dirty  bool   // the tree had changes that were not committed
}

var (
	semantic      = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.-]+))?$`)
	pseudoVersion = regexp.MustCompile(`^(?:.*\.)?(\d{14})-[0-9a-f]{12}$`)
	preRelease    = regexp.MustCompile(`^(alpha|beta|rc)\.(\d+)$`)
)

// parseVersion reads the version that a program reports. A build from a tree
// without git has no version; it gets one that sorts before every release.
func parseVersion(text string) (version, error) {
	clean, suffix, _ := strings.Cut(text, "+")
	if clean == "(devel)" || clean == "" {
		clean = "v0.0.0-devel"
	}
	parts := semantic.FindStringSubmatch(clean)
	if parts == nil {
		return version{}, fmt.Errorf("%q is not a version; write v1.2.3", text)
	}

	v := version{
		tag:    clean,
		semver: strings.TrimPrefix(clean, "v"),
		python: parts[1],
		dirty:  suffix == "dirty",
	}
	if parts[2] == "" {
		return v, nil
	}
	if parts[2] == "devel" {
		v.python += ".dev0"
		return v, nil
	}
	if pseudo := pseudoVersion.FindStringSubmatch(parts[2]); pseudo != nil {
		v.python += ".dev" + pseudo[1]
		return v, nil
	}
	pre := preRelease.FindStringSubmatch(parts[2])
	if pre == nil {
		return version{}, fmt.Errorf("PyPI has no form for the version %q; write v1.2.3 or v1.2.3-rc.1", text)
	}
	v.python += map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[pre[1]] + pre[2]

	return v, nil
}

// checkTag fails unless the version is that of a clean checkout of a tag: a release
// must contain what was tagged.
func (v version) checkTag(tag string) error {
	if v.tag != tag {
		return fmt.Errorf("the program has the version %s, not %s; build from a clean checkout of that tag", v.tag, tag)
	}
	if v.dirty {
		return fmt.Errorf("the tree has changes that are not committed; build from a clean checkout of %s", tag)
	}
	return nil
}
