//! One linear memory as the kernel sees it: address space for all of it, of which only the part
//! that the guest has asked for is there.
#![expect(unsafe_code, reason = "memory is asked for and given back by system calls")]

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    ptr::{null_mut, with_exposed_provenance, with_exposed_provenance_mut},
    sync::{Mutex, PoisonError},
};

use super::Level;

/// What a 32-bit memory can address, all of it reserved, so that it never moves.
pub const RESERVED: usize = 4 << 30;

/// Before and behind it, so that no access needs a bounds check.
pub const GUARD: usize = 32 << 20;

/// A reserved range and its accessible beginning. What was accessible is wiped when it is dropped.
pub struct Mapping {
    base: usize,
    accessible: usize,
}

impl Mapping {
    /// Address space without memory. It is in no core file and no child gets it.
    pub fn reserve() -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: the kernel chooses an address where nothing is.
        let whole = unsafe { libc::mmap(null_mut(), WHOLE, libc::PROT_NONE, flags, -1, 0) };
        if whole == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mapping = Self { base: whole.expose_provenance() + GUARD, accessible: 0 };
        mapping.advise(0, RESERVED)?;
        // A huge page would be resident as a whole; kernels without them refuse the advice.
        // SAFETY: the range is this mapping's own.
        let _ = unsafe { libc::madvise(mapping.at(0), RESERVED, libc::MADV_NOHUGEPAGE) };
        Ok(mapping)
    }

    /// Makes the first `size` bytes accessible, those that come new in the way that `level` says.
    /// If it fails, what is accessible is as before.
    pub fn extend(&mut self, size: usize, level: Level) -> io::Result<()> {
        let (from, more) = (self.accessible, size.saturating_sub(self.accessible));
        if size > RESERVED {
            return Err(io::Error::from(io::ErrorKind::OutOfMemory));
        }
        if more == 0 {
            return Ok(());
        }
        match level {
            Level::Off => self.open(from, more)?,
            Level::Locked => {
                // Locked first, so that nothing is ever there unlocked. Pages are locked as they
                // come: memory that the guest never touches is never resident.
                // SAFETY: the range is this mapping's own, and locking changes no contents.
                check(unsafe { libc::mlock2(self.at(from), more, libc::MLOCK_ONFAULT) })?;
                if let Err(error) = self.open(from, more) {
                    // SAFETY: as above.
                    let _ = unsafe { libc::munlock(self.at(from), more) };
                    return Err(error);
                }
            }
            Level::Secret => self.map_secret(from, more)?,
        }
        self.accessible = size;
        Ok(())
    }

    /// The first byte.
    pub fn base(&self) -> *mut u8 {
        self.at(0).cast()
    }

    /// Writes to the first byte.
    pub fn touch(&mut self) {
        assert!(self.accessible > 0, "there is a first byte");
        // SAFETY: it is accessible, and nobody else has this mapping.
        unsafe { self.base().write_volatile(1) };
    }

    /// How much is accessible, in bytes.
    pub fn accessible(&self) -> usize {
        self.accessible
    }

    fn at(&self, offset: usize) -> *mut libc::c_void {
        with_exposed_provenance_mut(self.base + offset)
    }

    /// Opens a part for reading and writing.
    fn open(&self, from: usize, length: usize) -> io::Result<()> {
        // SAFETY: the range is this mapping's own; what was not accessible is full of zeroes.
        check(unsafe {
            libc::mprotect(self.at(from), length, libc::PROT_READ | libc::PROT_WRITE)
        })?;
        // For readers of /proc/PID/maps, where the kernel is built for it.
        // SAFETY: naming changes no contents; the name is a C string that lives for ever.
        let _ = unsafe {
            let name = c"keycell isolate".as_ptr();
            libc::prctl(libc::PR_SET_VMA, libc::PR_SET_VMA_ANON_NAME, self.at(from), length, name)
        };
        Ok(())
    }

    /// Puts memory there that the kernel itself cannot read: memfd_secret(2). It is locked and in
    /// no core file by its nature. The file lives as long as its mapping.
    fn map_secret(&self, from: usize, length: usize) -> io::Result<()> {
        // SAFETY: a new file descriptor, or an error; nobody else owns it.
        let file = unsafe {
            let file = libc::syscall(libc::SYS_memfd_secret, libc::O_CLOEXEC);
            match i32::try_from(file) {
                Ok(file) if file >= 0 => OwnedFd::from_raw_fd(file),
                Ok(_) | Err(_) => return Err(io::Error::last_os_error()),
            }
        };
        let size = libc::off_t::try_from(length).map_err(io::Error::other)?;
        // SAFETY: the file is this function's own.
        check(unsafe { libc::ftruncate(file.as_raw_fd(), size) })?;
        // A mapping that is refused may leave a hole where it should have been. The one reason to
        // refuse this one is the limit of locked memory: it is tried before, one after the other.
        let turn = SECRET.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the range is this mapping's own, and nobody can access it.
        let mapped = unsafe {
            check(libc::mlock2(self.at(from), length, libc::MLOCK_ONFAULT))?;
            libc::munlock(self.at(from), length);
            let access = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_SHARED | libc::MAP_FIXED;
            libc::mmap(self.at(from), length, access, flags, file.as_raw_fd(), 0)
        };
        drop(turn);
        if mapped == libc::MAP_FAILED || self.advise(from, length).is_err() {
            let error = io::Error::last_os_error();
            tracing::error!("an isolate's address space has a hole: {error}");
            std::process::abort();
        }
        Ok(())
    }

    fn advise(&self, from: usize, length: usize) -> io::Result<()> {
        for advice in [libc::MADV_DONTDUMP, libc::MADV_DONTFORK] {
            // SAFETY: the range is this mapping's own, and the advice changes no contents.
            check(unsafe { libc::madvise(self.at(from), length, advice) })?;
        }
        Ok(())
    }

    /// Overwrites what the guest has touched; the rest holds nothing.
    fn wipe(&self) -> io::Result<()> {
        for (page, _) in
            resident(self.base, self.accessible)?.iter().enumerate().filter(|(_, is)| **is)
        {
            // SAFETY: the page is accessible, and nobody uses the memory any more: it is dropped.
            unsafe { libc::explicit_bzero(self.at(page * page_size()), page_size()) };
        }
        Ok(())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.wipe().is_err() {
            // SAFETY: all of it is accessible.
            unsafe { libc::explicit_bzero(self.at(0), self.accessible) };
        }
        let whole = with_exposed_provenance_mut(self.base - GUARD);
        // SAFETY: the range was mapped by `reserve` and nobody has a pointer into it any more.
        if unsafe { libc::munmap(whole, WHOLE) } != 0 {
            let error = io::Error::last_os_error();
            tracing::error!("an isolate's memory is wiped but cannot be given back: {error}");
        }
    }
}

/// Which pages of a range are in memory. The range must be mapped.
pub fn resident(start: usize, length: usize) -> io::Result<Vec<bool>> {
    let mut pages = vec![0u8; length.div_ceil(page_size())];
    let address: *const libc::c_void = with_exposed_provenance(start);
    // SAFETY: the vector has a byte for each page; the kernel reads no memory at the address.
    check(unsafe { libc::mincore(address.cast_mut(), length, pages.as_mut_ptr()) })?;
    Ok(pages.into_iter().map(|page| page & 1 == 1).collect())
}

/// Whether the kernel lets as much be locked as that, beside what is locked already.
pub fn can_lock(length: usize) -> io::Result<bool> {
    if length > RESERVED {
        return Ok(false);
    }
    let mapping = Mapping::reserve()?;
    // SAFETY: the range is the mapping's own, is not accessible, and is given back at once.
    Ok(unsafe { libc::mlock2(mapping.at(0), length, libc::MLOCK_ONFAULT) } == 0)
}

/// Whether this process can read an address by the kernel's help, as a debugger would.
pub fn can_be_read_from_outside(address: usize) -> bool {
    let mut byte = 0u8;
    let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let remote = libc::iovec { iov_base: with_exposed_provenance_mut(address), iov_len: 1 };
    // SAFETY: one byte is written to `byte`, or none; what cannot be read is an error.
    unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) == 1 }
}

/// The kernel's pages, in bytes.
pub fn page_size() -> usize {
    // SAFETY: it reads a constant.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

fn check(result: i32) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const WHOLE: usize = GUARD + RESERVED + GUARD;

/// Held by the one who takes secret memory.
static SECRET: Mutex<()> = Mutex::new(());
