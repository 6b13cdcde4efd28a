//! Builds the two components from source and hands their bytes to the crate.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use keycell_components::{Build, SOURCES, TOOLCHAIN, build};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let workspace = host.parent().expect("the host is a member of the workspace");
    for watched in SOURCES {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    println!("cargo::rerun-if-env-changed={TOOLCHAIN}");
    let packages = ["keycell-tenant", "keycell-root"];
    match build(workspace, target_folder(&out), Build::Fast, packages) {
        Ok(built) => {
            for (world, built) in ["tenant", "root"].iter().zip(built) {
                fs::write(out.join(format!("{world}.wasm")), built.component)
                    .expect("OUT_DIR is writable");
            }
        }
        Err(error) => println!("cargo::error={error}"),
    }
}

/// The workspace's target folder: OUT_DIR is `<target>/<profile>/build/<package>/out`.
fn target_folder(out: &Path) -> &Path {
    out.ancestors().nth(4).expect("OUT_DIR lies four folders deep")
}
