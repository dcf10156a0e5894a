package report

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/kapture-community/kapture-go/conformance"
)

// home is where a reader of a SARIF file learns what the tool is.
const home = "https://github.com/kapture-community/kapture-go"

// SARIF writes the findings as SARIF 2.1.0, for code scanning. A result names
// the line of the contract that was broken, and the line of the case if there
// is one.
func SARIF(w io.Writer, run *Run) error {
	log, err := sarif.New(sarif.Version210)
	if err != nil {
		return err
	}
	out := sarif.NewRunWithInformationURI(run.Tool.Name, home)
	out.Tool.Driver.WithVersion(run.Tool.Version)
	out.Properties = propertyBag(run)

	for _, g := range run.groups() {
		addRule(out, g.Code)
		out.AddResult(resultOf(g))
	}

	log.AddRun(out)
	return log.PrettyWrite(w)
}

// propertyBag says which contract the run judged by, what it left out, and how to
// repeat it.
func propertyBag(run *Run) sarif.Properties {
	bag := sarif.Properties{}
	for _, p := range propertiesOf(run) {
		bag[p.Name] = p.Value
	}
	sum := run.Summary()
	bag["skipped"] = sum.Skipped
	bag["unchecked"] = sum.Unchecked
	return bag
}

func addRule(out *sarif.Run, code string) {
	rule := out.AddRule(code)
	explanation, ok := conformance.Explain(code)
	if !ok {
		return
	}
	rule.WithShortDescription(sarif.NewMultiformatMessageString(explanation.Title))
	rule.WithFullDescription(sarif.NewMultiformatMessageString(explanation.Meaning))
	rule.WithHelp(sarif.NewMultiformatMessageString(explanation.Next))
}

func resultOf(g *group) *sarif.Result {
	message := Clean(place(g.Finding)) + ": " + Clean(g.Message)
	if apart(g.Finding) {
		message += " (expected " + Clean(g.Expected) + ", got " + Clean(g.Actual) + ")"
	}
	message += "; the fault of the " + string(g.Fault) + ": " + Clean(g.Why)

	result := sarif.NewRuleResult(g.Code).
		WithMessage(sarif.NewTextMessage(message)).
		WithLevel(levelOf(g.Fault))
	result.PartialFingerprints = map[string]any{"finding/v1": fingerprint(g)}

	added := addLocation(result, g.Location)
	if added && g.Reference != "" {
		logical := sarif.NewLogicalLocation().WithFullyQualifiedName(Clean(g.Reference))
		result.Locations[0].AddLogicalLocations(logical)
	}
	for _, c := range g.Cases {
		added = addLocation(result, c.Place()) || added
	}
	if !added {
		addLocation(result, "spec/openapi.yaml:1")
	}
	return result
}

// addLocation adds a place of the form file:line, if it is one.
func addLocation(result *sarif.Result, place string) bool {
	file, line, ok := splitLocation(place)
	if !ok {
		return false
	}
	physical := sarif.NewPhysicalLocation().
		WithArtifactLocation(sarif.NewSimpleArtifactLocation(Clean(file))).
		WithRegion(sarif.NewSimpleRegion(line, line))
	result.AddLocation(sarif.NewLocationWithPhysicalLocation(physical))
	return true
}

// levelOf is a warning for the contract's own faults: nothing that runs is
// broken by them.
func levelOf(fault conformance.Fault) string {
	if fault == conformance.FaultContract {
		return "warning"
	}
	return "error"
}

// fingerprint identifies a finding in every run, also when its line has moved.
func fingerprint(g *group) string {
	parts := []string{g.Code, g.Operation, string(g.Side), g.Part, generic(g.Pointer), g.Expected}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
