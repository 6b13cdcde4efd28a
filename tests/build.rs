//! Builds what the tests run beside the service: the hostile component, and the two components as
//! other runtimes take them; and for reading, the core modules with the names of their functions.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use keycell_components::{Build, Built, SOURCES, TOOLCHAIN, build};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let tests = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = tests.parent().expect("the tests are a member of the workspace");
    for watched in SOURCES.iter().chain(&["tests/hostile", "tests/build.rs"]) {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo::rerun-if-env-changed={TOOLCHAIN}");
    // OUT_DIR is `<target>/<profile>/build/<package>/out`.
    let target = out.ancestors().nth(4).expect("OUT_DIR lies four folders deep");
    println!("cargo::rustc-env=KEYCELL_GUEST_RUSTC={}", compiler());
    if let Err(error) = write_all(workspace, target, &out) {
        println!("cargo::error={error}");
    }
}

/// The version of the compiler that makes the components.
fn compiler() -> String {
    let rustc = match env::var_os(TOOLCHAIN) {
        Some(bin) => Path::new(&bin).join("rustc"),
        None => PathBuf::from(env::var_os("RUSTC").expect("cargo sets it")),
    };
    let output = Command::new(rustc).arg("--version").output().expect("it has just compiled this");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// `hostile.wasm`, `baseline-{tenant,root}.wasm` and `<build>-{tenant,root}.named.wasm`.
fn write_all(workspace: &Path, target: &Path, out: &Path) -> Result<(), String> {
    let write = |name: String, bytes: &[u8]| {
        fs::write(out.join(&name), bytes).map_err(|error| format!("{name}: {error}"))
    };
    let [hostile] = build(workspace, target, Build::Fast, ["keycell-hostile"])?;
    write("hostile.wasm".to_owned(), &hostile.component)?;
    for wanted in Build::ALL {
        let built = build(workspace, target, wanted, ["keycell-tenant", "keycell-root"])?;
        for (world, Built { component, named }) in ["tenant", "root"].iter().zip(built) {
            write(format!("{}-{world}.wasm", wanted.name()), &component)?;
            write(format!("{}-{world}.named.wasm", wanted.name()), &named)?;
        }
    }
    Ok(())
}
