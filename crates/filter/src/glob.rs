//! Shell patterns as `fnmatch(3)` of the C library matches them with no flags, or with `FNM_CASEFOLD`, in the C locale: on
//! bytes, `*` and `?` match slashes and leading dots too, and a backslash takes the next byte as it is.

/// Whether the whole value matches.
pub(crate) fn matches(pattern: &[u8], value: &[u8], fold: bool) -> bool {
    let (mut p, mut v) = (0, 0);
    // Where to go on if what follows the last star fails: behind the star, and one byte further in the value.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let stepped = match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, v));
                continue;
            }
            Some(_) if v < value.len() => step(&pattern[p..], value[v], fold),
            Some(_) => return false,
            None if v == value.len() => return true,
            None => None,
        };
        match (stepped, retry) {
            (Some(taken), _) => {
                p += taken;
                v += 1;
            }
            (None, Some((behind, from))) if from < value.len() => {
                p = behind;
                v = from + 1;
                retry = Some((behind, v));
            }
            _ => return false,
        }
    }
}

/// Matches one byte with the start of a pattern that is no star; tells how much of the pattern that was.
fn step(pattern: &[u8], byte: u8, fold: bool) -> Option<usize> {
    match pattern[0] {
        b'?' => Some(1),
        b'\\' => (folded(*pattern.get(1)?, fold) == folded(byte, fold)).then_some(2),
        b'[' => match bracket(&pattern[1..], byte, fold) {
            Bracket::Matches(length) => Some(1 + length),
            Bracket::Differs => None,
            Bracket::Unclosed => (byte == b'[').then_some(1),
        },
        other => (folded(other, fold) == folded(byte, fold)).then_some(1),
    }
}

fn folded(byte: u8, fold: bool) -> u8 {
    if fold { byte.to_ascii_lowercase() } else { byte }
}

enum Bracket {
    /// With so much of the pattern, the closing bracket included.
    Matches(usize),
    Differs,
    /// Then the opening bracket stands for itself.
    Unclosed,
}

/// One element of a bracket expression.
enum Element {
    /// A byte, which may begin a range.
    Byte(u8),
    /// A class, and whether the byte is in it.
    Class(bool),
    /// Nothing matches a pattern with this in it.
    Invalid,
}

/// Matches a byte with a bracket expression, given behind its opening bracket.
fn bracket(pattern: &[u8], byte: u8, fold: bool) -> Bracket {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let mut at = usize::from(negated);
    let small = folded(byte, fold);
    let mut found = false;
    let mut invalid = false;
    let mut first = true;
    loop {
        match pattern.get(at) {
            None => return Bracket::Unclosed,
            Some(b']') if !first => break,
            Some(_) => first = false,
        }
        let Some((low, length)) = element(&pattern[at..], byte) else { return Bracket::Unclosed };
        at += length;
        let low = match low {
            Element::Byte(low) => low,
            Element::Class(inside) => {
                found |= inside;
                continue;
            }
            Element::Invalid => {
                invalid |= !found;
                continue;
            }
        };
        let is_range = pattern.get(at) == Some(&b'-') && pattern.get(at + 1).is_some_and(|end| *end != b']');
        if !is_range {
            found |= folded(low, fold) == small;
            continue;
        }
        let Some((high, length)) = range_end(&pattern[at + 1..]) else { return Bracket::Unclosed };
        at += 1 + length;
        match high {
            Some(high) => found |= (folded(low, fold)..=folded(high, fold)).contains(&small),
            None => invalid |= !found,
        }
    }
    if !invalid && found != negated { Bracket::Matches(at + 1) } else { Bracket::Differs }
}

/// The element at the start of a pattern, and its length; `None` if the pattern ends in it.
fn element(pattern: &[u8], byte: u8) -> Option<(Element, usize)> {
    match pattern {
        [b'\\', escaped, ..] => Some((Element::Byte(*escaped), 2)),
        [b'\\'] | [] => None,
        [b'[', kind @ (b':' | b'=' | b'.'), rest @ ..] => Some(named(*kind, rest, byte)),
        [other, ..] => Some((Element::Byte(*other), 1)),
    }
}

/// The end of a range, and its length. Classes are no ends: there a bracket is a byte like others.
fn range_end(pattern: &[u8]) -> Option<(Option<u8>, usize)> {
    match pattern {
        [b'[', b'.', rest @ ..] => match named(b'.', rest, 0) {
            (Element::Byte(end), length) => Some((Some(end), length)),
            (_, length) => Some((None, length)),
        },
        [b'\\', escaped, ..] => Some((Some(*escaped), 2)),
        [b'\\'] | [] => None,
        [other, ..] => Some((Some(*other), 1)),
    }
}

/// `[:class:]`, `[=x=]` or `[.x.]`, given behind its first two bytes; or the opening bracket alone if it is none of them.
fn named(kind: u8, rest: &[u8], byte: u8) -> (Element, usize) {
    let bracket_itself = (Element::Byte(b'['), 1);
    let Some(end) = rest.windows(2).position(|pair| pair == [kind, b']']) else { return bracket_itself };
    let length = 2 + end + 2;
    let name = &rest[..end];
    match (kind, name) {
        (b':', name) if name.iter().all(u8::is_ascii_lowercase) => match class(name, byte) {
            Some(inside) => (Element::Class(inside), length),
            None => (Element::Invalid, length),
        },
        (b'=', [only]) => (Element::Class(*only == byte), length),
        (b'.', [only]) => (Element::Byte(*only), length),
        (b':' | b'=', _) => bracket_itself,
        _ => (Element::Invalid, length),
    }
}

/// Membership in a class, which looks at the byte as it is even where case is folded.
fn class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => matches!(byte, b' '..=b'~'),
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Verdicts of the C library.
    const TABLE: &[(&str, &str, bool)] = &[
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "a/b", true),
        ("/proc/*/environ", "/proc/1/environ", true),
        ("/proc/*/environ", "/proc/1/task/2/environ", true),
        ("/proc/*/environ", "/proc/environ", false),
        ("*../*../*", "/a/../../b", true),
        ("a?c", "a/c", true),
        ("a?c", "ac", false),
        ("*.sh", ".sh", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b-d", false),
        ("**a**", "bab", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("a\\", "a", false),
        ("a\\", "a\\", false),
        ("[abc]", "b", true),
        ("[!abc]", "b", false),
        ("[^abc]", "d", true),
        ("[a-c]x", "bx", true),
        ("[c-a]", "b", false),
        ("[]a]", "]", true),
        ("[!]a]", "b", true),
        ("[a-]", "-", true),
        ("[-a]", "-", true),
        ("[a\\]]", "]", true),
        ("[\\a-c]", "b", true),
        ("[", "[", true),
        ("[a", "[a", true),
        ("[a", "a", false),
        ("x[a*", "x[ab", true),
        ("[[:digit:]]", "5", true),
        ("[[:digit:]x]", "x", true),
        ("[![:digit:]]", "5", false),
        ("[[:nope:]]", "n", false),
        ("[[:di-git:]]", ":]", true),
        ("[[=a=]b]", "a", true),
        ("[[.a.]-c]", "b", true),
        ("[[.-.]]", "-", true),
        ("[[a]", "[", true),
        ("[/]", "/", true),
        ("[?]", "?", true),
        ("[*]", "x", false),
        ("[=-[:upper:]", ":", true),
        ("[b[:nope:]]", "b", true),
        ("[[=a=]-c]", "-", true),
        ("[[=a=]-c]", "b", false),
    ];

    #[test]
    fn patterns_match_as_in_the_c_library() {
        for (pattern, value, want) in TABLE {
            assert_eq!(matches(pattern.as_bytes(), value.as_bytes(), false), *want, "{pattern} on {value}");
        }
    }

    #[test]
    fn case_is_folded_on_request() {
        for (pattern, value, want) in [
            ("AbC*", "aBcD", true),
            ("[A-C]", "b", true),
            ("[a-c]", "B", true),
            ("[[:upper:]]", "a", false),
            ("[[:upper:]]", "A", true),
            ("[[=a=]]", "A", false),
            ("[[:alpha:]]", "A", true),
            ("\\A", "a", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), value.as_bytes(), true), want, "{pattern} on {value}");
        }
        assert!(!matches(b"A", b"a", false));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(100) + "b";
        assert!(!matches(pattern.as_bytes(), "a".repeat(4000).as_bytes(), false));
    }
}
