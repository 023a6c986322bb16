//! The command on the real kernel: each default rule, broken and almost broken by real programs.
//!
//! Needs root; says so and passes where it may not watch. `cargo test -p windhover --test live`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod course;
mod deed;
#[path = "../fake_runtime/mod.rs"]
mod fake_runtime;
mod reload;
mod reload_keys;
mod stage;
mod stuck;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use deed::DEEDS;
use stage::Stage;
use watch::Watch;

/// Names of the default rules.
fn default_rules() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let files = folder.read_dir().unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let texts: Vec<_> = files.collect();
    let names = texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("- rule: "));
    names.map(str::to_owned).collect()
}

#[test]
fn every_default_rule_has_its_deed() {
    let told: Vec<_> = DEEDS.iter().map(|deed| deed.rule).collect();
    let set: BTreeSet<_> = told.iter().map(|rule| (*rule).to_owned()).collect();
    assert_eq!(set.len(), told.len(), "a rule is told of twice");
    assert_eq!(set, default_rules());
}

/// Rules that fired, by the deed that made them.
fn by_deed(alerts: &[String]) -> BTreeMap<String, BTreeSet<String>> {
    let mut fired: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in alerts {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        let deed = alert["output_fields"]["proc.env[DEED]"].as_str().unwrap_or("none");
        fired.entry(deed.to_owned()).or_default().insert(alert["rule"].as_str().unwrap().to_owned());
    }
    fired
}

#[test]
fn deeds_break_their_rule_and_near_misses_do_not() {
    if let Some(reason) = watch::hindrance() {
        println!("skipped: {reason}");
        return;
    }
    let mut scripts: Vec<(String, &str)> = Vec::new();
    for (number, deed) in DEEDS.iter().enumerate() {
        scripts.push((format!("{number:02}-fires"), deed.fires));
        scripts.push((format!("{number:02}-spares"), deed.spares));
    }
    let mut stage = match Stage::set(&scripts) {
        Ok(stage) => stage,
        Err(reason) => {
            println!("skipped: no place for the deeds: {reason}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let (socket, config) = (folder.path().join("docker.sock"), folder.path().join("config.yaml"));
    fake_runtime::serve(&socket, stage::CONTAINERS);
    std::fs::write(&config, fake_runtime::config(&socket)).unwrap();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut options = vec!["-c", config.to_str().unwrap(), "-r", rules.to_str().unwrap()];
    options.extend(["-o", "json_output=true", "-o", "rule_matching=all", "-p", "deed=%proc.env[DEED]"]);
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "127.0.0.1 localhost\n192.0.2.99 kubernetes.default.svc.cluster.local\n").unwrap();
    let Some(mut watch) = Watch::start_with_hosts(stage.id(), &options, &hosts) else { return };
    let complaints = stage.play();
    for complaint in &complaints {
        println!("{complaint}");
    }
    watch.signal("INT");
    let (status, rest) = watch.end();
    assert!(status.success(), "{:#?}", watch.words);
    let alerts: Vec<_> = rest.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect();
    let fired = by_deed(&alerts);
    let mut faults = Vec::new();
    for (number, deed) in DEEDS.iter().enumerate() {
        let of = |kind: &str| fired.get(&format!("{number:02}-{kind}")).cloned().unwrap_or_default();
        let want: BTreeSet<_> = deed.also.iter().chain([&deed.rule]).map(|rule| (*rule).to_owned()).collect();
        if of("fires") != want {
            faults.push(format!("{number:02}-fires: `{}`: fired {:?}", deed.rule, of("fires")));
        }
        if of("spares").contains(deed.rule) {
            faults.push(format!("{number:02}-spares: `{}` fired", deed.rule));
        }
    }
    assert!(faults.is_empty(), "{}\nthe stage: {complaints:#?}\nthe command: {:#?}", faults.join("\n"), watch.words);
}
