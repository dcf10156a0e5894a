package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, sample()); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"Does not conform", "The fault of the server", "The fault of the client", "The fault of the contract",
		"spec/people.yaml:88", "dist/people.json#/components/schemas/PersonFound", "response-other",
		"Another response was expected", "getPerson", "4/5", "width:80%", "people/get by phone",
		"/people/0/loyalty", "conformance run --seed 42", "writes are not allowed", "sha256:0a1b",
		"not the vendor&#39;s server", `lang="en"`, `<time datetime="2024-05-02T10:45:42Z">`,
		`<a href="` + repository + `HEAD/spec/people.yaml#L88">spec/people.yaml:88</a>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}

	withoutLinks := strings.ReplaceAll(text, `<a href="`+repository, "")
	if regexp.MustCompile(`(?i)src=|<link|@import|url\(|https?:`).MatchString(withoutLinks) {
		t.Error("the page asks for something outside itself")
	}
	if strings.Contains(text, "ZgotmplZ") {
		t.Error("the template rejected a value")
	}
	wellFormed(t, text)
}

func TestHTMLOfAGoodRun(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, good()); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), `<article class="finding"`) || !strings.Contains(b.String(), "Conforms") {
		t.Error("the page has a finding, or does not say that the run conforms")
	}
}

// A place in the repository is linked in the version of the program. No other
// place is linked.
func TestSource(t *testing.T) {
	tests := map[string]struct{ version, place, want string }{
		"release":       {"v1.2.3", "spec/tickets.yaml:7", "v1.2.3/spec/tickets.yaml#L7"},
		"pre-release":   {"v1.2.3-rc.1", "conformance/cases/faq.yaml:9", "v1.2.3-rc.1/conformance/cases/faq.yaml#L9"},
		"commit":        {"v0.0.0-20260102030405-0123456789ab", "spec/faq.yaml:1", "0123456789ab/spec/faq.yaml#L1"},
		"changed":       {"v1.2.4-0.20260102030405-0123456789ab+dirty", "spec/faq.yaml:1", "HEAD/spec/faq.yaml#L1"},
		"no version":    {"(devel)", "spec/faq.yaml:1", "HEAD/spec/faq.yaml#L1"},
		"a recording":   {"v1.2.3", "exchanges.ndjson:3", ""},
		"another cases": {"v1.2.3", "mine/faq.yaml:3", ""},
		"a trick":       {"v1.2.3", "spec/../../x.yaml:3", ""},
		"no place":      {"v1.2.3", "", ""},
	}
	for name, test := range tests {
		got := pageData{Run: &Run{Tool: Tool{Version: test.version}}}.Source(test.place)
		if strings.TrimPrefix(got, repository) != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// wellFormed makes sure that every element of the page is closed in its order.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	// Scripts are not markup.
	text = regexp.MustCompile(`(?s)<script>.*</script>`).ReplaceAllString(text, "")
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict = true
	dec.AutoClose = []string{"meta"}
	dec.Entity = xml.HTMLEntity
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
