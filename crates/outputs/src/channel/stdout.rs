//! Standard output, or any stream handed in.

use std::io::{self, Write};

use super::line::{LineBuffer, Written};
use super::{Channel, DeliverError, Delivery, Outcome};
use crate::Terminal;

/// Lines to a stream that stays open: standard output.
#[derive(Debug)]
pub struct StreamChannel<W> {
    out: W,
    lines: LineBuffer,
    terminal: Option<Terminal>,
}

impl StreamChannel<io::Stdout> {
    /// Standard output. `terminal` where a person reads it; `buffered` lets lines wait for each other while alerts come
    /// faster than they are written.
    pub fn stdout(terminal: Option<Terminal>, buffered: bool) -> Self {
        Self::new(io::stdout(), terminal, buffered)
    }
}

impl<W: Write + Send> StreamChannel<W> {
    /// Another stream, called `stdout` all the same.
    pub fn new(out: W, terminal: Option<Terminal>, buffered: bool) -> Self {
        Self { out, lines: LineBuffer::new(buffered), terminal }
    }

    fn outcome(written: Written) -> Outcome {
        let error = written.error.map(|e| {
            let gone = e.kind() == io::ErrorKind::BrokenPipe;
            DeliverError { gone, ..DeliverError::new("write to", "standard output", e) }
        });
        Outcome { delivered: written.delivered, lost: written.lost, error }
    }
}

impl<W: Write + Send> Channel for StreamChannel<W> {
    fn name(&self) -> &str {
        "stdout"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let own = self.terminal.map(|terminal| delivery.format().terminal_line(delivery.alert(), terminal));
        let line = own.as_deref().unwrap_or_else(|| delivery.line());
        Self::outcome(self.lines.line(line, &mut self.out))
    }

    fn flush(&mut self) -> Outcome {
        Self::outcome(self.lines.flush(&mut self.out))
    }
}
