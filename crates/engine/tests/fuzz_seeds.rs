//! The seeds of the fuzz targets, among them everything that once went wrong, run without a fuzzer.

use std::path::PathBuf;

#[path = "../../../fuzz/checks/condition.rs"]
mod condition;
#[path = "../../../fuzz/checks/rules_file.rs"]
mod rules_file;

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let entries = folder.read_dir().expect("the seeds are in the repository");
    let seeds: Vec<Vec<u8>> =
        entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a seed")).collect();
    assert!(!seeds.is_empty(), "there are seeds of {target}");
    seeds
}

#[test]
fn conditions() {
    seeds("condition").iter().for_each(|seed| condition::check(seed));
}

#[test]
fn rules_files() {
    seeds("rules_file").iter().for_each(|seed| rules_file::check(seed));
}
