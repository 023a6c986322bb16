//! Where the parser is in the text, and the tokens it can take from there. Which token may come depends on what came
//! before, so there is no token stream: each method tries one kind of token and moves on only if it is there.

use std::sync::Arc;

use windhover_diagnostics::{SourceId, Span};

use super::escape::{self, EscapeError};
use crate::Literal;

/// A place in the text of a condition.
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
    source: SourceId,
    /// The token taken last, for messages.
    last: (usize, usize),
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, source: SourceId) -> Cursor<'t> {
        Cursor { text, at: 0, source, last: (0, 0) }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Goes on elsewhere, which is no token.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    /// From `start` up to where the cursor is.
    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::new(self.source, start, self.at)
    }

    /// What stands at the cursor: a word, or one character; empty at the end.
    pub(super) fn next_span(&self) -> Span {
        let rest = self.rest();
        let word = bare_length(rest);
        let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
        Span::new(self.source, self.at, self.at + length)
    }

    /// The token taken last.
    pub(super) fn last_token(&self) -> &'t str {
        &self.text[self.last.0..self.last.1]
    }

    /// Where the token taken last is.
    pub(super) fn last_span(&self) -> Span {
        Span::new(self.source, self.last.0, self.last.1)
    }

    fn take(&mut self, length: usize) -> &'t str {
        self.last = (self.at, self.at + length);
        self.at += length;
        self.last_token()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Skips blanks; tells whether there were any.
    pub(super) fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        while self.byte(0).is_some_and(is_blank) {
            self.at += 1;
        }
        self.at > start
    }

    /// A fixed text, whatever follows.
    pub(super) fn take_str(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.take(token.len());
        }
        found
    }

    /// A fixed text that a blank follows; the blank stays.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        self.rest().starts_with(word) && self.byte(word.len()).is_some_and(is_blank) && self.take_str(word)
    }

    /// `not` with white space behind it, which is taken too.
    pub(super) fn take_not(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix("not") else { return false };
        let blanks = rest.bytes().take_while(|byte| is_space(*byte)).count();
        if blanks > 0 {
            self.take("not".len() + blanks);
        }
        blanks > 0
    }

    /// The name of a macro.
    pub(super) fn take_identifier(&mut self) -> Option<&'t str> {
        Some(identifier_length(self.rest())).filter(|length| *length > 0).map(|length| self.take(length))
    }

    /// The name of a field: identifiers joined by dots, two or more.
    pub(super) fn take_field_name(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let first = identifier_length(rest);
        let mut length = first;
        while rest[length..].starts_with('.') {
            let segment = identifier_length(&rest[length + 1..]);
            if segment == 0 {
                break;
            }
            length += 1 + segment;
        }
        (first > 0 && length > first).then(|| self.take(length))
    }

    /// A number, decimal or hexadecimal.
    pub(super) fn take_number(&mut self) -> Option<Literal> {
        let start = self.at;
        let length = match hexadecimal_length(self.rest()) {
            0 => decimal_length(self.rest()),
            length => length,
        };
        (length > 0).then(|| {
            let bytes = self.take(length).as_bytes().into();
            Literal { bytes, span: self.span_from(start) }
        })
    }

    /// An unquoted string.
    pub(super) fn take_bare(&mut self) -> Option<Literal> {
        let start = self.at;
        let length = bare_length(self.rest());
        (length > 0).then(|| {
            let bytes = self.take(length).as_bytes().into();
            Literal { bytes, span: self.span_from(start) }
        })
    }

    /// The argument of a field, unquoted.
    pub(super) fn take_bare_argument(&mut self) -> Option<Literal> {
        let start = self.at;
        let stop = |c: char| matches!(c, '[' | ']' | '"' | '\'') || (c.is_ascii() && is_space(c as u8));
        let length = self.rest().find(stop).unwrap_or(self.rest().len());
        (length > 0).then(|| {
            let bytes = self.take(length).as_bytes().into();
            Literal { bytes, span: self.span_from(start) }
        })
    }

    /// A quoted string. It ends at the first quote of its kind that no backslash precedes, even if that backslash is
    /// escaped itself; without such a quote (or with a NUL before it) there is no string.
    pub(super) fn take_quoted(&mut self) -> Result<Option<Literal>, (Span, EscapeError)> {
        let start = self.at;
        let rest = self.rest();
        let Some(length) = quoted_length(rest) else { return Ok(None) };
        let (quote, inner) = (rest.as_bytes()[0], &rest.as_bytes()[1..length - 1]);
        match escape::unescape(inner, quote) {
            Ok(value) => {
                self.take(length);
                Ok(Some(Literal { bytes: Arc::from(value), span: self.span_from(start) }))
            }
            Err(error) => {
                let from = start + 1 + error.range.start;
                Err((Span::new(self.source, from, start + 1 + error.range.end), error))
            }
        }
    }
}

/// How long the quoted string at the start of a text is, with its quotes.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = *bytes.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let end =
        (1..bytes.len()).take_while(|at| bytes[*at] != 0).find(|at| bytes[*at] == quote && bytes[at - 1] != b'\\');
    end.map(|end| end + 1)
}

/// Blanks of the grammar; vertical tab and form feed are none.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x08 | b'\r' | b'\n')
}

/// White space of the regular expressions by which the reference finds words.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

pub(super) fn identifier_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return 0;
    }
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// How long the unquoted string at the start of a text is.
pub(super) fn bare_length(text: &str) -> usize {
    let stop = |byte: u8| matches!(byte, b'(' | b')' | b'"' | b'\'' | b'=' | b',') || is_space(byte);
    text.bytes().position(stop).unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn decimal_length(text: &str) -> usize {
    let sign = usize::from(text.starts_with(['+', '-']));
    let whole = digits(&text[sign..]);
    if whole == 0 {
        return 0;
    }
    let mut length = sign + whole;
    if text[length..].starts_with('.') {
        length += 1;
        length += digits(&text[length..]);
    }
    let exponent = &text[length..];
    if exponent.starts_with(['e', 'E']) && exponent[1..].starts_with(['+', '-']) {
        let power = digits(&exponent[2..]);
        if power > 0 {
            length += 2 + power;
        }
    }
    length
}

fn hexadecimal_length(text: &str) -> usize {
    if !text.starts_with("0x") && !text.starts_with("0X") {
        return 0;
    }
    let digits = text[2..].bytes().take_while(u8::is_ascii_hexdigit).count();
    if digits == 0 { 0 } else { 2 + digits }
}
