//! Lists, page by page, as IAM gives them.

use crate::{
    keys::Page,
    wire::{
        Error, Result,
        members::iam::{Marker, MaxItems},
    },
};

/// What a request says of a list, which its markers are good for.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// Of what: the operation, and all that it is asked about but for the two below.
    pub list: &'a str,
    /// `MaxItems`
    pub max: Option<MaxItems>,
    /// `Marker`
    pub marker: Option<&'a Marker>,
}

/// Entries, and where the next page begins.
pub type Shown<T> = (Vec<T>, Option<String>);

/// One page that is being filled, entry after entry.
pub struct Filling<T> {
    page: Page,
    prefix: String,
    entries: Vec<(String, T)>,
}

impl<T> Filling<T> {
    /// An empty page. A marker of another list is refused.
    pub fn new(listing: &Listing<'_>) -> Result<Self> {
        let prefix = format!("{}\n", listing.list);
        let most = listing.max.map_or(DEFAULT, |max| max.get());
        let limit = usize::try_from(most).map_err(Error::world)?;
        let marker = listing.marker.map(Marker::as_str);
        let page = Page::resume(&prefix, marker, limit).ok_or_else(Error::invalid_iam_marker)?;
        Ok(Self { page, prefix, entries: Vec::new() })
    }

    /// Behind which entry it begins.
    pub fn after(&self) -> Option<&str> {
        self.page.after.as_deref()?.strip_prefix(&self.prefix)
    }

    /// Takes an entry under the name that the list is ordered by, if it is on this page; the
    /// entries come in that order.
    pub fn take(&mut self, name: &str, entry: T) {
        if !self.is_full() && self.after().is_none_or(|after| name > after) {
            self.entries.push((format!("{}{name}", self.prefix), entry));
        }
    }

    /// Whether it needs no more: it has one entry more than are shown.
    pub fn is_full(&self) -> bool {
        self.entries.len() > self.page.limit
    }

    /// What is shown.
    pub fn finish(mut self) -> Shown<T> {
        let next = self.page.cut(&mut self.entries);
        (self.entries.into_iter().map(|(_, entry)| entry).collect(), next)
    }
}

/// One page of all the entries of a list, which come in the order of their names.
pub fn page<N: AsRef<str>, T>(
    listing: &Listing<'_>,
    all: impl IntoIterator<Item = (N, T)>,
) -> Result<Shown<T>> {
    let mut filling = Filling::new(listing)?;
    for (name, entry) in all {
        filling.take(name.as_ref(), entry);
    }
    Ok(filling.finish())
}

/// Entries of a page where the request does not say.
const DEFAULT: u32 = 100;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::wire::member::{Member, Violations};

    fn read<M: Member>(value: Value) -> M {
        M::read(Some(&value), "m", &mut Violations::default()).unwrap().unwrap()
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let all = ["a", "b", "c"].map(|name| (name, name));
        let max = Some(read(json!(2)));
        let (first, next) = page(&Listing { list: "l", max, marker: None }, all).unwrap();
        assert_eq!(first, ["a", "b"]);
        let marker: Marker = read(json!(next.unwrap()));
        let rest = Listing { list: "l", max: None, marker: Some(&marker) };
        assert_eq!(page(&rest, all).unwrap(), (vec!["c"], None));
        assert!(page(&Listing { list: "other", ..rest }, all).is_err());
    }
}
