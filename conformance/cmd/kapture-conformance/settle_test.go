package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/internal/report"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// tenant is the mock as a tenant has it: one key, and responses that may be
// changed on their way.
func tenant(t *testing.T, change func(w http.ResponseWriter, r *http.Request, next http.Handler)) string {
	t.Helper()
	kapture, err := mock.New(mock.WithToken("a-tenants-key"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		change(w, r, kapture)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func unchanged(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }

// A run against a tenant says what it settled, a run against a mock does not, and
// drift makes an overlay of it that fits the bundle.
func TestATenantSettlesFacts(t *testing.T) {
	saved := filepath.Join(t.TempDir(), "live.json")
	url := tenant(t, unchanged)
	code, stdout, stderr := program(t, "run", "--base-url", url, "--token", "a-tenants-key",
		"--account", "1000298", "--report", saved)
	if code != exitConforms || !strings.Contains(stdout, "confirmed: the body under 200 of pullOrders (inferred)") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = program(t, "run", "--case", "order-pull*", "--format", "json")
	if code != exitConforms || strings.Contains(stdout, `"facts"`) {
		t.Errorf("exit %d: a mock settles facts\n%s%s", code, stdout, stderr)
	}

	code, stdout, stderr = program(t, "drift", saved)
	if code != exitConforms || !strings.Contains(stdout, "confirmed: schema OrdersPulled (inferred)") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = program(t, "drift", "--overlay", saved)
	const raises = "- target: $.components.schemas[\"OrdersPulled\"]\n    update:\n      x-evidence: {observed: ["
	if code != exitConforms || !strings.Contains(stdout, raises) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "FAQCategory") {
		t.Error("what is observed already is raised")
	}
	applies(t, stdout)
}

// applies checks that each action of an overlay has its place in the bundle.
func applies(t *testing.T, text string) {
	t.Helper()
	actions, err := overlay.ParseReader(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if err := actions.Validate(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	raw, err := os.ReadFile("../../../spec/dist/kapture.json")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	if warnings, err := actions.ApplyToStrict(&document); err != nil {
		t.Errorf("%v: %v", err, warnings)
	}
}

// Every fact has a place in the bundle, whatever is confirmed.
func TestEveryFactHasItsPlace(t *testing.T) {
	j, err := newJudge(false, "")
	if err != nil {
		t.Fatal(err)
	}
	facts := j.tally.Facts()
	if len(facts) < 100 {
		t.Errorf("only %d facts", len(facts))
	}
	for i := range facts {
		facts[i].Outcome = report.Confirmed
		facts[i].Evidence = conformance.Inferred
		if !strings.HasPrefix(facts[i].Location, "spec/") {
			t.Errorf("%s has the place %q", facts[i], facts[i].Location)
		}
	}
	var b strings.Builder
	if err := writeOverlay(&b, drifted{facts: facts}); err != nil {
		t.Fatal(err)
	}
	applies(t, b.String())
}

// A response that operations share is raised when all of them have shown it.
func TestSharedResponses(t *testing.T) {
	shared := []report.Fact{
		{Kind: "body", Name: "404", Operation: "a", Outcome: report.Confirmed},
		{Kind: "body", Name: "404", Operation: "b", Outcome: report.NotShown},
	}
	for i := range shared {
		shared[i].Evidence = conformance.Inferred
		shared[i].Target = "$.x"
	}
	r := raisedFacts(shared)
	if len(r.actions) != 0 || !strings.Contains(strings.Join(r.comments, ""), "other operations share it") {
		t.Errorf("got %+v", r)
	}

	shared[1].Outcome = report.Confirmed
	if r := raisedFacts(shared); len(r.actions) != 1 || len(r.comments) != 0 {
		t.Errorf("got %+v", r)
	}
}

// What contradicts a fact is found, without the value, and becomes a comment for a
// person. Reports and recordings count together.
func TestAContradictedFact(t *testing.T) {
	folder := t.TempDir()
	saved := filepath.Join(folder, "live.json")
	url := tenant(t, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path != "/get-all-faq-categories.html" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"categories": "SECRETVALUE", "status": "success"}`))
	})
	code, stdout, stderr := program(t, "run", "--base-url", url, "--token", "a-tenants-key",
		"--report", saved, "--case", "faq*")
	if code != exitFindings || !strings.Contains(stdout, "contradicted: ") || strings.Contains(stdout, "SECRETVALUE") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}

	recording := filepath.Join(folder, "today.ndjson")
	recordSome(t, recording, `{"Customer Details":{"id":1,"name":"Asha","moon":1},"status":"success"}`, 1)
	code, stdout, stderr = program(t, "drift", "--overlay", saved, recording)
	hasBoth := strings.Contains(stdout, "# contradicted: ") && strings.Contains(stdout, `"moon":`)
	if code != exitFindings || !hasBoth || strings.Contains(stdout, "SECRETVALUE") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	applies(t, stdout)

	text := strings.Replace(read(t, saved), "sha256:", "sha256:0", 1)
	write(t, saved, []byte(text))
	code, _, stderr = program(t, "drift", saved)
	if code != exitCannot || !strings.Contains(stderr, "is a report by another contract") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
