//! Verdicts in the kernel change no alert: engines with and without them watch the same deeds side by side.
//!
//! Needs root; says so and passes where it may not watch. `cargo test -p windhover --test verdicts`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod load;
mod rules;
#[path = "../live/watch.rs"]
#[allow(dead_code, reason = "the other live tests use the rest")]
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use load::Load;
use rules::{RULESETS, Ruleset};
use tempfile::TempDir;
use watch::Watch;

/// Suites that are watched for at once, by two engines each.
const AT_ONCE: usize = 4;

/// Rules that one engine is given.
struct Suite {
    name: String,
    files: Vec<PathBuf>,
}

/// What an engine found: alerts without their times, and how often each came.
type Found = BTreeMap<String, usize>;

/// An engine at work on the rules of a suite.
fn start(load: &Load, suite: &Suite, switch: &str, more: &[&str]) -> Option<Watch> {
    let mut options = vec!["--kernel-verdicts", switch, "-o", "json_output=true", "-o", "rule_matching=all"];
    options.extend([
        "-o",
        "json_include_output_property=false",
        "-o",
        "priority=debug",
        "-o",
        "engine.modern_ebpf.buf_size_preset=8",
    ]);
    options.extend(more);
    for file in &suite.files {
        options.extend(["-r", file.to_str().unwrap()]);
    }
    Watch::start(load.id(), &options)
}

/// Ends an engine; alerts of each rule by what they show, and the events that it settled.
fn end(mut watch: Watch) -> (BTreeMap<String, Found>, u64) {
    watch.signal("INT");
    let (status, output) = watch.end();
    assert!(status.success(), "{:#?}", watch.words);
    let words = watch.words.join("\n");
    assert!(words.contains(" 0 lost "), "events were lost: {words}");
    let settled = words.split("Settled in the kernel: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for line in output.lines().filter(|line| line.starts_with('{')) {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        let (rule, mut fields) = (alert["rule"].as_str().unwrap().to_owned(), alert["output_fields"].clone());
        if let Some(fields) = fields.as_object_mut() {
            fields.retain(|name, _| !name.starts_with("evt.time") && name != "evt.num");
        }
        *found.entry(rule).or_default().entry(fields.to_string()).or_default() += 1;
    }
    (found, settled.unwrap_or(0))
}

/// What one has and the other has not.
fn difference(off: &Found, on: &Found) -> String {
    let mut text = String::new();
    for alert in off.keys().chain(on.keys().filter(|alert| !off.contains_key(*alert))) {
        let [without, with] = [off, on].map(|found| found.get(alert).copied().unwrap_or(0));
        if without != with {
            _ = writeln!(text, "    {without} without verdicts, {with} with them: {alert}");
        }
    }
    text
}

/// Has the deeds watched, for each suite by an engine with verdicts, and with `options`, and by one without.
fn compare(folder: &Path, suites: &[Suite], options: &[&str]) -> Option<(BTreeMap<String, Found>, u64)> {
    let mut complaints = String::new();
    let (mut all, mut sum) = (BTreeMap::new(), 0);
    for suites in suites.chunks(AT_ONCE) {
        let before = complaints.len();
        fs::remove_dir_all(folder).unwrap();
        fs::create_dir(folder).unwrap();
        let mut load = match Load::start("load.py", folder, &[]) {
            Ok(load) => load,
            Err(reason) => {
                println!("skipped: no place for the deeds: {reason}");
                return None;
            }
        };
        let mut engines = Vec::new();
        for suite in suites {
            engines.push([start(&load, suite, "off", &[])?, start(&load, suite, "on", options)?]);
        }
        let deeds = load.run();
        for (suite, [without, with]) in suites.iter().zip(engines) {
            let [(off, _), (on, settled)] = [end(without), end(with)];
            println!("{}: {settled} events settled", suite.name);
            sum += settled;
            let rules: BTreeSet<_> = off.keys().chain(on.keys()).collect();
            for rule in rules {
                let [off, on] = [&off, &on].map(|found| found.get(rule).cloned().unwrap_or_default());
                if off != on {
                    _ = writeln!(complaints, "  {} ({}):\n{}", rule, suite.name, difference(&off, &on));
                }
            }
            all.extend(off);
        }
        if complaints.len() > before {
            _ = writeln!(complaints, "the deeds of these: {}", deeds.join(", "));
        }
    }
    assert!(complaints.is_empty(), "alerts differ:\n{complaints}");
    Some((all, sum))
}

impl Suite {
    /// Names of its rules.
    fn rules(&self) -> Vec<String> {
        let texts = self.files.iter().map(|file| fs::read_to_string(file).unwrap());
        let lines: Vec<_> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        lines
            .iter()
            .filter_map(|line| line.strip_prefix("- rule: "))
            .map(|name| name.trim_matches('"').to_owned())
            .collect()
    }

    /// A ruleset as a file.
    fn written(place: &TempDir, load: &Path, number: usize, ruleset: &Ruleset) -> Self {
        let path = place.path().join(format!("{number:02}.yaml"));
        let mut text = String::new();
        for (at, condition) in ruleset.conditions.iter().enumerate() {
            let condition = condition.replace('@', load.to_str().unwrap()).replace('"', "\\\"");
            let name = format!("{number:02}-{at}");
            _ = write!(text, "- rule: {name}\n  desc: d\n  condition: \"{condition}\"\n");
            _ = write!(text, "  output: \"{}\"\n  priority: DEBUG\n", ruleset.output);
        }
        fs::write(&path, text).unwrap();
        Self { name: ruleset.name.to_owned(), files: vec![path] }
    }
}

fn hindered() -> bool {
    let reason = watch::hindrance();
    if let Some(reason) = &reason {
        println!("skipped: {reason}");
    }
    reason.is_some()
}

#[test]
fn no_rule_about_anything_that_the_kernel_tests_misses_a_deed() {
    if hindered() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("load");
    fs::create_dir(&folder).unwrap();
    let rulesets = RULESETS.iter().enumerate();
    let suites: Vec<_> = rulesets.map(|(number, set)| Suite::written(&place, &folder, number, set)).collect();
    let Some((found, settled)) = compare(&folder, &suites, &[]) else { return };
    assert!(settled > 1000, "next to nothing was settled: {settled}");
    let silent: Vec<_> = suites.iter().flat_map(Suite::rules).filter(|rule| !found.contains_key(rule)).collect();
    assert_eq!(silent, SILENT, "rules that no deed breaks");
}

/// Rules for the racers' needles: name, and what they have to do with.
const NEEDLES: &[(&str, &str)] = &[
    ("chdir", "fd.name = @/etc/chdir"),
    ("fchdir", "fd.name = @/etc/fchdir"),
    ("fork", "fd.name = @/etc/fork"),
    ("execute", "fd.name = @/etc/execute"),
    ("user", "fd.name = @/etc/user and user.uid = 65534"),
    ("switch", "fd.name = @/plain/switch and user.uid = 65534"),
    ("heir", "fd.name = @/plain/heir and user.uid = 65534"),
    ("program", "fd.name = @/plain/program and proc.name = needlecat"),
    ("second", "fd.name = @/plain/second and proc.name in (needlecat, other)"),
    ("rename", "fd.name = @/plain/rename and not proc.name in (python3, python3.11, cat)"),
    ("root", "fd.name = /etc/root-needle"),
    ("container", "fd.name = @/plain/container and container.id = 4f1d0c9b7a3e"),
    ("descriptor", "evt.type = fchmod and fd.name = @/etc/descriptor"),
];

/// Has needles left in tight loops, with `disturb` going on meanwhile, and counts those that were found.
fn race(options: &[&str], disturb: impl Fn(&Watch)) {
    if hindered() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("load");
    fs::create_dir(&folder).unwrap();
    let mut text = String::new();
    for (name, condition) in NEEDLES {
        let condition = condition.replace('@', folder.to_str().unwrap());
        let kind = if condition.contains("evt.type") { "" } else { "evt.type in (open, openat) and " };
        _ = writeln!(text, "- rule: {name}\n  desc: d\n  condition: {kind}{condition}\n  output: d\n  priority: INFO");
    }
    let rules = place.path().join("needles.yaml");
    fs::write(&rules, text).unwrap();
    let suite = Suite { name: "needles".to_owned(), files: vec![rules] };
    let mut load = match Load::start("race.py", &folder, &["4"]) {
        Ok(load) => load,
        Err(reason) => {
            println!("skipped: no place for the deeds: {reason}");
            return;
        }
    };
    let Some(watch) = start(&load, &suite, "on", options) else { return };
    load.begin();
    disturb(&watch);
    let left = load.finish();
    let (found, settled) = end(watch);
    println!("{settled} events settled; {}", left.join(", "));
    assert!(settled > 1000, "next to nothing was settled: {settled}");
    let found: BTreeSet<_> =
        found.iter().map(|(rule, found)| format!("{rule} {}", found.values().sum::<usize>())).collect();
    assert_eq!(found, left.into_iter().collect::<BTreeSet<_>>());
}

#[test]
fn no_needle_is_missed_right_after_what_changes_its_meaning() {
    race(&[], |_| {});
}

#[test]
fn no_needle_is_missed_by_several_workers() {
    race(&["--workers", "3"], |_| {});
}

#[test]
fn no_needle_is_missed_while_rules_are_loaded_anew() {
    race(&[], |watch| {
        for _ in 0..8 {
            std::thread::sleep(std::time::Duration::from_millis(400));
            watch.signal("HUP");
        }
    });
}

/// Rules that nothing can break, for the sake of what the kernel takes for certain; by ruleset and place there.
const SILENT: &[&str] = &["05-6", "06-3", "08-2"];

#[test]
fn the_default_rules_and_the_community_rules_miss_no_deed() {
    real_rules(&[]);
}

#[test]
fn they_miss_none_with_several_workers() {
    real_rules(&["--workers", "3"]);
}

fn real_rules(options: &[&str]) {
    if hindered() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("load");
    fs::create_dir(&folder).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: PathBuf, names: &[&str]| {
        let all = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        let wanted = |path: &PathBuf| names.is_empty() || names.iter().any(|name| path.ends_with(name));
        let mut files: Vec<_> =
            all.filter(|path| path.extension().is_some_and(|end| end == "yaml") && wanted(path)).collect();
        files.sort();
        files
    };
    let mut suites = vec![Suite { name: "default rules".to_owned(), files: files(here.join("../../rules"), &[]) }];
    let community = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let mut found = files(here.join("../../../shared/corpus/falco-rules"), &community);
    if found.len() == community.len() {
        // What the others build on comes first.
        found.sort_by_key(|path| community.iter().position(|name| path.ends_with(name)));
        suites.push(Suite { name: "community rules".to_owned(), files: found });
    } else {
        println!("skipped: no community rules beside the checkout");
    }
    // The files define macros of the same names: each suite is compared by itself.
    for suite in suites {
        let Some((found, settled)) = compare(&folder, &[suite], options) else { return };
        assert!(!found.is_empty() && settled > 500, "{} rules fired, {settled} events settled", found.len());
    }
}
