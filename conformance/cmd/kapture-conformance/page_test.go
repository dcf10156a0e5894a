package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
)

// browse gets a part of the page of a server.
func browse(t *testing.T, s *server, at string) string {
	t.Helper()
	res, err := http.Get(s.ready.URL + controlPath + at)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: HTTP %d, %v\n%s", at, res.StatusCode, err, text)
	}
	return string(text)
}

// eventually gets a part of the page until it has a text: an exchange is shown
// after its response has been sent.
func eventually(t *testing.T, s *server, at, want string) string {
	t.Helper()
	for {
		text := browse(t, s, at)
		if strings.Contains(text, want) {
			return text
		}
		if err := t.Context().Err(); err != nil {
			t.Fatalf("%s lacks %q\n%s", at, want, text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// The mock and the proxy show what they serve, with the findings of both sides
// and without keys. Values are shown by the mock, whose records are of tests, and
// by a proxy that is asked for them.
func TestPage(t *testing.T) {
	m := startServer(t, "mock", "--addr", "127.0.0.1:0", "--fault", "getCustomer=truncated-json")
	behind := startServer(t, "mock", "--addr", "127.0.0.1:0", "--fault", "getCustomer=truncated-json")
	servers := map[string]*server{
		"mock":   m,
		"proxy":  startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", behind.ready.URL),
		"values": startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", behind.ready.URL, "--show-values"),
	}
	for name, s := range servers {
		// One after the other: the proxy shows them as their checks end.
		post(t, s.ready.URL+addPath, "test-shown", wrongAdd)
		eventually(t, s, "", `data-total="seen">1<`)
		post(t, s.ready.URL+"/search-customer-by-customer-id.html", "test-shown", `[{"phone":"9000000001"}]`)
		eventually(t, s, "", `data-total="seen">2<`)
		post(t, s.ready.URL+"/no/such/path?auth_key=QUERYKEY123", "test-shown", "{}")

		list := eventually(t, s, "", `data-total="seen">3<`)
		for _, want := range []string{
			"addUpdateCustomer", "schema-type", "body-truncated", "operation-unknown", "/no/such/path", "world shown",
		} {
			if !strings.Contains(list, want) {
				t.Errorf("%s: the list lacks %q", name, want)
			}
		}
		detail := browse(t, s, "exchanges/1")
		if !strings.Contains(detail, `class="marked"`) || !strings.Contains(detail, "Basic redacted") {
			t.Errorf("%s: no mark, or no header\n%s", name, detail)
		}
		if shown := strings.Contains(detail, "Asha Example"); shown != (name != "proxy") {
			t.Errorf("%s: values are shown: %v", name, shown)
		}
		if text := browse(t, s, "exchanges/2"); !strings.Contains(text, `<code class="code">body-truncated</code>`) {
			t.Errorf("%s: the response is not checked", name)
		}
		text := list + detail + browse(t, s, "exchanges/3")
		if strings.Contains(text, "QUERYKEY123") || strings.Contains(text, "test-shown") {
			t.Errorf("%s: it shows a key", name)
		}
		if text := browse(t, s, "coverage"); !strings.Contains(text, `<span class="figures">0/1</span>`) {
			t.Errorf("%s: the coverage lacks the exchange\n%s", name, text)
		}
		if offers := strings.Contains(list, "/faults"); offers != (name == "mock") {
			t.Errorf("%s: it offers faults: %v", name, offers)
		}
	}
}

// The page of the mock and of the proxy shows how long an exchange took, and so
// does the mock's line in JSON.
func TestShownDurations(t *testing.T) {
	const slow = 20 * time.Millisecond // much less than a response takes that drips
	m := startServer(t, "mock", "--addr", "127.0.0.1:0", "--fault", "getCustomer=slow-drip", "--format", "json")
	proxy := startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", m.ready.URL)
	post(t, proxy.ready.URL+getPath, "test-slow", `[{"phone":"9000000001"}]`)

	shown := regexp.MustCompile(`</time>, ([^<]+)</span>`)
	for name, s := range map[string]*server{"mock": m, "proxy": proxy} {
		eventually(t, s, "", `data-total="seen">1<`)
		detail := browse(t, s, "exchanges/1")
		match := shown.FindStringSubmatch(detail)
		if match == nil {
			t.Fatalf("%s: no duration\n%s", name, detail)
		}
		if took, err := time.ParseDuration(match[1]); err != nil || took < slow {
			t.Errorf("%s: the page shows %q, want at least %v", name, match[1], slow)
		}
	}

	_, _, stderr := m.end(t)
	_, text, _ := strings.Cut(stderr, "\n{")
	text, _, _ = strings.Cut(text, "\n")
	var line requestLine
	err := json.Unmarshal([]byte("{"+text), &line)
	if err != nil || line.DurationMS < float64(slow.Milliseconds()) {
		t.Errorf("%v: the line says that it took %v ms, want at least %v", err, line.DurationMS, slow)
	}
}

// The page of a mock switches its faults.
func TestPageSwitchesFaults(t *testing.T) {
	s := startServer(t, "mock", "--addr", "127.0.0.1:0", "--fault", "*=server-error:1")
	form := func(at, text string) int {
		res, err := http.Post(s.ready.URL+controlPath+at, "application/x-www-form-urlencoded", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	status := func() int {
		code, _ := post(t, s.ready.URL+addPath, "test-acme", goodAdd)
		return code
	}

	text := browse(t, s, "faults")
	if !strings.Contains(text, "*=server-error:1") || strings.Contains(text, ">goaway<") {
		t.Errorf("%s", text)
	}
	if got := []int{status(), status()}; !slices.Equal(got, []int{500, 200}) {
		t.Errorf("%v", got)
	}
	code := form("faults", "operation=addUpdateCustomer&kind=bad-gateway&settings=2")
	if code != http.StatusOK || status() != 502 {
		t.Errorf("HTTP %d", code)
	}
	if code := form("faults", "operation=addUpdateCustomer&kind=refuse"); code != http.StatusBadRequest {
		t.Errorf("refuse: HTTP %d", code)
	}
	if code := form("faults/clear", ""); code != http.StatusOK || status() != 200 {
		t.Errorf("HTTP %d", code)
	}
	for range maxArmed {
		form("faults", "operation=getCustomer&kind=stall")
	}
	if code := form("faults", "operation=getCustomer&kind=stall"); code != http.StatusBadRequest {
		t.Errorf("too many: HTTP %d", code)
	}
}

// The page offers every fault that a running mock can arm, and says what it does.
func TestPageKnowsEveryFault(t *testing.T) {
	var offered []string
	for _, kind := range (switches{http2: true}).Kinds() {
		offered = append(offered, kind.Name)
		if kind.Text == "" || mock.Kind(kind.Name).Done() == (kind.Group == faultGroups[0].name) {
			t.Errorf("%s: %q, %q", kind.Name, kind.Text, kind.Group)
		}
	}
	for _, kind := range mock.Kinds() {
		if kind != mock.Refuse && !slices.Contains(offered, string(kind)) {
			t.Errorf("%s is not offered", kind)
		}
	}
}

// A server ends at once although pages are open.
func TestPageDoesNotHoldTheEnd(t *testing.T) {
	m := startServer(t, "mock", "--addr", "127.0.0.1:0")
	proxy := startServer(t, "proxy", "--addr", "127.0.0.1:0", "--upstream", m.ready.URL)
	post(t, proxy.ready.URL+addPath, "test-acme", goodAdd)
	for _, s := range []*server{proxy, m} {
		res, err := http.Get(s.ready.URL + controlPath + "events")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if code, _, stderr := s.end(t); code != exitConforms {
			t.Errorf("it ended with %d\n%s", code, stderr)
		}
	}
}

// What the page shows of a path has no key and no value of a customer.
func TestPathOnThePage(t *testing.T) {
	finder := &credentialFinder{headers: []string{"X-Odd"}}
	ex := conformance.Exchange{Request: conformance.Request{
		Method: http.MethodPost,
		URL:    "https://acme.example.com/t/PLAINKEY1234/x?auth_key=OTHERKEY1234",
		Header: http.Header{"X-Odd": {"PLAINKEY1234"}},
	}}
	if got := finder.pathOf(ex, "addTicket", nil); got != "/t/redacted/x" {
		t.Errorf("%q", got)
	}
}
