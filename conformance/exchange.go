package conformance

import "net/http"

// Exchange is one request with its answer, and what was expected of them.
type Exchange struct {
	// Name says which exchange this is, for example the case and the step
	// that made it. Findings repeat it. It may be empty.
	Name string
	// Operation is the operationId. Empty: the operation is found by the
	// request's method and path.
	Operation string
	Request   Request
	Response  Response
	Expect    Expect
}

// Request is a request as it went over the wire. An empty Method says that
// there is no request to check, only an answer.
type Request struct {
	Method string
	// URL is absolute, or a path with its query.
	URL    string
	Header http.Header
	Body   []byte
}

// Response is an answer as it came over the wire. Status 0 says that there is
// no answer to check, only a request.
type Response struct {
	Status int
	Header http.Header
	// Body holds the bytes received. A gzip coding is undone when the
	// Content-Encoding header still names it.
	Body []byte
	// Truncated says that the transport saw the body end early.
	Truncated bool
}

// Expect says what is due beyond the contract itself.
type Expect struct {
	// Answer names the component schema that the answer's body must fit.
	// Empty: any documented answer will do.
	Answer string
	// RequestInvalid says that the request breaks the contract on purpose.
	// It is then a finding if the checker does not notice.
	RequestInvalid bool
	// Reason tells what is wrong with an invalid request.
	Reason string
}
