package mock_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Test programs link the mock: it takes what it needs of the contract from Go
// tables, so it needs no reader of OpenAPI and YAML.
func TestTheMockLinksNoOpenAPI(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/kapture-community/kapture-go/"
	for path := range strings.FieldsSeq(string(out)) {
		host, _, _ := strings.Cut(path, "/")
		thirdParty := strings.Contains(host, ".") && !strings.HasPrefix(path, module)
		if thirdParty || path == module+"spec" {
			t.Errorf("the mock links %s", path)
		}
	}
}
