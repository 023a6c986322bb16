//! Metrics: what a running engine uses and did, as records at an interval. The names are the reference's.

mod recorder;
mod resource;
mod snapshot;

pub use recorder::{MetricsOptions, Recorder, WriteMetricsError};
pub use resource::{Resources, measure_resources};
pub use snapshot::{MetricGroups, full_by_class, snapshot};

/// A rule's or file's name as it stands in a metric's name: what is neither a letter, a digit, `_` nor `:` becomes one
/// `_` per run, and none ends the name.
pub fn metric_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || c == ':' { c } else { '_' };
        if c != '_' || !name.ends_with('_') {
            name.push(c);
        }
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_few_characters() {
        let table = [
            ("Read sensitive file untrusted", "Read_sensitive_file_untrusted"),
            ("a -- b", "a_b"),
            ("a__b", "a_b"),
            ("Launch (x) [y]!", "Launch_x_y"),
            ("ns:name", "ns:name"),
            ("_x", "_x"),
            ("Zugriff auf Schlüssel", "Zugriff_auf_Schl_ssel"),
            ("!!!", ""),
            ("", ""),
        ];
        for (text, want) in table {
            assert_eq!(metric_name(text), want, "{text}");
        }
    }
}
