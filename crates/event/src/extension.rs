//! What Windhover's probe knows beyond the reference's parameters, carried behind them in the same event.
//!
//! Readers go by the parameters' lengths, so bytes between the last parameter and the end of the event are passed over
//! by those that do not know them. Ours begin with a magic number, and then hold entries: `tag u16, len u16, bytes`.

use crate::value::{SockTuple, sock_tuple};
use crate::view::EventView;

/// What the bytes behind the parameters begin with, little-endian, to be an extension: `WHX1`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"WHX1");

/// The path of the opened file as the kernel resolved it, absolute, without NUL.
pub const TAG_RESOLVED_PATH: u16 = 1;

/// A question about the event's process that the probe could not answer: thread-group id and generation, `u32` each.
pub const TAG_PROCESS: u16 = 2;

/// Which file a descriptor is at this moment: see [`DescriptorEntry`].
pub const TAG_DESCRIPTOR: u16 = 3;

/// A question about the event's thread, likewise: thread id and generation.
pub const TAG_THREAD: u16 = 4;

/// The opened file's inode generation, `u32`.
pub const TAG_GENERATION: u16 = 5;

/// What a socket was connected to: the number of its descriptor, `s32`, and both its ends as a tuple parameter has them,
/// this side first.
pub const TAG_CONNECTION: u16 = 6;

/// The ring buffer that the events of a new process go to, `u32`, with its parent's event.
pub const TAG_CHILD_RING: u16 = 8;

/// Which file a descriptor was when the event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptorEntry<'a> {
    /// Its number.
    pub fd: i32,
    /// The file system's device, as parameters of opens have it.
    pub dev: u32,
    /// The inode.
    pub ino: u64,
    /// Kind and permissions, as `stat` has them; 0 where there was no such descriptor.
    pub mode: u32,
    /// Tells files apart that had the same inode one after the other; 0 where the file system does not.
    pub generation: u32,
    /// The path as the kernel knows it; a bare name for what has no place in the file system.
    pub path: &'a [u8],
}

impl<'a> DescriptorEntry<'a> {
    /// From an entry's bytes: `fd s32, dev u32, ino u64, mode u32, generation u32, path`.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (fd, rest) = bytes.split_first_chunk()?;
        let (dev, rest) = rest.split_first_chunk()?;
        let (ino, rest) = rest.split_first_chunk()?;
        let (mode, rest) = rest.split_first_chunk()?;
        let (generation, path) = rest.split_first_chunk()?;
        let [dev, mode, generation] = [dev, mode, generation].map(|bytes| u32::from_le_bytes(*bytes));
        Some(Self { fd: i32::from_le_bytes(*fd), dev, ino: u64::from_le_bytes(*ino), mode, generation, path })
    }
}

/// Adds an entry to the extension of an encoded event, which begins with it where it has none.
pub fn append(event: &mut Vec<u8>, tag: u16, value: &[u8]) {
    let Ok(view) = EventView::parse(event) else { return };
    if !view.trailer().starts_with(&MAGIC.to_le_bytes()) {
        event.truncate(event.len() - view.trailer().len());
        event.extend(MAGIC.to_le_bytes());
    }
    event.extend(tag.to_le_bytes());
    event.extend((value.len() as u16).to_le_bytes());
    event.extend(value);
    let length = event.len() as u32;
    event[16..20].copy_from_slice(&length.to_le_bytes());
}

/// The entries of an event's extension, tag and bytes; it ends where the bytes end or an entry would go beyond them.
#[derive(Clone, Debug)]
pub struct Entries<'a>(&'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[t0, t1, l0, l1], rest) = self.0.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([l0, l1])))?;
        self.0 = rest;
        Some((u16::from_le_bytes([t0, t1]), value))
    }
}

impl<'a> EventView<'a> {
    /// The entries that the probe added; none where the event has no extension.
    #[inline]
    pub fn extension(&self) -> Entries<'a> {
        Entries(self.trailer().strip_prefix(&MAGIC.to_le_bytes()).unwrap_or_default())
    }

    /// The path of the opened file as the kernel resolved it: free of symbolic links and of what the caller could change
    /// meanwhile. `None` where the probe did not add it.
    pub fn resolved_path(&self) -> Option<&'a [u8]> {
        let mut entries = self.extension();
        entries.find(|(tag, path)| *tag == TAG_RESOLVED_PATH && !path.is_empty()).map(|(_, path)| path)
    }

    /// What the probe asks about the event's process ([`TAG_PROCESS`]) or thread ([`TAG_THREAD`]): id and generation.
    pub fn question(&self, tag: u16) -> Option<(u32, u32)> {
        let (_, bytes) = self.extension().find(|(of, _)| *of == tag)?;
        let (id, rest) = bytes.split_first_chunk()?;
        Some((u32::from_le_bytes(*id), u32::from_le_bytes(*rest.first_chunk()?)))
    }

    /// The generation of the opened file's inode, as [`DescriptorEntry`] has it; 0 where the probe did not tell.
    pub fn generation(&self) -> u32 {
        let told = self.extension().find(|(tag, _)| *tag == TAG_GENERATION);
        told.and_then(|(_, bytes)| bytes.first_chunk()).map_or(0, |bytes| u32::from_le_bytes(*bytes))
    }

    /// The ring buffer that the events of the new process go to ([`TAG_CHILD_RING`]).
    pub fn child_ring(&self) -> Option<u32> {
        let (_, bytes) = self.extension().find(|(of, _)| *of == TAG_CHILD_RING)?;
        Some(u32::from_le_bytes(*bytes.first_chunk()?))
    }

    /// Which files the event's descriptors are, as far as the probe tells.
    pub fn descriptors(&self) -> impl Iterator<Item = DescriptorEntry<'a>> {
        let entries = self.extension().filter(|(tag, _)| *tag == TAG_DESCRIPTOR);
        entries.filter_map(|(_, bytes)| DescriptorEntry::parse(bytes))
    }

    /// What the event's sockets were connected to, by the numbers of their descriptors, as far as the probe tells.
    pub fn connections(&self) -> impl Iterator<Item = (i32, SockTuple<'a>)> {
        let entries = self.extension().filter(|(tag, _)| *tag == TAG_CONNECTION);
        entries.filter_map(|(_, bytes)| {
            let (fd, tuple) = bytes.split_first_chunk()?;
            let tuple = if tuple.is_empty() { None } else { sock_tuple(tuple).ok() };
            Some((i32::from_le_bytes(*fd), tuple?))
        })
    }
}
