package client

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/kapture-community/kapture-go/client/internal/rawjson"
)

// Code says what went wrong. Each code is an error for errors.Is, and matches
// the codes that begin with its text and a slash:
//
//	if errors.Is(err, client.ErrNotFound) { ... }
type Code string

// Failures reported by Kapture without a documented text, or by the HTTP status
// only. The codes of the documented ones follow from the contract. Each of them
// is an ErrFailed too.
const (
	ErrFailed         Code = "failed"                  // a failure whose message has no code
	ErrForbidden      Code = "failed/forbidden"        // the key may not do this; HTTP 403
	ErrRateLimited    Code = "failed/rate-limited"     // HTTP 429
	ErrServer         Code = "failed/server"           // HTTP 5xx
	ErrNoSuchEndpoint Code = "failed/no-such-endpoint" // HTTP 404: says nothing about a record
)

// What this client found wrong.
const (
	ErrInvalidRequest     Code = "invalid-request"          // rejected before anything was sent
	ErrCredentials        Code = "credentials"              // the token source failed
	ErrLimiter            Code = "limiter"                  // the limiter failed
	ErrCanceled           Code = "canceled"                 // the context was cancelled
	ErrTimeout            Code = "timeout"                  // a deadline passed
	ErrTransport          Code = "transport"                // the connection failed
	ErrRedirect           Code = "redirect"                 // a redirect, which is never followed
	ErrTooLarge           Code = "too-large"                // a response or element above WithMaxResponseBytes
	ErrTruncated          Code = "truncated"                // the response ends before its closing brace
	ErrUndecodable        Code = "undecodable"              // the response is not JSON, or contradicts itself
	ErrUnexpectedResponse Code = "unexpected-response"      // JSON, but not a response of this operation
	ErrTextResponse       Code = "unexpected-response/text" // a text instead of records: none, or an error in words
	ErrRepeatedPage       Code = "repeated-page"            // the server sent a page again, or ten without a new record
	ErrPageNumbers        Code = "page-numbers"             // the server counts pages: see WithPageNumbers
	ErrCheckpoint         Code = "checkpoint"               // the function given to WithCheckpoint failed
	ErrPanicked           Code = "panicked"                 // your code panicked; only hooks and bulk results see it
)

// ErrOutcomeUnknown matches every error with OutcomeUnknown, in addition to the
// error's own code: a write that may have been done, although no response says
// so. Look before repeating it.
const ErrOutcomeUnknown Code = "outcome-unknown"

// Error makes a code an error.
func (c Code) Error() string { return "kapture: " + string(c) }

// Error is the error type of this package. The credentials of the call are cut
// out of all its fields.
type Error struct {
	Code           Code          // for errors.Is, which also matches broader codes
	Operation      Operation     // the call that failed
	HTTPStatus     int           // 0 if no response came
	Message        string        // Kapture's own words, unchanged; "" if it gave none
	Detail         string        // what this client found, and what to do
	RetryAfter     time.Duration // what the server asked for; 0 if nothing
	RequestID      string        // the server's, if it gave one
	Attempts       int           // how often the call was tried
	OutcomeUnknown bool          // a write that may have been done although it failed
	ContentType    string        // of the response, as the server sent it
	Body           []byte        // the response, as far as it was received, up to 1 MiB; without the elements of a list
	Element        []byte        // the element of a list that is not a record, or could not be read
	Sample         string        // the beginning of a response that could not be read, on one line
	Err            error         // the cause, if there is one
}

// Error says what happened. It quotes Kapture's message and the beginning of a
// page that is not JSON, but never a record.
func (e *Error) Error() string {
	parts := []string{"kapture", string(e.Operation), e.Message, e.Detail}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })

	facts := string(e.Code)
	if e.HTTPStatus != 0 {
		facts += fmt.Sprintf(", HTTP %d", e.HTTPStatus)
	}
	if e.Attempts > 1 {
		facts += fmt.Sprintf(", %d attempts", e.Attempts)
	}
	if e.RetryAfter > 0 {
		facts += ", retry after " + e.RetryAfter.String()
	}
	if e.Sample != "" && isPage(e.Body) {
		facts += fmt.Sprintf(", got %q", e.Sample)
	}
	if e.OutcomeUnknown {
		facts += ", it may have been done: look before repeating it"
	}
	return strings.Join(parts, ": ") + " (" + facts + ")"
}

// isPage reports whether a body is something else than JSON with records.
func isPage(body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n\xef\xbb\xbf")
	return len(start) > 0 && start[0] != '{' && start[0] != '['
}

// LogValue gives a log what it needs, and no customer's data.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("code", string(e.Code)),
		slog.String("operation", string(e.Operation)),
		slog.Int("http_status", e.HTTPStatus),
		slog.Int("attempts", e.Attempts),
		slog.Duration("retry_after", e.RetryAfter),
		slog.String("request_id", e.RequestID),
		slog.Bool("outcome_unknown", e.OutcomeUnknown),
	)
}

// Unwrap returns the cause, such as context.Canceled.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's code or a broader one.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	if !ok {
		return false
	}
	if code == ErrOutcomeUnknown && e.OutcomeUnknown {
		return true
	}
	return e.Code == code || strings.HasPrefix(string(e.Code), string(code)+"/")
}

// The rest of this file makes the errors of this package. Errors about an
// attempt and its response are made by the attempt, which knows what must not be
// shown.

// newError returns an error that is not about one attempt.
func newError(op Operation, code Code, detail string, cause error) *Error {
	return &Error{Code: code, Operation: op, Detail: detail, Err: cause}
}

// invalid returns the error of a request that is rejected before anything is
// sent.
func invalid(op Operation, format string, args ...any) *Error {
	return newError(op, ErrInvalidRequest, fmt.Sprintf(format, args...), nil)
}

// noContext returns the error of a call without a context.
func noContext(op Operation) *Error {
	return invalid(op, "nil context; give context.Background() if there is no other")
}

// hookPanicked returns the error of a call whose hook panicked after its end. The
// outcome was lost with it.
func hookPanicked() *Error {
	return &Error{Code: ErrPanicked, Detail: "a hook panicked after the call", OutcomeUnknown: true}
}

// panicked returns the error of a call that a panic ended. The caller sees the
// panic, and the hooks get this error.
func (a *attempt) panicked() *Error {
	return a.fail(ErrPanicked, "a hook, token source, limiter or transport panicked", nil)
}

// fail returns the error of an attempt. All others begin with it.
func (a *attempt) fail(code Code, detail string, cause error) *Error {
	after, _ := retryAfter(a.header)
	return &Error{
		Code:           code,
		Operation:      a.call.op,
		HTTPStatus:     a.status,
		Detail:         detail,
		RetryAfter:     after,
		RequestID:      a.redact(requestID(a.header)),
		Attempts:       a.number,
		OutcomeUnknown: a.outcomeUnknown(code),
		ContentType:    a.redact(a.header.Get("Content-Type")),
		Body:           []byte(a.redact(string(a.body))),
		Err:            a.redactError(cause),
	}
}

// outcomeUnknown reports whether an error with that code leaves open whether a
// write was done.
func (a *attempt) outcomeUnknown(code Code) bool {
	if a.call.idempotent() || !a.mayHaveLeft {
		return false
	}
	switch code {
	case ErrTransport, ErrTimeout, ErrCanceled, ErrTruncated, ErrTooLarge, ErrPanicked,
		ErrUndecodable, ErrUnexpectedResponse, ErrTextResponse, ErrServer:
		return true
	}
	return false
}

// userinfo is the user and the password in a URL.
var userinfo = regexp.MustCompile(`//[^\s"]*@`)

// redactError returns err itself, unless its text contains a credential. If it
// quotes a URL with a password, such as that of a proxy, the whole text is left
// out.
func (a *attempt) redactError(err error) error {
	if err == nil {
		return nil
	}
	if userinfo.MatchString(err.Error()) {
		return errors.New("the cause is left out, because it quotes a URL with a user or a password")
	}
	text := a.redact(err.Error())
	if text != err.Error() {
		return errors.New(text)
	}
	return err
}

// failure returns the error of an attempt that brought no response, or only a
// part of it. An *Error is returned as it is.
func (a *attempt) failure(ctx context.Context, err error) *Error {
	if made, ok := errors.AsType[*Error](err); ok {
		return made
	}
	if errors.Is(err, ctx.Err()) { // the context has ended; why is more useful
		err = context.Cause(ctx)
	}

	var timeout interface{ Timeout() bool }
	timedOut := errors.As(err, &timeout) && timeout.Timeout()
	late := errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded)
	stopped := errors.Is(err, context.Canceled) || errors.Is(err, errStopped)
	switch {
	case late, timedOut:
		return a.fail(ErrTimeout, "no complete response in time", err)
	case ctx.Err() != nil, stopped:
		return a.fail(ErrCanceled, "the call was cancelled", err)
	case a.status != 0 && a.inflated:
		return a.fail(ErrTruncated, "the response did not arrive whole, or its gzip is damaged", err)
	case a.status != 0:
		return a.fail(ErrTruncated, "the connection ended inside the response", err)
	case rawjson.Truncated(err):
		return a.fail(ErrTransport, "the connection ended before a response", err)
	}
	return a.fail(ErrTransport, "the connection failed", err)
}

// redirected returns the error of a redirect. It shows the origin only: the
// rest of the URL may contain a key.
func (a *attempt) redirected(resp *http.Response) *Error {
	target := "nowhere"
	if u, err := resp.Location(); err == nil {
		target = a.redact(u.Scheme + "://" + u.Host)
	}

	e := a.fail(ErrRedirect, "redirect to "+target+", not followed; check tenant, base URL and key", nil)
	// These two may point to the result of what was done; the others say that
	// nothing was done here.
	seeOther := resp.StatusCode == http.StatusFound || resp.StatusCode == http.StatusSeeOther
	e.OutcomeUnknown = seeOther && !a.call.idempotent()
	return e
}

// refused returns the error of a failure that the server reports.
func (a *attempt) refused(message, detail string) *Error {
	e := a.fail(classify(message, a.status), detail, nil)
	e.Message = a.redact(message)
	e.OutcomeUnknown = false
	return e
}

// unreadable returns the error of a response that says nothing reliable.
func (a *attempt) unreadable(code Code, detail string, cause error) *Error {
	if len(a.body) > 0 && !strings.Contains(detail, ";") {
		detail += "; see Body"
	}
	e := a.fail(code, detail, cause)
	e.Sample = sample(e.Body)
	return e
}

// notJSON returns the error of an empty response, or of a page.
func (a *attempt) notJSON(text []byte) *Error {
	detail := "the response is not JSON"
	start := string(bytes.ToLower(text[:min(len(text), 8192)]))
	coding := a.header.Get("Content-Encoding")
	switch {
	case len(text) == 0:
		detail = "the response is empty"
	case coding != "" && !strings.EqualFold(coding, "identity"): // net/http takes off gzip, if it asked for it
		detail = fmt.Sprintf("the response has the encoding %q, which was not asked for", a.redact(coding))
	case strings.Contains(start, "<form") && strings.Contains(start, "password"):
		detail = "the response is a login page; check tenant, base URL and key"
	case strings.HasPrefix(start, "<"):
		detail = "the response is an HTML or XML page, as sent by a proxy or for a wrong URL; check tenant and base URL"
	}

	if a.status < 400 {
		return a.unreadable(ErrUndecodable, detail, nil)
	}
	return a.unreadable(classify("", a.status), a.httpStatus()+", and "+detail, nil)
}

// httpStatus names the HTTP status.
func (a *attempt) httpStatus() string {
	return fmt.Sprintf("HTTP %d %s", a.status, http.StatusText(a.status))
}

// brokenList returns the error of a list whose response could not be read to
// its end. If a pull may ask for the list again, the error has a
// connectionLost.
func (a *attempt) brokenList(ctx context.Context, list *rawjson.List, err error) *Error {
	at := fmt.Sprintf(", at byte %d", list.Taken)
	switch {
	case errors.Is(err, rawjson.ErrLong):
		detail := "an element, or the rest of the response, is larger than WithMaxResponseBytes allows"
		return a.fail(ErrTooLarge, detail+at+"; raise that", nil)
	case errors.Is(err, rawjson.ErrSyntax):
		return a.brokenElement(list, err)
	case errors.Is(err, io.EOF):
		return a.fail(ErrTruncated, "the response ends before its closing brace"+at, nil)
	}

	e := a.failure(ctx, err)
	if e.Code == ErrTruncated || e.Code == ErrTimeout {
		e.Detail = "the connection broke before the closing brace" + at
		if a.inflated {
			e.Detail = "the connection broke, or the gzip is damaged, before the closing brace" + at
		}
		e.Err = &connectionLost{e.Err}
	}
	return e
}

// brokenElement returns the error of an element of a list that cannot be read.
func (a *attempt) brokenElement(list *rawjson.List, err error) *Error {
	e := a.fail(ErrUndecodable, fmt.Sprintf("an element cannot be read, at byte %d; see Element", list.Taken), err)
	e.Element = []byte(a.redactAll(string(list.Element)))
	e.Sample = sample(e.Element)
	return e
}

// badElement returns the error of an element that can be read and is not a
// record.
func (a *attempt) badElement(element []byte, detail string) *Error {
	e := a.fail(ErrUnexpectedResponse, detail+"; see Element", nil)
	e.Element = []byte(a.redactAll(string(element)))
	e.Sample = sample(e.Element)
	return e
}

// connectionLost is the cause of an error of a list whose connection broke.
// The retry link does not see that, since the response had begun.
type connectionLost struct{ error }

func (e *connectionLost) Unwrap() error { return e.error }

// errStopped ends what is read for a caller who no longer wants it.
var errStopped = errors.New("the caller stopped reading")

// classify returns the code of a failure: by its text, which means the same at
// every operation, otherwise by the HTTP status.
func classify(message string, status int) Code {
	for _, m := range messages {
		if m.Message == message || m.Prefix && strings.HasPrefix(message, m.Message) {
			return m.Code
		}
	}

	switch {
	case status == http.StatusUnauthorized:
		return ErrAuthKey
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusNotFound:
		return ErrNoSuchEndpoint
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status >= 500:
		return ErrServer
	}
	return ErrFailed
}

// requestID returns the server's name for the call. The vendor's pages mention
// none, so this tries the headers that proxies and servers use most.
func requestID(h http.Header) string {
	return cmp.Or(
		h.Get("X-Request-Id"),
		h.Get("X-Correlation-Id"),
		h.Get("X-Amzn-Requestid"),
		h.Get("Cf-Ray"),
	)
}

// sample returns the beginning of a body on one line.
func sample(body []byte) string {
	start := strings.ToValidUTF8(string(body[:min(len(body), 160)]), "")
	words := strings.FieldsFunc(start, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	return strings.Join(words, " ")
}
