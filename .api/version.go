package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

var versionText = regexp.MustCompile(`\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)\b`)

// nextVersion returns the version in the first second-level heading of the
// changelog, such as "## 0.2.0 (unreleased)" or "## [0.2.0] - 2030-01-31". It
// returns "" if the heading names no version later than the released one.
func nextVersion(changelog, released string) (string, error) {
	f, err := os.Open(changelog)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()

	lines := bufio.NewScanner(f)
	for lines.Scan() {
		heading, ok := strings.CutPrefix(lines.Text(), "## ")
		if !ok {
			continue
		}
		m := versionText.FindStringSubmatch(heading)
		if m == nil || semver.Compare("v"+m[1], released) <= 0 {
			return "", nil
		}
		return "v" + m[1], nil
	}
	return "", lines.Err()
}

// mayBreak reports whether a release may break importers of the earlier one.
func mayBreak(earlier, later string) bool {
	if semver.Major(earlier) == "v0" && semver.Major(later) == "v0" {
		return semver.Compare(semver.MajorMinor(later), semver.MajorMinor(earlier)) > 0
	}
	return semver.Compare(semver.Major(later), semver.Major(earlier)) > 0
}

// atLeast returns the smallest version that may follow the released one.
func atLeast(released string, breaks, adds bool) string {
	var n [3]int // major, minor, patch
	for i, part := range strings.SplitN(strings.TrimPrefix(semver.Canonical(released), "v"), ".", 3) {
		n[i], _ = strconv.Atoi(part)
	}

	v0 := n[0] == 0
	switch {
	case breaks && !v0:
		n = [3]int{n[0] + 1, 0, 0}
	case breaks || adds && !v0:
		n = [3]int{n[0], n[1] + 1, 0}
	default:
		n[2]++
	}
	return fmt.Sprintf("v%d.%d.%d", n[0], n[1], n[2])
}
