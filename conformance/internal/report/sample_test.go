package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a report with its golden file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update rewrites it); got:\n%s", file, got)
	}
}

// sample is a run in which everything occurs.
func sample() *Run {
	return &Run{
		Tool: Tool{"conformance", "1.2.0"},
		Contract: Contract{
			Title:   "Shop API",
			Version: "2024.1",
			Hash:    "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
		},
		Target:    "the embedded mock",
		Profile:   "reads and writes",
		Started:   time.Date(2024, 5, 2, 10, 45, 42, 0, time.UTC),
		Duration:  2345 * time.Millisecond,
		Seed:      "42",
		Reproduce: []string{"conformance run --seed 42", "conformance run --seed 42 --case people/get"},
		Notes: []string{
			"The target was the embedded mock: this run proves contract, client and mock, not the vendor's server.",
		},
		Operations: sampleOperations(),
		Cases:      sampleCases(),
	}
}

// good is a run without a fault.
func good() *Run {
	r := sample()
	r.Operations = r.Operations[:1]
	r.Operations[0].Request = Count{5, 5}
	r.Operations[0].Response = Count{5, 5}
	r.Cases = r.Cases[:1]
	return r
}

func sampleOperations() []Operation {
	return []Operation{
		{
			ID:           "getPerson",
			Method:       "POST",
			Path:         "/person.html",
			Summary:      "Get a person",
			Evidence:     "documented",
			Request:      Count{4, 5},
			Response:     Count{4, 5},
			Failures:     Count{2, 2},
			Fields:       Count{40, 49},
			UnseenFields: []string{"Person.nick", "Person.zone"},
		},
		{
			ID:              "listPeople",
			Method:          "POST",
			Path:            "/people",
			Evidence:        "inferred",
			Request:         Count{3, 3},
			Response:        Count{2, 3},
			Failures:        Count{1, 3},
			Fields:          Count{20, 20},
			MissingFailures: []string{"disabled-key", "no-people"},
		},
		{
			ID:       "removePerson",
			Method:   "POST",
			Path:     "/people/remove",
			Evidence: "observed",
			Skipped:  "writes are not allowed",
		},
	}
}

func sampleCases() []Case {
	return []Case{
		{
			Name:      "people/get by id",
			Operation: "getPerson",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Passed,
			Duration:  3 * time.Millisecond,
			Exchanges: 2,
		},
		{
			Name:      "people/get by mail",
			Operation: "getPerson",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Failed,
			Duration:  4 * time.Millisecond,
			Exchanges: 1,
			Findings:  []conformance.Finding{wrongResponse(), missingCredential()},
		},
		{
			Name:      "people/get by phone",
			Operation: "getPerson",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Failed,
			Exchanges: 1,
			Reason:    "the response's id is not the one that was stored",
		},
		{
			Name:      "people/list",
			Operation: "listPeople",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Failed,
			Duration:  7 * time.Millisecond,
			Exchanges: 3,
			Findings:  []conformance.Finding{repeated(), ambiguous()},
			Drift: []conformance.Drift{
				{
					Operation: "listPeople",
					Side:      conformance.SideResponse,
					Pointer:   "/people/0/Nick",
					Name:      "Nick",
					Shape:     "string(4)",
					Schema:    "Person",
					Location:  "spec/people.yaml:40",
					Near:      "nick",
					Count:     12,
				},
				{
					Operation: "listPeople",
					Side:      conformance.SideResponse,
					Pointer:   "/people/0/loyalty",
					Name:      "loyalty",
					Shape:     "object{2}",
					Schema:    "Person",
					Location:  "spec/people.yaml:40",
					Count:     3,
				},
			},
		},
		{
			Name:      "people/list again",
			Operation: "listPeople",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Failed,
			Exchanges: 1,
			Findings:  []conformance.Finding{repeated()},
			Drift: []conformance.Drift{
				{
					Operation: "listPeople",
					Side:      conformance.SideResponse,
					Pointer:   "/people/7/loyalty",
					Name:      "loyalty",
					Shape:     "object{2}",
					Schema:    "Person",
					Location:  "spec/people.yaml:40",
					Count:     1,
				},
			},
		},
		{
			Name:      "people/remove",
			Operation: "removePerson",
			File:      "conformance/cases/people.yaml",
			Line:      12,
			Status:    Skipped,
			Reason:    "writes are not allowed",
		},
	}
}

// inBody is a finding in the body of a response that breaks a documented fact.
func inBody() conformance.Finding {
	return conformance.Finding{
		Fault:      conformance.FaultServer,
		Why:        "the response breaks what is documented (Person API (2024))",
		Side:       conformance.SideResponse,
		Part:       "body",
		HTTPStatus: 200,
		Keyword:    "type",
		Schema:     "Person",
		Evidence:   conformance.Documented,
		Sources:    []string{"Person API (2024)"},
		Count:      1,
	}
}

// wrongResponse is a finding with the differences from the expected response.
func wrongResponse() conformance.Finding {
	f := inBody()
	f.Code = conformance.CodeResponseOther
	f.Operation = "getPerson"
	f.Location = "spec/people.yaml:88"
	f.Reference = "dist/people.json#/components/schemas/PersonFound"
	f.Expected = "PersonFound"
	f.Actual = "Failure"
	f.Message = "wrong response: expected PersonFound, got Failure"
	f.Hint = "see first whether the request or the data it met earned this response"
	f.Differs = []conformance.Difference{
		{
			Pointer: "/person", Expected: "object", Actual: "absent", Location: "spec/people.yaml:90",
			Reference: "dist/people.json#/components/schemas/PersonFound/required/0",
		},
		{Pointer: "/status", Expected: `"success"`, Actual: "string(6)", Location: "spec/people.yaml:93"},
	}
	return f
}

// repeated is a finding that several elements of a list share.
func repeated() conformance.Finding {
	f := inBody()
	f.Code = conformance.CodeSchemaType
	f.Operation = "listPeople"
	f.Pointer = "/people/3/deleted"
	f.Location = "spec/people.yaml:51"
	f.Expected = "boolean"
	f.Actual = "string(2)"
	f.Message = "expected boolean, got string(2)"
	f.Hint = "both forms occur; see the samples"
	f.Count = 12
	f.Also = []string{"/people/4/deleted", "/people/9/deleted"}
	return f
}

// ambiguous is a finding for which the contract is at fault.
func ambiguous() conformance.Finding {
	f := inBody()
	f.Code = conformance.CodeContractAmbiguous
	f.Fault = conformance.FaultContract
	f.Why = "only the contract can tell its alternatives apart"
	f.Operation = "listPeople"
	f.Pointer = "/people/0"
	f.Location = "spec/people.yaml:120"
	f.Expected = "exactly one of the alternatives"
	f.Actual = "Loose and Looser"
	f.Message = "the value fits Loose and Looser, and oneOf allows only one"
	f.Hint = "let one of them require what the other lacks"
	return f
}

// missingCredential is a finding in a request.
func missingCredential() conformance.Finding {
	return conformance.Finding{
		Code:      conformance.CodeCredentialMissing,
		Fault:     conformance.FaultClient,
		Why:       "a request must keep to the contract",
		Operation: "getPerson",
		Side:      conformance.SideRequest,
		Part:      "credential",
		Expected:  "header Authorization with basic",
		Actual:    "absent",
		Message:   "the request has no credential",
		Count:     1,
		Location:  "spec/openapi.yaml:30",
	}
}
