//! Tests of strings and byte buffers.

use std::sync::Arc;

use hashbrown::HashSet;
use memchr::memmem::Finder;
use regex_automata::meta::Regex;

use super::number::Accepts;
use crate::path::PathTree;
use crate::{Op, glob, regex};

/// Up to this many strings, going through them beats hashing.
const FEW: usize = 4;

/// A test against constants.
#[derive(Debug)]
pub(super) enum TextTest {
    Never,
    Equal {
        text: Arc<[u8]>,
        negated: bool,
    },
    Set {
        set: TextSet,
        negated: bool,
    },
    Order {
        text: Arc<[u8]>,
        accepts: Accepts,
    },
    Contains(Box<Finder<'static>>),
    /// The constant in small letters, and where its rarest byte stands.
    IContains(Box<[u8]>, usize),
    StartsWith(Arc<[u8]>),
    EndsWith(Arc<[u8]>),
    Glob {
        pattern: Arc<[u8]>,
        fold: bool,
    },
    Regex(Box<Regex>),
    Path(Box<PathTree>),
}

impl TextTest {
    /// One constant, or several for `=`, `!=`, `in`, `intersects`, `pmatch`.
    pub(super) fn new(op: Op, texts: &[Arc<[u8]>]) -> TextTest {
        let negated = op == Op::Ne;
        match (op, texts) {
            (Op::PMatch, texts) => TextTest::Path(Box::new(PathTree::new(texts.iter().map(|text| &**text)))),
            (Op::Eq | Op::EqEq | Op::Ne | Op::In | Op::Intersects, [text]) => {
                TextTest::Equal { text: text.clone(), negated }
            }
            (Op::Eq | Op::EqEq | Op::Ne | Op::In | Op::Intersects, texts) => {
                TextTest::Set { set: TextSet::new(texts), negated }
            }
            (op, [text]) => TextTest::single(op, text),
            _ => TextTest::Never,
        }
    }

    fn single(op: Op, text: &Arc<[u8]>) -> TextTest {
        match op {
            Op::Le | Op::Lt | Op::Ge | Op::Gt => TextTest::Order { text: text.clone(), accepts: Accepts::new(op) },
            Op::Glob => TextTest::Glob { pattern: text.clone(), fold: false },
            Op::IGlob => TextTest::Glob { pattern: text.clone(), fold: true },
            Op::Contains | Op::BContains => TextTest::Contains(Box::new(Finder::new(text).into_owned())),
            Op::IContains => {
                let small = text.to_ascii_lowercase();
                let rare = rarest(&small);
                TextTest::IContains(small.into(), rare)
            }
            Op::StartsWith | Op::BStartsWith => TextTest::StartsWith(text.clone()),
            Op::EndsWith => TextTest::EndsWith(text.clone()),
            // Patterns are checked when predicates are made; one that is not valid matches nothing.
            Op::Regex => regex::compile(text).map_or(TextTest::Never, |regex| TextTest::Regex(Box::new(regex))),
            _ => TextTest::Never,
        }
    }

    /// Whether `passes` may write into the space given.
    pub(super) fn needs_space(&self) -> bool {
        matches!(self, TextTest::Regex(_))
    }

    pub(super) fn passes(&self, value: &[u8], space: &mut Vec<u8>) -> bool {
        match self {
            TextTest::Never => false,
            TextTest::Equal { text, negated } => (**text == *value) != *negated,
            TextTest::Set { set, negated } => set.contains(value) != *negated,
            TextTest::Order { text, accepts } => accepts.holds(value.cmp(text)),
            TextTest::Contains(finder) => finder.find(value).is_some(),
            TextTest::IContains(text, rare) => contains_folded_at(value, text, *rare),
            TextTest::StartsWith(text) => value.starts_with(text),
            TextTest::EndsWith(text) => value.ends_with(text),
            TextTest::Glob { pattern, fold } => glob::matches(pattern, value, *fold),
            TextTest::Regex(regex) => regex.is_match(valid_utf8(value, space)),
            TextTest::Path(tree) => tree.matches(value),
        }
    }
}

/// The value if it is UTF-8; else a copy in which what is not has been replaced.
fn valid_utf8<'a>(value: &'a [u8], space: &'a mut Vec<u8>) -> &'a [u8] {
    if std::str::from_utf8(value).is_ok() {
        return value;
    }
    space.clear();
    for chunk in value.utf8_chunks() {
        space.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            space.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
    space
}

/// Whether a text in small letters occurs in the value in any letters (ASCII only).
pub(super) fn contains_folded(value: &[u8], small: &[u8]) -> bool {
    contains_folded_at(value, small, rarest(small))
}

/// The same, looking for the text's byte at `rare` first.
fn contains_folded_at(value: &[u8], small: &[u8], rare: usize) -> bool {
    let Some(&byte) = small.get(rare) else { return true };
    let Some(last_start) = value.len().checked_sub(small.len()) else { return false };
    memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), &value[rare..=last_start + rare])
        .any(|at| value[at..at + small.len()].eq_ignore_ascii_case(small))
}

/// Where the byte of a text stands that values have least often: of letters the rare ones in words; other bytes, which
/// separate or number things, are not rare.
fn rarest(small: &[u8]) -> usize {
    const RARE_FIRST: &[u8] = b"qzxjkvwybfgpmuhcdlnosriate";
    let rank = |byte: &u8| RARE_FIRST.iter().position(|letter| letter == byte).unwrap_or(RARE_FIRST.len());
    small.iter().enumerate().min_by_key(|(_, byte)| rank(byte)).map_or(0, |(at, _)| at)
}

/// A set of strings; most strings that are not in it are told by their length.
#[derive(Debug)]
pub(super) struct TextSet {
    /// Bit n is set if a string has n bytes; the last bit stands for all longer ones.
    lengths: u64,
    texts: Texts,
}

#[derive(Debug)]
enum Texts {
    Few(Box<[Arc<[u8]>]>),
    Many(HashSet<Arc<[u8]>>),
}

impl TextSet {
    fn new(texts: &[Arc<[u8]>]) -> TextSet {
        let lengths = texts.iter().fold(0, |bits, text| bits | length_bit(text));
        let texts =
            if texts.len() <= FEW { Texts::Few(texts.into()) } else { Texts::Many(texts.iter().cloned().collect()) };
        TextSet { lengths, texts }
    }

    fn contains(&self, value: &[u8]) -> bool {
        self.lengths & length_bit(value) != 0
            && match &self.texts {
                Texts::Few(texts) => texts.iter().any(|text| **text == *value),
                Texts::Many(texts) => texts.contains(value),
            }
    }
}

fn length_bit(text: &[u8]) -> u64 {
    1 << text.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_any_letters_wherever_its_rarest_byte_stands() {
        let values =
            ["", "x", "HTTP_PROXY=", "a=1 http_ProXy=b", "http_pro xy", "proxy", "ttp_proxyhttp_proxy", "É-x", "é-X"];
        for small in ["", "x", "http_proxy", "y=b", "é-x", "_", "aa"] {
            for value in values {
                let want = value.to_ascii_lowercase().contains(small);
                assert_eq!(contains_folded(value.as_bytes(), small.as_bytes()), want, "{small} in {value}");
            }
        }
    }
}
