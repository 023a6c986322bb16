//! Going on after a mistake, for the sake of who mends the text: all its mistakes are told at once, and none that only follows
//! from another.

use windhover_diagnostics::Span;

use super::cursor::{bare_length, is_blank, quoted_length};
use super::{Parsed, Parser, hint};
use crate::finding::id;
use crate::{Ast, Finding, Node};

/// Mistakes told of one text: with more, the first ones are the cause.
pub(super) const MAX_MISTAKES: usize = 16;

/// What is wrong with the grammar of a condition, and what of it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxErrors {
    /// In the order written, one at least. The first is the one that [`crate::parse`] gives.
    pub findings: Vec<Finding>,
    /// The tree without what was not understood (an `And` of nothing stands there); `None` if reading was given up.
    pub rest: Option<Ast>,
}

/// Where to go on, and how sure that is.
struct Stop {
    at: usize,
    /// Parentheses may have been paired otherwise than meant.
    unsure: bool,
}

impl Parser<'_> {
    /// Takes note of a mistake and skips to the next `and`, `or`, closing parenthesis or the end. What was not understood
    /// begins at `from`.
    pub(super) fn go_on(&mut self, error: Box<Finding>, from: usize) -> Parsed<()> {
        self.note(error)?;
        let Stop { at, unsure } = next_stop(self.cursor.text(), from, self.cursor.at());
        self.cursor.skip_to(at);
        self.unsure |= unsure;
        Ok(())
    }

    /// Takes note of a mistake, unless one was found at that place before.
    fn note(&mut self, error: Box<Finding>) -> Parsed<()> {
        if self.findings.len() + 1 >= self.max_mistakes || error.diagnostic.id.name == id::TOO_DEEP.name {
            return Err(error);
        }
        let start = |finding: &Finding| finding.diagnostic.span().map(|span| span.start);
        if self.findings.last().is_none_or(|last| start(last) != start(&error)) {
            self.findings.push(*error);
        }
        Ok(())
    }

    /// The same for a parenthesis without its other half, which after some mistakes need not be one.
    fn note_unbalanced(&mut self, error: Box<Finding>) -> Parsed<()> {
        if self.unsure { Ok(()) } else { self.note(error) }
    }

    /// Reads on to the parenthesis that closes a group, which is not where it was expected.
    pub(super) fn rest_of_group(&mut self, open: Span, inner: Ast) -> Parsed<Ast> {
        let mut parts = vec![inner];
        while !self.cursor.take_str(")") {
            let error = hint::unclosed(self, open);
            if self.cursor.is_at_end() {
                self.note_unbalanced(error)?;
                break;
            }
            self.skip_leftover(error, &mut parts)?;
            self.next_part(&mut parts)?;
        }
        Ok(together(parts))
    }

    /// Reads on to the end of the text, which goes on behind a whole condition.
    pub(super) fn rest_of_text(&mut self, ast: Ast) -> Parsed<Ast> {
        let mut parts = vec![ast];
        while !self.cursor.is_at_end() {
            let error = hint::leftover(self);
            if self.cursor.rest().starts_with(')') {
                self.note_unbalanced(error)?;
                self.cursor.take_str(")");
                self.cursor.skip_blanks();
            } else {
                self.skip_leftover(error, &mut parts)?;
            }
            self.next_part(&mut parts)?;
        }
        Ok(together(parts))
    }

    /// Passes what cannot follow a condition. If a connective was taken for a name or a value, that is what it connects to.
    fn skip_leftover(&mut self, error: Box<Finding>, parts: &mut Vec<Ast>) -> Parsed<()> {
        self.doubt_last_name(parts);
        if is_connective(self.cursor.last_token()) {
            self.note(error)?;
            parts.push(self.or()?);
            self.cursor.skip_blanks();
            return Ok(());
        }
        self.go_on(error, self.cursor.at())
    }

    /// What follows a connective, of this language or another, if one stands here.
    fn next_part(&mut self, parts: &mut Vec<Ast>) -> Parsed<()> {
        if self.take_connective() {
            parts.push(self.or()?);
            self.cursor.skip_blanks();
        }
        Ok(())
    }

    fn at_connective(&self) -> bool {
        let rest = self.cursor.rest();
        is_connective(&rest[..bare_length(rest)])
    }

    pub(super) fn take_connective(&mut self) -> bool {
        let rest = self.cursor.rest();
        self.at_connective() && self.cursor.take_str(&rest[..bare_length(rest)])
    }

    /// A name with something behind it that cannot follow was hardly meant as a macro's: it is left out of what was read.
    fn doubt_last_name(&self, parts: &mut [Ast]) {
        if let (Some(last), false) = (parts.last_mut(), self.at_connective()) {
            leave_out(last, self.cursor.last_span());
        }
    }

    /// Stands for what was not understood.
    pub(super) fn gap(&self, from: usize) -> Ast {
        Ast { node: Node::And(Vec::new()), span: self.cursor.span_from(from) }
    }
}

/// Leaves the macro out that ends a tree, if it is the one at `name`.
fn leave_out(ast: &mut Ast, name: Span) {
    match &mut ast.node {
        Node::And(children) | Node::Or(children) => {
            children.last_mut().into_iter().for_each(|last| leave_out(last, name))
        }
        Node::Not(child) => leave_out(child, name),
        Node::Macro(_) if ast.span == name => ast.node = Node::And(Vec::new()),
        Node::Macro(_) | Node::Check(_) => {}
    }
}

fn together(mut parts: Vec<Ast>) -> Ast {
    let span = parts[0].span.to(parts[parts.len() - 1].span);
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            Ast { node: Node::And(parts), span }
        }
    }
}

fn is_connective(word: &str) -> bool {
    matches!(word, "and" | "or" | "AND" | "OR" | "&&" | "||")
}

/// Where a reader would go on after a mistake found at `wrong` in what begins at `from`.
///
/// A connective right there means that what is missing is before it. Else parentheses opened since `from` are closed first,
/// if they are closed at all.
fn next_stop(text: &str, from: usize, wrong: usize) -> Stop {
    let bytes = text.as_bytes();
    let here = bytes[wrong..].iter().position(|byte| !is_blank(*byte)).map_or(text.len(), |blanks| wrong + blanks);
    let (mut at, mut depth) = (from, 0_usize);
    let mut within: Option<usize> = None;
    let mut crossed = false;
    while at < text.len() {
        let rest = &text[at..];
        let word = bare_length(rest);
        if at >= wrong && is_connective(&rest[..word]) {
            if depth == 0 || at == here {
                return Stop { at, unsure: crossed };
            }
            within.get_or_insert(at);
        }
        at += match bytes[at] {
            _ if word > 0 => word,
            b')' if depth == 0 => return Stop { at, unsure: crossed },
            b'(' => {
                depth += 1;
                1
            }
            b')' => {
                depth -= 1;
                1
            }
            b'"' | b'\'' => match quoted_length(rest) {
                Some(length) => length,
                None => return Stop { at: text.len(), unsure: true },
            },
            sign => {
                crossed |= at >= wrong && depth > 0 && sign == b'=';
                rest.chars().next().map_or(1, char::len_utf8)
            }
        };
        crossed |= within.is_some();
    }
    Stop { at: within.filter(|_| depth > 0).unwrap_or(text.len()), unsure: depth > 0 || crossed }
}
