//! A borrowed event: header, length array and parameter bytes, checked once and then read in place.

use crate::table::{EVENTS, EventType};

/// Bytes of a version 2 event header: `ts u64, tid u64, len u32, type u16, nparams u32`, little-endian, packed.
pub const HEADER_LEN: usize = 26;

/// Set in [`SHAPES`] for types whose parameter lengths are 32 bits wide.
const LARGE: u8 = 0x80;

/// How many parameters each type has: what every event is checked against, in eight cache lines instead of a table's.
static SHAPES: [u8; EventType::COUNT] = {
    let mut shapes = [0; EventType::COUNT];
    let mut code = 0;
    while code < shapes.len() {
        let count = EVENTS[code].params.len();
        assert!(count < LARGE as usize);
        shapes[code] = count as u8 | if EVENTS[code].is_large_payload() { LARGE } else { 0 };
        code += 1;
    }
    shapes
};

/// An event in its one encoding (that of a `.scap` event block), borrowed from wherever it lies.
#[derive(Clone, Copy, Debug)]
pub struct EventView<'a> {
    bytes: &'a [u8],
    kind: EventType,
    nparams: u16,
    /// Bytes of one entry of the length array: 4 for large-payload types, else 2.
    width: u8,
    params_end: u32,
}

/// Why bytes are not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed event at byte {offset}: {reason}")]
pub struct DecodeEventError {
    /// Bytes from the start of the event to what is wrong.
    pub offset: usize,
    /// What is wrong.
    pub reason: DecodeEventReason,
}

/// The kinds of malformation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeEventReason {
    /// Fewer bytes than a header, or than the header's own length says.
    #[error("truncated")]
    Truncated,
    /// The type is not in the table.
    #[error("unknown event type {0}")]
    UnknownType(u16),
    /// More parameters than the table has for the type.
    #[error("{found} parameters where the event has at most {known}")]
    TooManyParams {
        /// In the event.
        found: u32,
        /// In the table.
        known: u32,
    },
    /// The parameters' lengths sum to more than the event holds.
    #[error("parameter lengths exceed the event")]
    Overlong,
}

impl<'a> EventView<'a> {
    /// Checks header and lengths and borrows the event. Bytes after `len` are left alone.
    ///
    /// # Errors
    /// [`DecodeEventError`] with the offset and the reason.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DecodeEventError> {
        let fail = |offset, reason| Err(DecodeEventError { offset, reason });
        let Some(header) = bytes.first_chunk::<HEADER_LEN>() else {
            return fail(0, DecodeEventReason::Truncated);
        };
        let len = u32::from_le_bytes([header[16], header[17], header[18], header[19]]) as usize;
        let code = u16::from_le_bytes([header[20], header[21]]);
        let nparams = u32::from_le_bytes([header[22], header[23], header[24], header[25]]);
        if len < HEADER_LEN || len > bytes.len() {
            return fail(16, DecodeEventReason::Truncated);
        }
        let Some(kind) = EventType::from_code(code) else {
            return fail(20, DecodeEventReason::UnknownType(code));
        };
        let shape = SHAPES[usize::from(code)];
        let known = u32::from(shape & !LARGE);
        if nparams > known {
            let reason = DecodeEventReason::TooManyParams { found: nparams, known };
            return fail(22, reason);
        }
        let width = if shape & LARGE != 0 { 4 } else { 2 };
        let data = HEADER_LEN + nparams as usize * width;
        let bytes = &bytes[..len];
        let Some(lengths) = bytes.get(HEADER_LEN..data) else {
            return fail(HEADER_LEN, DecodeEventReason::Truncated);
        };
        let total = if width == 2 {
            sum_lengths(&bytes[HEADER_LEN..], nparams as usize) as u64
        } else {
            lengths.chunks_exact(width).map(|length| read_length(length) as u64).sum()
        };
        let end = data as u64 + total;
        if end > len as u64 {
            return fail(data, DecodeEventReason::Overlong);
        }
        Ok(Self { bytes, kind, nparams: nparams as u16, width: width as u8, params_end: end as u32 })
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub fn ts(&self) -> u64 {
        read_u64(self.bytes, 0)
    }

    /// Kernel id of the thread, in the initial pid namespace; -1 where the event belongs to none.
    #[inline]
    pub fn tid(&self) -> i64 {
        read_u64(self.bytes, 8) as i64
    }

    /// The event's type.
    #[inline]
    pub fn kind(&self) -> EventType {
        self.kind
    }

    /// The row of the event's type in the table.
    #[inline]
    pub fn info(&self) -> &'static crate::EventInfo {
        self.kind.info()
    }

    /// How many parameters the event carries, which may be fewer than its type has today.
    #[inline]
    pub fn nparams(&self) -> usize {
        usize::from(self.nparams)
    }

    /// The bytes of parameter `index`; `None` where the event does not carry it. An empty slice means "not available".
    #[inline]
    pub fn param(&self, index: usize) -> Option<&'a [u8]> {
        if index >= self.nparams() {
            return None;
        }
        let (start, len) = if self.width == 2 {
            let lengths = &self.bytes[HEADER_LEN..];
            (HEADER_LEN + self.nparams() * 2 + sum_lengths(lengths, index), read_u16(lengths, index * 2))
        } else {
            let lengths = &self.bytes[HEADER_LEN..];
            let before: usize = lengths[..index * 4].chunks_exact(4).map(read_length).sum();
            (HEADER_LEN + self.nparams() * 4 + before, read_length(&lengths[index * 4..index * 4 + 4]))
        };
        self.bytes.get(start..start + len)
    }

    /// The bytes of the first `N` parameters, found in one go; empty where the event does not carry them.
    #[inline]
    pub fn first_params<const N: usize>(&self) -> [&'a [u8]; N] {
        let mut params = self.params();
        std::array::from_fn(|_| params.next().unwrap_or_default())
    }

    /// The bytes of all parameters in order, without looking for each from the start.
    #[inline]
    pub fn params(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let (bytes, width) = (self.bytes, usize::from(self.width));
        let mut start = HEADER_LEN + self.nparams() * width;
        (0..self.nparams()).map(move |index| {
            let at = HEADER_LEN + index * width;
            let len = if width == 2 { read_u16(bytes, at) } else { read_length(&bytes[at..][..width]) };
            start += len;
            &bytes[start - len..start]
        })
    }

    /// What Windhover's probe adds behind the parameters (see [`crate::extension`]); empty for other events.
    #[inline]
    pub fn trailer(&self) -> &'a [u8] {
        &self.bytes[self.params_end as usize..]
    }

    /// The whole event, header included.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

fn read_length(bytes: &[u8]) -> usize {
    match *bytes {
        [a, b] => usize::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
        _ => 0,
    }
}

/// The sum of the first `count` 16-bit lengths that `bytes` begins with. Few events have more than eight parameters, and few so
/// short ones that what is read for eight lengths goes beyond the end.
#[inline]
fn sum_lengths(bytes: &[u8], count: usize) -> usize {
    if let (Some(mask), Some(lengths)) = (MASKS.get(count), bytes.first_chunk()) {
        sum_eight(lengths, mask)
    } else {
        sum_many(bytes, count)
    }
}

/// By count, what is to be taken of eight lengths.
static MASKS: [[u64; 2]; 9] = {
    const fn low(count: usize) -> u64 {
        if count >= 4 { u64::MAX } else { (1 << (16 * count)) - 1 }
    }
    let mut masks = [[0; 2]; 9];
    let mut count = 0;
    while count < masks.len() {
        masks[count] = [low(count), if count > 4 { low(count - 4) } else { 0 }];
        count += 1;
    }
    masks
};

/// Of eight lengths those that `mask` leaves are summed, in lanes twice as wide as they are.
#[inline]
fn sum_eight(lengths: &[u8; 16], mask: &[u64; 2]) -> usize {
    const EVEN: u64 = 0x0000_ffff_0000_ffff;
    let lengths = u128::from_le_bytes(*lengths);
    let (low, high) = (lengths as u64 & mask[0], (lengths >> 64) as u64 & mask[1]);
    let lanes = (low & EVEN) + (low >> 16 & EVEN) + (high & EVEN) + (high >> 16 & EVEN);
    ((lanes & u64::from(u32::MAX)) + (lanes >> 32)) as usize
}

fn sum_many(bytes: &[u8], count: usize) -> usize {
    let (eights, rest) = bytes[..count * 2].as_chunks::<16>();
    let eights: usize = eights.iter().map(|lengths| sum_eight(lengths, &MASKS[8])).sum();
    eights + rest.as_chunks::<2>().0.iter().map(|length| usize::from(u16::from_le_bytes(*length))).sum::<usize>()
}

#[inline]
fn read_u16(bytes: &[u8], at: usize) -> usize {
    bytes[at..].first_chunk().map_or(0, |chunk| usize::from(u16::from_le_bytes(*chunk)))
}

#[inline]
fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |chunk| u64::from_le_bytes(*chunk))
}
