//! Byte strings that come again and again, held once.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::FxHasher;

use crate::Bytes;

/// Sets of two; a power of two.
const SETS: usize = 4096;

/// Longer strings are rare and go uncached, so that the cache stays small.
const MAX_LEN: usize = 1024;

/// Gives equal strings the same allocation, as long as they are asked for often enough. It is a cache and nothing more:
/// a string that loses its place is still good, and the cache never grows.
#[derive(Debug)]
pub(crate) struct Interner {
    sets: Vec<[Bytes; 2]>,
    empty: Bytes,
}

impl Interner {
    pub(crate) fn new() -> Self {
        let empty: Bytes = Arc::from(&b""[..]);
        Self { sets: vec![[empty.clone(), empty.clone()]; SETS], empty }
    }

    pub(crate) fn empty(&self) -> Bytes {
        self.empty.clone()
    }

    /// The shared form of `text`.
    pub(crate) fn get(&mut self, text: &[u8]) -> Bytes {
        if text.is_empty() {
            return self.empty.clone();
        }
        if text.len() > MAX_LEN {
            return Arc::from(text);
        }
        let mut hasher = FxHasher::default();
        hasher.write(text);
        let set = &mut self.sets[hasher.finish() as usize & (SETS - 1)];
        if *set[0] == *text {
            return set[0].clone();
        }
        set.swap(0, 1);
        if *set[0] != *text {
            set[0] = Arc::from(text);
        }
        set[0].clone()
    }

    /// `old` if it is equal to `text`, else the shared form of `text`: what a process inherits is most often equal to
    /// what its parent has.
    pub(crate) fn reuse(&mut self, old: &Bytes, text: &[u8]) -> Bytes {
        if **old == *text { old.clone() } else { self.get(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_one_allocation() {
        let mut interner = Interner::new();
        let first = interner.get(b"/etc/passwd");
        assert!(Arc::ptr_eq(&first, &interner.get(b"/etc/passwd")));
        assert_eq!(&*interner.get(b"/etc/shadow"), b"/etc/shadow");
    }

    #[test]
    fn any_number_of_strings_comes_out_as_it_went_in() {
        let mut interner = Interner::new();
        for number in 0..20_000 {
            let text = format!("/tmp/{number}");
            assert_eq!(&*interner.get(text.as_bytes()), text.as_bytes());
        }
        assert_eq!(interner.sets.len(), SETS);
    }

    #[test]
    fn long_strings_are_not_kept() {
        let mut interner = Interner::new();
        let long = vec![b'x'; MAX_LEN + 1];
        assert!(!Arc::ptr_eq(&interner.get(&long), &interner.get(&long)));
    }
}
