//! A tree written as text again.

use std::fmt::{self, Write};

use crate::{Ast, Check, Literal, Node, Operand, Term, TermKind};

/// How constants are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// So that parsing gives the same tree back. [`Ast`]'s `Display` is this.
    Exact,
    /// As the reference prints compiled conditions: quotes are left out in cases where they would be needed (the empty
    /// string, parentheses, commas), and a final backslash hides the closing quote.
    Reference,
}

impl Ast {
    /// The condition as text; of a resolved macro its body.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut out = String::new();
        write_ast(&mut out, self, style).expect("writing to a string cannot fail");
        out
    }
}

impl fmt::Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_ast(f, self, Style::Exact)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_term(f, self, Style::Exact)
    }
}

fn write_ast(out: &mut dyn Write, ast: &Ast, style: Style) -> fmt::Result {
    match &ast.node {
        Node::And(children) => write_group(out, children, " and ", style),
        Node::Or(children) => write_group(out, children, " or ", style),
        Node::Not(child) if style == Style::Exact && is_negation(child) => {
            out.write_str("not (")?;
            write_ast(out, child, style)?;
            out.write_char(')')
        }
        Node::Not(child) => {
            out.write_str("not ")?;
            write_ast(out, child, style)
        }
        Node::Macro(reference) => match &reference.body {
            Some(body) => write_ast(out, &body.ast, style),
            // Before a blank it would negate what follows.
            None if &*reference.name == "not" => out.write_str("(not)"),
            None => out.write_str(&reference.name),
        },
        Node::Check(check) => write_check(out, check, style),
    }
}

/// `not not x` is read as `x`, so a negation inside another needs parentheses to stay one.
fn is_negation(ast: &Ast) -> bool {
    match &ast.node {
        Node::Not(_) => true,
        Node::Macro(reference) => reference.body.as_ref().is_some_and(|body| is_negation(&body.ast)),
        Node::And(_) | Node::Or(_) | Node::Check(_) => false,
    }
}

fn write_group(out: &mut dyn Write, children: &[Ast], between: &str, style: Style) -> fmt::Result {
    out.write_char('(')?;
    for (n, child) in children.iter().enumerate() {
        if n > 0 {
            out.write_str(between)?;
        }
        write_ast(out, child, style)?;
    }
    out.write_char(')')
}

fn write_check(out: &mut dyn Write, check: &Check, style: Style) -> fmt::Result {
    write_term(out, &check.lhs, style)?;
    write!(out, " {}", check.op.as_str())?;
    if let Some(quantifier) = check.quantifier {
        write!(out, " {}", quantifier.as_str())?;
    }
    match &check.rhs {
        Operand::None => Ok(()),
        Operand::Literal(literal) => {
            out.write_char(' ')?;
            write_literal(out, literal, style)
        }
        Operand::List { items, .. } => {
            out.write_str(" (")?;
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.write_str(", ")?;
                }
                write_literal(out, item, style)?;
            }
            out.write_char(')')
        }
        Operand::Term(term) => {
            out.write_char(' ')?;
            write_term(out, term, style)
        }
    }
}

fn write_term(out: &mut dyn Write, term: &Term, style: Style) -> fmt::Result {
    match &term.kind {
        TermKind::Field { name, arg } => {
            out.write_str(name)?;
            write_brackets(out, arg.as_ref(), style)
        }
        TermKind::Call { transformer, args, selector } => {
            out.write_str(transformer.as_str())?;
            write_terms(out, args, style)?;
            write_brackets(out, selector.as_ref(), style)
        }
        TermKind::Text(literal) => write_quoted(out, &literal.bytes, style),
        TermKind::Number(literal) => out.write_str(&literal.to_text()),
        TermKind::List(terms) => write_terms(out, terms, style),
    }
}

fn write_terms(out: &mut dyn Write, terms: &[Term], style: Style) -> fmt::Result {
    out.write_char('(')?;
    for (n, term) in terms.iter().enumerate() {
        if n > 0 {
            out.write_char(',')?;
        }
        write_term(out, term, style)?;
    }
    out.write_char(')')
}

fn write_brackets(out: &mut dyn Write, inner: Option<&Literal>, style: Style) -> fmt::Result {
    let Some(literal) = inner else { return Ok(()) };
    out.write_char('[')?;
    let bracket = literal.bytes.iter().any(|byte| matches!(byte, b'[' | b']' | 0x0B | 0x0C));
    if style == Style::Exact && (bracket || literal.bytes.is_empty()) {
        write_quoted(out, &literal.bytes, style)?;
    } else {
        write_literal(out, literal, style)?;
    }
    out.write_char(']')
}

fn write_literal(out: &mut dyn Write, literal: &Literal, style: Style) -> fmt::Result {
    if needs_quotes(&literal.bytes, style) {
        write_quoted(out, &literal.bytes, style)
    } else {
        out.write_str(&literal.to_text())
    }
}

/// Whether a constant has to be quoted. Bytes that are no UTF-8 can be written as escapes only.
fn needs_quotes(bytes: &[u8], style: Style) -> bool {
    let special = |byte: &u8| matches!(byte, 0..=b' ' | 0x7F | b'=' | b'\\' | b'"' | b'\'');
    let ends_bare = |byte: &u8| matches!(byte, b'(' | b')' | b',');
    bytes.iter().any(special)
        || std::str::from_utf8(bytes).is_err()
        || (style == Style::Exact && (bytes.is_empty() || bytes.iter().any(ends_bare)))
}

/// Writes a constant in quotes. A final backslash would hide the closing quote however it is doubled, so it is written by
/// its code.
fn write_quoted(out: &mut dyn Write, bytes: &[u8], style: Style) -> fmt::Result {
    let (bytes, end) = match bytes {
        [before @ .., b'\\'] if style == Style::Exact => (before, "\\x5c"),
        whole => (whole, ""),
    };
    out.write_char('"')?;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            write_character(out, character)?;
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}")?;
        }
    }
    out.write_str(end)?;
    out.write_char('"')
}

/// A constant as a condition would have it, for predicates and messages.
pub(crate) fn constant(bytes: &[u8]) -> String {
    let mut out = String::new();
    let written = if needs_quotes(bytes, Style::Exact) {
        write_quoted(&mut out, bytes, Style::Exact)
    } else {
        out.write_str(&String::from_utf8_lossy(bytes))
    };
    written.expect("writing to a string cannot fail");
    out
}

fn write_character(out: &mut dyn Write, character: char) -> fmt::Result {
    match character {
        '\u{8}' => out.write_str("\\b"),
        '\u{C}' => out.write_str("\\f"),
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        '\\' => out.write_str("\\\\"),
        '"' => out.write_str("\\\""),
        '\0'..='\u{1F}' | '\u{7F}' => write!(out, "\\x{:02x}", character as u32),
        other => out.write_char(other),
    }
}
