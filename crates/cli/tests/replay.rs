//! Captures through the community rules, against the reference's own alerts, line by line.
//!
//! `cargo test -p windhover --test replay -- --nocapture` prints a table: alerts of ours and theirs, and the first
//! lines that differ.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

const RULES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// Suffix of the reference's results, and the options that they were made with.
const RUNS: [(&str, &[&str]); 3] = [
    ("alerts", &["rule_matching=first"]),
    ("alerts-all", &["rule_matching=all"]),
    ("alerts-all-enabled", &["rule_matching=all", "rules[].enable.rule=*"]),
];

fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

fn captures(shared: &Path) -> Vec<PathBuf> {
    let folders = ["captures", "captures/third-party"].map(|folder| shared.join(folder));
    let entries = folders.iter().flat_map(|folder| folder.read_dir().unwrap()).map(|entry| entry.unwrap().path());
    let mut captures: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "scap")).collect();
    captures.sort();
    captures
}

/// The JSON lines that a run prints.
fn alerts(shared: &Path, capture: &Path, options: &[&str], plan: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    command.args(["--plan", plan]);
    command.arg("-c").arg(shared.join("captures/results/falco.yaml")).env("FALCO_HOSTNAME", "host-a");
    command.args(RULES.iter().flat_map(|name| ["-r".into(), shared.join("corpus/falco-rules").join(name)]));
    let replay = ["engine.kind=replay".to_owned(), format!("engine.replay.capture_file={}", capture.display())];
    command.args(replay.iter().map(String::as_str).chain(options.iter().copied()).flat_map(|option| ["-o", option]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect()
}

fn expected(path: &Path) -> Option<Vec<String>> {
    if !path.exists() {
        return None;
    }
    let output = Command::new("zstd").arg("-qdc").arg(path).output().unwrap();
    assert!(output.status.success(), "zstd cannot read {}", path.display());
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn captures_raise_the_reference_s_alerts() {
    let Some(shared) = shared() else { return };
    let mut different = 0;
    println!("{:<24} {:<20} {:>6} {:>6} {:>6}", "capture", "run", "ours", "theirs", "differ");
    for capture in captures(&shared) {
        let name = capture.file_stem().unwrap().to_str().unwrap();
        for (suffix, options) in RUNS {
            let results = shared.join(format!("captures/results/{name}.{suffix}.jsonl.zst"));
            let Some(theirs) = expected(&results) else { continue };
            let ours = alerts(&shared, &capture, options, "likeness");
            let missing = vec![String::new(); ours.len().abs_diff(theirs.len())];
            let pairs = ours.iter().chain(&missing).zip(theirs.iter().chain(&missing));
            let wrong: Vec<_> = pairs.filter(|(ours, theirs)| ours != theirs).collect();
            println!("{name:<24} {suffix:<20} {:>6} {:>6} {:>6}", ours.len(), theirs.len(), wrong.len());
            for (ours, theirs) in wrong.iter().take(3) {
                println!("  ours   {ours}\n  theirs {theirs}");
            }
            different += wrong.len();
        }
    }
    assert_eq!(different, 0, "alerts differ from the reference's");
}

#[test]
fn no_stage_of_the_plan_changes_an_alert() {
    let Some(shared) = shared() else { return };
    for capture in captures(&shared) {
        for (_, options) in RUNS {
            let plain = alerts(&shared, &capture, options, "off");
            for stage in ["rules", "kinds", "processes", "likeness"] {
                let staged = alerts(&shared, &capture, options, stage);
                assert_eq!(staged, plain, "{} with {options:?}, --plan {stage}", capture.display());
            }
        }
    }
}
