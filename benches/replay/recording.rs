//! A capture in memory, and what going through its events costs.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use windhover_capture::{CapturedEvent, Reader, Record};
use windhover_engine::recording::{AlertRecorder, AlertRecording, Before, Scope};
use windhover_engine::{Matcher, Observed, Observer as _, Vocabulary};
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;
use windhover_fields::EventValues;
use windhover_system::{Applied, Limits, System};

/// Events replayed for one figure, at least.
const EVENTS: usize = 2_000_000;
/// Rounds of which the median counts.
const ROUNDS: usize = 5;

pub struct Recording {
    snapshot: Snapshot,
    /// Every event, one after the other.
    bytes: Vec<u8>,
    /// Where each event starts.
    events: Vec<usize>,
}

impl Recording {
    pub fn read(path: &Path) -> Self {
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

    pub fn len(&self) -> usize {
        self.events.len()
    }

    fn views(&self) -> impl Iterator<Item = EventView<'_>> {
        self.events.iter().map(|&start| EventView::parse(&self.bytes[start..]).unwrap())
    }

    fn passes(&self) -> usize {
        EVENTS.div_ceil(self.len()).max(1)
    }

    /// Events that are gone through for one figure.
    pub fn replayed(&self) -> usize {
        ROUNDS * self.passes() * self.len()
    }

    /// Nanoseconds per event; `replay` goes through the events once and returns how long that took.
    fn measure(&self, mut replay: impl FnMut() -> f64) -> f64 {
        let passes = self.passes();
        let mut rounds: Vec<f64> =
            (0..ROUNDS).map(|_| (0..passes).map(|_| replay()).sum::<f64>() / (passes * self.len()) as f64).collect();
        rounds.sort_by(f64::total_cmp);
        rounds[ROUNDS / 2]
    }

    pub fn decoding(&self) -> f64 {
        self.measure(|| {
            let start = cpu_ns();
            for event in self.views() {
                black_box((event.ts(), event.kind(), event.param(0)));
            }
            cpu_ns() - start
        })
    }

    fn system(&self) -> System {
        let mut system = System::new(Limits::default());
        system.load(self.snapshot.clone());
        system
    }

    pub fn model(&self) -> f64 {
        self.measure(|| {
            let mut system = self.system();
            let start = cpu_ns();
            for event in self.views() {
                black_box(system.apply(&event, None));
            }
            cpu_ns() - start
        })
    }

    /// The model, with a recorder that keeps the last 30 seconds and is never asked for them.
    pub fn flight_recorder(&self) -> f64 {
        let options = AlertRecording {
            path_prefix: String::new(),
            all_rules: false,
            default_duration: Duration::ZERO,
            max_file_mib: 0,
            before: Before { duration: Duration::from_secs(30), max_mib: 64 },
            scope: Scope::Machine,
            beside: false,
        };
        let mut recorder = AlertRecorder::new(options, Arc::new(|_, _| {}));
        self.measure(|| {
            let mut system = self.system();
            recorder.reset(&system);
            let start = cpu_ns();
            for event in self.views() {
                if system.apply(&event, None) != Applied::Suppressed {
                    let captured = CapturedEvent { cpu: 0, state_only: false, event };
                    recorder.event(&Observed { captured, values: None, system: &system, matches: &[] });
                }
            }
            cpu_ns() - start
        })
    }

    pub fn rules(&self, matcher: &mut dyn Matcher, vocabulary: &Vocabulary) -> f64 {
        self.measure(|| {
            let mut system = self.system();
            matcher.forget_processes();
            let mut matched = Vec::new();
            let start = cpu_ns();
            for event in self.views() {
                if system.apply(&event, None) == Applied::Shown && matcher.may_match(event.kind()) {
                    matched.clear();
                    let values = EventValues::new(event, system.context(), vocabulary.catalogue());
                    matcher.matches(&values, false, &mut matched);
                    black_box(&matched);
                }
            }
            cpu_ns() - start
        })
    }
}

/// What one replay of a file cost.
pub struct Replayed {
    pub events: u64,
    pub ns: f64,
    /// Memory of the process at the end, without mapped files.
    pub mib: f64,
}

/// One replay of a file from its first byte on, as the command does it, but for the alerts.
pub fn replay_file(path: &Path, matcher: &mut dyn Matcher, vocabulary: &Vocabulary) -> Replayed {
    let start = cpu_ns();
    let mut reader = Reader::open(path).unwrap();
    let mut system = System::new(Limits::default());
    system.load(reader.take_snapshot());
    let (mut events, mut matched) = (0, Vec::new());
    while let Some(record) = reader.next().unwrap() {
        let Record::Event(captured) = record else { continue };
        events += 1;
        let shown = system.apply(&captured.event, None) == Applied::Shown && !captured.state_only;
        if shown && matcher.may_match(captured.event.kind()) {
            matched.clear();
            let values = EventValues::new(captured.event, system.context(), vocabulary.catalogue());
            matcher.matches(&values, false, &mut matched);
            black_box(&matched);
        }
    }
    let ns = cpu_ns() - start;
    Replayed { events, ns, mib: memory() }
}

/// Nanoseconds for which this thread has run: what other programs do meanwhile does not count.
pub fn cpu_ns() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}

fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
