//! A fresh folder on the disk that is measured with, and how fast that disk syncs.

use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::report::{micros, percentiles};
use crate::{Failure, Result};

/// A folder only its owner may enter, removed with all it holds when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes a folder of a name not used before in `parent`.
    pub(crate) fn new(parent: &Path) -> Result<Self> {
        let number = getrandom::u64().map_err(|error| Failure::new(error.to_string()))?;
        let path = parent.join(format!("keycell-bench-{number:016x}"));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    /// Makes an empty folder in this one.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// How fast the disk syncs, in words.
    pub(crate) fn described(&self) -> Result<String> {
        let [p50, p99] = percentiles(&self.sync_times()?).map(micros);
        Ok(format!(
            "fdatasync after an append of 32 KiB takes {p50:.0} µs (p50), {p99:.0} µs (p99) of \
             {SYNCS}"
        ))
    }

    /// How long `fdatasync` takes after an append of 32 KiB, many times over.
    fn sync_times(&self) -> Result<Vec<Duration>> {
        let mut file = File::create(self.path("sync"))?;
        let mut times = Vec::with_capacity(SYNCS);
        for _ in 0..SYNCS {
            file.write_all(&[0x5a; APPEND_BYTES])?;
            let start = Instant::now();
            file.sync_data()?;
            times.push(start.elapsed());
        }
        Ok(times)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// About what the trail appends at once when many requests wait.
const APPEND_BYTES: usize = 32 * 1024;

/// How often the disk is asked.
const SYNCS: usize = 200;
