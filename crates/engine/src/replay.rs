//! A capture file as the source of events.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use windhover_capture::{Progress, ReadCaptureError, ReadCaptureReason, ReadStats, Reader, Record};
use windhover_event::snapshot::Snapshot;

use crate::Engine;
use crate::file::remedy;
use crate::signal::{Signal, Signals};

/// How often the world is looked at: after so many events.
const GLANCE: u64 = 1024;

/// Why a replay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayEnd {
    /// The capture was over.
    Complete,
    /// The time was up.
    Duration,
    /// It was told to.
    Stopped,
    /// Nobody reads the alerts any more.
    Unread,
}

/// The name of a capture that is read from standard input.
pub const STANDARD_INPUT: &str = "-";

/// Takes all events of a capture through the engine, up to `duration` of event time. Nothing but the file decides what
/// comes out: neither the clock nor the users nor anything else of this machine. The path [`STANDARD_INPUT`] stands for
/// what is piped in.
///
/// # Errors
/// The file cannot be read, or is broken; what was read before has been matched.
pub fn replay(
    engine: &mut Engine,
    path: &Path,
    duration: Option<Duration>,
    signals: &Signals,
) -> Result<ReplayEnd, ReplayError> {
    replay_with(engine, path, duration, signals, &mut |_| {}, &mut |_| {})
}

/// The same as [`replay`]; `progress` is told every thousand events or so how far it is, and `skipped` at the end, also
/// at a bad one, what the capture had that was not given to the engine.
///
/// # Errors
/// As [`replay`].
pub fn replay_with(
    engine: &mut Engine,
    path: &Path,
    duration: Option<Duration>,
    signals: &Signals,
    progress: &mut dyn FnMut(Progress),
    skipped: &mut dyn FnMut(ReadStats),
) -> Result<ReplayEnd, ReplayError> {
    let mut reader = open(path)?;
    let end = run(&mut reader, engine, duration, signals, progress);
    skipped(reader.stats());
    Ok(end?)
}

/// Why a capture cannot be replayed, or no further.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be opened.
    #[error("cannot read the capture `{}`: {source}; {}", .path.display(), remedy(.source))]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is broken.
    #[error(transparent)]
    Broken(#[from] ReadCaptureError),
}

/// Opens a capture, or standard input for [`STANDARD_INPUT`].
fn open(path: &Path) -> Result<Reader, ReplayError> {
    if path == Path::new(STANDARD_INPUT) {
        return Ok(Reader::from_read(io::stdin())?);
    }
    Reader::open(path).map_err(|e| match e {
        ReadCaptureError { reason: ReadCaptureReason::Io(source), .. } => {
            ReplayError::Open { path: path.to_owned(), source }
        }
        broken => broken.into(),
    })
}

fn run(
    reader: &mut Reader,
    engine: &mut Engine,
    duration: Option<Duration>,
    signals: &Signals,
    progress: &mut dyn FnMut(Progress),
) -> Result<ReplayEnd, ReadCaptureError> {
    engine.reset(start(reader.take_snapshot()));
    let mut end = None;
    let mut events = 0_u64;
    while let Some(record) = reader.next()? {
        match record {
            Record::Section(snapshot) => engine.reset(start(*snapshot)),
            Record::Event(captured) => {
                let ts = captured.event.ts();
                if let Some(duration) = duration {
                    let length = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
                    if ts >= *end.get_or_insert(ts.saturating_add(length)) {
                        return Ok(ReplayEnd::Duration);
                    }
                }
                engine.event(&captured.event, captured.cpu, captured.state_only, None);
            }
        }
        events += 1;
        if events.is_multiple_of(GLANCE) {
            progress(reader.progress());
            match signals.take() {
                Some(Signal::Stop) => return Ok(ReplayEnd::Stopped),
                Some(Signal::Reopen) => engine.reopen_outputs(),
                Some(Signal::Reload) | None => {}
            }
            if engine.is_unread() {
                return Ok(ReplayEnd::Unread);
            }
        }
    }
    Ok(ReplayEnd::Complete)
}

/// The reference leaves the boot time of a recording out of account.
fn start(mut snapshot: Snapshot) -> Snapshot {
    snapshot.machine.boot_ts = 0;
    snapshot
}
