# `make` lists what there is. Only Go is needed.
SHELL := /bin/bash
GO ?= go
CONFORMANCE := $(GO) run ./conformance/cmd/kapture-conformance
NESTED := conformance/outside

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: conformance
conformance: ## run the conformance suite against the embedded Kapture and print what was proved
	$(CONFORMANCE) run

.PHONY: test
test: ## run every test
	$(GO) test ./...

.PHONY: race
race: ## run every test with the race detector
	$(GO) test -race ./...

.PHONY: mock
mock: ## serve the embedded Kapture on 127.0.0.1:8080
	$(CONFORMANCE) mock --addr 127.0.0.1:8080

.PHONY: mutants
mutants: ## change the answers on the way: does the suite notice?
	$(CONFORMANCE) mutants

.PHONY: generate
generate: ## bundle the contract and generate the client from it
	$(GO) generate .

.PHONY: generate-check
generate-check: ## fail when the generated files are not what the contract gives; touches nothing
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(GO) run ./spec/bundle -to "$$tmp" && \
	$(GO) run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config gen/config.yaml -o "$$tmp/kapture.gen.go" "$$tmp/kapture.yaml" && \
	diff -u spec/dist/kapture.yaml "$$tmp/kapture.yaml" && \
	diff -u spec/dist/kapture.json "$$tmp/kapture.json" && \
	diff -u gen/kapture.gen.go "$$tmp/kapture.gen.go" && \
	echo "generated files are what the contract gives" || \
	{ echo "generated files differ from what the contract gives: run 'make generate' and commit the result" >&2; exit 1; }

.PHONY: docs
docs: ## list what the vendor's documents say and the contract lacks: make docs FILES="page1.txt page2.txt"
	$(CONFORMANCE) docs $(FILES)

.PHONY: vet
vet: ## go vet and gofmt
	$(GO) vet ./...
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.gen\.go$$')); \
	[ -z "$$unformatted" ] || { echo "not formatted by gofmt: $$unformatted" >&2; exit 1; }

.PHONY: lint
lint: ## golangci-lint, pinned in a module of its own (.lint)
	$(GO) tool -modfile=.lint/go.mod golangci-lint run

.PHONY: outside
outside: ## hold the mock's answers to the contract with a checker that is not ours
	for dir in $(NESTED); do (cd $$dir && $(GO) test ./...) || exit 1; done

.PHONY: fuzz
fuzz: ## run each fuzz target for a short while (FUZZTIME=5s)
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $${FUZZTIME:-5s} $$package || exit 1; \
	  done; \
	done

.PHONY: bench
bench: ## benchmarks, each as a ratio against a peer in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./...
