//! Native images of components. To compile the built-in ones takes seconds, so it is done once:
//! `make build` has `keycell compile` put the images beside the executable.
//!
//! An image is code that this process runs, so it is trusted as far as the executable is and no
//! further: it lies in the same folder, belongs to the same owner, and nobody else may write to it.
//! It is read once, and its hash is verified in the memory that it is loaded from.
//!
//! ```text
//! "keycell native 1" (16) | SHA-256 of the rest (32) | SHA-256 of the component (32) | image
//! ```
#![expect(unsafe_code, reason = "an image is loaded without being verified as WebAssembly is")]

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use sha2::{Digest, Sha256};
use wasmtime::{Engine, component::Component};

use crate::wire::hex;

/// The component, from its image if there is one that fits this engine and processor.
pub fn component(engine: &Engine, bytes: &[u8], digest: &[u8; 32]) -> wasmtime::Result<Component> {
    if let Some(component) = beside_executable(digest).and_then(|image| load(engine, &image)) {
        return Ok(component);
    }
    let made = made_here(engine, bytes, digest)?;
    load(engine, &made).ok_or_else(|| wasmtime::Error::msg("a fresh image does not load"))
}

/// Compiles components, and writes their images to the folder of the executable. Images of other
/// components are removed.
pub fn write(engine: &Engine, components: &[&[u8]]) -> wasmtime::Result<Vec<PathBuf>> {
    let folder = folder().ok_or_else(|| wasmtime::Error::msg("the executable is nowhere"))?;
    let mut written = Vec::new();
    for bytes in components {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let image = [&digest[..], &engine.precompile_component(bytes)?].concat();
        let contents = [&MAGIC[..], &Sha256::digest(&image), &image].concat();
        let path = folder.join(name(&digest));
        replace(&path, &contents)?;
        written.push(path);
    }
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_image = file.starts_with("keycell-") && file.ends_with(".native");
        if is_image && !written.contains(&path) {
            std::fs::remove_file(path)?;
        }
    }
    Ok(written)
}

/// Writes a file whole or not at all. Everybody may read it, whoever runs the executable.
fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&draft)?;
    file.write_all(contents)?;
    file.sync_all()?;
    std::fs::rename(draft, path)
}

fn load(engine: &Engine, image: &[u8]) -> Option<Component> {
    // SAFETY: the image was made by this process, or by whoever owns the executable: see the top of
    // this file. Wasmtime itself refuses images of other versions, settings and processors.
    match unsafe { Component::deserialize(engine, image) } {
        Ok(component) => Some(component),
        Err(error) => {
            tracing::warn!("an image of a component is not used: {error:#}");
            None
        }
    }
}

fn beside_executable(digest: &[u8; 32]) -> Option<Vec<u8>> {
    let path = folder()?.join(name(digest));
    match read(&path, digest) {
        Ok(image) => Some(image),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!("{} is not used: {error}", path.display());
            None
        }
    }
}

fn read(path: &Path, digest: &[u8; 32]) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let (found, executable) = (file.metadata()?, std::env::current_exe()?.metadata()?);
    if !found.is_file() || found.uid() != executable.uid() || found.mode() & 0o022 != 0 {
        return Err(io::Error::other("others than the owner of the executable may write to it"));
    }
    if found.len() > LONGEST {
        return Err(io::Error::other("it is too long"));
    }
    let mut contents = Vec::with_capacity(usize::try_from(found.len()).map_err(io::Error::other)?);
    (&mut file).take(LONGEST).read_to_end(&mut contents)?;
    let damaged = || io::Error::other("it is damaged: run `keycell compile` again");
    let (magic, rest) = contents.split_first_chunk::<16>().ok_or_else(damaged)?;
    let (hash, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
    if magic != MAGIC || Sha256::digest(rest)[..] != hash[..] {
        return Err(damaged());
    }
    let (component, image) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
    if component != digest {
        return Err(damaged());
    }
    Ok(image.to_vec())
}

/// What was compiled in this process is kept, for those who start several services in it.
fn made_here(engine: &Engine, bytes: &[u8], digest: &[u8; 32]) -> wasmtime::Result<Arc<[u8]>> {
    type Made = ([u8; 32], Arc<[u8]>);
    static MADE: Mutex<Vec<Made>> = Mutex::new(Vec::new());
    // INVARIANT: nothing panics while the lock is held but the compiler, before anything is pushed.
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, image)) = made.iter().find(|(of, _)| of == digest) {
        return Ok(image.clone());
    }
    let image: Arc<[u8]> = engine.precompile_component(bytes)?.into();
    if made.len() < KEPT {
        made.push((*digest, image.clone()));
    }
    Ok(image)
}

fn folder() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.to_owned())
}

fn name(digest: &[u8; 32]) -> String {
    format!("keycell-{}.native", hex(digest))
}

const MAGIC: &[u8; 16] = b"keycell native 1";
/// The image of a component of three MiB has about twelve.
const LONGEST: u64 = 256 << 20;
/// The two built-in components and a few of tests.
const KEPT: usize = 8;
