//! SARIF 2.1.0 (OASIS): one run, one result per diagnostic, one reporting descriptor per id that occurs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Diagnostic, Diagnostics, Label, Severity, SourceMap};

pub(super) fn render(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    let ids: BTreeMap<&str, &str> = diagnostics.iter().map(|d| (d.id.name, d.id.doc)).collect();
    let descriptors: Vec<Value> =
        ids.iter().map(|(name, doc)| json!({ "id": name, "shortDescription": { "text": doc } })).collect();
    let results: Vec<Value> = diagnostics.iter().map(|diagnostic| result(diagnostic, sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "windhover",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": descriptors,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = log.to_string();
    out.push('\n');
    out
}

fn result(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut text = diagnostic.message.clone();
    for (kind, lines) in [("note", &diagnostic.notes), ("help", &diagnostic.helps)] {
        for line in lines {
            text.push_str(&format!("\n{kind}: {line}"));
        }
    }
    let mut object = json!({
        "ruleId": diagnostic.id.name,
        "level": level(diagnostic.severity),
        "message": { "text": text },
        "locations": diagnostic.primary.iter().map(|label| location(label, sources)).collect::<Vec<_>>(),
    });
    let mut related: Vec<Value> = Vec::new();
    for label in &diagnostic.labels {
        // The schema wants each of them once.
        let location = location(label, sources);
        if !related.contains(&location) {
            related.push(location);
        }
    }
    if !related.is_empty() {
        object["relatedLocations"] = related.into();
    }
    if let Some(code) = diagnostic.code {
        object["properties"] = json!({ "code": code });
    }
    object
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn location(label: &Label, sources: &SourceMap) -> Value {
    let span = label.span;
    let start = sources.locate(span.source, span.start);
    let end = sources.locate(span.source, span.end);
    let mut object = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(sources.name(span.source)) },
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !label.text.is_empty() {
        object["message"] = json!({ "text": label.text });
    }
    object
}

/// A path as a URI reference: what is not allowed in one is percent-encoded, and so is a second `/` at the start, behind
/// which a host would stand.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'/' if at == 1 && path.starts_with("//") => out.push_str("%2F"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'@' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
