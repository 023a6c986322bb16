//! The rules language, statement by statement: keys, changes, exceptions, order, versions, selection.

mod exception;
mod key;
mod order;
mod overrides;
#[path = "../support/mod.rs"]
mod support;
mod version;

use support::{Words, load};
use windhover_rules::Loaded;

const RULE: &str = "- rule: r\n  desc: d\n  condition: evt.type=open\n  output: o\n  priority: INFO\n";

/// Loads files with the vocabulary of the tests.
fn loaded(files: &[&str]) -> Loaded {
    load(&Words::few(), files)
}

/// Code and message of the first error of any file; `ok` if there is none.
fn verdict(files: &[&str]) -> String {
    let loaded = loaded(files);
    match loaded.results.iter().flat_map(|result| &result.errors).next() {
        Some(error) => format!("{}: {}", error.code.as_str(), error.message),
        None => "ok".to_owned(),
    }
}

/// The codes of the last file's warnings, without those about what nothing uses.
fn warnings(files: &[&str]) -> Vec<String> {
    let loaded = loaded(files);
    let result = &loaded.results[loaded.results.len() - 1];
    assert!(result.successful(), "{:?}", result.errors);
    let codes = result.warnings.iter().map(|warning| warning.code.as_str().to_owned());
    codes.filter(|code| !code.starts_with("LOAD_UNUSED")).collect()
}

/// The condition of rule `r`, as a tree.
fn condition(files: &[&str]) -> String {
    let loaded = loaded(files);
    assert!(loaded.successful(), "{:?}", loaded.results);
    loaded.rules.rule("r").expect("the rule").ast.to_string()
}
