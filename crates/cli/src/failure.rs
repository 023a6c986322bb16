//! Why the command ends with an error, and how that is said.

use std::io::{self, IsTerminal};

use windhover_diagnostics::{Diagnostics, Format, SourceMap, render};

use crate::patience::{self, Stream};

/// An error that ends the command.
#[derive(Debug)]
pub enum Failure {
    /// In one line.
    Message(String),
    /// With places in files; the line says what for.
    Report(Box<Report>),
}

/// Diagnostics, and the line that sums them up.
#[derive(Debug)]
pub struct Report {
    /// What was found.
    pub diagnostics: Diagnostics,
    /// The texts it points into.
    pub sources: SourceMap,
    /// What cannot be done for it.
    pub summary: String,
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Message(error.to_string())
    }
}

impl Failure {
    /// An error in one line.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }

    /// An error with places in files.
    pub fn report(diagnostics: Diagnostics, sources: SourceMap, summary: impl Into<String>) -> Self {
        Self::Report(Box::new(Report { diagnostics, sources, summary: summary.into() }))
    }

    /// The line that says it all, or sums it up.
    pub fn summary(&self) -> &str {
        match self {
            Self::Message(text) => text.trim_end(),
            Self::Report(report) => report.summary.trim_end(),
        }
    }

    /// Writes it to standard error.
    pub fn print(&self) {
        if let Self::Report(report) = self {
            print_diagnostics(&report.diagnostics, &report.sources);
        }
        patience::write(Stream::Error, &format!("Error: {}\n", self.summary()));
    }
}

/// Writes diagnostics to standard error, coloured on a terminal.
pub fn print_diagnostics(diagnostics: &Diagnostics, sources: &SourceMap) {
    if diagnostics.is_empty() {
        return;
    }
    let colour = is_colourful(&io::stderr());
    let text = render(diagnostics, sources, Format::Full { color: colour });
    patience::write(Stream::Error, &format!("{}\n", text.trim_end()));
}

/// Whether colours are wanted there: on a terminal, unless `NO_COLOR` says otherwise.
pub fn is_colourful(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
