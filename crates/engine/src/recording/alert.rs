//! Recordings that alerts start.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use std::time::Duration;

use windhover_outputs::{Alert, Priority};
use windhover_system::System;

use super::file::{AlertFile, Beginning};
use super::flight::{Before, FlightRecorder, for_the_model};
use super::kin::{Admission, Owner, Owners};
use super::{hidden, learned};
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
    /// Whether threads of their own write the files. Without, events wait for the disk, and what a file at its limit holds is always
    /// the same.
    pub beside: bool,
}

/// Records what follows an alert, the alert's event included, and if wanted what came before it, into a file of its own.
/// The lists at the file's start are those from before its first event.
pub struct AlertRecorder {
    options: AlertRecording,
    log: Log,
    owners: Owners,
    flight: FlightRecorder,
    current: Option<Current>,
    /// Threads that write, or have written.
    threads: Vec<JoinHandle<()>>,
    /// A recording could not be written, and this has been said.
    failing: Arc<AtomicBool>,
}

/// A recording under way.
struct Current {
    file: AlertFile,
    /// Time of the event with which it ends.
    deadline: u64,
    admission: Admission,
}

impl AlertRecorder {
    /// Records when an engine's alerts say so; what goes wrong is told to the log.
    pub fn new(options: AlertRecording, log: Log) -> Self {
        let flight = FlightRecorder::new(options.before);
        let (owners, failing) = (Owners::default(), Arc::default());
        Self { options, log, owners, flight, current: None, threads: Vec::new(), failing }
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
            self.begin(observed, owner, deadline);
        }
    }

    /// Begins a file with what is kept of the time before the alert.
    fn begin(&mut self, observed: &Observed<'_>, owner: Owner, deadline: u64) {
        let (system, ts) = (observed.system, observed.captured.event.ts());
        let number = system.context().event_num();
        let past = self.flight.before(ts, system);
        let admission = Admission::new(self.options.scope, owner, system, past.checkpoint(), past.events());
        let beginning = Beginning {
            path: PathBuf::from(format!("{}_{ts:020}_{number:020}.scap", self.options.path_prefix)),
            past,
            admission: admission.clone(),
            ts,
            log: Arc::clone(&self.log),
            failing: Arc::clone(&self.failing),
        };
        let file = if self.options.beside {
            self.threads.retain(|thread| !thread.is_finished());
            beginning.beside().map(|(file, thread)| {
                self.threads.push(thread);
                file
            })
        } else {
            beginning.here()
        };
        self.current = file.map(|file| Current { file, deadline, admission });
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
        let told: Vec<_> = learned(observed.system, ts).collect();
        let told = told.iter().filter_map(|raw| hidden(raw));
        if !told.chain([captured]).all(|captured| current.file.write(&captured)) {
            self.current = None;
            return None;
        }
        if current.file.is_late() {
            let text = "a recording ends early: the disk takes less than there is to be written";
            (self.log)(Priority::Warning, text);
            self.end();
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
        if let Some(current) = self.current.take() {
            current.file.finish();
        }
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
        for thread in self.threads.drain(..) {
            // One that has panicked has said so, and nothing is left to be done for its file.
            _ = thread.join();
        }
    }
}
