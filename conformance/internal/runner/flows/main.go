// Command flows writes the flows among the conformance cases as an Arazzo
// document, which other tools can run.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/cases"
	"github.com/kapture-community/kapture-go/conformance/internal/runner"
	"github.com/kapture-community/kapture-go/spec"
)

func main() {
	to := flag.String("o", "spec/dist/kapture.arazzo.yaml", "the file to write")
	contract := flag.String("contract", "kapture.json", "the address of the OpenAPI document in the file")
	worlds := flag.Bool("worlds", false, "give each workflow a world of the mock that no other has")
	inputs := flag.String("inputs", "",
		"print the inputs of the workflows with this key, for the mock, and write nothing")
	flag.Parse()

	if *inputs != "" {
		fmt.Println(runner.ArazzoInputs(*inputs, time.Now()))
		return
	}
	if err := write(*to, runner.Arazzo{Contract: *contract, Worlds: *worlds}); err != nil {
		fmt.Fprintln(os.Stderr, "flows:", err)
		os.Exit(1)
	}
}

func write(file string, arazzo runner.Arazzo) error {
	document, err := spec.Document()
	if err != nil {
		return err
	}
	checker, err := conformance.NewChecker(document)
	if err != nil {
		return err
	}
	set, err := runner.Load(cases.FS, document, checker, spec.FS)
	if err != nil {
		return err
	}

	text, err := arazzo.Write(set)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
