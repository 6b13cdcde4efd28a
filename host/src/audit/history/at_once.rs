//! Reading several segments' indexes at once. One after the other would wait for the disk as often
//! as there are reads, where the kernel has nothing of them in memory; a disk does many at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, scope};
use std::time::Duration;

use super::search::{Search, Waiting};
use crate::audit::index::{Index, Matches};

impl Search<'_> {
    /// Has read, if the last index took so long to answer, what the next ones will be asked for:
    /// twice as many each time. Then it is in the kernel's memory, and nothing else is changed.
    pub(super) fn read_ahead(&mut self, took: Duration) {
        self.ready = self.ready.saturating_sub(1);
        if took < SLOW || self.ready > 0 {
            return;
        }
        self.ahead = (self.ahead * 2).clamp(THREADS, MOST);
        let begin = self.waiting.len().saturating_sub(self.ahead);
        let next = self.waiting.get(begin..).unwrap_or_default();
        let (query, from) = (&self.query, self.from);
        each(next, |Waiting { sequence, path, .. }| {
            if self.history.growing().contains_key(sequence) {
                return;
            }
            let before = self.before(*sequence, None);
            let index = std::fs::metadata(path).ok().map(|found| Index::open(path, found.len()));
            let Some(Ok(index)) = index else { return };
            // What is wrong with it is found again.
            let _ =
                Matches::new(index, &query.terms, from, before).and_then(|mut all| all.descend());
        });
        self.ready = next.len();
    }
}

/// Does something for each of them, on several threads.
pub(super) fn each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let go_on = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(item);
        }
    };
    scope(|scope| {
        for _ in 1..THREADS.min(items.len()) {
            // Where there can be no more threads, the others do more.
            let _ = Builder::new().name("keycell-lookup".into()).spawn_scoped(scope, go_on);
        }
        go_on();
    });
}

/// Threads that read at once: so many reads are on their way to the disk.
const THREADS: usize = 8;
/// At most so many segments are read ahead.
const MOST: usize = 64;
/// An index takes that long to answer if the disk is asked: without, it takes some tens of
/// microseconds.
const SLOW: Duration = Duration::from_micros(300);
