# `make` lists the targets. `make check` is what CI runs (.ci/run adds a PostgreSQL).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-mastery bench-scheduling anki-parity anki-history torture simulate openapi vectors fmt clippy \
	doc deny advisories bank spec lint-spec fuzz-spec client binary

TARGET := $(or $(CARGO_TARGET_DIR),target)
LAERD := $(TARGET)/debug/laerd
TOOLS := .tools/venv
ANKI := .tools/anki
CLIENT := tests/client/node_modules
SPEC := openapi/laerd-v1.json
COURSE := questions/medarbeiderskap
ADDRESS := $(or $(LAERD_LISTEN),127.0.0.1:8080)

need = command -v $(1) >/dev/null || { echo "make: $(1) is missing; $(2)" >&2; exit 1; }
need_rust = $(call need,cargo,install Rust with rustup) && $(call need,cc,install a C compiler (Debian: apt-get install build-essential))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: ## build and serve the course on laerd.db in this folder
	@$(need_rust)
	cargo build --locked --release
	@printf '\nAddress: http://%s  (documentation at /docs, Ctrl-C ends)\nTry:     curl -X POST http://%s/v1/guests\n\n' $(ADDRESS) $(ADDRESS)
	@$(TARGET)/release/laerd serve --load $(COURSE)

test: ## all tests; on PostgreSQL too where TEST_POSTGRES names a server
	@$(need_rust)
	@[ -n "$${TEST_POSTGRES:-}" ] || echo "NOTE: TEST_POSTGRES is not set: only SQLite is tested (set it to postgres://USER@HOST/NAME)"
	cargo test --locked --workspace

check: fmt clippy test doc deny bank spec lint-spec fuzz-spec client ## what CI runs: all of the checks below

bench: ## the load bench; beside Anki's own backend where PyPI has it
	@$(MAKE) --silent $(ANKI)/done || echo "NOTE: anki could not be installed, so it is not measured"
	cargo bench --locked --bench load

torture: ## kill -9 200 times per database, lost power, full disks, restarts of PostgreSQL, on the release build (KILLS=N, MOMENTS=N, SEED=N)
	@$(need_rust)
	cargo build --locked --release
	LAERD_BIN=$(abspath $(TARGET)/release/laerd) KILLS=$${KILLS:-200} MOMENTS=$${MOMENTS:-100} cargo test --locked --test it -- \
		--nocapture --test-threads=1 crash:: power:: disk_full:: restart::

simulate: ## 10,000 simulated traces on SQLite and 1,000 on PostgreSQL; SEED=n, PROFILE=release
	TRACES=10000 cargo test --locked --profile $(or $(PROFILE),test) --test it simulation::every_trace_holds_on_sqlite -- --nocapture
	TRACES=1000 cargo test --locked --profile $(or $(PROFILE),test) --test it simulation::every_trace_holds_on_postgres -- --nocapture
	TRACES=200 cargo test --locked --profile $(or $(PROFILE),test) --test it simulation::instances_that_write_at_once_agree -- --nocapture
bench-mastery: ## the mastery filter: speed, and what an adaptive check is worth
	cargo bench --locked --bench mastery

bench-scheduling: ## true recall and reviews by the rules for guessing and for an exam; the cost of a fit
	cargo bench --locked --bench scheduling

openapi: ## write the examples and openapi/laerd-v1.json anew
	UPDATE=1 cargo test --quiet --locked --test it spec::the_examples
	cargo build --quiet --locked
	$(LAERD) openapi > $(SPEC).new && mv $(SPEC).new $(SPEC)

vectors: ## write openapi/vectors/ anew
	UPDATE=1 cargo test --quiet --locked --test it vectors

fmt: ## the sources are formatted
	cargo fmt --all --check

clippy: ## no lint warns
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc: ## the documentation builds without a warning
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

deny: $(TOOLS)/done ## licences, bans and sources of the dependencies (deny.toml)
	$(TOOLS)/bin/cargo-deny --locked check licenses bans sources

advisories: $(TOOLS)/done ## known vulnerabilities of the dependencies; fetches the list, so not in CI
	$(TOOLS)/bin/cargo-deny --locked check advisories

bank: binary ## the course has no fault and nothing the linter minds
	$(LAERD) bank check --lint $(COURSE)

spec: binary ## the committed specification is what the binary writes
	@$(LAERD) openapi | diff -u $(SPEC) - || { echo "make: $(SPEC) is not what the sources say; run make openapi" >&2; exit 1; }

lint-spec: $(TOOLS)/done ## the specification passes its linter (redocly.yaml)
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --yes @redocly/cli@2.77.0 lint $(SPEC)

fuzz-spec: binary $(TOOLS)/done ## a running server keeps what the specification promises
	tests/tools/fuzz-spec.sh $(TARGET)/debug/laerd $(TOOLS)/bin/schemathesis

client: binary $(TOOLS)/done $(CLIENT)/done ## an offline client in TypeScript agrees with the vectors and with a running server
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" tests/tools/client.sh $(LAERD)

anki-parity: $(ANKI)/done ## our fit equals that of Anki's own optimiser; fetches anki from PyPI, so not in CI
	@$(need_rust)
	cargo build --quiet --locked --example eval_memory
	$(ANKI)/bin/python tests/tools/anki_parity.py $(TARGET)/debug/examples/eval_memory

anki-history: binary $(ANKI)/done ## what Anki exports is read whole; fetches anki from PyPI, so not in CI
	$(ANKI)/bin/python tests/tools/anki_history.py $(LAERD)

# The same units as `cargo test` builds, so that nothing is built twice.
binary:
	@$(need_rust)
	@cargo build --quiet --locked --workspace --bins --tests

$(TOOLS)/done: tests/tools/requirements.txt
	@$(call need,python3,install Python 3.10 or later)
	@python3 -m venv --clear $(TOOLS) || { echo "make: python3 cannot make a virtual environment (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

$(CLIENT)/done: tests/client/package-lock.json $(TOOLS)/done
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" npm ci --silent --prefix tests/client
	@touch $@

$(ANKI)/done: tests/tools/requirements-anki.txt
	@$(call need,python3,install Python 3.10 or later)
	@[ -x $(ANKI)/bin/pip ] || python3 -m venv $(ANKI)
	$(ANKI)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@
