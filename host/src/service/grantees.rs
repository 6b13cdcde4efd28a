//! What grants allow, kept in memory by key and grantee: who has nothing but a grant is not to have
//! the store read for each of his requests.
//!
//! INVARIANT: every commit that makes or ends a grant writes the count of its key's grants, too. So
//! a list that was read after the count holds for as long as the count has the same version.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};

use crate::{
    keys::GranteeRow,
    storage::{MAX_BATCH, Version},
    wire::Result,
};

use super::Service;

/// Lists of rows, by the prefix of their paths.
pub(super) struct Grantees(Cache<String, Known, ByRows>);

/// A list that is whole.
#[derive(Clone)]
struct Known {
    /// The version of the count that was read before.
    counted: Version,
    rows: Arc<[GranteeRow]>,
}

/// A page of rows, and where the next one begins.
type Page = (Arc<[GranteeRow]>, Option<String>);

impl Default for Grantees {
    fn default() -> Self {
        Self(Cache::with_weighter(LISTS, ROWS, ByRows))
    }
}

impl Service {
    /// What grants of a key allow a grantee, whose rows begin with that prefix: one page, of which
    /// the first is known without a look into the store if it is the only one, and no grant of the
    /// key has come or gone since.
    pub async fn granted(
        &self,
        prefix: &str,
        counted: Version,
        after: Option<&str>,
    ) -> Result<Page> {
        let known = self.grantees.0.get(prefix);
        if let (None, Some(known)) = (after, known)
            && known.counted == counted
        {
            return Ok((known.rows, None));
        }
        let found = self.storage.list::<GranteeRow>(prefix, after, MAX_BATCH).await?;
        let next = found.last().filter(|_| found.len() == MAX_BATCH).map(|(path, _)| path.clone());
        let rows: Arc<[_]> = found.into_iter().map(|(_, row)| GranteeRow::clone(&row)).collect();
        if after.is_none() && next.is_none() {
            self.grantees.0.insert(prefix.to_owned(), Known { counted, rows: rows.clone() });
        }
        Ok((rows, next))
    }
}

/// Weighs a list by its rows; an empty one is worth knowing, too.
#[derive(Clone)]
struct ByRows;

impl Weighter<String, Known> for ByRows {
    fn weight(&self, _: &String, known: &Known) -> u64 {
        known.rows.len() as u64 + 1
    }
}

/// How many lists there typically are.
const LISTS: usize = 10_000;
/// How many rows are kept: a few tens of megabytes of them.
const ROWS: u64 = 1 << 16;
