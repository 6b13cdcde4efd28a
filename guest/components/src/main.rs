//! `make guest`: writes both builds of the two components into the target folder, for embedders.
#![expect(clippy::print_stderr, reason = "a program for the command line")]

use std::{env, fs, path::Path, process::ExitCode};

use keycell_components::{Build, build};

fn main() -> ExitCode {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = source.ancestors().nth(2).expect("the crate lies two folders deep");
    let target = env::var_os("CARGO_TARGET_DIR").map_or(workspace.join("target"), Into::into);
    match Build::ALL.iter().try_for_each(|build| write(workspace, &target, *build)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// `target/guest/<build>/{tenant,root}.wasm`.
fn write(workspace: &Path, target: &Path, wanted: Build) -> Result<(), String> {
    let built = build(workspace, target, wanted, ["keycell-tenant", "keycell-root"])?;
    for (world, built) in ["tenant", "root"].iter().zip(built) {
        let file = target.join(format!("guest/{}/{world}.wasm", wanted.name()));
        fs::write(&file, built.component)
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}
