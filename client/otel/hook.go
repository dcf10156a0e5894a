// Package otelkapture traces and measures the Kapture client with OpenTelemetry.
//
//	hook, err := otelkapture.NewHook()
//	if err != nil { ... }
//	c, err := client.New("acme", client.WithToken(token), client.WithHook(hook))
//
// It is a separate module, so that programs that do not import it link nothing of
// OpenTelemetry. Its import path ends in otel and its name does not, because a
// program that imports it usually imports go.opentelemetry.io/otel as well.
//
// # Spans
//
// A call is one span of kind client, named by its operation, which follows the
// conventions for RPC clients. Each attempt to send it is a child, named by the
// operation and the word "attempt", also of kind client, which follows those for
// HTTP clients. A window of a pull, and a page of a query, is a separate call.
// A span whose call or attempt failed has the status Error, and its code as
// error.type. An attempt fails if there is no response, or if the response has an
// HTTP status of 400 or more. Whether the body says failure counts for the call.
//
// # Metrics
//
//	rpc.client.call.duration   histogram, s           of calls, by the conventions for RPC clients
//	kapture.client.attempts    counter, {attempt}     of attempts that have ended
//	kapture.client.errors      counter, {error}       of calls that failed, by error.type
//
// # Attributes
//
// These, and no others:
//
//	rpc.system.name            "kapture": of calls
//	rpc.method                 the operation, as the contract names it: addUpdateCustomer
//	kapture.resource           its resource: customers; absent from a raw call
//	server.address             the host, without its port
//	server.port                if the base URL has one
//	http.response.status_code  of the last response, if there is one; not on the duration
//	error.type                 the [client.Code]: failed/not-found; of an attempt with a response,
//	                           its HTTP status: 503; otherwise _OTHER
//	kapture.attempt            of an attempt's span: its number, from 1
//	http.request.resend_count  of an attempt's span, from the second on: its number minus one
//	kapture.attempts           of a call's span: the number of attempts
//
// None of them can contain a path, a query, a header, a body, a message of the
// server or a customer's data. An instrumented transport below, such as otelhttp,
// has no such rule: it records whole URLs, and sends the identifiers of its trace
// to the server. This package does neither.
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

// ScopeName is the instrumentation scope of the spans and metrics.
const ScopeName = "github.com/kapture-community/kapture-go/client/otel"

// NewHook makes a hook for [client.WithHook]. Without options it uses the global
// providers. A client may have several hooks, and several clients may share one.
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

	h := &hook{tracer: cfg.tracers.Tracer(
		ScopeName,
		trace.WithInstrumentationVersion(client.Version),
		trace.WithSchemaURL(semconv.SchemaURL),
	)}
	meter := cfg.meters.Meter(
		ScopeName,
		metric.WithInstrumentationVersion(client.Version),
		metric.WithSchemaURL(semconv.SchemaURL),
	)
	if err := h.instruments(meter); err != nil {
		return nil, err
	}
	return h, nil
}

// instruments creates the three instruments.
func (h *hook) instruments(meter metric.Meter) error {
	duration, err := rpcconv.NewClientCallDuration(meter)
	if err != nil {
		return fmt.Errorf("kapture: instrument %s: %w", duration.Name(), err)
	}

	attempts, err := meter.Int64Counter(
		"kapture.client.attempts",
		metric.WithUnit("{attempt}"),
		metric.WithDescription("Attempts to send a call to Kapture."),
	)
	if err != nil {
		return fmt.Errorf("kapture: instrument kapture.client.attempts: %w", err)
	}

	failures, err := meter.Int64Counter(
		"kapture.client.errors",
		metric.WithUnit("{error}"),
		metric.WithDescription("Calls to Kapture that failed."),
	)
	if err != nil {
		return fmt.Errorf("kapture: instrument kapture.client.errors: %w", err)
	}

	h.duration = duration
	h.attempts = attempts
	h.errors = failures
	return nil
}

type hook struct {
	tracer   trace.Tracer
	duration rpcconv.ClientCallDuration
	attempts metric.Int64Counter
	errors   metric.Int64Counter
}

// Each hook finds its own spans in a context, no matter what other hooks and
// instrumented transports put there.
type (
	callKey    struct{ *hook }
	attemptKey struct{ *hook }
)

// OperationStart starts the span of a call.
func (h *hook) OperationStart(ctx context.Context, call client.Call) context.Context {
	ctx, span := h.tracer.Start(
		ctx,
		string(call.Operation),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(callAttributes(call)...),
	)
	return context.WithValue(ctx, callKey{h}, span)
}

// OperationEnd ends the span of a call, and measures the call.
func (h *hook) OperationEnd(ctx context.Context, call client.Call, result client.Result) {
	set := withError(callAttributes(call), result.Err)
	withoutSystem := set[1:] // Record adds the system
	h.duration.Record(ctx, result.Duration.Seconds(), system, withoutSystem...)

	set = withStatus(set, result.HTTPStatus)
	if result.Err != nil {
		h.errors.Add(ctx, 1, metric.WithAttributes(set...))
	}

	span, ok := ctx.Value(callKey{h}).(trace.Span)
	if ok {
		finish(span, result.Err != nil, append(set, attemptsKey.Int(call.Attempt)))
	}
}

// AttemptStart starts the span of an attempt, as a child of its call's.
func (h *hook) AttemptStart(ctx context.Context, call client.Call) context.Context {
	set := append(attemptAttributes(call), attemptNumberKey.Int(call.Attempt))
	if call.Attempt > 1 {
		set = append(set, semconv.HTTPRequestResendCount(call.Attempt-1))
	}

	ctx, span := h.tracer.Start(
		ctx,
		string(call.Operation)+" attempt",
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(set...),
	)
	return context.WithValue(ctx, attemptKey{h}, span)
}

// AttemptEnd ends the span of an attempt, and counts it.
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

	span, ok := ctx.Value(attemptKey{h}).(trace.Span)
	if ok {
		finish(span, failed, set)
	}
}
