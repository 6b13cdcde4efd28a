//! `keycell operator decrypt-share`: a share that came in a parcel, opened where its operator is.

use std::{io::Write, path::PathBuf};

use keycell::seal::KeyPair;
use zeroize::Zeroizing;

use super::{
    Result,
    share::{PARCEL, PRIVATE, SHARE, decode, encode, of_file},
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The operator's private key, as `make-key` wrote it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The encrypted share
    #[arg(value_name = "PARCEL")]
    parcel: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let Arguments { key, parcel } = arguments;
    let text = Zeroizing::new(std::fs::read_to_string(key).map_err(of_file(key))?);
    let private = decode(PRIVATE, &text);
    let private = private.ok_or_else(|| format!("{} holds no private key", key.display()))?;
    let text = std::fs::read_to_string(parcel).map_err(of_file(parcel))?;
    let sealed = decode(PARCEL, &text);
    let sealed = sealed.ok_or_else(|| format!("{} holds no parcel", parcel.display()))?;
    let share = KeyPair::from_private(&private)?.open(&sealed)?;
    let mut text = encode(SHARE, &share);
    text.push('\n');
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}
