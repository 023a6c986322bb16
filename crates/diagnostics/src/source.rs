//! Texts that spans point into, and the translation of byte offsets to the places people and programs name.

use std::sync::Arc;

/// A file (or other text) that spans point into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// Bytes `start..end` of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Which text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Bytes `start..end` of `source`. Offsets past 4 GiB are cut to the largest that can be told.
    #[must_use]
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: cut(start), end: cut(end.max(start)) }
    }

    /// The smallest span that holds both. Spans of different sources cannot be joined: then it is `self`.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.source != other.source {
            return self;
        }
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at the end of this one.
    #[must_use]
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }
}

/// A place as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// A place as the reference's JSON names it: all numbers from 0, columns in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    /// Line, from 0.
    pub line: u32,
    /// Bytes from the line's start.
    pub column: u32,
    /// Bytes from the text's start.
    pub offset: u32,
}

/// One text with its name.
#[derive(Debug)]
struct Source {
    name: String,
    text: Arc<str>,
    /// Offset of each line's first byte.
    lines: Vec<u32>,
}

impl Source {
    fn new(name: String, text: Arc<str>) -> Source {
        let starts = memchr_lines(text.as_bytes());
        Source { name, text, lines: starts }
    }

    /// Index of the line that holds `offset`, and the offset cut to the text.
    fn line_of(&self, offset: u32) -> (usize, usize) {
        let offset = (offset as usize).min(self.text.len());
        let line = self.lines.partition_point(|&start| start as usize <= offset) - 1;
        (line, offset)
    }
}

/// Offsets at which lines start; the first is 0 even in an empty text.
fn memchr_lines(text: &[u8]) -> Vec<u32> {
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).filter_map(|at| u32::try_from(at).ok()).collect()
}

/// All texts of one run: rules files, configuration, conditions given on the command line.
#[derive(Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// A map without texts.
    #[must_use]
    pub fn new() -> SourceMap {
        SourceMap::default()
    }

    /// Adds a text under the name that messages show (a path, or something like `<command line>`).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).expect("fewer than 2^32 texts are loaded in one run"));
        self.sources.push(Source::new(name.into(), text.into()));
        id
    }

    /// The name given to a text; empty for an id that is not of this map.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("", |source| &source.name)
    }

    /// The whole text; empty for an id that is not of this map.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        self.get(id).map_or("", |source| &source.text)
    }

    /// The bytes a span covers, cut to the text and to whole characters.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.source);
        let range = self.range(span);
        text.get(range).unwrap_or("")
    }

    /// A span as a range that is inside the text and on character boundaries.
    #[must_use]
    pub fn range(&self, span: Span) -> std::ops::Range<usize> {
        let text = self.text(span.source);
        let start = floor_boundary(text, span.start as usize);
        let end = ceil_boundary(text, span.end as usize).max(start);
        start..end
    }

    /// Line and column of a byte, as people count. Offsets past the end are taken as the end.
    #[must_use]
    pub fn locate(&self, id: SourceId, offset: u32) -> Location {
        let Some(source) = self.get(id) else { return Location { line: 1, column: 1 } };
        let (line, offset) = source.line_of(offset);
        let start = source.lines[line] as usize;
        let before = &source.text.as_bytes()[start..offset];
        let characters = before.iter().filter(|byte| !is_continuation(**byte)).count();
        Location { line: count(line + 1), column: count(characters + 1) }
    }

    /// Line, column and offset of a byte, as the reference's JSON counts.
    #[must_use]
    pub fn mark(&self, id: SourceId, offset: u32) -> Mark {
        let Some(source) = self.get(id) else { return Mark { line: 0, column: 0, offset: 0 } };
        let (line, offset) = source.line_of(offset);
        Mark { line: count(line), column: count(offset) - source.lines[line], offset: count(offset) }
    }

    fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_marks_count_bytes() {
        let mut map = SourceMap::new();
        let id = map.add("a.yaml", "désc: x\r\n- é = y\n");
        let at = map.text(id).find('y').unwrap() as u32;
        assert_eq!(map.locate(id, at), Location { line: 2, column: 7 });
        assert_eq!(map.mark(id, at), Mark { line: 1, column: 7, offset: at });
        assert_eq!(map.locate(id, 0), Location { line: 1, column: 1 });
        assert_eq!(map.locate(id, u32::MAX), Location { line: 3, column: 1 });
    }

    #[test]
    fn a_span_inside_a_character_is_widened_to_it() {
        let mut map = SourceMap::new();
        let id = map.add("a", "aéb");
        assert_eq!(map.slice(Span::new(id, 2, 2)), "é");
        assert_eq!(map.slice(Span::new(id, 3, 99)), "b");
        assert_eq!(map.slice(Span::new(SourceId(7), 0, 1)), "");
    }
}
