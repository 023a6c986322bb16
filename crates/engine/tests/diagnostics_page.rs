//! `docs/diagnostics.md`: every id has a section, and every example gives that finding and looks as the page shows it.
//!
//! `UPDATE_PAGE=1 cargo test -p windhover-engine --test diagnostics_page` writes what the examples give into the page.

use std::path::PathBuf;

use windhover_diagnostics::{Diagnostics, Format, Id, render};
use windhover_engine::Vocabulary;
use windhover_rules::{LoadOptions, Loader};

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics.md")
}

fn ids() -> Vec<&'static Id> {
    let mut ids: Vec<_> = windhover_rules::id::ALL.iter().chain(windhover_filter::id::ALL).collect();
    ids.sort_by_key(|id| id.name);
    ids
}

/// What the files give, as `rules check` shows it, and the ids of all findings.
fn shown(files: &[&str]) -> (String, Vec<&'static str>) {
    let vocabulary = Vocabulary::new(&[]).expect("no field is added");
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    for (at, text) in files.iter().enumerate() {
        loader.load(&format!("{}.yaml", at + 1), text);
    }
    let loaded = loader.finish();
    let lints = if loaded.successful() { loaded.lint(&vocabulary) } else { Vec::new() };
    let mut all: Diagnostics = loaded.diagnostics.iter().cloned().chain(lints).collect();
    all.sort();
    let names = all.iter().map(|diagnostic| diagnostic.id.name).collect();
    (render(&all, &loaded.sources, Format::Full { color: false }), names)
}

/// The fenced blocks of a kind.
fn blocks<'t>(section: &'t str, kind: &str) -> Vec<&'t str> {
    let start = format!("```{kind}\n");
    section.split(&start).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect()
}

#[test]
fn every_id_is_documented_and_every_example_gives_it() {
    let text = std::fs::read_to_string(page()).expect("the page");
    let mut sections = text.split("\n## ");
    let mut written = sections.next().expect("an introduction").to_owned();
    let sections: Vec<&str> = sections.collect();
    let names: Vec<&str> = sections.iter().map(|section| section.lines().next().expect("a heading")).collect();
    assert_eq!(names, ids().iter().map(|id| id.name).collect::<Vec<_>>(), "a section for each id, in order");
    let mut wrong = Vec::new();
    for (section, id) in sections.iter().zip(ids()) {
        assert!(section.contains(id.doc), "`{}` does not begin with its line", id.name);
        let mut section = (*section).to_owned();
        let files = blocks(&section, "yaml").into_iter().map(str::to_owned).collect::<Vec<_>>();
        if !files.is_empty() {
            let (found, names) = shown(&files.iter().map(String::as_str).collect::<Vec<_>>());
            if !names.contains(&id.name) {
                wrong.push(format!("the example of `{}` gives {names:?}:\n{found}", id.name));
            }
            let block = blocks(&section, "text").first().map(|block| (*block).to_owned()).expect("a block of text");
            if block != found {
                section = section.replace(&format!("```text\n{block}```"), &format!("```text\n{found}```"));
                if std::env::var_os("UPDATE_PAGE").is_none() {
                    wrong.push(format!("`{}` is shown otherwise:\n{found}", id.name));
                }
            }
        }
        written += "\n## ";
        written += &section;
    }
    if std::env::var_os("UPDATE_PAGE").is_some() {
        std::fs::write(page(), written).expect("the page can be written");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
