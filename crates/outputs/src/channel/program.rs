//! Lines to the standard input of a program.

use std::process::{Child, Command, Stdio};

use super::line::{LineBuffer, Written};
use super::{Channel, DeliverError, Delivery, Outcome};

/// Runs a shell command and writes a line per alert to its standard input.
#[derive(Debug)]
pub struct ProgramChannel {
    command: String,
    keep_running: bool,
    child: Option<Child>,
    lines: LineBuffer,
}

impl ProgramChannel {
    /// `keep_running`: one process takes all alerts until [`Channel::reopen`]; else each alert has one of its own, whose
    /// end is waited for.
    pub fn new(command: String, keep_running: bool, buffered: bool) -> Self {
        Self { command, keep_running, child: None, lines: LineBuffer::new(buffered && keep_running) }
    }

    fn start(&mut self) -> Result<(), DeliverError> {
        if self.child.is_none() {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", &self.command]).stdin(Stdio::piped());
            let child = command.spawn().map_err(|e| DeliverError::new("run", self.command.clone(), e))?;
            self.child = Some(child);
            self.lines.renew();
        }
        Ok(())
    }

    /// Closes the program's input and waits for its end.
    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            // Its status says nothing about the lines, which it has taken.
            drop(child.wait());
        }
    }

    fn outcome(&mut self, written: Written) -> Outcome {
        let error = written.error.map(|e| DeliverError::new("write to", self.command.clone(), e));
        if error.is_some() {
            // It has closed its input or ended: the next alert starts another.
            self.stop();
        }
        Outcome { delivered: written.delivered, lost: written.lost, error }
    }
}

impl Channel for ProgramChannel {
    fn name(&self) -> &str {
        "program"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        if let Err(error) = self.start() {
            return Outcome::lost(error);
        }
        let stdin = self.child.as_mut().and_then(|child| child.stdin.as_mut()).expect("started with a pipe");
        let written = self.lines.line(delivery.line(), stdin);
        let outcome = self.outcome(written);
        if !self.keep_running {
            self.stop();
        }
        outcome
    }

    fn flush(&mut self) -> Outcome {
        let Some(stdin) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) else {
            return Outcome::default();
        };
        let written = self.lines.flush(stdin);
        self.outcome(written)
    }

    fn reopen(&mut self) -> Outcome {
        let outcome = self.flush();
        self.stop();
        outcome
    }
}

impl Drop for ProgramChannel {
    fn drop(&mut self) {
        self.stop();
    }
}
