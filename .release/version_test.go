package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	tests := []struct {
		text string
		want version // zero if the text is rejected
	}{
		{text: "v0.1.0", want: version{tag: "v0.1.0", semver: "0.1.0", python: "0.1.0"}},
		{text: "v1.12.3", want: version{tag: "v1.12.3", semver: "1.12.3", python: "1.12.3"}},
		{text: "v0.2.0-rc.1", want: version{tag: "v0.2.0-rc.1", semver: "0.2.0-rc.1", python: "0.2.0rc1"}},
		{text: "v0.2.0-beta.12", want: version{tag: "v0.2.0-beta.12", semver: "0.2.0-beta.12", python: "0.2.0b12"}},
		{text: "v0.2.0-alpha.1", want: version{tag: "v0.2.0-alpha.1", semver: "0.2.0-alpha.1", python: "0.2.0a1"}},
		{
			text: "v0.0.0-20261125031605-bea632ec017a",
			want: version{
				tag:    "v0.0.0-20261125031605-bea632ec017a",
				semver: "0.0.0-20261125031605-bea632ec017a",
				python: "0.0.0.dev20261125031605",
			},
		},
		{
			text: "v0.1.1-0.20261125031605-bea632ec017a+dirty",
			want: version{
				tag:    "v0.1.1-0.20261125031605-bea632ec017a",
				semver: "0.1.1-0.20261125031605-bea632ec017a",
				python: "0.1.1.dev20261125031605",
				dirty:  true,
			},
		},
		{text: "v0.1.0+dirty", want: version{tag: "v0.1.0", semver: "0.1.0", python: "0.1.0", dirty: true}},
		{text: "(devel)", want: version{tag: "v0.0.0-devel", semver: "0.0.0-devel", python: "0.0.0.dev0"}},
		{text: "0.1.0"},
		{text: "v0.1"},
		{text: "v0.1.0-next"},
		{text: "v0.1.0-rc1"},
	}
	for _, test := range tests {
		got, err := parseVersion(test.text)
		rejected := err != nil
		if rejected != (test.want == version{}) || got != test.want {
			t.Errorf("%s: got %+v, %v", test.text, got, err)
		}
	}
}

// A release has exactly what was tagged: neither another commit nor changes that
// were not committed.
func TestCheckTag(t *testing.T) {
	tests := []struct {
		reported, tag string
		want          string // part of the error; "" for none
	}{
		{"v0.1.0", "v0.1.0", ""},
		{"v0.1.1-0.20261125031605-bea632ec017a", "v0.1.0", "has the version v0.1.1-0."},
		{"v0.1.0+dirty", "v0.1.0", "not committed"},
	}
	for _, test := range tests {
		reported, err := parseVersion(test.reported)
		if err != nil {
			t.Fatal(err)
		}
		err = reported.checkTag(test.tag)
		if (err == nil) != (test.want == "") || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%s as %s: got %v", test.reported, test.tag, err)
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
