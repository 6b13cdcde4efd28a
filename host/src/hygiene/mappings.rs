//! What the kernel says of the memory of this process: claims are verified, not assumed.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
};

/// One mapping of `/proc/self/smaps` (proc_pid_smaps(5)).
#[derive(Default, Debug)]
pub struct Mapping {
    /// Its first byte.
    pub start: usize,
    /// Behind its last byte.
    pub end: usize,
    /// How much of it is resident and locked, in bytes.
    pub locked: usize,
    flags: String,
}

impl Mapping {
    /// Whether it has one of the kernel's two-letter flags: `lo` is locked, `dd` left out of core
    /// files, `dc` not given to children.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.split_ascii_whitespace().any(|known| known == flag)
    }
}

/// The mapping that an address lies in.
pub fn mapping_at(address: usize) -> io::Result<Mapping> {
    let mut found: Option<Mapping> = None;
    for line in BufReader::new(File::open("/proc/self/smaps")?).lines() {
        let line = line?;
        let (name, value) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        match (&mut found, name) {
            (Some(mapping), "VmFlags:") => {
                mapping.flags = value.to_owned();
                return Ok(found.unwrap_or_default());
            }
            (Some(mapping), "Locked:") => {
                let kib = value.trim().trim_end_matches(" kB").parse::<usize>();
                mapping.locked = kib.map_err(io::Error::other)? << 10;
            }
            (Some(_), _) => {}
            (None, range) => {
                found = bounds(range)
                    .filter(|(start, end)| (*start..*end).contains(&address))
                    .map(|(start, end)| Mapping { start, end, ..Mapping::default() });
            }
        }
    }
    Err(io::Error::other("the kernel tells no flags of a mapping in /proc/self/smaps"))
}

/// The bounds in the head of a mapping: `5581…-5582…`.
fn bounds(range: &str) -> Option<(usize, usize)> {
    let (start, end) = range.split_once('-')?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_a_mapping_that_is_read_and_written() {
        let local = 0u8;
        let address = std::ptr::from_ref(&local).addr();
        let mapping = mapping_at(address).expect("it is mapped");
        assert!((mapping.start..mapping.end).contains(&address));
        assert!(mapping.has("rd") && mapping.has("wr") && !mapping.has("dd"), "{mapping:?}");
        assert!(mapping_at(8).is_err());
    }
}
