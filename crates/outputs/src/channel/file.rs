//! Lines appended to a file.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;

use super::line::{LineBuffer, Written};
use super::{Channel, DeliverError, Delivery, Outcome};

/// Appends a line per alert to a file, made if it is not there.
#[derive(Debug)]
pub struct FileChannel {
    path: PathBuf,
    keep_open: bool,
    file: Option<File>,
    lines: LineBuffer,
}

impl FileChannel {
    /// `keep_open`: between alerts too, until [`Channel::reopen`]; else the file is opened for each.
    pub fn new(path: PathBuf, keep_open: bool, buffered: bool) -> Self {
        Self { path, keep_open, file: None, lines: LineBuffer::new(buffered && keep_open) }
    }

    fn open(&mut self) -> Result<&mut File, DeliverError> {
        if self.file.is_none() {
            let opened = OpenOptions::new().append(true).create(true).open(&self.path);
            let file = opened.map_err(|e| DeliverError::new("open", self.path.display().to_string(), e))?;
            // One that was opened before still ends with what was torn.
            if file.metadata().is_ok_and(|of| of.len() == 0) {
                self.lines.renew();
            }
            self.file = Some(file);
        }
        Ok(self.file.as_mut().expect("it was opened just now"))
    }

    fn outcome(&self, written: Written) -> Outcome {
        let error = written.error.map(|e| DeliverError::new("write to", self.path.display().to_string(), e));
        Outcome { delivered: written.delivered, lost: written.lost, error }
    }
}

impl Channel for FileChannel {
    fn name(&self) -> &str {
        "file"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        if let Err(error) = self.open() {
            return Outcome::lost(error);
        }
        let file = self.file.as_mut().expect("it was opened just now");
        let written = self.lines.line(delivery.line(), file);
        if !self.keep_open {
            self.file = None;
        }
        self.outcome(written)
    }

    fn flush(&mut self) -> Outcome {
        let Some(file) = &mut self.file else { return Outcome::default() };
        let written = self.lines.flush(file);
        self.outcome(written)
    }

    fn reopen(&mut self) -> Outcome {
        let outcome = self.flush();
        self.file = None;
        outcome
    }
}
