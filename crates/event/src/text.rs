//! Bytes and numbers as text, appended to a buffer without allocation in between.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Appends `bytes` as UTF-8, as the reference's JSON writer decodes them: a lead byte takes the bytes behind it along
/// without a look at whether they are continuation bytes, and what comes out too small for its length, or is no character
/// at all, becomes U+FFFD. What is valid UTF-8 stays as it is.
///
/// So two texts that differ may become the same, and a byte such as `"` may vanish into a character: this is for alerts,
/// whose consumers compare them with the reference's, not for telling names apart.
pub fn push_lenient_utf8(bytes: &[u8], out: &mut Vec<u8>) {
    if std::str::from_utf8(bytes).is_ok() {
        out.extend_from_slice(bytes);
        return;
    }
    let mut rest = bytes;
    while let Some(&lead) = rest.first() {
        // Bytes, bits of the first that count, and the least value, by the length that the lead byte announces.
        let (len, lead_bits, least) = match lead {
            0..0x80 => (1, 0x7f, 0),
            0x80..0xe0 => (2, 0x1f, 0x80),
            0xe0..0xf0 => (3, 0x0f, 0x800),
            0xf0..0xf8 => (4, 0x07, 0x1_0000),
            0xf8.. => (1, 0, 1),
        };
        let (taken, code) = match rest.get(1..len) {
            Some(tail) => {
                let code =
                    tail.iter().fold(u32::from(lead) & lead_bits, |code, byte| code << 6 | u32::from(byte & 0x3f));
                (len, code)
            }
            None => (1, u32::MAX),
        };
        let character = Some(code).filter(|&code| code >= least).and_then(char::from_u32);
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[taken..];
    }
}

/// How raw bytes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BufferFormat {
    /// Printable ASCII as it is, any other byte as a dot.
    #[default]
    Dots,
    /// Base64 with padding.
    Base64,
}

/// Appends raw bytes in `format`. Dots are cut at `limit` bytes where that is not 0, the last three of which are then
/// full stops.
pub fn push_buffer(bytes: &[u8], format: BufferFormat, limit: usize, out: &mut Vec<u8>) {
    match format {
        BufferFormat::Base64 => push_base64(bytes, out),
        BufferFormat::Dots => {
            let shown = if limit == 0 { bytes } else { &bytes[..bytes.len().min(limit)] };
            out.extend(shown.iter().map(|&byte| if matches!(byte, b' '..=b'~') { byte } else { b'.' }));
            if shown.len() < bytes.len() && limit > 3 {
                let end = out.len();
                out[end - 3..].fill(b'.');
            }
        }
    }
}

fn push_base64(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let value = group >> (18 - 6 * digit) & 63;
            out.push(if digit <= chunk.len() { DIGITS[value as usize] } else { b'=' });
        }
    }
}

/// Appends a decimal number.
pub fn push_u64(value: u64, out: &mut Vec<u8>) {
    push_digits(value, 10, 1, out);
}

/// Appends a decimal number.
pub fn push_i64(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_u64(value.unsigned_abs(), out);
}

/// Appends a decimal number of at least `width` digits, zeros in front.
pub fn push_padded(value: u64, width: usize, out: &mut Vec<u8>) {
    push_digits(value, 10, width, out);
}

/// Appends a hexadecimal number in upper case, without a prefix.
pub fn push_upper_hex(value: u64, out: &mut Vec<u8>) {
    push_digits(value, 16, 1, out);
}

/// Appends a hexadecimal number in lower case, without a prefix.
pub fn push_lower_hex(value: u64, out: &mut Vec<u8>) {
    let start = out.len();
    push_digits(value, 16, 1, out);
    out[start..].make_ascii_lowercase();
}

/// Appends an octal number with a zero in front.
pub fn push_octal(value: u64, out: &mut Vec<u8>) {
    if value != 0 {
        out.push(b'0');
    }
    push_digits(value, 8, 1, out);
}

/// Appends `value` in `base` (8 to 16) with at least `width` digits.
fn push_digits(mut value: u64, base: u64, width: usize, out: &mut Vec<u8>) {
    // Enough for 64 bits in octal.
    let mut digits = [b'0'; 22];
    let mut at = digits.len();
    while value != 0 {
        at -= 1;
        digits[at] = b"0123456789ABCDEF"[(value % base) as usize];
        value /= base;
    }
    out.extend_from_slice(&digits[at.min(digits.len() - width.min(digits.len()))..]);
}

/// Appends a number as C's `%g` does: six significant digits, no zeros at the end.
pub fn push_general(value: f64, out: &mut Vec<u8>) {
    use std::io::Write;
    let start = out.len();
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value:.5e}");
    let Some(at) = out[start..].iter().position(|&byte| byte == b'e') else {
        return; // Not a finite number.
    };
    let exponent = std::str::from_utf8(&out[start + at + 1..]).ok().and_then(|text| text.parse().ok()).unwrap_or(0i32);
    if (-4..6).contains(&exponent) {
        out.truncate(start);
        let _ = write!(out, "{value:.*}", (5 - exponent) as usize);
        strip_zeros(start, out);
    } else {
        out.truncate(start + at);
        strip_zeros(start, out);
        let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs());
    }
}

/// Takes zeros behind a decimal point away, and the point where nothing follows it.
fn strip_zeros(start: usize, out: &mut Vec<u8>) {
    if out[start..].contains(&b'.') {
        while out.last() == Some(&b'0') {
            out.pop();
        }
        if out.last() == Some(&b'.') {
            out.pop();
        }
    }
}

/// Appends an IPv4 address.
pub fn push_ipv4(ip: Ipv4Addr, out: &mut Vec<u8>) {
    for (index, octet) in ip.octets().into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        push_u64(octet.into(), out);
    }
}

/// Appends an IPv6 address as C libraries write it: also addresses that are an IPv4 address behind 96 zero bits have that
/// part in dots.
pub fn push_ipv6(ip: Ipv6Addr, out: &mut Vec<u8>) {
    use std::io::Write;
    let [.., high, low] = ip.segments();
    if ip.segments()[..6] == [0; 6] && high != 0 {
        out.extend_from_slice(b"::");
        push_ipv4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)), out);
        return;
    }
    // Writing to a vector cannot fail.
    let _ = write!(out, "{ip}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_as_printf_writes_them() {
        assert_eq!(text(|out| push_i64(i64::MIN, out)), "-9223372036854775808");
        assert_eq!(text(|out| push_i64(0, out)), "0");
        assert_eq!(text(|out| push_u64(u64::MAX, out)), "18446744073709551615");
        assert_eq!(text(|out| push_upper_hex(0xdead_beef, out)), "DEADBEEF");
        assert_eq!(text(|out| push_lower_hex(0xffff_8882, out)), "ffff8882");
        assert_eq!(text(|out| push_octal(0o644, out)), "0644");
        assert_eq!(text(|out| push_octal(0, out)), "0");
        assert_eq!(text(|out| push_octal(u64::MAX, out)), "01777777777777777777777");
        assert_eq!(text(|out| push_padded(42, 9, out)), "000000042");
        assert_eq!(text(|out| push_padded(0, 9, out)), "000000000");
    }

    #[test]
    fn general_numbers_have_six_digits() {
        let table = [
            (0.0, "0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (0.000_999_622, "0.000999622"),
            (0.000_05, "5e-05"),
            (0.000_123_456_7, "0.000123457"),
            (999_999.5, "1e+06"),
            (123_456.4, "123456"),
            (100_000.0, "100000"),
            (1_234_567.0, "1.23457e+06"),
            (18_446_744_073.709, "1.84467e+10"),
        ];
        for (value, wanted) in table {
            assert_eq!(text(|out| push_general(value, out)), wanted);
        }
    }

    #[test]
    fn buffers_are_dots_or_base64() {
        let dots = |limit| text(|out| push_buffer(b"ab\0c\xff~ d", BufferFormat::Dots, limit, out));
        assert_eq!(dots(0), "ab.c.~ d");
        assert_eq!(dots(8), "ab.c.~ d");
        assert_eq!(dots(7), "ab.c...");
        assert_eq!(dots(3), "ab.");
        for (bytes, wanted) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(text(|out| push_buffer(bytes.as_bytes(), BufferFormat::Base64, 3, out)), wanted);
        }
    }

    #[test]
    fn broken_utf8_is_decoded_leniently() {
        let table: [(&[u8], &str); 9] = [
            ("héllo 😀\n".as_bytes(), "héllo 😀\n"),
            (b"\xff\xfe-bytes", "\u{fffd}\u{fffd}-bytes"),
            (b"demo\x80>\xba\n", "demo\u{fffd}\u{68a}"),
            (b"\xc3", "\u{fffd}"),
            (b"x\xe1\x80", "x\u{fffd}\u{fffd}"),
            (b"\xed\xa0\x80y", "\u{fffd}y"),
            (b"\xe0\x9f\xbf", "\u{fffd}"),
            (b"\xf4\x90\x80\x80z", "\u{fffd}z"),
            (b"\xc3\xa9\xff", "é\u{fffd}"),
        ];
        for (bytes, wanted) in table {
            assert_eq!(text(|out| push_lenient_utf8(bytes, out)), wanted);
        }
    }

    #[test]
    fn addresses_are_as_c_libraries_write_them() {
        let table = [
            ("::", "::"),
            ("::1", "::1"),
            ("::ffff:1.2.3.4", "::ffff:1.2.3.4"),
            ("::1:2", "::0.1.0.2"),
            ("2001:db8::1:0:0:1", "2001:db8::1:0:0:1"),
            ("fe80:0:0:0:1:2:3:4", "fe80::1:2:3:4"),
        ];
        for (ip, wanted) in table {
            assert_eq!(text(|out| push_ipv6(ip.parse().unwrap(), out)), wanted);
        }
    }
}
