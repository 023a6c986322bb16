//! A message in the form of RFC 5424.

use std::io::Write as _;

use crate::time::Civil;
use crate::{Alert, Origin, Priority};

/// What no value is written as.
const NIL: &str = "-";
/// Longest host name, program's name and message's kind that the format allows.
const HOST: usize = 255;
const APP: usize = 48;

/// Who a message is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    facility: u8,
    app: String,
    pid: u32,
}

impl Sender {
    pub(super) fn new(facility: Facility, app: &str) -> Self {
        Self { facility: facility.code(), app: printable(app, APP), pid: std::process::id() }
    }

    /// The message of an alert. No structured data: its names would need a number of our own that nobody has registered.
    pub(super) fn message(&self, alert: &Alert, hostname: &str, body: &[u8]) -> Vec<u8> {
        let Self { facility, app, pid } = self;
        let code = (u16::from(*facility) << 3) | u16::from(alert.priority.rank());
        let kind = match alert.origin {
            Origin::Rule => "alert",
            Origin::Internal => "notice",
        };
        let (time, host) = (Civil::new(alert.time, 0).micros(), printable(hostname, HOST));
        let mut message = Vec::with_capacity(body.len() + 128);
        // Writing to memory cannot fail.
        _ = write!(message, "<{code}>1 {time}Z {host} {app} {pid} {kind} {NIL} ");
        message.extend_from_slice(body);
        message
    }
}

/// A text as the head of a message takes it: visible ASCII, and not too much of it.
fn printable(text: &str, most: usize) -> String {
    let visible: String = text.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(most).collect();
    if visible.is_empty() { NIL.to_owned() } else { visible }
}

/// What part of a system messages are from: how syslog daemons sort them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(u8);

impl Default for Facility {
    /// `user`, as where a program names none.
    fn default() -> Self {
        Self(1)
    }
}

impl Facility {
    /// The names, in the order of their numbers.
    pub const NAMES: [&str; 24] = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
        "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    /// The facility of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).map(|code| Self(code as u8))
    }

    fn code(self) -> u8 {
        self.0
    }
}

/// Cuts a message to `most` bytes, and not within a character.
pub(super) fn cut(message: &[u8], most: usize) -> &[u8] {
    if message.len() <= most {
        return message;
    }
    let mut end = most;
    while end > 0 && message[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &message[..end]
}

/// A message as a stream carries it: behind its length (RFC 6587 3.4.1, RFC 5425).
pub(super) fn counted(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 8);
    _ = write!(frame, "{} ", message.len());
    frame.extend_from_slice(message);
    frame
}

/// The severity is the priority's rank: both scales are the same.
const _: () = assert!(Priority::ALL.len() == 8);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(facility: &str, app: &str, host: &str, priority: Priority, origin: Origin) -> String {
        let sender = Sender { pid: 42, ..Sender::new(Facility::named(facility).unwrap(), app) };
        let alert = Alert { origin, ..Alert::internal(1_795_411_071_754_144_366, "r", priority, String::new()) };
        String::from_utf8(sender.message(&alert, host, "é\tx".as_bytes())).unwrap()
    }

    #[test]
    fn every_byte_of_a_message() {
        let table = [
            (
                message("user", "windhover", "web-1", Priority::Error, Origin::Rule),
                "<11>1 2026-11-23T05:17:51.754144Z web-1 windhover 42 alert - é\tx",
            ),
            (
                message("kern", "", "", Priority::Emergency, Origin::Internal),
                "<0>1 2026-11-23T05:17:51.754144Z - - 42 notice - é\tx",
            ),
            (
                message("local7", "a b]", "hôst name", Priority::Debug, Origin::Rule),
                "<191>1 2026-11-23T05:17:51.754144Z h_st_name a_b] 42 alert - é\tx",
            ),
        ];
        for (got, want) in table {
            assert_eq!(got, want);
        }
        let long = message("user", &"a".repeat(99), &"h".repeat(999), Priority::Notice, Origin::Rule);
        let parts: Vec<_> = long.split(' ').collect();
        assert_eq!((parts[2].len(), parts[3].len()), (HOST, APP));
    }

    #[test]
    fn frames_tell_bytes_and_cuts_keep_characters() {
        assert_eq!(counted("é".as_bytes()), "2 é".as_bytes());
        assert_eq!(counted(b""), b"0 ");
        let table = [("abc", 3, "abc"), ("abc", 2, "ab"), ("aé", 2, "a"), ("é", 1, ""), ("aéb", 3, "aé")];
        for (text, most, want) in table {
            assert_eq!(cut(text.as_bytes(), most), want.as_bytes(), "{text}");
        }
        // Not UTF-8 at all: something is left, and nothing breaks.
        assert_eq!(cut(&[0x80; 8], 4), b"");
    }

    #[test]
    fn facilities_have_their_numbers() {
        for (name, code) in [("kern", 0), ("user", 1), ("authpriv", 10), ("local0", 16), ("local7", 23)] {
            assert_eq!(Facility::named(name), Some(Facility(code)));
        }
        assert_eq!(Facility::named("local8"), None);
    }
}
