//! The line that an alert becomes: text, or one JSON object.

use std::fmt;
use std::io::Write as _;
use std::sync::Arc;

use crate::time::Civil;
use crate::{Alert, JsonValue, Origin, Priority};

/// How alerts are written. The same for every channel.
#[derive(Clone, Debug)]
pub struct Format {
    /// JSON objects instead of text.
    pub json: bool,
    /// JSON: `output`, the line as text would have it.
    pub include_output: bool,
    /// JSON: `message`, the line without time and priority.
    pub include_message: bool,
    /// JSON: `output_fields`.
    pub include_output_fields: bool,
    /// JSON: `tags`.
    pub include_tags: bool,
    /// Times as `YYYY-MM-DDTHH:MM:SS.nnnnnnnnn+0000` in UTC instead of the local time of day.
    pub iso_8601: bool,
    /// JSON: `hostname`.
    pub hostname: String,
    /// The local zone.
    pub local: LocalZone,
}

/// The local zone: seconds east of Greenwich at a number of seconds since the epoch.
#[derive(Clone)]
pub struct LocalZone(Arc<dyn Fn(i64) -> i32 + Send + Sync>);

impl LocalZone {
    /// A zone with those offsets.
    pub fn new(offset: impl Fn(i64) -> i32 + Send + Sync + 'static) -> Self {
        Self(Arc::new(offset))
    }

    /// `Www Mmm dd HH:MM:SS YYYY` of nanoseconds since the epoch: the head of log lines.
    pub fn log_time(&self, ns: u64) -> String {
        self.civil(ns).ctime().to_string()
    }

    pub(crate) fn civil(&self, ns: u64) -> Civil {
        Civil::new(ns, (self.0)((ns / 1_000_000_000) as i64))
    }
}

impl Default for LocalZone {
    /// Universal time.
    fn default() -> Self {
        Self::new(|_| 0)
    }
}

impl fmt::Debug for LocalZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalZone")
    }
}

impl Default for Format {
    /// Text with times of day, taking local time for UTC.
    fn default() -> Self {
        Self {
            json: false,
            include_output: true,
            include_message: false,
            include_output_fields: true,
            include_tags: true,
            iso_8601: false,
            hostname: String::new(),
            local: LocalZone::default(),
        }
    }
}

/// What a text line may contain beyond plain text, depending on who reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Colour the priority.
    pub colour: bool,
}

impl Format {
    /// The alert's line for programs, with its line feed.
    pub fn line(&self, alert: &Alert) -> Vec<u8> {
        let mut line = match (self.json, alert.origin) {
            (true, _) => self.json_object(alert),
            (false, Origin::Rule) => escape(&self.text(alert)),
            (false, Origin::Internal) => self.internal_text(alert),
        }
        .into_bytes();
        line.push(b'\n');
        line
    }

    /// The alert's line for a terminal: as for programs, but no character in it can move the cursor, reorder the text
    /// or change colours, and the priority of a text line may be coloured.
    pub fn terminal_line(&self, alert: &Alert, terminal: Terminal) -> Vec<u8> {
        let line = String::from_utf8(self.line(alert)).expect("a line is made of strings");
        let mut safe = String::with_capacity(line.len() + 16);
        for c in line.trim_end_matches('\n').chars() {
            if is_unsafe_on_terminals(c) {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            } else {
                safe.push(c);
            }
        }
        if terminal.colour && !self.json {
            let name = alert.priority.name();
            let head = format!(": {name} ");
            let coloured = format!(": \x1b[{}m{name}\x1b[0m ", colour(alert.priority));
            safe = safe.replacen(&head, &coloured, 1);
        }
        safe.push('\n');
        safe.into_bytes()
    }

    /// Time, priority and message, not yet escaped.
    fn text(&self, alert: &Alert) -> String {
        format!("{}: {} {}", self.time(alert.time), alert.priority, alert.message)
    }

    fn time(&self, ns: u64) -> String {
        if self.iso_8601 { format!("{}+0000", Civil::new(ns, 0).iso_8601()) } else { self.local_time(ns) }
    }

    fn local_time(&self, ns: u64) -> String {
        self.local.civil(ns).time_of_day().to_string()
    }

    fn internal_text(&self, alert: &Alert) -> String {
        let fields: Vec<_> = sorted(alert).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        let time = self.local_time(alert.time);
        format!("{time}: {} {} ({})", alert.priority, alert.message, fields.join(" "))
    }

    fn json_object(&self, alert: &Alert) -> String {
        let internal = alert.origin == Origin::Internal;
        let mut object = Object::new();
        object.string("hostname", &self.hostname);
        if self.include_message && !internal {
            object.string("message", &alert.message);
        }
        if internal {
            object.string("output", &alert.message);
        } else if self.include_output {
            object.string("output", &self.text(alert));
        }
        if self.include_output_fields || internal {
            object.key("output_fields");
            self.fields(alert, &mut object.bytes);
        }
        object.string("priority", alert.priority.name());
        object.string("rule", &alert.rule);
        object.string("source", &alert.source);
        if self.include_tags && !internal {
            object.value("tags", &JsonValue::from(alert.tags.to_vec()));
        }
        object.string("time", &format!("{}Z", Civil::new(alert.time, 0).iso_8601()));
        object.close()
    }

    /// The fields sorted by name, with the one that the line's time comes from.
    fn fields(&self, alert: &Alert, out: &mut Vec<u8>) {
        let time = JsonValue::from(alert.time);
        let time_key = if self.iso_8601 { "evt.time.iso8601" } else { "evt.time" };
        let mut fields = sorted(alert);
        if alert.origin == Origin::Rule
            && let Err(at) = fields.binary_search_by_key(&time_key, |(key, _)| key)
        {
            fields.insert(at, (time_key, &time));
        }
        let mut object = Object::new();
        for (key, value) in fields {
            object.value(key, value);
        }
        out.extend_from_slice(object.close().as_bytes());
    }
}

fn sorted(alert: &Alert) -> Vec<(&str, &JsonValue)> {
    let mut fields: Vec<_> = alert.output_fields.iter().map(|(key, value)| (&**key, value)).collect();
    fields.sort_by_key(|(key, _)| *key);
    fields
}

/// A JSON object under construction, keys in the order in which they are given.
struct Object {
    bytes: Vec<u8>,
}

impl Object {
    fn new() -> Self {
        Self { bytes: vec![b'{'] }
    }

    fn key(&mut self, key: &str) {
        if self.bytes.len() > 1 {
            self.bytes.push(b',');
        }
        write_json(&mut self.bytes, key);
        self.bytes.push(b':');
    }

    fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        write_json(&mut self.bytes, value);
    }

    fn value(&mut self, key: &str, value: &JsonValue) {
        self.key(key);
        write!(self.bytes, "{value}").expect("writing to memory cannot fail");
    }

    fn close(mut self) -> String {
        self.bytes.push(b'}');
        String::from_utf8(self.bytes).expect("JSON of strings is a string")
    }
}

fn write_json(out: &mut Vec<u8>, text: &str) {
    serde_json::to_writer(out, text).expect("writing to memory cannot fail");
}

/// As a JSON string without its quotes: what text lines go through, so that one alert is one line.
fn escape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    write_json(&mut bytes, text);
    let escaped = String::from_utf8(bytes).expect("JSON of a string is a string");
    escaped[1..escaped.len() - 1].to_owned()
}

/// Delete, the C1 controls (some terminals obey them), and what reorders or hides text.
fn is_unsafe_on_terminals(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

fn colour(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency | Priority::Alert | Priority::Critical => "1;31",
        Priority::Error => "31",
        Priority::Warning => "33",
        Priority::Notice => "36",
        Priority::Informational => "32",
        Priority::Debug => "2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> Alert {
        Alert {
            time: 1_795_411_071_754_144_366,
            origin: Origin::Rule,
            rule: "Read \"it\"".into(),
            priority: Priority::Warning,
            source: "syscall".into(),
            tags: Arc::new(["T1555".to_owned(), "host".to_owned()]),
            message: "file=/a\tb\\c \u{1b}[2J é/".into(),
            output_fields: vec![
                ("proc.name".into(), "x\u{7f}".into()),
                ("fd.name".into(), JsonValue::Null),
                ("evt.arg.uid".into(), 7.into()),
            ],
        }
    }

    fn line(format: &Format, alert: &Alert) -> String {
        String::from_utf8(format.line(alert)).unwrap()
    }

    #[test]
    fn text_is_escaped_as_a_whole_line() {
        let want = "05:17:51.754144366: Warning file=/a\\tb\\\\c \\u001b[2J é/\n";
        assert_eq!(line(&Format::default(), &alert()), want);
        let iso = Format { iso_8601: true, ..Format::default() };
        assert!(line(&iso, &alert()).starts_with("2026-11-23T05:17:51.754144366+0000: Warning "));
        let east = Format { local: LocalZone::new(|_| 3600), ..Format::default() };
        assert!(line(&east, &alert()).starts_with("06:17:51."));
    }

    #[test]
    fn json_has_sorted_keys_and_what_is_asked_for() {
        let all = Format { json: true, include_message: true, hostname: "host-a".into(), ..Format::default() };
        let want = concat!(
            r#"{"hostname":"host-a","message":"file=/a\tb\\c \u001b[2J é/","#,
            r#""output":"05:17:51.754144366: Warning file=/a\tb\\c \u001b[2J é/","#,
            r#""output_fields":{"evt.arg.uid":7,"evt.time":1795411071754144366,"fd.name":null,"proc.name":"x"#,
            "\u{7f}",
            r#""},"priority":"Warning","rule":"Read \"it\"","source":"syscall","tags":["T1555","host"],"#,
            r#""time":"2026-11-23T05:17:51.754144366Z"}"#,
            "\n"
        );
        assert_eq!(line(&all, &alert()), want);
        let least = Format {
            json: true,
            include_output: false,
            include_output_fields: false,
            include_tags: false,
            ..Format::default()
        };
        let want = r#"{"hostname":"","priority":"Warning","rule":"Read \"it\"","source":"syscall","time":"2026-11-23T05:17:51.754144366Z"}"#;
        assert_eq!(line(&least, &alert()).trim_end(), want);
    }

    #[test]
    fn the_time_field_follows_the_time_form_and_is_given_once() {
        let mut twice = alert();
        twice.output_fields.push(("evt.time.iso8601".into(), twice.time.into()));
        let iso = Format { json: true, iso_8601: true, include_output: false, ..Format::default() };
        assert_eq!(line(&iso, &twice).matches("evt.time").count(), 1);
        assert!(line(&iso, &alert()).contains(r#""evt.time.iso8601":1795411071754144366"#));
    }

    #[test]
    fn internal_notices_have_a_form_of_their_own() {
        let mut notice = Alert::internal(0, "Falco internal: x", Priority::Debug, "It \"happened\".".into());
        let json = Format { json: true, include_output: false, include_message: true, ..Format::default() };
        let iso = Format { iso_8601: true, ..Format::default() };
        assert_eq!(line(&iso, &notice), "00:00:00.000000000: Debug It \"happened\". ()\n");
        notice.output_fields = vec![("n".into(), "5".into()), ("b".into(), true.into())];
        assert_eq!(line(&iso, &notice), "00:00:00.000000000: Debug It \"happened\". (b=true n=\"5\")\n");
        let want = concat!(
            r#"{"hostname":"","output":"It \"happened\".","output_fields":{"b":true,"n":"5"},"priority":"Debug","#,
            r#""rule":"Falco internal: x","source":"internal","time":"1970-01-01T00:00:00.000000000Z"}"#,
            "\n"
        );
        assert_eq!(line(&json, &notice), want);
    }

    #[test]
    fn nothing_an_attacker_names_reaches_the_terminal_raw() {
        let mut hostile = alert();
        hostile.message = "\u{9b}31m\u{202e}evil\u{7f}".into();
        let text = String::from_utf8(Format::default().terminal_line(&hostile, Terminal { colour: true })).unwrap();
        assert_eq!(text, "05:17:51.754144366: \u{1b}[33mWarning\u{1b}[0m \\u009b31m\\u202eevil\\u007f\n");
        let json = Format { json: true, ..Format::default() };
        let line = String::from_utf8(json.terminal_line(&hostile, Terminal { colour: true })).unwrap();
        assert!(!line.trim_end().chars().any(char::is_control), "{line:?}");
        let parsed: JsonValue = serde_json::from_str(&line).unwrap();
        assert!(parsed["output"].as_str().unwrap().contains(&hostile.message));
    }
}
