//! An array of objects, for programs. Lines and columns count from 1, offsets from 0; columns are characters.

use serde_json::{Value, json};

use crate::{Diagnostic, Diagnostics, Label, SourceMap};

pub(super) fn render(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let items: Vec<Value> = diagnostics.iter().map(|diagnostic| object(diagnostic, sources)).collect();
    let mut out = Value::Array(items).to_string();
    out.push('\n');
    out
}

fn object(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    json!({
        "id": diagnostic.id.name,
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "location": diagnostic.primary.as_ref().map(|label| place(label, sources)),
        "related": diagnostic.labels.iter().map(|label| place(label, sources)).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "helps": diagnostic.helps,
    })
}

fn place(label: &Label, sources: &SourceMap) -> Value {
    let span = label.span;
    let start = sources.locate(span.source, span.start);
    let end = sources.locate(span.source, span.end);
    json!({
        "file": sources.name(span.source),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "offset": span.start,
        "end_offset": span.end,
        "text": label.text,
    })
}
