//! SARIF output against the parts of the format's schema (OASIS, 2.1.0) that it uses.

use serde_json::{Value, json};
use windhover_diagnostics::{Diagnostic, Diagnostics, Format, SourceId, SourceMap, Span, render};

mod id {
    windhover_diagnostics::ids! {
        ONE = "one": "The first.";
        TWO = "two": "The second.";
    }
}

/// What the format says of the objects that are written here: types, required and allowed keys, least numbers, and words
/// of which one is meant.
fn schema() -> Value {
    let text = json!({ "type": "string" });
    let count = json!({ "type": "integer", "minimum": 1 });
    let message = json!({ "type": "object", "required": ["text"], "properties": { "text": text } });
    let location = json!({
        "type": "object",
        "properties": {
            "message": message,
            "physicalLocation": {
                "type": "object",
                "required": ["artifactLocation"],
                "properties": {
                    "artifactLocation": {
                        "type": "object",
                        "required": ["uri"],
                        "properties": { "uri": { "type": "string", "format": "uri-reference" } },
                    },
                    "region": {
                        "type": "object",
                        "required": ["startLine"],
                        "properties": {
                            "startLine": count, "startColumn": count, "endLine": count, "endColumn": count,
                        },
                    },
                },
            },
        },
    });
    let result = json!({
        "type": "object",
        "required": ["message"],
        "properties": {
            "ruleId": text,
            "level": { "enum": ["none", "note", "warning", "error"] },
            "message": message,
            "locations": { "type": "array", "items": location },
            "relatedLocations": { "type": "array", "items": location, "uniqueItems": true },
            "properties": { "type": "object", "properties": { "code": text } },
        },
    });
    let rule = json!({
        "type": "object",
        "required": ["id"],
        "properties": { "id": text, "shortDescription": message },
    });
    let driver = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": text,
            "version": text,
            "informationUri": { "type": "string", "format": "uri" },
            "rules": { "type": "array", "items": rule, "uniqueItems": true },
        },
    });
    json!({
        "type": "object",
        "required": ["version", "runs"],
        "properties": {
            "$schema": { "type": "string", "format": "uri" },
            "version": { "enum": ["2.1.0"] },
            "runs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["tool"],
                    "properties": {
                        "tool": { "type": "object", "required": ["driver"], "properties": { "driver": driver } },
                        "columnKind": { "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
                        "results": { "type": "array", "items": result },
                    },
                },
            },
        },
    })
}

/// What of `value` is not as `schema` says, with the place.
fn faults(value: &Value, schema: &Value, place: &str, found: &mut Vec<String>) {
    let mut fault = |what: String| found.push(format!("{place}: {what}"));
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        fault(format!("{value} is none of {words:?}"));
    }
    match (schema["type"].as_str(), value) {
        (None, _) | (Some("object"), Value::Object(_)) | (Some("array"), Value::Array(_)) => {}
        (Some("string"), Value::String(text)) => {
            if let Some(format) = schema["format"].as_str()
                && !is_uri(text, format == "uri")
            {
                fault(format!("{text:?} is no {format}"));
            }
        }
        (Some("integer"), Value::Number(number)) if number.is_u64() => {
            if number.as_u64() < schema["minimum"].as_u64() {
                fault(format!("{number} is too small"));
            }
        }
        (Some(wanted), _) => fault(format!("{value} is no {wanted}")),
    }
    for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(key).is_none() {
            fault(format!("no {key}"));
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => faults(inner, schema, &format!("{place}.{key}"), found),
            None => found.push(format!("{place}: {key} is not of the format")),
        }
    }
    let items = value.as_array().map_or(&[][..], Vec::as_slice);
    for (at, item) in items.iter().enumerate() {
        let here = format!("{place}[{at}]");
        faults(item, &schema["items"], &here, found);
        if schema["uniqueItems"] == true && items[..at].contains(item) {
            found.push(format!("{here}: repeated"));
        }
    }
}

/// Characters that may stand in a URI; a whole one has a scheme, a reference must not look as if it had a scheme or a host.
fn is_uri(text: &str, whole: bool) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    let escapes = text.split('%').skip(1);
    let escaped =
        escapes.map(|rest| rest.get(..2)).all(|hex| hex.is_some_and(|hex| u8::from_str_radix(hex, 16).is_ok()));
    text.chars().all(allowed) && escaped && scheme == whole && !text.starts_with("//")
}

fn log(found: &Diagnostics, sources: &SourceMap) -> Value {
    serde_json::from_str(&render(found, sources, Format::Sarif)).expect("JSON")
}

fn all_faults(log: &Value) -> Vec<String> {
    let mut found = Vec::new();
    faults(log, &schema(), "log", &mut found);
    found
}

#[test]
fn everything_written_is_of_the_format() {
    for name in ["rules.yaml", "/etc/a b/ü.yaml", "//host/x", "c:\\x", "a:b", "100%", "", "a?b#c", "x\u{1b}\n"] {
        let mut sources = SourceMap::new();
        let file = sources.add(name, "a: é\n\tb: c\r\n");
        let span = |start, end| Span::new(file, start, end);
        let mut found = Diagnostics::new();
        found.push(Diagnostic::error(id::ONE, "no place"));
        found.push(
            Diagnostic::warning(id::TWO, "with \"everything\" \u{1b}")
                .at(span(0, 1), "here")
                .label(span(3, 5), "")
                .label(span(3, 5), "")
                .label(span(3, 5), "other words")
                .note("n")
                .help("h")
                .code("LOAD_ERR_VALIDATE"),
        );
        found.push(Diagnostic::warning(id::TWO, "again").at(span(6, 14), "over lines"));
        found.push(Diagnostic::error(id::ONE, "outside").at(span(90, 99), ""));
        found.push(Diagnostic::error(id::ONE, "inside of a letter").at(span(4, 4), ""));
        found.push(Diagnostic::error(id::ONE, "no such file").at(Span::new(SourceId(7), 0, 1), ""));
        let log = log(&found, &sources);
        assert_eq!(all_faults(&log), [""; 0], "{name}");
        assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(6));
    }
    assert_eq!(all_faults(&log(&Diagnostics::new(), &SourceMap::new())), [""; 0]);
}

#[test]
fn what_is_not_of_the_format_is_noticed() {
    let mut sources = SourceMap::new();
    let file = sources.add("a.yaml", "a: b\n");
    let mut found = Diagnostics::new();
    found.push(Diagnostic::error(id::ONE, "x").at(Span::new(file, 0, 1), "y").label(Span::new(file, 3, 4), "z"));
    let good = log(&found, &sources);
    let result = "/runs/0/results/0";
    let region = format!("{result}/locations/0/physicalLocation/region/startLine");
    for (pointer, bad) in [
        ("/version".to_owned(), json!("2.0.0")),
        ("/runs/0/columnKind".to_owned(), json!("bytes")),
        ("/runs/0/tool".to_owned(), json!({})),
        (format!("{result}/level"), json!("fatal")),
        (format!("{result}/message"), json!("x")),
        (region.clone(), json!(0)),
        (region, json!("1")),
        (format!("{result}/locations/0/physicalLocation/artifactLocation/uri"), json!("a b.yaml")),
        (format!("{result}/locations/0/physicalLocation/artifactLocation/uri"), json!("c:x")),
        (format!("{result}/relatedLocations"), json!([{}, {}])),
        (result.to_owned(), json!({ "message": { "text": "x" }, "severity": "error" })),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(&pointer).expect("it is there") = bad;
        assert!(!all_faults(&log).is_empty(), "{pointer}");
    }
}
