// Package conformance checks exchanges, a request and its response, against an
// OpenAPI 3.0 description. It knows OpenAPI and nothing else. Where exchanges
// come from (cases, a live server, a recording, a proxy) and where findings go
// (a terminal, JSON, JUnit, HTML) is up to its callers.
//
//	checker, err := conformance.NewChecker(doc)
//	result := checker.Check(ctx, conformance.Exchange{
//		Operation: "getThing",
//		Request:   conformance.Request{Method: "POST", URL: "/thing", Header: h, Body: sent},
//		Response:  conformance.Response{Status: 200, Header: rh, Body: received},
//		Expect:    conformance.Expect{Response: "Thing"},
//	})
//	for _, finding := range result.Findings { ... }
//
// A [Finding] has a stable code, says who is at fault and which evidence
// decided that, and names the operation, the JSON pointer, the expected and the
// actual shape, and the line of the broken keyword. Values of a body never
// appear in a finding unless [WithValues] asks for them.
//
// A [Checker] is prepared once and is safe for concurrent use.
package conformance
