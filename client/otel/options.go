package otelkapture

import (
	"errors"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Option sets up a hook; see [NewHook].
type Option func(*config) error

type config struct {
	tracers trace.TracerProvider
	meters  metric.MeterProvider
}

// WithTracerProvider makes spans with p. The default is the global provider. The
// provider of go.opentelemetry.io/otel/trace/noop turns spans off.
func WithTracerProvider(p trace.TracerProvider) Option {
	return func(cfg *config) error {
		if p == nil {
			return errors.New("WithTracerProvider: nil; leave the option out for the global provider")
		}
		cfg.tracers = p
		return nil
	}
}

// WithMeterProvider measures with p. The default is the global provider. The
// provider of go.opentelemetry.io/otel/metric/noop turns metrics off.
func WithMeterProvider(p metric.MeterProvider) Option {
	return func(cfg *config) error {
		if p == nil {
			return errors.New("WithMeterProvider: nil; leave the option out for the global provider")
		}
		cfg.meters = p
		return nil
	}
}
