//! What an event costs on one core, stage by stage.
//!
//! ```sh
//! cargo run --release -p windhover-engine --example replay_cost -- CAPTURE RULES.yaml [RULES.yaml …]
//! ```
//!
//! The capture's events are read into memory once and then replayed, from its snapshot each time, until at least two million
//! have been. Prints nanoseconds per event (the median of the rounds) for decoding alone, with the model, and with the rules, by
//! each way of evaluating; and the last of these with ten and a hundred times the rules, the copies varied in their constants.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use windhover_capture::{Reader, Record};
use windhover_engine::{Candidate, Evaluation, Matcher, Vocabulary, activate};
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;
use windhover_fields::EventValues;
use windhover_filter::{Op, Predicate, Rhs, Scope};
use windhover_outputs::Priority;
use windhover_plan::Stages;
use windhover_rules::{LoadOptions, Loader};
use windhover_system::{Applied, Limits, System};

/// Events replayed for one figure, at least.
const EVENTS: usize = 2_000_000;
const ROUNDS: usize = 5;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let capture = arguments.next().expect("the first argument is a capture");
    let recording = Recording::read(Path::new(&capture));
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    for path in arguments {
        loader.load(&path, &std::fs::read_to_string(&path).unwrap());
    }
    let loaded = loader.finish();
    let rules = activate(&loaded.rules, Priority::Debug, &[], &vocabulary).unwrap();
    let candidates: Vec<_> = rules.into_iter().map(|rule| rule.candidate).collect();
    println!("{} events, {} rules", recording.events.len(), candidates.len());

    row("decoding", recording.measure(|round| recording.decode(round)), None);
    let model = recording.measure(|round| recording.model(round));
    row("and the model", model, None);
    let staged = |per_kind, per_process| Evaluation::Staged(Stages { grouping: true, per_kind, per_process });
    let ways = [
        ("and the rules, one by one", Evaluation::Plain),
        ("… compiled together", staged(false, false)),
        ("… by kind of event", staged(true, false)),
        ("… by process", staged(true, true)),
    ];
    for (name, way) in ways {
        recording.rules_row(name, &candidates, way, &vocabulary);
    }
    for times in [10, 100] {
        let many = varied(&candidates, times);
        recording.rules_row(&format!("… {times} × the rules"), &many, staged(true, true), &vocabulary);
    }
}

fn row(name: &str, ns: f64, load: Option<f64>) {
    let load = load.map_or(String::new(), |ms| format!("   compiled in {ms:.0} ms"));
    println!("{name:<28} {ns:>8.1} ns/event {:>8.2} M events/s{load}", 1000.0 / ns);
}

/// The rules, and copies of them in which every set of texts has a member more.
fn varied(candidates: &[Candidate], times: usize) -> Vec<Candidate> {
    let mut all = candidates.to_vec();
    for copy in 1..times {
        all.extend(candidates.iter().map(|candidate| Candidate {
            condition: candidate.condition.map(&mut |predicate| vary(predicate, copy)),
            kinds: candidate.kinds.clone(),
        }));
    }
    all
}

fn vary(predicate: &Predicate, copy: usize) -> Predicate {
    let mut predicate = predicate.clone();
    if let (Op::Eq | Op::In, Rhs::Texts(texts)) = (predicate.op, &predicate.rhs)
        && predicate.scope() != Scope::EventType
    {
        let mut texts = texts.to_vec();
        texts.push(Arc::from(format!("variant-{copy}").as_bytes()));
        texts.sort();
        predicate.op = Op::In;
        predicate.rhs = Rhs::Texts(texts.into());
    }
    predicate
}

/// A capture in memory.
struct Recording {
    snapshot: Snapshot,
    /// Every event, one after the other.
    bytes: Vec<u8>,
    /// Where each event starts.
    events: Vec<usize>,
}

impl Recording {
    fn read(path: &Path) -> Self {
        let mut reader = Reader::open(path).unwrap();
        let snapshot = reader.take_snapshot();
        let (mut bytes, mut events) = (Vec::new(), Vec::new());
        while let Some(record) = reader.next().unwrap() {
            if let Record::Event(captured) = record {
                events.push(bytes.len());
                bytes.extend_from_slice(captured.event.bytes());
            }
        }
        Self { snapshot, bytes, events }
    }

    fn views(&self) -> impl Iterator<Item = EventView<'_>> {
        self.events.iter().map(|&start| EventView::parse(&self.bytes[start..]).unwrap())
    }

    /// Nanoseconds per event; `replay` goes through the events once and returns how long that took.
    fn measure(&self, mut replay: impl FnMut(usize) -> f64) -> f64 {
        let passes = EVENTS.div_ceil(self.events.len()).max(1);
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| (0..passes).map(&mut replay).sum::<f64>() / (passes * self.events.len()) as f64)
            .collect();
        rounds.sort_by(f64::total_cmp);
        rounds[ROUNDS / 2]
    }

    fn decode(&self, _: usize) -> f64 {
        let start = Instant::now();
        for event in self.views() {
            black_box((event.ts(), event.kind(), event.param(0)));
        }
        start.elapsed().as_nanos() as f64
    }

    fn system(&self) -> System {
        let mut system = System::new(Limits::default());
        system.load(self.snapshot.clone());
        system
    }

    fn model(&self, _: usize) -> f64 {
        let mut system = self.system();
        let start = Instant::now();
        for event in self.views() {
            black_box(system.apply(&event, None));
        }
        start.elapsed().as_nanos() as f64
    }

    fn rules(&self, matcher: &mut dyn Matcher, vocabulary: &Vocabulary) -> f64 {
        let mut system = self.system();
        matcher.forget_processes();
        let mut matched = Vec::new();
        let start = Instant::now();
        for event in self.views() {
            if system.apply(&event, None) == Applied::Shown {
                matched.clear();
                let values = EventValues::new(event, system.context(), vocabulary.catalogue());
                matcher.matches(&values, false, &mut matched);
                black_box(&matched);
            }
        }
        start.elapsed().as_nanos() as f64
    }

    fn rules_row(&self, name: &str, candidates: &[Candidate], way: Evaluation, vocabulary: &Vocabulary) {
        let start = Instant::now();
        let mut matcher = way.matcher(candidates);
        let load = start.elapsed().as_secs_f64() * 1000.0;
        row(name, self.measure(|_| self.rules(&mut *matcher, vocabulary)), Some(load));
    }
}
