//! Looking for secrets: any twelve bytes of one, in all the ways in which it could be written.

use std::collections::{HashMap, HashSet};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use serde_json::Value;

/// What must not be found.
pub(super) struct Needles {
    names: Vec<String>,
    /// Each piece of each secret in each form, and whose.
    pieces: HashMap<[u8; PIECE], u32>,
}

impl Needles {
    /// Of secrets with their names, but for the pieces that they have in common with what is
    /// public: a ciphertext names the material that records tell.
    pub(super) fn new<'a>(
        secrets: impl Iterator<Item = (&'a str, &'a [u8])>,
        public: impl Iterator<Item = &'a [u8]>,
    ) -> Self {
        let public: HashSet<_> = public.flat_map(all_pieces).collect();
        let mut needles = Self { names: Vec::new(), pieces: HashMap::new() };
        for (name, secret) in secrets {
            let number = u32::try_from(needles.names.len()).expect("there are not so many");
            let is_new = |piece: &[u8; PIECE]| !public.contains(piece);
            for piece in all_pieces(secret).filter(is_new) {
                needles.pieces.entry(piece).or_insert(number);
            }
            needles.names.push(name.to_owned());
        }
        needles
    }

    /// The first secret of which there is a piece in a text, and what stands around it.
    pub(super) fn find(&self, text: &[u8]) -> Option<(&str, String)> {
        let (at, number) = text.windows(PIECE).enumerate().find_map(|(at, window)| {
            let window: &[u8; PIECE] = window.try_into().expect("it has that length");
            Some((at, *self.pieces.get(window)?))
        })?;
        let around = &text[at.saturating_sub(300)..text.len().min(at + 100)];
        Some((&self.names[number as usize], String::from_utf8_lossy(around).into_owned()))
    }
}

/// The pieces of all forms of a secret. Those of few different bytes are anywhere.
fn all_pieces(secret: &[u8]) -> impl Iterator<Item = [u8; PIECE]> {
    let forms = forms(secret).into_iter();
    forms.flat_map(|form| {
        let pieces: Vec<[u8; PIECE]> = form.array_windows().copied().collect();
        pieces.into_iter().filter(|piece| different(piece) >= DIFFERENT)
    })
}

/// How many different bytes there are.
fn different(piece: &[u8]) -> usize {
    let mut sorted = piece.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// In which ways a secret can be written.
pub(super) fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    // As part of something longer it begins at any of three places of base64.
    for skipped in 0..3 {
        let rest = secret.get(skipped..).unwrap_or_default();
        // What ends in the middle of a group depends on what follows.
        let whole = &rest[..rest.len() / 3 * 3];
        forms.extend([STANDARD.encode(whole).into_bytes(), URL_SAFE.encode(whole).into_bytes()]);
    }
    let hex = |form: fn(&u8) -> String| secret.iter().map(form).collect::<String>().into_bytes();
    forms.extend([hex(|byte| format!("{byte:02x}")), hex(|byte| format!("{byte:02X}"))]);
    // As Rust prints lists of bytes.
    forms.push(format!("{secret:?}").into_bytes());
    if let Ok(text) = str::from_utf8(secret) {
        let inner = |quoted: String| quoted[1..quoted.len() - 1].to_owned().into_bytes();
        forms.extend([inner(Value::from(text).to_string()), inner(format!("{text:?}"))]);
        let twice = Value::from(Value::from(text).to_string()).to_string();
        forms.push(twice[3..twice.len() - 3].to_owned().into_bytes());
    }
    forms
}

/// The shortest part of a secret that is looked for.
const PIECE: usize = 12;
/// How many different bytes a piece has at least.
const DIFFERENT: usize = 4;

#[test]
fn a_part_of_a_secret_is_found_in_every_form_and_what_is_public_is_not() {
    let secret = b"\"tell\\ nobody\": \xc3\xa9\n0123456789";
    let needles = Needles::new([("it", &secret[..])].into_iter(), [].into_iter());
    let record = |part: &[u8]| [b"{\"errorMessage\":\"", part, b"\"}\n"].concat();
    assert!(needles.find(&record(b"something else of some length")).is_none());
    for form in forms(secret) {
        assert!(form.len() > PIECE);
        for part in form.windows(PIECE) {
            let is_found = needles.find(&record(part)).is_some();
            assert_eq!(is_found, different(part) >= DIFFERENT, "{}", String::from_utf8_lossy(part));
        }
    }
    for before in ["", "a", "ab", "abc"] {
        let longer = [before.as_bytes(), secret, b"xy"].concat();
        assert!(needles.find(STANDARD.encode(longer).as_bytes()).is_some(), "{before:?}");
    }
    let public = [&secret[..]].into_iter();
    let needles = Needles::new([("it", &secret[..])].into_iter(), public);
    assert!(needles.find(&record(secret)).is_none());
}
