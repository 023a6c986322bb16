//! Every field of every event of the recorded captures, against what the reference says of it.
//!
//! `cargo test --release -p windhover-fields --test conformance -- --nocapture` prints a table: events, fields compared,
//! equal, different, and explained by a defect of the reference ([`defect`]); how many each defect explains; and for each
//! field that differs the first difference. `CAPTURE=v2_net` in the environment takes one capture alone, `FIELD=fd.name`
//! shows more differences of one field.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // Helpers of tests are tests.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

mod defect;

use defect::{Defect, Explainer};
use serde_json::Value as JsonValue;
use windhover_capture::{Reader, Record};
use windhover_event::{EventSet, EventView};
use windhover_fields::{Catalogue, EventKind, EventValues, Template, TypeValues, event_types};
use windhover_filter::{Expr, Matcher, ParseOptions, Predicate, Scratch, compile, eval_expr};
use windhover_system::{Applied, Limits, System};

/// A rule of the file that the reference's values were made with.
struct DumpRule {
    name: String,
    /// Event types that the rule is tried for.
    types: EventSet,
    condition: Expr<Matcher>,
    template: Template,
}

/// Reads the few forms that the file has: `- rule:`, `condition:`, `output:`, each in one line.
fn dump_rules(path: &Path, catalogue: &Catalogue) -> Vec<DumpRule> {
    let text = std::fs::read_to_string(path).unwrap();
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.trim_start().strip_prefix(key));
        line.unwrap_or_default().trim().to_owned()
    };
    let blocks = text.split("- rule:").skip(1);
    let rule = |block: &str| {
        let condition = value(block, "condition:");
        let ast = windhover_filter::parse(&condition, &ParseOptions::default()).unwrap();
        DumpRule {
            name: block.lines().next().unwrap_or_default().trim().to_owned(),
            types: event_types(&ast).unwrap().types,
            condition: compile(&ast, catalogue).unwrap().expr.map(&mut Matcher::new),
            template: Template::parse(&value(block, "output:"), catalogue).unwrap(),
        }
    };
    blocks.map(rule).collect()
}

#[derive(Default)]
struct Tally {
    events: u64,
    compared: u64,
    different: u64,
    /// Values that differ exactly as a defect of the reference makes them.
    explained: BTreeMap<Defect, u64>,
    /// Lines of the reference for which there is no event.
    missing: u64,
    explainer: Explainer,
    /// By field: how often, and the first differences.
    by_field: BTreeMap<String, (u64, Vec<String>)>,
}

impl Tally {
    fn differs(&mut self, field: &str, describe: impl FnOnce() -> String) {
        self.different += 1;
        let entry = self.by_field.entry(field.to_owned()).or_default();
        entry.0 += 1;
        let most = if std::env::var("FIELD").is_ok_and(|wanted| wanted == field) { 8 } else { 1 };
        if entry.1.len() < most {
            entry.1.push(describe());
        }
    }
}

impl Tally {
    /// Adds what the capture `name` gave.
    fn add(&mut self, name: &str, other: Self) {
        self.events += other.events;
        self.compared += other.compared;
        self.different += other.different;
        self.missing += other.missing;
        for (defect, count) in other.explained {
            *self.explained.entry(defect).or_default() += count;
        }
        for (field, (count, first)) in other.by_field {
            let entry = self.by_field.entry(field).or_default();
            entry.0 += count;
            entry.1.extend(first.into_iter().map(|first| format!("{name} {first}")));
            entry.1.truncate(8);
        }
    }
}

struct Expected {
    lines: std::io::Lines<BufReader<Box<dyn std::io::Read>>>,
    next: Option<(u64, JsonValue)>,
}

impl Expected {
    fn open(path: &Path) -> Self {
        let file = ruzstd::decoding::StreamingDecoder::new(File::open(path).unwrap()).unwrap();
        let mut this = Self { lines: BufReader::new(Box::new(file) as Box<dyn std::io::Read>).lines(), next: None };
        this.advance();
        this
    }

    fn advance(&mut self) {
        self.next = self.lines.next().map(|line| {
            let line: JsonValue = serde_json::from_str(&line.unwrap()).unwrap();
            (line["output_fields"]["evt.num"].as_u64().unwrap(), line)
        });
    }
}

fn compare(capture: &Path, results: &Path, catalogue: &Catalogue, rules: &[DumpRule]) -> Tally {
    let mut tally = Tally::default();
    let mut expected = Expected::open(results);
    let mut system = System::new(Limits::default());
    let mut scratch = Scratch::default();
    let mut reader = Reader::open(capture).unwrap();
    // The reference leaves the boot time of a recording out of account.
    let mut snapshot = reader.snapshot().clone();
    snapshot.machine.boot_ts = 0;
    system.load(snapshot);
    while let Some(record) = reader.next().unwrap() {
        let Record::Event(captured) = record else { continue };
        if system.apply(&captured.event, None) != Applied::Shown {
            continue;
        }
        tally.explainer.observe(&captured.event, &system.context());
        tally.events += 1;
        let num = system.context().event_num();
        while expected.next.as_ref().is_some_and(|(wanted, _)| *wanted < num) {
            tally.missing += 1;
            expected.advance();
        }
        let Some((_, line)) = expected.next.take_if(|(wanted, _)| *wanted == num) else { continue };
        expected.advance();
        compare_event(&captured.event, captured.cpu, &system, catalogue, rules, &line, &mut scratch, &mut tally);
    }
    while expected.next.is_some() {
        tally.missing += 1;
        expected.advance();
    }
    tally
}

#[allow(clippy::too_many_arguments)]
fn compare_event(
    event: &EventView<'_>,
    cpu: u16,
    system: &System,
    catalogue: &Catalogue,
    rules: &[DumpRule],
    line: &JsonValue,
    scratch: &mut Scratch,
    tally: &mut Tally,
) {
    let kind = EventKind::of(event);
    let values = EventValues::new(*event, system.context(), catalogue).with_cpu(cpu);
    let mut applies =
        |rule: &&DumpRule| rule.types.contains(event.kind()) && eval_expr(&rule.condition, &values, scratch);
    let rule = rules.iter().find(&mut applies).unwrap();
    if line["rule"] != rule.name.as_str() {
        tally.differs("rule", || format!("ours {}, theirs {}", rule.name, line["rule"]));
        return;
    }
    for (key, ours) in rule.template.output_fields(&values, scratch) {
        let theirs = &line["output_fields"][&*key];
        tally.compared += 1;
        if is_same(&key, &ours, theirs) {
            continue;
        }
        if let Some(defect) = tally.explainer.explain(&key, event, &system.context(), &ours, theirs) {
            *tally.explained.entry(defect).or_default() += 1;
        } else {
            let place = || format!("event {} {}", line["output_fields"]["evt.num"], kind.name());
            tally.differs(&key, || format!("{}\n      ours   {ours}\n      theirs {theirs}", place()));
        }
    }
}

/// The order of a list is nobody's promise.
fn is_same(field: &str, ours: &JsonValue, theirs: &JsonValue) -> bool {
    let sorted = |value: &JsonValue| {
        let mut items = value.as_array()?.clone();
        items.sort_by_key(ToString::to_string);
        Some(items)
    };
    match field {
        "fd.types" if ours.is_array() => sorted(ours) == sorted(theirs),
        _ => ours == theirs,
    }
}

fn captures(shared: &Path) -> Vec<PathBuf> {
    let only = std::env::var("CAPTURE").ok();
    let mut found = Vec::new();
    for dir in [shared.to_owned(), shared.join("third-party")] {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
            if path.extension().is_some_and(|ext| ext == "scap") && only.as_ref().is_none_or(|only| *only == stem) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn fields_of_captures_are_those_of_the_reference() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    if !shared.exists() {
        println!("skipped: {} is not there", shared.display());
        return;
    }
    let catalogue = Catalogue::syscall();
    let rules = dump_rules(&shared.join("results/dump_rules.yaml"), &catalogue);
    let mut sum = Tally::default();
    heading();
    for capture in captures(&shared) {
        let name = capture.file_stem().unwrap().to_string_lossy().into_owned();
        let results = shared.join("results").join(format!("{name}.fields.jsonl.zst"));
        let tally = compare(&capture, &results, &catalogue, &rules);
        row(&name, &tally);
        sum.add(&name, tally);
    }
    row("all", &sum);
    println!("\nwrong in the reference:");
    for defect in Defect::ALL {
        println!("{:>8} {}", sum.explained.get(&defect).copied().unwrap_or(0), defect.name());
    }
    println!("\ndifferent, with the first difference:");
    for (field, (count, first)) in &sum.by_field {
        println!("{count:>8} {field}");
        first.iter().for_each(|first| println!("    {first}"));
    }
    println!("{} different in all, {} lines missing", sum.different, sum.missing);
    assert_eq!(sum.missing, 0, "events that the reference shows and we do not");
    assert_eq!(sum.different, 0, "values that nothing explains: see the list above");
}

fn heading() {
    println!(
        "{:<24} {:>8} {:>10} {:>10} {:>9} {:>9} {:>8}",
        "capture", "events", "compared", "equal", "different", "explained", "missing"
    );
}

fn row(name: &str, tally: &Tally) {
    let explained: u64 = tally.explained.values().sum();
    let equal = tally.compared - explained - tally.different.min(tally.compared);
    println!(
        "{name:<24} {:>8} {:>10} {equal:>10} {:>9} {explained:>9} {:>8}",
        tally.events, tally.compared, tally.different, tally.missing
    );
}

/// What the kind of an event decides alone must be what the event then says.
#[test]
fn kinds_decide_as_events_do() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    if !shared.exists() {
        println!("skipped: {} is not there", shared.display());
        return;
    }
    let catalogue = Catalogue::syscall();
    let with_arguments = ["evt.arg.flags", "evt.arg[3]", "evt.rawarg.res", "evt.type.is.open", "evt.abspath.dst"];
    let names =
        catalogue.fields().filter(|field| !field.arg.is_required() && !field.flags.print_only).map(|field| field.name);
    let mut conditions: Vec<String> = names.chain(with_arguments).map(|name| format!("{name} exists")).collect();
    let more = ["evt.type = close", "evt.dir = <", "evt.is_io = true", "evt.io_dir = read", "evt.category = file"];
    conditions.extend(more.map(String::from));
    let tests: Vec<_> = conditions.iter().map(|condition| single_test(condition, &catalogue)).collect();
    let mut decided = std::collections::HashMap::new();
    for name in ["v1_files", "v2_net", "v3_proc"] {
        let mut system = System::new(Limits::default());
        let mut scratch = Scratch::default();
        let mut reader = Reader::open(shared.join(format!("{name}.scap"))).unwrap();
        system.load(reader.snapshot().clone());
        while let Some(record) = reader.next().unwrap() {
            let Record::Event(captured) = record else { continue };
            if system.apply(&captured.event, None) != Applied::Shown {
                continue;
            }
            let kind = EventKind::of(&captured.event);
            let by_kind = decided.entry(kind).or_insert_with(|| {
                tests.iter().map(|(predicate, _)| TypeValues(kind).decide(predicate)).collect::<Vec<_>>()
            });
            let values = EventValues::new(captured.event, system.context(), &catalogue);
            for (at, (_, matcher)) in tests.iter().enumerate() {
                let Some(verdict) = by_kind[at] else { continue };
                let says = matcher.matches(&values, &mut scratch);
                assert_eq!(says, verdict, "{} of {}", conditions[at], kind.name());
            }
        }
    }
}

fn single_test(condition: &str, catalogue: &Catalogue) -> (Predicate, Matcher) {
    let ast = windhover_filter::parse(condition, &ParseOptions::default()).unwrap();
    let Expr::Atom(predicate) = compile(&ast, catalogue).unwrap().expr else { panic!("{condition}") };
    let matcher = Matcher::new(&predicate);
    (predicate, matcher)
}
