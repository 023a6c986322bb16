//! The engine's own log lines, to standard error and to syslog.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use windhover_diagnostics::escape;
use windhover_event::time;
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
    zone: LocalZone,
    syslog: Option<Mutex<SyslogSocket>>,
}

impl Log {
    /// A log with those destinations.
    pub fn new(options: LogOptions, zone: LocalZone) -> Self {
        let syslog = options.syslog.then(|| Mutex::new(SyslogSocket::new("windhover")));
        Self { options, zone, syslog }
    }

    /// Writes a line, if it is severe enough. It stays one line, whatever is in it.
    pub fn line(&self, level: Priority, text: &str) {
        if level > self.options.level {
            return;
        }
        let text = escape(text);
        if self.options.stderr {
            let line = format!("{}: {text}\n", self.time());
            _ = io::stderr().write_all(line.as_bytes());
        }
        if let Some(syslog) = &self.syslog {
            let mut socket = syslog.lock().unwrap_or_else(PoisonError::into_inner);
            _ = socket.send(level, &self.zone, text.as_bytes());
        }
    }

    fn time(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64);
        if !self.options.iso_8601 {
            return self.zone.log_time(now);
        }
        let mut text = Vec::new();
        time::push_iso8601(now, &mut text);
        // Log lines have whole seconds.
        let text = String::from_utf8_lossy(&text);
        text.split_once('.').map_or_else(|| text.to_string(), |(seconds, _)| format!("{seconds}+0000"))
    }
}
