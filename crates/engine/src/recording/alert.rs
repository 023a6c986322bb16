//! Recordings that alerts start.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use windhover_capture::{Compression, WriteCaptureError, Writer};
use windhover_outputs::{Alert, Priority};
use windhover_system::System;

use super::flight::{Before, FlightRecorder, for_the_model};
use super::kin::{Admission, Owner, Owners};
use super::{MODE, RecordError, begin_with, write_learned};
use crate::engine::Log;
use crate::observer::{Observed, Observer};

/// Whose events a recording around an alert holds; of others there is only what the model needs, not to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All.
    #[default]
    Machine,
    /// Those of the container that the alert is about, or of the host if it is about none.
    Container,
    /// Those of all that descends from the leader of the session of the alert's process, and of the process's ancestors.
    ProcessTree,
}

/// When alerts start recordings (`capture`), and what these hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRecording {
    /// Beginning of the files' paths.
    pub path_prefix: String,
    /// Whether every rule starts one, or only those that say so.
    pub all_rules: bool,
    /// How long after the last alert one goes on, where the rule does not say.
    pub default_duration: Duration,
    /// MiB at which one ends; 0 for no limit. What came before the alert is written in any case.
    pub max_file_mib: u32,
    /// What of the time before the alert it also holds.
    pub before: Before,
    /// Whose events it holds.
    pub scope: Scope,
}

/// Records what follows an alert, the alert's event included, and if wanted what came before it, into a file of its own.
/// The lists at the file's start are those from before its first event.
pub struct AlertRecorder {
    options: AlertRecording,
    log: Log,
    owners: Owners,
    flight: FlightRecorder,
    current: Option<Current>,
    /// One could not be written, and this has been said.
    failing: bool,
}

/// A recording under way.
struct Current {
    path: PathBuf,
    file: Writer<File>,
    /// Time of the event with which it ends.
    deadline: u64,
    admission: Admission,
    /// Events shown from before the alert's.
    before: u64,
    /// Events shown from the alert's on.
    since: u64,
}

impl AlertRecorder {
    /// Records when an engine's alerts say so; what goes wrong is told to the log.
    pub fn new(options: AlertRecording, log: Log) -> Self {
        let flight = FlightRecorder::new(options.before);
        Self { options, log, owners: Owners::default(), flight, current: None, failing: false }
    }

    /// Whether the event's alerts start a recording.
    fn starts(&self, observed: &Observed<'_>) -> bool {
        observed.matches.iter().any(|wish| self.options.all_rules || wish.starts)
    }

    /// Starts a recording, or lengthens the one under way; one that would start another adds whom it is about.
    fn matched(&mut self, observed: &Observed<'_>, owner: Owner) {
        let starts = self.starts(observed);
        let duration_ms = observed.matches.iter().map(|wish| match wish.duration_ms {
            0 => u64::try_from(self.options.default_duration.as_millis()).unwrap_or(u64::MAX),
            chosen => chosen.into(),
        });
        let Some(duration_ms) = duration_ms.max() else { return };
        let ts = observed.captured.event.ts();
        let deadline = ts.saturating_add(duration_ms.saturating_mul(1_000_000));
        if let Some(current) = &mut self.current {
            current.deadline = current.deadline.max(deadline);
            if starts {
                current.admission.extend(owner, observed.system);
            }
        } else if starts {
            let number = observed.system.context().event_num();
            let path = PathBuf::from(format!("{}_{ts:020}_{number:020}.scap", self.options.path_prefix));
            match self.begin(path.clone(), observed, owner, deadline) {
                Ok(current) => {
                    self.failing = false;
                    self.current = Some(current);
                }
                Err(source) => self.fail(&RecordError { path, source }),
            }
        }
    }

    /// Makes a file with what is kept of the time before the alert.
    fn begin(
        &self,
        path: PathBuf,
        observed: &Observed<'_>,
        owner: Owner,
        deadline: u64,
    ) -> Result<Current, WriteCaptureError> {
        let file = create(&path)?;
        let (system, ts) = (observed.system, observed.captured.event.ts());
        let past = self.flight.before(ts);
        let now;
        let checkpoint = match past.checkpoint() {
            Some(checkpoint) => checkpoint,
            None => {
                now = system.checkpoint();
                &now
            }
        };
        let admission = Admission::new(self.options.scope, owner, system, checkpoint, past.events());
        let first_ts = past.events().next().map_or(ts, |kept| kept.captured.event.ts());
        let mut file = begin_with(file, Compression::GzipFast, checkpoint, first_ts)?;
        let mut before = 0;
        for kept in past.events() {
            let shown = past.shows(kept.captured.event.ts()) && admission.admits(kept.owner);
            if let Some(captured) = if shown { Some(kept.captured) } else { for_the_model(kept.captured) } {
                file.write(&captured)?;
                before += u64::from(!captured.state_only);
            }
        }
        let missing = past.missing_ns();
        if missing > 0 {
            let text = format!(
                "the recording `{}` begins {:.1} s later than it should: more happened than `flight_recorder.max_mib` holds",
                path.display(),
                missing as f64 / 1e9
            );
            (self.log)(Priority::Warning, &text);
        }
        Ok(Current { path, file, deadline, admission, before, since: 0 })
    }

    /// Writes the event, if it belongs to a recording. May return an internal alert.
    fn record(&mut self, observed: &Observed<'_>, owner: Owner) -> Option<Alert> {
        let captured = observed.captured;
        let ts = captured.event.ts();
        if self.current.as_ref().is_some_and(|current| ts >= current.deadline && observed.matches.is_empty()) {
            self.end();
        }
        self.matched(observed, owner);
        let starts = self.starts(observed);
        let current = self.current.as_mut()?;
        current.admission.meet(owner, &captured.event);
        let shown = starts || current.admission.admits(owner);
        let captured = if shown { captured } else { for_the_model(captured)? };
        current.since += u64::from(!captured.state_only);
        let written = write_learned(&mut current.file, observed).and_then(|()| current.file.write(&captured));
        if let Err(source) = written {
            let path = std::mem::take(&mut current.path);
            self.fail(&RecordError { path, source });
            return None;
        }
        let written = current.file.bytes_written();
        if self.options.max_file_mib == 0 || written < u64::from(self.options.max_file_mib) << 20 {
            return None;
        }
        self.end();
        let rule = "Falco internal: capture size limit reached";
        let mut alert = Alert::internal(ts, rule, Priority::Informational, rule.to_owned());
        alert.output_fields = vec![
            ("max_file_size_mb".into(), self.options.max_file_mib.into()),
            ("written_bytes".into(), written.into()),
        ];
        Some(alert)
    }

    fn end(&mut self) {
        let Some(Current { path, file, before, since, .. }) = self.current.take() else { return };
        match file.finish() {
            Ok(_) => {
                let path = path.display();
                let text = format!("recorded `{path}`: {before} events before the alert, {since} from it on");
                (self.log)(Priority::Informational, &text);
            }
            Err(source) => self.fail(&RecordError { path, source }),
        }
    }

    fn fail(&mut self, error: &RecordError) {
        self.current = None;
        if !self.failing {
            (self.log)(Priority::Error, &error.to_string());
        }
        self.failing = true;
    }
}

impl Observer for AlertRecorder {
    fn reset(&mut self, system: &System) {
        self.end();
        self.owners = Owners::default();
        self.flight.reset(system);
    }

    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert> {
        let owner = self.owners.of(observed.system);
        // Nearly always there is nothing to record.
        let idle = self.current.is_none() && observed.matches.is_empty();
        let alert = if idle { None } else { self.record(observed, owner) };
        self.flight.keep(observed, owner);
        alert
    }

    fn wants_all(&self) -> bool {
        false
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Drop for AlertRecorder {
    fn drop(&mut self) {
        self.end();
    }
}

/// Makes the file anew: in a folder that others may write to, what has its name may be a trap.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)
}
