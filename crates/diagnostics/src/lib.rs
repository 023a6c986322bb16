//! Diagnostics as values: source map, spans, ids, and their renderers.
//!
//! Code that finds a problem builds a [`Diagnostic`]; printing is elsewhere and swappable.

/// A file (or other text) that spans point into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// Bytes `start..end` of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}
