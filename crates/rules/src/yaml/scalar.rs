//! Decoding of scalars of every style: line folding, chomping, indentation and escapes, remembering where each byte came from.

use super::YamlError;
use super::cursor::Cursor;
use super::node::{Piece, Scalar, Style};

/// What becomes of line breaks inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Keep,
    Block,
    Flow,
}

/// What becomes of line breaks at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chomp {
    Clip,
    Strip,
    Keep,
}

/// How one scalar is to be read.
pub(super) struct Rules {
    pub(super) style: Style,
    pub(super) in_flow: bool,
    pub(super) fold: Fold,
    pub(super) chomp: Chomp,
    /// Least column of a line that still belongs to it.
    pub(super) indent: usize,
    /// Let the first line with text decide the indentation.
    pub(super) detect_indent: bool,
}

/// A decoded scalar, and whether it ended because a line stood too far left.
pub(super) struct Decoded {
    pub(super) scalar: Scalar,
    pub(super) ended_by_indent: bool,
}

impl Rules {
    /// Length of what ends the scalar here, if it ends here. Block scalars end by indentation alone.
    fn end_here(&self, cursor: &Cursor<'_>) -> Option<usize> {
        let next = cursor.peek()?;
        match self.style {
            Style::Literal | Style::Folded => None,
            Style::Double => (next == b'"').then_some(1),
            Style::Single => (next == b'\'' && cursor.peek_nth(1) != Some(b'\'')).then_some(1),
            Style::Plain => {
                let colon = next == b':'
                    && (cursor.blank_or_end(1)
                        || (self.in_flow && matches!(cursor.peek_nth(1), Some(b',' | b']' | b'}'))));
                let flow = self.in_flow && matches!(next, b',' | b'?' | b'[' | b']' | b'{' | b'}');
                let comment = matches!(next, b' ' | b'\t' | b'\n' | b'\r') && cursor.peek_nth(1) == Some(b'#');
                (colon || flow || comment).then_some(0)
            }
        }
    }

    fn quoted(&self) -> bool {
        matches!(self.style, Style::Single | Style::Double)
    }
}

/// Text under construction.
#[derive(Default)]
struct Builder {
    text: Vec<u8>,
    pieces: Vec<Piece>,
    /// Length of the text up to and including the last escape: that much is never trimmed.
    escaped: usize,
}

impl Builder {
    fn push(&mut self, source: usize, bytes: &[u8]) {
        let decoded = self.text.len();
        let expected = self.pieces.last().map(|piece| piece.source as usize + decoded - piece.decoded as usize);
        if expected != Some(source) {
            self.pieces.push(Piece { decoded: decoded as u32, source: source as u32 });
        }
        self.text.extend_from_slice(bytes);
    }

    fn truncate(&mut self, len: usize) {
        self.text.truncate(len);
        while self.pieces.len() > 1 && self.pieces.last().is_some_and(|piece| piece.decoded as usize >= len) {
            self.pieces.pop();
        }
    }

    /// Length without trailing bytes of `set`, but never less than what was escaped.
    fn trimmed(&self, set: &[u8]) -> usize {
        let kept = self.text.iter().rposition(|byte| !set.contains(byte)).map_or(0, |at| at + 1);
        kept.max(self.escaped)
    }

    fn finish(mut self, rules: &Rules) -> Scalar {
        if rules.style == Style::Plain {
            self.truncate(self.trimmed(b" \t"));
        }
        match rules.chomp {
            Chomp::Keep => {}
            Chomp::Strip => self.truncate(self.trimmed(b"\n")),
            Chomp::Clip => match self.trimmed(b"\n") {
                0 => self.truncate(0),
                kept => self.truncate((kept + 1).min(self.text.len())),
            },
        }
        let text =
            String::from_utf8(self.text).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Scalar { text, style: rules.style, pieces: self.pieces }
    }
}

/// State between lines of one scalar.
struct Lines<'r> {
    rules: &'r Rules,
    builder: Builder,
    indent: usize,
    found_text: bool,
    past_opening_break: bool,
    empty_line: bool,
    more_indented: bool,
    folded_breaks: usize,
    folded_from_indented: bool,
}

/// How one line ended.
enum LineEnd {
    /// The scalar is over.
    Done,
    /// A line break follows; `escaped` when a backslash hides it.
    Break { escaped: bool },
}

/// Reads one scalar; the cursor stands behind its opening quote or header. Offsets are 32 bits wide, so the text must
/// be smaller than 4 GiB.
pub(super) fn read(cursor: &mut Cursor<'_>, rules: &Rules) -> Result<Decoded, YamlError> {
    let mut lines = Lines {
        rules,
        builder: Builder::default(),
        indent: rules.indent,
        found_text: false,
        past_opening_break: rules.fold == Fold::Flow,
        empty_line: false,
        more_indented: false,
        folded_breaks: 0,
        folded_from_indented: false,
    };
    let mut ended_by_indent = false;
    // A quoted scalar that the end of the text cuts off right behind a line break counts as closed, as in the reference.
    while !cursor.at_end() {
        let LineEnd::Break { escaped } = lines.read_line(cursor)? else { break };
        let break_at = cursor.offset();
        cursor.skip(cursor.line_break());
        lines.skip_indentation(cursor)?;
        lines.fold(cursor, break_at, escaped);
        if !lines.empty_line && cursor.column() < lines.indent {
            ended_by_indent = true;
            break;
        }
    }
    Ok(Decoded { scalar: lines.builder.finish(rules), ended_by_indent })
}

impl Lines<'_> {
    /// Takes a line's text, up to its break or the scalar's end.
    fn read_line(&mut self, cursor: &mut Cursor<'_>) -> Result<LineEnd, YamlError> {
        let mut kept = self.builder.text.len();
        let mut escaped = false;
        loop {
            if cursor.at_end() {
                if self.rules.quoted() {
                    return Err(YamlError::new(
                        cursor.offset(),
                        "the text ends inside a quoted scalar: the closing quote is missing",
                    ));
                }
                return Ok(LineEnd::Done);
            }
            if let Some(length) = self.rules.end_here(cursor) {
                cursor.skip(length);
                return Ok(LineEnd::Done);
            }
            if cursor.line_break() > 0 {
                break;
            }
            if cursor.document_marker() && self.rules.fold == Fold::Flow {
                if self.rules.quoted() {
                    return Err(YamlError::new(
                        cursor.offset(),
                        "a document marker stands inside a quoted scalar: the closing quote is missing",
                    ));
                }
                return Ok(LineEnd::Done);
            }
            self.found_text = true;
            self.past_opening_break = true;
            let next = cursor.peek().unwrap_or_default();
            if self.rules.style == Style::Double && next == b'\\' && matches!(cursor.peek_nth(1), Some(b'\n' | b'\r')) {
                cursor.skip(1);
                kept = self.builder.text.len();
                self.builder.escaped = kept;
                escaped = true;
                break;
            }
            if (self.rules.style == Style::Double && next == b'\\')
                || (self.rules.style == Style::Single && next == b'\'')
            {
                self.read_escape(cursor)?;
                kept = self.builder.text.len();
                self.builder.escaped = kept;
                continue;
            }
            self.builder.push(cursor.offset(), &[next]);
            cursor.skip(1);
            if next != b' ' && next != b'\t' {
                kept = self.builder.text.len();
            }
        }
        if self.rules.fold == Fold::Flow {
            self.builder.truncate(kept);
        }
        Ok(LineEnd::Break { escaped })
    }

    /// Takes `''` of a single-quoted scalar, or an escape of a double-quoted one.
    fn read_escape(&mut self, cursor: &mut Cursor<'_>) -> Result<(), YamlError> {
        let start = cursor.offset();
        let Some(kind) = cursor.peek_nth(1) else {
            return Err(YamlError::new(start, "the text ends inside an escape"));
        };
        let hex_digits = match (self.rules.style, kind) {
            (Style::Double, b'x') => 2,
            (Style::Double, b'u') => 4,
            (Style::Double, b'U') => 8,
            _ => 0,
        };
        if hex_digits > 0 {
            let character = hex_escape(cursor, hex_digits)?;
            self.builder.push(start, character.encode_utf8(&mut [0; 4]).as_bytes());
            cursor.skip(2 + hex_digits);
            return Ok(());
        }
        let text = match kind {
            b'0' => "\0",
            b'a' => "\x07",
            b'b' => "\x08",
            b't' | b'\t' => "\t",
            b'n' => "\n",
            b'v' => "\x0b",
            b'f' => "\x0c",
            b'r' => "\r",
            b'e' => "\x1b",
            b' ' => " ",
            b'"' => "\"",
            b'\'' => "'",
            b'\\' => "\\",
            b'/' => "/",
            b'N' => "\u{85}",
            b'_' => "\u{a0}",
            b'L' => "\u{2028}",
            b'P' => "\u{2029}",
            _ => {
                return Err(YamlError::new(
                    start,
                    "unknown escape in a double-quoted scalar: write `\\\\` for a backslash, or use single quotes",
                ));
            }
        };
        self.builder.push(start, text.as_bytes());
        cursor.skip(2);
        Ok(())
    }

    /// Behind a line break: skips what is indentation, learning its depth from the first line with text.
    fn skip_indentation(&mut self, cursor: &mut Cursor<'_>) -> Result<(), YamlError> {
        let learning = self.rules.detect_indent && !self.found_text;
        while cursor.peek() == Some(b' ')
            && (cursor.column() < self.indent || learning)
            && self.rules.end_here(cursor).is_none()
        {
            cursor.skip(1);
        }
        if learning {
            self.indent = self.indent.max(cursor.column());
        }
        let eats_blanks = self.rules.fold == Fold::Flow;
        while cursor.blank() {
            if cursor.peek() == Some(b'\t') && cursor.column() < self.indent && !self.rules.quoted() {
                return Err(YamlError::new(cursor.offset(), "a tab where indentation is expected: indent with spaces"));
            }
            if !eats_blanks || self.rules.end_here(cursor).is_some() {
                break;
            }
            cursor.skip(1);
        }
        Ok(())
    }

    /// Puts what the line break behind us stands for into the text.
    fn fold(&mut self, cursor: &Cursor<'_>, break_at: usize, escaped: bool) {
        let next_empty = cursor.line_break() > 0;
        let next_indented = cursor.blank();
        if self.rules.fold == Fold::Block && self.folded_breaks == 0 && next_empty {
            self.folded_from_indented = self.more_indented;
        }
        if self.past_opening_break {
            match self.rules.fold {
                Fold::Keep => self.builder.push(break_at, b"\n"),
                Fold::Flow if next_empty => self.builder.push(break_at, b"\n"),
                Fold::Flow if !self.empty_line && !escaped => self.builder.push(break_at, b" "),
                Fold::Flow => {}
                Fold::Block => self.fold_block(cursor, break_at, next_empty, next_indented),
            }
        }
        self.empty_line = next_empty;
        self.more_indented = next_indented;
        self.past_opening_break = true;
    }

    fn fold_block(&mut self, cursor: &Cursor<'_>, break_at: usize, next_empty: bool, next_indented: bool) {
        let joins =
            !self.empty_line && !next_empty && !self.more_indented && !next_indented && cursor.column() >= self.indent;
        if joins {
            self.builder.push(break_at, b" ");
        } else if next_empty {
            self.folded_breaks += 1;
        } else {
            self.builder.push(break_at, b"\n");
        }
        if !next_empty && self.folded_breaks > 0 {
            let mut breaks = self.folded_breaks - 1;
            if self.folded_from_indented || next_indented || !self.found_text {
                breaks += 1;
            }
            for _ in 0..breaks {
                self.builder.push(break_at, b"\n");
            }
            self.folded_breaks = 0;
        }
    }
}

/// The character that `digits` hexadecimal digits behind `\x`, `\u` or `\U` name.
fn hex_escape(cursor: &Cursor<'_>, digits: usize) -> Result<char, YamlError> {
    let text = cursor.rest().get(2..2 + digits).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|text| u32::from_str_radix(text, 16).ok())
        .and_then(char::from_u32)
        .ok_or_else(|| YamlError::new(cursor.offset(), "this escape needs hexadecimal digits that name a character"))
}
