//! The right-hand sides of predicates: constants by type.

use std::sync::Arc;

use super::literal::{self, MAX_TEXT, Refusal};
use crate::finding::id;
use crate::{Arity, Finding, Literal, Op, Quantifier, Rhs, Schema, Source, Type, regex};

type Typed<T> = Result<T, Box<Finding>>;

/// Reads the constants of a comparison.
pub(super) fn constants(
    lhs: &Source,
    op: Op,
    quantifier: Option<Quantifier>,
    literals: &[&Literal],
    schema: &dyn Schema,
) -> Typed<Rhs> {
    for literal in literals {
        check_bytes(literal)?;
    }
    if let Source::Field(field) = lhs {
        for literal in literals {
            check_known(field, literal, schema)?;
        }
    }
    let unique = quantifier.is_none();
    Ok(match lhs.ty() {
        Type::Str | Type::Bytes => Rhs::Texts(set(literals, unique, |literal| text(lhs, op, literal))?),
        Type::Bool => Rhs::Bools(set(literals, unique, |l| typed(l, lhs, literal::boolean))?),
        Type::IpAddr => Rhs::Ips(set(literals, unique, |l| typed(l, lhs, literal::address))?),
        Type::IpNet => {
            let in_order = unique && !matches!(lhs, Source::Field(field) if field.arity == Arity::Ends);
            Rhs::Nets(set(literals, in_order, |l| typed(l, lhs, literal::network))?)
        }
        ty => Rhs::Numbers(set(literals, unique, |l| typed(l, lhs, |text| literal::number(text, ty)))?),
    })
}

fn set<T: Ord>(literals: &[&Literal], unique: bool, mut read: impl FnMut(&Literal) -> Typed<T>) -> Typed<Arc<[T]>> {
    let mut values = Vec::with_capacity(literals.len());
    for literal in literals {
        values.push(read(literal)?);
    }
    if unique {
        values.sort_unstable();
        values.dedup();
    }
    Ok(values.into())
}

/// What no constant may be, whatever its type.
pub(super) fn check_bytes(literal: &Literal) -> Typed<()> {
    if literal.bytes.contains(&0) {
        let text = "filter value cannot contain a NUL byte";
        return Err(Finding::error(id::VALUE_NUL, literal.span, text, "has a NUL byte")
            .help("values of fields end before their first NUL byte, so this could never match"));
    }
    if literal.bytes.len() > MAX_TEXT {
        let text = format!("filter parameter too long: {}", literal.to_text());
        let label = format!("{} bytes; at most {MAX_TEXT} are allowed", literal.bytes.len());
        return Err(Finding::error(id::VALUE_TOO_LONG, literal.span, text, label)
            .message(format!("a constant of {} bytes is too long", literal.bytes.len())));
    }
    Ok(())
}

fn check_known(field: &crate::Field, literal: &Literal, schema: &dyn Schema) -> Typed<()> {
    schema.check_literal(field, &literal.bytes).map_err(|reason| {
        let label = format!("not a value of `{field:?}`");
        Finding::error(id::VALUE_UNKNOWN, literal.span, reason, label)
    })
}

fn text(lhs: &Source, op: Op, literal: &Literal) -> Typed<Arc<[u8]>> {
    match op {
        Op::BContains | Op::BStartsWith => match literal::hexadecimal(&literal.bytes) {
            Ok(bytes) => Ok(bytes.into()),
            Err(refusal) => Err(mismatch(literal, lhs, refusal, "hexadecimal digits, two for each byte")),
        },
        Op::Regex => {
            check_regex(literal)?;
            Ok(literal.bytes.clone())
        }
        _ => Ok(literal.bytes.clone()),
    }
}

fn check_regex(literal: &Literal) -> Typed<()> {
    let Err(reason) = regex::compile(&literal.bytes) else { return Ok(()) };
    let text = format!("invalid regex pattern: {reason}");
    let error = Finding::error(id::REGEX_INVALID, literal.span, text, "not a regular expression of POSIX syntax");
    if reason.starts_with("invalid escape sequence") {
        return Err(error.help(r"instead of \d, \w and \s write [0-9], [a-zA-Z0-9_] and [[:space:]]"));
    }
    Err(error)
}

fn typed<T>(literal: &Literal, lhs: &Source, read: impl Fn(&str) -> Result<T, Refusal>) -> Typed<T> {
    let text = literal.to_text();
    read(&text).map_err(|refusal| {
        let expected = match lhs.ty() {
            Type::Bool => "`true` or `false`",
            Type::IpAddr => "an IPv4 or IPv6 address",
            Type::IpNet => "a network such as 10.0.0.0/8",
            Type::Port => "a port's number or the name of a service",
            _ => "a number",
        };
        mismatch(literal, lhs, refusal, expected)
    })
}

fn mismatch(literal: &Literal, lhs: &Source, refusal: Refusal, expected: &str) -> Box<Finding> {
    Finding::error(id::TYPE_MISMATCH, literal.span, refusal, format!("expected {expected}"))
        .message(format!("`{lhs}` cannot be compared with `{}`", literal.to_text()))
}
