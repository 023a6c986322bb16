//! Several workers raise exactly the alerts that one raises, whatever the order in which they run.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod family;
mod schedule;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use schedule::{Rings, Routed, Schedule, TestLifecycle, TestRing};
use windhover_capture::{Reader, Record};
use windhover_engine::crew::{CrewOptions, Post, Purge};
use windhover_engine::{ActiveRule, Engine, EngineOptions, Evaluation, LossPolicy, Vocabulary, activate};
use windhover_event::snapshot::Snapshot;
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_event::{EventType, EventView, extension};
use windhover_outputs::{Channel, Delivery, Format, Outcome, Outputs, Overflow, Priority, QueueLimits};
use windhover_rules::{LoadOptions, Loader};
use windhover_system::{Limits, System, flag};

const COMMUNITY: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];

/// A rule that matches every event and shows what the model makes of it.
const EVERYTHING: &str = "
- rule: everything
  desc: d
  condition: evt.num >= 0
  priority: INFO
  output: '%evt.type %evt.dir %evt.args | %proc.name %proc.exe %proc.exepath %proc.cmdline %proc.cwd %proc.pid %proc.ppid
    %thread.tid %proc.sid %proc.sname %proc.pname %proc.aname[2] %proc.aname[3] %proc.pcmdline %proc.aexepath[2] %proc.tty
    %proc.vpgid %proc.env[PATH] %proc.loginshellid %user.uid %user.name %group.gid %container.id %container.name %fd.num
    %fd.name %fd.type %fd.ino %proc.is_exe_writable %thread.cap_effective'
";

/// Where a clone's event has its flags.
const CLONE_FLAGS: usize = 15;

/// Events of a capture that are replayed by each of many runs.
const MAX_EVENTS: usize = 3000;

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

/// A capture's first section.
struct Recording {
    snapshot: Snapshot,
    events: Vec<Vec<u8>>,
}

impl Recording {
    fn read(path: &Path, most: usize) -> Self {
        let mut reader = Reader::open(path).unwrap();
        let mut snapshot = reader.take_snapshot();
        snapshot.machine.boot_ts = 0;
        let mut events = Vec::new();
        while events.len() < most
            && let Some(Record::Event(captured)) = reader.next().unwrap()
        {
            // Workers are fed by the probe alone, which marks no event as being there for the model only.
            if captured.state_only {
                break;
            }
            events.push(captured.event.bytes().to_vec());
        }
        Self { snapshot, events }
    }

    /// The events as the probe would send them to its rings.
    fn routed(&self, rings: &mut Rings) -> VecDeque<Routed> {
        let mut system = System::new(Limits::default());
        system.load(self.snapshot.clone());
        let route = |bytes: &Vec<u8>| {
            let event = EventView::parse(bytes).unwrap();
            system.apply(&event, None);
            let context = system.context();
            let known = context.thread().map(|thread| thread.pid).filter(|pid| *pid > 0);
            let pid = known.unwrap_or(event.tid());
            let lifecycle = event.kind().is_lifecycle();
            let mut bytes = bytes.clone();
            if let Some(child @ 1..) = child_of(&event) {
                extension::append(&mut bytes, extension::TAG_CHILD_RING, &rings.born(child).to_le_bytes());
            } else if child_of(&event) == Some(0) && event.tid() == pid {
                rings.born(pid);
            }
            if lifecycle && pid > 0 {
                let whose = pid as u32 | (rings.of(pid) as u32 + 1) << 22;
                bytes[12..16].copy_from_slice(&whose.to_le_bytes());
            }
            Routed { ring: rings.of(pid), lifecycle, bytes }
        };
        self.events.iter().map(route).collect()
    }
}

/// The id of the new process that an event tells of; 0 in its own event.
fn child_of(event: &EventView<'_>) -> Option<i64> {
    use EventType as E;
    let of_child = matches!(
        event.kind(),
        E::SYSCALL_CLONE_20_X | E::SYSCALL_FORK_20_X | E::SYSCALL_VFORK_20_X | E::SYSCALL_CLONE3_X
    );
    let flags = event.u32(CLONE_FLAGS).unwrap_or(0);
    let child = event.i64(0).filter(|_| of_child && flags & flag::CLONE_THREAD == 0)?;
    (child == 0 || flags & flag::CHILD_IN_PIDNS == 0).then_some(child)
}

/// An alert's time and text.
type Said = (u64, String);
type Kept = Arc<Mutex<Vec<Said>>>;

/// Keeps alerts.
struct Keep(Kept);

impl Channel for Keep {
    fn name(&self) -> &str {
        "keep"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let alert = delivery.alert();
        self.0.lock().unwrap().push((alert.time, format!("{}: {}", alert.rule, alert.message)));
        Outcome::delivered()
    }
}

struct Rules {
    vocabulary: Vocabulary,
    rules: Vec<ActiveRule>,
}

impl Rules {
    fn new(texts: &[String]) -> Self {
        let vocabulary = Vocabulary::new(&[]).unwrap();
        let mut loader = Loader::new(&vocabulary, LoadOptions::default());
        for text in texts {
            let result = loader.load("rules.yaml", text);
            assert!(result.successful(), "{result:?}");
        }
        let loaded = loader.finish();
        let rules = activate(&loaded.rules, Priority::Debug, &[], &vocabulary).unwrap();
        assert!(!rules.is_empty());
        Self { vocabulary, rules }
    }

    fn engine(&self) -> (Engine, Kept) {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let mut outputs = Outputs::new(Format::default(), Arc::new(|_| {}));
        let limits = QueueLimits { overflow: Overflow::Wait, ..QueueLimits::default() };
        outputs.add(Box::new(Keep(Arc::clone(&kept))), limits);
        let options = EngineOptions {
            match_all: true,
            evaluation: Evaluation::default(),
            limits: Limits::default(),
            zone: Zone::UTC,
            buffers: BufferFormat::Dots,
            loss_policy: LossPolicy::default(),
            self_pid: None,
            time_rules: false,
        };
        let log = Arc::new(|_, _: &str| {});
        (Engine::new(self.rules.clone(), self.vocabulary.catalogue().clone(), outputs, log, options), kept)
    }

    /// What one worker says.
    fn alone(&self, recording: &Recording) -> Vec<Said> {
        let (mut engine, kept) = self.engine();
        engine.reset(recording.snapshot.clone());
        for bytes in &recording.events {
            engine.encoded(bytes, 0, None);
        }
        engine.finish(Duration::from_secs(60));
        std::mem::take(&mut *kept.lock().unwrap())
    }

    /// What several say.
    fn together(&self, recording: &Recording, workers: usize, seed: u64) -> Vec<Said> {
        let (mut engine, kept) = self.engine();
        let schedule = Schedule::new(seed, workers, recording.routed(&mut Rings::new(seed, workers)));
        let posts = (0..workers).map(|worker| {
            let waiting = Arc::clone(&schedule);
            Post {
                ring: Box::new(TestRing(Arc::clone(&schedule), worker)),
                machine: None,
                pause: Box::new(move |times| {
                    waiting.switch(worker);
                    assert!(times < 1_000_000, "two workers wait for each other");
                    true
                }),
            }
        });
        let options =
            CrewOptions { window: Duration::from_secs(3600), purge: Purge { interval: u64::MAX, timeout: u64::MAX } };
        let lifecycle = Box::new(TestLifecycle(Arc::clone(&schedule)));
        engine.start_crew(&recording.snapshot, posts.collect(), lifecycle, options).unwrap();
        while !schedule.is_over() {
            engine.attend_crew();
            std::thread::sleep(Duration::from_micros(200));
        }
        engine.end_crew();
        assert_eq!(engine.counts().received, recording.events.len() as u64);
        engine.finish(Duration::from_secs(60));
        std::mem::take(&mut *kept.lock().unwrap())
    }
}

fn compare(name: &str, rules: &Rules, recording: &Recording, workers: usize, seed: u64, mut want: Vec<Said>) {
    let mut got = rules.together(recording, workers, seed);
    assert!(got.is_sorted_by_key(|(time, _)| *time), "{name}: alerts out of order");
    got.sort();
    want.sort();
    let place = got.iter().zip(&want).position(|(got, want)| got != want);
    if let Some(place) = place {
        panic!("{name}, {workers} workers, seed {seed}:\n got {:?}\nwant {:?}", got[place], want[place]);
    }
    assert_eq!(got.len(), want.len(), "{name}, {workers} workers, seed {seed}");
}

#[test]
fn several_workers_raise_the_alerts_of_one() {
    let Some(shared) = shared() else { return };
    let texts = COMMUNITY.map(|name| std::fs::read_to_string(shared.join("corpus/falco-rules").join(name)).unwrap());
    let rules = Rules::new(&texts);
    for path in captures(&shared) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let recording = Recording::read(&path, usize::MAX);
        let want = rules.alone(&recording);
        for (workers, seed) in [(2, 1), (4, 2)] {
            compare(&name, &rules, &recording, workers, seed, want.clone());
        }
        println!("{name}: {} events, {} alerts", recording.events.len(), want.len());
    }
}

#[test]
fn several_workers_see_every_event_as_one_does() {
    let Some(shared) = shared() else { return };
    let rules = Rules::new(&[EVERYTHING.to_owned()]);
    for path in captures(&shared) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let recording = Recording::read(&path, MAX_EVENTS);
        let want = rules.alone(&recording);
        for seed in 1..=6 {
            compare(&name, &rules, &recording, 2 + seed as usize % 4, seed, want.clone());
        }
        println!("{name}: {} events", recording.events.len());
    }
}

#[test]
fn what_is_inherited_is_handed_over_wherever_a_child_goes() {
    let rules = Rules::new(&[EVERYTHING.to_owned()]);
    for seed in 1..=60 {
        let recording = family::recording(seed, 400);
        let want = rules.alone(&recording);
        assert_eq!(want.len(), recording.events.len());
        compare("family", &rules, &recording, 2 + seed as usize % 4, seed, want);
    }
}
