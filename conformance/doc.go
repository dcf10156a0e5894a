// Package conformance judges exchanges, a request and its answer, against an
// OpenAPI 3.0 description. It knows OpenAPI and nothing else: where exchanges
// come from (cases, a live server, a recording, a proxy) and where findings go
// (a terminal, JSON, JUnit, HTML) is the business of others.
//
//	checker, err := conformance.NewChecker(doc)
//	result := checker.Check(ctx, conformance.Exchange{
//		Operation: "getThing",
//		Request:   conformance.Request{Method: "POST", URL: "/thing", Header: h, Body: sent},
//		Response:  conformance.Response{Status: 200, Header: rh, Body: received},
//		Expect:    conformance.Expect{Answer: "Thing"},
//	})
//	for _, finding := range result.Findings { ... }
//
// A [Finding] has a stable code, says who is at fault and which evidence
// decided that, and names operation, JSON pointer, expected and actual shape
// and the line of the violated keyword. Values of a body never stand in a
// finding unless [WithValues] asks for them.
//
// A [Checker] is prepared once and is safe for concurrent use.
package conformance
