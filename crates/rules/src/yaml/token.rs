//! What the scanner makes of the text for the tree builder.

use super::node::Scalar;

/// A token's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Directive,
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    BlockEntry,
    FlowSequenceStart,
    FlowMappingStart,
    FlowSequenceEnd,
    FlowMappingEnd,
    FlowEntry,
    Key,
    Value,
    Anchor(String),
    Alias(String),
    Tag,
    Scalar(Scalar),
}

/// Whether a token counts yet: what starts a mapping is known for a key only when its `:` is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Valid,
    Unverified,
    Invalid,
}

/// A token and the bytes it stands for.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) standing: Standing,
}
