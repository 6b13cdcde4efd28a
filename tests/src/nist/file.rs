//! The form of NIST's vector files: `name = value` in lines, and headings in brackets.

use std::{collections::HashMap, fs, path::PathBuf};

use crate::sdk::python;

/// One vector, with the headings that it stands under.
#[derive(Clone, Default)]
pub(super) struct Record {
    members: HashMap<String, String>,
    heading: String,
}

/// The vectors of a file, each of which begins with the member `first`.
pub(super) fn records(file: &str, first: &str) -> Vec<Record> {
    let mut records = Vec::new();
    let mut heading = String::new();
    for line in text(file).lines().map(str::trim) {
        if line.starts_with('[') {
            line.clone_into(&mut heading);
        } else if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#'))
        {
            if name.trim() == first {
                records.push(Record { heading: heading.clone(), ..Record::default() });
            }
            let Some(record) = records.last_mut() else { continue };
            record.members.insert(name.trim().to_owned(), value.trim().to_owned());
        } else if line == "FAIL"
            && let Some(record) = records.last_mut()
        {
            record.members.insert(line.to_owned(), String::new());
        }
    }
    records
}

/// A file of `cryptography_vectors`, below the target folder.
pub(super) fn text(file: &str) -> String {
    let libraries = python().parent().and_then(|bin| bin.parent()).expect("bin/python").join("lib");
    let version = fs::read_dir(libraries).ok().and_then(|mut versions| versions.next());
    let version = version.expect("target/python is there: `make test` makes it");
    let path: PathBuf = version.expect("a folder can be read").path();
    let path = path.join("site-packages/cryptography_vectors").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Bytes in hexadecimal digits, of which the first may be left out.
pub(super) fn unhex(digits: &str) -> Vec<u8> {
    let padded =
        if digits.len().is_multiple_of(2) { digits.to_owned() } else { format!("0{digits}") };
    let byte =
        |at: usize| padded.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes = (0..padded.len()).step_by(2).map(byte);
    bytes.collect::<Option<_>>().unwrap_or_else(|| panic!("{digits} is not hexadecimal"))
}

impl Record {
    pub(super) fn text(&self, name: &str) -> &str {
        self.members.get(name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        unhex(self.text(name))
    }

    /// An integer in as many bytes.
    pub(super) fn integer(&self, name: &str, length: usize) -> Vec<u8> {
        let bytes = self.bytes(name);
        let digits: Vec<u8> = bytes.into_iter().skip_while(|&byte| byte == 0).collect();
        [vec![0; length - digits.len()], digits].concat()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// The last line in brackets above it.
    pub(super) fn heading(&self) -> &str {
        &self.heading
    }
}
