//! What is worth a warning in a condition whatever its fields are.

use windhover_diagnostics::{Diagnostic, Span};
use windhover_filter::{Ast, Check, Literal, Node, Op, Operand, Term, TermKind};

use crate::code::DEPRECATED_FIELDS;
use crate::id;

/// Something doubtful about a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Doubt {
    /// A field that will go away.
    Deprecated(&'static str),
    /// A field of JSON events is compared with `<NA>`.
    UnsafeNa,
}

/// All doubts of a condition, macros included, in order.
pub(super) fn doubts(ast: &Ast) -> Vec<(Doubt, Span)> {
    let mut found = Vec::new();
    ast.walk(&mut |part| {
        if let Node::Check(check) = &part.node {
            visit(check, &mut found);
        }
    });
    found
}

fn visit(check: &Check, found: &mut Vec<(Doubt, Span)>) {
    let mut visit_term = |term: &Term| {
        term.walk(&mut |part| {
            if let TermKind::Field { name, .. } = &part.kind {
                let deprecated = DEPRECATED_FIELDS.into_iter().find(|field| *field == &**name);
                found.extend(deprecated.map(|field| (Doubt::Deprecated(field), part.span)));
            }
        });
    };
    visit_term(&check.lhs);
    if let Operand::Term(term) = &check.rhs {
        visit_term(term);
    }
    let equality = matches!(check.op, Op::EqEq | Op::Eq | Op::Ne | Op::In | Op::Intersects | Op::PMatch);
    if equality && check.quantifier.is_none() && has_no_value_text(&check.rhs) {
        check.lhs.walk(&mut |part| {
            if let TermKind::Field { name, .. } = &part.kind
                && (name.starts_with("ka.") || name.starts_with("jevt."))
            {
                found.push((Doubt::UnsafeNa, part.span));
            }
        });
    }
}

fn has_no_value_text(operand: &Operand) -> bool {
    let is_it = |literal: &Literal| *literal.bytes == *b"<NA>";
    match operand {
        Operand::Literal(literal) => is_it(literal),
        Operand::List { items, .. } => items.iter().any(is_it),
        Operand::None | Operand::Term(_) => false,
    }
}

impl Doubt {
    pub(super) fn diagnostic(self, span: Span) -> Diagnostic {
        match self {
            Self::Deprecated(field) => {
                Diagnostic::warning(id::FIELD_DEPRECATED, format!("the field `{field}` is deprecated"))
                    .at(span, "will go away")
                    .help(remedy(field))
            }
            Self::UnsafeNa => Diagnostic::warning(id::UNSAFE_NA, "comparing this field with `<NA>` is not reliable")
                .at(span, "compared with `<NA>`")
                .help("to ask whether a field has a value, use `exists`"),
        }
    }

    /// The message for the reference's report.
    pub(super) fn message(self) -> String {
        match self {
            Self::Deprecated(field) => {
                format!("the field '{field}' is deprecated: {}", remedy(field))
            }
            Self::UnsafeNa => {
                "comparing this field with <NA> is unsafe: use 'exists' to ask whether it has a value".to_owned()
            }
        }
    }
}

/// What to do about a deprecated field.
fn remedy(field: &str) -> &'static str {
    match field {
        "evt.dir" => {
            "there is one event per system call now, so `evt.dir = <` is always true and `evt.dir = >` never: leave it out"
        }
        _ => "there is one event per system call now, so it has no value: leave it out",
    }
}

/// Is an error about something that does not exist, so that a rule may be skipped for it? The reference tells by its text.
pub(super) fn is_unknown(message: &str) -> bool {
    ["nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:"]
        .into_iter()
        .any(|part| message.contains(part))
}
