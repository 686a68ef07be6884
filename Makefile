# Everything a contributor runs; `make` alone lists it.

CARGO ?= cargo
# Arguments for the server: make run ARGS="--port 8080"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check fmt clippy doc autobahn

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

check: fmt clippy doc ## Check the format, the lints and the documentation, none of which may warn

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

# What the suite calls 12 and 13 is compression, which is not spoken.
autobahn: ## Hold the socket codec against the Autobahn test suite (with Python 2.7: pip install autobahntestsuite)
	rm -rf target/autobahn
	$(CARGO) run --release --locked --features testing --example autobahn
