# Everything a contributor runs; `make` alone lists it.

CARGO ?= cargo
# Arguments for the server: make run ARGS="--port 8080"
ARGS ?=
# Arguments for the soak: make soak SOAK="--time 10m --rate 2000"
SOAK ?=

.DEFAULT_GOAL := help
.PHONY: help run test soak check fmt clippy doc deny

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## Build the server as it is released, and run it (ARGS="--port 8080")
	$(CARGO) run --release --locked --bin matchmaker -- $(ARGS)

# With all targets named, neither runner runs the examples in the documentation: those come last.
test: ## Run every test; with cargo-nextest where it is installed
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		set -x; $(CARGO) nextest run --locked --all-features --no-fail-fast; \
	else \
		set -x; $(CARGO) test --locked --all-features --all-targets --no-fail-fast; \
	fi
	$(CARGO) test --locked --all-features --doc

# The server by itself first, so that it is built as it is released, without what tests need.
soak: ## Play against the server, checking what it guarantees (SOAK="--time 10m --rate 2000")
	$(CARGO) build --release --locked --bin matchmaker
	$(CARGO) run --release --locked --example soak -- $(SOAK)

check: fmt clippy doc deny ## Check the format, the lints, the documentation and the dependencies

fmt:
	@$(CARGO) fmt --version >/dev/null 2>&1 || \
		{ echo "rustfmt is missing; add it with: rustup component add rustfmt" >&2; exit 1; }
	$(CARGO) fmt --all --check

clippy:
	@$(CARGO) clippy --version >/dev/null 2>&1 || \
		{ echo "clippy is missing; add it with: rustup component add clippy" >&2; exit 1; }
	$(CARGO) clippy --locked --all-targets --all-features -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps --all-features --document-private-items

deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || \
		{ echo "cargo-deny is missing; add it with: cargo install cargo-deny --version 0.20.2 --locked" >&2; exit 1; }
	$(CARGO) deny --locked --all-features check bans licenses sources
