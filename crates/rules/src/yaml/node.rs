//! The tree that a text is read into.

use std::ops::Range;

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'…'`.
    Single,
    /// In `"…"`.
    Double,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// From byte `decoded` of a scalar's text on, bytes were copied one by one from byte `source` of the file, until the next piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Offset in the decoded text.
    pub decoded: u32,
    /// Offset in the file.
    pub source: u32,
}

/// A leaf: always text; numbers and truth values are readings of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The decoded text: escapes, folding and indentation resolved.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// Where the text's bytes come from, in order; empty only for an empty text.
    pub pieces: Vec<Piece>,
}

impl Scalar {
    /// A scalar that no file holds (an option of the command line).
    pub fn synthetic(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: Style::Plain, pieces: Vec::new() }
    }

    /// The file's byte from which byte `decoded` of the text comes. Past the end it is the byte after the last.
    pub fn source(&self, decoded: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.decoded as usize <= decoded);
        match after.checked_sub(1).map(|at| self.pieces[at]) {
            Some(piece) => piece.source as usize + (decoded - piece.decoded as usize),
            None => self.pieces.first().map_or(0, |piece| piece.source as usize),
        }
    }

    /// The truth value that the text spells: `true`, `yes`, `on`, `y` and their opposites, in lower case, upper case or
    /// capitalised. Quotes make no difference.
    pub fn as_bool(&self) -> Option<bool> {
        let text = self.text.as_str();
        let rest = text.get(1..)?;
        let lower = text.bytes().all(|byte| byte.is_ascii_lowercase());
        let upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
        let capital = text.as_bytes()[0].is_ascii_uppercase() && rest.bytes().all(|byte| byte.is_ascii_lowercase());
        if !(lower || upper || capital) {
            return None;
        }
        match text.to_ascii_lowercase().as_str() {
            "y" | "yes" | "true" | "on" => Some(true),
            "n" | "no" | "false" | "off" => Some(false),
            _ => None,
        }
    }

    /// The number that the text spells: decimal, hexadecimal after `0x`, octal after `0`; signs allowed; blanks after it too.
    pub fn as_integer(&self) -> Option<i64> {
        let text = self.text.trim_end_matches([' ', '\t', '\n', '\r']);
        let (negative, digits) = match text.strip_prefix(['+', '-']) {
            Some(digits) => (text.starts_with('-'), digits),
            None => (false, text),
        };
        let (radix, digits) = match digits.as_bytes() {
            [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
            [b'0', _, ..] => (8, &digits[1..]),
            _ => (10, digits),
        };
        if !digits.starts_with(|digit: char| digit.is_digit(radix)) {
            return None;
        }
        let value = i64::from_str_radix(digits, radix).ok()?;
        Some(if negative { -value } else { value })
    }

    /// As [`Scalar::as_integer`], for an unsigned 32-bit number; a sign is refused.
    pub fn as_u32(&self) -> Option<u32> {
        if self.text.starts_with('-') {
            return None;
        }
        u32::try_from(self.as_integer()?).ok()
    }
}

/// A mapping's pairs in the order of the file. Keys may repeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// Key and value.
    pub pairs: Vec<(Node, Node)>,
}

impl Mapping {
    /// The value of the first pair with that key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.pair(key).map(|(_, value)| value)
    }

    /// The first pair with that key.
    pub fn pair(&self, key: &str) -> Option<&(Node, Node)> {
        self.pairs.iter().find(|(node, _)| node.as_scalar().is_some_and(|scalar| scalar.text == key))
    }

    /// The pairs whose key an earlier pair has already: what [`Mapping::get`] never finds.
    pub fn repeated(&self) -> impl Iterator<Item = &(Node, Node)> {
        let mut seen = std::collections::HashSet::new();
        self.pairs.iter().filter(move |(key, _)| key.as_scalar().is_some_and(|scalar| !seen.insert(&scalar.text)))
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `~`, `null`, or nothing.
    Null,
    /// A leaf.
    Scalar(Scalar),
    /// Items in order.
    Sequence(Vec<Node>),
    /// Pairs in order.
    Mapping(Mapping),
}

/// One value of the tree and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// First byte, and one past the last, in the file. What an alias stands for keeps the place of its anchor.
    pub span: Range<u32>,
}

impl Node {
    /// Is it null?
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The leaf, if it is one; null is none.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text, if it is a leaf.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// The items, if it is a sequence.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The mapping, if it is one.
    pub fn as_mapping(&self) -> Option<&Mapping> {
        match &self.kind {
            Kind::Mapping(mapping) => Some(mapping),
            _ => None,
        }
    }

    /// The value of a key, if it is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.get(key)
    }
}
