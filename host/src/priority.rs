//! How urgent threads are to the kernel. What cannot be had is done without: a thread works at the
//! usual priority, too.
//!
//! Source: sched(7), sched_setattr(2), and for slices the kernel's `sched-design-EEVDF`.
#![expect(unsafe_code, reason = "the scheduler's system calls have no safe form")]

use std::io;

/// This thread only uses what nobody else wants, and leaves as soon as somebody does. With a nice
/// value alone, a thread that runs may keep its core for some milliseconds.
///
/// # Errors
///
/// What the kernel answered.
pub fn idle() -> io::Result<()> {
    lowest()?;
    policy(libc::SCHED_IDLE)
}

/// This thread has a share of the processor in any case, the least that there is.
///
/// # Errors
///
/// What the kernel answered.
pub fn low() -> io::Result<()> {
    lowest()?;
    policy(libc::SCHED_OTHER)
}

/// This thread runs for moments, and is wanted at once then: it asks for short slices, for which
/// Linux (6.12 and later) lets it go before those that have long ones. It gets no more of the
/// processor than others.
///
/// # Errors
///
/// What the kernel answered.
pub fn prompt() -> io::Result<()> {
    // SAFETY: a structure of numbers, for which zeros are values.
    let mut attributes: libc::sched_attr = unsafe { std::mem::zeroed() };
    attributes.size = u32::try_from(size_of::<libc::sched_attr>()).expect("it is small");
    attributes.sched_policy = libc::SCHED_OTHER.cast_unsigned();
    attributes.sched_nice = rustix::process::getpriority_process(None)?;
    attributes.sched_runtime = SLICE;
    // SAFETY: the structure is as long as it says; 0 is this thread, and no flag is set.
    let result = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Of this thread alone, as Linux has it.
fn lowest() -> io::Result<()> {
    rustix::process::setpriority_process(Some(rustix::thread::gettid()), LOWEST)?;
    Ok(())
}

fn policy(policy: libc::c_int) -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the structure lives until the call returns; 0 is this thread.
    let result = unsafe { libc::sched_setscheduler(0, policy, &raw const parameters) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The greatest nice value that a thread can have.
const LOWEST: i32 = 19;
/// The shortest slice in nanoseconds that the kernel takes.
const SLICE: u64 = 100_000;
