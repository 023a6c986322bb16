//! Recordings: the events of a run, or those that follow an alert, written to capture files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use windhover_capture::{CapturedEvent, Compression, WriteCaptureError, Writer};
use windhover_event::EventView;
use windhover_event::snapshot::{FdEntryKind, NamedFd, Snapshot};
use windhover_outputs::Alert;
use windhover_system::{Checkpoint, System};

use crate::look::Condition;
use crate::observer::{Observed, Observer};

mod alert;
mod file;
mod flight;
mod kin;

pub use alert::{AlertRecorder, AlertRecording, Scope};
pub use flight::Before;
use flight::for_the_model;

/// Recordings hold what programs read and write, so only their owner may look at them.
const MODE: u32 = 0o600;

/// What reads a recording through a pipe waits no longer than this for an event, if another one follows.
const PIPE_DELAY: Duration = Duration::from_millis(200);

/// A recording cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the recording `{path}`: {source}")]
pub struct RecordError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: WriteCaptureError,
}

impl RecordError {
    fn is_broken_pipe(&self) -> bool {
        matches!(&self.source, WriteCaptureError::Io(e) if e.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What is recorded, and how.
pub struct RecordOptions {
    /// Which events; of others only those are kept that the model needs, marked as not to be shown.
    pub condition: Option<Condition>,
    /// After how many events to end.
    pub events: Option<u64>,
    /// At how many bytes to go on in another file. A compressed file may get a little larger.
    pub file_bytes: Option<u64>,
    /// At how many bytes, of all files together, to end. A compressed file may get a little larger.
    pub total_bytes: Option<u64>,
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
    /// Files written and kept, the oldest first; none for what goes to a pipe.
    pub files: Vec<PathBuf>,
    /// Why it had to end.
    pub error: Option<RecordError>,
}

/// Where a recording goes.
pub enum RecordTarget {
    /// Files. When they are to get no larger than so much, the ones after `NAME.scap` are `NAME.1.scap`, `NAME.2.scap`
    /// and so on.
    File(PathBuf),
    /// Something that takes the bytes as they come.
    Pipe(Box<dyn Write + Send>),
}

type Sink = Writer<Box<dyn Write + Send>>;

/// Writes all events of a run, as an observer of its engine.
pub struct Recorder {
    path: PathBuf,
    options: RecordOptions,
    file: Option<Sink>,
    /// When what is written was last handed on, if somebody waits for it.
    flushed: Option<Instant>,
    begun: u64,
    events: u64,
    /// The file is full; the next begins with this, as soon as there is an event for it.
    next: Option<Checkpoint>,
    /// Bytes of the files that are done.
    finished_bytes: u64,
    report: Arc<Mutex<RecordReport>>,
}

impl Recorder {
    /// Starts the recording with what is known of the machine.
    ///
    /// # Errors
    /// The file cannot be made, or the pipe does not take it.
    pub fn start(target: RecordTarget, options: RecordOptions, snapshot: Snapshot) -> Result<Self, RecordError> {
        let report = Arc::default();
        let mut this = Self {
            path: PathBuf::from("-"),
            options,
            file: None,
            flushed: None,
            begun: 0,
            events: 0,
            next: None,
            finished_bytes: 0,
            report,
        };
        match target {
            RecordTarget::File(path) => {
                this.path = path;
                let compression = this.options.compression;
                this.begin(|file| Writer::new(file, compression, &portable(snapshot)))?;
            }
            RecordTarget::Pipe(pipe) => {
                this.options.file_bytes = None;
                this.flushed = Some(Instant::now());
                this.begun = 1;
                match begin_pipe(pipe, this.options.compression, snapshot) {
                    Ok(file) => this.file = Some(file),
                    // A reader may have seen enough before the first event.
                    Err(error) if error.is_broken_pipe() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(this)
    }

    /// What has been done; complete when the recorder is gone.
    pub fn report(&self) -> Arc<Mutex<RecordReport>> {
        Arc::clone(&self.report)
    }

    fn begin(
        &mut self,
        start: impl FnOnce(Box<dyn Write + Send>) -> Result<Sink, WriteCaptureError>,
    ) -> Result<(), RecordError> {
        let path = numbered(&self.path, self.begun);
        let fail = |source: WriteCaptureError| RecordError { path: path.clone(), source };
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&path);
        let file = file.map_err(|e| fail(e.into()))?;
        self.file = Some(start(Box::new(file)).map_err(fail)?);
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
        self.finished_bytes += file.bytes_written();
        let path = numbered(&self.path, self.begun - 1);
        file.finish().map(drop).map_err(|source| RecordError { path, source })
    }

    fn write(&mut self, observed: &Observed<'_>) -> Result<(), RecordError> {
        let Some(captured) = self.wanted(observed) else { return Ok(()) };
        if let Some(next) = self.next.take() {
            self.end()?;
            let (compression, ts) = (self.options.compression, captured.event.ts());
            self.begin(|file| begin_with(file, compression, &next, ts))?;
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let path = || numbered(&self.path, self.begun - 1);
        let mut written = write_learned(file, observed).and_then(|()| file.write(&captured));
        if let Some(flushed) = &mut self.flushed
            && written.is_ok()
            && flushed.elapsed() >= PIPE_DELAY
        {
            written = file.flush();
            *flushed = Instant::now();
        }
        written.map_err(|source| RecordError { path: path(), source })?;
        self.events += u64::from(!captured.state_only && !captured.event.kind().is_call_enter());
        let bytes = file.bytes_written();
        if self.options.file_bytes.is_some_and(|limit| bytes >= limit) && observed.system.is_settled() {
            self.next = Some(observed.system.checkpoint());
        }
        if self.options.events.is_some_and(|events| self.events >= events)
            || self.options.total_bytes.is_some_and(|limit| self.finished_bytes + bytes >= limit)
        {
            self.end()?;
        }
        Ok(())
    }

    /// The event as it is to be written, if it is.
    fn wanted<'e>(&mut self, observed: &Observed<'e>) -> Option<CapturedEvent<'e>> {
        let captured = observed.captured;
        let Some(condition) = &mut self.options.condition else { return Some(captured) };
        if observed.values.as_ref().is_some_and(|values| condition.holds(values)) {
            return Some(captured);
        }
        for_the_model(captured)
    }

    fn note(&self, result: Result<(), RecordError>) {
        if let Ok(mut report) = self.report.lock() {
            report.events = self.events;
            match result {
                // The reader at the pipe's other end has seen enough.
                Err(e) if self.flushed.is_some() && e.is_broken_pipe() => {}
                Err(e) => _ = report.error.get_or_insert(e),
                Ok(()) => {}
            }
        }
    }
}

impl Observer for Recorder {
    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert> {
        if self.file.is_some() {
            let result = self.write(observed);
            if result.is_err() {
                self.file = None;
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

fn begin_pipe(pipe: Box<dyn Write + Send>, compression: Compression, snapshot: Snapshot) -> Result<Sink, RecordError> {
    let fail = |source| RecordError { path: PathBuf::from("-"), source };
    let mut file = Writer::new(pipe, compression, &portable(snapshot)).map_err(fail)?;
    file.flush().map_err(fail)?;
    Ok(file)
}

/// Starts a capture whose first event has the time `ts` with the model as it was. Lists have no place for containers and
/// their users: events tell of them, which are not to be shown.
fn begin_with<W: Write>(
    sink: W,
    compression: Compression,
    checkpoint: &Checkpoint,
    ts: u64,
) -> Result<Writer<W>, WriteCaptureError> {
    let mut writer = Writer::new(sink, compression, &portable(checkpoint.snapshot()))?;
    for raw in checkpoint.to_events(ts) {
        if let Some(captured) = hidden(&raw) {
            writer.write(&captured)?;
        }
    }
    Ok(writer)
}

/// Events that tell what the model has asked the machine about because of the last event; no event of the kernel does.
fn learned(system: &System, ts: u64) -> impl Iterator<Item = Vec<u8>> + use<'_> {
    system.learned_users().iter().flat_map(move |container| system.user_events(container, ts))
}

fn write_learned<W: Write>(file: &mut Writer<W>, observed: &Observed<'_>) -> Result<(), WriteCaptureError> {
    for raw in learned(observed.system, observed.captured.event.ts()) {
        if let Some(captured) = hidden(&raw) {
            file.write(&captured)?;
        }
    }
    Ok(())
}

/// An event of ours, to be written for the model's sake.
fn hidden(raw: &[u8]) -> Option<CapturedEvent<'_>> {
    EventView::parse(raw).ok().map(|event| CapturedEvent { cpu: 0, state_only: true, event })
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
