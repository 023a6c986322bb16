//! Constants of the text, read as values of a field's type.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::service;
use crate::{Network, Type};

/// Bytes that a string constant may have: the reference stores it in 256 with a NUL at the end.
pub(super) const MAX_TEXT: usize = 255;

/// Why a constant is not of the type: the reference's message.
pub(super) type Refusal = String;

/// A number of the type, as the reference's `scanf` reads it: blanks before it are skipped, what does not fit 64 bits is cut
/// to the nearest that does, then to the low bits of the type; a minus before an unsigned number wraps.
pub(super) fn number(text: &str, ty: Type) -> Result<i128, Refusal> {
    match ty {
        Type::Int(bits) => signed(text, bits),
        Type::Uint(bits) => unsigned(text, bits),
        Type::Double => signed(text, 32),
        Type::Port => port(text),
        _ => unsigned(text, 64),
    }
}

fn split_sign(text: &str) -> Result<(bool, u128), Refusal> {
    let refuse = || format!("{text} is not a valid number");
    let trimmed = text.trim_start_matches(|c: char| matches!(c, ' ' | '\t'..='\r'));
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse());
    }
    Ok((negative, digits.parse().unwrap_or(u128::MAX)))
}

fn signed(text: &str, bits: u8) -> Result<i128, Refusal> {
    let (negative, magnitude) = split_sign(text)?;
    let magnitude = i64::try_from(magnitude).ok();
    let value = match (negative, magnitude) {
        (false, magnitude) => magnitude.unwrap_or(i64::MAX),
        (true, magnitude) => magnitude.map_or(i64::MIN, |magnitude| -magnitude),
    };
    let unused = 64 - u32::from(bits.clamp(1, 64));
    Ok(i128::from(value << unused >> unused))
}

fn unsigned(text: &str, bits: u8) -> Result<i128, Refusal> {
    let (negative, magnitude) = split_sign(text)?;
    let value = match u64::try_from(magnitude) {
        Ok(magnitude) if negative => magnitude.wrapping_neg(),
        Ok(magnitude) => magnitude,
        Err(_) => u64::MAX,
    };
    let unused = 64 - u32::from(bits.clamp(1, 64));
    Ok(i128::from(value << unused >> unused))
}

fn port(text: &str) -> Result<i128, Refusal> {
    if text.is_empty() {
        return Ok(0);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i32 = text.parse().map_err(|_| format!("{text} is not a valid number"))?;
        return Ok(i128::from(number & 0xFFFF));
    }
    service::port(text).map(i128::from).ok_or_else(|| format!("unrecognized protocol {text}"))
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, Refusal> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("filter error: unrecognized boolean value {text}")),
    }
}

/// An address: IPv4 if there is a dot in it, else IPv6.
pub(super) fn address(text: &str) -> Result<IpAddr, Refusal> {
    if text.contains('.') {
        let parsed: Result<Ipv4Addr, _> = text.parse();
        parsed.map(IpAddr::V4).map_err(|_| format!("unrecognized IP address {text}"))
    } else {
        let parsed: Result<Ipv6Addr, _> = text.parse();
        parsed.map(IpAddr::V6).map_err(|_| format!("unrecognized IPv6 address {text}"))
    }
}

/// An address, a slash, and the number of bits that count.
pub(super) fn network(text: &str) -> Result<Network, Refusal> {
    let refuse = || format!("unrecognized IP network {text}");
    let (before, length) = text.split_once('/').ok_or_else(refuse)?;
    let address = address(before).map_err(|_| refuse())?;
    if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refuse());
    }
    let prefix: u8 = length.parse().map_err(|_| refuse())?;
    Network::new(address, prefix).ok_or_else(refuse)
}

/// Bytes of a string of hexadecimal digits.
pub(super) fn hexadecimal(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let refuse = || "bcontains and bstartswith operators support hex strings only".to_owned();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return Err(refuse());
    }
    text.chunks_exact(2)
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect::<Option<_>>()
        .ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_scanf_does() {
        let table = [
            ("5", Type::Int(64), Ok(5)),
            ("+5", Type::Int(64), Ok(5)),
            (" \t-5", Type::Int(32), Ok(-5)),
            ("-1", Type::Uint(64), Ok(i128::from(u64::MAX))),
            ("-1", Type::Uint(32), Ok(0xFFFF_FFFF)),
            ("4294967296", Type::Uint(32), Ok(0)),
            ("300", Type::Int(8), Ok(44)),
            ("200", Type::Int(8), Ok(-56)),
            ("99999999999999999999", Type::Int(64), Ok(i128::from(i64::MAX))),
            ("-99999999999999999999", Type::Int(64), Ok(i128::from(i64::MIN))),
            ("99999999999999999999", Type::Uint(64), Ok(i128::from(u64::MAX))),
            ("5000000000", Type::RelTime, Ok(5_000_000_000)),
            ("0x10", Type::Int(64), Err("0x10 is not a valid number")),
            ("1.5", Type::Double, Err("1.5 is not a valid number")),
            ("", Type::Int(64), Err(" is not a valid number")),
            ("5 ", Type::Int(64), Err("5  is not a valid number")),
            ("443", Type::Port, Ok(443)),
            ("https", Type::Port, Ok(443)),
            ("", Type::Port, Ok(0)),
            ("65537", Type::Port, Ok(1)),
            ("nonsense", Type::Port, Err("unrecognized protocol nonsense")),
        ];
        for (text, ty, want) in table {
            assert_eq!(number(text, ty), want.map_err(str::to_owned), "{text} as {ty:?}");
        }
    }

    #[test]
    fn addresses_and_networks() {
        assert!(address("1.2.3.4").is_ok() && address("::1").is_ok());
        for bad in ["1.2.3", "::ffff:1.2.3.4", "localhost", "", "01.2.3.4"] {
            assert!(address(bad).is_err(), "{bad}");
        }
        assert_eq!(network("10.1.2.3/8").unwrap().to_string(), "10.0.0.0/8");
        assert_eq!(network("2001:db8:ffff::/33").unwrap().to_string(), "2001:db8:8000::/33");
        for bad in ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "::/129", "x/8"] {
            assert!(network(bad).is_err(), "{bad}");
        }
        assert_eq!(hexadecimal(b"CafeBABE"), Ok(vec![0xCA, 0xFE, 0xBA, 0xBE]));
        assert!(hexadecimal(b"abc").is_err() && hexadecimal(b"zz").is_err());
    }
}
