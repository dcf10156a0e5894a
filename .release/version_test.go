package main

import "testing"

func TestParseVersion(t *testing.T) {
	tests := []struct {
		text                string
		tag, semver, python string // "" is refused
	}{
		{"v0.1.0", "v0.1.0", "0.1.0", "0.1.0"},
		{"v1.12.3", "v1.12.3", "1.12.3", "1.12.3"},
		{"v0.2.0-rc.1", "v0.2.0-rc.1", "0.2.0-rc.1", "0.2.0rc1"},
		{"v0.2.0-beta.12", "v0.2.0-beta.12", "0.2.0-beta.12", "0.2.0b12"},
		{"v0.2.0-alpha.1", "v0.2.0-alpha.1", "0.2.0-alpha.1", "0.2.0a1"},
		{
			"v0.0.0-20261125031605-bea632ec017a",
			"v0.0.0-20261125031605-bea632ec017a", "0.0.0-20261125031605-bea632ec017a", "0.0.0.dev20261125031605",
		},
		{
			"v0.1.1-0.20261125031605-bea632ec017a+dirty",
			"v0.1.1-0.20261125031605-bea632ec017a", "0.1.1-0.20261125031605-bea632ec017a", "0.1.1.dev20261125031605",
		},
		{"v0.1.0+dirty", "v0.1.0", "0.1.0", "0.1.0"},
		{"(devel)", "v0.0.0-devel", "0.0.0-devel", "0.0.0.dev0"},
		{text: "0.1.0"},
		{text: "v0.1"},
		{text: "v0.1.0-next"},
		{text: "v0.1.0-rc1"},
	}
	for _, test := range tests {
		got, err := parseVersion(test.text)
		if (err == nil) != (test.tag != "") || got != (version{test.tag, test.semver, test.python}) {
			t.Errorf("%s: got %+v, %v", test.text, got, err)
		}
	}
}

func TestChoosePlatforms(t *testing.T) {
	tests := map[string]int{"host": 1, "all": 6, "linux/amd64,windows/arm64": 2, "plan9/amd64": 0, "": 0, "linux": 0}
	for text, want := range tests {
		if got, err := choosePlatforms(text); len(got) != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}
