//! What Windhover's probe knows beyond the reference's parameters, carried behind them in the same event.
//!
//! Readers go by the parameters' lengths, so bytes between the last parameter and the end of the event are passed over
//! by those that do not know them. Ours begin with a magic number, and then hold entries: `tag u16, len u16, bytes`.

use crate::view::EventView;

/// What the bytes behind the parameters begin with, little-endian, to be an extension: `WHX1`.
pub const MAGIC: u32 = u32::from_le_bytes(*b"WHX1");

/// The path of the opened file as the kernel resolved it, absolute, without NUL.
pub const TAG_RESOLVED_PATH: u16 = 1;

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
}
