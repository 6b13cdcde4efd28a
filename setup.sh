#!/bin/sh
# Puts on this machine what is missing, and then runs the command that follows:
#
#   ./setup.sh [--tests | --fuzz] COMMAND...
#
# Missing may be a C linker, Rust's WebAssembly target and, with --tests, a Python environment and a
# folder of Node modules below the target folder, with the packages that tests/sdk, tests/embed,
# tests/openssl, tests/s3 and tests/node name; with --fuzz, cargo-fuzz. Nothing that is there is
# touched. Made for Debian 12 with rustup's stable Rust; elsewhere it says what to install.
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-target}
wasm=wasm32-unknown-unknown

stop() {
    echo "setup: $1" >&2
    exit 1
}

# install WHAT PACKAGE...: Debian packages, for which apt may take nothing else away.
install() {
    what=$1
    shift
    command -v apt-get >/dev/null || stop "$what is missing: install it and try again"
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        as_root=sudo
        command -v sudo >/dev/null || stop "$what is missing: let root run 'apt-get install $*'"
    fi
    echo "setup: $what is missing: installing $*" >&2
    # shellcheck disable=SC2086 # An empty word must vanish.
    if ! $as_root apt-get update -qq >/dev/null ||
        ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
            --no-remove --no-install-recommends "$@" >/dev/null; then
        stop "$what is missing, and apt-get cannot install $* (see above)"
    fi
}

# A C compiler is what Rust links with.
linker() {
    links() { echo 'int main(void) { return 0; }' | cc -x c - -o /dev/null 2>/dev/null; }
    links || install "a C linker" gcc libc6-dev
}

rust() {
    command -v cargo >/dev/null || PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
    command -v cargo >/dev/null || stop "Rust is missing: install it with https://rustup.rs"
}

# The guest's target comes from rustup. Where rustup cannot fetch it, Debian's second toolchain
# builds the guest, `core` and `alloc` included: host/build.rs is told where it is.
guest() {
    if [ -n "${KEYCELL_GUEST_TOOLCHAIN:-}" ] ||
        [ -d "$(rustc --print sysroot)/lib/rustlib/$wasm/lib" ]; then
        return 0
    fi
    debian='rustc-web cargo-web rust-web-src'
    # shellcheck disable=SC2086 # Three words.
    if ! dpkg -s $debian >/dev/null 2>&1; then
        echo "setup: Rust's WebAssembly target is missing: rustup target add $wasm" >&2
        if command -v rustup >/dev/null && rustup target add "$wasm" >&2; then
            return 0
        fi
        install "a way to build WebAssembly" $debian
    fi
    export KEYCELL_GUEST_TOOLCHAIN=/usr/bin
}

# boto3, the AWS CLI and what else tests/*/requirements.txt pin; made anew when that has changed.
python() {
    pins=$target/python.pins
    mkdir -p "$target"
    cat tests/sdk/requirements.txt tests/embed/requirements.txt \
        tests/openssl/requirements.txt tests/s3/requirements.txt >"$pins"
    cmp -s "$pins" "$target/python/pins" && return 0
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        install "Python with venv" python3 python3-venv
    fi
    echo "setup: making $target/python from tests/*/requirements.txt" >&2
    python3 -m venv --clear "$target/python" || stop "python3 cannot make $target/python"
    pip "$pins"
    cp "$pins" "$target/python/pins"
}

pip() {
    "$target/python/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$1" || stop "pip cannot install what $1 names (see above)"
}

# The AWS SDK and jco as pinned, and a Node that is new enough for them: the machine's, or else one
# from PyPI (Debian 12 has Node 18).
javascript() {
    lock=tests/node/package-lock.json
    folder=$target/node
    cmp -s "$lock" "$folder/lock" && "$folder/node" --version >/dev/null 2>&1 && return 0
    echo "setup: making $folder from $lock" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    if is_new_enough 2>/dev/null; then
        ln -s "$(command -v node)" "$folder/node"
        npm=npm
    else
        pip tests/node/node.txt
        ln -s ../python/bin/node "$folder/node"
        npm=../python/bin/npm
    fi
    cp tests/node/package.json "$lock" "$folder"
    # Not `npm ci`, which wants the packages of all other platforms to be there, too.
    (
        cd "$folder"
        PATH=$PWD:$PATH "$npm" install --ignore-scripts --no-audit --no-fund --loglevel=error \
            >/dev/null
    ) || stop "npm cannot install what $lock names (see above)"
    cp "$lock" "$folder/lock"
}

is_new_enough() {
    command -v npm >/dev/null &&
        node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'
}

# cargo-fuzz, below the target folder.
fuzzer() {
    command -v cargo-fuzz >/dev/null && return 0
    PATH=$PWD/$target/fuzzer/bin:$PATH
    command -v cargo-fuzz >/dev/null && return 0
    cargo install --locked --quiet --version 0.13.2 --root "$target/fuzzer" cargo-fuzz ||
        stop "cargo cannot install cargo-fuzz (see above)"
}

linker
rust
guest
case ${1:-} in
--tests)
    shift
    python
    javascript
    ;;
--fuzz)
    shift
    fuzzer
    ;;
esac
[ $# -gt 0 ] || exit 0
exec "$@"
