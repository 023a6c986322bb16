//! Rules files from elsewhere, many of them broken on purpose: the same verdict as the reference's on each, by the engine's own
//! fields, events and outputs.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::path::PathBuf;

use serde_json::Value;
use windhover_engine::Vocabulary;
use windhover_rules::{Context, LoadOptions, Loaded, Loader};

/// The directory of shared reference data, if it is there; says so if not.
fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there", path.display());
    None
}

fn vocabulary() -> Vocabulary {
    Vocabulary::new(&[]).expect("no field is added")
}

/// An error or warning as the reference reported it: its code, and the item types and names from outside in.
type Report = (String, Vec<(String, String)>);

fn ours(code: &str, context: &Context) -> Report {
    let items = context.locations.iter().map(|place| (place.item_type.as_str().to_owned(), place.item_name.clone()));
    (code.to_owned(), items.collect())
}

fn theirs(list: &Value) -> Vec<Report> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reports = list.as_array().into_iter().flatten();
    reports
        .map(|report| {
            let items = report["items"].as_array().into_iter().flatten();
            (text(&report["code"]), items.map(|item| (text(&item[0]), text(&item[1]))).collect())
        })
        .collect()
}

fn load(words: &Vocabulary, name: &str, text: &str) -> Loaded {
    let mut loader = Loader::new(words, LoadOptions::default());
    loader.load(name, text);
    loader.finish()
}

fn difference(words: &Vocabulary, name: &str, text: &str, expected: &Value) -> Option<String> {
    let loaded = load(words, name, text);
    if expected["no_json"] == true {
        let said = loaded.unmet_requirement.as_ref().map(|message| format!("Error: {message}"));
        let same = said.as_deref() == expected["load_error"].as_str();
        return (!same).then(|| format!("said {said:?}, expected {}", expected["load_error"]));
    }
    let result = &loaded.results[0];
    let errors: Vec<Report> = result.errors.iter().map(|error| ours(error.code.as_str(), &error.context)).collect();
    let warnings: Vec<Report> =
        result.warnings.iter().map(|warning| ours(warning.code.as_str(), &warning.context)).collect();
    if loaded.successful() != expected["successful"] || errors != theirs(&expected["errors"]) {
        let messages: Vec<&str> = result.errors.iter().map(|error| error.message.as_str()).collect();
        return Some(format!("errors {errors:?} {messages:?}, expected {:?}", theirs(&expected["errors"])));
    }
    let wanted = theirs(&expected["warnings"]);
    let extra: Vec<&Report> = warnings.iter().filter(|warning| !wanted.contains(warning)).collect();
    let missing: Vec<&Report> = wanted.iter().filter(|warning| !warnings.contains(warning)).collect();
    (warnings != wanted)
        .then(|| format!("warnings: {} of {}, extra {extra:?}, missing {missing:?}", warnings.len(), wanted.len()))
}

#[test]
fn every_file_gets_the_verdict_of_the_reference() {
    let Some(shared) = shared() else { return };
    let words = vocabulary();
    let directory = shared.join("corpus/validation");
    let expected = std::fs::read_to_string(directory.join("expected.jsonl")).expect("the reference's verdicts");
    let mut differences = Vec::new();
    let mut files = 0;
    for line in expected.lines() {
        let expected: Value = serde_json::from_str(line).expect("JSON");
        let name = expected["file"].as_str().expect("a name");
        let text = std::fs::read_to_string(directory.join("rules").join(name)).expect("a rules file");
        files += 1;
        differences.extend(difference(&words, name, &text, &expected).map(|what| format!("{name}: {what}")));
    }
    assert!(differences.is_empty(), "{} of {files} files differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_community_files_load_together_without_a_finding() {
    let Some(shared) = shared() else { return };
    let words = vocabulary();
    let directory = shared.join("corpus/falco-rules");
    let mut loader = Loader::new(&words, LoadOptions::default());
    for name in ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"] {
        let text = std::fs::read_to_string(directory.join(name)).expect("a rules file");
        let result = loader.load(name, &text);
        assert!(result.successful() && result.warnings.is_empty(), "{:?} {:?}", result.errors, result.warnings);
    }
    let loaded = loader.finish();
    assert!(loaded.successful());
    assert_eq!(loaded.rules.rules.len(), 93);
    assert_eq!(loaded.rules.rules.iter().filter(|rule| !rule.enabled).count(), 12);
    assert_eq!(loaded.rules.macros.len(), 315);
    assert_eq!(loaded.rules.lists.len(), 118);
}
