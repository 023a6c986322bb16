//! A text as two rules files, cut at a line of `#####`: loading ends with verdicts, lints and reports, whatever is in them.

use windhover_diagnostics::{Diagnostics, Format, render};
use windhover_engine::Vocabulary;
use windhover_rules::{LoadOptions, Loader};

/// Panics if that does not hold.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (first, second) = text.split_once("\n#####\n").unwrap_or((text, ""));
    let vocabulary = Vocabulary::new(&[]).expect("no field is added");
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    loader.load("first.yaml", first);
    loader.load("second.yaml", second);
    let loaded = loader.finish();
    for result in &loaded.results {
        let _ = (result.to_json(&loaded.sources), result.to_text(&loaded.sources));
    }
    let all: Diagnostics = loaded.diagnostics.iter().cloned().chain(loaded.lint(&vocabulary)).collect();
    for format in [Format::Full { color: false }, Format::Concise, Format::Json, Format::Sarif] {
        let _ = render(&all, &loaded.sources, format);
    }
    assert_eq!(loaded.successful(), !loaded.diagnostics.has_errors());
    let _ = loaded.rules.describe(&vocabulary);
}
