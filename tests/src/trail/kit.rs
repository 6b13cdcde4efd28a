//! A folder, batches made by hand, and notaries.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keycell::audit::load::Load;
use keycell::audit::read::{read_last, segments};
use keycell::audit::recovery::Recovered;
use keycell::audit::scan::{Change, Damage, Finding, Wrong};
use keycell::audit::segment::{self, BatchHash, Head, LABEL, Line, Trailer};
use keycell::audit::trail::{Options, Trail};
use keycell::audit::{Notary, NotaryError};

/// A folder for one test, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("keycell-trail-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    pub(crate) fn open(&self, expected: Option<Head>) -> (Trail, Recovered) {
        self.open_with(Arc::new(Key(1)), Options::default(), expected)
    }

    pub(crate) fn open_with(
        &self,
        notary: Arc<dyn Notary>,
        options: Options,
        expected: Option<Head>,
    ) -> (Trail, Recovered) {
        Trail::open(&self.0, notary, options, expected, Load::default())
            .expect("it opens, whatever it holds")
    }

    pub(crate) fn path(&self, sequence: u64) -> PathBuf {
        self.0.join(segment::file_name(sequence))
    }

    pub(crate) fn put(&self, sequence: u64, bytes: &[u8]) {
        fs::create_dir_all(&self.0).expect("a temporary folder can be made");
        fs::write(self.path(sequence), bytes).expect("a temporary file can be written");
    }

    pub(crate) fn bytes(&self, sequence: u64) -> Vec<u8> {
        fs::read(self.path(sequence)).expect("the segment is there")
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(String::from);
        let segments = segments(&self.0).expect("the folder is there");
        segments.iter().filter_map(|(_, path)| name(path)).collect()
    }

    pub(crate) fn records(&self) -> Vec<Vec<u8>> {
        read_last(&self.0, usize::MAX).expect("the folder is there")
    }

    pub(crate) fn damaged(&self, sequence: u64, line: u64, offset: u64, damage: Damage) -> Finding {
        Finding::Damaged { segment: self.path(sequence), line, offset, damage, record: None }
    }

    /// Of a batch that begins at `line` the record at another line, or before it, is wrong.
    pub(crate) fn wrong(
        &self,
        sequence: u64,
        (line, offset): (u64, u64),
        (at, change): (u64, Change),
    ) -> Finding {
        let (segment, damage) = (self.path(sequence), Damage::Records);
        let record = Some(Wrong { line: at, change });
        Finding::Damaged { segment, line, offset, damage, record }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A batch made without the writer.
pub(crate) struct Built {
    pub(crate) head: Head,
    pub(crate) records: Vec<Vec<u8>>,
    pub(crate) text: Vec<u8>,
}

impl Built {
    pub(crate) fn new(after: Head, records: &[Vec<u8>], key: u64) -> Self {
        let mut hash = BatchHash::new();
        records.iter().for_each(|record| hash.record(record));
        let (sequence, count) = (after.sequence + 1, hash.records());
        let head = Head { sequence, hash: hash.finish(sequence, &after.hash) };
        let tag = Key(key).tag(LABEL, &head.hash).expect("the test's notary answers");
        let sums = hash.sums().to_vec();
        let trailer = Trailer { head, records: count, sums, previous: after.hash, tag }.encode();
        let lines = records.iter().map(Vec::as_slice).chain([trailer.as_bytes()]);
        let text = lines.flat_map(|line| [line, b"\n"]).collect::<Vec<_>>().concat();
        Self { head, records: records.to_vec(), text }
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn lines(&self) -> u64 {
        self.records.len() as u64 + 1
    }
}

pub(crate) fn two_batches() -> (Built, Built) {
    let first = Built::new(Head::START, &[event(1), event(2)], 1);
    let second = Built::new(first.head, &[event(3), event(4), event(5)], 1);
    (first, second)
}

pub(crate) fn trailers(text: &[u8]) -> Vec<Trailer> {
    let lines = text.split(|byte| *byte == b'\n').map(segment::parse);
    lines
        .filter_map(|line| if let Line::Trailer(trailer) = line { Some(trailer) } else { None })
        .collect()
}

pub(crate) fn event(number: u64) -> Vec<u8> {
    format!("{{\"eventVersion\":\"1.11\",\"eventID\":\"id-{number}\"}}").into_bytes()
}

pub(crate) fn clean(head: Head) -> Recovered {
    Recovered { head, bytes_cut: 0, findings: Vec::new(), unlisted: 0 }
}

/// A toy MAC: the tests change no bit with intent to fool it.
pub(crate) struct Key(pub(crate) u64);

impl Notary for Key {
    fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError> {
        let mut hasher = DefaultHasher::new();
        (self.0, label, message).hash(&mut hasher);
        Ok(hasher.finish().to_be_bytes().to_vec())
    }

    fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, NotaryError> {
        Ok(self.tag(label, message)? == tag)
    }
}

/// A notary that waits while it is shut and fails when it is told to.
#[derive(Default)]
pub(crate) struct Gate {
    shut: Mutex<()>,
    pub(crate) fails: AtomicBool,
}

impl Gate {
    pub(crate) fn shut(&self) -> MutexGuard<'_, ()> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notary for Gate {
    fn tag(&self, label: &[u8], message: &[u8]) -> Result<Vec<u8>, NotaryError> {
        let _open = self.shut();
        match self.fails.load(Ordering::SeqCst) {
            true => Err(NotaryError("as this test wants".into())),
            false => Key(1).tag(label, message),
        }
    }

    fn check(&self, label: &[u8], message: &[u8], tag: &[u8]) -> Result<bool, NotaryError> {
        Key(1).check(label, message, tag)
    }
}
