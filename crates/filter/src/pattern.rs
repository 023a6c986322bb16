//! A test of a text as patterns that an automaton can look for: what is left of a predicate for those who cannot run a
//! [`crate::Matcher`].

use std::sync::Arc;

use crate::{Op, Predicate, Rhs};

/// What a text may look like.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pattern {
    /// It is this.
    Is(Arc<[u8]>),
    /// It begins with this.
    Begins(Arc<[u8]>),
    /// It ends with this.
    Ends(Arc<[u8]>),
    /// It has this somewhere.
    Has(Arc<[u8]>),
    /// It is a path right below this directory, which ends in `/`.
    Below(Arc<[u8]>),
}

impl Pattern {
    /// The bytes that are looked for.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Pattern::Is(bytes) | Pattern::Begins(bytes) | Pattern::Ends(bytes) => bytes,
            Pattern::Has(bytes) | Pattern::Below(bytes) => bytes,
        }
    }
}

/// Whether every byte is one that patterns can have, and there is one.
fn is_usable(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| (1..128).contains(byte))
}

/// What a text must have to match a glob: its longest piece without signs of its own.
fn literal(glob: &[u8]) -> Option<Pattern> {
    let pieces: Vec<&[u8]> = glob.split(|byte| matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\')).collect();
    if pieces.len() == 1 {
        return is_usable(glob).then(|| Pattern::Is(glob.into()));
    }
    if glob.iter().any(|byte| matches!(byte, b'[' | b']' | b'\\')) {
        // What stands in brackets is no piece: only what comes before the first sign is certain.
        return Some(pieces[0]).filter(|piece| is_usable(piece)).map(|piece| Pattern::Begins(piece.into()));
    }
    let (at, longest) = pieces.iter().enumerate().max_by_key(|(at, piece)| (piece.len(), *at))?;
    let make: fn(Arc<[u8]>) -> Pattern = match at {
        0 => Pattern::Begins,
        last if last + 1 == pieces.len() => Pattern::Ends,
        _ => Pattern::Has,
    };
    is_usable(longest).then(|| make((*longest).into()))
}

/// What a path must begin with to be at or below another one, which may have signs of a glob.
fn first_part(path: &[u8]) -> Option<Pattern> {
    let certain = path.split(|byte| matches!(byte, b'*' | b'?' | b'[' | b'\\')).next()?;
    let certain = certain.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(certain);
    is_usable(certain).then(|| Pattern::Begins(certain.into()))
}

impl Predicate {
    /// The patterns of which a text must have one for this test of it to hold, leaving out what the test is about.
    /// `None` where patterns cannot say it.
    #[must_use]
    pub fn patterns(&self) -> Option<Vec<Pattern>> {
        let (None, Rhs::Texts(texts)) = (self.quantifier, &self.rhs) else { return None };
        let make: fn(Arc<[u8]>) -> Pattern = match self.op {
            Op::Eq | Op::In => Pattern::Is,
            Op::StartsWith => Pattern::Begins,
            Op::EndsWith => Pattern::Ends,
            Op::Contains => Pattern::Has,
            Op::Glob => return texts.iter().map(|glob| literal(glob)).collect(),
            Op::PMatch => return texts.iter().map(|path| first_part(path)).collect(),
            _ => return None,
        };
        texts.iter().all(|text| is_usable(text)).then(|| texts.iter().cloned().map(make).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_leave_their_longest_piece() {
        let cases: [(&str, Option<Pattern>); 8] = [
            ("/proc/*/environ", Some(Pattern::Ends(b"/environ"[..].into()))),
            ("/home/*/.ssh/*", Some(Pattern::Has(b"/.ssh/"[..].into()))),
            ("/etc/passwd?", Some(Pattern::Begins(b"/etc/passwd"[..].into()))),
            ("/etc/[ab]*/long-piece", Some(Pattern::Begins(b"/etc/"[..].into()))),
            ("[ab]x", None),
            ("*", None),
            ("/etc/x", Some(Pattern::Is(b"/etc/x"[..].into()))),
            ("", None),
        ];
        for (glob, wanted) in cases {
            assert_eq!(literal(glob.as_bytes()), wanted, "{glob}");
        }
        assert_eq!(first_part(b"/var/log/"), Some(Pattern::Begins(b"/var/log"[..].into())));
        assert_eq!(first_part(b"/"), Some(Pattern::Begins(b"/"[..].into())));
    }
}
