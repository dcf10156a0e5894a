// Package kapture is the root of the module: a contract for the Kapture CRM
// API (spec), the client generated from it (gen), the client to import
// (client), and what proves them (conformance).
//
// `go generate ./...` rebuilds everything that is derived from the authored
// files in spec. Only Go is needed.
package kapture

//go:generate go run ./spec/bundle
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config gen/config.yaml -o gen/kapture.gen.go spec/dist/kapture.yaml
//go:generate go run ./gen/clientgen
//go:generate go run ./conformance/internal/runner/flows
