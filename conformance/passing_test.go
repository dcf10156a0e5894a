package conformance_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kapture-community/kapture-go/conformance"
	"github.com/kapture-community/kapture-go/conformance/mock"
	"github.com/kapture-community/kapture-go/spec"
)

// contractChecker is the checker of the Kapture contract, prepared once.
var contractChecker = sync.OnceValue(func() *conformance.Checker {
	doc, err := spec.Document()
	if err != nil {
		panic(err)
	}
	checker, err := conformance.NewChecker(doc)
	if err != nil {
		panic(err)
	}
	return checker
})

// A client that is tested against the mock learns what is wrong with its
// requests. In a test, Report is conformance.Fail(t).
func ExampleTransport() {
	kapture, err := mock.Start()
	if err != nil {
		panic(err)
	}
	defer kapture.Close()

	doc, _ := spec.Document()
	checker, _ := conformance.NewChecker(doc)
	client := &http.Client{Transport: &conformance.Transport{Checker: checker, Report: printFindings}}

	req, _ := http.NewRequest(http.MethodPost, kapture.URL+"/ms/customer/customer/api/v1/add-update",
		strings.NewReader(`{"customer_info":{"customer_name":"Asha","phone":9000000001}}`))
	req.Header.Set("Authorization", "Basic test-acme")
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		panic(err)
	}
	defer res.Body.Close()
	fmt.Println(res.Status)
	// Output:
	// request schema-type /customer_info/phone: expected string, got number
	// 200 OK
}

// A server that takes the place of Kapture learns where it differs. In a test,
// Report is conformance.Fail(t).
func ExampleHandler() {
	mine := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"message":"Invalid Auth Key"}`)
	})

	doc, _ := spec.Document()
	checker, _ := conformance.NewChecker(doc)
	server := httptest.NewServer(&conformance.Handler{Checker: checker, Next: mine, Report: printFindings})

	req, _ := http.NewRequest(http.MethodPost, server.URL+"/search-ticket-by-ticket-id.html/v.2.0",
		strings.NewReader(`{"ticket_ids":"1"}`))
	req.Header.Set("Authorization", "Basic test-acme")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	res.Body.Close()
	server.Close() // waits for the report
	// Output:
	// response schema-required /status: the required field "status" is missing
}

func printFindings(r conformance.Result) {
	for _, f := range r.Findings {
		fmt.Printf("%s %s %s: %s\n", f.Side, f.Code, f.Pointer, f.Message)
	}
}

// roundTrip sends a request through a Transport to a server inside a Handler, and
// returns the results of both.
func roundTrip(t *testing.T, next http.HandlerFunc, path, body string) (sent, served conformance.Result, got string) {
	t.Helper()
	reports := make(chan conformance.Result, 1)
	h := &conformance.Handler{
		Checker: contractChecker(),
		Next:    next,
		Report:  func(r conformance.Result) { reports <- r },
	}
	server := httptest.NewServer(h)
	defer server.Close()
	transport := &conformance.Transport{
		Checker: contractChecker(),
		Next:    server.Client().Transport,
		Report:  func(r conformance.Result) { sent = r },
	}

	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Basic test-acme")
	req.Header.Set("Content-Type", "application/json")
	res, err := transport.RoundTrip(req)
	if err != nil {
		return sent, <-reports, ""
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	served = <-reports // closing the server would not wait for a connection that was taken over
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return sent, served, string(text)
}

// codesOf lists the sides and codes of the findings.
func codesOf(r conformance.Result) string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, string(f.Side)+" "+f.Code)
	}
	slices.Sort(list)
	if r.Err != nil {
		list = append(list, "unchecked")
	}
	return strings.Join(list, ", ")
}

// Transport and Handler give the verdict of Check, change no byte, and say what
// they could not see.
func TestTransportAndHandler(t *testing.T) {
	const add = "/ms/customer/customer/api/v1/add-update"
	const good = `{"customer_info":{"customer_name":"Asha","phone":"9000000001"}}`
	kapture, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	large := `{"customer_info":{"customer_name":"` + strings.Repeat("a", conformance.MaxBody) + `"}}`
	write := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, text)
		}
	}

	for name, test := range map[string]struct {
		next         http.HandlerFunc
		path, body   string
		sent, served string
	}{
		"conforms": {next: kapture.ServeHTTP, path: add, body: good},
		"a wrong type": {
			next:   kapture.ServeHTTP,
			path:   add,
			body:   strings.Replace(good, `"9000000001"`, "9", 1),
			sent:   "request schema-type",
			served: "request schema-type",
		},
		"a wrong path": {
			next:   write("{}"),
			path:   add + "s",
			body:   good,
			sent:   "request operation-unknown",
			served: "request operation-unknown",
		},
		"wrong response": {
			next:   write(`{"status":7}`),
			path:   add,
			body:   good,
			sent:   "response schema-required, response schema-type",
			served: "response schema-required",
		},
		"a large request": {
			next:   write(`{"message":"x","status":"failed"}`),
			path:   add,
			body:   large,
			sent:   "unchecked",
			served: "unchecked",
		},
		"a large response": {
			next:   write(`"` + large + `"`),
			path:   add,
			body:   good,
			sent:   "unchecked",
			served: "unchecked",
		},
		"cut": {
			next: func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Content-Length", "90")
				_, _ = io.WriteString(w, "{")
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			},
			path:   add,
			body:   good,
			sent:   "response body-truncated",
			served: "unchecked",
		},
		"taken over": {
			next: func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					conn.Close()
				}
			},
			path:   add,
			body:   good,
			served: "unchecked",
		},
	} {
		sent, served, got := roundTrip(t, test.next, test.path, test.body)
		isSentWrong := !strings.HasPrefix(codesOf(sent), test.sent) || test.sent == "" && codesOf(sent) != ""
		isServedWrong := !strings.HasPrefix(codesOf(served), test.served) || test.served != "" && served.OK()
		if isSentWrong || isServedWrong {
			t.Errorf("%s: the transport found %q, the handler %q\n%.200s", name, codesOf(sent), codesOf(served), got)
		}
		if sent.Name != "POST "+test.path {
			t.Errorf("%s: the exchange is called %q", name, sent.Name)
		}
		if name == "a large response" && got != `"`+large+`"` {
			t.Errorf("the client got %d bytes", len(got))
		}
	}
}

// recorder is a test that fails.
type recorder struct{ lines []string }

func (*recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

func TestFail(t *testing.T) {
	var r recorder
	fail := conformance.Fail(&r)
	fail(conformance.Result{Name: "a"})
	fail(conformance.Result{Name: "b", Err: conformance.ErrUnchecked, Findings: []conformance.Finding{{
		Code: "schema-type", Operation: "getThing", Pointer: "/a", Message: "expected string, got number",
		Location: "a.yaml:7", Fault: conformance.FaultClient, Value: "9000000001",
	}}})
	want := []string{
		"getThing: schema-type /a: expected string, got number (a.yaml:7, fault of the client)",
		"b: " + conformance.ErrUnchecked.Error(),
	}
	if !slices.Equal(r.lines, want) {
		t.Errorf("got %q\nwant %q", r.lines, want)
	}
}
