//! Fields and transformers, typed.

use std::sync::Arc;

use windhover_diagnostics::Span;

use crate::finding::id;
use crate::{Arity, Call, Finding, Literal, LookupFieldError, Schema, Source, Term, TermKind, Transformer, Type};

type Typed<T> = Result<T, Box<Finding>>;

/// Types a term.
pub(super) fn source(term: &Term, schema: &dyn Schema) -> Typed<Source> {
    match &term.kind {
        TermKind::Field { .. } => field(term, schema),
        TermKind::Text(literal) | TermKind::Number(literal) => text(literal),
        TermKind::List(terms) => {
            let sources: Typed<Vec<Source>> = terms.iter().map(|term| list_element(term, schema)).collect();
            Ok(Source::List(sources?.into()))
        }
        TermKind::Call { transformer: Transformer::Val, args, .. } => match args.as_slice() {
            [only] => source(only, schema),
            _ => Err(wrong_count(Transformer::Val, term.span)),
        },
        TermKind::Call { transformer, args, selector } => {
            call(*transformer, args, selector.as_ref(), term.span, schema)
        }
    }
}

fn field(term: &Term, schema: &dyn Schema) -> Typed<Source> {
    let text = term.field_text().unwrap_or_default();
    match schema.lookup(&text) {
        Ok(field) => Ok(Source::Field(field)),
        Err(error) => Err(lookup_error(&text, term.span, &error)),
    }
}

/// A field that a schema does not have, as an error at `span`.
fn lookup_error(text: &str, span: Span, error: &LookupFieldError) -> Box<Finding> {
    match error {
        LookupFieldError::Unknown { similar, .. } => {
            let reference = format!("filter_check called with nonexistent field {text}");
            let finding = Finding::error(id::FIELD_UNKNOWN, span, reference, "no such field")
                .message(format!("unknown field `{text}`"));
            match similar {
                Some(name) => finding.help(format!("a field with a similar name exists: `{name}`")),
                None => finding,
            }
        }
        LookupFieldError::Argument { reason } => {
            Finding::error(id::FIELD_ARGUMENT, span, reason.clone(), "wrong argument")
                .message(format!("the argument of `{text}` is wrong: {reason}"))
        }
    }
}

fn text(literal: &Literal) -> Typed<Source> {
    super::value::check_bytes(literal)?;
    Ok(Source::Text(literal.bytes.clone()))
}

fn list_element(term: &Term, schema: &dyn Schema) -> Typed<Source> {
    let element = source(term, schema)?;
    if element.ty() != Type::Str || element.is_list() {
        let text = format!("can't build a list of strings: '{term}' is not a string");
        return Err(Finding::error(id::TRANSFORMER_TYPE, term.span, text, "not a string"));
    }
    check_wrappable(&element, term.span)?;
    Ok(element)
}

fn check_wrappable(source: &Source, span: Span) -> Typed<()> {
    match source {
        Source::Field(field) if field.flags.no_transformer || matches!(field.arity, Arity::Any | Arity::Ends) => {
            let text = format!("field '{field:?}' does not support transformers");
            Err(Finding::error(id::TRANSFORMER_TYPE, span, text, "has several values, or none of its own"))
        }
        _ => Ok(()),
    }
}

fn wrong_count(transformer: Transformer, span: Span) -> Box<Finding> {
    let (text, takes) = match transformer {
        Transformer::Join => ("unknown field transfomer", "a separator and a list"),
        Transformer::GetOpt => ("unknown field transfomer", "a list of arguments and a string of options"),
        Transformer::Concat => ("unknown field transfomer", "two strings or more"),
        _ => ("transformer takes exactly one argument", "one argument"),
    };
    Finding::error(id::TRANSFORMER_ARGUMENTS, span, text, "wrong number of arguments")
        .message(format!("`{}` takes {takes}", transformer.as_str()))
}

fn call(
    transformer: Transformer,
    args: &[Term],
    selector: Option<&Literal>,
    span: Span,
    schema: &dyn Schema,
) -> Typed<Source> {
    let counted = match transformer {
        Transformer::Join | Transformer::GetOpt => args.len() == 2,
        Transformer::Concat => args.len() >= 2,
        _ => args.len() == 1,
    };
    if !counted {
        return Err(wrong_count(transformer, span));
    }
    let sources: Typed<Vec<Source>> = args.iter().map(|arg| source(arg, schema)).collect();
    let sources = sources?;
    for (arg, source) in args.iter().zip(&sources) {
        check_wrappable(source, arg.span)?;
    }
    let (ty, list) = result_type(transformer, args, &sources)?;
    let selector = selector.map(|literal| self::selector(transformer, literal)).transpose()?;
    let list = list && selector.is_none();
    Ok(Source::Call(Arc::new(Call { transformer, args: sources.into(), selector, ty, list })))
}

/// Type of a transformer's value, and whether it is a list.
fn result_type(transformer: Transformer, args: &[Term], sources: &[Source]) -> Typed<(Type, bool)> {
    let is = |source: &Source, ty: Type, list: bool| source.ty() == ty && source.is_list() == list;
    let refuse = |n: usize| Err(not_supported(transformer, &args[n], &sources[n]));
    match transformer {
        Transformer::ToLower | Transformer::ToUpper | Transformer::Basename | Transformer::Val => {
            if is(&sources[0], Type::Str, false) { Ok((Type::Str, false)) } else { refuse(0) }
        }
        Transformer::Base64 => match (sources[0].ty(), sources[0].is_list()) {
            (ty @ (Type::Str | Type::Bytes), false) => Ok((ty, false)),
            _ => refuse(0),
        },
        Transformer::Len => match (sources[0].ty(), sources[0].is_list()) {
            (Type::Str | Type::Bytes, false) | (_, true) => Ok((Type::Uint(64), false)),
            _ => refuse(0),
        },
        Transformer::Join => match () {
            () if !is(&sources[0], Type::Str, false) => refuse(0),
            () if !is(&sources[1], Type::Str, true) => refuse(1),
            () => Ok((Type::Str, false)),
        },
        Transformer::Concat => match sources.iter().position(|source| !is(source, Type::Str, false)) {
            Some(n) => refuse(n),
            None => Ok((Type::Str, false)),
        },
        Transformer::GetOpt => match () {
            () if !is(&sources[0], Type::Str, true) => refuse(0),
            () if !is(&sources[1], Type::Str, false) => refuse(1),
            () => Ok((Type::Str, true)),
        },
    }
}

fn not_supported(transformer: Transformer, arg: &Term, source: &Source) -> Box<Finding> {
    let list = if source.is_list() { "list " } else { "" };
    let (name, ty) = (transformer.as_str(), type_name(source.ty()));
    let text = format!(
        "can't add field transformer: type '{ty}' is not supported by '{name}' transformer applied on {list}field '{arg}'"
    );
    let label = format!("{} {}", if source.is_list() { "a list of type" } else { "of type" }, ty);
    Finding::error(id::TRANSFORMER_TYPE, arg.span, text, label).message(format!("`{name}` does not apply to `{arg}`"))
}

fn selector(transformer: Transformer, literal: &Literal) -> Typed<u8> {
    let message = match (transformer, &*literal.bytes) {
        (Transformer::GetOpt, [option]) => return Ok(*option),
        (Transformer::GetOpt, _) => "the option that `getopt` picks is one character".to_owned(),
        (other, _) => format!("`{}` takes nothing in brackets", other.as_str()),
    };
    Err(Finding::error(id::TRANSFORMER_ARGUMENTS, literal.span, message, "not allowed here"))
}

/// The reference's name of a type.
pub(super) fn type_name(ty: Type) -> String {
    match ty {
        Type::Str => "CHARBUF".to_owned(),
        Type::Bytes => "BYTEBUF".to_owned(),
        Type::Int(bits) => format!("INT{bits}"),
        Type::Uint(bits) => format!("UINT{bits}"),
        Type::Port => "PORT".to_owned(),
        Type::RelTime => "RELTIME".to_owned(),
        Type::AbsTime => "ABSTIME".to_owned(),
        Type::Bool => "BOOL".to_owned(),
        Type::Double => "DOUBLE".to_owned(),
        Type::IpAddr => "IPADDR".to_owned(),
        Type::IpNet => "IPNET".to_owned(),
        Type::Opaque => "UID".to_owned(),
    }
}
