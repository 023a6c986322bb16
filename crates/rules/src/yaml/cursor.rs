//! Where the scanner stands in the text.

/// A position in the text, and what follows it. Columns count bytes, as the reference's do.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text: text.as_bytes(), at, line: 0, line_start: at }
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn column(&self) -> usize {
        self.at - self.line_start
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_nth(0)
    }

    pub(super) fn peek_nth(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        for _ in 0..bytes {
            if self.text.get(self.at) == Some(&b'\n') {
                self.line += 1;
                self.line_start = self.at + 1;
            }
            self.at = (self.at + 1).min(self.text.len());
        }
    }

    /// Length of the line break here; 0 if there is none.
    pub(super) fn line_break(&self) -> usize {
        match self.rest() {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => 0,
        }
    }

    /// Does a blank, a line break or the end follow `ahead` bytes further on?
    pub(super) fn blank_or_end(&self, ahead: usize) -> bool {
        self.peek_nth(ahead).is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
    }

    pub(super) fn blank(&self) -> bool {
        matches!(self.peek(), Some(b' ' | b'\t'))
    }

    /// Is there a document's start or end marker (`---`, `...`) here?
    pub(super) fn document_marker(&self) -> bool {
        self.column() == 0
            && (self.rest().starts_with(b"---") || self.rest().starts_with(b"..."))
            && self.blank_or_end(3)
    }

    pub(super) fn skip_to_line_break(&mut self) {
        while !self.at_end() && self.line_break() == 0 {
            self.skip(1);
        }
    }
}
