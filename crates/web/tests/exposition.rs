//! The page of metrics, read by a parser that lets nothing pass which the text format (version 0.0.4) does not allow.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use windhover_engine::metric::{MetricGroups, Resources, snapshot};
use windhover_engine::{CpuCounts, Facts, FileDigest, KindCounts, Measurement, Reloads, RingFill, RuleHits};
use windhover_outputs::{ChannelStats, Priority};
use windhover_web::prometheus::render;

const ALL: MetricGroups = MetricGroups {
    rules: true,
    resources: true,
    state: true,
    kernel: true,
    kernel_per_cpu: true,
    memory_in_mb: true,
    empty: true,
};

/// A metric of a page.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    /// Labels, sorted, and the value.
    samples: BTreeMap<Vec<(String, String)>, f64>,
}

/// Reads a page, or says what is wrong with it.
fn parse(page: &str) -> Result<BTreeMap<String, Family>, String> {
    if !page.is_empty() && !page.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current: Option<String> = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let wrong = |what: &str| Err(format!("{what}: {line}"));
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let Some((name, help)) = rest.split_once(' ') else { return wrong("no help") };
            if !is_name(name, true) || help.is_empty() {
                return wrong("not a name with its help");
            }
            let next = lines.next().unwrap_or_default();
            let kind = next.strip_prefix(&format!("# TYPE {name} "));
            let Some(kind) = kind.filter(|kind| matches!(*kind, "counter" | "gauge")) else { return wrong(next) };
            let family = Family { kind: kind.to_owned(), ..Family::default() };
            if families.insert(name.to_owned(), family).is_some() {
                return wrong("a metric twice");
            }
            current = Some(name.to_owned());
            continue;
        }
        let (name, labels, value) = sample(line).map_err(|what| format!("{what}: {line}"))?;
        if current.as_ref() != Some(&name) {
            return wrong("not below its metric");
        }
        let Some(family) = families.get_mut(&name) else { return wrong("no such metric") };
        if family.kind == "counter" && (value < 0.0 || !name.ends_with("_total")) {
            return wrong("not a counter");
        }
        if family.samples.insert(labels, value).is_some() {
            return wrong("a sample twice");
        }
    }
    match families.iter().find(|(_, family)| family.samples.is_empty()) {
        Some((name, _)) => Err(format!("no sample of {name}")),
        None => Ok(families),
    }
}

fn is_name(text: &str, colons: bool) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    text.chars().all(fits) && text.chars().next().is_some_and(|c| !c.is_ascii_digit())
}

type Sample = (String, Vec<(String, String)>, f64);

/// `name{label="value",…} number`.
fn sample(line: &str) -> Result<Sample, &'static str> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    if !is_name(name, true) {
        return Err("not a name");
    }
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").ok_or("no label")?;
            if !is_name(label, false) || label.starts_with("__") {
                return Err("not a label");
            }
            let (value, after) = quoted(after)?;
            labels.push((label.to_owned(), value));
            rest = match (after.strip_prefix(','), after.strip_prefix('}')) {
                (Some(more), _) => more,
                (_, Some(end)) => {
                    rest = end;
                    break;
                }
                _ => return Err("labels do not end"),
            };
        }
    }
    let number = rest.strip_prefix(' ').ok_or("no blank before the value")?;
    let value: f64 = number.parse().map_err(|_| "not a number")?;
    let names: BTreeSet<_> = labels.iter().map(|(name, _)| name).collect();
    if names.len() != labels.len() || !value.is_finite() {
        return Err("a label twice, or no finite number");
    }
    labels.sort();
    Ok((name.to_owned(), labels, value))
}

/// The text up to the closing quote, and what is behind it.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, '\\')) => value.push('\\'),
                Some((_, '"')) => value.push('"'),
                Some((_, 'n')) => value.push('\n'),
                _ => return Err("not an escape"),
            },
            c => value.push(c),
        }
    }
    Err("a value does not end")
}

/// Something in everything, and names that try to break out.
fn measured() -> (Facts, Measurement, Resources) {
    let nasty = "a \"b\" \\ c\n{d=\"e\"} 1";
    let facts = Facts {
        version: nasty.into(),
        hostname: nasty.into(),
        rules_files: vec![FileDigest { name: nasty.into(), sha256: "ab".into() }],
        config_files: vec![FileDigest { name: "c.yaml".into(), sha256: "cd".into() }],
        ..Facts::default()
    };
    let rule = |name: &str, hits, samples| RuleHits {
        name: name.into(),
        priority: Priority::Error,
        source: "syscall".into(),
        tags: ["T1000".to_owned(), "t-1000".to_owned(), "t_1000".to_owned(), "ü".to_owned()].into(),
        hits,
        samples,
        sampled_nanos: samples * 1_500_000_000,
    };
    let mut now = Measurement { now: 5_000_000_000, host_cpus: 2, ..Measurement::default() };
    now.rules = vec![rule(nasty, 3, 2), rule("quiet", 0, 0)];
    now.channels = vec![ChannelStats { name: "http".into(), queued: 1, lost_failed: 2, ..ChannelStats::default() }];
    now.reloads = Reloads { succeeded: 4, failed: 1, last: None };
    now.kernel.cpus = vec![CpuCounts { seen: 1, lost: 0 }, CpuCounts { seen: 2, lost: 1 }];
    now.kernel.kinds = vec![
        KindCounts { name: "open", dir: "<", seen: 9, shed: 1, settled: 8, ..KindCounts::default() },
        KindCounts { name: "open", dir: ">", ..KindCounts::default() },
    ];
    now.kernel.rings =
        ["0", "lifecycle"].map(|name| RingFill { name: name.into(), bytes: 4096, waiting: 16, peak: 99 }).into();
    now.model.counters.fds_refused = 5;
    (facts, now, Resources { rss_kb: 1, cpu_percent: 0.5, ..Resources::default() })
}

#[test]
fn every_page_is_well_formed_and_says_what_was_measured() {
    let (facts, now, used) = measured();
    let page = render(&facts, &now, &used, ALL);
    let families = parse(&page).unwrap_or_else(|e| panic!("{e}\n{page}"));
    let value = |name: &str, labels: &[(&str, &str)]| {
        let labels: Vec<_> = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        families.get(name).and_then(|family| family.samples.get(&labels)).copied()
    };
    let rule = &*now.rules[0].name;
    for (name, labels, want) in [
        ("windhover_rule_samples_total", &[("rule", rule), ("source", "syscall")][..], 2.0),
        ("windhover_rule_sampled_seconds_total", &[("rule", rule), ("source", "syscall")], 3.0),
        ("windhover_rule_matches_total", &[("rule", rule), ("source", "syscall")], 3.0),
        ("windhover_reloads_total", &[("result", "succeeded")], 4.0),
        ("windhover_reloads_total", &[("result", "failed")], 1.0),
        ("windhover_ring_peak_bytes", &[("ring", "lifecycle")], 99.0),
        ("windhover_ring_waiting_bytes", &[("ring", "0")], 16.0),
        ("windhover_model_limits_total", &[("what", "fds_refused")], 5.0),
        ("windhover_kernel_events_settled_total", &[("dir", "<"), ("type", "open")], 8.0),
        ("windhover_kernel_events_lost_total", &[("dir", "<"), ("reason", "shed"), ("type", "open")], 1.0),
        ("windhover_output_lost_total", &[("output", "http"), ("reason", "failed")], 2.0),
        ("windhover_output_queue_alerts", &[("output", "http")], 1.0),
    ] {
        assert_eq!(value(name, labels), Some(want), "{name}\n{page}");
    }
    for groups in [MetricGroups { rules: false, ..ALL }, MetricGroups { kernel: false, state: false, ..ALL }] {
        parse(&render(&facts, &now, &used, groups)).unwrap();
    }
    parse(&render(&Facts::default(), &Measurement::default(), &Resources::default(), ALL)).unwrap();
}

#[test]
fn our_own_metrics_are_documented() {
    let (facts, now, used) = measured();
    let documented = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md")).unwrap();
    let page = parse(&render(&facts, &now, &used, ALL)).unwrap();
    for name in page.keys().filter(|name| name.starts_with("windhover_")) {
        assert!(documented.contains(&format!("`{name}`")), "{name} is not in docs/metrics.md");
    }
    let record = snapshot(&facts, &now, None, &used, ALL);
    let variable = ["rule_samples", "rule_sampled_ns", "outputs", "lost", "settled"];
    for key in record.keys().filter_map(|key| key.strip_prefix("windhover.")) {
        let head = key.split('.').next().unwrap();
        let known = if let Some(ring) = key.strip_prefix("ring_") {
            documented.contains(&format!("`windhover.ring_NAME.{}`", ring.split_once('.').unwrap().1))
        } else if variable.contains(&head) {
            documented.contains(&format!("`windhover.{head}."))
        } else {
            documented.contains(&format!("`windhover.{key}`"))
        };
        assert!(known, "windhover.{key} is not in docs/metrics.md");
    }
}

#[test]
fn the_parser_refuses_what_is_wrong() {
    let good = "# HELP a_total Help.\n# TYPE a_total counter\na_total{b=\"c\"} 1\n";
    assert!(parse(good).is_ok());
    for (from, to) in [
        ("a_total{", "b_total{"),
        ("# TYPE a_total counter\n", ""),
        ("b=\"c\"", "b=\"c\",b=\"d\""),
        ("b=\"c\"", "b=\"c"),
        ("b=\"c\"", "b=\"\\c\""),
        ("b=\"c\"", "b-c=\"c\""),
        ("} 1", "} -1"),
        ("} 1", "} one"),
        ("} 1", "}1"),
        ("1\n", "1"),
        ("1\n", "1\na_total{b=\"c\"} 2\n"),
        ("1\n", "1\n# HELP a_total Help.\n# TYPE a_total counter\na_total 1\n"),
        ("a_total{b=\"c\"} 1\n", ""),
        ("counter", "summary"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert!(bad != good && parse(&bad).is_err(), "{bad}");
    }
    assert!(parse(&good.replace("a_total", "a")).is_err(), "a counter's name ends with _total");
}
