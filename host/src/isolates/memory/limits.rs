//! What this machine allows, tried out at the start.

use std::{fs, io};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::hygiene::{LOCKED_STACK, mapping_at};

use super::{
    Level, Levels,
    mapping::{Mapping, can_be_read_from_outside, can_lock},
};

/// Raises what can be raised, and tries the levels until one works: those from there on.
pub fn choose(levels: &Levels) -> io::Result<Levels> {
    raise_limit();
    let mut refused = None;
    for level in levels.iter() {
        match probe(level) {
            Ok(()) => {
                tracing::info!("the memory of isolates is kept at level {level}");
                return Ok(levels.from(level));
            }
            Err(error) => {
                tracing::error!("the memory of isolates cannot be kept at level {level}: {error}");
                refused = Some(error);
            }
        }
    }
    let why = refused.map(|error| error.to_string()).unwrap_or_default();
    let wanted = levels.wanted();
    Err(io::Error::other(format!("isolates cannot have memory at level {wanted}: {why}")))
}

/// How many instances with `bytes` of memory may live, at most `most`, beside the stacks of
/// `threads` threads.
pub fn instances(levels: &Levels, bytes: usize, threads: usize, most: usize) -> io::Result<usize> {
    let mapped = mappings();
    let most = most.min(mapped);
    let locked = match levels.wanted() {
        Level::Off => None,
        Level::Locked | Level::Secret => lockable(bytes, threads)?,
    };
    let lock = match (levels.wanted(), locked) {
        (Level::Off, _) => "none is locked".to_owned(),
        (Level::Locked | Level::Secret, None) => "any number can be locked".to_owned(),
        (Level::Locked | Level::Secret, Some(count)) => format!("{count} can be locked"),
    };
    tracing::info!("isolates of {} KiB: {lock}, {mapped} can be mapped", bytes >> 10);
    match locked {
        Some(0) if levels.is_order() => {
            Err(io::Error::other("RLIMIT_MEMLOCK leaves no room for an isolate: raise it"))
        }
        Some(count) if levels.is_order() => Ok(most.min(count)),
        Some(count) if count < most => {
            tracing::error!(
                "RLIMIT_MEMLOCK is low: the memory of more than {count} isolates may come into \
                 swap; raise it, or ask for one level by name to have no more isolates than that"
            );
            Ok(most)
        }
        Some(_) | None => Ok(most),
    }
}

/// Makes a memory as isolates have it, writes to it and asks the kernel what it has become.
fn probe(level: Level) -> io::Result<()> {
    let mut mapping = Mapping::reserve()?;
    mapping.extend(PROBE, level)?;
    let address = mapping.base().addr();
    mapping.touch();
    let found = mapping_at(address)?;
    let lacks = |what: &str| Err(io::Error::other(format!("the kernel did not make it {what}")));
    if !found.has("dd") {
        return lacks("undumpable");
    }
    if !found.has("dc") {
        return lacks("private to this process");
    }
    match level {
        Level::Off => Ok(()),
        Level::Locked if !found.has("lo") || found.locked == 0 => lacks("locked"),
        Level::Locked => Ok(()),
        Level::Secret if !found.has("lo") => lacks("locked"),
        Level::Secret if can_be_read_from_outside(address) => lacks("secret"),
        Level::Secret => Ok(()),
    }
}

/// The hard limit of locked memory becomes the soft one.
fn raise_limit() {
    let limit = getrlimit(Resource::Memlock);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Memlock, raised) {
        tracing::warn!("the limit of locked memory cannot be raised: {error}");
    }
}

/// How many instances can be locked; `None` if the limit does not bind this process, as it does not
/// bind who may lock any memory: tried, since no user id tells.
fn lockable(bytes: usize, threads: usize) -> io::Result<Option<usize>> {
    let Some(limit) = getrlimit(Resource::Memlock).current else { return Ok(None) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if can_lock(limit.saturating_add(PROBE))? {
        return Ok(None);
    }
    Ok(Some(limit.saturating_sub(threads * LOCKED_STACK) / bytes.max(1)))
}

/// How many instances there can be by the number of mappings that a process may have.
fn mappings() -> usize {
    let limit = fs::read_to_string("/proc/sys/vm/max_map_count").ok();
    let limit = limit.and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(65_530);
    limit.saturating_sub(SPARE_MAPPINGS) / MAPPINGS
}

/// What is written to to try a level, in bytes.
const PROBE: usize = 64 << 10;
/// An instance's address space, what of it is accessible, and parts that came later.
const MAPPINGS: usize = 4;
/// Mappings for all else: the heap, threads, files.
const SPARE_MAPPINGS: usize = 4096;
