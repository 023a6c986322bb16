//! The scanner: text to tokens, with indentation made explicit.
//!
//! A plain word may turn out to be a key only when its `:` comes. So the start of a mapping and the key are queued
//! unverified, and become valid or invalid later ([`Standing`]); the queue hands out a token only when it is decided.

use std::collections::VecDeque;

use super::cursor::Cursor;
use super::node::{Scalar, Style};
use super::scalar::{self, Chomp, Fold, Rules};
use super::token::{Standing, Token, TokenKind};
use super::{YamlError, block};

/// The farthest a `:` may be behind the start of its key, in bytes.
const LONGEST_KEY: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Sequence,
    Mapping,
}

#[derive(Clone, Copy, Debug)]
struct Indent {
    column: usize,
    level: Level,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Sequence,
    Mapping,
}

/// A word that would be a key if a `:` followed.
#[derive(Clone, Copy, Debug)]
struct MaybeKey {
    flow_depth: usize,
    line: usize,
    offset: usize,
    /// Serial number of its key token.
    token: u64,
    /// Serial number of the mapping start, and the depth of its indent, if it would open one.
    opens: Option<(u64, usize)>,
}

/// Hands out the tokens of a text.
pub(super) struct Scanner<'a> {
    cursor: Cursor<'a>,
    queue: VecDeque<Token>,
    /// Serial number of the queue's first token.
    first: u64,
    indents: Vec<Indent>,
    flows: Vec<Flow>,
    maybe_keys: Vec<MaybeKey>,
    key_allowed: bool,
    /// Right behind a quoted scalar or a closed bracket, a `:` in flow context needs no blank after it.
    after_json: bool,
    ended: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            cursor: Cursor::new(text),
            queue: VecDeque::new(),
            first: 0,
            indents: Vec::new(),
            flows: Vec::new(),
            maybe_keys: Vec::new(),
            key_allowed: true,
            after_json: false,
            ended: false,
        }
    }

    /// Where scanning stands: the place of errors about the text's end.
    pub(super) fn offset(&self) -> usize {
        self.cursor.offset()
    }

    /// How many tokens are decided and gone: unchanged when nothing was taken.
    pub(super) fn taken(&self) -> u64 {
        self.first
    }

    /// The next token, left in place; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<&Token>, YamlError> {
        loop {
            match self.queue.front().map(|token| token.standing) {
                Some(Standing::Valid) => return Ok(self.queue.front()),
                Some(Standing::Invalid) => {
                    self.queue.pop_front();
                    self.first += 1;
                }
                Some(Standing::Unverified) | None if self.ended => return Ok(None),
                Some(Standing::Unverified) | None => self.scan()?,
            }
        }
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Result<Option<Token>, YamlError> {
        if self.peek()?.is_none() {
            return Ok(None);
        }
        self.first += 1;
        Ok(self.queue.pop_front())
    }

    fn scan(&mut self) -> Result<(), YamlError> {
        self.skip_to_token();
        self.close_indents_here();
        let Some(next) = self.cursor.peek() else {
            self.close_all();
            self.ended = true;
            return Ok(());
        };
        if self.cursor.column() == 0 && next == b'%' {
            self.scan_directive();
            return Ok(());
        }
        if self.cursor.document_marker() {
            let kind = if next == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
            self.close_all();
            self.key_allowed = false;
            self.after_json = false;
            self.take(kind, 3);
            return Ok(());
        }
        let in_flow = self.in_flow();
        match next {
            b'[' | b'{' => self.open_flow(next),
            b']' | b'}' => self.close_flow(next)?,
            b',' => self.scan_flow_entry(),
            b'-' if self.cursor.blank_or_end(1) => self.scan_block_entry()?,
            b'?' if self.cursor.blank_or_end(1) && self.cursor.peek_nth(1).is_some() => self.scan_explicit_key()?,
            b':' if self.is_value() => self.scan_value()?,
            b'*' | b'&' => self.scan_anchor()?,
            b'!' => self.scan_tag()?,
            b'|' | b'>' if !in_flow => self.scan_block_scalar()?,
            b'\'' | b'"' => self.scan_quoted()?,
            _ if self.is_plain(next) => self.scan_plain()?,
            b'@' | b'`' => return Err(self.error("no value can start with `@` or a backtick: put it in quotes")),
            b'%' => return Err(self.error("no value can start with `%`: put it in quotes")),
            b'?' => return Err(self.error("no value can start with `?` here: put it in quotes")),
            _ => return Err(self.error("expected a value, a key, `-`, `[` or `{` here")),
        }
        Ok(())
    }

    fn error(&self, reason: &str) -> YamlError {
        YamlError::new(self.cursor.offset(), reason)
    }

    fn in_flow(&self) -> bool {
        !self.flows.is_empty()
    }

    fn is_value(&self) -> bool {
        if !self.in_flow() {
            return self.cursor.blank_or_end(1);
        }
        match self.cursor.peek_nth(1) {
            None => self.after_json,
            Some(byte) => self.after_json || self.cursor.blank_or_end(1) || matches!(byte, b',' | b']' | b'}'),
        }
    }

    fn is_plain(&self, next: u8) -> bool {
        let after = self.cursor.peek_nth(1);
        match next {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|'
            | b'>' => false,
            b'\'' | b'"' | b'%' | b'@' | b'`' => false,
            b'?' if self.in_flow() => false,
            b'-' | b':' if self.in_flow() => !matches!(after, None | Some(b' ' | b'\t')),
            b'-' | b'?' | b':' => !self.cursor.blank_or_end(1),
            _ => true,
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            while self.cursor.blank() {
                if self.cursor.peek() == Some(b'\t') && !self.in_flow() {
                    self.key_allowed = false;
                }
                self.cursor.skip(1);
            }
            if self.cursor.peek() == Some(b'#') {
                self.cursor.skip_to_line_break();
            }
            match self.cursor.line_break() {
                0 => return,
                length => self.cursor.skip(length),
            }
            self.discard_key();
            if !self.in_flow() {
                self.key_allowed = true;
            }
        }
    }

    /// Queues a token of `length` bytes at the cursor and goes behind it.
    fn take(&mut self, kind: TokenKind, length: usize) {
        let start = self.cursor.offset();
        self.cursor.skip(length);
        self.queue.push_back(Token { kind, start, end: start + length, standing: Standing::Valid });
    }

    /// Queues a token of no length; returns its serial number.
    fn mark(&mut self, kind: TokenKind, standing: Standing) -> u64 {
        let at = self.cursor.offset();
        self.queue.push_back(Token { kind, start: at, end: at, standing });
        self.first + self.queue.len() as u64 - 1
    }

    fn set_standing(&mut self, serial: u64, standing: Standing) {
        let token =
            serial.checked_sub(self.first).and_then(|at| self.queue.get_mut(usize::try_from(at).unwrap_or(usize::MAX)));
        if let Some(token) = token {
            token.standing = standing;
        }
    }

    /// Opens a block collection at this column, if that is an indentation at all. Returns its start token.
    fn open_indent(&mut self, level: Level, standing: Standing) -> Option<u64> {
        if self.in_flow() {
            return None;
        }
        let column = self.cursor.column();
        if let Some(last) = self.indents.last() {
            let sequence_in_mapping = level == Level::Sequence && last.level == Level::Mapping;
            if column < last.column || (column == last.column && !sequence_in_mapping) {
                return None;
            }
        }
        self.indents.push(Indent { column, level, standing });
        let kind = match level {
            Level::Sequence => TokenKind::BlockSequenceStart,
            Level::Mapping => TokenKind::BlockMappingStart,
        };
        Some(self.mark(kind, standing))
    }

    fn close_indents_here(&mut self) {
        if self.in_flow() {
            return;
        }
        let column = self.cursor.column();
        let at_end = self.cursor.at_end();
        let entry = self.cursor.peek() == Some(b'-') && self.cursor.blank_or_end(1);
        while let Some(indent) = self.indents.last() {
            let ends_sequence = indent.level == Level::Sequence && !entry;
            if !at_end && (indent.column < column || (indent.column == column && !ends_sequence)) {
                break;
            }
            self.close_indent();
        }
        while self.indents.last().is_some_and(|indent| indent.standing == Standing::Invalid) {
            self.close_indent();
        }
    }

    fn close_indent(&mut self) {
        let Some(indent) = self.indents.pop() else { return };
        if indent.standing == Standing::Valid {
            self.mark(TokenKind::BlockEnd, Standing::Valid);
        } else {
            self.discard_key();
        }
    }

    /// Ends everything that is open, for a document's border or the end of the text.
    fn close_all(&mut self) {
        if !self.in_flow() {
            while !self.indents.is_empty() {
                self.close_indent();
            }
        }
        while let Some(key) = self.maybe_keys.pop() {
            self.settle(key, Standing::Invalid);
        }
    }

    fn note_maybe_key(&mut self) {
        let depth = self.flows.len();
        if !self.key_allowed || self.maybe_keys.last().is_some_and(|key| key.flow_depth == depth) {
            return;
        }
        let opens = self.open_indent(Level::Mapping, Standing::Unverified).map(|start| (start, self.indents.len() - 1));
        let (line, offset) = (self.cursor.line(), self.cursor.offset());
        let token = self.mark(TokenKind::Key, Standing::Unverified);
        self.maybe_keys.push(MaybeKey { flow_depth: depth, line, offset, token, opens });
    }

    fn settle(&mut self, key: MaybeKey, standing: Standing) {
        self.set_standing(key.token, standing);
        if let Some((start, depth)) = key.opens {
            self.set_standing(start, standing);
            if let Some(indent) = self.indents.get_mut(depth) {
                indent.standing = standing;
            }
        }
    }

    /// The word at hand was no key.
    fn discard_key(&mut self) {
        if let Some(key) = self.maybe_keys.pop_if(|key| key.flow_depth == self.flows.len()) {
            self.settle(key, Standing::Invalid);
        }
    }

    /// A `:` was found: was there a word that it makes a key?
    fn confirm_key(&mut self) -> bool {
        let Some(key) = self.maybe_keys.pop_if(|key| key.flow_depth == self.flows.len()) else { return false };
        let near = self.cursor.line() == key.line && self.cursor.offset() - key.offset <= LONGEST_KEY;
        self.settle(key, if near { Standing::Valid } else { Standing::Invalid });
        near
    }

    /// Before `,` or a closing bracket: a lone word in a flow mapping is a key without a value.
    fn end_flow_item(&mut self) {
        match self.flows.last().copied() {
            Some(Flow::Mapping) if self.confirm_key() => {
                self.mark(TokenKind::Value, Standing::Valid);
            }
            Some(Flow::Sequence) => self.discard_key(),
            Some(Flow::Mapping) | None => {}
        }
    }

    fn scan_directive(&mut self) {
        self.close_all();
        self.key_allowed = false;
        self.after_json = false;
        self.take(TokenKind::Directive, 1);
        self.cursor.skip_to_line_break();
    }

    fn open_flow(&mut self, bracket: u8) {
        self.note_maybe_key();
        self.key_allowed = true;
        self.after_json = false;
        let (flow, kind) = match bracket {
            b'[' => (Flow::Sequence, TokenKind::FlowSequenceStart),
            _ => (Flow::Mapping, TokenKind::FlowMappingStart),
        };
        self.take(kind, 1);
        self.flows.push(flow);
    }

    fn close_flow(&mut self, bracket: u8) -> Result<(), YamlError> {
        self.end_flow_item();
        self.key_allowed = false;
        self.after_json = true;
        let (flow, kind) = match bracket {
            b']' => (Flow::Sequence, TokenKind::FlowSequenceEnd),
            _ => (Flow::Mapping, TokenKind::FlowMappingEnd),
        };
        if self.flows.last() != Some(&flow) {
            return Err(self.error("this bracket closes nothing that is open"));
        }
        self.flows.pop();
        self.take(kind, 1);
        Ok(())
    }

    fn scan_flow_entry(&mut self) {
        self.end_flow_item();
        self.key_allowed = true;
        self.after_json = false;
        self.take(TokenKind::FlowEntry, 1);
    }

    fn scan_block_entry(&mut self) -> Result<(), YamlError> {
        if self.in_flow() {
            return Err(self.error("a `-` entry cannot stand inside brackets: is a closing bracket missing?"));
        }
        if !self.key_allowed {
            return Err(self.error("a `-` entry cannot start here: it needs a line of its own"));
        }
        self.open_indent(Level::Sequence, Standing::Valid);
        self.after_json = false;
        self.take(TokenKind::BlockEntry, 1);
        Ok(())
    }

    fn scan_explicit_key(&mut self) -> Result<(), YamlError> {
        if !self.in_flow() {
            if !self.key_allowed {
                return Err(self.error("a key cannot start here: it needs a line of its own"));
            }
            self.open_indent(Level::Mapping, Standing::Valid);
        }
        self.key_allowed = !self.in_flow();
        self.take(TokenKind::Key, 1);
        Ok(())
    }

    fn scan_value(&mut self) -> Result<(), YamlError> {
        let simple = self.confirm_key();
        self.after_json = false;
        if simple {
            self.key_allowed = false;
        } else {
            if !self.in_flow() {
                if !self.key_allowed {
                    return Err(
                        self.error("a `: ` cannot stand here: put the value in quotes if the colon is part of it")
                    );
                }
                self.open_indent(Level::Mapping, Standing::Valid);
            }
            self.key_allowed = !self.in_flow();
        }
        self.take(TokenKind::Value, 1);
        Ok(())
    }

    fn scan_anchor(&mut self) -> Result<(), YamlError> {
        self.note_maybe_key();
        self.key_allowed = false;
        self.after_json = false;
        let rest = self.cursor.rest();
        let name = &rest[1..];
        let length = name
            .iter()
            .position(|byte| matches!(byte, b'[' | b']' | b'{' | b'}' | b',' | b' ' | b'\t' | b'\n' | b'\r'));
        let name = &name[..length.unwrap_or(name.len())];
        let ends_well = !matches!(name.len(), 0) && !matches!(rest.get(1 + name.len()), Some(b'[' | b'{'));
        if !ends_well {
            return Err(
                self.error("expected the name of an anchor behind `&` or `*`: put the value in quotes if it is text")
            );
        }
        let text = String::from_utf8_lossy(name).into_owned();
        let kind = if rest[0] == b'*' { TokenKind::Alias(text) } else { TokenKind::Anchor(text) };
        self.take(kind, 1 + name.len());
        Ok(())
    }

    fn scan_tag(&mut self) -> Result<(), YamlError> {
        self.note_maybe_key();
        self.key_allowed = false;
        self.after_json = false;
        let rest = self.cursor.rest();
        let length = if rest.starts_with(b"!<") {
            let end = rest.iter().position(|byte| *byte == b'>');
            end.ok_or_else(|| self.error("this tag is not closed: `>` is missing"))? + 1
        } else {
            let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"-#;/?:@&=+$_.~*'()%!".contains(byte);
            rest.iter().position(|byte| !word(byte)).unwrap_or(rest.len())
        };
        self.take(TokenKind::Tag, length);
        Ok(())
    }

    fn scan_block_scalar(&mut self) -> Result<(), YamlError> {
        let start = self.cursor.offset();
        let rules = block::header(&mut self.cursor, self.indents.last().map(|indent| indent.column))?;
        let decoded = scalar::read(&mut self.cursor, &rules)?;
        self.key_allowed = true;
        self.after_json = false;
        self.push_scalar(start, decoded.scalar);
        Ok(())
    }

    fn scan_quoted(&mut self) -> Result<(), YamlError> {
        self.note_maybe_key();
        let start = self.cursor.offset();
        let style = if self.cursor.peek() == Some(b'\'') { Style::Single } else { Style::Double };
        self.cursor.skip(1);
        let rules = Rules {
            style,
            in_flow: self.in_flow(),
            fold: Fold::Flow,
            chomp: Chomp::Clip,
            indent: 0,
            detect_indent: false,
        };
        let decoded = scalar::read(&mut self.cursor, &rules)?;
        self.key_allowed = false;
        self.after_json = true;
        self.push_scalar(start, decoded.scalar);
        Ok(())
    }

    fn scan_plain(&mut self) -> Result<(), YamlError> {
        let rules = Rules {
            style: Style::Plain,
            in_flow: self.in_flow(),
            fold: Fold::Flow,
            chomp: Chomp::Strip,
            indent: if self.in_flow() { 0 } else { self.indents.last().map_or(0, |indent| indent.column + 1) },
            detect_indent: false,
        };
        self.note_maybe_key();
        let start = self.cursor.offset();
        let decoded = scalar::read(&mut self.cursor, &rules)?;
        self.key_allowed = decoded.ended_by_indent;
        self.after_json = false;
        self.push_scalar(start, decoded.scalar);
        Ok(())
    }

    /// Queues a scalar. Its span ends behind its last byte, not behind the blanks that were read past.
    fn push_scalar(&mut self, start: usize, scalar: Scalar) {
        let last = scalar.text.len().checked_sub(1).map_or(start, |last| scalar.source(last) + 1);
        let end = match scalar.style {
            Style::Single | Style::Double => self.cursor.offset(),
            _ => last.clamp(start, self.cursor.offset()),
        };
        self.queue.push_back(Token { kind: TokenKind::Scalar(scalar), start, end, standing: Standing::Valid });
    }
}
