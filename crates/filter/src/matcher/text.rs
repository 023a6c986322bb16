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
    /// The constant in small letters.
    IContains(Box<[u8]>),
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
            Op::IContains => TextTest::IContains(text.to_ascii_lowercase().into()),
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
            TextTest::IContains(text) => contains_folded(value, text),
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
    let Some((&first, rest)) = small.split_first() else { return true };
    let Some(last_start) = value.len().checked_sub(small.len()) else { return false };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), &value[..=last_start])
        .any(|at| value[at + 1..at + small.len()].eq_ignore_ascii_case(rest))
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
