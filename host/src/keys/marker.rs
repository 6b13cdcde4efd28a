//! Paging: markers that say where a list goes on, and mean nothing to anybody else.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

use crate::wire::{
    Error, Result,
    members::{Limit, Marker},
};

/// What a request says of paging, and what its operation allows.
#[derive(Clone, Copy)]
pub struct Paging<'a> {
    /// `Limit`.
    pub limit: Option<Limit>,
    /// `Marker`.
    pub marker: Option<&'a Marker>,
    /// Entries where the request does not say.
    pub default: u32,
    /// Entries at most.
    pub most: u32,
}

/// One page of a list: what to read, and where the next one begins.
pub struct Page {
    list: String,
    /// The record after which the page begins.
    pub after: Option<String>,
    /// Entries on the page.
    pub limit: usize,
}

impl Page {
    /// Reads `Limit` and `Marker` for the records behind `prefix`. A marker of another list is
    /// refused.
    pub fn new(prefix: &str, paging: &Paging<'_>) -> Result<Self> {
        let Paging { limit, marker, default, most } = *paging;
        let limit = limit.map_or(default, |limit| limit.get()).min(most);
        let limit = usize::try_from(limit).map_err(Error::world)?;
        Self::resume(prefix, marker.map(Marker::as_str), limit).ok_or_else(Error::invalid_marker)
    }

    /// The page that begins where a marker says; none if that is of another list.
    pub fn resume(list: &str, marker: Option<&str>, limit: usize) -> Option<Self> {
        let after = marker.map(|marker| open(list, marker).ok_or(())).transpose().ok()?;
        Some(Self { list: list.to_owned(), after, limit })
    }

    /// Under what an entry of the list stands there.
    pub fn key(&self, own: &impl std::fmt::Display) -> String {
        format!("{}{own}", self.list)
    }

    /// The entry after which the page begins, without what the list's entries have in common.
    pub fn own(&self) -> Option<&str> {
        self.after.as_deref()?.strip_prefix(&self.list)
    }

    /// Cuts what was read (one entry more than the limit, if there is one) to the page, and says
    /// where the next one begins.
    pub fn cut<T>(&self, entries: &mut Vec<(String, T)>) -> Option<String> {
        let is_last = entries.len() <= self.limit;
        entries.truncate(self.limit);
        let last = entries.last().filter(|_| !is_last)?;
        let own = last.0.strip_prefix(&self.list)?;
        // Without the alphabet that has a dash: a marker that begins with one is an option to the
        // AWS CLI.
        Some(STANDARD_NO_PAD.encode([&check(&self.list, own)[..], own.as_bytes()].concat()))
    }
}

/// The record that a marker names.
fn open(prefix: &str, marker: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(marker).ok()?;
    let (sum, own) = bytes.split_first_chunk::<8>()?;
    let own = str::from_utf8(own).ok()?;
    (*sum == check(prefix, own)).then(|| format!("{prefix}{own}"))
}

/// Not a secret: a marker of another list is told from one of this, and no more is to be won.
fn check(prefix: &str, own: &str) -> [u8; 8] {
    let digest: [u8; 32] =
        Sha256::new().chain_update(prefix).chain_update([0]).chain_update(own).finalize().into();
    *digest.first_chunk().expect("a digest has more than eight bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_leads_to_the_next_page_of_its_own_list_only() {
        let page = Page { list: "a/".into(), after: None, limit: 2 };
        let mut entries: Vec<_> = ["a/1", "a/2", "a/3"].map(|key| (key.to_owned(), ())).into();
        let marker = page.cut(&mut entries).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(open("a/", &marker).as_deref(), Some("a/2"));
        assert_eq!(open("b/", &marker), None);
        assert_eq!(open("a/", "anything"), None);
        assert_eq!(page.cut(&mut entries), None);
    }

    /// The AWS CLI took every 64th `--marker` for an option.
    #[test]
    fn no_marker_has_a_dash() {
        let page = Page { list: "a/".into(), after: None, limit: 1 };
        for number in 0..1000 {
            let mut entries = vec![(format!("a/{number}"), ()), ("a/z".to_owned(), ())];
            let marker = page.cut(&mut entries).unwrap();
            assert!(!marker.contains('-'), "{marker}");
        }
    }
}
