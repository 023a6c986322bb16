//! Values as outputs have them: as text, and as JSON.

use std::ops::ControlFlow;

use serde_json::Value as JsonValue;
use windhover_event::PrintFormat as ParamFormat;
use windhover_event::text::{
    push_buffer, push_i64, push_ipv4, push_ipv6, push_octal, push_padded, push_u64, push_upper_hex,
};
use windhover_filter::{Arity, Field, Scratch, Source, Value, Values};

use crate::class::DEFINITIONS;
use crate::definition::{FieldType, PrintFormat, Shown};
use crate::param;
use crate::values::EventValues;

/// What stands for a value that is missing.
const MISSING: &[u8] = b"<NA>";

/// Longest text of a list or of bytes.
const MAX_TEXT: usize = 1023;

/// Nanoseconds have as many digits.
const NANOSECOND_DIGITS: usize = 9;

/// Appends the value of a field or transformer.
pub(crate) fn push_source(source: &Source, values: &EventValues<'_>, scratch: &mut Scratch, out: &mut Vec<u8>) {
    let shown = match source {
        Source::Field(field) => push_field(field, values, scratch, out),
        _ => push_call(source, values, scratch, out),
    };
    if !shown {
        out.extend_from_slice(MISSING);
    }
}

fn push_call(source: &Source, values: &EventValues<'_>, scratch: &mut Scratch, out: &mut Vec<u8>) -> bool {
    if !source.is_list() {
        let value = source.eval(values, scratch);
        return value.map(|value| push_value(value, Form::PLAIN, values, out)).is_some();
    }
    push_list(values, out, |visit| source.each(values, scratch, visit))
}

fn push_field(field: &Field, values: &EventValues<'_>, scratch: &mut Scratch, out: &mut Vec<u8>) -> bool {
    if field.arity == Arity::List {
        return push_list(values, out, |visit| values.each(field, scratch, visit));
    }
    let form = Form::of(field, values);
    with_shown(field, values, scratch, |value| push_value(value, form, values, out)).is_some()
}

/// Appends `(a,b)`, at most [`MAX_TEXT`] bytes of it; nothing where the list does not exist.
fn push_list(
    values: &EventValues<'_>,
    out: &mut Vec<u8>,
    each: impl FnOnce(&mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool,
) -> bool {
    let start = out.len();
    out.push(b'(');
    let exists = each(&mut |value| {
        if out.len() > start + 1 {
            out.push(b',');
        }
        push_value(value, Form::PLAIN, values, out);
        ControlFlow::Continue(())
    });
    out.push(b')');
    out.truncate(if exists { out.len().min(start + MAX_TEXT) } else { start });
    exists
}

/// Calls `visit` with what outputs show of a field that is no list; `None` where that is nothing.
fn with_shown<T>(
    field: &Field,
    values: &EventValues<'_>,
    scratch: &mut Scratch,
    visit: impl FnOnce(Value<'_>) -> T,
) -> Option<T> {
    match DEFINITIONS.get(usize::from(field.def)).map_or(Shown::Compared, |definition| definition.shown) {
        Shown::Never => None,
        Shown::Text(text) => values.get(field, scratch).map(|_| visit(Value::Str(text.as_bytes()))),
        Shown::Get(get) => get(values, &field.arg, scratch).map(visit),
        Shown::Compared if field.arity == Arity::One => values.get(field, scratch).map(visit),
        Shown::Compared => {
            let mut joined = Vec::new();
            let mut first = true;
            let form = Form::of(field, values);
            let exists = values.each(field, scratch, &mut |value| {
                if !std::mem::take(&mut first) {
                    joined.push(b' ');
                }
                push_value(value, form, values, &mut joined);
                ControlFlow::Continue(())
            });
            exists.then(|| visit(Value::Str(&joined)))
        }
    }
}

/// The value of a field in JSON; null where it is missing.
pub(crate) fn json(field: &Field, values: &EventValues<'_>, scratch: &mut Scratch) -> JsonValue {
    let form = Form::of(field, values);
    if is_time_text(field) {
        return values.event.ts().into();
    }
    if field.arity == Arity::List {
        let mut items = Vec::new();
        let exists = values.each(field, scratch, &mut |value| {
            items.push(json_value(value, Form::PLAIN, values));
            ControlFlow::Continue(())
        });
        return if exists { JsonValue::Array(items) } else { JsonValue::Null };
    }
    with_shown(field, values, scratch, |value| json_value(value, form, values)).unwrap_or(JsonValue::Null)
}

/// Whether the field is a time as text, which JSON has as nanoseconds since the epoch.
fn is_time_text(field: &Field) -> bool {
    let definition = DEFINITIONS.get(usize::from(field.def));
    definition.is_some_and(|of| {
        of.ty == FieldType::CharBuf
            && (of.name.starts_with("evt.time") || of.name.starts_with("evt.datetime") || of.name == "evt.outputtime")
    })
}

fn json_value(value: Value<'_>, form: Form, values: &EventValues<'_>) -> JsonValue {
    let text = |value| {
        let mut out = Vec::new();
        push_value(value, form, values, &mut out);
        JsonValue::String(match String::from_utf8(out) {
            Ok(text) => text,
            Err(error) => lenient_utf8(error.as_bytes()),
        })
    };
    match value {
        Value::Int(_) | Value::Uint(_) if matches!(form, Form::Hex | Form::Octal) => text(value),
        Value::Int(number) => number.into(),
        Value::Uint(number) => number.into(),
        Value::Bool(truth) => truth.into(),
        Value::Double(number) if form == Form::Decimal => (number as i64).into(),
        Value::Double(number) => serde_json::Number::from_f64(number).map_or(JsonValue::Null, JsonValue::Number),
        Value::Str(_) | Value::Bytes(_) | Value::Ip(_) => text(value),
    }
}

/// Text that is not UTF-8, as the reference's JSON has it: the first byte says how many belong together, of the others the
/// low bits count whatever they are. U+FFFD stands for what is cut off, longer than need be, or no character.
fn lenient_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let (len, bits, least) = match first {
            ..0x80 => (1, first, 0),
            0x80..0xE0 => (2, first & 0x1F, 0x80),
            0xE0..0xF0 => (3, first & 0x0F, 0x800),
            0xF0..0xF8 => (4, first & 0x07, 0x1_0000),
            0xF8.. => (1, 0, u32::MAX),
        };
        let Some((sequence, after)) = rest.split_at_checked(len) else {
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &rest[1..];
            continue;
        };
        let code = sequence[1..].iter().fold(u32::from(bits), |code, byte| code << 6 | u32::from(byte & 0x3F));
        let character = char::from_u32(code).filter(|_| code >= least);
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = after;
    }
    text
}

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the type has it: decimal.
    Plain,
    Decimal,
    Hex,
    Octal,
    Padded,
}

impl Form {
    const PLAIN: Self = Self::Plain;

    /// By the field, or for parameters in their own type by the parameter of this event.
    fn of(field: &Field, values: &EventValues<'_>) -> Self {
        let Some(definition) = DEFINITIONS.get(usize::from(field.def)) else { return Self::Decimal };
        if definition.ty == FieldType::Dynamic {
            return match param::find(values.event.kind(), &field.arg).map(|(_, info)| info.format) {
                Some(ParamFormat::Hex) => Self::Hex,
                Some(ParamFormat::Oct) => Self::Octal,
                Some(ParamFormat::PaddedDec) => Self::Padded,
                _ => Self::Decimal,
            };
        }
        match definition.print {
            PrintFormat::Plain | PrintFormat::Direction => Self::Plain,
            PrintFormat::Decimal | PrintFormat::Id => Self::Decimal,
            PrintFormat::Hex => Self::Hex,
            PrintFormat::PaddedDecimal => Self::Padded,
        }
    }
}

fn push_value(value: Value<'_>, form: Form, values: &EventValues<'_>, out: &mut Vec<u8>) {
    match (value, form) {
        (Value::Str(text), _) => out.extend_from_slice(text),
        (Value::Bytes(bytes), _) => {
            let start = out.len();
            push_buffer(bytes, values.buffer, 0, out);
            out.truncate(out.len().min(start + MAX_TEXT));
        }
        (Value::Int(number), Form::Hex) => push_upper_hex(u64::from(number as u32), out),
        (Value::Uint(number), Form::Hex) => push_upper_hex(number, out),
        (Value::Uint(number), Form::Octal) => push_octal(number, out),
        (Value::Uint(number), Form::Padded) => push_padded(number, NANOSECOND_DIGITS, out),
        (Value::Int(number), _) => push_i64(number, out),
        (Value::Uint(number), _) => push_u64(number, out),
        (Value::Bool(truth), _) => out.extend_from_slice(if truth { b"true" } else { b"false" }),
        (Value::Double(number), _) => out.extend_from_slice(format!("{number:.1}").as_bytes()),
        (Value::Ip(std::net::IpAddr::V4(ip)), _) => push_ipv4(ip, out),
        (Value::Ip(std::net::IpAddr::V6(ip)), _) => push_ipv6(ip, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_utf_8_is_read_as_the_reference_reads_it() {
        for (bytes, want) in [
            (&b"a\x80>\xBA\nb"[..], "a\u{FFFD}\u{68A}b"),
            (b"caf\xE9", "caf\u{FFFD}"),
            (b"caf\xE9 au lait", "caf\u{9821}u lait"),
            ("déjà".as_bytes(), "déjà"),
            (b"\xC0\x80", "\u{FFFD}"),
            (b"\xED\xA0\x80", "\u{FFFD}"),
            (b"\xF0\x9F\x98\x80", "\u{1F600}"),
            (b"\xF7\xBF\xBF\xBF", "\u{FFFD}"),
            (b"\xFF\xFE", "\u{FFFD}\u{FFFD}"),
            (b"\xE2\x82", "\u{FFFD}\u{FFFD}"),
        ] {
            assert_eq!(lenient_utf8(bytes), want, "{bytes:?}");
        }
    }
}
