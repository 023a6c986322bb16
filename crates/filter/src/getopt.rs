//! Short options out of an argument list, as `getopt(3)` of POSIX reads them: token by token, nothing is kept but the option
//! that waits for its value.

use std::ops::ControlFlow;

/// What stands for an option that is not among those known.
pub(crate) const UNKNOWN: u8 = b'?';

/// Takes an option and its value, if it has one.
pub(crate) type Emit<'a> = dyn FnMut(u8, Option<&[u8]>) -> ControlFlow<()> + 'a;

/// A scan under way.
pub(crate) struct Scan<'o> {
    /// Letters, each followed by a colon if it takes a value.
    options: &'o [u8],
    /// An option whose value is the next token.
    pending: Option<u8>,
    ended: bool,
}

impl<'o> Scan<'o> {
    /// A colon in front of the options is accepted and means nothing.
    pub(crate) fn new(options: &'o [u8]) -> Scan<'o> {
        Scan { options: options.strip_prefix(b":").unwrap_or(options), pending: None, ended: false }
    }

    /// Whether the option takes a value; `None` if it is unknown.
    fn takes_value(&self, option: u8) -> Option<bool> {
        let at = self.options.iter().position(|known| *known == option && option != b':')?;
        Some(self.options.get(at + 1) == Some(&b':'))
    }

    /// Takes the next token; `emit` gets each option with its value.
    pub(crate) fn feed(&mut self, token: &[u8], emit: &mut Emit<'_>) -> ControlFlow<()> {
        if let Some(option) = self.pending.take() {
            return self.emit(option, Some(token), emit);
        }
        match token {
            b"--" | b"-" => self.end(),
            [b'-', b'-', ..] => ControlFlow::Continue(()),
            [b'-', cluster @ ..] => self.cluster(cluster, emit),
            _ => self.end(),
        }
    }

    fn cluster(&mut self, cluster: &[u8], emit: &mut Emit<'_>) -> ControlFlow<()> {
        for (at, option) in cluster.iter().enumerate() {
            match self.takes_value(*option) {
                None => self.emit(UNKNOWN, None, emit)?,
                Some(false) => self.emit(*option, None, emit)?,
                Some(true) if at + 1 < cluster.len() => return self.emit(*option, Some(&cluster[at + 1..]), emit),
                Some(true) => self.pending = Some(*option),
            }
        }
        ControlFlow::Continue(())
    }

    /// After the last token: an option whose value is missing has an empty one.
    pub(crate) fn finish(&mut self, emit: &mut Emit<'_>) {
        if let (Some(option), false) = (self.pending.take(), self.ended) {
            let _ = emit(option, Some(b""));
        }
    }

    fn emit(&mut self, option: u8, value: Option<&[u8]>, emit: &mut Emit<'_>) -> ControlFlow<()> {
        let flow = emit(option, value);
        self.ended |= flow.is_break();
        flow
    }

    fn end(&mut self) -> ControlFlow<()> {
        self.ended = true;
        ControlFlow::Break(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(options: &str, tokens: &[&str]) -> String {
        let mut out = Vec::new();
        let mut emit = |option: u8, value: Option<&[u8]>| {
            let value = value.map(|value| format!("={}", String::from_utf8_lossy(value))).unwrap_or_default();
            out.push(format!("{}{value}", char::from(option)));
            ControlFlow::Continue(())
        };
        let mut scan = Scan::new(options.as_bytes());
        for token in tokens {
            if scan.feed(token.as_bytes(), &mut emit).is_break() {
                break;
            }
        }
        scan.finish(&mut emit);
        out.join(" ")
    }

    #[test]
    fn options_are_read_as_posix_says() {
        let table: [(&str, &[&str], &str); 12] = [
            ("nt:", &["-n", "-t", "5"], "n t=5"),
            ("nt:", &["-nt", "5"], "n t=5"),
            ("nt:", &["-nt5", "-n"], "n t=5 n"),
            ("nt:", &["-t"], "t="),
            ("nt:", &["-t", "--"], "t=--"),
            ("nt:", &["-x"], "?"),
            ("nt:", &["-xn"], "? n"),
            ("n", &["--long", "-n"], "n"),
            ("n", &["--", "-n"], ""),
            ("n", &["file", "-n"], ""),
            (":n", &["-n", "-:"], "n ?"),
            ("n", &["-", "-n"], ""),
        ];
        for (options, tokens, want) in table {
            assert_eq!(scan(options, tokens), want, "{options} on {tokens:?}");
        }
    }
}
