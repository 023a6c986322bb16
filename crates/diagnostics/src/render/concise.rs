//! A line each, for editors and `grep`.

use std::fmt::Write as _;

use crate::{Diagnostics, SourceMap, escape};

pub(super) fn render(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        if let Some(span) = diagnostic.span() {
            let at = sources.locate(span.source, span.start);
            let _ = write!(out, "{}:{}:{}: ", escape(sources.name(span.source)), at.line, at.column);
        }
        let (severity, id) = (diagnostic.severity.as_str(), diagnostic.id.name);
        let _ = writeln!(out, "{severity}[{id}]: {}", escape(&diagnostic.message));
    }
    out
}
