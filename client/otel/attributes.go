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

// resources has the resource of each operation.
var resources = func() map[client.Operation]string {
	m := map[client.Operation]string{}
	for _, op := range client.Operations() {
		m[op.ID] = op.Resource
	}
	return m
}()

// callAttributes are those of the attempts, after the system.
func callAttributes(call client.Call) []attribute.KeyValue {
	set := []attribute.KeyValue{semconv.RPCSystemNameKey.String(string(system))}
	return append(set, attemptAttributes(call)...)
}

func attemptAttributes(call client.Call) []attribute.KeyValue {
	set := make([]attribute.KeyValue, 0, 8)
	set = append(set, semconv.RPCMethod(string(call.Operation)))
	if resource := resources[call.Operation]; resource != "" {
		set = append(set, resourceKey.String(resource))
	}

	host, port, err := net.SplitHostPort(call.Host)
	if err != nil {
		// The host has no port.
		return append(set, semconv.ServerAddress(strings.Trim(call.Host, "[]")))
	}

	set = append(set, semconv.ServerAddress(host))
	number, err := strconv.Atoi(port)
	if err == nil {
		set = append(set, semconv.ServerPort(number))
	}
	return set
}

// withError adds the code of err. Its text is only for the caller: it may quote
// the server.
func withError(set []attribute.KeyValue, err error) []attribute.KeyValue {
	if err == nil {
		return set
	}

	failure, ok := errors.AsType[*client.Error](err)
	if !ok || failure.Code == "" {
		return append(set, semconv.ErrorTypeOther)
	}
	return append(set, semconv.ErrorTypeKey.String(string(failure.Code)))
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

// finish ends a span. The status needs no description: error.type has the code.
func finish(span trace.Span, failed bool, set []attribute.KeyValue) {
	span.SetAttributes(set...)
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
