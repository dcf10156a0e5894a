package main

import (
	"fmt"
	"runtime"
	"strings"
)

// platform is a system that the program is built for, with the names that each
// ecosystem has for it.
type platform struct {
	os, arch string // GOOS and GOARCH
	npmOS    string // process.platform
	npmArch  string // process.arch
	// wheel has the tags of the wheel. The program is static, so one wheel serves
	// both glibc and musl.
	wheel []string
}

var platforms = []platform{
	{
		os: "linux", arch: "amd64", npmOS: "linux", npmArch: "x64",
		wheel: []string{"manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_1_x86_64"},
	},
	{
		os: "linux", arch: "arm64", npmOS: "linux", npmArch: "arm64",
		wheel: []string{"manylinux_2_17_aarch64", "manylinux2014_aarch64", "musllinux_1_1_aarch64"},
	},
	{os: "darwin", arch: "amd64", npmOS: "darwin", npmArch: "x64", wheel: []string{"macosx_12_0_x86_64"}},
	{os: "darwin", arch: "arm64", npmOS: "darwin", npmArch: "arm64", wheel: []string{"macosx_12_0_arm64"}},
	{os: "windows", arch: "amd64", npmOS: "win32", npmArch: "x64", wheel: []string{"win_amd64"}},
	{os: "windows", arch: "arm64", npmOS: "win32", npmArch: "arm64", wheel: []string{"win_arm64"}},
}

func (p platform) String() string { return p.os + "/" + p.arch }

// program returns the file name of the program.
func (p platform) program() string {
	if p.os == "windows" {
		return "kapture-conformance.exe"
	}
	return "kapture-conformance"
}

// choosePlatforms reads the flag -platforms.
func choosePlatforms(text string) ([]platform, error) {
	if text == "all" {
		return platforms, nil
	}
	if text == "host" {
		text = runtime.GOOS + "/" + runtime.GOARCH
	}

	var chosen []platform
	for name := range strings.SplitSeq(text, ",") {
		p, ok := findPlatform(name)
		if !ok {
			return nil, fmt.Errorf("-platforms: no package is for %q; write host, all, or some of %v", name, platforms)
		}
		chosen = append(chosen, p)
	}

	return chosen, nil
}

func findPlatform(name string) (platform, bool) {
	for _, p := range platforms {
		if p.String() == name {
			return p, true
		}
	}
	return platform{}, false
}
