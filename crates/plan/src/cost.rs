//! What evaluating a predicate costs, roughly: only the order matters, because it decides what is tested first.
//!
//! The unit is about a nanosecond, from running the community rules over recorded captures.

use windhover_filter::{Arity, Op, Predicate, Rhs, Scope, Source, Type};

/// Expected cost of one evaluation.
pub(crate) fn of(predicate: &Predicate) -> u32 {
    let read = source(&predicate.lhs)
        + match &predicate.rhs {
            Rhs::Source(other) => source(other),
            _ => 0,
        };
    let compare = match predicate.op {
        Op::Exists => 1,
        Op::Eq | Op::EqEq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => 2,
        Op::In | Op::Intersects | Op::StartsWith | Op::EndsWith | Op::BStartsWith => 6,
        Op::Contains | Op::BContains => 15,
        Op::IContains | Op::PMatch => 40,
        Op::Glob | Op::IGlob => 60,
        Op::Regex => 200,
    };
    read + compare
}

/// Estimated part of events for which a predicate holds: rules look for the exception, so a text is seldom the one that is
/// named. Measurements correct it.
pub(crate) fn chance(predicate: &Predicate) -> f32 {
    match (predicate.op, &predicate.rhs) {
        (Op::Ne, Rhs::Texts(_)) => 0.97,
        (Op::Exists | Op::Lt | Op::Le | Op::Gt | Op::Ge, _) => 0.5,
        (_, Rhs::Texts(_) | Rhs::Ips(_) | Rhs::Nets(_)) => 0.03,
        _ => 0.5,
    }
}

fn source(source: &Source) -> u32 {
    match source {
        Source::Field(field) => {
            let read = match (field.ty, field.scope) {
                (_, Scope::EventType) => 1,
                (Type::Str | Type::Bytes, Scope::Fd) => 5,
                (Type::Str | Type::Bytes, _) => 12,
                _ => 3,
            };
            match field.arity {
                Arity::One => read,
                Arity::Ends => 2 * read,
                Arity::List | Arity::Any => 10 * read,
            }
        }
        Source::Text(_) => 0,
        Source::List(parts) => parts.iter().map(self::source).sum(),
        Source::Call(call) => 20 + call.args.iter().map(self::source).sum::<u32>(),
    }
}
