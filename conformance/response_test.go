package conformance

import (
	"cmp"
	"slices"
	"strings"
	"testing"
)

// TestResponseFindings changes one thing of the response at a time.
func TestResponseFindings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Exchange)
		want   string
		fault  Fault // of the first finding; the server's if empty
		hint   string
	}{
		"undocumented status": {
			change: setStatus(418),
			want:   "status-undocumented response ",
			fault:  FaultContract,
		},
		"undocumented status, bad": {
			change: changeAll(setStatus(418), setBody(`{`)),
			want:   joinLines("status-undocumented response ", "body-truncated response "),
			fault:  FaultContract,
		},
		"500 with a page": {
			change: changeAll(setStatus(500), setBody("<html>x"), setHeader("Content-Type", "text/html")),
			want:   joinLines("status-undocumented response ", "body-html response "),
			hint:   "server failed",
		},
		"redirect": {
			change: changeAll(setStatus(302), setBody(""), setHeader("Location", "https://login.example.com/x?y")),
			want:   "status-undocumented response ",
			hint:   "https://login.example.com",
			fault:  FaultContract,
		},
		"308, never checked by kin": {
			change: changeAll(setStatus(308), setBody("")),
			want:   "status-undocumented response ",
			hint:   "redirect",
			fault:  FaultContract,
		},
		"mislabelled JSON": {
			change: setHeader("Content-Type", "text/html"),
			want:   "json-mislabelled response ",
		},
		"mislabelled JSON is checked": {
			change: changeAll(
				setHeader("Content-Type", "text/plain"),
				setBody(`{"person":{"id":1},"status":"success"}`),
			),
			want: joinLines("json-mislabelled response ", "schema-required response /person/name"),
		},
		"no content type": {
			change: func(ex *Exchange) {
				ex.Response.Header.Del("Content-Type")
			},
			want: "content-type-missing response ",
		},
		"another content type": {
			change: changeAll(setHeader("Content-Type", "image/png"), setBody("\x89PNG")),
			want:   "content-type-undocumented response ",
		},
		"JSON label in capitals": {
			change: setHeader("Content-Type", "Application/JSON"),
			want:   "",
		},
		"page labelled JSON": {
			change: setBody("<!DOCTYPE html><html>"),
			want:   "body-html response ",
			hint:   "login",
		},
		"page, no label": {
			change: changeAll(setBody("\n <html>"), func(ex *Exchange) { ex.Response.Header.Del("Content-Type") }),
			want:   joinLines("content-type-missing response ", "body-html response "),
		},
		"empty": {
			change: setBody(""),
			want:   "body-missing response ",
		},
		"blank": {
			change: setBody(" \n"),
			want:   "body-missing response ",
		},
		"truncated by the transport": {
			change: func(ex *Exchange) {
				ex.Response.Truncated = true
				ex.Response.Body = ex.Response.Body[:20]
			},
			want: "body-truncated response ",
		},
		"truncated after the value": {
			change: func(ex *Exchange) {
				ex.Response.Truncated = true
			},
			want: "body-truncated response ",
		},
		"truncated text": {
			change: func(ex *Exchange) {
				ex.Response.Body = ex.Response.Body[:20]
			},
			want: "body-truncated response /person",
		},
		"trailing data": {
			change: setBody(goodResponse + "{}"),
			want:   "json-trailing-data response ",
		},
		"duplicate key": {
			change: setBody(`{"status":"success","person":` + goodPerson + `,"status":"success"}`),
			want:   "json-duplicate-key response /status",
			hint:   "same value",
		},
		"invalid UTF-8": {
			change: setBody("{\"person\":{\"id\":1,\"name\":\"\xff\"},\"status\":\"success\"}"),
			want:   "json-invalid-unicode response /person/name",
		},
		"raw line break": {
			change: setBody("{\"person\":{\"id\":1,\"name\":\"a\nb\"},\"status\":\"success\"}"),
			want:   "json-control-character response /person/name",
		},
		"syntax": {
			change: setBody(`{"person" 1}`),
			want:   "json-syntax response /person",
		},
		"too deep": {
			change: setBody(strings.Repeat(`{"a":`, 500) + "1" + strings.Repeat("}", 500)),
			want:   "json-too-deep response " + strings.Repeat("/a", 128),
			hint:   "not checked",
		},
		"header missing": {
			change: func(ex *Exchange) {
				ex.Response.Header.Del("X-Request-Id")
			},
			want: "header-missing response ",
		},
		"header breaks schema": {
			change: setHeader("X-Request-Id", "a"),
			want:   "header-invalid response ",
		},
		"header number": {
			change: setHeader("X-Count", "7"),
			want:   "",
		},
		"header number out of range": {
			change: setHeader("X-Count", "11"),
			want:   "header-invalid response ",
		},
		"header no number": {
			change: setHeader("X-Count", "x"),
			want:   "header-invalid response ",
		},
		"unknown coding": {
			change: changeAll(setHeader("Content-Encoding", "br"), setBody("\x0b\x02\x80")),
			want:   "body-encoding response ",
			fault:  FaultContract,
			hint:   "gzip",
		},
		"coding undone, header left": {
			change: setHeader("Content-Encoding", "gzip"),
			want:   "",
		},
		"broken gzip": {
			change: changeAll(setHeader("Content-Encoding", "gzip"), setBody("\x1f\x8b\x08xx")),
			want:   "body-encoding response ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			c.change(&ex)
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != c.want {
				t.Fatalf("got\n%s\nwant\n%s", got, c.want)
			}

			for i, f := range r.Findings {
				fault := FaultServer
				if i == 0 {
					fault = cmp.Or(c.fault, FaultServer)
				}
				if f.Fault != fault {
					t.Errorf("%s: fault %s, %s", f.Code, f.Fault, f.Why)
				}
				if f.HTTPStatus != ex.Response.Status {
					t.Errorf("%s: status %d", f.Code, f.HTTPStatus)
				}
			}
			if c.hint != "" && !strings.Contains(r.Findings[0].Hint, c.hint) {
				t.Errorf("the hint %q does not have %q", r.Findings[0].Hint, c.hint)
			}
		})
	}
}

// The functions below return changes of an exchange's response.

func setHeader(name, value string) func(*Exchange) {
	return func(ex *Exchange) { ex.Response.Header.Set(name, value) }
}

func setBody(text string) func(*Exchange) {
	return func(ex *Exchange) { ex.Response.Body = []byte(text) }
}

func setStatus(code int) func(*Exchange) {
	return func(ex *Exchange) { ex.Response.Status = code }
}

func changeAll(changes ...func(*Exchange)) func(*Exchange) {
	return func(ex *Exchange) {
		for _, change := range changes {
			change(ex)
		}
	}
}

func joinLines(lines ...string) string { return strings.Join(lines, "\n") }

func TestAnotherResponseIsExpected(t *testing.T) {
	for name, tc := range map[string]struct {
		expected string
		body     string
		got      string
		contract bool // it is the contract's fault, not the server's
		differs  []Difference
	}{
		"failure for success": {
			expected: "PersonFound",
			body:     `{"status":"failed","message":"no"}`,
			got:      "Failure",
			differs: []Difference{
				{Pointer: "/person", Expected: "object", Actual: "absent"},
				{Pointer: "", Expected: `no "message"`, Actual: "object{2}"},
				{Pointer: "/status", Expected: `"success"`, Actual: "string(6)"},
			},
		},
		"success for failure": {
			expected: "Failure",
			body:     goodResponse,
			got:      "PersonFound",
			differs: []Difference{
				{Pointer: "/message", Expected: "string", Actual: "absent"},
				{Pointer: "/status", Expected: `"failed" or "Fail"`, Actual: "string(7)"},
			},
		},
		"another generation's": {
			expected: "PersonFound",
			body:     `{"status":"success","message":[` + goodPerson + `]}`,
			got:      "OldPersonFound",
			differs: []Difference{
				{Pointer: "/person", Expected: "object", Actual: "absent"},
				{Pointer: "", Expected: `no "message"`, Actual: "object{2}"},
			},
		},
		"what is only observed": {
			expected: "OldPersonFound",
			body:     goodResponse,
			got:      "PersonFound",
			contract: true,
			differs: []Difference{
				{Pointer: "/message", Expected: "array", Actual: "absent"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Expect.Response = tc.expected
			ex.Response.Body = []byte(tc.body)
			r := checker(t).Check(t.Context(), ex)

			f := onlyFinding(t, r, CodeResponseOther)
			if f.Expected != tc.expected || f.Actual != tc.got || r.Response != tc.got {
				t.Errorf("got %+v, want %s instead of %s", f, tc.got, tc.expected)
			}
			if (f.Fault == FaultContract) != tc.contract {
				t.Errorf("fault %s: %s", f.Fault, f.Why)
			}
			expectLine(t, f.Location, "    "+tc.expected+":")
			if !slices.Equal(withoutLocations(t, f.Differs), tc.differs) {
				t.Errorf("differs %+v", f.Differs)
			}
		})
	}
}

// withoutLocations removes the locations and references, each of which must be
// there.
func withoutLocations(t *testing.T, differs []Difference) []Difference {
	t.Helper()
	differs = slices.Clone(differs)
	for i := range differs {
		expectLine(t, differs[i].Location, ":")
		differs[i].Location = ""
		if !strings.HasPrefix(differs[i].Reference, "#/components/schemas/") {
			t.Errorf("the reference is %q", differs[i].Reference)
		}
		differs[i].Reference = ""
	}
	return differs
}

func TestExpectedResponse(t *testing.T) {
	for name, tc := range map[string]struct {
		expected string
		change   func(*Exchange)
		want     string
	}{
		"no such component": {
			expected: "Nobody",
			want:     "expectation-unknown response ",
		},
		"a component, but no response of this operation": {
			expected: "Wheel",
			want:     "expectation-unknown response ",
		},
		"described for another status": {
			expected: "PersonFound",
			change:   setStatus(401),
			want:     "response-status response ",
		},
		"under an undocumented status, checked all the same": {
			expected: "PersonFound",
			change:   changeAll(setStatus(418), setBody(`{"status":"success","person":{"id":1}}`)),
			want:     joinLines("status-undocumented response ", "schema-required response /person/name"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			ex := person()
			ex.Expect.Response = tc.expected
			if tc.change != nil {
				tc.change(&ex)
			}
			r := checker(t).Check(t.Context(), ex)
			if got := brief(r.Findings); got != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

func TestExpectationFaults(t *testing.T) {
	ex := person()
	ex.Expect.Response = "Nobody"
	if f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeExpectationUnknown); f.Fault != FaultContract {
		t.Errorf("the contract is not blamed: %+v", f)
	}

	ex.Expect.Response = "PersonFound"
	ex.Response.Status = 401
	f := onlyFinding(t, checker(t).Check(t.Context(), ex), CodeResponseStatus)
	if f.Expected != "200" || f.Actual != "401" || f.Fault != FaultServer {
		t.Errorf("the server is not blamed for 401 instead of 200: %+v", f)
	}
}
