package conformance

import "net/http"

// Exchange is one request with its response, and what was expected of them.
type Exchange struct {
	// Name says which exchange this is, for example the case and the step
	// that made it. Findings repeat it. It may be empty.
	Name string
	// Operation is the operationId. If it is empty, the operation is found by
	// the request's method and path.
	Operation string
	Request   Request
	Response  Response
	Expect    Expect
}

// Request is a request as it was sent. An empty Method says that there is only
// a response to check.
type Request struct {
	Method string // in capitals
	// URL is absolute, or a path with its query.
	URL    string
	Header http.Header
	Body   []byte
}

// Response is a response as it was received. Status 0 says that there is only a
// request to check.
type Response struct {
	Status int
	Header http.Header
	// Body holds the bytes received. A gzip coding is undone if the
	// Content-Encoding header still names it.
	Body []byte
	// Large is the body in place of Body, if it was read while it arrived.
	Large *LargeBody
	// Truncated says that the transport saw the body end early.
	Truncated bool
}

// Expect says what is expected beyond the contract itself.
type Expect struct {
	// Response names the component schema that the response's body must fit.
	// If it is empty, any documented response will do.
	Response string
	// RequestInvalid says that the request breaks the contract on purpose. It
	// is then a finding if the checker does not notice.
	RequestInvalid bool
	// Reason says what is wrong with an invalid request.
	Reason string
}
