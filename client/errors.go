package client

import (
	"bytes"
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Code says what went wrong. Each code is an error of its own, for errors.Is, and takes in the codes that begin with
// its text and a slash:
//
//	if errors.Is(err, client.ErrNotFound) { ... }
type Code string

// Refusals by Kapture without a documented text, by HTTP alone. The codes of the documented ones follow from the
// contract. Each of them is an ErrFailed too.
const (
	ErrFailed         Code = "failed"                  // refused, with a message that has no code of its own
	ErrForbidden      Code = "failed/forbidden"        // the key may not do this; HTTP 403
	ErrRateLimited    Code = "failed/rate-limited"     // HTTP 429
	ErrServer         Code = "failed/server"           // HTTP 5xx
	ErrNoSuchEndpoint Code = "failed/no-such-endpoint" // HTTP 404: says nothing about a record
)

// What this client found wrong.
const (
	ErrInvalidRequest   Code = "invalid-request"        // refused before anything was sent
	ErrCredentials      Code = "credentials"            // the token source failed
	ErrLimiter          Code = "limiter"                // the limiter refused
	ErrCanceled         Code = "canceled"               // the context was cancelled
	ErrTimeout          Code = "timeout"                // a deadline passed
	ErrTransport        Code = "transport"              // the connection failed
	ErrRedirect         Code = "redirect"               // the server points elsewhere; never followed
	ErrTooLarge         Code = "too-large"              // an answer or element above WithMaxResponseBytes
	ErrTruncated        Code = "truncated"              // the answer ends before its closing brace
	ErrUndecodable      Code = "undecodable"            // the answer is no JSON, or contradicts itself
	ErrUnexpectedAnswer Code = "unexpected-answer"      // JSON, but not what this operation answers
	ErrTextAnswer       Code = "unexpected-answer/text" // a text where records are due: none were found, or an error in words alone
	ErrRepeatedPage     Code = "repeated-page"          // the server sends a page again instead of the next
	ErrCheckpoint       Code = "checkpoint"             // the function given to WithCheckpoint failed
)

// ErrOutcomeUnknown is matched by every error with OutcomeUnknown, beside its own code: a write that may have been
// done, although no answer says so. Look before repeating it.
const ErrOutcomeUnknown Code = "outcome-unknown"

// Error makes a code an error.
func (c Code) Error() string { return "kapture: " + string(c) }

// Error is the one error type of this package. The credentials of the call are cut out of all its members.
type Error struct {
	Code           Code
	Operation      Operation
	HTTPStatus     int           // 0 if no answer came
	Message        string        // Kapture's own words, untouched; "" if it gave none
	Detail         string        // what this client found, and what to do
	RetryAfter     time.Duration // what the server asked for, 0 if nothing
	RequestID      string        // the server's, if it gave one
	Attempts       int           // how often the call was tried
	OutcomeUnknown bool          // a write that may have been done although it failed
	ContentType    string
	Body           []byte // the answer, as far as it came; without the elements of a list
	Sample         string // the beginning of an answer that could not be read, on one line
	Err            error  // the cause, if there is one
}

// Error says what happened. It quotes Kapture's message and the beginning of a page that is no JSON; never a record.
func (e *Error) Error() string {
	parts := []string{"kapture", string(e.Operation), e.Message, e.Detail}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	text, extra := strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ": "), ""
	if e.HTTPStatus != 0 {
		extra += fmt.Sprintf(", HTTP %d", e.HTTPStatus)
	}
	if e.Attempts > 1 {
		extra += fmt.Sprintf(", %d attempts", e.Attempts)
	}
	if e.RetryAfter > 0 {
		extra += ", retry after " + e.RetryAfter.String()
	}
	if page := bytes.TrimLeft(e.Body, " \t\r\n\xef\xbb\xbf"); e.Sample != "" && len(page) > 0 && page[0] != '{' && page[0] != '[' {
		extra += fmt.Sprintf(", got %q", e.Sample)
	}
	if e.OutcomeUnknown {
		extra += ", it may have been done: look before repeating it"
	}
	return fmt.Sprintf("%s (%s%s)", text, string(e.Code), extra)
}

// LogValue gives a log what it needs, and no customer's data.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(slog.String("code", string(e.Code)), slog.String("operation", string(e.Operation)),
		slog.Int("http_status", e.HTTPStatus), slog.Int("attempts", e.Attempts), slog.Duration("retry_after", e.RetryAfter),
		slog.String("request_id", e.RequestID), slog.Bool("outcome_unknown", e.OutcomeUnknown))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the error's code or a wider one.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && (e.Code == code || strings.HasPrefix(string(e.Code), string(code)+"/") || code == ErrOutcomeUnknown && e.OutcomeUnknown)
}

// invalid is a refusal before anything was sent.
func invalid(op Operation, format string, args ...any) *Error {
	return &Error{Code: ErrInvalidRequest, Operation: op, Detail: fmt.Sprintf(format, args...)}
}

// classify finds the code of a refusal: by its text, which means the same at whatever operation it occurs, else by the
// HTTP status.
func classify(message string, status int) Code {
	for _, m := range messages {
		if m.Message == message || m.Prefix && strings.HasPrefix(message, m.Message) {
			return m.Code
		}
	}
	if status >= 500 {
		return ErrServer
	}
	return cmp.Or(map[int]Code{http.StatusUnauthorized: ErrAuthKey, http.StatusForbidden: ErrForbidden,
		http.StatusNotFound: ErrNoSuchEndpoint, http.StatusTooManyRequests: ErrRateLimited}[status], ErrFailed)
}
