# The few commands a person types. Each first puts on the machine what it needs: see setup.sh.

GUEST = -p keycell-core -p keycell-tenant -p keycell-root -p keycell-hostile

.PHONY: build serve test bench check

# The release binary, at target/release/keycell.
build:
	./setup.sh cargo build --release

# Runs the service; more arguments in ARGS: `make serve ARGS="--listen 0.0.0.0:7480"`.
serve: build
	$${CARGO_TARGET_DIR:-target}/release/keycell serve $(ARGS)

# Everything: all crates, and the service with boto3 and the AWS CLI. The programs are built with the
# tests' features, so that nothing is compiled twice.
test:
	./setup.sh --tests cargo build --release --workspace
	./setup.sh --tests cargo test --release --workspace --lib --bins --tests

# Encrypt over the wire, beside a bare HTTP server: see bench/README.md.
bench: build
	./setup.sh cargo run --release -p keycell-bench -- wire $(ARGS)

# Formatting and lints, the guest's as it is built. Warnings are errors.
check:
	./setup.sh cargo fmt --all --check
	./setup.sh cargo clippy --workspace --all-targets -- --deny warnings
	./setup.sh cargo clippy --target wasm32-unknown-unknown $(GUEST) -- --deny warnings
