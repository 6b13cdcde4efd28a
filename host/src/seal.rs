//! How the service is unsealed. Today: with an unseal key that lies in a file.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::AesGcm256, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use zeroize::Zeroizing;

use crate::{
    hygiene,
    isolates::Isolates,
    service::StartError,
    storage::{Change, Storage},
};

/// Opens the domain keys, or makes them at the first start. The unseal key is on the disk, as a
/// draft, before anything is sealed under it; its own name it gets after the domain keys are
/// stored, so that a key which may open another data folder is never replaced.
pub async fn start(
    storage: &Storage,
    isolates: &Isolates,
    unseal_key: &Path,
) -> Result<(), StartError> {
    let draft = draft_of(unseal_key);
    if storage.get(DOMAIN).await?.is_none() {
        if unseal_key.exists() {
            let path = unseal_key.display();
            let what = "exists, but this data folder is new: it may open another one";
            return Err(format!("the unseal key {path} {what}").into());
        }
        let sealed_domain = hygiene::scrubbed(|| found(isolates, &draft))?;
        storage.commit(vec![Change::create(DOMAIN, sealed_domain)]).await?;
    }
    if !unseal_key.exists() && draft.exists() {
        finish(&draft, unseal_key)?;
        tracing::warn!(
            path = %unseal_key.display(),
            "the unseal key lies in a file: who reads it and the data folder reads every key"
        );
    }
    if isolates.is_unsealed() { Ok(()) } else { open(storage, isolates, unseal_key).await }
}

/// Opens the domain keys.
pub async fn open(
    storage: &Storage,
    isolates: &Isolates,
    unseal_key: &Path,
) -> Result<(), StartError> {
    let sealed_domain = storage.get(DOMAIN).await?.ok_or("there are no domain keys")?;
    hygiene::scrubbed(|| unseal(isolates, &sealed_domain.value, unseal_key))
}

/// A folder that nobody else may look into.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // A folder that was there before keeps its mode unless it lets others in.
    let mode = path.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(mode = format!("{:o}", mode & 0o777), "the data folder is open to others");
    }
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let draft = draft_of(path);
    write_draft(&draft, contents)?;
    finish(&draft, path)
}

/// A new file: nothing that lies there already is written to, nor followed.
fn write_draft(draft: &Path, contents: &[u8]) -> io::Result<()> {
    match std::fs::remove_file(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(contents)?;
    file.sync_all()?;
    sync_folder(draft)
}

fn finish(draft: &Path, path: &Path) -> io::Result<()> {
    std::fs::rename(draft, path)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn draft_of(path: &Path) -> PathBuf {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    draft.into()
}

/// Hands the unseal key to the root isolate, encrypted.
fn unseal(isolates: &Isolates, sealed_domain: &[u8], path: &Path) -> Result<(), StartError> {
    let key = read_key(path)?;
    let reception = isolates.reception()?;
    let public = Deserializable::from_bytes(&reception).map_err(|_| "no proper reception key")?;
    let (sender, ciphertext) = hpke::single_shot_seal::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        INFO,
        &*key,
        b"",
    )
    .map_err(|_| "the unseal key cannot be encrypted")?;
    let share = [&[1][..], &sender.to_bytes(), &ciphertext].concat();
    isolates.unseal(sealed_domain, &[share]).map_err(|failure| {
        format!("{} does not open this data folder: {failure}", path.display()).into()
    })
}

/// Makes a domain key, and writes its unseal key to the draft.
fn found(isolates: &Isolates, draft: &Path) -> Result<Vec<u8>, StartError> {
    let (private, public) = X25519HkdfSha256::gen_keypair();
    let founding = isolates.initialise(&[public.to_bytes().to_vec()])?;
    let share = founding.shares.first().ok_or("the root isolate returned no share")?;
    let (_, rest) = share.split_first_chunk::<1>().ok_or("no proper share")?;
    let (sender, ciphertext) = rest.split_first_chunk::<32>().ok_or("no proper share")?;
    let sender = Deserializable::from_bytes(sender).map_err(|_| "no proper share")?;
    let key = hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &sender,
        INFO,
        ciphertext,
        b"",
    )
    .map(Zeroizing::new)
    .map_err(|_| "the root isolate's share does not open")?;
    write_draft(draft, &key)
        .map_err(|error| format!("the unseal key cannot be written to {draft:?}: {error}"))?;
    Ok(founding.sealed_domain)
}

/// Thirty-two bytes.
fn read_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, StartError> {
    let mut key = Zeroizing::new([0; 32]);
    let mut file = std::fs::File::open(path)
        .map_err(|error| format!("the unseal key cannot be read from {path:?}: {error}"))?;
    if file.metadata()?.len() != 32 {
        return Err(format!("{path:?} is no unseal key: it has not 32 bytes").into());
    }
    file.read_exact(&mut *key)?;
    Ok(key)
}

/// Where the sealed domain keys are.
const DOMAIN: &str = "domain";
/// What parcels with unseal keys are for: see `guest/core/src/parcel.rs`.
const INFO: &[u8] = b"keycell unseal key v1";
