package otelkapture

import (
	"errors"
	"net"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/rpcconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/kapture-community/kapture-go/client"
)

const system rpcconv.SystemNameAttr = "kapture"

const (
	resourceKey      = attribute.Key("kapture.resource")
	attemptNumberKey = attribute.Key("kapture.attempt")
	attemptsKey      = attribute.Key("kapture.attempts")
)

// resources says which resource an operation is about.
var resources = func() map[client.Operation]string {
	m := map[client.Operation]string{}
	for _, op := range client.Operations() {
		m[op.ID] = op.Resource
	}
	return m
}()

// callAttributes begins with the system, which a call has beside what its
// attempts have.
func callAttributes(call client.Call) []attribute.KeyValue {
	return append([]attribute.KeyValue{semconv.RPCSystemNameKey.String(string(system))}, attemptAttributes(call)...)
}

func attemptAttributes(call client.Call) []attribute.KeyValue {
	set := make([]attribute.KeyValue, 0, 8)
	set = append(set, semconv.RPCMethod(string(call.Operation)))
	if resource := resources[call.Operation]; resource != "" {
		set = append(set, resourceKey.String(resource))
	}
	host, port, err := net.SplitHostPort(call.Host)
	if err != nil { // no port
		return append(set, semconv.ServerAddress(strings.Trim(call.Host, "[]")))
	}
	set = append(set, semconv.ServerAddress(host))
	if n, err := strconv.Atoi(port); err == nil {
		set = append(set, semconv.ServerPort(n))
	}
	return set
}

// withError adds the code of err. Its text is for the caller alone: it may quote
// the server.
func withError(set []attribute.KeyValue, err error) []attribute.KeyValue {
	if err == nil {
		return set
	}
	if own, ok := errors.AsType[*client.Error](err); ok && own.Code != "" {
		return append(set, semconv.ErrorTypeKey.String(string(own.Code)))
	}
	return append(set, semconv.ErrorTypeOther)
}

func httpError(status int) attribute.KeyValue {
	return semconv.ErrorTypeKey.String(strconv.Itoa(status))
}

func withStatus(set []attribute.KeyValue, status int) []attribute.KeyValue {
	if status == 0 {
		return set
	}
	return append(set, semconv.HTTPResponseStatusCode(status))
}

// finish ends a span. The status has no description: error.type says it.
func finish(span trace.Span, failed bool, set []attribute.KeyValue) {
	span.SetAttributes(set...)
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
