//! Bounds-checked reading of a block's body.

use crate::error::{ReadCaptureError, ReadCaptureReason};

/// Reads forward through bytes whose place in the capture is known.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    offset: u64,
}

impl<'a> Cursor<'a> {
    /// Over `bytes`, which begin at byte `offset` of the capture.
    pub(crate) fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self { bytes, offset }
    }

    /// Where the next byte stands in the capture.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], ReadCaptureError> {
        let Some((head, rest)) = self.bytes.split_at_checked(count) else {
            let reason = ReadCaptureReason::ShortEntry { what, left: self.bytes.len(), needed: count };
            return Err(reason.at(self.offset));
        };
        self.bytes = rest;
        self.offset += count as u64;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], ReadCaptureError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self, what: &'static str) -> Result<u8, ReadCaptureError> {
        Ok(u8::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn u16(&mut self, what: &'static str) -> Result<u16, ReadCaptureError> {
        Ok(u16::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn u32(&mut self, what: &'static str) -> Result<u32, ReadCaptureError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn u64(&mut self, what: &'static str) -> Result<u64, ReadCaptureError> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    pub(crate) fn i64(&mut self, what: &'static str) -> Result<i64, ReadCaptureError> {
        Ok(i64::from_le_bytes(self.array(what)?))
    }

    /// A string with its length (16 bits) in front, at most `most` bytes long.
    pub(crate) fn string(&mut self, most: usize, what: &'static str) -> Result<Vec<u8>, ReadCaptureError> {
        let start = self.offset;
        let length = usize::from(self.u16(what)?);
        if length > most {
            return Err(ReadCaptureReason::LongString { what, length, most }.at(start));
        }
        Ok(self.take(length, what)?.to_vec())
    }

    /// Splits off the next entry of a list, whose length the entry says itself in its first four bytes. `counts_itself`
    /// tells whether that length includes those four. The cursor returned stands behind the length.
    pub(crate) fn entry(&mut self, counts_itself: bool, what: &'static str) -> Result<Cursor<'a>, ReadCaptureError> {
        let start = self.offset;
        let length = self.u32(what)?;
        let own = if counts_itself { 4 } else { 0 };
        let most = self.bytes.len() + own;
        if (length as usize) < own || length as usize > most {
            return Err(ReadCaptureReason::EntryLength { what, length, least: own, most }.at(start));
        }
        let offset = self.offset;
        Ok(Cursor::new(self.take(length as usize - own, what)?, offset))
    }
}

/// Appends a string with its length in front, cut to `most` bytes.
pub(crate) fn put_string(out: &mut Vec<u8>, bytes: &[u8], most: usize) {
    let bytes = &bytes[..bytes.len().min(most).min(usize::from(u16::MAX))];
    out.extend_from_slice(&(bytes.len() as u16).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends an entry that begins with its own length, filled in by what `body` appends.
pub(crate) fn put_entry(out: &mut Vec<u8>, counts_itself: bool, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = out.len() - start - if counts_itself { 0 } else { 4 };
    out[start..start + 4].copy_from_slice(&(length as u32).to_le_bytes());
}
