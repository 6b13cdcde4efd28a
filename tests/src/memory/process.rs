//! The whole memory of another process, as `/proc` shows it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    ops::Range,
    os::unix::fs::FileExt,
};

use super::patterns::{Finder, WINDOW};

/// A process, by its id.
pub(crate) struct Process(pub(crate) u32);

/// A part of its memory.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) range: Range<u64>,
    pub(crate) name: String,
}

/// A secret that was found.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) secret: String,
    pub(crate) place: String,
    pub(crate) address: u64,
}

/// What was found where.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) inside: Vec<Hit>,
    pub(crate) elsewhere: Vec<Hit>,
    /// How much was read, in bytes.
    pub(crate) read: u64,
}

impl Scan {
    /// What was found how often, and where first.
    pub(crate) fn summary(&self) -> String {
        let mut found: BTreeMap<(&str, &str, &str), (usize, u64)> = BTreeMap::new();
        for (side, hits) in [("inside", &self.inside), ("elsewhere", &self.elsewhere)] {
            for hit in hits {
                let place = (side, hit.secret.as_str(), hit.place.as_str());
                let (count, _) = found.entry(place).or_insert((0, hit.address));
                *count += 1;
            }
        }
        let line =
            |((side, secret, place), (count, first)): (&(&str, &str, &str), &(usize, u64))| {
                format!("\n{side}: {count} times '{secret}' in '{place}', first at {first:x}")
            };
        found.iter().map(line).collect()
    }
}

impl Process {
    /// Reads all that can be read. `ranges` are those of isolate memory.
    pub(crate) fn scan(&self, finder: &Finder, ranges: &[Range<u64>]) -> Scan {
        let memory = File::open(format!("/proc/{}/mem", self.0)).expect("its memory can be read");
        let mut scan = Scan::default();
        for mapping in self.mappings() {
            read_all(&memory, &mapping.range, |start, bytes| {
                scan.read += bytes.len() as u64;
                for (offset, secret) in finder.find(bytes) {
                    let address = start + offset as u64;
                    let place = mapping.name.clone();
                    let hit = Hit { secret: secret.to_owned(), place, address };
                    match ranges.iter().any(|range| range.contains(&address)) {
                        true => scan.inside.push(hit),
                        false => scan.elsewhere.push(hit),
                    }
                }
            });
        }
        assert!(scan.read > 1 << 20, "nothing could be read");
        scan
    }

    /// All mappings that are readable.
    pub(crate) fn mappings(&self) -> Vec<Mapping> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.0)).expect("it runs");
        let mut mappings = Vec::new();
        for line in maps.lines() {
            let mut words = line.split_ascii_whitespace();
            let (bounds, access) = (words.next().expect("bounds"), words.next().expect("access"));
            let (start, end) = bounds.split_once('-').expect("two bounds");
            let number = |text| u64::from_str_radix(text, 16).expect("a number");
            let name = words.nth(3).unwrap_or_default().to_owned();
            if access.starts_with('r') && !name.starts_with("[v") {
                mappings.push(Mapping { range: number(start)..number(end), name });
            }
        }
        mappings
    }

    /// The flags of the mapping at an address (proc_pid_smaps(5), VmFlags).
    pub(crate) fn flags(&self, address: u64) -> Vec<String> {
        let smaps = fs::read_to_string(format!("/proc/{}/smaps", self.0)).expect("it runs");
        let mut is_here = false;
        for line in smaps.lines() {
            let bounds = line.split_ascii_whitespace().next().and_then(|word| word.split_once('-'));
            if let Some((start, end)) = bounds
                && let Ok(start) = u64::from_str_radix(start, 16)
                && let Ok(end) = u64::from_str_radix(end, 16)
            {
                is_here = (start..end).contains(&address);
            } else if is_here && let Some(flags) = line.strip_prefix("VmFlags:") {
                return flags.split_ascii_whitespace().map(str::to_owned).collect();
            }
        }
        panic!("nothing is mapped at {address:x}")
    }
}

/// Reads piece by piece, each with the end of the one before; what cannot be read is left out.
fn read_all(memory: &File, range: &Range<u64>, mut each: impl FnMut(u64, &[u8])) {
    let mut start = range.start;
    while start < range.end {
        let length = (range.end - start).min(PIECE) as usize;
        let mut piece = vec![0; length];
        if memory.read_exact_at(&mut piece, start).is_ok() {
            each(start, &piece);
            let is_last = start + length as u64 == range.end;
            start += length as u64 - if is_last { 0 } else { WINDOW as u64 - 1 };
        } else {
            // Page by page: one that is not to be had hides no others.
            let end = start + length as u64;
            for page in (start..end).step_by(PAGE as usize) {
                let mut bytes = vec![0; (end - page).min(PAGE) as usize];
                if memory.read_exact_at(&mut bytes, page).is_ok() {
                    each(page, &bytes);
                }
            }
            start = end;
        }
    }
}

const PIECE: u64 = 1 << 20;
const PAGE: u64 = 4096;
