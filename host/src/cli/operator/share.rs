//! Shares as operators see them: one line of text each, and how they come in and go out.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keycell::{
    operators::{Bytes, Command as Ask, Reply},
    seal::{self, KeyPair, UNSEAL_KEY, write_private},
};
use zeroize::Zeroizing;

use super::{DataFolder, Result, UNEXPECTED, ask, status};

/// A share, in the clear.
pub(super) type Share = Zeroizing<Vec<u8>>;

/// Where shares come from.
#[derive(clap::Args)]
pub(super) struct Shares {
    /// A file with a share; may be given again. Without any, shares are read from standard input,
    /// one a line
    #[arg(long = "share-file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Who shall hold shares.
#[derive(clap::Args)]
pub(super) struct Division {
    /// How many shares the unseal key is split into
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(2..=32))]
    shares: u8,
    /// How many of them unseal
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(2..=32))]
    threshold: u8,
    /// The public key of an operator, as `make-key` writes it; one for each share. Without any,
    /// the shares are printed
    #[arg(long = "operator-key", value_name = "FILE")]
    operator_keys: Vec<PathBuf>,
    /// Where encrypted shares are written to, with --operator-key
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

impl Shares {
    /// Hands each share to `take` as it comes, until that has enough.
    pub(super) fn each(
        &self,
        prompt: impl Fn(usize) -> String,
        mut take: impl FnMut(Share) -> Result<Enough>,
    ) -> Result {
        for path in &self.files {
            let text = Zeroizing::new(std::fs::read_to_string(path).map_err(of_file(path))?);
            let share = parse(&text).map_err(|why| format!("{}: {why}", path.display()))?;
            let taken = take(share).map_err(|why| format!("{}: {why}", path.display()))?;
            if let Enough::Yes = taken {
                return Ok(());
            }
        }
        if !self.files.is_empty() {
            return Ok(());
        }
        let mut input = std::io::stdin().lock();
        let is_typed = std::io::stdin().is_terminal();
        for number in 0..MOST_LINES {
            if is_typed {
                eprint!("{}", prompt(number));
                std::io::stderr().flush()?;
            }
            let mut line = Zeroizing::new(String::with_capacity(LINE));
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line.trim().is_empty() {
                continue;
            }
            match parse(&line).map_err(Into::into).and_then(&mut take) {
                Ok(Enough::Yes) => return Ok(()),
                Ok(Enough::No) => {}
                // Who types gets another try.
                Err(why) if is_typed => eprintln!("{why}"),
                Err(why) => return Err(format!("line {}: {why}", number + 1).into()),
            }
        }
        Ok(())
    }

    /// Encrypts all shares, until there are `need`, to the root isolate.
    pub(super) fn parcels(&self, reception: &[u8], info: &[u8], need: u8) -> Result<Vec<Bytes>> {
        let mut parcels = Vec::new();
        let prompt = |_: usize| "share (or an empty line and Ctrl-D): ".to_owned();
        self.each(prompt, |share| {
            parcels.push(Bytes(seal::send(reception, info, &share)?));
            Ok(if parcels.len() >= usize::from(need) { Enough::Yes } else { Enough::No })
        })?;
        Ok(parcels)
    }
}

/// Whether more shares are wanted.
pub(super) enum Enough {
    /// No more.
    Yes,
    /// More.
    No,
}

impl Division {
    pub(super) fn threshold(&self) -> u8 {
        self.threshold
    }

    /// The operators' public keys, with the key pairs of those that are made here.
    pub(super) fn operators(&self) -> Result<(Vec<KeyPair>, Vec<Bytes>)> {
        if self.threshold > self.shares {
            return Err("the threshold is higher than the number of shares".into());
        }
        if self.operator_keys.is_empty() {
            let pairs: Vec<_> = (0..self.shares).map(|_| KeyPair::new()).collect();
            let publics = pairs.iter().map(|pair| Bytes(pair.public().to_vec())).collect();
            return Ok((pairs, publics));
        }
        if self.operator_keys.len() != usize::from(self.shares) {
            return Err("there must be one --operator-key for each share".into());
        }
        let publics = self.operator_keys.iter().map(|path| {
            let text = std::fs::read_to_string(path).map_err(of_file(path))?;
            let key = decode(PUBLIC, &text).filter(|key| key.len() == 32);
            let no_key = || format!("{} holds no public key", path.display());
            Ok(Bytes(key.ok_or_else(no_key)?.to_vec()))
        });
        Ok((Vec::new(), publics.collect::<Result<_>>()?))
    }

    /// Hands the shares out. Those that were encrypted to key pairs made here are printed, and
    /// prove at once that they unseal; others are written to files, and their holders prove it.
    pub(super) fn hand_out(
        &self,
        data: &DataFolder,
        pairs: &[KeyPair],
        parcels: &[Bytes],
    ) -> Result {
        if parcels.len() != usize::from(self.shares) {
            return Err(UNEXPECTED.into());
        }
        if pairs.is_empty() {
            return self.write(parcels);
        }
        let shares: Vec<Share> = pairs
            .iter()
            .zip(parcels)
            .map(|(pair, parcel)| Ok(pair.open(&parcel.0)?))
            .collect::<Result<_>>()?;
        let mut text = Zeroizing::new(String::with_capacity(LINE * shares.len()));
        for share in &shares {
            text.push_str(&encode(SHARE, share));
            text.push('\n');
        }
        let mut out = std::io::stdout();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        let reception = status(data)?.reception.0;
        let quorum = shares.iter().take(usize::from(self.threshold));
        let quorum = quorum
            .map(|share| Ok(Bytes(seal::send(&reception, UNSEAL_KEY, share)?)))
            .collect::<Result<_>>()?;
        match ask(data, Ask::Confirm { quorum })? {
            Reply::Done(text) => eprintln!("{text}"),
            Reply::Status(_) | Reply::Progress { .. } | Reply::Shares(_) | Reply::Refused(_) => {
                return Err(UNEXPECTED.into());
            }
        }
        eprintln!("give each operator one of the lines above: they are shown once");
        Ok(())
    }

    fn write(&self, parcels: &[Bytes]) -> Result {
        std::fs::create_dir_all(&self.out).map_err(of_file(&self.out))?;
        for (number, (parcel, key)) in parcels.iter().zip(&self.operator_keys).enumerate() {
            let path = self.out.join(format!("share-{}.parcel", number + 1));
            write_private(&path, format!("{}\n", *encode(PARCEL, &parcel.0)).as_bytes())
                .map_err(of_file(&path))?;
            println!("{}\tfor {}", path.display(), key.display());
        }
        eprintln!(
            "each operator opens their own with `keycell operator decrypt-share`; nothing has \
             changed until {} of them have proved it with `keycell operator confirm`",
            self.threshold
        );
        Ok(())
    }
}

/// One line of text: what it is, and base64.
pub(super) fn encode(kind: &str, bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(LINE.max(2 * bytes.len())));
    text.push_str(kind);
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    text
}

/// The bytes of such a line.
pub(super) fn decode(kind: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim().strip_prefix(kind)?;
    URL_SAFE_NO_PAD.decode(text).ok().map(Zeroizing::new)
}

fn parse(text: &str) -> std::result::Result<Share, &'static str> {
    decode(SHARE, text).ok_or("this is no share: it begins with keycell-share-")
}

/// An error that names its file.
pub(super) fn of_file(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

/// A share, in the clear.
pub(super) const SHARE: &str = "keycell-share-";
/// A share, encrypted to its operator.
pub(super) const PARCEL: &str = "keycell-parcel-";
/// An operator's public key.
pub(super) const PUBLIC: &str = "keycell-operator-";
/// An operator's private key.
pub(super) const PRIVATE: &str = "keycell-operator-secret-";

/// Room for a share in text, so that the line never moves in memory.
const LINE: usize = 256;
/// Lines that are read at most.
const MOST_LINES: usize = 256;
