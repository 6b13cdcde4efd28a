//! Byte strings that must not be found, and how they are found.

use std::collections::{BTreeSet, HashMap};

/// Secrets, each under a name that a failing test can tell.
#[derive(Default, Clone)]
pub(crate) struct Patterns(Vec<(String, Vec<u8>)>);

/// What looks for all of them at once.
pub(crate) struct Finder {
    names: Vec<String>,
    /// For each eight bytes, which secret they are from.
    windows: HashMap<u64, usize>,
    /// One bit for each three bytes that a window begins with, since nearly all memory has others.
    filter: Vec<u64>,
}

impl Patterns {
    /// At least eight bytes that look random: shorter or simpler ones are found by chance.
    pub(crate) fn add(&mut self, name: impl Into<String>, bytes: &[u8]) {
        let name = name.into();
        let distinct: BTreeSet<_> = bytes.iter().collect();
        assert!(bytes.len() >= WINDOW && distinct.len() >= WINDOW / 2, "{name} is no pattern");
        self.0.push((name, bytes.to_vec()));
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Finds any eight bytes in a row of any secret, as they are, and with their bytes reversed in
    /// words of four, in words of eight and as a whole: what registers and long numbers make of
    /// them.
    pub(crate) fn finder(&self) -> Finder {
        let mut finder = Finder {
            names: self.0.iter().map(|(name, _)| name.clone()).collect(),
            windows: HashMap::new(),
            filter: vec![0; FILTER / 64],
        };
        for (index, (_, bytes)) in self.0.iter().enumerate() {
            for word in [1, 4, 8, bytes.len()] {
                let form: Vec<u8> =
                    bytes.chunks(word).flat_map(|word| word.iter().rev().copied()).collect();
                for window in form.windows(WINDOW) {
                    let window = number(window);
                    finder.windows.insert(window, index);
                    finder.filter[slot(window) / 64] |= 1 << (slot(window) % 64);
                }
            }
        }
        finder
    }
}

impl Finder {
    /// Where in `bytes` there is something, and what.
    pub(crate) fn find(&self, bytes: &[u8]) -> Vec<(usize, &str)> {
        let mut found = Vec::new();
        for (offset, window) in bytes.windows(WINDOW).enumerate() {
            let window = number(window);
            if self.filter[slot(window) / 64] & 1 << (slot(window) % 64) == 0 {
                continue;
            }
            if let Some(index) = self.windows.get(&window) {
                found.push((offset, self.names[*index].as_str()));
            }
        }
        found
    }
}

fn number(window: &[u8]) -> u64 {
    u64::from_le_bytes(window.try_into().expect("a window has eight bytes"))
}

fn slot(window: u64) -> usize {
    usize::try_from(window).expect("a 64-bit machine") % FILTER
}

/// In bytes.
pub(crate) const WINDOW: usize = 8;
const FILTER: usize = 1 << 24;

#[test]
fn a_secret_is_found_whole_in_part_and_reversed() {
    let secret: Vec<u8> = (1..=32).map(|n: u8| n.wrapping_mul(37)).collect();
    let mut patterns = Patterns::default();
    patterns.add("secret", &secret);
    let finder = patterns.finder();
    let reversed = |word: usize| -> Vec<u8> {
        secret.chunks(word).flat_map(|word| word.iter().rev().copied()).collect()
    };
    for form in [secret.clone(), reversed(4), reversed(8), reversed(32), secret[11..19].to_vec()] {
        let mut memory = vec![0; 1000];
        memory[301..301 + form.len()].copy_from_slice(&form);
        assert_eq!(finder.find(&memory).first(), Some(&(301, "secret")));
    }
    assert!(finder.find(&secret[11..18]).is_empty());
}
