//! What diagnostics look like: for people in full or a line each, for programs as JSON or SARIF.

mod concise;
mod full;
mod json;
mod sarif;

use crate::{Diagnostics, SourceMap};

/// The look of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Message, source lines with carets, notes and helps, as compilers draw them.
    Full {
        /// Whether to use terminal colours.
        color: bool,
    },
    /// `file:line:column: error[id]: message`, one line each.
    Concise,
    /// One JSON array of objects.
    Json,
    /// A SARIF 2.1.0 log, which code hosts show as annotations.
    Sarif,
}

/// Writes all diagnostics in the order they have, ending in a line feed unless there is nothing to show.
#[must_use]
pub fn render(diagnostics: &Diagnostics, sources: &SourceMap, format: Format) -> String {
    match format {
        Format::Full { color } => full::render(diagnostics, sources, color),
        Format::Concise => concise::render(diagnostics, sources),
        Format::Json => json::render(diagnostics, sources),
        Format::Sarif => sarif::render(diagnostics, sources),
    }
}
