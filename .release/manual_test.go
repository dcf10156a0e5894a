package main

import (
	"slices"
	"strings"
	"testing"
)

func TestManPage(t *testing.T) {
	const help = `mock serves a Kapture. It stops
on Ctrl-C.

  indented

Usage:
  kapture-conformance mock [flags]

Examples:
  kapture-conformance mock --addr 127.0.0.1:0 \
    --check

Flags:
      --addr HOST:PORT   where to listen

Use "kapture-conformance mock --help" for more.
`
	made := stamp{time: noon, version: version{semver: "0.1.0"}}
	all := []command{{}, {name: "mock"}, {name: "run"}}
	page := manPage(made, "kapture-conformance-mock", command{name: "mock", short: "Serve it", help: help}, all)
	want := `.TH KAPTURE-CONFORMANCE-MOCK 1 2026-11-25 "kapture-conformance 0.1.0" "Kapture CRM conformance"
.SH NAME
kapture\-conformance\-mock \- Serve it
.SH SYNOPSIS
.nf
  kapture\-conformance mock [flags]
.fi
.SH DESCRIPTION
mock serves a Kapture. It stops
on Ctrl\-C.
.PP
.nf
  indented
.fi
.SH OPTIONS
.nf
      \-\-addr HOST:PORT   where to listen
.fi
.SH EXAMPLES
.nf
  kapture\-conformance mock \-\-addr 127.0.0.1:0 \e
    \-\-check
.fi
.SH SEE ALSO
kapture\-conformance(1), kapture\-conformance\-run(1)
`
	if page != want {
		t.Errorf("got\n%s\nwant\n%s", page, want)
	}
}

func TestRoff(t *testing.T) {
	for line, want := range map[string]string{
		"plain": "plain", ".dot": `\&.dot`, "'quote": `\&'quote`, `back\slash`: `back\eslash`, "a-b": `a\-b`,
	} {
		if got := roff(line); got != want {
			t.Errorf("%s: got %s, want %s", line, got, want)
		}
	}
}

func TestLicenseNames(t *testing.T) {
	const (
		mit    = "Permission is hereby granted, free of charge, to any\nperson obtaining a copy"
		bsd    = "Redistribution and use in source and binary forms, with or without"
		apache = "                 Apache License\n           Version 2.0, January 2004"
	)
	for content, want := range map[string][]string{
		mit:                              {"MIT"},
		bsd:                              {"BSD-2-Clause"},
		bsd + "\n * Neither the name of": {"BSD-3-Clause"},
		apache:                           {"Apache-2.0"},
		apache + mit:                     {"Apache-2.0", "MIT"},
		"Mozilla Public License, v. 2.0": {"MPL-2.0"},
		"This is free and unencumbered\nsoftware released into the public domain.": {"Unlicense"},
		"All rights reserved.": nil,
	} {
		if got := licenseNames(content); !slices.Equal(got, want) {
			t.Errorf("%.30q: got %q, want %q", content, got, want)
		}
	}
}

// A module whose license is not known stops the build: its terms must be read.
func TestUnknownLicense(t *testing.T) {
	_, err := readLicense("example.com/module", "v1.0.0", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "example.com/module has no license that this program knows") {
		t.Errorf("got %v", err)
	}
}
