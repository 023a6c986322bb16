//! Text put together from pieces of files, knowing for each byte where it came from.
//!
//! A condition may be folded over lines, appended to in another file, wrapped with exceptions, and have lists put in. What
//! is wrong with it is found in the final text; [`Text::locate`] says which bytes of which file that is.

use std::ops::Range;

use windhover_diagnostics::{SourceId, Span};

use crate::yaml::{Node, Scalar};

/// Bytes from one place, up to the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    start: u32,
    source: SourceId,
    at: u32,
    /// If set, the bytes are not copied one by one: each stands for the whole of `at..end`.
    end: Option<u32>,
    /// Where a list's name was replaced by these bytes.
    via: Option<Span>,
}

/// A place in a file, and the place where a list put it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) span: Span,
    pub(crate) via: Option<Span>,
}

/// Text and the origins of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    text: String,
    runs: Vec<Run>,
}

impl Text {
    /// A scalar of a file.
    pub(crate) fn of(source: SourceId, node: &Node, scalar: &Scalar) -> Self {
        let runs: Vec<Run> = scalar
            .pieces
            .iter()
            .map(|piece| Run { start: piece.decoded, source, at: piece.source, end: None, via: None })
            .collect();
        if runs.is_empty() {
            let mut text = Self::default();
            text.push_str(&scalar.text, Span { source, start: node.span.start, end: node.span.end });
            return text;
        }
        Self { text: scalar.text.clone(), runs }
    }

    /// Text that stands for a place as a whole.
    pub(crate) fn standing_for(text: &str, span: Span) -> Self {
        let mut new = Self::default();
        new.push_str(text, span);
        new
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds bytes that are not in any file but stand for a place in one.
    pub(crate) fn push_str(&mut self, text: &str, span: Span) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len() as u32;
        self.runs.push(Run { start, source: span.source, at: span.start, end: Some(span.end), via: None });
        self.text.push_str(text);
    }

    /// Adds another text.
    pub(crate) fn push(&mut self, other: &Self) {
        self.push_part(other, 0..other.len(), None);
    }

    /// Adds another text where a list's name stood.
    pub(crate) fn push_via(&mut self, other: &Self, via: Span) {
        self.push_part(other, 0..other.len(), Some(via));
    }

    /// Adds a part of another text; the range must be on character borders.
    pub(crate) fn push_part(&mut self, other: &Self, range: Range<usize>, via: Option<Span>) {
        if range.is_empty() {
            return;
        }
        let base = self.text.len() as u32;
        let first = other.runs.partition_point(|run| run.start as usize <= range.start).saturating_sub(1);
        for run in &other.runs[first..] {
            if run.start as usize >= range.end {
                break;
            }
            let skipped = (range.start as u32).saturating_sub(run.start);
            let at = if run.end.is_some() { run.at } else { run.at + skipped };
            let start = base + (run.start + skipped).saturating_sub(range.start as u32);
            self.runs.push(Run { start, at, via: run.via.or(via), ..*run });
        }
        self.text.push_str(&other.text[range]);
    }

    /// Takes bytes off the end; the length must be on a character border.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        while self.runs.last().is_some_and(|run| run.start as usize >= len) {
            self.runs.pop();
        }
    }

    /// Without white space at both ends.
    pub(crate) fn trim(&self) -> Self {
        let blank = |character: char| matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
        let start = self.text.len() - self.text.trim_start_matches(blank).len();
        let end = self.text.trim_end_matches(blank).len().max(start);
        let mut trimmed = Self::default();
        trimmed.push_part(self, start..end, None);
        trimmed
    }

    /// The bytes of a file that a range of the text came from. The range may be empty, and may reach past the end. The end of
    /// the text is behind its last word: what blanks follow there in the file is the next line's.
    pub(crate) fn locate(&self, range: Range<usize>) -> Located {
        let nowhere = Located { span: Span::default(), via: None };
        let words = self.text.trim_ascii_end().len();
        if range.is_empty() && range.start >= words && words > 0 {
            let last = self.byte(words - 1).unwrap_or(nowhere);
            return Located { span: Span { start: last.span.end, ..last.span }, via: last.via };
        }
        let Some(first) = self.byte(range.start.min(self.text.len())) else { return nowhere };
        let last = match range.end.min(self.text.len()).checked_sub(1) {
            Some(last) if last > range.start => self.byte(last).unwrap_or(first),
            _ if range.is_empty() => Located { span: Span { end: first.span.start, ..first.span }, via: first.via },
            _ => first,
        };
        if last.span.source != first.span.source || last.span.end < first.span.start {
            return first;
        }
        let span = Span { end: last.span.end.max(first.span.start), ..first.span };
        Located { span, via: first.via }
    }

    fn byte(&self, at: usize) -> Option<Located> {
        let after = self.runs.partition_point(|run| run.start as usize <= at);
        let run = self.runs.get(after.saturating_sub(1))?;
        let (start, end) = match run.end {
            Some(end) => (run.at, end),
            None => {
                let start = run.at + (at as u32).saturating_sub(run.start);
                (start, start + 1)
            }
        };
        Some(Located { span: Span { source: run.source, start, end }, via: run.via })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, Limits};

    fn scalar(text: &str) -> Text {
        let documents = yaml::parse(text, Limits::default()).expect("YAML");
        let node = documents[0].get("c").expect("a key").clone();
        Text::of(SourceId(3), &node, node.as_scalar().expect("a scalar"))
    }

    fn source_of(file: &str, text: &Text, part: &str) -> String {
        let at = text.as_str().find(part).expect("the part");
        let span = text.locate(at..at + part.len()).span;
        file[span.start as usize..span.end as usize].to_owned()
    }

    #[test]
    fn places_survive_folding_escapes_and_indentation() {
        for file in [
            "c: >\n  désc one\n  two\n",
            "c: |-\n    désc one\n    two\n",
            "c: \"désc\\x20one\\\n   two\"\n",
            "c: 'désc one\n\n  two'",
            "c: désc one\n  two # no\n",
        ] {
            let text = scalar(file);
            for part in ["désc", "one", "two"] {
                assert_eq!(source_of(file, &text, part), part, "{file:?}");
            }
        }
    }

    #[test]
    fn the_end_is_behind_the_last_word() {
        for file in ["c: >\n  one\n  two\nd: x\n", "c: one two  # no\n", "c: \"one two  \"\n"] {
            let text = scalar(file);
            let end = text.locate(text.len()..text.len()).span;
            assert_eq!(file.find("two").map(|at| at + 3), Some(end.start as usize), "{file:?}");
            assert_eq!(end.start, end.end);
        }
    }

    #[test]
    fn parts_keep_their_places() {
        let file = "c: one and two\n";
        let text = scalar(file);
        let mut joined = Text::standing_for("(", Span::new(SourceId(9), 40, 50));
        joined.push_part(&text, 4..11, None);
        joined.push_via(&text, Span::new(SourceId(5), 1, 2));
        assert_eq!(joined.as_str(), "(and twoone and two");
        assert_eq!(source_of(file, &joined, "two"), "two");
        assert_eq!(joined.locate(0..1).span, Span::new(SourceId(9), 40, 50));
        assert_eq!(joined.locate(12..15).via, Some(Span::new(SourceId(5), 1, 2)));
        joined.truncate(5);
        assert_eq!((joined.as_str(), joined.len()), ("(and ", 5));
        assert_eq!(joined.trim().as_str(), "(and");
    }
}
