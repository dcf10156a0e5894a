package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNextVersion(t *testing.T) {
	tests := map[string]struct{ changelog, released, want string }{
		"announced":                  {"# Changelog\n\n## 0.2.0 (unreleased)\n\n## 0.1.0\n", "v0.1.0", "v0.2.0"},
		"with a link and a date":     {"# Changelog\n\n## [0.2.0] - 2030-01-31\n", "v0.1.0", "v0.2.0"},
		"with a v":                   {"## v1.0.0\n", "v0.9.0", "v1.0.0"},
		"a candidate":                {"## 0.2.0-rc.1\n", "v0.1.0", "v0.2.0-rc.1"},
		"without a version":          {"# Changelog\n\n## Unreleased\n\n## 0.2.0\n", "v0.1.0", ""},
		"released already":           {"## 0.1.0\n", "v0.1.0", ""},
		"older than the release":     {"## 0.1.0\n", "v0.2.0", ""},
		"a version only in the text": {"# Changelog\n\nSee 0.3.0.\n\n## Unreleased\n0.4.0\n", "v0.1.0", ""},
		"no heading":                 {"# Changelog\n", "v0.1.0", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "CHANGELOG.md")
			if err := os.WriteFile(file, []byte(test.changelog), 0o600); err != nil {
				t.Fatal(err)
			}
			if got, err := nextVersion(file, test.released); err != nil || got != test.want {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestNextVersionWithoutAChangelog(t *testing.T) {
	got, err := nextVersion(filepath.Join(t.TempDir(), "CHANGELOG.md"), "v0.1.0")
	if err != nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestMayBreak(t *testing.T) {
	tests := []struct {
		earlier, later string
		want           bool
	}{
		{"v0.1.0", "v0.1.1", false},
		{"v0.1.0", "v0.2.0", true},
		{"v0.9.0", "v0.10.0", true},
		{"v0.9.0", "v1.0.0", true},
		{"v1.0.0", "v1.0.1", false},
		{"v1.0.0", "v1.1.0", false},
		{"v1.9.0", "v2.0.0", true},
		{"v9.0.0", "v10.0.0", true},
		{"v1.0.0", "v0.9.0", false},
	}
	for _, test := range tests {
		if got := mayBreak(test.earlier, test.later); got != test.want {
			t.Errorf("%s after %s: %v, want %v", test.later, test.earlier, got, test.want)
		}
	}
}

func TestAtLeast(t *testing.T) {
	tests := []struct {
		released     string
		breaks, adds bool
		want         string
	}{
		{released: "v0.1.2", want: "v0.1.3"},
		{released: "v0.1.2", adds: true, want: "v0.1.3"},
		{released: "v0.1.2", adds: true, breaks: true, want: "v0.2.0"},
		{released: "v1.1.2", want: "v1.1.3"},
		{released: "v1.1.2", adds: true, want: "v1.2.0"},
		{released: "v1.1.2", breaks: true, want: "v2.0.0"},
	}
	for _, test := range tests {
		if got := atLeast(test.released, test.breaks, test.adds); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}
