//! What can be wrong with a capture, and where.

use std::io;

use windhover_event::{BuildEventError, DecodeEventReason};

/// A capture that cannot be read (further). Whatever the reader gave before stays valid.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the capture at byte {offset}: {reason}")]
pub struct ReadCaptureError {
    /// Bytes from the start of the capture, uncompressed, to what is wrong.
    pub offset: u64,
    /// What is wrong.
    #[source]
    pub reason: ReadCaptureReason,
}

/// The kinds of trouble.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCaptureReason {
    /// The operating system, or the decompressor, refused.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The first block is not a section header.
    #[error("not a .scap file: expected a section header (0x0a0d0d0a), found 0x{0:08x}")]
    NotACapture(u32),
    /// The section's magic number is reversed.
    #[error("recorded on a machine of the other byte order; read it on one like that")]
    ByteOrder,
    /// The section's magic number is something else.
    #[error("expected the magic number 0x1a2b3c4d, found 0x{0:08x}")]
    Magic(u32),
    /// The format's major version is newer than what is known.
    #[error("capture format {major}.{minor} is newer than the 1.x that can be read")]
    Version {
        /// Major version.
        major: u16,
        /// Minor version.
        minor: u16,
    },
    /// The capture ends inside something.
    #[error("the capture ends inside a {what}: {expected} bytes expected, {found} left")]
    Truncated {
        /// What is cut off.
        what: &'static str,
        /// Bytes it should have.
        expected: u64,
        /// Bytes there are.
        found: u64,
    },
    /// A block's length cannot hold what the block must have.
    #[error("a {what} of {length} bytes is shorter than the {least} that it must have")]
    ShortBlock {
        /// The block.
        what: &'static str,
        /// Its length.
        length: u32,
        /// The least length.
        least: u32,
    },
    /// A block's trailing length differs from its leading one.
    #[error("block of {head} bytes says {tail} at its end")]
    Trailer {
        /// Leading length.
        head: u32,
        /// Trailing length.
        tail: u32,
    },
    /// An entry of a list is inconsistent.
    #[error("a {what} ends after {left} bytes where {needed} more are needed")]
    ShortEntry {
        /// The field that does not fit.
        what: &'static str,
        /// Bytes left.
        left: usize,
        /// Bytes the field needs.
        needed: usize,
    },
    /// An entry's own length is impossible.
    #[error("a {what} entry says it is {length} bytes long; {least} to {most} are possible here")]
    EntryLength {
        /// The list's kind of entry.
        what: &'static str,
        /// Its length.
        length: u32,
        /// The least length.
        least: usize,
        /// What the block has left.
        most: usize,
    },
    /// A string is longer than the format lets it be.
    #[error("{what} of {length} bytes; at most {most} are allowed")]
    LongString {
        /// The field.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The most allowed.
        most: usize,
    },
    /// A number that selects a layout is unknown, in a list version whose entries cannot be skipped.
    #[error("unknown {what} {number}")]
    UnknownKind {
        /// What the number selects.
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// A bound set by [`crate::Limits`] is passed.
    #[error("{what}: {found} is more than the limit of {limit}")]
    Limit {
        /// What is bounded.
        what: &'static str,
        /// What the capture asks for.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// The section has no event at all.
    #[error("no events in the capture")]
    NoEvents,
    /// Something that is neither an event nor the start of another capture follows the first event.
    #[error("expected an event or a new section, found a block of type 0x{0:08x}")]
    UnexpectedBlock(u32),
    /// An event is malformed.
    #[error("malformed event: {0}")]
    Event(#[from] DecodeEventReason),
    /// No number of parameters fits the lengths of a version 1 event.
    #[error("no parameter count fits a version 1 event of type {code} and {length} bytes")]
    ParamCount {
        /// Event type.
        code: u16,
        /// Its length.
        length: u32,
    },
    /// An event of an old schema that nothing says how to bring to today's.
    #[error("events of type {code} with {nparams} parameters are not known")]
    NoConversion {
        /// Event type.
        code: u16,
        /// Parameters in the capture.
        nparams: u32,
    },
    /// An old event lacks a parameter that today's version is made from.
    #[error("an event of type {code} has no parameter {param}, which converting it needs")]
    MissingParam {
        /// Event type.
        code: u16,
        /// Index of the parameter.
        param: u8,
    },
    /// An old event does not fit today's encoding.
    #[error("an old event cannot be brought to today's schema: {0}")]
    Convert(#[from] BuildEventError),
    /// Conversion did not come to an end.
    #[error("an event of type {0} cannot be brought to today's schema in {max} steps", max = crate::convert::MAX_ROUNDS)]
    EndlessConversion(u16),
}

impl ReadCaptureReason {
    pub(crate) fn at(self, offset: u64) -> ReadCaptureError {
        ReadCaptureError { offset, reason: self }
    }
}

/// A capture that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteCaptureError {
    /// The sink refused.
    #[error("cannot write the capture: {0}")]
    Io(#[from] io::Error),
    /// An event is longer than its kind of block can hold.
    #[error("cannot write an event of type {code}: {length} bytes are more than the {most} a capture can hold")]
    LongEvent {
        /// Event type.
        code: u16,
        /// Its length.
        length: usize,
        /// The most possible.
        most: usize,
    },
    /// A list is too long for a block.
    #[error("cannot write the {what} list: {length} bytes are more than a block can hold")]
    LongList {
        /// The list.
        what: &'static str,
        /// Its length.
        length: usize,
    },
}
