//! How many requests are being served: they may soon bring a record, so that it can be worth while
//! to wait for them with a batch. It counts, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The count. Its clones are the same one.
#[derive(Clone, Default, Debug)]
pub struct Load(Arc<AtomicUsize>);

/// A request that is being served, until this is dropped.
#[derive(Debug)]
pub struct Served(Load);

impl Load {
    /// Counts one more.
    #[must_use]
    pub fn enter(&self) -> Served {
        self.0.fetch_add(1, Ordering::Relaxed);
        Served(self.clone())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
