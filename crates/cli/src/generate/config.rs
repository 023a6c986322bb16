//! Pages of the configuration, made of the table of keys.

use std::fmt::Write as _;

use clap_mangen::roff::{Roff, bold, italic, roman};
use serde_json::{Map, Value, json};

use crate::config::key::{self, CONTAINER, GROUPS, Key, Kind};

/// Width of comments in the example.
const WIDTH: usize = 100;
/// What a scalar may be where a variable of the environment stands for it.
const VARIABLE: &str = r"\$\{";

/// The JSON schema of the configuration, for editors and checks.
pub fn config_schema() -> String {
    let mut schema = object("");
    schema["$schema"] = "http://json-schema.org/draft-06/schema#".into();
    schema["title"] = "windhover.yaml".into();
    format!("{schema:#}\n")
}

/// The schema of the mapping at a path.
fn object(path: &str) -> Value {
    let properties: Map<String, Value> = key::inside(path).map(|key| (key.name().to_owned(), property(key))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn property(key: &Key) -> Value {
    let mut schema = kind_schema(key);
    schema["description"] = key.about.into();
    if let Some(why) = key.idle {
        schema["description"] = format!("{} Has no effect: {why}.", key.about).into();
    }
    match key.kind {
        Kind::Bool(default) => schema["default"] = default.into(),
        Kind::Integer { default, .. } => schema["default"] = default.into(),
        Kind::Float { default, .. } => schema["default"] = default.into(),
        Kind::Text(default) => schema["default"] = default.into(),
        Kind::Word(words) => schema["default"] = words.first().copied().into(),
        _ => {}
    }
    schema
}

fn kind_schema(key: &Key) -> Value {
    let text = json!({ "type": ["string", "number", "boolean"] });
    let texts = json!({ "type": "array", "items": text });
    let or_variable = |schema: Value| json!({ "anyOf": [schema, { "type": "string", "pattern": VARIABLE }] });
    match key.kind {
        Kind::Mapping => object(&key.inner_path()),
        Kind::Mappings => json!({ "type": "array", "items": object(&key.inner_path()) }),
        // YAML 1.1 spells truth values in more ways than JSON.
        Kind::Bool(_) => json!({
            "anyOf": [{ "type": "boolean" }, { "type": "string", "pattern": format!("^(?:[yn]|yes|no|on|off|true|false)$|{VARIABLE}") }]
        }),
        Kind::Integer { least, most, .. } => {
            let mut number = json!({ "type": "integer", "minimum": least });
            if most != i64::MAX {
                number["maximum"] = most.into();
            }
            or_variable(number)
        }
        Kind::Float { least, most, .. } => {
            let mut number = json!({ "type": "number", "minimum": least });
            if most != f64::MAX {
                number["maximum"] = most.into();
            }
            or_variable(number)
        }
        Kind::Text(_) => text,
        Kind::Word(words) => or_variable(json!({ "enum": words })),
        Kind::Texts => json!({ "anyOf": [texts, text] }),
        Kind::Pairs => json!({ "type": "object", "additionalProperties": text }),
        Kind::Free(_) => json!({}),
    }
}

/// What a key takes, and what stands where it is absent.
fn takes(key: &Key) -> (String, String) {
    (key.kind.words(), key.kind.default_text().unwrap_or_default())
}

fn about(key: &Key) -> String {
    key.idle.map_or_else(|| key.about.to_owned(), |why| format!("{} *No effect: {why}.*", key.about))
}

/// The reference page in Markdown.
pub fn reference() -> String {
    let mut text = "# Configuration\n\n\
        Made by `windhover generate`. A file is given with `-c`; without it `/etc/windhover/windhover.yaml` is read, else\n\
        `/etc/falco/falco.yaml`, else the built-in configuration is used: alerts to standard output, log lines to standard\n\
        error, suggested fields behind every output, the built-in rules. `-o KEY=VALUE` sets a key from the command line:\n\
        `-o engine.kind=replay`, `-o rules[].disable.tag=network`, `-o 'append_output[]={\"extra_output\": \"%evt.num\"}'`.\n\
        In files, `${NAME}` stands for a variable of the environment, and `$${NAME}` for itself. A key that is not here,\n\
        or a value of the wrong type, is a warning, and the default is used.\n"
        .to_owned();
    for group in GROUPS.iter().chain(CONTAINER) {
        _ = write!(text, "\n## {}\n\n| key | takes | default | meaning |\n| --- | --- | --- | --- |\n", group.title);
        for key in group.keys {
            let (kind, default) = takes(key);
            let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
            _ = writeln!(text, "| `{}` | {kind} | {default} | {} |", key.path, about(key));
        }
    }
    text
}

/// A configuration file that changes nothing but where alerts go: every key at its default, in comments.
pub fn example() -> String {
    let mut text = "# Configuration of Windhover. What is in comments is the default.\n# Lines with `##` explain the key below them.\n\n\
        stdout_output:\n  enabled: true\nlog_stderr: true\nappend_output:\n  - suggested_output: true\n"
        .to_owned();
    for group in GROUPS {
        _ = write!(text, "\n# == {} ==\n", group.title);
        for key in group.keys {
            let depth = key.path.matches('.').count();
            let indent = "  ".repeat(depth + key.path.matches("[]").count());
            let begins = key.path.ends_with(&format!("[].{}", key.name()));
            let item = begins && key::inside(key.parent()).next() == Some(key);
            let (kind, default) = takes(key);
            let spaces = if item { &indent[2..] } else { &indent };
            let takes = if key.kind == Kind::Mapping { String::new() } else { format!(" Takes {kind}.") };
            for line in wrap(&format!("{}{takes}", key.about), WIDTH - indent.len()) {
                _ = writeln!(text, "## {indent}{line}");
            }
            let dash = if item { "- " } else { "" };
            _ = writeln!(text, "{}", format!("# {spaces}{dash}{}: {default}", key.name()).trim_end());
        }
    }
    text
}

/// Lines of at most so many bytes, where words allow it.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The manual page.
pub fn manual_page() -> String {
    let mut page = Roff::new();
    page.control("TH", ["windhover.yaml", "5", "", "", "Windhover"]);
    page.control("SH", ["NAME"]);
    page.text([roman("windhover.yaml - configuration of windhover")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([
        roman("A YAML file, given with "),
        bold("-c"),
        roman(", else /etc/windhover/windhover.yaml, else /etc/falco/falco.yaml. "),
        bold("-o"),
        italic(" KEY=VALUE"),
        roman(" sets a key from the command line. In files, ${NAME} stands for a variable of the environment."),
    ]);
    for group in GROUPS.iter().chain(CONTAINER) {
        page.control("SH", [group.title.to_uppercase().as_str()]);
        for key in group.keys {
            let (kind, default) = takes(key);
            page.control("TP", []);
            page.text([bold(key.path), roman(" ("), italic(kind), roman(")")]);
            let default = if default.is_empty() { String::new() } else { format!(" Default: {default}.") };
            let idle = key.idle.map_or_else(String::new, |why| format!(" No effect: {why}."));
            page.text([roman(format!("{}{idle}{default}", key.about))]);
        }
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("windhover"), roman("(1)")]);
    page.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_key_at_its_place() {
        let schema: Value = serde_json::from_str(&config_schema()).unwrap();
        for key in key::keys() {
            let mut pointer = String::new();
            for part in key.path.split('.') {
                let (name, inside) = part.strip_suffix("[]").map_or((part, ""), |name| (name, "/items"));
                pointer += &format!("/properties/{name}{inside}");
            }
            assert!(schema.pointer(&pointer).is_some(), "{pointer}");
        }
    }
}
