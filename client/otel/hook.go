// Package otelkapture traces and measures the Kapture client with OpenTelemetry.
//
//	hook, err := otelkapture.NewHook()
//	if err != nil { ... }
//	c, err := client.New("acme", client.WithToken(token), client.WithHook(hook))
//
// It is a module of its own, so that programs that do not import it link nothing
// of OpenTelemetry. Its import path ends in otel, its name does not: a program
// that imports it usually imports go.opentelemetry.io/otel too.
//
// # Spans
//
// A call is one span of kind client, named by its operation, which follows the
// conventions for RPC clients. Each attempt to send it is a child, named by the
// operation and the word "attempt", also of kind client, which follows those for
// HTTP clients. A window of a pull, and a page of a query, is a call of its own.
// A span whose call or attempt failed has the status Error, and its code as
// error.type. An attempt fails where no answer came and where the answer has an
// HTTP status from 400; what else an answer says is the call's affair.
//
// # Metrics
//
//	rpc.client.call.duration   histogram, s           of calls, by the conventions for RPC clients
//	kapture.client.attempts    counter, {attempt}     of attempts that were begun and have ended
//	kapture.client.errors      counter, {error}       of calls that failed, by error.type
//
// # Attributes
//
// These, and no others:
//
//	rpc.system.name            "kapture": of calls
//	rpc.method                 the operation, as the contract names it: addUpdateCustomer
//	kapture.resource           what it is about: customers; absent from a raw call
//	server.address             the host, without its port
//	server.port                where the base URL has one
//	http.response.status_code  of the last answer, where one came; not on the duration
//	error.type                 the [client.Code]: failed/not-found; of an attempt that brought an
//	                           answer, its HTTP status: 503; else _OTHER
//	kapture.attempt            of an attempt's span: its number, from 1
//	http.request.resend_count  of an attempt's span, from the second on: its number less one
//	kapture.attempts           of a call's span: how many there were
//
// None of them can hold a path, a query, a header, a body, a message of the
// server or anything of a customer. An instrumented transport below, such as
// otelhttp, has no such rule: it records whole URLs, and sends its trace's
// identifiers to the server, which this package does not.
package otelkapture

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/kapture-community/kapture-go/client"
)

// ScopeName is the name under which spans and metrics are made.
const ScopeName = "github.com/kapture-community/kapture-go/client/otel"

// NewHook makes a hook for [client.WithHook]. Without options it uses the global
// providers. A client may have several, and several clients may share one.
func NewHook(opts ...Option) (client.Hook, error) {
	cfg := config{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider()}
	for _, opt := range opts {
		if opt == nil {
			return nil, fmt.Errorf("kapture: NewHook was given a nil option")
		}
		if err := opt(&cfg); err != nil {
			return nil, fmt.Errorf("kapture: %w", err)
		}
	}
	h := &hook{
		tracer: cfg.tracers.Tracer(ScopeName, trace.WithInstrumentationVersion(client.Version), trace.WithSchemaURL(semconv.SchemaURL)),
	}
	meter := cfg.meters.Meter(ScopeName, metric.WithInstrumentationVersion(client.Version), metric.WithSchemaURL(semconv.SchemaURL))
	var err error
	if h.duration, err = rpcconv.NewClientCallDuration(meter); err != nil {
		return nil, fmt.Errorf("kapture: instrument %s: %w", h.duration.Name(), err)
	}
	h.attempts, err = meter.Int64Counter("kapture.client.attempts",
		metric.WithUnit("{attempt}"), metric.WithDescription("Attempts to send a call to Kapture."))
	if err != nil {
		return nil, fmt.Errorf("kapture: instrument kapture.client.attempts: %w", err)
	}
	h.errors, err = meter.Int64Counter("kapture.client.errors",
		metric.WithUnit("{error}"), metric.WithDescription("Calls to Kapture that failed."))
	if err != nil {
		return nil, fmt.Errorf("kapture: instrument kapture.client.errors: %w", err)
	}
	return h, nil
}

type hook struct {
	tracer   trace.Tracer
	duration rpcconv.ClientCallDuration
	attempts metric.Int64Counter
	errors   metric.Int64Counter
}

// Each hook finds its own spans in a context, whatever other hooks and
// instrumented transports put there.
type (
	callKey    struct{ *hook }
	attemptKey struct{ *hook }
)

// OperationStart begins the span of a call.
func (h *hook) OperationStart(ctx context.Context, call client.Call) context.Context {
	ctx, span := h.tracer.Start(ctx, string(call.Operation), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(callAttributes(call)...))
	return context.WithValue(ctx, callKey{h}, span)
}

// OperationEnd ends it, and measures the call.
func (h *hook) OperationEnd(ctx context.Context, call client.Call, result client.Result) {
	set := withError(callAttributes(call), result.Err)
	h.duration.Record(ctx, result.Duration.Seconds(), system, set[1:]...) // which adds the system by itself
	set = withStatus(set, result.HTTPStatus)
	if result.Err != nil {
		h.errors.Add(ctx, 1, metric.WithAttributes(set...))
	}
	if span, ok := ctx.Value(callKey{h}).(trace.Span); ok {
		finish(span, result.Err != nil, append(set, attemptsKey.Int(call.Attempt)))
	}
}

// AttemptStart begins the span of an attempt, below that of its call.
func (h *hook) AttemptStart(ctx context.Context, call client.Call) context.Context {
	set := append(attemptAttributes(call), attemptNumberKey.Int(call.Attempt))
	if call.Attempt > 1 {
		set = append(set, semconv.HTTPRequestResendCount(call.Attempt-1))
	}
	ctx, span := h.tracer.Start(ctx, string(call.Operation)+" attempt", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(set...))
	return context.WithValue(ctx, attemptKey{h}, span)
}

// AttemptEnd ends it, and counts the attempt.
func (h *hook) AttemptEnd(ctx context.Context, call client.Call, result client.Result) {
	failed := result.Err != nil || result.HTTPStatus >= 400
	set := attemptAttributes(call)
	if result.Err == nil && failed {
		set = append(set, httpError(result.HTTPStatus))
	} else {
		set = withError(set, result.Err)
	}
	set = withStatus(set, result.HTTPStatus)
	h.attempts.Add(ctx, 1, metric.WithAttributes(set...))
	if span, ok := ctx.Value(attemptKey{h}).(trace.Span); ok {
		finish(span, failed, set)
	}
}
