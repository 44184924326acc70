# The commands of the README, nothing clever. What takes more than a line is a script: .ci/doctor says what is missing,
# .ci/setup installs the pinned tools, .ci/trunk runs Trunk, web/wasm.mjs builds the two wasm artefacts, .ci/test is what CI runs.
#
# Tools and build products lie in a cache folder outside the clone, so that a fresh clone is warm.

export LATTICE_LAB_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lattice-lab
export CARGO_TARGET_DIR ?= $(LATTICE_LAB_CACHE)/target

export PORT ?= 8080

.PHONY: help serve dist bench pictures test doctor clean
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

serve: ## build the page (release) and serve it on http://127.0.0.1:8080/; PORT=... changes the port
	@.ci/trunk serve --port $(PORT) --dist "$(LATTICE_LAB_CACHE)/serve"

dist: ## make dist/, a static folder that works from any path of any static host
	@.ci/trunk build

bench: ## time two fixed training steps: natively, then in headless Chromium
	@.ci/setup chromium
	cargo run --release --quiet -- bench
	@.ci/trunk build
	node tests/browser/bench.mjs

pictures: ## take the screenshots of docs/ and the PNG icons anew
	@.ci/setup chromium
	@.ci/trunk build
	node tests/browser/pictures.mjs

test: ## everything that CI runs: lints, unit tests, documentation, the page in a browser
	@.ci/test

doctor: ## say what is missing on this machine, and the command that mends it
	@.ci/doctor

clean: ## remove dist/ (the cache folder stays; its place: make doctor)
	rm -rf dist
