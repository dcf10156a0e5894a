# `make` lists what there is. Only Go is needed.
SHELL := /bin/bash
GO ?= go
CONFORMANCE := $(GO) run ./conformance/cmd/kapture-conformance
# Modules of this repository beside the main one.
MODULES := client/otel conformance/outside .api
# The packages whose exported API the last release promised.
API := client client/webhook gen spec conformance conformance/mock

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: conformance
conformance: ## run the conformance suite against the embedded Kapture and print what was proved
	$(CONFORMANCE) run

.PHONY: test
test: ## run every test but those of the modules inside
	$(GO) test -timeout 5m ./...

.PHONY: race
race: ## run them, and those of client/otel, with the race detector
	$(GO) test -race -timeout 8m ./...
	cd client/otel && $(GO) test -race -timeout 8m ./...

.PHONY: mock
mock: ## serve the embedded Kapture on 127.0.0.1:8080
	$(CONFORMANCE) mock --addr 127.0.0.1:8080

.PHONY: mutants
mutants: ## change the answers on the way: does the suite notice?
	$(CONFORMANCE) mutants

.PHONY: generate
generate: ## bundle the contract, generate the client from it and what follows from both in the wrapper
	$(GO) generate .

.PHONY: generate-check
generate-check: ## fail when the generated files are not what the contract gives; touches nothing
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(GO) run ./spec/bundle -to "$$tmp" && \
	$(GO) run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config gen/config.yaml -o "$$tmp/kapture.gen.go" "$$tmp/kapture.yaml" && \
	$(GO) run ./gen/wrapper -contract "$$tmp/kapture.json" -o "$$tmp/client.gen.go" && \
	diff -u spec/dist/kapture.yaml "$$tmp/kapture.yaml" && \
	diff -u spec/dist/kapture.json "$$tmp/kapture.json" && \
	diff -u gen/kapture.gen.go "$$tmp/kapture.gen.go" && \
	diff -u client/kapture.gen.go "$$tmp/client.gen.go" && \
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
	@for dir in $(MODULES); do (cd $$dir && $(GO) tool -modfile="$(CURDIR)/.lint/go.mod" golangci-lint run) || exit 1; done

.PHONY: modules
modules: ## vet and test the modules inside this one: OpenTelemetry, the outside checker, the API gate
	@for dir in $(MODULES); do echo "$$dir"; (cd $$dir && $(GO) vet ./... && $(GO) test ./...) || exit 1; done

.PHONY: faults
faults: ## every fault x every operation: does each call end as documented?
	$(GO) test -count=1 -run '^TestFaultMatrix$$' -v ./conformance/gates

.PHONY: weight
weight: ## print what a program that imports the client links, and how much it weighs
	$(GO) test -count=1 -run '^Test(ImportingProgram|TheWrapper)' -v ./conformance/gates

.PHONY: api
api: ## hold the exported API, and the last release's tests, to the last release
	cd .api && $(GO) run . -root .. -except client.Version $(API)
	cd .api && $(GO) run . -root .. -module client/otel .

# A number of inputs, not a time: at the end of a time, Go 1.26 now and then
# reports "context deadline exceeded" where nothing failed (go.dev/issue/75804).
.PHONY: fuzz
fuzz: ## run each fuzz target for a short while (FUZZTIME=5000x), and print each input that fails
	@failed=; for file in $$(git grep -l '^func Fuzz' -- '*_test.go'); do \
	  dir=$$(dirname "$$file"); \
	  for target in $$(sed -n 's/^func \(Fuzz[^(]*\)(.*/\1/p' "$$file"); do \
	    echo "$$dir $$target"; \
	    (cd "$$dir" && $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime "$${FUZZTIME:-5000x}" -fuzzminimizetime 10x) && continue; \
	    failed="$$failed $$dir:$$target"; \
	    git ls-files -z --others "$$dir/testdata/fuzz/$$target" | xargs -0r grep -H ''; \
	  done; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

.PHONY: bench
bench: ## benchmarks, each as a ratio against a peer in the same run
	$(GO) test -run '^$$' -bench . -benchmem ./...
