//! All patterns of all texts as one automaton that reads a path byte by byte, in the kernel or here.
//!
//! It reads the path as a caller gives it and finds what holds of the normalised path: `.` and empty components leave
//! no trace. What it does not tell (`..`, empty components where paths as given matter, a `/` at the end, bytes beyond ASCII, texts that may stand anywhere) leads to the state that
//! says so, [`Automaton::PASS`].

use std::collections::HashMap;

use windhover_filter::Pattern;

/// Bytes that have a column; all others pass.
pub const BYTES: usize = 128;

/// A test of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// It holds where the path has one of these.
    pub patterns: Vec<Pattern>,
    /// Looked for in the path as it was given, not in the absolute normalised one.
    pub raw: bool,
}

/// Position of a pattern in the reading: bytes matched so far, or [`FOUND`].
type Item = (u16, u16);
/// Found, whatever comes.
const FOUND: u16 = u16::MAX;
/// A byte that no pattern has.
const OTHER: u8 = 0xff;

/// Where in a path the reading is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// Before the first `/`.
    Start,
    /// Behind a `/`.
    Boundary,
    /// In a component.
    Component,
    /// A component is `.` so far; with what was found before it.
    Dot(Box<[Item]>),
    /// A component is `..` so far.
    DotDot,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    place: Place,
    items: Box<[Item]>,
}

/// One of the two automatons.
#[derive(Clone, Debug)]
pub struct Part {
    /// The next states by state and byte.
    pub next: Vec<[u16; BYTES]>,
    /// By state: what a path that ends there is like; 0 where that cannot be told.
    pub ends: Vec<u16>,
    /// By state: the one from which a relative path is read on, if the state is behind a directory.
    directories: Vec<u16>,
    /// What paths can be like, from 1: the texts that hold.
    sets: Vec<Box<[u64]>>,
}

/// The automaton: two that read together, because one would have to know all pairs of their states. The first knows what
/// paths begin with, the second what they end with.
#[derive(Clone, Debug)]
pub struct Automaton {
    parts: [Part; 2],
    /// By text: which part looks for it, and its number there.
    texts: Vec<(usize, usize)>,
    /// Pairs of states behind directories; the first stands for "not known".
    directories: Vec<[u16; 2]>,
}

/// What a path is like: by part, 0 where that cannot be told.
pub type Ends = [u16; 2];

impl Automaton {
    /// The state of a part that says nothing, and that no byte leaves.
    pub const PASS: u16 = 0;
    /// Where absolute paths start.
    pub const START: u16 = 1;
    /// Pairs of states behind directories that are told apart.
    const MAX_DIRECTORIES: usize = 8192;

    /// The automaton that looks for `texts`, each part with at most `max_states` states, and with at most so many things
    /// that a path can be like.
    pub fn new(texts: &[Text], max_states: usize, max_ends: [usize; 2]) -> Self {
        let mut of_part: [Vec<Text>; 2] = Default::default();
        let mut numbers = Vec::new();
        for text in texts {
            let part = usize::from(text.patterns.iter().all(is_floating));
            numbers.push((part, of_part[part].len()));
            of_part[part].push(text.clone());
        }
        let [anchored, floating] = of_part;
        let parts = [
            Builder::new(&anchored, max_states).build(max_ends[0]),
            Builder::new(&floating, max_states).build(max_ends[1]),
        ];
        let behind = |part: &Part| {
            let mut states: Vec<u16> = part.directories.iter().copied().filter(|&state| state != Self::PASS).collect();
            states.sort_unstable();
            states.dedup();
            states
        };
        let [first, second] = parts.each_ref().map(behind);
        let pairs = first.iter().flat_map(|&first| second.iter().map(move |&second| [first, second]));
        let directories = std::iter::once([Self::PASS; 2]).chain(pairs).take(Self::MAX_DIRECTORIES).collect();
        Self { parts, texts: numbers, directories }
    }

    /// The two automatons.
    pub fn parts(&self) -> &[Part; 2] {
        &self.parts
    }

    /// Pairs of states behind directories, by the numbers that [`Self::directory`] gives.
    pub fn directories(&self) -> &[[u16; 2]] {
        &self.directories
    }

    /// The number of the pair of states from which paths are read that are relative to `directory`, which is absolute and
    /// ends in `/`.
    pub fn directory(&self, directory: &[u8]) -> Option<u16> {
        let pair = self.parts.each_ref().map(|part| {
            let state = part.read(Self::START, directory);
            part.directories[usize::from(state)]
        });
        let at = self.directories.iter().position(|known| *known == pair);
        at.filter(|&at| at > 0).and_then(|at| u16::try_from(at).ok())
    }

    /// What a path is like: absolute, or relative to a directory of that number.
    pub fn read(&self, directory: Option<u16>, path: &[u8]) -> Ends {
        let start = match directory {
            Some(number) => self.directories.get(usize::from(number)).copied().unwrap_or([Self::PASS; 2]),
            None => [Self::START; 2],
        };
        [0, 1].map(|n| {
            let part = &self.parts[n];
            part.ends[usize::from(part.read(start[n], path))]
        })
    }

    /// Everything that paths can be like and that can be told.
    pub fn ends(&self) -> impl Iterator<Item = Ends> {
        let [first, second] = self.parts.each_ref().map(|part| part.sets.len() as u16);
        (1..=first).flat_map(move |first| (1..=second).map(move |second| [first, second]))
    }

    /// Whether text number `text` holds of such a path; `None` where that cannot be told.
    pub fn holds(&self, ends: Ends, text: usize) -> Option<bool> {
        let (part, number) = *self.texts.get(text)?;
        let set = self.parts[part].sets.get(usize::from(ends[part]).checked_sub(1)?)?;
        Some(set[number / 64] >> (number % 64) & 1 == 1)
    }

    /// States of both parts.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.next.len()).sum()
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

impl Part {
    /// The state behind reading `text`.
    fn read(&self, state: u16, text: &[u8]) -> u16 {
        text.iter().fold(state, |state, &byte| match self.next[usize::from(state)].get(usize::from(byte)) {
            Some(&next) if byte != 0 => next,
            _ => Automaton::PASS,
        })
    }
}

struct Builder {
    /// Each pattern, the text it belongs to, and whether that is raw.
    patterns: Vec<(Pattern, usize, bool)>,
    /// By text: its first pattern, which stands for the text when it has been found.
    first_of: Vec<u16>,
    max_states: usize,
    keys: Vec<Key>,
    numbers: HashMap<Key, u16>,
}

impl Builder {
    fn new(texts: &[Text], max_states: usize) -> Self {
        let numbered = texts.iter().enumerate();
        let patterns = numbered.flat_map(|(n, text)| text.patterns.iter().map(move |p| (p.clone(), n, text.raw)));
        let patterns: Vec<_> = patterns.take(usize::from(FOUND)).collect();
        let first = |text| patterns.iter().position(|(_, of, _)| *of == text).unwrap_or(0) as u16;
        let start = Key { place: Place::Start, items: Box::default() };
        Self {
            first_of: (0..texts.len()).map(first).collect(),
            patterns,
            max_states: max_states.min(usize::from(u16::MAX)),
            keys: vec![start.clone(), start],
            numbers: HashMap::new(),
        }
    }

    fn build(mut self, max_ends: usize) -> Part {
        let mut next = vec![[Automaton::PASS; BYTES]];
        let mut directories = vec![Automaton::PASS];
        let mut at = usize::from(Automaton::START);
        while at < self.keys.len() {
            let key = self.keys[at].clone();
            next.push(self.row(&key));
            let directory = match key.place {
                Place::Boundary => self.number(Key { place: Place::Boundary, items: self.beginning_anew(&key.items) }),
                _ => Automaton::PASS,
            };
            directories.push(directory);
            at += 1;
        }
        let mut sets: Vec<Box<[u64]>> = Vec::new();
        let mut known: HashMap<Box<[u64]>, u16> = HashMap::new();
        let mut end_of = |key: &Key| {
            if key.place != Place::Component {
                return 0;
            }
            let set = self.holding(&key.items);
            if !known.contains_key(&set) && sets.len() < max_ends {
                sets.push(set.clone());
                known.insert(set.clone(), sets.len() as u16);
            }
            known.get(&set).copied().unwrap_or(0)
        };
        let ends = self.keys.iter().map(&mut end_of).collect();
        Part { next, ends, directories, sets }
    }

    /// The states behind each byte.
    fn row(&mut self, key: &Key) -> [u16; BYTES] {
        if key.place == Place::Start {
            let mut row = [Automaton::PASS; BYTES];
            let items = self.step(&self.anchors(|_| true), b'/');
            row[usize::from(b'/')] = self.number(Key { place: Place::Boundary, items });
            return row;
        }
        let usual = self.behind(key, OTHER);
        let mut row = [usual; BYTES];
        row[0] = Automaton::PASS;
        let looked_for = self.looked_for(&key.items);
        for byte in 1..BYTES as u8 {
            if looked_for >> byte & 1 == 1 || byte == b'/' || byte == b'.' {
                row[usize::from(byte)] = self.behind(key, byte);
            }
        }
        row
    }

    fn behind(&mut self, key: &Key, byte: u8) -> u16 {
        let stepped = self.step(&key.items, byte);
        let (place, items) = match (&key.place, byte) {
            (Place::Start, _) | (Place::DotDot, b'/') => return Automaton::PASS,
            // Some take runs of `/` in a path as it was given for one, others do not.
            (Place::Boundary, b'/') if self.patterns.iter().any(|(_, _, raw)| *raw) => return Automaton::PASS,
            (Place::Boundary, b'/') => (Place::Boundary, self.merge(&key.items, &stepped)),
            (Place::Dot(before), b'/') => (Place::Boundary, self.merge(before, &stepped)),
            (Place::Component, b'/') => (Place::Boundary, stepped),
            (Place::Boundary, b'.') => (Place::Dot(key.items.clone()), stepped),
            (Place::Dot(_), b'.') => (Place::DotDot, stepped),
            _ => (Place::Component, stepped),
        };
        self.number(Key { place, items })
    }

    /// The state of a key, a new one if there is room.
    fn number(&mut self, key: Key) -> u16 {
        if let Some(&number) = self.numbers.get(&key) {
            return number;
        }
        // Where something may stand anywhere, every state would exist twice: what has it is rare, and passes.
        let has = |item: &Item| item.1 == FOUND && matches!(self.patterns[usize::from(item.0)].0, Pattern::Has(_));
        if self.keys.len() >= self.max_states || key.items.iter().any(has) {
            return Automaton::PASS;
        }
        let number = self.keys.len() as u16;
        self.keys.push(key.clone());
        self.numbers.insert(key, number);
        number
    }

    /// Of normalised texts what was found before, of raw ones what has been found since.
    fn merge(&self, before: &[Item], since: &[Item]) -> Box<[Item]> {
        let raw = |item: &&Item| self.patterns[usize::from(item.0)].2;
        let kept = before.iter().filter(|item| !raw(item));
        sorted(kept.chain(since.iter().filter(raw)).copied().collect())
    }

    /// Raw texts begin at a relative path, normalised ones go on.
    fn beginning_anew(&self, items: &[Item]) -> Box<[Item]> {
        self.merge(items, &self.anchors(|raw| raw))
    }

    /// The patterns that begin where the text does, before anything is read.
    fn anchors(&self, wanted: impl Fn(bool) -> bool) -> Box<[Item]> {
        let patterns = self.patterns.iter().enumerate();
        let anchored = patterns.filter(|(_, (pattern, _, raw))| !is_floating(pattern) && wanted(*raw));
        sorted(anchored.map(|(number, _)| (number as u16, 0)).collect())
    }

    /// Bytes that move a pattern on, as bits.
    fn looked_for(&self, items: &[Item]) -> u128 {
        let going_on = items.iter().filter(|item| item.1 != FOUND);
        let going_on =
            going_on.filter_map(|&(number, at)| self.patterns[usize::from(number)].0.bytes().get(usize::from(at)));
        let beginning = self.patterns.iter().filter(|(pattern, ..)| is_floating(pattern));
        let beginning = beginning.filter_map(|(pattern, ..)| pattern.bytes().first());
        going_on.chain(beginning).fold(0, |bits, byte| bits | 1 << (byte & 0x7f))
    }

    fn step(&self, items: &[Item], byte: u8) -> Box<[Item]> {
        let mut behind: Vec<Item> = items.iter().filter_map(|&item| self.step_item(item, byte)).collect();
        for (number, (pattern, ..)) in self.patterns.iter().enumerate() {
            if is_floating(pattern) && pattern.bytes().first() == Some(&byte) {
                behind.extend(self.step_item((number as u16, 0), byte));
            }
        }
        // A text that holds whatever comes needs no more looking, and it does not matter by which of its patterns.
        let text_of = |item: &Item| self.patterns[usize::from(item.0)].1;
        let found: Vec<usize> = behind.iter().filter(|item| item.1 == FOUND).map(text_of).collect();
        behind.retain(|item| !found.contains(&text_of(item)));
        behind.extend(found.iter().map(|&text| (self.first_of[text], FOUND)));
        sorted(behind)
    }

    fn step_item(&self, (number, at): Item, byte: u8) -> Option<Item> {
        let pattern = &self.patterns[usize::from(number)].0;
        let bytes = pattern.bytes();
        if at == FOUND {
            return Some((number, at));
        }
        if usize::from(at) >= bytes.len() {
            // Below a directory, one component is read to its end.
            return (matches!(pattern, Pattern::Below(_)) && byte != b'/').then_some((number, bytes.len() as u16 + 1));
        }
        if bytes[usize::from(at)] != byte {
            return None;
        }
        let stays = matches!(pattern, Pattern::Begins(_) | Pattern::Has(_));
        let at = if stays && usize::from(at) + 1 == bytes.len() { FOUND } else { at + 1 };
        Some((number, at))
    }

    /// The texts that hold if the path ends here, as bits.
    fn holding(&self, items: &[Item]) -> Box<[u64]> {
        let mut set = vec![0; self.first_of.len().div_ceil(64).max(1)].into_boxed_slice();
        for &(number, at) in items {
            let (pattern, text, _) = &self.patterns[usize::from(number)];
            let length = pattern.bytes().len();
            let holds = match pattern {
                _ if at == FOUND => true,
                Pattern::Is(_) | Pattern::Ends(_) => usize::from(at) == length,
                Pattern::Begins(_) | Pattern::Has(_) => false,
                Pattern::Below(_) => usize::from(at) == length + 1,
            };
            if holds {
                set[text / 64] |= 1 << (text % 64);
            }
        }
        set
    }
}

fn is_floating(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Ends(_) | Pattern::Has(_))
}

fn sorted(mut items: Vec<Item>) -> Box<[Item]> {
    items.sort_unstable();
    items.dedup();
    items.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pattern: fn(std::sync::Arc<[u8]>) -> Pattern, bytes: &str) -> Text {
        Text { patterns: vec![pattern(bytes.as_bytes().into())], raw: false }
    }

    fn texts() -> Vec<Text> {
        let raw = Text {
            patterns: vec![Pattern::Begins(b"./x"[..].into()), Pattern::Is(b"/etc/shadow"[..].into())],
            raw: true,
        };
        vec![
            text(Pattern::Is, "/etc/shadow"),
            text(Pattern::Begins, "/etc/"),
            text(Pattern::Ends, "/.bashrc"),
            text(Pattern::Has, "id_rsa"),
            text(Pattern::Below, "/"),
            text(Pattern::Below, "/etc/pam.d/"),
            raw,
        ]
    }

    /// Numbers of the texts that hold; `None` where that cannot be told.
    fn holding(automaton: &Automaton, ends: Ends) -> Option<Vec<usize>> {
        if ends.contains(&0) {
            return None;
        }
        Some((0..texts().len()).filter(|&n| automaton.holds(ends, n) == Some(true)).collect())
    }

    #[test]
    fn a_path_is_told_as_it_is_normalised() {
        let automaton = Automaton::new(&texts(), 1000, [255, 63]);
        for (path, wanted) in [
            ("/etc/shadow", Some(vec![0, 1, 6])),
            ("/etc/./shadow", Some(vec![0, 1])),
            ("//etc/shadow", None),
            ("/etc/shadow2", Some(vec![1])),
            ("/etc/.bashrc", Some(vec![1, 2])),
            ("/home/a/.bashrc", Some(vec![2])),
            ("/x/id_rsa.pub", None),
            ("/vmlinuz", Some(vec![4])),
            ("/etc/pam.d/su", Some(vec![1, 5])),
            ("/etc/pam.d/su/x", Some(vec![1])),
            ("/etc/../x", None),
            ("/etc/", None),
            ("/etc/.", None),
            ("/a/...", Some(vec![])),
            ("/\u{e4}", None),
        ] {
            assert_eq!(holding(&automaton, automaton.read(None, path.as_bytes())), wanted, "{path}");
        }
    }

    #[test]
    fn runs_of_slashes_are_one_where_nobody_looks_at_paths_as_given() {
        let normalised: Vec<_> = texts().into_iter().filter(|text| !text.raw).collect();
        let automaton = Automaton::new(&normalised, 1000, [255, 63]);
        let ends = automaton.read(None, b"//etc//shadow");
        assert!(!ends.contains(&0) && automaton.holds(ends, 0) == Some(true));
    }

    #[test]
    fn a_relative_path_goes_on_from_its_directory() {
        let automaton = Automaton::new(&texts(), 1000, [255, 63]);
        for (directory, path, wanted) in [
            ("/etc/", "shadow", Some(vec![0, 1])),
            ("/home/", "./x", Some(vec![6])),
            ("/home/", ".bashrc", Some(vec![2])),
            ("/", "x", Some(vec![4])),
            ("/etc/", "../x", None),
        ] {
            let directory = automaton.directory(directory.as_bytes()).expect("a state");
            assert_eq!(holding(&automaton, automaton.read(Some(directory), path.as_bytes())), wanted, "{path}");
        }
        assert_eq!((automaton.directory(b"./"), automaton.directory(b"/home/id_rsa/")), (None, None));
    }

    #[test]
    fn too_few_states_tell_nothing_rather_than_something_wrong() {
        for (states, ends) in [(12, 255), (1000, 1)] {
            let automaton = Automaton::new(&texts(), states, [ends, ends]);
            for (path, holds) in [("/etc/shadow", true), ("/usr/x", false)] {
                let ends = automaton.read(None, path.as_bytes());
                assert!(ends.contains(&0) || automaton.holds(ends, 0) == Some(holds), "{path}");
            }
        }
    }
}
