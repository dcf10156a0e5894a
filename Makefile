# `make` lists the targets. Go, git and bash are enough, except where a target
# says what else it needs.
SHELL := /bin/bash
GO ?= go
CONFORMANCE := $(GO) run ./conformance/cmd/kapture-conformance
# The nested modules of this repository.
MODULES := client/otel client/examples/fleet-sync conformance/outside conformance/bench .api .release .lint/diff
# The packages that promise a stable API. The gate also compares the types of other
# packages that their API reaches: the structs of gen that client names, for one.
API := client client/webhook gen/wire spec spec/contract conformance conformance/mock

.DEFAULT_GOAL := help
.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: conformance
conformance: ## run the conformance suite against the embedded Kapture and print the result
	$(CONFORMANCE) run

.PHONY: test
test: ## run all tests of the main module
	$(GO) test -timeout 5m ./...

# Each resource has one file of cases.
RESOURCES := $(notdir $(basename $(wildcard conformance/cases/*.yaml)))

.PHONY: quick
quick: ## run what one resource touches: make quick RESOURCE=tickets
	@case " $(RESOURCES) " in *" $(or $(RESOURCE),none) "*) ;; \
	*) echo "make quick needs RESOURCE=, one of: $(RESOURCES)" >&2; exit 2;; esac
	@started=$$(date +%s); failed=; export RESOURCE=$(RESOURCE); \
	run() { echo "$(GO) test $$*"; $(GO) test "$$@" || failed=yes; }; \
	own=$$(sed -n 's/^func \(Test[^(]*\)(.*/\1/p' {client,conformance/mock}/$(RESOURCE)*_test.go 2>/dev/null | \
	  paste -sd '|'); \
	run ./spec ./gen/clientgen; \
	run -run "^($$own|Test(Methods|Types).*)$$" ./client ./conformance/mock; \
	run -run '^Test(Golden|Every|Suite)' ./conformance ./conformance/internal/runner; \
	run -run '^Test(Every|Operations|AnEndpoint|Samples|Shapes|FaultMatrix)' ./conformance/gates; \
	(cd conformance/outside && $(GO) test -run '^TestEvery' .) || failed=yes; \
	echo "$(RESOURCE): $$(($$(date +%s) - started)) s"; \
	[ -z "$$failed" ]

# Tests with large inputs, of code that starts no goroutine: they take two of seven
# minutes, and the race detector finds nothing in them. `make test` runs them.
WITHOUT_RACES := ^Test(SetOfAMillion|ALargeSetGrowsInParts|TooManyFacts|ReadLarge)$$

.PHONY: race
race: ## run the tests of the main module and of client/otel with the race detector, without the largest inputs
	$(GO) test -race -skip '$(WITHOUT_RACES)' -timeout 8m ./...
	cd client/otel && $(GO) test -race -timeout 8m ./...

.PHONY: mock
mock: ## serve the embedded Kapture on 127.0.0.1:8080
	$(CONFORMANCE) mock --addr 127.0.0.1:8080

.PHONY: interop
interop: ## run generated clients in other languages: LANGS='ts python', CLIENT=0 without verdicts (needs their tools)
	@LANGS="$(LANGS)" conformance/interop/run

.PHONY: tour
tour: ## walk through mock, proxy, recording, replay and report as a newcomer does
	@set -o pipefail; $(GO) test -count=1 -v -run '^TestTour$$' ./conformance/cmd/kapture-conformance -tour | \
	grep -vE '^(===|---|PASS|ok) ?'

.PHONY: attack
attack: ## attack the mock with Schemathesis: CASES=100, SEED=random (needs Python)
	@conformance/attack/run

.PHONY: mutants
mutants: ## corrupt the responses of the mock, one kind at a time: does the suite detect it?
	$(CONFORMANCE) mutants

.PHONY: generate
generate: ## write everything that follows from the contract: bundles, tables, models, client, README's table
	$(GO) generate .

.PHONY: generate-check
generate-check: ## fail if a generated file is not what the contract gives; writes nothing into the tree
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && \
	$(GO) run ./spec/bundle -to "$$tmp" -tables "$$tmp/tables.gen.go" -snapshot "$$tmp/document.snapshot" && \
	diff -u spec/contract/tables.gen.go "$$tmp/tables.gen.go" && \
	cmp spec/document.snapshot "$$tmp/document.snapshot" && \
	$(GO) run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen \
	  -config gen/config.yaml -o "$$tmp/kapture.gen.go" "$$tmp/kapture.yaml" && \
	$(GO) run ./gen/clientgen -contract "$$tmp/kapture.yaml" -models "$$tmp/kapture.gen.go" \
	  -o "$$tmp/client.gen.go" -readme-o "$$tmp/README.md" && \
	diff -u spec/dist/kapture.yaml "$$tmp/kapture.yaml" && \
	diff -u spec/dist/kapture.json "$$tmp/kapture.json" && \
	diff -u spec/dist/kapture-plain.json "$$tmp/kapture-plain.json" && \
	diff -u spec/dist/kapture-slim.json "$$tmp/kapture-slim.json" && \
	$(GO) run ./conformance/internal/runner/flows -o "$$tmp/kapture.arazzo.yaml" && \
	diff -u spec/dist/kapture.arazzo.yaml "$$tmp/kapture.arazzo.yaml" && \
	diff -u gen/kapture.gen.go "$$tmp/kapture.gen.go" && \
	diff -u client/kapture.gen.go "$$tmp/client.gen.go" && \
	diff -u client/methods.gen.go "$$tmp/methods.gen.go" && \
	diff -u README.md "$$tmp/README.md" && \
	echo "generated files are what the contract gives" || \
	{ echo "generated files differ from what the contract gives: run 'make generate' and commit the result" >&2; \
	  exit 1; }

.PHONY: docs
docs: ## list what the vendor's documents say and the contract lacks: make docs FILES="page1.txt page2.txt"
	$(CONFORMANCE) docs $(FILES)

.PHONY: docs-site
docs-site: ## write the reference of the contract as web pages that need no server: dist/docs-site
	@$(GO) run ./conformance/internal/reference/site

.PHONY: vet
vet: ## go vet and gofmt
	$(GO) vet ./...
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' | grep -v '\.gen\.go$$')); \
	[ -z "$$unformatted" ] || { echo "not formatted by gofmt: $$unformatted" >&2; exit 1; }

.PHONY: lint
lint: ## golangci-lint, pinned in a separate module (.lint)
	$(GO) tool -modfile=.lint/go.mod golangci-lint run
	@for dir in $(MODULES); do \
	  (cd $$dir && $(GO) tool -modfile="$(CURDIR)/.lint/go.mod" golangci-lint run) || exit 1; \
	done

.PHONY: lint-spec
lint-spec: ## lint the contract with Redocly CLI and Spectral, pinned in .lint/spec (needs Node.js)
	@.lint/spec/run

.PHONY: flows
flows: ## run the flows of the cases, as an Arazzo document, against the mock with Redocly respect (needs Node.js)
	@.lint/spec/flows

.PHONY: spec-diff
spec-diff: ## compare the contract with the last release by component; a breaking change must be in CHANGELOG.md
	@.lint/diff/run

.PHONY: modules
modules: ## vet and test the nested modules
	@for dir in $(MODULES); do echo "$$dir"; (cd $$dir && $(GO) vet ./... && $(GO) test ./...) || exit 1; done

.PHONY: fleet
fleet: ## run fleet-sync against a real PostgreSQL: speed, machines that die (needs initdb: .ci/install-postgresql)
	@set -o pipefail; cd client/examples/fleet-sync && \
	REQUIRE_ALL=1 $(GO) test -tags fleet -count=1 -timeout 4m -run '^TestFleet' -v . | \
	awk '/^fleet: / { summary = $$0; next } { print; fflush() } END { if (summary != "") print summary }'

.PHONY: faults
faults: ## inject every fault into every operation: does each call end as documented?
	$(GO) test -count=1 -run '^TestFaultMatrix$$' -v ./conformance/gates

.PHONY: model
model: ## run the client against a random server with a memory: RUNS=100000, SEED=123 for one run again, SCRIPT=FILE
	@$(GO) run ./conformance/gates/model $(if $(RUNS),-runs $(RUNS)) $(if $(SEED),-seed $(SEED)) \
	$(if $(SCRIPT),-script $(SCRIPT)) $(if $(KNOWN),-known $(KNOWN))

.PHONY: differential
differential: ## compare the checker with kin-openapi on every component, sample and mutation; `make test` does 0.1 %
	DIFFERENTIAL_SHARE=1 $(GO) test -count=1 -run '^TestAgainstKin$$' -v ./conformance

.PHONY: weight
weight: ## print what a program that imports the client links, and how much it weighs
	$(GO) test -count=1 -run '^TestImportingProgram' -v ./conformance/gates

.PHONY: api
api: ## compare the exported API with the last release, and compile its tests
	cd .api && $(GO) run . -root .. -except client.Version $(API)
	cd .api && $(GO) run . -root .. -module client/otel .

.PHONY: packages
packages: ## build every package twice into dist/ and prove each: PLATFORMS=all (proofs need Python and Node.js)
	cd .release && \
	$(GO) run . -root .. -out ../dist -platforms "$(or $(PLATFORMS),host)" $(if $(TAG),-tag "$(TAG)")

.PHONY: page
page: ## open the pages of mock, proxy and report in Chromium; screenshots in dist/screenshots (needs Node.js)
	@.lint/page/run

.PHONY: lint-workflows
lint-workflows: ## check the workflows and the Action: actionlint, shellcheck if installed, zizmor (needs Python)
	@.lint/trust/workflows

.PHONY: vuln
vuln: ## look for known vulnerabilities in every module (VULNDB=file:///... for a copy of the database)
	@.lint/trust/vuln

# FUZZTIME is a number of inputs and not a time: when a time ends, Go 1.26 now and
# then reports "context deadline exceeded" although nothing failed
# (go.dev/issue/75804).
.PHONY: fuzz
fuzz: ## run each fuzz target for a short while (FUZZTIME=5000x), and print each input that fails
	@failed=; for file in $$(git grep -l '^func Fuzz' -- '*_test.go'); do \
	  dir=$$(dirname "$$file"); \
	  for target in $$(sed -n 's/^func \(Fuzz[^(]*\)(.*/\1/p' "$$file"); do \
	    echo "$$dir $$target"; \
	    (cd "$$dir" && $(GO) test -run '^$$' -fuzz "^$$target$$" \
	      -fuzztime "$${FUZZTIME:-5000x}" -fuzzminimizetime 10x) && continue; \
	    failed="$$failed $$dir:$$target"; \
	    git ls-files -z --others "$$dir/testdata/fuzz/$$target" | xargs -0r grep -H ''; \
	  done; \
	done; \
	[ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }

.PHONY: bench
bench: ## compare with peers, and write BENCHMARKS.md: ROWS=proxy for a part, QUICK=1 for a small round (needs Node.js)
	@cd conformance/bench && $(GO) build -o .work/bench . && \
	.work/bench $(if $(ROWS),-rows "$(ROWS)") $(if $(QUICK),-quick)
