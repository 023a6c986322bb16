//! One test: is the operator legal for what it compares, and with what.

use super::{term, value, warning};
use crate::finding::id;
use crate::{
    Arity, Check, Field, Finding, Literal, Op, Operand, Predicate, Quantifier, Rhs, Schema, Source, Term, Type,
};

type Typed<T> = Result<T, Box<Finding>>;

/// Types a test.
pub(super) fn predicate(check: &Check, schema: &dyn Schema, warnings: &mut Vec<Finding>) -> Typed<Predicate> {
    let lhs = term::source(&check.lhs, schema)?;
    check_lhs(check, &lhs)?;
    let op = canonical(check.op, &lhs);
    let literals: Vec<&Literal> = match &check.rhs {
        Operand::None => return Ok(Predicate { lhs, op, quantifier: None, rhs: Rhs::None }),
        Operand::Term(term) => {
            let rhs = Rhs::Source(compared_source(check, &lhs, term, schema)?);
            return Ok(Predicate { lhs, op, quantifier: None, rhs });
        }
        Operand::Literal(literal) => vec![literal],
        Operand::List { items, .. } => items.iter().collect(),
    };
    let op = if check.quantifier.is_some() && lhs.ty() == Type::IpNet && !op.allows(Type::IpNet, false) {
        Op::Eq // the reference compares networks no other way under a quantifier
    } else {
        op
    };
    let op = match &lhs {
        Source::Field(field) => schema
            .operator(field, op)
            .map_err(|text| Finding::error(id::OPERATOR_TYPE, check.op_span, text, "does not apply to this field"))?,
        _ => op,
    };
    warning::look(check, &literals, schema, warnings);
    let rhs = value::constants(&lhs, op, check.quantifier, &literals, schema)?;
    let rhs = cut_networks(check, &lhs, op, rhs, warnings);
    Ok(simplify(lhs, op, check.quantifier, rhs))
}

/// A field must be comparable, and the operator apply to its type.
fn check_lhs(check: &Check, lhs: &Source) -> Typed<()> {
    if let Source::Field(Field { flags, text, .. }) = lhs
        && flags.print_only
    {
        let reference = format!("filter_check called with nonexistent field {text}");
        return Err(Finding::error(id::FIELD_NOT_COMPARABLE, check.lhs.span, reference, "only for outputs")
            .message(format!("`{text}` is for outputs and cannot be compared")));
    }
    let degrades = check.quantifier.is_some() && lhs.ty() == Type::IpNet;
    if check.op.allows(lhs.ty(), lhs.is_list()) || (degrades && !lhs.is_list()) {
        return Ok(());
    }
    let kind = kind_of(lhs);
    let text = format!("'{}' operator not supported for {kind} filters", check.op.as_str());
    let allowed: Vec<String> = Op::ALL
        .iter()
        .filter(|op| **op != Op::EqEq && op.allows(lhs.ty(), lhs.is_list()))
        .map(|op| format!("`{}`", op.as_str()))
        .collect();
    let error = Finding::error(id::OPERATOR_TYPE, check.op_span, text, "does not apply")
        .message(format!("`{}` does not apply to `{lhs}`", check.op.as_str()))
        .label(check.lhs.span, format!("{kind} values"));
    if allowed.is_empty() { Err(error) } else { Err(error.help(format!("what applies: {}", allowed.join(", ")))) }
}

fn kind_of(lhs: &Source) -> &'static str {
    match lhs.ty() {
        _ if lhs.is_list() => "list",
        Type::Str => "string",
        Type::Bytes => "byte buffer",
        Type::Bool => "boolean",
        Type::IpAddr => "IP address",
        Type::IpNet => "IP network",
        Type::Opaque => "this type of",
        _ => "numeric",
    }
}

/// Operators that mean the same become one.
fn canonical(op: Op, lhs: &Source) -> Op {
    match op {
        Op::EqEq => Op::Eq,
        Op::Intersects if !lhs.is_list() => Op::In,
        other => other,
    }
}

/// The right-hand side is a field or a transformer.
fn compared_source(check: &Check, lhs: &Source, term: &Term, schema: &dyn Schema) -> Typed<Source> {
    let rhs = term::source(term, schema)?;
    let refuse = |text: String, label: &str| Err(Finding::error(id::RHS_FIELD, term.span, text, label));
    if let Source::Field(field) = &rhs
        && (field.flags.no_rhs || field.flags.print_only || matches!(field.arity, Arity::Any | Arity::Ends))
    {
        let text = format!("field '{field:?}' can't be used as a right-hand side field");
        return refuse(text, "cannot be on the right-hand side");
    }
    if matches!(check.op, Op::PMatch | Op::Regex) {
        let text = format!("'{}' operator does not support right-hand side fields", check.op.as_str());
        return refuse(text, "must be a constant for this operator");
    }
    if lhs.ty() == Type::IpNet || rhs.ty() == Type::IpNet {
        let text = format!("field '{lhs}' of type IPNET does not support right-hand side fields");
        return refuse(text, "networks are compared with constants only");
    }
    if lhs.ty() != rhs.ty() || lhs.is_list() != rhs.is_list() {
        let describe = |source: &Source| {
            format!("{}{}", if source.is_list() { "list of " } else { "" }, term::type_name(source.ty()))
        };
        let text = format!(
            "field '{lhs}' has type '{}' while the right-hand side field '{rhs}' has incompatible type '{}'",
            describe(lhs),
            describe(&rhs),
        );
        let label = describe(&rhs);
        return Err(Finding::error(id::RHS_FIELD, term.span, text, label)
            .message(format!("`{lhs}` and `{rhs}` are of different types"))
            .label(check.lhs.span, describe(lhs)));
    }
    Ok(rhs)
}

/// `in` on both ends of a socket looks at one network only in the reference, and rules were tried with that.
fn cut_networks(check: &Check, lhs: &Source, op: Op, rhs: Rhs, warnings: &mut Vec<Finding>) -> Rhs {
    let Rhs::Nets(nets) = &rhs else { return rhs };
    let ends = matches!(lhs, Source::Field(field) if field.arity == Arity::Ends);
    if !ends || check.op != Op::In || op != Op::In || nets.len() < 2 {
        return rhs;
    }
    let text = format!("'{lhs} in' looks at the first network only");
    let warning = Finding::warning(id::NETWORK_LIST_CUT, check.op_span, text, "only the first network is looked at")
        .message(format!("`{lhs} in (…)` looks at the first network of the list only"))
        .code(None)
        .note("this is what the reference does, so that rules mean the same in both")
        .help(format!("write `{lhs} = … or {lhs} = …`"));
    warnings.push(*warning);
    Rhs::Nets(nets[..1].into())
}

/// Predicates that mean the same become equal, as far as that costs nothing.
fn simplify(lhs: Source, op: Op, quantifier: Option<Quantifier>, rhs: Rhs) -> Predicate {
    let count = rhs.len();
    match (op, quantifier) {
        (Op::In, None) if count == 1 && !lhs.is_list() => Predicate { lhs, op: Op::Eq, quantifier: None, rhs },
        (_, Some(_)) if count == 1 => Predicate { lhs, op, quantifier: None, rhs },
        _ => Predicate { lhs, op, quantifier, rhs },
    }
}
