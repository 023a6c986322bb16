//! What stands behind a field's name: `[3]`, `["key"]`, `.flags`.

use windhover_filter::{FieldArg, Type};

use crate::definition::ArgForm;
use crate::param;

/// Reads the text behind a field's name; `None` where it is not what the field takes, all of it.
///
/// The second value is the type that the argument gives to a field of [`crate::FieldType::Dynamic`].
pub(crate) fn parse(form: ArgForm, rest: &str) -> Option<(FieldArg, Option<Type>)> {
    if rest.is_empty() {
        return (!form.is_required()).then_some((FieldArg::None, None));
    }
    let arg = match form {
        ArgForm::None => None,
        ArgForm::OptionalIndex => index(bracketed(rest)?).map(FieldArg::Index),
        ArgForm::Index => bracketed(rest)?.parse().ok().map(FieldArg::Index),
        ArgForm::OptionalKeyOrIndex | ArgForm::KeyOrIndex => {
            let text = bracketed(rest)?;
            Some(plain_index(text).map_or_else(|| key(text), FieldArg::Index))
        }
        ArgForm::Key => Some(key(bracketed(rest)?)),
        ArgForm::Param => match rest.strip_prefix('.') {
            Some(name) => param::named(name),
            None => index(bracketed(rest)?).filter(|n| *n < param::MAX).map(FieldArg::Index),
        },
        ArgForm::RawParam => {
            let name = rest.strip_prefix('.')?;
            return Some((param::named(name)?, Some(param::raw_type(name)?)));
        }
        ArgForm::PathSide => matches!(rest, ".src" | ".dst").then(|| key(&rest[1..])),
        ArgForm::EventType => {
            let name = rest.strip_prefix('.')?;
            match plain_index(name) {
                Some(code) => Some(FieldArg::Index(code)),
                None => param::is_event_name(name).then(|| key(name)),
            }
        }
        ArgForm::Subsystem => {
            let name = rest.strip_prefix('.').or_else(|| bracketed(rest))?;
            let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
            fits.then(|| key(name))
        }
    };
    arg.map(|arg| (arg, None))
}

fn key(text: &str) -> FieldArg {
    FieldArg::Key(text.into())
}

/// What is between brackets, without quotes around it; `None` where the text is anything else, or empty.
fn bracketed(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
    for quote in ['"', '\''] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            return quoted.strip_suffix(quote).filter(|text| !text.is_empty());
        }
    }
    (!inner.is_empty()).then_some(inner)
}

/// A number of decimal digits that the reference's 32-bit signed parser takes.
fn index(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse::<i32>().ok()).flatten().map(|n| n.unsigned_abs().into())
}

/// A number without leading zeros, else the text is a key.
fn plain_index(text: &str) -> Option<u64> {
    if text.len() > 1 && text.starts_with('0') {
        return None;
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_by_the_form_that_the_field_takes() {
        let index = |n| Some(FieldArg::Index(n));
        let text = |t: &str| Some(FieldArg::Key(t.into()));
        let none = Some(FieldArg::None);
        for (form, rest, want) in [
            (ArgForm::None, "", none.clone()),
            (ArgForm::None, "[1]", None),
            (ArgForm::None, "x", None),
            (ArgForm::OptionalIndex, "", none.clone()),
            (ArgForm::OptionalIndex, "[2]", index(2)),
            (ArgForm::OptionalIndex, "[-1]", None),
            (ArgForm::OptionalIndex, "[2", None),
            (ArgForm::OptionalIndex, "[]", None),
            (ArgForm::OptionalIndex, "[99999999999]", None),
            (ArgForm::OptionalKeyOrIndex, "[PATH]", text("PATH")),
            (ArgForm::OptionalKeyOrIndex, "[\"A B\"]", text("A B")),
            (ArgForm::KeyOrIndex, "", None),
            (ArgForm::KeyOrIndex, "[0]", index(0)),
            (ArgForm::KeyOrIndex, "[00]", text("00")),
            (ArgForm::KeyOrIndex, "[/proc*]", text("/proc*")),
            (ArgForm::Key, "[0]", text("0")),
            (ArgForm::Param, "", None),
            (ArgForm::Param, "[0]", index(0)),
            (ArgForm::Param, ".no_such_parameter", None),
            (ArgForm::PathSide, ".src", text("src")),
            (ArgForm::PathSide, ".sr", None),
            (ArgForm::EventType, ".open", text("open")),
            (ArgForm::EventType, ".3", index(3)),
            (ArgForm::EventType, ".opened", None),
            (ArgForm::Subsystem, ".memory", text("memory")),
            (ArgForm::Subsystem, "[net_cls]", text("net_cls")),
            (ArgForm::Subsystem, "s", None),
        ] {
            assert_eq!(parse(form, rest).map(|(arg, _)| arg), want, "{form:?} {rest:?}");
        }
    }
}
