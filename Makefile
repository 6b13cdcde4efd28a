# The few commands a person types. Each first puts on the machine what it needs: see setup.sh.

GUEST = -p keycell-core -p keycell-tenant -p keycell-root -p keycell-hostile
TARGET_FOLDER = $${CARGO_TARGET_DIR:-target}

.PHONY: build serve guest test bench check format lint-guest fuzz

# The release binary, at target/release/keycell, with its components compiled for this machine.
build:
	./setup.sh cargo build --release
	$(TARGET_FOLDER)/release/keycell compile

# Runs the service; more arguments in ARGS: `make serve ARGS="--listen 0.0.0.0:7480"`.
serve: build
	$(TARGET_FOLDER)/release/keycell serve $(ARGS)

# The components for other programs, and their digests: target/guest/{fast,baseline}/*.wasm. What to
# do with them is told in guest/README.md.
guest:
	./setup.sh cargo run --release -p keycell-components
	cd $(TARGET_FOLDER)/guest && sha256sum fast/*.wasm baseline/*.wasm | tee SHA256SUMS

# Everything: all crates, the service with other people's software, the components in Node and Python.
# The programs are built with the tests' features, so that nothing is compiled twice.
test:
	./setup.sh --tests cargo build --release --workspace
	$(TARGET_FOLDER)/release/keycell compile
	./setup.sh --tests cargo test --release --workspace --lib --bins --tests

# Encrypt over the wire, beside a bare HTTP server: see bench/README.md.
bench: build
	./setup.sh cargo run --release -p keycell-bench -- wire $(ARGS)

# Formatting and lints, the guest's as it is built. Warnings are errors. In the profile of all other
# commands, so that what builds and expands the code is itself built once.
check: format lint-guest
	./setup.sh cargo clippy --release --workspace --all-targets -- --deny warnings

format:
	./setup.sh cargo fmt --all --check

lint-guest:
	./setup.sh cargo clippy --release --target wasm32-unknown-unknown $(GUEST) -- --deny warnings

# One of tests/fuzz: `make fuzz TARGET=request SECONDS=60`. Stable Rust does it, told that it may.
TARGET = request
SECONDS = 60
fuzz:
	cp Cargo.lock tests/fuzz/Cargo.lock # so that it is the same code that runs
	RUSTC_BOOTSTRAP=1 ./setup.sh --fuzz cargo fuzz run --fuzz-dir tests/fuzz \
		--target-dir $(TARGET_FOLDER)/fuzz --sanitizer none $(TARGET) -- -max_total_time=$(SECONDS)
