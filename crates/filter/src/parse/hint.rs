//! Messages of the parser: one function per mistake that people make.

use windhover_diagnostics::{Span, nearest};

use super::escape::EscapeError;
use super::{Parser, transformer_names};
use crate::finding::id;
use crate::{Finding, Op, Term};

/// The connective of this language for one of another.
fn foreign_word(text: &str) -> Option<(&'static str, &'static str)> {
    const WORDS: [(&str, &str); 5] = [("&&", "and"), ("||", "or"), ("AND", "and"), ("OR", "or"), ("NOT", "not")];
    WORDS.into_iter().find(|(word, _)| text.starts_with(word))
}

/// The condition is complete, but the text goes on.
pub(super) fn leftover(p: &Parser<'_>) -> Box<Finding> {
    let last = p.cursor.last_token();
    let text = format!("unexpected token after '{last}', expecting 'or', 'and'");
    let error = p.error(text, "expected `and`, `or`, or the end");
    let rest = p.cursor.rest();
    if let Some((word, ours)) = foreign_word(rest) {
        return error.help(format!("instead of `{word}` write `{ours}`"));
    }
    if rest.starts_with(')') {
        return error.help("this parenthesis was not opened");
    }
    if let Some((word, ours)) = foreign_word(last).filter(|(word, _)| *word == last) {
        return error.help(format!("instead of `{word}` write `{ours}`"));
    }
    if matches!(last, "and" | "or" | "not") {
        return error.help(format!("`{last}` is taken for a name or a value here: something is missing before it"));
    }
    let operator = Op::ALL.into_iter().find(|op| rest.starts_with(op.as_str()));
    if let (Some(op), false) = (operator, last.contains(['.', '"', '\'', ')']) || last.is_empty()) {
        let help =
            format!("`{last}` is taken for a macro; to compare a field with `{}`, write its whole name", op.as_str());
        return error.help(help);
    }
    error
}

/// `and` or `or` runs into what follows.
pub(super) fn glued(p: &Parser<'_>, connective: &str) -> Box<Finding> {
    p.error(format!("expected blank or '(' after '{connective}'"), format!("expected a blank after `{connective}`"))
}

/// A group is not closed.
pub(super) fn unclosed(p: &Parser<'_>, open: Span) -> Box<Finding> {
    let error = no_parenthesis(p, open, "`and`, `or`");
    match foreign_word(p.cursor.rest()) {
        Some((word, ours)) => error.help(format!("instead of `{word}` write `{ours}`")),
        None => error,
    }
}

/// A list is not closed.
pub(super) fn unclosed_list(p: &Parser<'_>, open: Span) -> Box<Finding> {
    no_parenthesis(p, open, "`,`")
}

fn no_parenthesis(p: &Parser<'_>, open: Span, others: &str) -> Box<Finding> {
    let expected = format!("expected {others} or `)`");
    p.error("expected a ')' token", expected.clone()).message(expected).label(open, "to close this parenthesis")
}

/// Neither a group, a field nor a macro.
pub(super) fn no_check(p: &Parser<'_>) -> Box<Finding> {
    let error = p.error("expected a '(' token, a field check, or an identifier", "expected a field, a macro, or `(`");
    let rest = p.cursor.rest();
    match foreign_word(rest) {
        _ if rest.starts_with('!') => error.help("to negate, write `not`"),
        Some((word, ours)) => error.help(format!("instead of `{word}` write `{ours}`")),
        None => error,
    }
}

/// A field stands without an operator.
pub(super) fn no_operator(p: &Parser<'_>, lhs: &Term) -> Box<Finding> {
    let names: Vec<String> = Op::ALL.iter().map(|op| format!("'{}'", op.as_str())).collect();
    let text = format!("expected a valid check operator: one of {}", names.join(", "));
    let error = p.error(text, "expected an operator").message(format!("no operator after `{lhs}`"));
    let error = error.label(lhs.span, "what it would compare");
    let rest = p.cursor.rest();
    let word = rest.split([' ', '\t', '\n', '\r', '(', ')', '"', '\'']).next().unwrap_or("");
    match Op::from_text(word) {
        Some(op) => error.help(format!("`{}` needs a blank behind it", op.as_str())),
        None => match (word, nearest(word, Op::ALL.iter().map(|op| op.as_str()))) {
            ("=~" | "~" | "matches" | "like", _) => {
                error.help("for regular expressions there is `regex`, for patterns `glob`")
            }
            ("is" | "equals" | "eq", _) => error.help("to compare, write `=`"),
            (_, Some(op)) => error.help(format!("an operator with a similar name exists: `{op}`")),
            ("", None) | (_, None) => error.help("to test whether it has a value at all, write `exists`"),
        },
    }
}

/// An operator without its right side. `expected` says what kind it takes.
pub(super) fn no_value(p: &Parser<'_>, expected: &str) -> Box<Finding> {
    let text = format!("expected {expected} or a field with a valid transformer: {}", transformer_names());
    let error = p.error(text, format!("expected {expected}")).message(format!("expected {expected}"));
    let rest = p.cursor.rest();
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) if expected.contains("string") => error.help(format!(
            "this string does not end: `{quote}` is missing, or the one there has a backslash before it"
        )),
        Some('"' | '\'') => error.help("numbers are written without quotes"),
        Some('(') => error.help("only `in`, `intersects`, `pmatch`, and `anyof`, `oneof`, `allof` take a list"),
        _ => error,
    }
}

/// A list operator without a list.
pub(super) fn no_list(p: &Parser<'_>, op: Op) -> Box<Finding> {
    let names = transformer_names();
    let text = format!("expected a list, an identifier, or a field with a valid transformer: {names}");
    let message = format!("expected a list after `{}`", op.as_str());
    p.error(text, "expected a list").message(message).help("put the values in parentheses, with commas between them")
}

/// An argument of a transformer that is nothing it could be.
pub(super) fn no_argument(p: &Parser<'_>) -> Box<Finding> {
    let text = format!("expected a field or a nested valid transformer: {}", transformer_names());
    p.error(text, "expected a field, a transformer, or a quoted string")
}

/// `val(` without a field.
pub(super) fn no_field_in_val(p: &Parser<'_>) -> Box<Finding> {
    p.error("expected a field within 'val' transformer", "expected a field")
}

/// An escape that does not exist.
pub(super) fn bad_escape(span: Span, error: EscapeError) -> Box<Finding> {
    Finding::error(id::ESCAPE, span, error.text, "no such escape")
        .help(r#"there are \b \f \n \r \t \\ \/ \xHH, and \ before the quote itself; or leave the quotes out"#)
}
