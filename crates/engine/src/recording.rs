//! Recordings: the events of a run, or those that follow an alert, written to capture files.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use windhover_capture::{CapturedEvent, Compression, WriteCaptureError, Writer};
use windhover_event::snapshot::{FdEntryKind, NamedFd, Snapshot};
use windhover_event::{EventType, event_flag};
use windhover_outputs::{Alert, Priority};
use windhover_system::System;

use crate::engine::Log;
use crate::look::Condition;
use crate::observer::{Observed, Observer};

/// Recordings hold what programs read and write, so only their owner may look at them.
const MODE: u32 = 0o600;

/// A recording cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the recording `{path}`: {source}")]
pub struct RecordError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: WriteCaptureError,
}

/// What is recorded, and how.
pub struct RecordOptions {
    /// Which events; of others only those are kept that the model needs, marked as not to be shown.
    pub condition: Option<Condition>,
    /// After how many events to end.
    pub events: Option<u64>,
    /// At how many bytes to go on in another file. A compressed file may get a little larger.
    pub file_bytes: Option<u64>,
    /// How many files to keep, the newest; at least 1.
    pub keep: Option<usize>,
    /// Whether files are compressed.
    pub compression: Compression,
}

/// What a recorder has done so far.
#[derive(Debug, Default)]
pub struct RecordReport {
    /// Events written that readers are shown.
    pub events: u64,
    /// Files written and kept, the oldest first.
    pub files: Vec<PathBuf>,
    /// Why it had to end.
    pub error: Option<RecordError>,
}

/// Writes all events of a run, as an observer of its engine.
pub struct Recorder {
    path: PathBuf,
    options: RecordOptions,
    file: Option<Writer<File>>,
    begun: u64,
    events: u64,
    report: Arc<Mutex<RecordReport>>,
}

impl Recorder {
    /// Starts the first file with what is known of the machine. When files are to get no larger than so much, the ones
    /// after `NAME.scap` are `NAME.1.scap`, `NAME.2.scap` and so on.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn start(path: PathBuf, options: RecordOptions, snapshot: Snapshot) -> Result<Self, RecordError> {
        let report = Arc::default();
        let mut this = Self { path, options, file: None, begun: 0, events: 0, report };
        this.begin(snapshot)?;
        Ok(this)
    }

    /// What has been done; complete when the recorder is gone.
    pub fn report(&self) -> Arc<Mutex<RecordReport>> {
        Arc::clone(&self.report)
    }

    fn begin(&mut self, snapshot: Snapshot) -> Result<(), RecordError> {
        let path = numbered(&self.path, self.begun);
        let fail = |source: WriteCaptureError| RecordError { path: path.clone(), source };
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&path);
        let file = file.map_err(|e| fail(e.into()))?;
        self.file = Some(Writer::new(file, self.options.compression, &portable(snapshot)).map_err(fail)?);
        self.begun += 1;
        if let Ok(mut report) = self.report.lock() {
            report.files.push(path);
            while self.options.keep.is_some_and(|keep| report.files.len() > keep.max(1)) {
                // A file that somebody else has removed is no more in the way.
                _ = fs::remove_file(report.files.remove(0));
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), RecordError> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let path = numbered(&self.path, self.begun - 1);
        file.finish().map(drop).map_err(|source| RecordError { path, source })
    }

    fn write(&mut self, observed: &Observed<'_>) -> Result<(), RecordError> {
        let Some(captured) = self.wanted(observed) else { return Ok(()) };
        let full = |file: &Writer<File>| self.options.file_bytes.is_some_and(|limit| file.bytes_written() >= limit);
        if self.file.as_ref().is_some_and(|file| file.events() > 0 && full(file)) {
            self.end()?;
            self.begin(observed.system.snapshot())?;
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let path = || numbered(&self.path, self.begun - 1);
        file.write(&captured).map_err(|source| RecordError { path: path(), source })?;
        self.events += u64::from(!captured.state_only);
        Ok(())
    }

    /// The event as it is to be written, if it is.
    fn wanted<'e>(&mut self, observed: &Observed<'e>) -> Option<CapturedEvent<'e>> {
        let captured = observed.captured;
        let Some(condition) = &mut self.options.condition else { return Some(captured) };
        if observed.values.as_ref().is_some_and(|values| condition.holds(values)) {
            return Some(captured);
        }
        // Events that no thread made tell who containers are.
        let kind = captured.event.kind();
        let state = kind.info().has_any(event_flag::MODIFIES_STATE) || kind == EventType::ASYNCEVENT_E;
        state.then_some(CapturedEvent { state_only: true, ..captured })
    }

    fn note(&self, result: Result<(), RecordError>) {
        if let Ok(mut report) = self.report.lock() {
            report.events = self.events;
            if let Err(e) = result {
                report.error.get_or_insert(e);
            }
        }
    }
}

impl Observer for Recorder {
    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert> {
        if self.file.is_some() {
            let mut result = self.write(observed);
            if result.is_err() {
                self.file = None;
            } else if self.options.events.is_some_and(|events| self.events >= events) {
                result = self.end();
            }
            if self.file.is_none() {
                self.note(result);
            }
        }
        None
    }

    fn is_done(&self) -> bool {
        self.file.is_none()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let result = self.end();
        self.note(result);
    }
}

/// Kinds of descriptors that readers from before 2023 refuse a whole file for, Debian's sysdig among them, are written as
/// descriptors without a kind. Those that events make are not concerned.
fn portable(mut snapshot: Snapshot) -> Snapshot {
    for fd in snapshot.threads.iter_mut().flat_map(|thread| &mut thread.fds) {
        if let FdEntryKind::Named { kind, .. } = &mut fd.kind
            && matches!(kind, NamedFd::Bpf | NamedFd::Userfault | NamedFd::IoUring | NamedFd::Mem | NamedFd::Pid)
        {
            *kind = NamedFd::Unsupported;
        }
    }
    snapshot
}

/// The path with a number before its extension; the first has none.
fn numbered(path: &Path, number: u64) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// When alerts start recordings (`capture`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRecording {
    /// Beginning of the files' paths.
    pub path_prefix: String,
    /// Whether every rule starts one, or only those that say so.
    pub all_rules: bool,
    /// How long after the last alert one goes on, where the rule does not say.
    pub default_duration: Duration,
    /// MiB at which one ends; 0 for no limit.
    pub max_file_mib: u32,
}

/// Records what follows an alert, the alert's event included, into a file of its own.
pub struct AlertRecorder {
    options: AlertRecording,
    log: Log,
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
}

impl AlertRecorder {
    /// Records when an engine's alerts say so; what goes wrong is told to the log.
    pub fn new(options: AlertRecording, log: Log) -> Self {
        Self { options, log, current: None, failing: false }
    }

    /// Starts a recording, or lengthens the one under way.
    fn matched(&mut self, observed: &Observed<'_>) {
        let duration_ms = observed.matches.iter().map(|wish| match wish.duration_ms {
            0 => u64::try_from(self.options.default_duration.as_millis()).unwrap_or(u64::MAX),
            chosen => chosen.into(),
        });
        let Some(duration_ms) = duration_ms.max() else { return };
        let ts = observed.captured.event.ts();
        let deadline = ts.saturating_add(duration_ms.saturating_mul(1_000_000));
        if let Some(current) = &mut self.current {
            current.deadline = current.deadline.max(deadline);
        } else if self.options.all_rules || observed.matches.iter().any(|wish| wish.starts) {
            let number = observed.system.context().event_num();
            let path = PathBuf::from(format!("{}_{ts:020}_{number:020}.scap", self.options.path_prefix));
            match begin(&path, observed.system) {
                Ok(file) => {
                    self.failing = false;
                    self.current = Some(Current { path, file, deadline });
                }
                Err(source) => self.fail(&RecordError { path, source }),
            }
        }
    }

    fn end(&mut self) {
        if let Some(Current { path, file, .. }) = self.current.take()
            && let Err(source) = file.finish()
        {
            self.fail(&RecordError { path, source });
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
    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert> {
        let ts = observed.captured.event.ts();
        if self.current.as_ref().is_some_and(|current| ts >= current.deadline && observed.matches.is_empty()) {
            self.end();
        }
        self.matched(observed);
        let current = self.current.as_mut()?;
        if let Err(source) = current.file.write(&observed.captured) {
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
fn begin(path: &Path, system: &System) -> Result<Writer<File>, WriteCaptureError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(path)?;
    Writer::new(file, Compression::Gzip, &portable(system.snapshot()))
}
