package client

import (
	"context"
	"log/slog"
	"time"
)

// Hook observes every call and every attempt to send it. Different calls may
// use its methods at the same time. Nothing that it receives contains a
// credential, a header, a URL or a body.
//
// The context that a start returns is used for what follows and given to the
// end, so that a span can travel in it; nil leaves it as it was. A start is
// always followed by its end, also if a hook after it or other code of yours
// panics: the error is then [ErrPanicked], and the panic continues.
// Each window of a pull, and each page of a query, is a separate call.
type Hook interface {
	// OperationStart is called once for a call, before its first attempt.
	OperationStart(ctx context.Context, call Call) context.Context
	// OperationEnd is called when the response was read, or no attempt follows.
	OperationEnd(ctx context.Context, call Call, result Result)
	// AttemptStart is called each time that the request is sent.
	AttemptStart(ctx context.Context, call Call) context.Context
	// AttemptEnd is called when the response to it was read, or did not come.
	AttemptEnd(ctx context.Context, call Call, result Result)
}

// Call names the call that a hook observes.
type Call struct {
	Operation Operation
	Host      string // of the base URL, with its port if it has one
	Attempt   int    // from 1; 0 at the start of an operation, the number of attempts at its end
}

// Result says how a call or an attempt ended.
type Result struct {
	Duration   time.Duration // of the call, waits included, or of the attempt
	HTTPStatus int           // 0 if no response came
	RequestID  string        // the server's, if it gave one
	Bytes      int64         // of the response, at the end of an attempt
	Records    int           // of a list that was streamed, at the end of an operation
	Notes      []Note        // on the response as a whole, at the end of an operation
	RetryAfter time.Duration // what the server asked for; 0 if nothing
	Err        error         // an *Error; nil if a response came (attempt) or was a success (operation)
}

// NewLogHook logs to l: operations at Info, or Warn if they fail, attempts at
// Debug. It logs the fields of Call and Result and, of an error, what
// [Error.LogValue] allows; no customer's data.
func NewLogHook(l *slog.Logger) Hook { return logHook{l} }

type logHook struct{ log *slog.Logger }

func (h logHook) OperationStart(ctx context.Context, _ Call) context.Context { return ctx }
func (h logHook) AttemptStart(ctx context.Context, _ Call) context.Context   { return ctx }

func (h logHook) OperationEnd(ctx context.Context, call Call, r Result) {
	level := slog.LevelInfo
	if r.Err != nil {
		level = slog.LevelWarn
	}
	h.log.LogAttrs(ctx, level, "kapture call", attributes(call, r)...)
}

func (h logHook) AttemptEnd(ctx context.Context, call Call, r Result) {
	h.log.LogAttrs(ctx, slog.LevelDebug, "kapture attempt", attributes(call, r)...)
}

// attributes returns the fields of a call and its result.
func attributes(call Call, r Result) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("operation", string(call.Operation)),
		slog.String("host", call.Host),
		slog.Int("attempt", call.Attempt),
		slog.Int("http_status", r.HTTPStatus),
		slog.Duration("duration", r.Duration),
		slog.Int64("bytes", r.Bytes),
		slog.Int("records", r.Records),
	}
	if r.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", r.RequestID))
	}
	if r.Err != nil {
		attrs = append(attrs, slog.Any("error", r.Err)) // by its LogValue
	}
	return attrs
}
