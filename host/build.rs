//! Builds the two components from source and hands their bytes to the crate.
//!
//! The guest is compiled once for all profiles of the host, in a target folder of its own below the
//! workspace's.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = host.parent().expect("the host is a member of the workspace");
    for watched in ["guest/core/src", "guest/tenant/src", "guest/root/src", "wit", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo::rerun-if-env-changed=KEYCELL_GUEST_TOOLCHAIN");
    let target = target_folder(&out).join("guest");
    build(workspace, &target);
    for world in ["tenant", "root"] {
        let module = target.join(format!("{TARGET}/guest/keycell_{world}.wasm"));
        let module = fs::read(&module).unwrap_or_else(|error| stop(&format!("{error}")));
        let component = wit_component::ComponentEncoder::default()
            .validate(true)
            .module(&module)
            .and_then(|encoder| encoder.encode())
            .unwrap_or_else(|error| stop(&format!("{error:#}")));
        fs::write(out.join(format!("{world}.wasm")), component).expect("OUT_DIR is writable");
    }
}

/// Compiles the two core modules, with rustup's toolchain or with the one that `make` has named.
fn build(workspace: &Path, target: &Path) {
    let mut cargo = match env::var_os("KEYCELL_GUEST_TOOLCHAIN") {
        // Debian's second cargo, which builds `core` and `alloc` from source: see the Makefile.
        Some(bin) => {
            let mut cargo = Command::new(Path::new(&bin).join("cargo"));
            cargo.env("RUSTC", Path::new(&bin).join("rustc")).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld());
            cargo.arg("build").arg("-Zbuild-std=core,alloc");
            cargo
        }
        None => {
            if !has_target() {
                stop(
                    "the guest needs Rust's WebAssembly target: run `make build`, which sees to \
                     it, or `rustup target add wasm32-unknown-unknown`",
                );
            }
            let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it"));
            cargo.arg("build");
            cargo
        }
    };
    cargo
        .args(["--locked", "--profile", "guest", "--target", TARGET])
        .args(["-p", "keycell-tenant", "-p", "keycell-root", "--target-dir"])
        .arg(target)
        .current_dir(workspace)
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
    for inherited in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        cargo.env_remove(inherited);
    }
    match cargo.status() {
        Ok(status) if status.success() => {}
        Ok(_) => stop("the guest does not compile: see above"),
        Err(error) => stop(&format!("cargo cannot be started: {error}")),
    }
}

/// The workspace's target folder: OUT_DIR is `<target>/<profile>/build/<package>/out`.
fn target_folder(out: &Path) -> &Path {
    out.ancestors().nth(4).expect("OUT_DIR lies four folders deep")
}

fn has_target() -> bool {
    sysroot().is_some_and(|root| root.join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// The linker that every rustup toolchain brings along.
fn rust_lld() -> OsString {
    let host = env::var("HOST").expect("cargo sets it");
    let bundled = sysroot().map(|root| root.join(format!("lib/rustlib/{host}/bin/rust-lld")));
    match bundled.filter(|path| path.exists()) {
        Some(path) => path.into(),
        None => "wasm-ld".into(),
    }
}

fn sysroot() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let output = Command::new(rustc).args(["--print", "sysroot"]).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

fn stop(why: &str) -> ! {
    println!("cargo::error={why}");
    std::process::exit(1)
}

const TARGET: &str = "wasm32-unknown-unknown";

/// Wide arithmetic and SIMD are what the host's engine is configured for. 64-bit limbs pay on a
/// 32-bit target once 64-bit products are native.
const FLAGS: &[&str] = &[
    "-Ctarget-feature=+wide-arithmetic,+simd128,+relaxed-simd,+bulk-memory",
    "--cfg=curve25519_dalek_bits=\"64\"",
];
