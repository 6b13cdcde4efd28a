//! The guest's allocator: dlmalloc, with every block wiped when it is freed or moved, so that what
//! an isolate no longer uses it no longer holds. `cabi_realloc` buffers, in which arguments arrive
//! and results leave, come from here too.
#![expect(unsafe_code, reason = "an allocator is unsafe by nature")]

use core::alloc::{GlobalAlloc, Layout};

use dlmalloc::GlobalDlmalloc;

/// The allocator of both components.
pub struct Wiping;

// SAFETY: every call goes to dlmalloc with the arguments that this one was given; a block is
// written to only between its allocation and its release, within its size.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        unsafe { GlobalDlmalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are passed on.
        unsafe { GlobalDlmalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is live and has the size that its layout says.
        unsafe {
            wipe(block, layout.size());
            GlobalDlmalloc.dealloc(block, layout);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else {
            return core::ptr::null_mut();
        };
        // SAFETY: the new block is at least as long as what is copied; the old one is freed, wiped,
        // only after the copy.
        unsafe {
            let fresh = GlobalDlmalloc.alloc(wanted);
            if !fresh.is_null() {
                fresh.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            fresh
        }
    }
}

/// Writes zeroes that the compiler may not leave out.
///
/// # Safety
/// `block` must be valid for writes of `size` bytes.
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: by this function's contract.
    unsafe { block.write_bytes(0, size) };
    // The address escapes into an empty assembly block, so the write above is a visible effect.
    core::hint::black_box(block);
}
