//! What several workers gain over one.
//!
//! ```sh
//! cargo run --release -p windhover-engine --example crew -- CAPTURE RULES.yaml [RULES.yaml …]
//! ```
//!
//! The capture's events are in memory, split as the probe would split them; they are replayed, from the snapshot each time,
//! by one worker, by two and by four. Prints events per second (medians), the part of lifecycle events, and what the model's
//! work on those alone costs, which every worker does.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use windhover_capture::{Reader, Record};
use windhover_engine::crew::{CrewOptions, Lifecycle, Post, Purge, Ring, pause};
use windhover_engine::{ActiveRule, Engine, EngineOptions, Evaluation, LossPolicy, Vocabulary, activate};
use windhover_event::EventView;
use windhover_event::snapshot::Snapshot;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_outputs::{Format, Outputs, Priority};
use windhover_rules::{LoadOptions, Loader};
use windhover_system::{Limits, System};

const ROUNDS: usize = 7;

struct Recording {
    snapshot: Snapshot,
    /// Process, whether it is a lifecycle event, bytes.
    events: Vec<(i64, bool, Vec<u8>)>,
}

impl Recording {
    fn read(path: &str) -> Self {
        let mut reader = Reader::open(path).unwrap();
        let snapshot = reader.take_snapshot();
        let mut system = System::new(Limits::default());
        system.load(snapshot.clone());
        let mut events = Vec::new();
        while let Some(Record::Event(captured)) = reader.next().unwrap() {
            system.apply(&captured.event, None);
            let known = system.context().thread().map(|thread| thread.pid).filter(|pid| *pid > 0);
            let pid = known.unwrap_or(captured.event.tid());
            events.push((pid, captured.event.kind().is_lifecycle(), captured.event.bytes().to_vec()));
        }
        Self { snapshot, events }
    }
}

/// A share of the events.
struct MemoryRing {
    events: Vec<Vec<u8>>,
    next: usize,
    left: Arc<AtomicUsize>,
}

impl Ring for MemoryRing {
    fn drain(&mut self, limit: usize, each: &mut dyn FnMut(&[u8])) -> bool {
        let end = self.events.len().min(self.next + limit);
        self.events[self.next..end].iter().for_each(|event| each(event));
        self.left.fetch_sub(end - self.next, Ordering::Relaxed);
        self.next = end;
        end == self.events.len()
    }

    fn wait(&mut self) {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// The lifecycle events, each ready when it is asked for.
struct MemoryLifecycle {
    events: Vec<Vec<u8>>,
}

impl Lifecycle for MemoryLifecycle {
    fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
        self.events.drain(..).for_each(|event| each(&event));
    }

    fn now(&self) -> u64 {
        u64::MAX
    }
}

fn engine(rules: &[ActiveRule], vocabulary: &Vocabulary) -> Engine {
    let options = EngineOptions {
        match_all: false,
        evaluation: Evaluation::default(),
        limits: Limits::default(),
        zone: Zone::UTC,
        buffers: BufferFormat::Dots,
        loss_policy: LossPolicy::default(),
        self_pid: None,
        time_rules: false,
    };
    let outputs = Outputs::new(Format::default(), Arc::new(|_| {}));
    Engine::new(rules.to_vec(), vocabulary.catalogue().clone(), outputs, Arc::new(|_, _| {}), options)
}

/// Seconds that one worker needs, and of processors.
fn alone(engine: &mut Engine, recording: &Recording) -> (f64, f64) {
    engine.reset(recording.snapshot.clone());
    let (started, before) = (Instant::now(), processor_seconds());
    for (_, _, bytes) in &recording.events {
        engine.encoded(bytes, 0, None);
    }
    (started.elapsed().as_secs_f64(), processor_seconds() - before)
}

/// The same for several.
fn together(engine: &mut Engine, recording: &Recording, workers: usize) -> (f64, f64) {
    let mut shares = vec![Vec::new(); workers];
    let mut lifecycle = Vec::new();
    for (pid, is_lifecycle, bytes) in &recording.events {
        let mut bytes = bytes.clone();
        if *is_lifecycle {
            if *pid > 0 {
                bytes[12..16].copy_from_slice(&(*pid as u32).to_le_bytes());
            }
            lifecycle.push(bytes);
        } else {
            shares[*pid as u32 as usize % workers].push(bytes);
        }
    }
    let left = Arc::new(AtomicUsize::new(shares.iter().map(Vec::len).sum()));
    let posts = shares.into_iter().map(|events| Post {
        ring: Box::new(MemoryRing { events, next: 0, left: Arc::clone(&left) }),
        machine: None,
        pause: Box::new(pause),
    });
    let options =
        CrewOptions { window: Duration::from_millis(50), purge: Purge { interval: u64::MAX, timeout: u64::MAX } };
    let posts = posts.collect();
    let lifecycle = Box::new(MemoryLifecycle { events: lifecycle });
    engine.start_crew(&recording.snapshot, posts, lifecycle, options).unwrap();
    let (started, before) = (Instant::now(), processor_seconds());
    while left.load(Ordering::Relaxed) > 0 {
        std::thread::sleep(Duration::from_micros(200));
    }
    let result = (started.elapsed().as_secs_f64(), processor_seconds() - before);
    engine.end_crew();
    result
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let recording = Recording::read(&arguments.next().expect("the first argument is a capture"));
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    for path in arguments {
        loader.load(&path, &std::fs::read_to_string(&path).unwrap());
    }
    let loaded = loader.finish();
    let rules = activate(&loaded.rules, Priority::Debug, &[], &vocabulary).unwrap();
    let lifecycle = recording.events.iter().filter(|(_, lifecycle, _)| *lifecycle).count();
    let all = recording.events.len();
    println!("{all} events, {lifecycle} of the lifecycle ({:.1} %)", 100.0 * lifecycle as f64 / all as f64);
    let mut rounds = vec![Vec::new(); 3];
    let mut spent = [0.0; 3];
    for _ in 0..ROUNDS {
        for (place, workers) in [1, 2, 4].into_iter().enumerate() {
            let mut engine = engine(&rules, &vocabulary);
            let (seconds, processors) = match workers {
                1 => alone(&mut engine, &recording),
                _ => together(&mut engine, &recording, workers),
            };
            rounds[place].push(seconds);
            spent[place] += processors;
        }
    }
    let medians: Vec<f64> = rounds
        .iter_mut()
        .map(|round| {
            round.sort_by(f64::total_cmp);
            round[ROUNDS / 2]
        })
        .collect();
    for ((workers, seconds), spent) in [1, 2, 4].iter().zip(&medians).zip(spent) {
        let (rate, gain) = (all as f64 / seconds / 1e6, medians[0] / seconds);
        let each = spent / (all * ROUNDS) as f64 * 1e9;
        println!("{workers} workers: {rate:.2} M events/s ({gain:.2} ×), {each:.0} ns of processor time an event");
    }
    noting(&recording);
}

/// What this process has had of all processors, in steps of a hundredth of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// What another worker's lifecycle events cost, against ordinary ones, in the model alone.
fn noting(recording: &Recording) {
    let mut best = [f64::MAX; 2];
    for _ in 0..ROUNDS {
        for (place, only_lifecycle) in [(0, false), (1, true)] {
            let mut system = System::new(Limits::default());
            system.load(recording.snapshot.clone());
            let started = Instant::now();
            for (_, lifecycle, bytes) in &recording.events {
                if (*lifecycle || !only_lifecycle)
                    && let Ok(event) = EventView::parse(bytes)
                {
                    system.apply(&event, None);
                }
            }
            best[place] = best[place].min(started.elapsed().as_secs_f64());
        }
    }
    let all = recording.events.len() as f64;
    println!(
        "the model: {:.0} ns an event; lifecycle events alone {:.0} ns for each event of any type",
        best[0] / all * 1e9,
        best[1] / all * 1e9
    );
}
