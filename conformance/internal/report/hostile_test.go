package report

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
)

// evil is what a body may put into names and messages: markup, control characters,
// and the ends of quotes and sections.
const evil = "</td><script>alert(1)</script>\x1b[2J\u202e\x00]]>&\"'\n"

// hostileRun has evil in every text.
func hostileRun() *Run {
	run := sample()
	run.Target = evil
	run.Seed = evil
	run.Profile = evil
	run.Contract.Title = evil
	run.Notes = []string{evil}
	run.Reproduce = []string{evil}
	run.Operations[0] = Operation{
		ID:              evil,
		Method:          evil,
		Path:            evil,
		Evidence:        evil,
		MissingFailures: []string{evil},
		UnseenFields:    []string{evil},
		Skipped:         evil,
	}
	run.Facts = []Fact{{
		Kind: evil, Name: evil, Operation: evil, Evidence: evil, Outcome: Confirmed, Why: evil, Location: evil,
	}}

	inAPart := hostileFinding()
	inTheBody := hostileFinding()
	inTheBody.Part = "body"
	run.Cases = []Case{
		{
			Name:      evil,
			Operation: evil,
			File:      evil,
			Status:    Failed,
			Reason:    evil,
			Findings:  []conformance.Finding{inAPart, inTheBody},
			Drift: []conformance.Drift{{
				Operation: evil,
				Pointer:   evil,
				Name:      evil,
				Shape:     evil,
				Schema:    evil,
				Location:  evil,
				Reference: evil,
				Near:      evil,
			}},
		},
		{Name: evil, Status: Failed, Reason: evil},
		{Name: evil, Status: Skipped, Reason: evil},
	}
	return run
}

func hostileFinding() conformance.Finding {
	return conformance.Finding{
		Code:      conformance.CodeSchemaType,
		Fault:     conformance.FaultServer,
		Why:       evil,
		Exchange:  evil,
		Operation: evil,
		Side:      conformance.SideResponse,
		Part:      evil,
		Pointer:   "/" + evil,
		Expected:  evil,
		Actual:    evil,
		Value:     evil,
		Location:  evil,
		Reference: evil,
		Message:   evil,
		Hint:      evil,
		Also:      []string{evil},
		Differs: []conformance.Difference{
			{Pointer: evil, Expected: evil, Actual: evil, Location: evil, Reference: evil},
		},
	}
}

// Everything that a body puts into names and messages stays text.
func TestHostileText(t *testing.T) {
	verboseText := func(w io.Writer, run *Run) error { return Text(w, run, TextOptions{Verbose: true}) }
	reports := map[string]string{}
	for name, write := range map[string]func(io.Writer, *Run) error{
		"text": verboseText, "html": HTML, "junit": JUnit, "json": JSON, "sarif": SARIF, "annotations": Annotations,
	} {
		var b strings.Builder
		if err := write(&b, hostileRun()); err != nil {
			t.Fatal(err)
		}
		reports[name] = b.String()
		if strings.ContainsRune(b.String(), 0x1b) || strings.ContainsRune(b.String(), 0) {
			t.Errorf("%s: a control character came through", name)
		}
	}

	for _, name := range []string{"html", "junit"} {
		if strings.Contains(reports[name], "<script>alert") {
			t.Errorf("%s: markup came through", name)
		}
	}
	if strings.ContainsRune(reports["text"], '\u202e') {
		t.Error("text: a character that changes the direction of writing came through")
	}
	if err := xml.Unmarshal([]byte(reports["junit"]), new(junitSuites)); err != nil {
		t.Error(err)
	}
	if !json.Valid([]byte(reports["json"])) {
		t.Error("the JSON is not valid")
	}
	wellFormed(t, reports["html"])
}
