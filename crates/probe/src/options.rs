//! What is set before the probe is loaded.

use std::fs;
use std::io;
use std::path::Path;

/// How the probe is to be loaded. [`Options::default`] watches the whole machine through one 8 MiB ring buffer.
#[derive(Clone, Debug)]
pub struct Options {
    /// Ring buffers, at most [`Options::MAX_RINGS`]; a process's events always go to the same one, whose number is the remainder
    /// of its id unless [`crate::Probe::keep_families`] has it otherwise. With more than one there is another one for lifecycle events ([`crate::Probe::take_lifecycle`]).
    pub rings: u32,
    /// Bytes of each ring buffer: a power of two, and a multiple of the page size.
    pub ring_bytes: u32,
    /// A reader is woken when a buffer's fill crosses a multiple of this many bytes (a power of two); 0 leaves it to
    /// the reader to look.
    pub wakeup_bytes: u32,
    /// Bytes of data kept of each read, write, send and receive; at most [`Options::MAX_SNAPSHOT_LENGTH`].
    pub snapshot_length: u32,
    /// Leave calls that failed to the kernel.
    pub drop_failed: bool,
    /// Add to each opened file's event the path that the kernel resolved it to.
    pub resolve_paths: bool,
    /// Also tell of opens and connects before they happen, so that arguments changed under way are noticed.
    pub enter_events: bool,
    /// Whose events are wanted.
    pub scope: Scope,
}

/// Whose events are wanted. This process's own are never told, so that reading events makes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    #[default]
    Everything,
    /// Those of a version 2 control group and its descendants: its inode number, and its depth below the root.
    Cgroup {
        /// Inode number of the group's folder, which is its id.
        id: u64,
        /// 1 for a child of the root group.
        level: u32,
    },
    /// Those of these processes (thread-group ids) and all that they start from now on.
    ProcessTree(Vec<u32>),
}

impl Scope {
    /// The scope of the version 2 control group whose folder is `path`.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be looked at, or is no folder of a mounted version 2 hierarchy below its root.
    pub fn cgroup(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let path = fs::canonicalize(path)?;
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let below = mounts
            .lines()
            .filter(|line| line.split(' ').nth(2) == Some("cgroup2"))
            .filter_map(|line| path.strip_prefix(line.split(' ').nth(1)?).ok())
            .min_by_key(|below| below.as_os_str().len());
        let level = below.map_or(0, |below| below.components().count());
        if level == 0 {
            let reason = format!("`{}` is not below the mount point of a version 2 control group", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        }
        Ok(Self::Cgroup { id: fs::metadata(&path)?.ino(), level: u32::try_from(level).unwrap_or(u32::MAX) })
    }
}

impl Options {
    /// Largest [`Options::rings`].
    pub const MAX_RINGS: u32 = 256;
    /// Largest [`Options::ring_bytes`]: what a ring buffer of the kernel can be addressed with, halved for safety.
    pub const MAX_RING_BYTES: u32 = 1 << 30;
    /// Largest [`Options::snapshot_length`]: leaves room for the other parameters in an event of 64 KiB.
    pub const MAX_SNAPSHOT_LENGTH: u32 = 65_000;

    /// Bytes of a ring buffer by the reference's preset, 1 (1 MiB) to 10 (512 MiB); 4 is the default.
    ///
    /// ```
    /// assert_eq!(windhover_probe::Options::preset_bytes(4), Some(8 << 20));
    /// assert_eq!(windhover_probe::Options::preset_bytes(11), None);
    /// ```
    pub const fn preset_bytes(preset: u32) -> Option<u32> {
        match preset {
            1..=10 => Some(1 << (19 + preset)),
            _ => None,
        }
    }

    /// The first thing that is wrong with these options, in words; `None` if nothing is.
    pub(crate) fn fault(&self) -> Option<String> {
        let page = crate::system::page_bytes();
        if !(1..=Self::MAX_RINGS).contains(&self.rings) {
            return Some(format!("{} ring buffers: expected 1 to {}", self.rings, Self::MAX_RINGS));
        }
        if !self.ring_bytes.is_power_of_two() || self.ring_bytes < page || self.ring_bytes > Self::MAX_RING_BYTES {
            return Some(format!(
                "ring buffers of {} bytes: expected a power of two from {page} to {}",
                self.ring_bytes,
                Self::MAX_RING_BYTES
            ));
        }
        if self.wakeup_bytes != 0 && !self.wakeup_bytes.is_power_of_two() {
            return Some(format!("a wake-up each {} bytes: expected a power of two or 0", self.wakeup_bytes));
        }
        if self.snapshot_length > Self::MAX_SNAPSHOT_LENGTH {
            let most = Self::MAX_SNAPSHOT_LENGTH;
            return Some(format!("a snapshot length of {}: expected at most {most}", self.snapshot_length));
        }
        None
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rings: 1,
            ring_bytes: 8 << 20,
            wakeup_bytes: 256 << 10,
            snapshot_length: 80,
            drop_failed: false,
            resolve_paths: true,
            enter_events: true,
            scope: Scope::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_has_no_fault() {
        assert_eq!(Options::default().fault(), None);
    }

    type Change = fn(&mut Options);

    #[test]
    fn each_bound_is_checked() {
        let cases: [(&str, Change); 6] = [
            ("0 ring buffers", |options| options.rings = 0),
            ("512 ring buffers", |options| options.rings = 512),
            ("ring buffers of 3000 bytes", |options| options.ring_bytes = 3000),
            ("ring buffers of 64 bytes", |options| options.ring_bytes = 64),
            ("a wake-up each 3 bytes", |options| options.wakeup_bytes = 3),
            ("a snapshot length of 65001", |options| options.snapshot_length = 65_001),
        ];
        for (expected, change) in cases {
            let mut options = Options::default();
            change(&mut options);
            let fault = options.fault().expect("a fault");
            assert!(fault.starts_with(expected), "{fault}");
        }
    }
}
