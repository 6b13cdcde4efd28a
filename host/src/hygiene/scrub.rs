//! Compiled WebAssembly spills its locals, secrets among them, to the stack of the thread that
//! calls it, where they would outlive the guest's own wiping and the isolate. So what lies below
//! the caller is overwritten after every call, as deep as the call went, and the vector registers
//! with it.
#![expect(unsafe_code, reason = "what lies below the stack pointer is nobody's in Rust's terms")]

use std::{mem::MaybeUninit, ptr::null};

use super::stack::{CALL_STACK, MARGIN, bounds};

/// Runs something that handles secrets, and leaves nothing of it below the caller's own frame nor
/// in vector registers, even if it panics.
pub fn scrubbed<T>(run: impl FnOnce() -> T) -> T {
    struct Scrub;
    impl Drop for Scrub {
        fn drop(&mut self) {
            scrub();
        }
    }
    let _scrub = Scrub;
    apart(run)
}

/// Overwrites this thread's signal stack: a trap that comes as a signal leaves there the registers
/// of the guest. Not to be called by a signal handler.
pub fn scrub_signal_stack() {
    let mut known = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: the kernel fills the structure, whose zeroes are valid before, too; it is not changed
    // which stack is used.
    let stack = unsafe {
        if libc::sigaltstack(null(), known.as_mut_ptr()) != 0 {
            return;
        }
        known.assume_init()
    };
    if stack.ss_flags & (libc::SS_DISABLE | libc::SS_ONSTACK) == 0 {
        // SAFETY: the kernel has this range as a stack that it may write to, and no handler runs on
        // it now, since it is this thread's and this thread runs here.
        unsafe { libc::explicit_bzero(stack.ss_sp, stack.ss_size) };
    }
}

/// In frames of its own, all of them below the caller's.
#[inline(never)]
fn apart<T>(run: impl FnOnce() -> T) -> T {
    run()
}

/// Wipes what lies below this function's caller, as deep as anything was left there.
///
/// The first step is always wiped, those below as long as there is anything in the next. A call's
/// frames lie without a gap below its caller, each has a return address, and none is longer than a
/// step, so a step without anything was not reached.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn scrub() {
    let local = MaybeUninit::<u8>::uninit();
    let room = bounds().map_or(0, |stack| local.as_ptr().addr().saturating_sub(stack.bottom));
    let reach = REACH.min(room.saturating_sub(MARGIN));
    let mut near = 0;
    while near + STEP <= reach {
        // SAFETY: the stack goes on for at least `reach` bytes below this frame, and nothing that
        // is below it is in use: no function is called in between.
        let is_done = unsafe {
            wipe_below(near, STEP);
            near += STEP;
            near + STEP > reach || is_clean_below(near, STEP)
        };
        if is_done {
            break;
        }
    }
    clear_registers();
}

/// Wipes all that a call can reach: on other processors nothing is looked at.
#[cfg(not(target_arch = "x86_64"))]
fn scrub() {
    let local = MaybeUninit::<u8>::uninit();
    let room = bounds().map_or(0, |stack| local.as_ptr().addr().saturating_sub(stack.bottom));
    wipe_steps(REACH.min(room.saturating_sub(MARGIN)) / (STEP + 512));
}

/// Wipes a step below its caller, and then those below.
#[cfg(not(target_arch = "x86_64"))]
#[inline(never)]
fn wipe_steps(steps: usize) {
    let Some(left) = steps.checked_sub(1) else { return };
    let step = std::hint::black_box([0u8; STEP]);
    wipe_steps(left);
    // Used after the call, so that it is no tail call in which the steps would share a frame.
    std::hint::black_box(&step);
}

/// Writes zeroes to `length` bytes below the stack pointer, but for the nearest `near`.
///
/// In assembly, since no other code may run in between that uses the stack, and so that no compiler
/// finds that nobody reads what is written. Without `nostack`, so that the compiler keeps nothing
/// below the stack pointer (the red zone).
///
/// # Safety
/// The stack must go on for `near + length` bytes, multiples of 128.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn wipe_below(near: usize, length: usize) {
    // SAFETY: by this function's contract; the direction flag is clear by the calling convention.
    unsafe {
        std::arch::asm!(
            "neg rdi",
            "add rdi, rsp",
            "rep stosq",
            inout("rdi") near + length => _,
            inout("rcx") length / 8 => _,
            in("rax") 0,
        );
    }
}

/// Whether `length` bytes below the stack pointer, but for the nearest `near`, are all zero.
/// Without AVX nothing is looked at, which would take longer than wiping does.
///
/// # Safety
/// The stack must go on for `near + length` bytes, multiples of 128.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn is_clean_below(near: usize, length: usize) -> bool {
    if !std::is_x86_feature_detected!("avx") {
        return false;
    }
    let is_clean: u8;
    // SAFETY: by this function's contract; what is read is not interpreted.
    unsafe {
        std::arch::asm!(
            "neg {at}",
            "add {at}, rsp",
            "vxorps xmm0, xmm0, xmm0",
            "vxorps xmm1, xmm1, xmm1",
            "2:",
            "vorps ymm0, ymm0, [{at}]",
            "vorps ymm1, ymm1, [{at} + 32]",
            "vorps ymm0, ymm0, [{at} + 64]",
            "vorps ymm1, ymm1, [{at} + 96]",
            "sub {at}, -128",
            "sub {left}, 128",
            "jnz 2b",
            "vorps ymm0, ymm0, ymm1",
            "vptest ymm0, ymm0",
            "setz {is_clean}",
            "vzeroupper",
            at = inout(reg) near + length => _,
            left = inout(reg) length => _,
            is_clean = lateout(reg_byte) is_clean,
            out("xmm0") _,
            out("xmm1") _,
        );
    }
    is_clean == 1
}

/// The vector registers: what the guest computed with, and what memory was copied with last. The
/// general ones are in use again by the time this returns.
#[cfg(target_arch = "x86_64")]
fn clear_registers() {
    // SAFETY: the assembly writes no memory, and says that it overwrites what a call overwrites;
    // each instruction runs only where the processor has it.
    unsafe {
        if std::is_x86_feature_detected!("avx512vl") {
            // The sixteen that `vzeroall` does not know: the C library copies memory with them.
            std::arch::asm!(
                ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31",
                "vpxorq xmm\\n, xmm\\n, xmm\\n",
                ".endr",
                clobber_abi("C"),
            );
        }
        if std::is_x86_feature_detected!("avx") {
            std::arch::asm!("vzeroall", clobber_abi("C"));
        } else {
            std::arch::asm!(
                ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15",
                "pxor xmm\\n, xmm\\n",
                ".endr",
                clobber_abi("C"),
            );
        }
    }
}

/// How deep a call may leave something: its stack, and what the host uses below its caller.
const REACH: usize = CALL_STACK + (128 << 10);
/// How much is wiped and looked at once, in bytes. Longer than any frame: compiled functions of the
/// guest have frames of a few KiB, as their arrays are in linear memory.
const STEP: usize = 32 << 10;
