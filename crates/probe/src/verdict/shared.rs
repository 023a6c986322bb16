//! A map of the kernel in our memory.
#![allow(unsafe_code)]

use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU8, AtomicU64};

use aya::Ebpf;
use aya::maps::Map;

use crate::error::{LoadProbeError, chain};

/// A map of the kernel in our memory.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: it is memory that belongs to nobody; who touches it says why that is right.
unsafe impl Send for Shared {}
// SAFETY: the same.
unsafe impl Sync for Shared {}

impl Shared {
    pub(super) fn new(ebpf: &Ebpf, name: &str, bytes: usize) -> Result<Self, LoadProbeError> {
        let Some(Map::Array(map)) = ebpf.map(name) else { return Err(missing(name)) };
        Self::map(map.fd().as_fd(), bytes).map_err(|error| LoadProbeError::Refused {
            what: format!("sharing the map `{name}`"),
            reason: chain(&error),
            release: crate::system::kernel_release(),
        })
    }

    pub(super) fn map(fd: BorrowedFd<'_>, bytes: usize) -> std::io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice; the result is checked.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_SHARED, fd.as_raw_fd(), 0) };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| std::io::Error::other("mapped at 0"))?;
        Ok(Self { start, bytes })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length, and nothing refers to it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

impl Shared {
    /// All of it, byte by byte.
    pub(super) fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: the mapping has this length, any byte is a value, and it lives as long as `self`; the kernel and we change
        // it while others look, which is what the type is for.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.bytes) }
    }

    /// The word of a slot, if these are slots of `size` bytes.
    pub(super) fn word(&self, slot: usize, size: usize) -> &AtomicU64 {
        debug_assert!((slot + 1) * size <= self.bytes);
        // SAFETY: slots are 16 or 32 bytes and begin with a word of 8; callers' slots are below the map's size, so it lies in the
        // mapping, which lives as long as `self`.
        unsafe { self.start.add(slot * size).cast::<AtomicU64>().as_ref() }
    }
}

pub(super) fn missing(name: &str) -> LoadProbeError {
    LoadProbeError::Refused {
        what: format!("`{name}`"),
        reason: "not in the object".to_owned(),
        release: crate::system::kernel_release(),
    }
}
