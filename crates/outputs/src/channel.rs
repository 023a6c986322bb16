//! What a channel is: somewhere that alerts go, served by a thread of its own.

mod file;
mod http;
mod line;
mod pauses;
mod pem;
mod program;
mod remote_syslog;
mod stdout;
mod syslog;
mod tls;

use std::error::Error;
use std::sync::{Arc, OnceLock};

pub use file::FileChannel;
pub use http::{HttpChannel, HttpOptions, OpenHttpError};
pub use pem::PemError;
pub use program::ProgramChannel;
pub use remote_syslog::{Facility, OpenRemoteSyslogError, RemoteSyslogChannel, RemoteSyslogOptions, Transport};
pub use stdout::StreamChannel;
pub use syslog::{SyslogChannel, SyslogSocket};

use crate::{Alert, Format};

/// An alert on its way, with the line that all channels share, made when the first of them asks for it.
#[derive(Debug)]
pub struct Delivery {
    alert: Alert,
    format: Arc<Format>,
    line: OnceLock<Vec<u8>>,
}

impl Delivery {
    /// An alert to be written in that format.
    pub fn new(alert: Alert, format: Arc<Format>) -> Self {
        Self { alert, format, line: OnceLock::new() }
    }

    /// The alert itself.
    pub fn alert(&self) -> &Alert {
        &self.alert
    }

    /// How alerts are written.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// The line for programs, with its line feed.
    pub fn line(&self) -> &[u8] {
        self.line.get_or_init(|| self.format.line(&self.alert))
    }

    /// The line without its line feed.
    pub fn body(&self) -> &[u8] {
        let line = self.line();
        line.strip_suffix(b"\n").unwrap_or(line)
    }
}

/// Why alerts did not arrive.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{object}`: {source}")]
pub struct DeliverError {
    /// What was tried: `write to`, `connect to` …
    pub action: &'static str,
    /// A path, an address, a command.
    pub object: String,
    /// What the system or the peer answered.
    pub source: Box<dyn Error + Send + Sync>,
    /// Whether nobody will ever read what this channel writes (a pipe whose reader has gone).
    pub gone: bool,
}

impl DeliverError {
    pub(crate) fn new(
        action: &'static str,
        object: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { action, object: object.into(), source: source.into(), gone: false }
    }
}

/// What became of alerts handed to a channel. A channel that buffers answers later for alerts that it took before:
/// over its life, each alert appears once.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Alerts that are out of our hands.
    pub delivered: u64,
    /// Alerts that are lost.
    pub lost: u64,
    /// Why; present where `lost` is not 0.
    pub error: Option<DeliverError>,
}

impl Outcome {
    /// One alert arrived.
    pub fn delivered() -> Self {
        Self { delivered: 1, ..Self::default() }
    }

    /// One alert is lost.
    pub fn lost(error: DeliverError) -> Self {
        Self { lost: 1, error: Some(error), ..Self::default() }
    }
}

impl From<Result<(), DeliverError>> for Outcome {
    fn from(result: Result<(), DeliverError>) -> Self {
        result.map_or_else(Self::lost, |()| Self::delivered())
    }
}

/// Somewhere that alerts go. All methods are called by the channel's own thread and may wait as long as they must.
pub trait Channel: Send {
    /// The word for it in statistics and messages: `stdout`, `file` …
    fn name(&self) -> &str;

    /// Sends one alert, or keeps it to be sent by a later call.
    fn deliver(&mut self, delivery: &Delivery) -> Outcome;

    /// Sends what is kept. Called when nothing waits, and at the end.
    fn flush(&mut self) -> Outcome {
        Outcome::default()
    }

    /// Lets go of files and processes, so that the next alert opens them anew (logs were rotated).
    fn reopen(&mut self) -> Outcome {
        self.flush()
    }
}
