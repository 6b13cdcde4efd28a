//! `keycell operator make-key`: a key pair of an operator, made where the operator is.

use std::path::PathBuf;

use keycell::seal::{KeyPair, write_private};

use super::{
    Result,
    share::{PRIVATE, PUBLIC, encode, of_file},
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Where the private key is written to; the public key goes to FILE.pub
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let private = &arguments.file;
    if private.exists() {
        return Err(format!("{} exists: it is not overwritten", private.display()).into());
    }
    let mut public = private.clone().into_os_string();
    public.push(".pub");
    let public = PathBuf::from(public);
    let pair = KeyPair::new();
    let mut text = encode(PRIVATE, &*pair.private());
    text.push('\n');
    write_private(private, text.as_bytes()).map_err(of_file(private))?;
    let mut text = encode(PUBLIC, &pair.public());
    text.push('\n');
    std::fs::write(&public, text.as_bytes()).map_err(of_file(&public))?;
    println!("{}", public.display());
    Ok(())
}
