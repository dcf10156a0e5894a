package client

import (
	"context"
	"log/slog"
	"time"
)

// Hook is told of every call and of every attempt to send it. Its methods may be called at the same time by different
// calls. Nothing that it is given holds a credential, a header, a URL or a body.
//
// The context that a start returns is used for what follows and given to the end, so that a span can travel in it. A
// start is always followed by its end. A window of a pull, or a page of a query, is a call of its own.
type Hook interface {
	OperationStart(ctx context.Context, call Call) context.Context
	OperationEnd(ctx context.Context, call Call, result Result)
	AttemptStart(ctx context.Context, call Call) context.Context
	AttemptEnd(ctx context.Context, call Call, result Result)
}

// Call names what is being done.
type Call struct {
	Operation Operation
	Host      string
	Attempt   int // from 1; 0 at the start of an operation, the number of attempts at its end
}

// Result is what came of it.
type Result struct {
	Duration   time.Duration
	HTTPStatus int    // 0 if no answer came
	RequestID  string // the server's, if it gave one
	Bytes      int64  // of the answer, at the end of an attempt
	Records    int    // of an answer that streams, at the end of an operation
	RetryAfter time.Duration
	Err        error // an *Error; nil where an answer came (attempt) or was a success (operation)
}

// NewLogHook logs to l: operations at Info, or Warn where they fail, attempts at Debug. It logs the members of Call and
// Result and, of an error, what [Error.LogValue] allows; no customer's data.
func NewLogHook(l *slog.Logger) Hook { return logHook{l} }

type logHook struct{ log *slog.Logger }

func (h logHook) OperationStart(ctx context.Context, _ Call) context.Context { return ctx }
func (h logHook) AttemptStart(ctx context.Context, _ Call) context.Context   { return ctx }

func (h logHook) OperationEnd(ctx context.Context, call Call, r Result) {
	level := slog.LevelInfo
	if r.Err != nil {
		level = slog.LevelWarn
	}
	h.write(ctx, level, "kapture call", call, r)
}

func (h logHook) AttemptEnd(ctx context.Context, call Call, r Result) {
	h.write(ctx, slog.LevelDebug, "kapture attempt", call, r)
}

func (h logHook) write(ctx context.Context, level slog.Level, text string, call Call, r Result) {
	attrs := []slog.Attr{slog.String("operation", string(call.Operation)), slog.String("host", call.Host), slog.Int("attempt", call.Attempt),
		slog.Int("http_status", r.HTTPStatus), slog.Duration("duration", r.Duration), slog.Int64("bytes", r.Bytes), slog.Int("records", r.Records)}
	if r.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", r.RequestID))
	}
	if r.Err != nil {
		attrs = append(attrs, slog.Any("error", r.Err)) // by its LogValue
	}
	h.log.LogAttrs(ctx, level, text, attrs...)
}
