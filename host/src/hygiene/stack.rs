//! The stacks of threads that call isolates are kept out of core files and, where memory is locked,
//! out of swap.
#![expect(unsafe_code, reason = "the C library and the kernel know where a stack is")]

use std::{cell::Cell, io, mem::MaybeUninit};

use super::mapping_at;

/// The native stack that a call to an isolate may use, in bytes.
pub const CALL_STACK: usize = 512 << 10;

/// How much of a thread's stack is locked, in bytes from its top: what a call may use and what the
/// threads of the runtime have above it.
pub const LOCKED_STACK: usize = 1 << 20;

/// What is done with a stack beside keeping it out of core files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// Nothing.
    Undumpable,
    /// It is kept out of swap, too, if the limit of locked memory allows.
    LockedIfPossible,
    /// It is kept out of swap, too, or no isolate is called from it.
    Locked,
}

/// Protects the stack of this thread. Whatever calls an isolate does this first; a second time
/// costs nothing.
pub fn protect_stack(keep: Keep) -> io::Result<()> {
    if DONE.get() == Some(keep) {
        return Ok(());
    }
    match keep {
        Keep::Undumpable | Keep::Locked => protect(keep)?,
        Keep::LockedIfPossible => {
            if let Err(error) = protect(Keep::Locked) {
                tracing::error!("a stack that secrets may spill to can come into swap: {error}");
                protect(Keep::Undumpable)?;
            }
        }
    }
    DONE.set(Some(keep));
    Ok(())
}

fn protect(keep: Keep) -> io::Result<()> {
    let Bounds { bottom, top } = bounds()?;
    // SAFETY: the range is this thread's stack, and the advice changes nothing of what it holds.
    check(unsafe {
        let address = std::ptr::with_exposed_provenance_mut(bottom);
        libc::madvise(address, top - bottom, libc::MADV_DONTDUMP)
    })?;
    if keep != Keep::Undumpable {
        let low = bottom.max(top.saturating_sub(LOCKED_STACK));
        let address: *const libc::c_void = std::ptr::with_exposed_provenance(low);
        // SAFETY: locking changes nothing of what memory holds. Pages are locked as they come.
        check(unsafe { libc::mlock2(address, top - low, libc::MLOCK_ONFAULT) })?;
    }
    verify(keep)
}

/// Where the stack of a thread lies.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// Its lowest byte, or that of its guard page.
    pub(super) bottom: usize,
    top: usize,
}

/// This thread's stack, as the C library or, for the main thread, the kernel knows it.
pub(super) fn bounds() -> io::Result<Bounds> {
    if let Some(known) = BOUNDS.get() {
        return Ok(known);
    }
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are filled by the first call, read by the second and released by the
    // third.
    unsafe {
        let thread = libc::pthread_self();
        done(libc::pthread_getattr_np(thread, attributes.as_mut_ptr()))?;
        let read = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        done(read)?;
    }
    let mut found = Bounds { bottom: low.addr(), top: low.addr() + size };
    // SAFETY: neither of the two can fail.
    if unsafe { libc::getpid() == libc::gettid() } {
        found = main_thread(found)?;
    }
    BOUNDS.set(Some(found));
    Ok(found)
}

/// The main thread's stack grows on demand: it is grown here as far as it will be locked, so that
/// the whole of it is one mapping.
fn main_thread(known: Bounds) -> io::Result<Bounds> {
    let low = known.bottom.max(known.top.saturating_sub(LOCKED_STACK)) + MARGIN;
    let low: *const u8 = std::ptr::with_exposed_provenance(low);
    // SAFETY: it lies within the stack's limit, so that the kernel maps it; nothing is changed.
    unsafe { low.read_volatile() };
    let local = 0u8;
    let mapping = mapping_at(std::ptr::from_ref(&local).addr())?;
    Ok(Bounds { bottom: mapping.start, top: mapping.end })
}

/// Whether the kernel has done as it was told: asked once, for the first thread.
fn verify(keep: Keep) -> io::Result<()> {
    static VERIFIED: std::sync::Once = std::sync::Once::new();
    let mut verified = Ok(());
    VERIFIED.call_once(|| {
        let local = 0u8;
        verified = mapping_at(std::ptr::from_ref(&local).addr()).and_then(|mapping| {
            let is_kept = keep == Keep::Undumpable || mapping.has("lo");
            let kept = mapping.has("dd") && is_kept;
            if kept { Ok(()) } else { Err(io::Error::other(format!("no {keep:?} stack"))) }
        });
    });
    verified
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The functions of POSIX threads return their errors.
fn done(result: i32) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}

thread_local! {
    static BOUNDS: Cell<Option<Bounds>> = const { Cell::new(None) };
    static DONE: Cell<Option<Keep>> = const { Cell::new(None) };
}

/// A part of the stack's end that is left alone, in bytes: the guard page may be counted in.
pub(super) const MARGIN: usize = 16 << 10;
