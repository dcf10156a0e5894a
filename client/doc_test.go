package client_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/kapture-community/kapture-go/client"
)

// The table of the package documentation is the table of the code.
func TestDocumentationHasEveryMessage(t *testing.T) {
	doc, _ := os.ReadFile("doc.go")
	source, _ := os.ReadFile("errors.go")
	names := map[string]string{}
	for _, m := range regexp.MustCompile(`(Err\w+)\s+Code = "([^"]+)"`).FindAllStringSubmatch(string(source), -1) {
		names[m[2]] = m[1]
	}
	table := regexp.MustCompile(`(?m)^//\t(.+?)( \.\.\.)?  +(Err\w+)$`).FindAllStringSubmatch(string(doc), -1)
	for _, m := range client.DocumentedMessages() {
		found := false
		for _, row := range table {
			found = found || strings.HasPrefix(strings.TrimSpace(m.Message), row[1]) && row[3] == names[string(m.Code)] && (row[2] != "" || len(row[1]) == len(strings.TrimSpace(m.Message)))
		}
		if !found {
			t.Errorf("no row for %q, %s", m.Message, names[string(m.Code)])
		}
	}
	if len(table) != len(client.DocumentedMessages()) {
		t.Errorf("%d rows for %d messages", len(table), len(client.DocumentedMessages()))
	}
}
