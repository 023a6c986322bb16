//! Escapes inside quoted strings.

use std::ops::Range;

/// An escape that does not exist, or is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EscapeError {
    /// The reference's message.
    pub(super) text: String,
    /// Bytes of it inside the quotes.
    pub(super) range: Range<usize>,
}

/// The bytes that the inside of a string quoted by `quote` stands for.
///
/// A backslash before a blank is kept and the blank is not: an old habit of the language that rules rely on.
pub(super) fn unescape(inner: &[u8], quote: u8) -> Result<Vec<u8>, EscapeError> {
    let mut out = Vec::with_capacity(inner.len());
    let mut at = 0;
    while at < inner.len() {
        if inner[at] != b'\\' {
            out.push(inner[at]);
            at += 1;
            continue;
        }
        let escaped = inner.get(at + 1).copied();
        let (byte, length) = match escaped {
            Some(b'b') => (0x08, 2),
            Some(b'f') => (0x0C, 2),
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b't') => (b'\t', 2),
            Some(b'\\' | b' ') => (b'\\', 2),
            Some(b'/') => (b'/', 2),
            Some(byte @ (b'"' | b'\'')) if byte == quote => (byte, 2),
            Some(b'x') => (hexadecimal(inner, at)?, 4),
            _ => return Err(unsupported(inner, at)),
        };
        out.push(byte);
        at += length;
    }
    Ok(out)
}

fn hexadecimal(inner: &[u8], at: usize) -> Result<u8, EscapeError> {
    let error =
        |text: &str, length: usize| EscapeError { text: text.to_owned(), range: at..(at + length).min(inner.len()) };
    let Some(digits) = inner.get(at + 2..at + 4) else {
        return Err(error("truncated hex escape sequence", 4));
    };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match (digit(digits[0]), digit(digits[1])) {
        (Some(high), Some(low)) => Ok(high << 4 | low),
        _ => Err(error("invalid hex escape sequence", 4)),
    }
}

fn unsupported(inner: &[u8], at: usize) -> EscapeError {
    let rest = String::from_utf8_lossy(&inner[at + 1..]);
    let character = rest.chars().next();
    EscapeError {
        text: match character {
            Some(character) => format!("unsupported string escape sequence: \\{character}"),
            None => "unsupported string escape sequence: \\".to_owned(),
        },
        range: at..at + 1 + character.map_or(0, |c| if c == '\u{FFFD}' { 1 } else { c.len_utf8() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_their_bytes() {
        let table: [(&str, u8, &[u8]); 9] = [
            (r"\b\f\n\r\t\\\/", b'"', b"\x08\x0c\n\r\t\\/"),
            (r#"say \"x\""#, b'"', b"say \"x\""),
            (r"it\'s", b'\'', b"it's"),
            (r"\ ", b'"', b"\\"),
            (r"a\ b", b'"', b"a\\b"),
            (r"\x00\xfF", b'"', b"\x00\xff"),
            (r"\x41BC", b'"', b"ABC"),
            ("é", b'"', "é".as_bytes()),
            ("", b'\'', b""),
        ];
        for (inner, quote, want) in table {
            assert_eq!(unescape(inner.as_bytes(), quote).unwrap(), want, "{inner}");
        }
    }

    #[test]
    fn what_is_no_escape_is_refused() {
        let table = [
            (r"\a", b'"', "unsupported string escape sequence: \\a", 0..2),
            (r"..\'", b'"', "unsupported string escape sequence: \\'", 2..4),
            (r#"\""#, b'\'', "unsupported string escape sequence: \\\"", 0..2),
            (r"\é", b'"', "unsupported string escape sequence: \\é", 0..3),
            (r"\x4", b'"', "truncated hex escape sequence", 0..3),
            (r"\xg0", b'"', "invalid hex escape sequence", 0..4),
        ];
        for (inner, quote, text, range) in table {
            assert_eq!(unescape(inner.as_bytes(), quote), Err(EscapeError { text: text.into(), range }), "{inner}");
        }
    }
}
