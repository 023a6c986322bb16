//! The four looks of a report, held to the letter.

use serde_json::Value;
use windhover_diagnostics::{Diagnostic, Diagnostics, Format, SourceMap, Span, render};

mod id {
    windhover_diagnostics::ids! {
        FIELD_UNKNOWN = "field-unknown": "A name that is not a field.";
        MACRO_UNUSED = "macro-unused": "A macro that nothing uses.";
        PROBE_REFUSED = "probe-refused": "The kernel refused the probe.";
    }
}

const RULES: &str = "- rule: Shell\n  condition: spawned and proc.nmae in (bash, zsh)\n";
const MACROS: &str = "- macro: spawned\n  condition: evt.type = execve\n";

fn report() -> (Diagnostics, SourceMap) {
    let mut sources = SourceMap::new();
    let rules = sources.add("rules.yaml", RULES);
    let macros = sources.add("macros and more.yaml", MACROS);
    let at = |source, text: &str, part: &str| {
        let start = text.find(part).expect("the part is in the text");
        Span::new(source, start, start + part.len())
    };
    let mut found = Diagnostics::new();
    found.push(
        Diagnostic::error(id::FIELD_UNKNOWN, "unknown field `proc.nmae`")
            .at(at(rules, RULES, "proc.nmae"), "no such field")
            .label(at(macros, MACROS, "spawned"), "next to this macro")
            .note("fields have a dot")
            .help("a field with a similar name exists: `proc.name`")
            .code("LOAD_ERR_COMPILE_CONDITION"),
    );
    found.push(Diagnostic::warning(id::MACRO_UNUSED, "unused macro").at(at(macros, MACROS, "spawned"), ""));
    found.push(Diagnostic::error(id::PROBE_REFUSED, "cannot load the probe"));
    found.sort();
    (found, sources)
}

#[test]
fn full() {
    let (found, sources) = report();
    let want = "\
error[probe-refused]: cannot load the probe

error[field-unknown]: unknown field `proc.nmae`
 --> rules.yaml:2:26
  |
2 |   condition: spawned and proc.nmae in (bash, zsh)
  |                          ^^^^^^^^^ no such field
  |
 ::: macros and more.yaml:1:10
  |
1 | - macro: spawned
  |          ------- next to this macro
  |
  = note: fields have a dot
  = help: a field with a similar name exists: `proc.name`

warning[macro-unused]: unused macro
 --> macros and more.yaml:1:10
  |
1 | - macro: spawned
  |          ^^^^^^^

2 errors, 1 warning in 2 files
";
    assert_eq!(render(&found, &sources, Format::Full { color: false }), want);
    let colored = render(&found, &sources, Format::Full { color: true });
    assert!(colored.contains("\u{1b}["));
}

#[test]
fn concise() {
    let (found, sources) = report();
    let want = "\
error[probe-refused]: cannot load the probe
rules.yaml:2:26: error[field-unknown]: unknown field `proc.nmae`
macros and more.yaml:1:10: warning[macro-unused]: unused macro
";
    assert_eq!(render(&found, &sources, Format::Concise), want);
}

#[test]
fn json() {
    let (found, sources) = report();
    let items: Value = serde_json::from_str(&render(&found, &sources, Format::Json)).unwrap();
    assert_eq!(items[0]["location"], Value::Null);
    let item = &items[1];
    assert_eq!(item["id"], "field-unknown");
    assert_eq!(item["code"], "LOAD_ERR_COMPILE_CONDITION");
    assert_eq!(item["severity"], "error");
    assert_eq!(item["location"]["file"], "rules.yaml");
    assert_eq!((&item["location"]["line"], &item["location"]["column"]), (&2.into(), &26.into()));
    assert_eq!((&item["location"]["end_line"], &item["location"]["end_column"]), (&2.into(), &35.into()));
    assert_eq!(item["related"][0]["text"], "next to this macro");
    assert_eq!(item["helps"][0], "a field with a similar name exists: `proc.name`");
    assert_eq!(items.as_array().unwrap().len(), 3);
}

#[test]
fn sarif() {
    let (found, sources) = report();
    let log: Value = serde_json::from_str(&render(&found, &sources, Format::Sarif)).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 3);
    let result = &run["results"][1];
    assert_eq!(result["ruleId"], "field-unknown");
    assert_eq!(result["level"], "error");
    let text =
        "unknown field `proc.nmae`\nnote: fields have a dot\nhelp: a field with a similar name exists: `proc.name`";
    assert_eq!(result["message"]["text"], text);
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&2.into(), &26.into()));
    let related = &result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(related, "macros%20and%20more.yaml");
    assert_eq!(run["results"][0]["locations"], Value::Array(Vec::new()));
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let mut sources = SourceMap::new();
    let text = "a \u{1b}[31m \u{202e}b c\n";
    let file = sources.add("\u{1b}]0;x\u{7}", text);
    let start = text.find('c').unwrap();
    let mut found = Diagnostics::new();
    found.push(
        Diagnostic::error(id::FIELD_UNKNOWN, "bad \u{9b}31m\r\n")
            .at(Span::new(file, start, start + 1), "\u{8}here")
            .note("\u{1b}")
            .help("\u{7f}"),
    );
    for format in [Format::Full { color: false }, Format::Concise] {
        let shown = render(&found, &sources, format);
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.contains(bad), "{shown:?}");
    }
    let full = render(&found, &sources, Format::Full { color: false });
    let lines: Vec<&str> = full.lines().collect();
    let source = lines.iter().position(|line| line.starts_with("1 |")).unwrap();
    assert_eq!(lines[source].find('c'), lines[source + 1].find('^'), "{full}");
}

#[test]
fn spans_outside_the_text_do_no_harm() {
    let mut sources = SourceMap::new();
    let file = sources.add("a", "é");
    let other = windhover_diagnostics::SourceId(9);
    let mut found = Diagnostics::new();
    for span in [Span::new(file, 1, 1), Span::new(file, 5, 9), Span::new(other, 0, 4), Span::new(file, 2, 1)] {
        found.push(Diagnostic::error(id::FIELD_UNKNOWN, "x").at(span, "y").label(Span::new(file, 0, 99), ""));
    }
    for format in [Format::Full { color: false }, Format::Concise, Format::Json, Format::Sarif] {
        assert!(!render(&found, &sources, format).is_empty());
    }
}
