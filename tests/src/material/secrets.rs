//! What must never be seen, and the search for it.

use std::collections::HashMap;

use keycell_core::binding::KeySpec;

use crate::parts::parts;

/// Every 16 bytes in a row of every secret.
#[derive(Default, Clone)]
pub(super) struct Secrets(HashMap<[u8; WINDOW], &'static str>);

impl Secrets {
    /// From now on these bytes must be seen nowhere.
    pub(super) fn learn(&mut self, what: &'static str, secret: &[u8]) {
        assert!(secret.len() >= WINDOW, "{what} is too short to be searched for");
        for window in secret.array_windows() {
            self.0.insert(*window, what);
        }
    }

    /// The same of all that is secret in a key.
    pub(super) fn learn_key(&mut self, spec: KeySpec, stored: &[u8]) {
        self.learn("the material of a key", stored);
        parts(spec, stored).iter().for_each(|part| self.learn(part.name, &part.bytes));
    }

    /// The secret of which some part stands in `bytes`.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<&'static str> {
        bytes.array_windows::<WINDOW>().find_map(|window| self.0.get(window).copied())
    }

    /// Fails if any part of any secret stands in `bytes`.
    pub(super) fn search(&self, call: &str, bytes: &[u8]) {
        if let Some(what) = self.find(bytes) {
            panic!("{call} returned {what}");
        }
    }
}

const WINDOW: usize = 16;

#[test]
fn the_search_finds_a_part_of_a_secret_anywhere() {
    let secret: Vec<u8> = (0..32).collect();
    let mut secrets = Secrets::default();
    secrets.learn("a secret", &secret);
    for part in secret.windows(WINDOW) {
        assert_eq!(secrets.find(&[&[9; 7][..], part, &[9; 7]].concat()), Some("a secret"));
        assert_eq!(secrets.find(&part[1..]), None);
    }
}
