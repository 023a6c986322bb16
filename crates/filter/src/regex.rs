//! Regular expressions of the POSIX kind that the reference takes: RE2's syntax without what Perl added, matched against
//! the whole value.
//!
//! A pattern is translated piece by piece to the syntax of the engine used here. What differs: classes such as `\d`, lazy
//! repetitions and flags do not exist (`a+?` is an optional `a+`), `^` and `$` hold at every line, a brace that begins no
//! repetition stands for itself, `-` in a bracket is allowed at its ends only.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// Bytes that a compiled pattern may take; the reference's default.
const SIZE_LIMIT: usize = 8 << 20;
/// Groups that may be open at once; the reference's default.
const MAX_DEPTH: u32 = 1000;
/// The highest count of a repetition; the reference's default.
const MAX_REPEAT: u32 = 1000;

/// Compiles a pattern so that it matches whole values only.
///
/// # Errors
/// What is wrong with it, in the reference's words.
pub(crate) fn compile(pattern: &[u8]) -> Result<Regex, String> {
    let pattern = std::str::from_utf8(pattern).map_err(|_| "invalid UTF-8".to_owned())?;
    let translated = Translator::new(pattern).run()?;
    let syntax = syntax::Config::new().multi_line(true).utf8(false).nest_limit(2 * MAX_DEPTH);
    Regex::builder()
        .configure(Regex::config().nfa_size_limit(Some(SIZE_LIMIT)).utf8_empty(false))
        .syntax(syntax)
        .build(&format!("\\A(?:{translated})\\z"))
        .map_err(|error| match error.size_limit() {
            Some(_) => "pattern too large - compile failed".to_owned(),
            None => error.to_string(),
        })
}

/// Whether a pattern has a character that means more than itself, other than at its ends.
pub(crate) fn is_special_inside(pattern: &[u8]) -> bool {
    let inside = pattern.get(1..pattern.len().saturating_sub(1)).unwrap_or_default();
    inside.iter().any(|byte| b".^$*+?()[]{}|\\".contains(byte))
}

struct Translator<'p> {
    pattern: &'p str,
    at: usize,
    out: String,
    /// Where in `out` the piece begins that a repetition would apply to.
    piece: Option<usize>,
    /// Where in `out` the open groups begin.
    groups: Vec<usize>,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Translator<'p> {
        Translator { pattern, at: 0, out: String::with_capacity(2 * pattern.len()), piece: None, groups: Vec::new() }
    }

    fn run(mut self) -> Result<String, String> {
        while let Some(character) = self.next() {
            match character {
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.out.push('|');
                    self.piece = None;
                }
                '*' | '+' | '?' => self.repeat(&character.to_string())?,
                '{' => self.brace()?,
                '[' => self.class()?,
                '\\' => {
                    let escaped = self.escape()?;
                    self.literal(escaped);
                }
                '.' | '^' | '$' => {
                    self.piece = Some(self.out.len());
                    self.out.push(character);
                }
                other => self.literal(other),
            }
        }
        if self.groups.is_empty() { Ok(self.out) } else { Err(format!("missing ): {}", self.pattern)) }
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest().chars().next()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn literal(&mut self, character: char) {
        self.piece = Some(self.out.len());
        push_literal(&mut self.out, character);
    }

    fn open(&mut self) -> Result<(), String> {
        if self.groups.len() >= MAX_DEPTH as usize {
            return Err("expression nests too deeply".to_owned());
        }
        self.groups.push(self.out.len());
        self.out.push_str("(?:");
        self.piece = None;
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(start) = self.groups.pop() else { return Err(format!("unexpected ): {}", self.pattern)) };
        self.out.push(')');
        self.piece = Some(start);
        Ok(())
    }

    /// A repetition of the piece before it. A repetition of a repetition needs a group here, or it would be taken as lazy.
    fn repeat(&mut self, operator: &str) -> Result<(), String> {
        let Some(start) = self.piece else { return Err(format!("no argument for repetition operator: {operator}")) };
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        self.out.push_str(operator);
        self.out.insert_str(start, "(?:");
        self.out.push(')');
        Ok(())
    }

    /// `{n}`, `{n,}`, `{n,m}`, or a brace that stands for itself.
    fn brace(&mut self) -> Result<(), String> {
        let Some((operator, least, most)) = repetition(self.rest()) else {
            self.literal('{');
            return Ok(());
        };
        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
            return Err(format!("bad repetition operator: {{{operator}"));
        }
        self.at += operator.len();
        self.repeat(&format!("{{{operator}"))
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, String> {
        let start = self.at - 1;
        let Some(character) = self.next() else { return Err("trailing \\".to_owned()) };
        let bad = |end: usize| format!("invalid escape sequence: {}", &self.pattern[start..end]);
        match character {
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{C}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{B}'),
            'x' => {
                self.hexadecimal().ok_or_else(|| format!("invalid escape sequence: {}", &self.pattern[start..self.at]))
            }
            '1'..='7' if !self.rest().starts_with(|c| matches!(c, '0'..='7')) => Err(bad(self.at)),
            '0'..='7' => Ok(self.octal(character)),
            other if other.is_ascii() && !other.is_ascii_alphanumeric() && other != '_' => Ok(other),
            _ => Err(bad(self.at)),
        }
    }

    fn octal(&mut self, first: char) -> char {
        let mut value = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.rest().chars().next().and_then(|c| c.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.at += 1;
        }
        char::from_u32(value).unwrap_or('\u{FFFD}')
    }

    /// `HH` or `{H…}`.
    fn hexadecimal(&mut self) -> Option<char> {
        let rest = self.rest();
        let (digits, length) = match rest.strip_prefix('{') {
            Some(inner) => {
                let end = inner.find('}')?;
                (&inner[..end], end + 2)
            }
            None => (rest.get(..2)?, 2),
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += length;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?)
    }

    /// What follows an opening bracket.
    fn class(&mut self) -> Result<(), String> {
        let start = self.at - 1;
        self.piece = Some(self.out.len());
        self.out.push('[');
        if self.rest().starts_with('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Err(format!("missing ]: {}", &self.pattern[start..]));
            }
            if rest.starts_with(']') && !first {
                self.at += 1;
                self.out.push(']');
                return Ok(());
            }
            if rest.starts_with('-') && !first && !rest[1..].starts_with(']') {
                let shown: String = rest.chars().take(2).collect();
                return Err(format!("invalid character class range: {shown}"));
            }
            first = false;
            if rest.starts_with("[:") && rest.contains(":]") {
                self.named_class()?;
            } else {
                self.range(start)?;
            }
        }
    }

    /// `[:name:]` inside brackets.
    fn named_class(&mut self) -> Result<(), String> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
            "word", "xdigit",
        ];
        let rest = self.rest();
        let end = rest.find(":]").map_or(rest.len(), |at| at + 2);
        let name = rest[2..end].trim_end_matches(":]");
        if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
            return Err(format!("invalid character class range: {}", &rest[..end]));
        }
        self.at += end;
        self.out.push_str(&rest[..end]);
        Ok(())
    }

    /// A character inside brackets, or two with a hyphen between them.
    fn range(&mut self, start: usize) -> Result<(), String> {
        let from = self.at;
        let low = self.class_character(start)?;
        let rest = self.rest();
        let high = if rest.starts_with('-') && !rest[1..].starts_with(']') && rest.len() > 1 {
            self.at += 1;
            self.class_character(start)?
        } else {
            low
        };
        if high < low {
            return Err(format!("invalid character class range: {}", &self.pattern[from..self.at]));
        }
        self.out.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)));
        Ok(())
    }

    fn class_character(&mut self, start: usize) -> Result<char, String> {
        match self.next() {
            Some('\\') => self.escape(),
            Some(other) => Ok(other),
            None => Err(format!("missing ]: {}", &self.pattern[start..])),
        }
    }
}

fn push_literal(out: &mut String, character: char) {
    if character.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(character);
}

/// The text of a repetition behind its brace, up to the closing one, and its counts.
fn repetition(rest: &str) -> Option<(&str, u32, Option<u32>)> {
    let (inner, _) = rest.split_once('}')?;
    let count = |digits: &str| {
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let (least, most) = match inner.split_once(',') {
        None => (count(inner)?, Some(count(inner)?)),
        Some((least, "")) => (count(least)?, None),
        Some((least, most)) => (count(least)?, Some(count(most)?)),
    };
    Some((&rest[..inner.len() + 1], least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values() {
        let table = [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a|bc", "bc", true),
            ("a|bc", "ac", false),
            (".*sh", "bash", true),
            (".", "\n", false),
            ("[^a]", "\n", true),
            (".", "é", true),
            ("a+?", "", true),
            ("a+?", "aa", true),
            ("a**", "aaa", true),
            ("a{2}", "aa", true),
            ("a{2,}", "a", false),
            ("a{1,3}b", "aaab", true),
            ("a{,3}", "a{,3}", true),
            ("{", "{", true),
            ("x{a}", "x{a}", true),
            ("[[:digit:]]+", "123", true),
            ("[[:^digit:]]", "1", false),
            ("[]a]", "]", true),
            ("[^]a]", "b", true),
            ("[a-]", "-", true),
            ("[-a]", "-", true),
            ("[a&&b]", "&", true),
            (r"[\]]", "]", true),
            (r"[\n-\r]", "\n", true),
            (r"\.", "x", false),
            (r"\x41\x{42}\103", "ABC", true),
            (r"a\-b\/c\ d", "a-b/c d", true),
            ("^a$", "a", true),
            ("a$.^b", "axb", false),
            ("()", "", true),
            ("a||b", "", true),
            ("(a|b)*", "abba", true),
            ("#~&-", "#~&-", true),
        ];
        for (pattern, value, want) in table {
            let regex = compile(pattern.as_bytes()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(value), want, "{pattern} on {value:?}");
        }
    }

    #[test]
    fn what_is_not_posix_is_refused() {
        let table = [
            (r"\d+", "invalid escape sequence: \\d"),
            (r"\bx", "invalid escape sequence: \\b"),
            (r"\pL", "invalid escape sequence: \\p"),
            (r"(a)\1", "invalid escape sequence: \\1"),
            (r"\_", "invalid escape sequence: \\_"),
            ("(?i)a", "no argument for repetition operator: ?"),
            ("*a", "no argument for repetition operator: *"),
            ("a|+", "no argument for repetition operator: +"),
            ("(a", "missing ): (a"),
            ("a)", "unexpected ): a)"),
            ("[a", "missing ]: [a"),
            ("[z-a]", "invalid character class range: z-a"),
            ("[a-b-c]", "invalid character class range: -c"),
            ("[[:foo:]]", "invalid character class range: [:foo:]"),
            ("a{1001}", "bad repetition operator: {1001}"),
            ("a{3,2}", "bad repetition operator: {3,2}"),
            ("\\", "trailing \\"),
            ("((((a{1000}){1000}){1000}){1000}){1000}", "pattern too large - compile failed"),
        ];
        for (pattern, want) in table {
            assert_eq!(compile(pattern.as_bytes()).unwrap_err(), want, "{pattern}");
        }
        assert!(compile(b"\xff").is_err());
        assert!(compile("(".repeat(5000).as_bytes()).is_err());
        assert!(compile("a".repeat(255).as_bytes()).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_compiled_or_refused(pattern in r"[\\\[\](){}^$.|*+?a-c0-9:,é-]{0,24}") {
            if let Err(error) = compile(pattern.as_bytes()) {
                proptest::prop_assert!(!error.contains("regex parse error"), "{pattern}: {error}");
            }
        }
    }
}
