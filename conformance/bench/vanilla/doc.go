// Package vanilla is the pull of customers as oapi-codegen generates it from the
// contract without an overlay: a peer of make bench.
package vanilla

//go:generate go -C ../../.. run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config conformance/bench/vanilla/config.yaml -o conformance/bench/vanilla/vanilla.gen.go spec/dist/kapture-plain.json
