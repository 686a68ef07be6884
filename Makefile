# Everything a contributor runs; `make` alone lists it.

CARGO ?= cargo
# Arguments for the server: make run ARGS="--port 8080"
ARGS ?=
# Arguments for the soak: make soak SOAK="--time 10m --rate 2000"
SOAK ?=
# Arguments for the benchmark: make bench BENCH="--only requests --rounds 3"
BENCH ?=

# Which benchmarks to run: make bench-core BENCH_CORE="queue codec"
BENCH_CORE ?=

.DEFAULT_GOAL := help
.PHONY: help run test soak bench bench-core fuzz autobahn check fmt clippy doc deny

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Build the server as it is released, and run it (ARGS="--port 8080")
	$(CARGO) run --release --locked --bin matchmaker -- $(ARGS)

# What needs Redis is left out where there is none and none can be installed.
# The API is asked once more of two nodes on one Redis, by turns; but for what one process alone has: its connections, its
# limits, what it measures, its end, and the faults that tests plant in it.
ONE_PROCESS = addresses:: browsers:: capacity::a_place capacity::a_connection_past capacity::a_refused_connection draining:: \
	failures:: frames:: limits:: metrics:: operations:: operators:: shutdown:: smuggling:: targets:: time_limits:: \
	bodies::a_body_that_stops clock_jumps::a_hundred_years matches::a_match_that_nobody_finishes

# With all targets named, neither runner runs the examples in the documentation: those come last.
test: ## Run every test; with cargo-nextest where it is installed
	@tests/redis_server/install
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -x; $(CARGO) nextest run --locked --all-features --no-fail-fast; \
	else \
		set -x; $(CARGO) test --locked --all-features --all-targets --no-fail-fast; \
	fi
	@if $(CARGO) nextest --version >/dev/null 2>&1; then run="nextest run"; else run=test; fi; set -x; \
		MATCHMAKER_TEST_STORE=redis $(CARGO) $$run --locked --all-features --no-fail-fast --test api -- $(ONE_PROCESS:%=--skip %)
	$(CARGO) test --locked --all-features --doc

# The server by itself first, so that it is built as it is released, without what tests need.
soak: ## Play against the server, checking what it guarantees (SOAK="--time 10m --rate 2000")
	$(CARGO) build --release --locked --bin matchmaker
	$(CARGO) run --release --locked --example soak -- $(SOAK)

bench: ## Measure the server against a bare route, its memory, and Redis (BENCH="--only redis --rounds 3")
	$(CARGO) build --release --locked --bin matchmaker
	$(CARGO) build --release --locked --example floor --example load
	$(CARGO) run --release --locked --example load -- $(BENCH)

check: fmt clippy doc deny ## Check the format, the lints, the documentation and the dependencies

fmt:
	@$(CARGO) fmt --version >/dev/null 2>&1 || \
		{ echo "rustfmt is missing; add it with: rustup component add rustfmt" >&2; exit 1; }
	$(CARGO) fmt --all --check

clippy:
	@$(CARGO) clippy --version >/dev/null 2>&1 || \
		{ echo "clippy is missing; add it with: rustup component add clippy" >&2; exit 1; }
	$(CARGO) clippy --locked --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked --bins -- -D warnings # as it is released, without what tests need

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --all-features --document-private-items

# Each parser in turn, for this many seconds.
FUZZ_SECONDS ?= 60
FUZZ_CORPUS = target/fuzz-corpus
FUZZ_TARGETS = $(shell grep -oE 'name: "[a-z_]+"' src/adapters/fuzzing.rs | cut -d '"' -f 2)

fuzz: ## Feed every parser hostile input (FUZZ_SECONDS=60 each); guided by coverage where cargo-fuzz and nightly are there
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --release --locked --features testing --test fuzz -- --ignored --nocapture
	@if $(CARGO) +nightly fuzz --version >/dev/null 2>&1; then set -e; for target in $(FUZZ_TARGETS); do \
		mkdir -p $(FUZZ_CORPUS)/$$target; \
		FUZZ_TARGET=$$target FUZZ_SEEDS=$(FUZZ_CORPUS)/$$target $(CARGO) +nightly fuzz run --fuzz-dir tests/fuzz/guided \
			--target-dir target/fuzz parsers $(FUZZ_CORPUS)/$$target -- -max_total_time=$(FUZZ_SECONDS) -timeout=1 \
			-max_len=16384 -artifact_prefix=$(FUZZ_CORPUS)/ -verbosity=0 -print_final_stats=1; \
	done; else echo "not guided by coverage: cargo-fuzz or a nightly compiler is missing"; fi

# What the suite calls 12 and 13 is compression, which is not spoken.
autobahn: ## Hold the socket codec against the Autobahn test suite (with Python 2.7: pip install autobahntestsuite)
	rm -rf target/autobahn
	$(CARGO) run --release --locked --features testing --example autobahn

bench-core: ## Measure the core, the codec, the JSON and the log by themselves, or a part of it (BENCH_CORE="queue codec")
	$(CARGO) bench --locked --bench core -- $(BENCH_CORE)

deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || \
		{ echo "cargo-deny is missing; add it with: cargo install cargo-deny --version 0.20.2 --locked" >&2; exit 1; }
	$(CARGO) deny --locked --all-features check bans licenses sources
