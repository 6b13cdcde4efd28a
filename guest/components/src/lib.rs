//! Builds the components from source, in either of two builds.
//!
//! The guest is compiled once for all profiles of the host, in a target folder of its own for each
//! build: the same file names would collide in a common one.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use wasm_encoder::RawSection;
use wasmparser::{Parser, Payload};

/// For which runtimes a component is made. Both come from one source and have one WIT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// For Keycell's own host, whose engine is configured for all of it.
    Fast,
    /// For any runtime with the component model: nothing but what WebAssembly 2.0 has.
    Baseline,
}

impl Build {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fast, Self::Baseline];

    /// As it is called in paths.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Baseline => "baseline",
        }
    }

    /// What the compiler is told.
    fn flags(self) -> &'static [&'static str] {
        match self {
            // 64-bit limbs pay on a 32-bit target once 64-bit products are native.
            Self::Fast => &[
                "-Ctarget-feature=+wide-arithmetic,+simd128,+relaxed-simd,+bulk-memory",
                "--cfg=curve25519_dalek_bits=\"64\"",
            ],
            Self::Baseline => {
                &["-Ctarget-feature=+simd128,+bulk-memory", "--cfg=curve25519_dalek_bits=\"32\""]
            }
        }
    }
}

/// A component, and what it was made from.
pub struct Built {
    /// What is run.
    pub component: Vec<u8>,
    /// The core module inside it, with the names of its functions, which the component is without.
    pub named: Vec<u8>,
}

/// Builds the components of `packages`. `target` is the target folder of the workspace.
pub fn build<const N: usize>(
    workspace: &Path,
    target: &Path,
    build: Build,
    packages: [&str; N],
) -> Result<[Built; N], String> {
    let target = target.join("guest").join(build.name());
    compile(workspace, &target, build, &packages)?;
    let mut built = Vec::with_capacity(N);
    for package in packages {
        let file = format!("{TARGET}/guest/{}.wasm", package.replace('-', "_"));
        let named = fs::read(target.join(file)).map_err(|error| format!("{package}: {error}"))?;
        let component = encode(&named).map_err(|error| format!("{package}: {error}"))?;
        built.push(Built { component, named });
    }
    Ok(built.try_into().unwrap_or_else(|_| unreachable!("one is built of each package")))
}

/// What a build script that calls [`build`] must watch, below the workspace.
pub const SOURCES: [&str; 7] = [
    "guest/core/src",
    "guest/core/Cargo.toml",
    "guest/tenant/src",
    "guest/root/src",
    "wit",
    "Cargo.toml",
    "Cargo.lock",
];

/// The variable that names Debian's second toolchain: see `setup.sh`.
pub const TOOLCHAIN: &str = "KEYCELL_GUEST_TOOLCHAIN";

/// Compiles the core modules, with rustup's toolchain or with the one that `make` has named.
fn compile(workspace: &Path, target: &Path, build: Build, packages: &[&str]) -> Result<(), String> {
    let mut cargo = match env::var_os(TOOLCHAIN) {
        // Debian's second cargo, which builds `core` and `alloc` from source.
        Some(bin) => {
            let mut cargo = Command::new(Path::new(&bin).join("cargo"));
            cargo.env("RUSTC", Path::new(&bin).join("rustc")).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", rust_lld());
            cargo.arg("build").arg("-Zbuild-std=core,alloc");
            cargo
        }
        None if has_target() => {
            let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            cargo.arg("build");
            cargo
        }
        None => {
            return Err("the guest needs Rust's WebAssembly target: run `make build`, which sees \
                        to it, or `rustup target add wasm32-unknown-unknown`"
                .to_owned());
        }
    };
    cargo.args(["--locked", "--profile", "guest", "--target", TARGET, "--target-dir"]);
    cargo.arg(target).current_dir(workspace);
    for package in packages {
        cargo.args(["--package", package]);
    }
    let flags = build.flags().iter().map(|&flag| flag.to_owned()).chain(shorter_paths());
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.collect::<Vec<_>>().join("\x1f"));
    for inherited in ["RUSTFLAGS", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
    {
        cargo.env_remove(inherited);
    }
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the guest does not compile: see above".to_owned()),
        Err(error) => Err(format!("cargo cannot be started: {error}")),
    }
}

/// Tells the compiler to leave out where sources lie. Each panic names its file, and all those
/// names are resident in every isolate; and a component's digest shall not depend on who builds it.
fn shorter_paths() -> Vec<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
    let registries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let registries = registries.into_iter().flatten().flatten().map(|folder| folder.path());
    let mut folders: Vec<_> = registries.chain([PathBuf::from("guest/core/src/")]).collect();
    folders.sort(); // Other flags are another build, and no folder has an order.
    folders.iter().map(|folder| format!("--remap-path-prefix={}=", folder.display())).collect()
}

/// A core module as a component, without the names of its functions.
fn encode(named: &[u8]) -> Result<Vec<u8>, String> {
    let module = without_names(named).map_err(|error| error.to_string())?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| format!("{error:#}"))
}

/// The module without its section of names, which is as large as all code.
fn without_names(module: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut stripped = wasm_encoder::Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if matches!(&payload, Payload::CustomSection(section) if section.name() == "name") {
            continue;
        }
        if let Some((id, range)) = payload.as_section() {
            let bound = |at| usize::try_from(at).expect("the module is in memory");
            let data = module.get(bound(range.start)..bound(range.end)).unwrap_or_default();
            stripped.section(&RawSection { id, data });
        }
    }
    Ok(stripped.finish())
}

fn has_target() -> bool {
    let root = rustc(&["--print", "sysroot"]);
    root.is_some_and(|root| Path::new(&root).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// The linker that every rustup toolchain brings along.
fn rust_lld() -> OsString {
    let bundled = rustc(&["--print", "sysroot"]).zip(rustc(&["--print", "host-tuple"]));
    let bundled = bundled
        .map(|(root, host)| PathBuf::from(root).join(format!("lib/rustlib/{host}/bin/rust-lld")));
    match bundled.filter(|path| path.exists()) {
        Some(path) => path.into(),
        None => "wasm-ld".into(),
    }
}

/// What the compiler of the host tells of itself.
fn rustc(arguments: &[&str]) -> Option<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

const TARGET: &str = "wasm32-unknown-unknown";
