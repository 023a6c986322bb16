//! The engine's own log lines, to standard error and to syslog.
//!
//! A thread of its own writes them: who logs never waits for a terminal that is held, or for a syslog daemon that hangs.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use windhover_diagnostics::escape;
use windhover_event::time;
use windhover_outputs::{LocalZone, Priority, SyslogSocket};

/// Lines that wait at most; more are lost, and counted.
const MOST_LINES: usize = 1024;

/// Where log lines go, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// Lines less severe than this are left out.
    pub level: Priority,
    /// To standard error.
    pub stderr: bool,
    /// To the local syslog daemon.
    pub syslog: bool,
    /// Times in UTC and ISO form instead of local time.
    pub iso_8601: bool,
}

/// A line on its way.
#[derive(Debug)]
struct Line {
    level: Priority,
    /// In nanoseconds since the epoch.
    time: u64,
    text: String,
}

/// What the thread that writes is given.
#[derive(Debug)]
enum Entry {
    Line(Line),
    /// From here on lines are written otherwise.
    Options(LogOptions),
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Entry>,
    /// A line is being written.
    busy: bool,
    /// Lines lost since that was said last.
    lost: u64,
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something to write, or the end.
    work: Condvar,
    /// Nothing is left to write.
    idle: Condvar,
}

/// Takes log lines.
#[derive(Debug)]
pub struct Log {
    /// The rank of the least severe lines that are taken.
    level: AtomicU8,
    shared: Arc<Shared>,
}

impl Log {
    /// A log with those destinations.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(options: LogOptions, zone: LocalZone) -> io::Result<Self> {
        let level = options.level;
        let mut sinks = Sinks::new(options, zone);
        Self::writing(level, move |entry| match entry {
            Entry::Line(line) => sinks.write(line),
            Entry::Options(options) => sinks.change(options),
        })
    }

    /// Goes on with other options; lines that wait are written as they would have been.
    pub fn change(&self, options: LogOptions) {
        self.level.store(options.level as u8, Ordering::Relaxed);
        self.shared.lock().waiting.push_back(Entry::Options(options));
        self.shared.work.notify_one();
    }

    /// A log whose lines are written by `write`.
    fn writing(level: Priority, mut write: impl FnMut(&Entry) + Send + 'static) -> io::Result<Self> {
        let log = Self { level: AtomicU8::new(level as u8), shared: Arc::default() };
        let shared = Arc::clone(&log.shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || {
            while let Some(entry) = shared.next() {
                write(&entry);
            }
        })?;
        Ok(log)
    }

    /// Has a line written, if it is severe enough. It stays one line, whatever is in it.
    pub fn line(&self, level: Priority, text: &str) {
        if level as u8 > self.level.load(Ordering::Relaxed) {
            return;
        }
        let line = Line { level, time: now(), text: escape(text).into_owned() };
        let mut state = self.shared.lock();
        if state.waiting.len() < MOST_LINES {
            state.waiting.push_back(Entry::Line(line));
        } else {
            state.lost += 1;
        }
        drop(state);
        self.shared.work.notify_one();
    }

    /// Waits until all lines are written, at most so long. Returns how many are not, or will never be.
    pub fn flush(&self, limit: Duration) -> u64 {
        let unwritten = |state: &mut State| state.busy || state.lost > 0 || !state.waiting.is_empty();
        let waited = self.shared.idle.wait_timeout_while(self.shared.lock(), limit, unwritten);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.lost + state.waiting.len() as u64 + u64::from(state.busy)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.work.notify_one();
    }
}

/// Sees to it that lines are written before the command ends.
pub struct LogEnd(Arc<Log>);

impl LogEnd {
    /// The log.
    pub fn log(&self) -> Arc<Log> {
        Arc::clone(&self.0)
    }

    /// How long the end waits for them.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// For a log.
    pub fn of(log: &Arc<Log>) -> Self {
        Self(Arc::clone(log))
    }

    /// Has the lines so far written before what follows.
    pub fn flush(&self) {
        _ = self.0.flush(Self::PATIENCE);
    }
}

impl Drop for LogEnd {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next line to write; waits until there is one. `None` at the end.
    fn next(&self) -> Option<Entry> {
        let mut state = self.lock();
        state.busy = false;
        loop {
            // Said behind the lines that had found room, in whose stead the others were lost.
            if let Some(entry) = state.waiting.pop_front().or_else(|| loss(&mut state.lost).map(Entry::Line)) {
                state.busy = true;
                return Some(entry);
            }
            self.idle.notify_all();
            if state.closed {
                return None;
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The line that says how many were lost, if any were.
fn loss(lost: &mut u64) -> Option<Line> {
    let count = std::mem::take(lost);
    let text = format!("{count} log lines were lost: standard error or syslog did not take them in time");
    (count > 0).then(|| Line { level: Priority::Error, time: now(), text })
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64)
}

/// Where lines are written. Those that cannot be are lost: there is nobody left to tell.
struct Sinks {
    options: LogOptions,
    zone: LocalZone,
    syslog: Option<SyslogSocket>,
}

impl Sinks {
    fn new(options: LogOptions, zone: LocalZone) -> Self {
        let syslog = options.syslog.then(|| SyslogSocket::new("windhover"));
        Self { options, zone, syslog }
    }

    fn change(&mut self, options: &LogOptions) {
        *self = Self::new(options.clone(), self.zone.clone());
    }

    fn write(&mut self, line: &Line) {
        if self.options.stderr {
            let text = format!("{}: {}\n", self.time(line.time), line.text);
            _ = io::stderr().write_all(text.as_bytes());
        }
        if let Some(syslog) = &mut self.syslog {
            _ = syslog.send(line.level, &self.zone, line.text.as_bytes());
        }
    }

    fn time(&self, ns: u64) -> String {
        if !self.options.iso_8601 {
            return self.zone.log_time(ns);
        }
        let mut text = Vec::new();
        time::push_iso8601(ns, &mut text);
        // Log lines have whole seconds.
        let text = String::from_utf8_lossy(&text);
        text.split_once('.').map_or_else(|| text.to_string(), |(seconds, _)| format!("{seconds}+0000"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{self, Sender};

    use super::*;

    /// A log that writes to memory, each line only after a word that it may.
    fn gated() -> (Log, Sender<()>, Arc<Mutex<Vec<String>>>) {
        let (open, gate) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&written);
        let write = move |entry: &Entry| {
            _ = gate.recv();
            lines.lock().unwrap().push(match entry {
                Entry::Line(line) => line.text.clone(),
                Entry::Options(options) => format!("{options:?}"),
            });
        };
        (Log::writing(Priority::Notice, write).unwrap(), open, written)
    }

    #[test]
    fn nobody_waits_for_a_writer_that_hangs_and_what_is_lost_is_counted() {
        let (log, open, written) = gated();
        log.line(Priority::Notice, "first");
        log.line(Priority::Debug, "not severe enough");
        while !log.shared.lock().busy {
            thread::yield_now();
        }
        (0..MOST_LINES + 77).for_each(|n| log.line(Priority::Error, &format!("line\n{n}")));
        assert_eq!(log.flush(Duration::ZERO), 1 + MOST_LINES as u64 + 77);
        // The one in hand, those that wait, and the word about those that were lost.
        (0..MOST_LINES + 2).for_each(|_| open.send(()).unwrap());
        assert_eq!(log.flush(Duration::from_secs(60)), 0);
        let written = written.lock().unwrap();
        assert_eq!((written[0].as_str(), written[1].as_str()), ("first", "line\\n0"));
        assert_eq!(written[MOST_LINES], format!("line\\n{}", MOST_LINES - 1));
        assert!(written[MOST_LINES + 1].starts_with("77 log lines were lost"), "{written:?}");
        assert_eq!(written.len(), MOST_LINES + 2);
    }

    #[test]
    fn other_options_hold_for_later_lines() {
        let (log, open, written) = gated();
        drop(open);
        let options = LogOptions { level: Priority::Debug, stderr: false, syslog: false, iso_8601: true };
        log.line(Priority::Debug, "not severe enough");
        log.line(Priority::Notice, "before");
        log.change(options.clone());
        log.line(Priority::Debug, "behind");
        assert_eq!(log.flush(Duration::from_secs(60)), 0);
        assert_eq!(*written.lock().unwrap(), ["before".to_owned(), format!("{options:?}"), "behind".to_owned()]);
    }

    #[test]
    fn the_thread_ends_with_the_log_after_what_waits() {
        let (log, open, written) = gated();
        log.line(Priority::Error, "a");
        log.line(Priority::Error, "b");
        drop(log);
        drop(open);
        while written.lock().unwrap().len() < 2 {
            thread::yield_now();
        }
    }
}
