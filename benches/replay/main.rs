//! What an event costs on one core, stage by stage, and what whole replays of a file cost.
//!
//! ```sh
//! cargo run --release -p windhover-engine --example replay -- [--by-capture] CAPTURE.scap … RULES.yaml …
//! ```
//!
//! With `--by-capture`, a table with a line for each capture: nanoseconds per event to decode it, with the model, with all rules, with
//! the model and a flight recorder, and the rate and memory of a whole replay with all rules.
//!
//! For each capture, two tables. *Stages*: the events are read into memory once and then replayed, from the capture's snapshot each
//! time, until at least two million have been; nanoseconds per event are the median of five rounds. *Whole replays*: the file
//! is read, applied to the model and matched, once, by a process of its own that has never seen it; plain and gzip'd, and with
//! the memory that it has at its end, mapped files left out. Rules: the first of the first file, the first file, all files, and ten and a hundred times all, the copies varied
//! in their constants.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod recording;
mod ruleset;

use std::path::Path;
use std::process::Command;

use windhover_engine::{Candidate, Evaluation, Vocabulary};
use windhover_plan::{EvaluatorStats, Stages};

use crate::recording::{Recording, Replayed, cpu_ns, replay_file};

/// Starts the process that makes one whole replay: `--once SIZE CAPTURE RULES …`.
const ONCE: &str = "--once";

/// Asks for a line for each capture.
const BY_CAPTURE: &str = "--by-capture";

/// How many rules.
#[derive(Clone, Copy)]
enum Size {
    None,
    One,
    FirstFile,
    Times(usize),
}

const SIZES: [(&str, Size); 6] = [
    ("no rules", Size::None),
    ("one rule", Size::One),
    ("the first file", Size::FirstFile),
    ("all files", Size::Times(1)),
    ("10 × all", Size::Times(10)),
    ("100 × all", Size::Times(100)),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [once, size, capture, files @ ..] = arguments.as_slice()
        && once == ONCE
    {
        return replay_once(SIZES[size.parse::<usize>().unwrap()].1, Path::new(capture), files);
    }
    let by_capture = arguments.first().is_some_and(|argument| argument == BY_CAPTURE);
    let arguments = arguments.into_iter().skip(usize::from(by_capture));
    let (files, captures): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.ends_with(".yaml"));
    if captures.is_empty() || files.is_empty() {
        println!("usage: replay [{BY_CAPTURE}] CAPTURE.scap … RULES.yaml …");
        return;
    }
    if by_capture {
        return table(&captures, &files);
    }
    for capture in &captures {
        println!("{capture}");
        stages(Path::new(capture), &files);
        whole_replays(Path::new(capture), &files);
    }
}

fn candidates(size: Size, files: &[String], vocabulary: &Vocabulary) -> (Vec<Candidate>, f64) {
    let files = if matches!(size, Size::One | Size::FirstFile) { &files[..1] } else { files };
    let (mut candidates, ms) = ruleset::load(files, vocabulary);
    match size {
        Size::None => candidates.clear(),
        Size::One => candidates.truncate(1),
        Size::FirstFile => {}
        Size::Times(times) => candidates = ruleset::varied(&candidates, times),
    }
    (candidates, ms)
}

fn table(captures: &[String], files: &[String]) {
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let (candidates, _) = candidates(Size::Times(1), files, &vocabulary);
    println!("{} rules; ns per event", candidates.len());
    println!(
        "| capture | events | decoding | and the model | and all rules | model and flight recorder | whole replay |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let all = SIZES.iter().position(|(_, size)| matches!(size, Size::Times(1))).unwrap();
    for capture in captures {
        let recording = Recording::read(Path::new(capture));
        let mut matcher = Evaluation::default().matcher(&candidates);
        let [decoding, model, rules, flight] = [
            recording.decoding(),
            recording.model(),
            recording.rules(&mut *matcher, &vocabulary),
            recording.flight_recorder(),
        ];
        let mut this = Command::new(std::env::current_exe().unwrap());
        let out = this.args([ONCE, &all.to_string()]).arg(capture).args(files).output().unwrap();
        let whole = String::from_utf8(out.stdout).unwrap();
        let whole: Vec<_> = whole.split_whitespace().collect();
        let name = Path::new(capture).file_stem().unwrap().display();
        println!(
            "| {name} | {} | {decoding:.1} | {model:.1} | {rules:.1} | {flight:.1} | {} M/s, {} MiB |",
            recording.len(),
            whole[0],
            whole[4]
        );
    }
}

fn stages(capture: &Path, files: &[String]) {
    let recording = Recording::read(capture);
    let vocabulary = Vocabulary::new(&[]).unwrap();
    println!("  {} events; stages, ns per event:", recording.len());
    row("decoding", recording.decoding(), None);
    row("and the model", recording.model(), None);
    row("model and flight recorder", recording.flight_recorder(), None);
    let together = Stages { grouping: true, ..Stages::NONE };
    let rules_row = |name: &str, size, way: Evaluation| {
        let (candidates, _) = candidates(size, files, &vocabulary);
        let start = cpu_ns();
        let mut matcher = way.matcher(&candidates);
        let ms = (cpu_ns() - start) / 1e6;
        let name = format!("{name} ({})", candidates.len());
        row(&name, recording.rules(&mut *matcher, &vocabulary), Some(ms));
        if let Some(stats) = matcher.stats() {
            settled(&stats, recording.replayed());
        }
    };
    rules_row("and all rules, one by one", Size::Times(1), Evaluation::Plain);
    rules_row("… compiled together", Size::Times(1), Evaluation::Staged(together));
    rules_row("… by kind of event", Size::Times(1), Evaluation::Staged(Stages { per_kind: true, ..together }));
    let by_process = Evaluation::Staged(Stages { likeness: false, ..Stages::ALL });
    rules_row("… by process", Size::Times(1), by_process);
    for (name, size) in SIZES {
        if !matches!(size, Size::None) {
            rules_row(&format!("… by likeness: {name}"), size, Evaluation::default());
        }
    }
}

/// Prints at which stage events were settled. Those of a type without rules never came to the matcher.
fn settled(stats: &EvaluatorStats, events: usize) {
    let EvaluatorStats { empty_process, by_likeness, by_process, by_kind, .. } = *stats;
    let percent = |count: u64| 100.0 * count as f64 / events as f64;
    let asked = percent(empty_process + by_likeness + by_process + by_kind);
    println!(
        "      settled by kind {:.1} %, by process {:.1} %, by likeness {:.1} %; evaluated for the process {:.2} %, for the kind {:.2} %",
        100.0 - asked,
        percent(empty_process),
        percent(by_likeness),
        percent(by_process),
        percent(by_kind)
    );
}

fn row(name: &str, ns: f64, compiled: Option<f64>) {
    let compiled = compiled.map_or(String::new(), |ms| format!("   compiled in {ms:.1} ms"));
    println!("    {name:<36} {ns:>8.1} ns {:>8.2} M/s{compiled}", 1000.0 / ns);
}

fn whole_replays(capture: &Path, files: &[String]) {
    let scratch = std::env::temp_dir().join(format!("windhover-replay-{}.scap", std::process::id()));
    println!("  whole replays, each by a new process:");
    // What is gzip'd already must not be gzip'd twice.
    for (form, pack) in [("plain", "gzip -dcf \"$0\" > \"$1\""), ("gzip'd", "gzip -dcf \"$0\" | gzip -c6 > \"$1\"")] {
        Command::new("sh").args(["-c", pack]).arg(capture).arg(&scratch).status().unwrap();
        for (at, (name, _)) in SIZES.iter().enumerate() {
            let mut rounds: Vec<(f64, String)> = (0..3)
                .map(|_| {
                    let mut this = Command::new(std::env::current_exe().unwrap());
                    let out = this.args([ONCE, &at.to_string()]).arg(&scratch).args(files).output().unwrap();
                    let text = String::from_utf8(out.stdout).unwrap();
                    (text.split_whitespace().next().unwrap().parse().unwrap(), text)
                })
                .collect();
            rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
            let name = format!("{form}, {name}");
            println!("    {name:<36} {}", rounds[1].1.trim_end());
        }
    }
    _ = std::fs::remove_file(scratch);
}

/// Prints the rate of one replay, the memory it took, and how long loading took.
fn replay_once(size: Size, capture: &Path, files: &[String]) {
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let (candidates, read) = candidates(size, files, &vocabulary);
    let start = cpu_ns();
    let mut matcher = Evaluation::default().matcher(&candidates);
    let compiled = (cpu_ns() - start) / 1e6;
    let Replayed { events, ns, mib } = replay_file(capture, &mut *matcher, &vocabulary);
    let ns = ns / events as f64;
    println!(
        "{:.2} M/s {ns:>8.1} ns {mib:>6.1} MiB   rules read in {read:.1} ms, compiled in {compiled:.1} ms",
        1000.0 / ns,
    );
}
