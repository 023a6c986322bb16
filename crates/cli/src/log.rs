//! The engine's own log lines, to standard error and to syslog.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use windhover_diagnostics::escape;
use windhover_event::time::{self, Zone};
use windhover_outputs::{LocalZone, Priority, SyslogSocket};

/// Where log lines go, and which.
#[derive(Clone, Debug)]
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

/// Writes log lines. Lines that cannot be written are lost: there is nobody left to tell.
#[derive(Debug)]
pub struct Log {
    options: LogOptions,
    zone: Arc<Zone>,
    syslog: Option<Mutex<SyslogSocket>>,
}

impl Log {
    /// A log with those destinations.
    pub fn new(options: LogOptions, zone: Arc<Zone>) -> Self {
        let syslog = options.syslog.then(|| Mutex::new(SyslogSocket::new("windhover")));
        Self { options, zone, syslog }
    }

    /// Writes a line, if it is severe enough.
    pub fn line(&self, level: Priority, text: &str) {
        if level > self.options.level {
            return;
        }
        let text = escape(text);
        if self.options.stderr {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
            let line = format!("{}: {text}\n", self.time(now));
            _ = io::stderr().write_all(line.as_bytes());
        }
        if let Some(syslog) = &self.syslog {
            let zone = Arc::clone(&self.zone);
            let local = LocalZone::new(move |seconds| zone.offset_at(seconds));
            let mut socket = syslog.lock().unwrap_or_else(PoisonError::into_inner);
            _ = socket.send(level, &local, text.as_bytes());
        }
    }
}
