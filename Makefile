# Rehearsal. `make help` lists what there is; every target does its own set-up.
.DEFAULT_GOAL := help

node_modules: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund
	@touch node_modules

.PHONY: help
help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.PHONY: build
build: node_modules ## compile to dist/
	@npm run --silent build

PORT ?= 8080
AGENT_PORT ?= 50051
.PHONY: start
start: build ## gateway (PORT, 8080) and agent (AGENT_PORT, 50051) with the whole catalogue
	@node dist/bin/main.js serve --port $(PORT) --agent-port $(AGENT_PORT)

# Runs tests beside the checks, since either leaves a processor idle at times; prints the checks' output after
# the tests'.
define test-and-check
@output=$$(mktemp); npm run --silent check >$$output 2>&1 & checks=$$!; \
  npx vitest run $(1); tests=$$?; \
  wait $$checks; passed=$$?; cat $$output; rm $$output; \
  [ $$passed = 0 ] && exit $$tests
endef

.PHONY: test
test: node_modules ## every check, and every test but the slow ones
	$(call test-and-check,--project '!slow')

.PHONY: test-slow
test-slow: node_modules ## tests of browsers and SDKs, of whole catalogues and of processes that hang
	npx vitest run --project slow

.PHONY: test-clients
test-clients: node_modules ## the table of docs/clients.md: every client in every failure (3 minutes alone, 10 beside other work; test-slow has the main ones)
	CLIENT_CASES=all npx vitest run scenarios/e2e/clients.catalogue.slow.test.ts scenarios/e2e/clients.sdks.slow.test.ts scenarios/e2e/clients.catalogue.browser.test.ts

.PHONY: test-defects
test-defects: node_modules ## gateways and agents with one planted defect each, checked by every clause (15 minutes, on a quiet machine; test-slow has the short form)
	CHECK_DEFECTS=all npx vitest run scenarios/check/*.slow.test.ts scenarios/check/agent/*.slow.test.ts scenarios/commands/check.slow.test.ts

.PHONY: test-long
test-long: node_modules ## random behaviours in every format, and both engines of the load in every class of faults (3 minutes; test-slow has some)
	LONG=1 npx vitest run scenarios/e2e/random-behaviours.slow.test.ts scenarios/e2e/dialects/load-engines.slow.test.ts

SINCE ?= HEAD
# More workers than in vitest.config.ts: these tests wait more than they compute.
.PHONY: quick
quick: node_modules ## every check, and the unit tests that a change since SINCE (HEAD) reaches
	$(call test-and-check,--project pure --project parts --maxWorkers 6 --changed $(SINCE) --passWithNoTests)

# They need Node 22, so a clone does not install them; vitest.config.ts has the names.
newest-sdks := openai-7@npm:openai@7 ai-7@npm:ai@7 @ai-sdk/openai-4@npm:@ai-sdk/openai@4 \
  @ai-sdk/anthropic-4@npm:@ai-sdk/anthropic@4 @ai-sdk/openai-compatible-3@npm:@ai-sdk/openai-compatible@3 \
  @ai-sdk/react-4@npm:@ai-sdk/react@4

.PHONY: test-nodes
test-nodes: node_modules ## on every supported Node: the same plans of the catalogue, and the SDKs (from 22 on in their newest major)
	@npm install --no-save --ignore-scripts --no-audit --no-fund --silent $(newest-sdks)
	@for version in 20 22 24; do \
	  if [ $$version = 20 ]; then sdks=; else sdks=newest; fi; \
	  npm exec --yes --package=node@$$version -- node --version && \
	  SDKS=$$sdks npm exec --yes --package=node@$$version -- node node_modules/vitest/vitest.mjs run \
	    scenarios/e2e/catalog.plans.test.ts scenarios/e2e/dialects || exit 1; \
	done

.PHONY: package
package: node_modules ## both packages, as tarballs and from git: linted, and used on every supported Node, by resolvers and test runners (12 minutes)
	@node scripts/check-package.mjs 20 22 24

.PHONY: check
check: node_modules ## types, lint, floors and cycles of imports, format, dead code, generated files, paths and links
	@npm run --silent check

.PHONY: report
report: build ## the specified benchmark at 1000 streams: a verdict and reports/out/
	@node dist/bin/main.js run benchmark

# With a build of its own of all that it measures: nothing of bench/ is in dist, or in the package.
.PHONY: bench-build
bench-build: node_modules
	@npm run --silent build:bench

.PHONY: bench
bench: bench-build ## agent and gateway, also over TLS and HTTP/2, beside a bare server and other mock servers: goals, ratios (12 minutes)
	@node bench/dist/bench/bench.js

.PHONY: profile
profile: bench-build ## what agent and gateway spend their time on: profiles in reports/out/profile (30 s)
	@node bench/dist/bench/profile.js

.PHONY: torture
torture: node_modules ## the proofs in full, with their figures: also 100,000 sequences of HTTP/2 frames at each end (about an hour)
	TORTURE=1 npx vitest run --no-file-parallelism scenarios/e2e/proofs scenarios/commands/ab.slow.test.ts

.PHONY: bench-merge
bench-merge: bench-build ## time and memory of a merge of 200,000 streams in four shards (2 minutes, 0.9 GB on disk)
	@node bench/dist/bench/merge.js

.PHONY: ab-proof
ab-proof: bench-build ## how often `ab` is right: equal sides 20 times, +10 ms 10 times (half an hour)
	@node bench/dist/bench/ab-proof.js

INPUTS ?= 100000
.PHONY: fuzz
fuzz: node_modules ## INPUTS (100000) that are nearly requests: no 500, no crash, no hang
	FUZZ_INPUTS=$(INPUTS) npx vitest run gateway/http/fuzz.test.ts gateway/websocket/websocket.fuzz.test.ts scenarios/file/read-scenario.fuzz.test.ts

MINUTES ?= 10
.PHONY: soak
soak: bench-build ## mixed streams, good and bad, for MINUTES (10): what the memory does
	@node bench/dist/bench/soak.js $(MINUTES)

.PHONY: clean
clean: ## remove what was built, installed and measured
	rm -rf dist bench/dist node_modules reports/out coverage
