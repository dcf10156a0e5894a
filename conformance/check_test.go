package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kapture-community/kapture-go/conformance/internal/jsonvalue"
)

func TestConformingExchange(t *testing.T) {
	r := checker(t).Check(t.Context(), person())
	if !r.OK() || !r.RequestOK() || !r.ResponseOK() || len(r.Drift) != 0 {
		t.Fatalf("%s\n%+v", brief(r.Findings), r.Drift)
	}
	if r.Response != "PersonFound" || r.Operation != "getPerson" || r.Name != "case/step" {
		t.Errorf("the result names other things: %+v", r)
	}
}

func TestCheckComponent(t *testing.T) {
	c := checker(t)
	if r := c.CheckComponent("Person", []byte(goodPerson), SideResponse); !r.OK() || r.Response != "Person" {
		t.Errorf("a person does not conform: %+v", r)
	}
	onlyFinding(t, c.CheckComponent("Person", []byte(`{"id":1}`), SideResponse), CodeSchemaRequired)
	onlyFinding(t, c.CheckComponent("Person", []byte(`{"id":1,`), SideRequest), CodeBodyTruncated)
	onlyFinding(t, c.CheckComponent("Nobody", nil, SideResponse), CodeExpectationUnknown)
}

// A mark that the bodies below have in place of each value. The tests put a
// value there and look for it in all that a result says.
const mark = "MARK"

// valuesEverywhere have a value wherever a body can have one.
var valuesEverywhere = []string{
	`{"person":{"id":true,"name":{"x":"MARK"},"nick":["MARK"],"age":"MARK","zone":"MARK","born":"MARK","seen":"MARK",
		"mail":"MARK","site":"MARK MARK","big":"MARK","code":"MARK","score":"MARK","tags":["MARK","MARK","MARK","MARK"],
		"deleted":"MARK","parts":["MARK",{"kind":"MARK","size":"MARK"}],"extras":{"a":["MARK"]},"secret":"MARK",
		"neu":"MARK"},"status":"MARK"}`,
	`{"status":"failed","message":"MARK"}`,
	`{"status":"MARK"}`,
	`["MARK"]`,
	`"MARK"`,
	"{\"a\":\"MARK\n\",\"a\":\"MARK\xff\"} \"MARK\"",
	`{"status":MARK}`,
	`{"status":"MARK`,
	`MARK`,
	`<html>MARK`,
}

func TestNoValuesShow(t *testing.T) {
	const value = "Zxqj81"
	for _, show := range []bool{false, true} {
		c := checker(t, WithValues(show))
		shown := 0
		for _, body := range valuesEverywhere {
			for _, expected := range []string{"", "PersonFound", "Failure"} {
				r := c.Check(t.Context(), withValue(value, body, expected))
				if r.OK() {
					t.Errorf("nothing found in %s", body)
				}

				text := resultText(t, r)
				if !strings.Contains(text, value) {
					continue
				}
				shown++
				if !show {
					t.Errorf("a value shows:\n%s", text)
				}
			}
		}
		if show && shown == 0 {
			t.Error("WithValues shows nothing")
		}
	}
}

// withValue is an exchange with a value in both bodies, in headers and in the
// query.
func withValue(value, body, expected string) Exchange {
	ex := person()
	ex.Expect.Response = expected
	ex.Request.Body = []byte(strings.ReplaceAll(body, mark, value))
	ex.Request.Header.Set("Authorization", value)
	ex.Request.URL += "?x=" + value
	ex.Response.Body = ex.Request.Body
	ex.Response.Header.Set("X-Count", value)
	ex.Response.Header.Set("Content-Type", "application/json; boundary="+value)
	return ex
}

// resultText is all that a result says of an exchange.
func resultText(t *testing.T, r Result) string {
	t.Helper()
	text, err := json.Marshal([]any{r.Findings, r.Drift})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// namesEverywhere have a name of the body's own wherever a body can have one.
var namesEverywhere = []string{
	`{"person":{"id":1,"name":"x","extras":{MARK:1}},"status":"success"}`,
	`{"person":{"id":1,"name":"x",MARK:1,MARK:2},"status":"success"}`,
	`{"person":{"id":1,"name":"x","parts":[{"kind":"door","side":"left",MARK:{}}]},"status":"success",MARK:`,
}

// TestNoNamesThatAreValuesShow has a phone number or an address as a field
// name, wherever a body, a path or a query can have one.
func TestNoNamesThatAreValuesShow(t *testing.T) {
	long := strings.Repeat("a long story ", 10)
	for _, name := range []string{"9000000001", "asha~/@example.com", "+91 90000000", long} {
		for _, show := range []bool{false, true} {
			c := checker(t, WithValues(show))
			text := ""
			for _, ex := range withName(name) {
				text += resultText(t, c.Check(t.Context(), ex))
			}

			inPointer := strings.Trim(quotedJSON(jsonvalue.Escape(name)), `"`)
			inText := strings.Trim(quotedJSON(name), `"`)
			shown := strings.Contains(text, inPointer) || strings.Contains(text, inText)
			if show != shown {
				t.Errorf("%q is shown: %v, want %v\n%s", name, shown, show, text)
			}
			if !show && !strings.Contains(text, "characters)") {
				t.Errorf("nothing is in the place of %q:\n%s", name, text)
			}
		}
	}
}

// withName has exchanges with a name in bodies, in the query and in the path.
func withName(name string) []Exchange {
	elsewhere := person()
	elsewhere.Operation = ""
	elsewhere.Request.URL = "https://acme.example.com/nowhere/" + name

	list := []Exchange{elsewhere}
	for _, body := range namesEverywhere {
		ex := person()
		ex.Response.Body = []byte(strings.ReplaceAll(body, mark, quotedJSON(name)))
		ex.Request.URL += "?" + url.QueryEscape(name) + "=1"
		list = append(list, ex)
	}
	return list
}

func quotedJSON(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestWithValues(t *testing.T) {
	long := strings.Repeat("é", 500)
	body := `{"id":1,"name":"Asha <b>","age":"` + long + `"}`
	r := checker(t, WithValues(true)).CheckComponent("Person", []byte(body), SideResponse)
	f := onlyFinding(t, r, CodeSchemaType)
	if f.Value != `"`+strings.Repeat("é", maxValue-1)+"…" {
		t.Errorf("the value is %q", f.Value)
	}
}

func TestWithLocation(t *testing.T) {
	c := checker(t, WithLocation(func(file string, _ int) string { return "at " + filepath.Base(file) }))
	f := onlyFinding(t, c.CheckComponent("Person", []byte(`{"id":1}`), SideResponse), CodeSchemaRequired)
	if f.Location != "at shop.yaml" {
		t.Errorf("the location is %q", f.Location)
	}
}

func TestLocationsNeedOrigins(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("testdata", "shop.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewChecker(doc)
	if err != nil {
		t.Fatal(err)
	}

	f := onlyFinding(t, c.CheckComponent("Person", []byte(`{"id":1}`), SideResponse), CodeSchemaRequired)
	if f.Location != "" {
		t.Errorf("the location is %q, want none", f.Location)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := checker(t)
	ex := person()
	ex.Response.Body = []byte(`{"person":{"id":1,"born":"x"},"status":"success","neu":1}`)
	want := brief(c.Check(t.Context(), ex).Findings)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 20 {
				if got := brief(c.Check(t.Context(), ex).Findings); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	wg.Wait()
}

// FuzzCheck: a check of any body ends, gives no value away, and finds something
// in text that is not JSON.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		goodResponse,
		`{"status":"failed","message":"x"}`,
		`{"person":{"parts":[{"kind":"door"}]}}`,
		`[`,
		`null`,
		`{"a":{}}`,
		"\x1f\x8b",
	} {
		f.Add("getPerson", "PersonFound", 200, jsonType, []byte(seed))
		f.Add("getThing", "", 200, "text/html", []byte(seed))
	}

	c := checker(f)
	f.Fuzz(func(t *testing.T, operation, expected string, status int, label string, body []byte) {
		ex := person()
		ex.Operation = operation
		ex.Expect.Response = expected
		ex.Request.Body = body
		ex.Response = Response{Status: status, Body: body}
		ex.Response.Header = http.Header{"Content-Type": {label}, "X-Request-Id": {"abc"}}

		r := c.Check(t.Context(), ex)
		for _, f := range r.Findings {
			if f.Code == "" || f.Fault == "" || f.Side == "" || f.Message == "" || f.Count < 1 || f.Value != "" {
				t.Errorf("the finding is not complete: %+v", f)
			}
		}
		_, known := c.Operation(operation)
		isDescribed := known && status == 200 && label == jsonType
		if isDescribed && !json.Valid(body) && r.OK() {
			t.Errorf("nothing found in %q", body)
		}
	})
}
