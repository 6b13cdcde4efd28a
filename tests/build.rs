//! Builds the hostile component from source, in the way and with the flags of `host/build.rs`.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let tests = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = tests.parent().expect("the tests are a member of the workspace");
    for watched in [
        "guest/core/src",
        "guest/tenant/src",
        "tests/hostile",
        "wit",
        "Cargo.lock",
        "tests/build.rs",
    ] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo::rerun-if-env-changed=KEYCELL_GUEST_TOOLCHAIN");
    // The guest's own target folder: most of it is compiled already. OUT_DIR is
    // `<target>/<profile>/build/<package>/out`.
    let target = out.ancestors().nth(4).expect("OUT_DIR lies four folders deep").join("guest");
    build(workspace, &target);
    let module = target.join(format!("{TARGET}/guest/keycell_hostile.wasm"));
    let module = fs::read(&module).unwrap_or_else(|error| stop(&format!("{error}")));
    let component = wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| stop(&format!("{error:#}")));
    fs::write(out.join("hostile.wasm"), component).expect("OUT_DIR is writable");
}

/// Compiles the core module, with rustup's toolchain or with the one that `make` has named.
fn build(workspace: &Path, target: &Path) {
    let mut cargo = match env::var_os("KEYCELL_GUEST_TOOLCHAIN") {
        Some(bin) => {
            let mut cargo = Command::new(Path::new(&bin).join("cargo"));
            cargo.env("RUSTC", Path::new(&bin).join("rustc")).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld());
            cargo.arg("build").arg("-Zbuild-std=core,alloc");
            cargo
        }
        // Whether rustup's has the target is seen to where the host is built.
        None => {
            let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
            cargo.arg("build");
            cargo
        }
    };
    cargo
        .args(["--locked", "--profile", "guest", "--target", TARGET, "-p", "keycell-hostile"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(workspace)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    for inherited in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        cargo.env_remove(inherited);
    }
    match cargo.status() {
        Ok(status) if status.success() => {}
        Ok(_) => stop("the hostile component does not compile: see above"),
        Err(error) => stop(&format!("cargo cannot be started: {error}")),
    }
}

/// The linker that every rustup toolchain brings along.
fn rust_lld() -> OsString {
    let host = env::var("HOST").expect("cargo sets it");
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let root = Command::new(rustc).args(["--print", "sysroot"]).output().ok();
    let root = root.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let bundled = Path::new(root.trim()).join(format!("lib/rustlib/{host}/bin/rust-lld"));
    if bundled.exists() { bundled.into() } else { "wasm-ld".into() }
}

fn stop(why: &str) -> ! {
    println!("cargo::error={why}");
    std::process::exit(1)
}

const TARGET: &str = "wasm32-unknown-unknown";

/// The same as the host's, so that what is compiled for it is used again.
const FLAGS: &[&str] = &[
    "-Ctarget-feature=+wide-arithmetic,+simd128,+relaxed-simd,+bulk-memory",
    "--cfg=curve25519_dalek_bits=\"64\"",
];
