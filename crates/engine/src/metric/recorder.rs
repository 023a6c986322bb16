//! Records of metrics at an interval: as alerts, and as lines of a file.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use windhover_outputs::{Alert, Priority};

use super::{MetricGroups, measure_resources, snapshot};
use crate::status::{Facts, Measurement};

const RULE: &str = "Falco internal: metrics snapshot";
const MESSAGE: &str = "Falco metrics snapshot";

/// What is recorded, where, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsOptions {
    /// Time between two records. None is made while no event comes.
    pub interval: Duration,
    /// Whether a record is an internal alert.
    pub alert: bool,
    /// The file that lines are appended to.
    pub file: Option<PathBuf>,
    /// Which groups a record has.
    pub groups: MetricGroups,
}

/// A record could not be written to its file.
#[derive(Debug, thiserror::Error)]
#[error("cannot write metrics to `{}`: {source}; is `metrics.output_file` in a folder that can be written?", .path.display())]
pub struct WriteMetricsError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Makes records of metrics.
#[derive(Debug)]
pub struct Recorder {
    options: MetricsOptions,
    due: Instant,
    earlier: Option<Measurement>,
    number: u64,
}

impl Recorder {
    /// The first record is due one interval from now.
    pub fn new(options: MetricsOptions, now: Instant) -> Self {
        let due = now + options.interval;
        Self { options, due, earlier: None, number: 0 }
    }

    /// Whether it is time for a record.
    pub fn is_due(&self, now: Instant) -> bool {
        now >= self.due
    }

    /// Makes a record: returns the alert, if one is wanted, and what happened to the file.
    pub fn record(
        &mut self,
        now: Instant,
        facts: &Facts,
        measured: Measurement,
        host_root: &Path,
    ) -> (Option<Alert>, Result<(), WriteMetricsError>) {
        // Ticks that passed in silence are not made up for.
        while self.due <= now {
            self.due += self.options.interval;
        }
        self.number += 1;
        let groups = self.options.groups;
        let used = if groups.resources { measure_resources(host_root) } else { Default::default() };
        let fields = snapshot(facts, &measured, self.earlier.as_ref(), &used, groups);
        let written = match &self.options.file {
            Some(path) => {
                let line = json!({ "output_fields": fields, "sample": self.number });
                append(path, &line.to_string()).map_err(|source| WriteMetricsError { path: path.clone(), source })
            }
            None => Ok(()),
        };
        let alert = self.options.alert.then(|| {
            let mut alert = Alert::internal(measured.now, RULE, Priority::Informational, MESSAGE.to_owned());
            alert.output_fields = fields.into_iter().map(|(key, value)| (key.into(), value)).collect();
            alert
        });
        self.earlier = Some(measured);
        (alert, written)
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_numbered_lines_and_alerts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let groups = MetricGroups {
            rules: true,
            resources: true,
            state: true,
            kernel: true,
            kernel_per_cpu: false,
            memory_in_mb: true,
            empty: false,
        };
        let interval = Duration::from_secs(10);
        let options = MetricsOptions { interval, alert: true, file: Some(path.clone()), groups };
        let start = Instant::now();
        let mut recorder = Recorder::new(options.clone(), start);
        assert!(!recorder.is_due(start + Duration::from_secs(9)));
        for now in [start + interval, start + interval * 5] {
            assert!(recorder.is_due(now));
            let measured = Measurement { now: 7, ..Measurement::default() };
            let (alert, written) = recorder.record(now, &Facts::default(), measured, "/".as_ref());
            written.unwrap();
            let alert = alert.unwrap();
            assert_eq!((alert.message.as_str(), alert.time), ("Falco metrics snapshot", 7));
            assert!(!recorder.is_due(now));
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), &lines[0]["sample"], &lines[1]["sample"]), (2, &json!(1), &json!(2)));
        assert_eq!(lines[1]["output_fields"]["evt.source"], "syscall");

        let file = Some(folder.path().join("none/x"));
        let mut recorder = Recorder::new(MetricsOptions { alert: false, file, ..options }, start);
        let (alert, written) = recorder.record(start, &Facts::default(), Measurement::default(), "/".as_ref());
        assert!(alert.is_none());
        assert!(written.unwrap_err().to_string().contains("none/x"));
    }
}
