package contract_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/spec/contract"
)

func TestLookUps(t *testing.T) {
	get, known := contract.ByID("getCustomer")
	if !known || get.Path != "/search-customer-by-customer-id.html" || !get.Idempotent {
		t.Errorf("getCustomer is %+v (%v)", get, known)
	}
	if _, known := contract.ByID("getNothing"); known {
		t.Error("getNothing is found")
	}

	if failure, known := get.Failure("not-found"); !known || failure.Code != "not-found" {
		t.Errorf("the failure is %+v (%v)", failure, known)
	}
	if _, known := get.Failure("added"); known {
		t.Error("getCustomer has a failure of another kind")
	}
	if use, known := get.Use("search", "2016"); !known || use.String() != "search (2016)" {
		t.Errorf("the use is %v (%v)", use, known)
	}
	if _, known := get.Use("search", "2024"); known {
		t.Error("getCustomer has a search of 2024")
	}
	add, _ := contract.ByID("addUpdateCustomer")
	if success, known := add.Success("added"); !known || success.Response != "CustomerUpserted" {
		t.Errorf("the success is %+v (%v)", success, known)
	}
}

func TestMatches(t *testing.T) {
	printed := contract.Outcome{Message: " title is missing"}
	varies := contract.Outcome{Message: "Busy 1", Pattern: "^Busy [0-9]+$"}
	broken := contract.Outcome{Message: "Busy 1", Pattern: "^Busy ("}
	for name, test := range map[string]struct {
		outcome contract.Outcome
		text    string
		want    bool
	}{
		"the printed text":   {printed, " title is missing", true},
		"without its blank":  {printed, "title is missing", false},
		"a pattern":          {varies, "Busy 27", true},
		"not of the pattern": {varies, "Busy", false},
		"a broken pattern":   {broken, "Busy 1", false},
		"of no text":         {contract.Outcome{}, "Busy 1", false},
	} {
		if got := test.outcome.Matches(test.text); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Programs import the tables to link neither YAML nor OpenAPI.
func TestItImportsTheStandardLibraryOnly(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if path != "github.com/kapture-community/kapture-go/spec/contract" {
			t.Errorf("it imports %s", path)
		}
	}
}
