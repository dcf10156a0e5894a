package main

import "slices"

// rows are the lines of the comparison, in the order of the table.
var rows = slices.Concat(callRows, pullRows, bulkRows, mockRows, proxyRows, checkRows, programRows)

// The Go versions that the pull is measured on.
const (
	go126 = "go1.26.8"
	go127 = "go1.27.4"
)
