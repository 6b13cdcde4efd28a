//! How the service is unsealed: with an unseal key that lies in a file, or with the shares that
//! operators hold.

mod parcel;

use std::{
    fs::{DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    hygiene,
    isolates::{Founding, Isolates, Progress},
    service::StartError,
    storage::{Change, Storage},
};

pub use parcel::{KeyPair, ParcelError, UNSEAL_KEY, agreement, send};

/// Who unseals, as the header of the sealed domain says (see `guest/core/src/domain.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// The unseal key lies in a file.
    File,
    /// Operators hold shares of the unseal key.
    Shares {
        /// How many it takes.
        threshold: u8,
        /// How many there are.
        count: u8,
    },
}

impl Seal {
    /// Reads the header.
    pub fn of(sealed_domain: &[u8]) -> Result<Self, StartError> {
        match *sealed_domain {
            [1, 1, 0, ..] => Ok(Self::File),
            [1, threshold, count, ..] => Ok(Self::Shares { threshold, count }),
            _ => Err("the domain keys have an unknown format".into()),
        }
    }
}

/// Opens the domain keys, or makes them at the first start; leaves them sealed if operators hold
/// the unseal key. That key is on the disk, as a draft, before anything is sealed under it; its own
/// name it gets after the domain keys are stored, so that a key which may open another data folder
/// is never replaced.
pub async fn start(
    storage: &Storage,
    isolates: &Isolates,
    unseal_key: &Path,
) -> Result<Seal, StartError> {
    let draft = draft_of(unseal_key);
    let sealed_domain = match storage.get(DOMAIN).await? {
        Some(record) => record.value,
        None => {
            if unseal_key.exists() {
                let path = unseal_key.display();
                let what = "exists, but this data folder is new: it may open another one";
                return Err(format!("the unseal key {path} {what}").into());
            }
            let sealed_domain = hygiene::scrubbed(|| found(isolates, &draft))?;
            storage.commit(vec![Change::create(DOMAIN, sealed_domain.clone())]).await?;
            sealed_domain
        }
    };
    let seal = Seal::of(&sealed_domain)?;
    if let Seal::Shares { .. } = seal {
        remove_obsolete(storage).await?;
        return Ok(seal);
    }
    if !unseal_key.exists() && draft.exists() {
        finish(&draft, unseal_key)?;
        tracing::warn!(
            path = %unseal_key.display(),
            "the unseal key lies in a file: who reads it and the data folder reads every key"
        );
    }
    if !isolates.is_unsealed() {
        open(isolates, &sealed_domain, unseal_key)?;
    }
    Ok(seal)
}

/// Opens the domain keys with the unseal key in the file.
pub fn open(
    isolates: &Isolates,
    sealed_domain: &[u8],
    unseal_key: &Path,
) -> Result<(), StartError> {
    let parcel = file_parcel(isolates, unseal_key, UNSEAL_KEY)?;
    let path = unseal_key.display();
    match isolates.unseal(sealed_domain, &parcel) {
        Ok(Progress { have, need }) if have == need => Ok(()),
        Ok(_) => Err(format!("{path} is one of several shares").into()),
        Err(refused) => Err(format!("{path} does not open this data folder: {refused}").into()),
    }
}

/// The unseal key in the file, encrypted to the root isolate.
pub fn file_parcel(
    isolates: &Isolates,
    unseal_key: &Path,
    info: &[u8],
) -> Result<Vec<u8>, StartError> {
    hygiene::scrubbed(|| {
        let key = read_key(unseal_key)?;
        Ok(send(&isolates.reception()?, info, &*key)?)
    })
}

/// What to commit along with domain keys that the file opens no more: it is to be removed.
pub fn obsolete(unseal_key: &Path) -> Change {
    // The next start may have another working folder.
    let path = std::path::absolute(unseal_key).unwrap_or_else(|_| unseal_key.to_owned());
    Change::put(OBSOLETE, path.into_os_string().into_encoded_bytes())
}

/// Overwrites and removes an unseal key that opens nothing any more, if one is left.
pub async fn remove_obsolete(storage: &Storage) -> Result<(), StartError> {
    use std::os::unix::ffi::OsStringExt;
    let Some(record) = storage.get(OBSOLETE).await? else { return Ok(()) };
    let path = PathBuf::from(std::ffi::OsString::from_vec(record.value));
    for path in [draft_of(&path), path] {
        wipe(&path).map_err(|error| {
            format!("the unseal key {} cannot be removed: {error}", path.display())
        })?;
    }
    storage.commit(vec![Change::delete(OBSOLETE, record.version)]).await?;
    Ok(())
}

/// Overwrites a file and removes it, if it is there.
pub fn wipe(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    file.write_all(&vec![0; length])?;
    file.sync_all()?;
    std::fs::remove_file(path)?;
    sync_folder(path)
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

/// Makes a domain key, and writes its unseal key to the draft.
fn found(isolates: &Isolates, draft: &Path) -> Result<Vec<u8>, StartError> {
    let operator = KeyPair::new();
    let Founding { sealed_domain, shares } = isolates.initialise(&operator.public())?;
    let share = shares.first().ok_or("the root isolate returned no unseal key")?;
    write_draft(draft, &operator.open(share)?)
        .map_err(|error| format!("the unseal key cannot be written to {draft:?}: {error}"))?;
    Ok(sealed_domain)
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
pub const DOMAIN: &str = "domain";
/// Where they are for new operators, until a quorum of these has proved that it opens them.
pub const DRAFT: &str = "domain/draft";
/// Which file opens nothing any more and is to be removed.
const OBSOLETE: &str = "seal/obsolete";
