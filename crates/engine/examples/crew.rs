//! What several workers gain over one.
//!
//! ```sh
//! cargo run --release -p windhover-engine --example crew -- CAPTURE RULES.yaml [RULES.yaml …]
//! ```
//!
//! The capture's events are in memory, split as the probe would split them; they are replayed, from the snapshot each time,
//! by one worker, by two and by four, by turns. Prints events per second (the best and the median), the part of lifecycle events,
//! and what the model's work on those alone costs, which every worker does.
//!
//! Then what the same events allow: with these costs in processor time, and with a core for each worker, how long it takes until
//! all of up to 96 workers are done, if whoever starts a process of another worker keeps that one waiting until it has come so
//! far itself. A recording has no more at the same time than its machine had cores; so the same is said of many of it side by side,
//! as if as many such machines were one.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use windhover_capture::{Reader, Record};
use windhover_engine::crew::{CrewOptions, Lifecycle, Post, Purge, Ring, pause};
use windhover_engine::{ActiveRule, Engine, EngineOptions, Evaluation, LossPolicy, Vocabulary, activate};
use windhover_event::snapshot::Snapshot;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_event::{EventType, EventView, extension};
use windhover_outputs::{Format, Outputs, Priority};
use windhover_rules::{LoadOptions, Loader};
use windhover_system::{Limits, System, flag};

const ROUNDS: usize = 7;
/// Workers.
const COUNTS: [usize; 3] = [1, 2, 4];
/// Recordings that are taken to be of one machine.
const SIDE_BY_SIDE: usize = 48;
/// How far apart the process ids of two of them are, at least in what is left when they are divided by a number of workers.
const APART: usize = 100_003;

struct Recording {
    snapshot: Snapshot,
    events: Vec<Known>,
    bytes: Bytes,
}

/// What routing has to know of an event.
struct Known {
    pid: i64,
    is_lifecycle: bool,
    /// The process that it tells of as a child.
    child: Option<i64>,
    /// It is a child's own first.
    is_first: bool,
    /// Child and parent of a birth of which no event before told.
    birth: Option<(i64, i64)>,
}

/// Encoded events, one behind the other, as a ring buffer has them.
#[derive(Clone, Default)]
struct Bytes {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Bytes {
    fn push(&mut self, event: &[u8]) {
        self.bytes.extend_from_slice(event);
        self.ends.push(self.bytes.len());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl Recording {
    fn read(path: &str) -> Self {
        let mut reader = Reader::open(path).unwrap();
        let snapshot = reader.take_snapshot();
        let mut system = System::new(Limits::default());
        system.load(snapshot.clone());
        let (mut events, mut bytes) = (Vec::new(), Bytes::default());
        // Births that one of two events has told of.
        let mut told = HashSet::new();
        while let Some(Record::Event(captured)) = reader.next().unwrap() {
            let event = captured.event;
            system.apply(&event, None);
            let context = system.context();
            let pid = context.thread().map(|thread| thread.pid).filter(|pid| *pid > 0).unwrap_or(event.tid());
            let started = child_of(&event);
            let parent = context.parent().map(|parent| parent.pid).filter(|_| started == Some(0));
            let child = started.filter(|child| *child > 0);
            let birth = parent.map(|parent| (pid, parent)).or(child.map(|child| (child, pid)));
            let birth = birth.filter(|(child, _)| !told.remove(child) && told.insert(*child));
            events.push(Known {
                pid,
                is_lifecycle: event.kind().is_lifecycle(),
                child,
                is_first: parent.is_some(),
                birth,
            });
            bytes.push(event.bytes());
        }
        Self { snapshot, events, bytes }
    }
}

/// The id of the new process that an event tells of, where its creator counts processes as everybody does; 0 in its own event.
fn child_of(event: &EventView<'_>) -> Option<i64> {
    use EventType as E;
    const FLAGS: usize = 15;
    let kinds = [E::SYSCALL_CLONE_20_X, E::SYSCALL_FORK_20_X, E::SYSCALL_VFORK_20_X, E::SYSCALL_CLONE3_X];
    let flags = event.u32(FLAGS).unwrap_or(0);
    let child = event.i64(0).filter(|_| kinds.contains(&event.kind()) && flags & flag::CLONE_THREAD == 0)?;
    (child == 0 || flags & flag::CHILD_IN_PIDNS == 0).then_some(child)
}

/// A share of the events.
struct MemoryRing {
    events: Bytes,
    next: usize,
    left: Arc<AtomicUsize>,
}

impl Ring for MemoryRing {
    fn drain(&mut self, limit: usize, each: &mut dyn FnMut(&[u8])) -> bool {
        let end = self.events.len().min(self.next + limit);
        (self.next..end).for_each(|index| each(self.events.get(index)));
        self.left.fetch_sub(end - self.next, Ordering::Relaxed);
        self.next = end;
        end == self.events.len()
    }

    fn wait(&mut self) {
        std::thread::sleep(Duration::from_micros(100));
    }
}

/// The lifecycle events, all ready when the first is asked for.
struct MemoryLifecycle {
    events: Bytes,
}

impl Lifecycle for MemoryLifecycle {
    fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
        std::mem::take(&mut self.events).iter().for_each(each);
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
    for event in recording.bytes.iter() {
        engine.encoded(event, 0, None);
    }
    (started.elapsed().as_secs_f64(), processor_seconds() - before)
}

/// The same for several.
fn together(engine: &mut Engine, recording: &Recording, workers: usize) -> (f64, f64) {
    let mut shares = vec![Bytes::default(); workers];
    let mut lifecycle = Bytes::default();
    let mut routes = Routes::new(workers);
    for (known, event) in recording.events.iter().zip(recording.bytes.iter()) {
        if let Some((child, parent)) = known.birth {
            routes.born(child, parent);
        }
        let worker = routes.event(known.pid);
        if !known.is_lifecycle {
            shares[worker].push(event);
            continue;
        }
        let mut event = event.to_vec();
        if known.pid > 0 {
            let whose = known.pid as u32 | (worker as u32 + 1) << 22;
            event[12..16].copy_from_slice(&whose.to_le_bytes());
        }
        if let Some(child) = known.child {
            extension::append(&mut event, extension::TAG_CHILD_RING, &(routes.of(child) as u32).to_le_bytes());
        }
        lifecycle.push(&event);
    }
    let left = Arc::new(AtomicUsize::new(shares.iter().map(Bytes::len).sum()));
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
    let lifecycle = recording.events.iter().filter(|known| known.is_lifecycle).count();
    let all = recording.events.len();
    println!("{all} events, {lifecycle} of the lifecycle ({:.1} %)", 100.0 * lifecycle as f64 / all as f64);
    let mut rounds = vec![Vec::new(); COUNTS.len()];
    let mut spent = [0.0; COUNTS.len()];
    for _ in 0..ROUNDS {
        for (place, workers) in COUNTS.into_iter().enumerate() {
            let mut engine = engine(&rules, &vocabulary);
            let (seconds, processors) = match workers {
                1 => alone(&mut engine, &recording),
                _ => together(&mut engine, &recording, workers),
            };
            rounds[place].push(seconds);
            spent[place] += processors;
        }
    }
    rounds.iter_mut().for_each(|round| round.sort_by(f64::total_cmp));
    for ((workers, round), spent) in COUNTS.iter().zip(&rounds).zip(spent) {
        let rate = |seconds: f64| all as f64 / seconds / 1e6;
        let (best, median) = (round[0], round[ROUNDS / 2]);
        let (best_gain, gain) = (rounds[0][0] / best, rounds[0][ROUNDS / 2] / median);
        let each = spent / (all * ROUNDS) as f64 * 1e9;
        println!(
            "{workers} workers: best {:.2} M events/s ({best_gain:.2} ×), median {:.2} ({gain:.2} ×), {each:.0} ns of processor \
             time an event",
            rate(best),
            rate(median)
        );
    }
    let noting = noting(&recording);
    let event = spent[0] / (all * ROUNDS) as f64 * 1e9;
    println!(
        "what these events allow, at {event:.0} ns an event and {noting:.0} ns for another worker's lifecycle event:"
    );
    for workers in [1, 2, 4, 8, 16, 32, 96] {
        let gains = [1, SIDE_BY_SIDE].map(|copies| {
            let alone = (all * copies) as f64 * event;
            alone / makespan(&recording, copies, workers, event, noting)
        });
        println!("{workers} workers: {:.1} ×, with {SIDE_BY_SIDE} of it side by side {:.1} ×", gains[0], gains[1]);
    }
}

/// Who follows which process, as the probe would have it: a new process goes where its parent is, unless more waits there than
/// `BACKLOG` and less than half as much elsewhere.
struct Routes {
    by_process: HashMap<i64, usize>,
    /// Events that wait, by worker, if they come as fast as all workers together take them.
    waiting: Vec<f64>,
}

/// Events: as many as fill an eighth of a ring buffer.
const BACKLOG: f64 = 4096.0;

impl Routes {
    fn new(workers: usize) -> Self {
        Self { by_process: HashMap::new(), waiting: vec![0.0; workers] }
    }

    fn of(&self, pid: i64) -> usize {
        self.by_process.get(&pid).copied().unwrap_or(pid as u32 as usize % self.waiting.len())
    }

    /// A process starts another.
    fn born(&mut self, child: i64, parent: i64) {
        let own = self.of(parent);
        let other = child as u32 as usize % self.waiting.len();
        let moves = self.waiting[own] > BACKLOG && self.waiting[other] * 2.0 < self.waiting[own];
        self.by_process.insert(child, if moves { other } else { own });
    }

    /// An event comes: returns who gets it.
    fn event(&mut self, pid: i64) -> usize {
        let worker = self.of(pid);
        let each = 1.0 / self.waiting.len() as f64;
        self.waiting.iter_mut().for_each(|waiting| *waiting = (*waiting - each).max(0.0));
        self.waiting[worker] += 1.0;
        worker
    }
}

/// Nanoseconds until the last of some workers is done, each with a core of its own, on so many copies of a recording. An ordinary
/// event costs its worker `event`; one of the lifecycle costs that as well, and every other worker `noting`. The first event of a
/// process waits until the parent's worker has come to its start.
fn makespan(recording: &Recording, copies: usize, workers: usize, event: f64, noting: f64) -> f64 {
    let mut clocks = vec![0.0f64; workers];
    // When what each new process inherits is there.
    let mut left: HashMap<i64, f64> = HashMap::new();
    let mut routes = Routes::new(workers);
    for known in &recording.events {
        for copy in 0..copies {
            let name = |pid: i64| pid + (copy * APART) as i64;
            let pid = name(known.pid);
            if let Some((child, parent)) = known.birth {
                routes.born(name(child), name(parent));
                left.insert(name(child), clocks[routes.of(name(parent))]);
            }
            let worker = routes.event(pid);
            if known.is_first
                && let Some(then) = left.remove(&pid)
            {
                clocks[worker] = clocks[worker].max(then);
            }
            if known.is_lifecycle {
                clocks.iter_mut().for_each(|clock| *clock += noting);
                clocks[worker] -= noting;
            }
            clocks[worker] += event;
        }
    }
    clocks.into_iter().fold(0.0, f64::max)
}

/// What this process has had of all processors, in steps of a hundredth of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// What this thread has had of a processor.
fn thread_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Nanoseconds that a lifecycle event of another worker costs: the model's work alone.
fn noting(recording: &Recording) -> f64 {
    let mut best = [f64::MAX; 2];
    for _ in 0..ROUNDS {
        for (place, only_lifecycle) in [(0, false), (1, true)] {
            let mut system = System::new(Limits::default());
            system.load(recording.snapshot.clone());
            let started = thread_seconds();
            for (known, bytes) in recording.events.iter().zip(recording.bytes.iter()) {
                if (known.is_lifecycle || !only_lifecycle)
                    && let Ok(event) = EventView::parse(bytes)
                {
                    system.apply(&event, None);
                }
            }
            best[place] = best[place].min(thread_seconds() - started);
        }
    }
    let all = recording.events.len() as f64;
    let lifecycle = recording.events.iter().filter(|known| known.is_lifecycle).count() as f64;
    println!(
        "the model: {:.0} ns an event; lifecycle events alone {:.0} ns for each event of any type",
        best[0] / all * 1e9,
        best[1] / all * 1e9
    );
    best[1] / lifecycle.max(1.0) * 1e9
}
