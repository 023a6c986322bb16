//! The file of a recording around an alert. A live run has it written by a thread of its own: no event waits for a disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use windhover_capture::{CapturedEvent, Compression, WriteCaptureError, Writer};
use windhover_outputs::Priority;

use super::flight::{Past, Unread, for_the_model, push};
use super::kin::{Admission, Owner};
use super::{MODE, RecordError, begin_with};
use crate::engine::Log;

/// Events are handed to the thread in lots of about so many bytes.
const LOT: usize = 64 << 10;
/// More may not wait for the disk.
const MOST_WAITING: u64 = 64 << 20;

/// What a recording begins with.
pub(super) struct Beginning {
    pub(super) path: PathBuf,
    pub(super) past: Past,
    pub(super) admission: Admission,
    /// Time of the alert's event.
    pub(super) ts: u64,
    pub(super) log: Log,
    /// A recording could not be written, and this has been said.
    pub(super) failing: Arc<AtomicBool>,
}

/// A file that is being written.
pub(super) struct AlertFile(Inner);

enum Inner {
    Here { file: Writer<File>, end: Ending },
    Beside(Beside),
}

/// What is said at the end.
struct Ending {
    path: PathBuf,
    log: Log,
    failing: Arc<AtomicBool>,
    /// Events shown from before the alert's.
    before: u64,
    /// Events shown from the alert's on.
    since: u64,
}

/// What is known here of a file that a thread writes.
struct Beside {
    lots: Sender<Vec<u8>>,
    lot: Vec<u8>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Bytes of events that wait to be written.
    waiting: AtomicU64,
    /// Bytes of the file.
    written: AtomicU64,
    failed: AtomicBool,
}

impl Beginning {
    /// Writes the beginning, and has what follows written where it is made: what is done is always the same.
    pub(super) fn here(self) -> Option<AlertFile> {
        let mut end = self.ending();
        match self.write(&mut end) {
            Ok(file) => Some(AlertFile(Inner::Here { file, end })),
            Err(error) => {
                end.fail(error);
                None
            }
        }
    }

    /// Has a thread write the beginning and what follows.
    pub(super) fn beside(self) -> Option<(AlertFile, JoinHandle<()>)> {
        let (lots, receiver) = channel();
        let shared = Arc::<Shared>::default();
        let file = AlertFile(Inner::Beside(Beside { lots, lot: Vec::new(), shared: Arc::clone(&shared) }));
        let end = self.ending();
        let work = move || self.work(&receiver, &shared);
        match Builder::new().name("record".to_owned()).spawn(work) {
            Ok(thread) => Some((file, thread)),
            Err(error) => {
                end.fail(error.into());
                None
            }
        }
    }

    fn work(self, lots: &Receiver<Vec<u8>>, shared: &Shared) {
        let mut end = self.ending();
        let result = self.write(&mut end).and_then(|mut file| {
            for lot in lots {
                for kept in Unread(&lot) {
                    file.write(&kept.captured)?;
                    end.since += u64::from(!kept.captured.state_only);
                }
                shared.waiting.fetch_sub(lot.len() as u64, Ordering::Relaxed);
                shared.written.store(file.bytes_written(), Ordering::Relaxed);
            }
            file.finish().map(drop)
        });
        shared.failed.store(result.is_err(), Ordering::Relaxed);
        end.say(result);
    }

    fn ending(&self) -> Ending {
        let (path, log, failing) = (self.path.clone(), Arc::clone(&self.log), Arc::clone(&self.failing));
        Ending { path, log, failing, before: 0, since: 0 }
    }

    /// Makes the file with what is kept of the time before the alert.
    fn write(self, end: &mut Ending) -> Result<Writer<File>, WriteCaptureError> {
        let file = create(&self.path)?;
        let first_ts = self.past.events().next().map_or(self.ts, |kept| kept.captured.event.ts());
        let mut file = begin_with(file, Compression::GzipFast, self.past.checkpoint(), first_ts)?;
        for kept in self.past.events() {
            let shown = self.past.shows(kept.captured.event.ts()) && self.admission.admits(kept.owner);
            if let Some(captured) = if shown { Some(kept.captured) } else { for_the_model(kept.captured) } {
                file.write(&captured)?;
                end.before += u64::from(!captured.state_only);
            }
        }
        let missing = self.past.missing_ns();
        if missing > 0 {
            let text = format!(
                "the recording `{}` begins {:.1} s later than it should: more happened than `flight_recorder.max_mib` holds",
                self.path.display(),
                missing as f64 / 1e9
            );
            (self.log)(Priority::Warning, &text);
        }
        self.failing.store(false, Ordering::Relaxed);
        Ok(file)
    }
}

impl AlertFile {
    /// Appends an event. Returns whether the recording goes on: if not, the reason has been said.
    pub(super) fn write(&mut self, captured: &CapturedEvent<'_>) -> bool {
        match &mut self.0 {
            Inner::Here { file, end } => {
                end.since += u64::from(!captured.state_only);
                file.write(captured).map_err(|error| end.fail(error)).is_ok()
            }
            Inner::Beside(beside) => {
                push(&mut beside.lot, captured, Owner::default());
                beside.lot.len() < LOT || beside.hand_over()
            }
        }
    }

    /// Whether what waits for the disk is too much: then the recording is to end.
    pub(super) fn is_late(&self) -> bool {
        match &self.0 {
            Inner::Here { .. } => false,
            Inner::Beside(beside) => beside.shared.waiting.load(Ordering::Relaxed) > MOST_WAITING,
        }
    }

    /// Bytes that the file has.
    pub(super) fn bytes_written(&self) -> u64 {
        match &self.0 {
            Inner::Here { file, .. } => file.bytes_written(),
            Inner::Beside(beside) => beside.shared.written.load(Ordering::Relaxed),
        }
    }

    /// Ends the file, and says what it holds.
    pub(super) fn finish(self) {
        match self.0 {
            Inner::Here { file, end } => end.say(file.finish().map(drop)),
            // The thread ends when there are no more lots.
            Inner::Beside(mut beside) => _ = beside.hand_over(),
        }
    }
}

impl Beside {
    fn hand_over(&mut self) -> bool {
        let lot = std::mem::replace(&mut self.lot, Vec::with_capacity(LOT + LOT / 4));
        self.shared.waiting.fetch_add(lot.len() as u64, Ordering::Relaxed);
        self.lots.send(lot).is_ok() && !self.shared.failed.load(Ordering::Relaxed)
    }
}

impl Ending {
    fn say(&self, result: Result<(), WriteCaptureError>) {
        match result {
            Ok(()) => {
                let (path, before, since) = (self.path.display(), self.before, self.since);
                let text = format!("recorded `{path}`: {before} events before the alert, {since} from it on");
                (self.log)(Priority::Informational, &text);
            }
            Err(error) => self.fail(error),
        }
    }

    fn fail(&self, source: WriteCaptureError) {
        if !self.failing.swap(true, Ordering::Relaxed) {
            let error = RecordError { path: self.path.clone(), source };
            (self.log)(Priority::Error, &error.to_string());
        }
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
