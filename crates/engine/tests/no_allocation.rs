//! An event that matches no rule costs no allocation, once its process is known and its like has been met.

#![allow(clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System as SystemAllocator};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use windhover_capture::{Reader, Record};
use windhover_engine::{Candidate, Evaluation, Vocabulary, activate};
use windhover_event::snapshot::{Snapshot, ThreadEntry};
use windhover_event::{Builder, EventType, EventView, ParamType, category, event_flag};
use windhover_fields::EventValues;
use windhover_outputs::Priority;
use windhover_rules::{LoadOptions, Loader};
use windhover_system::{Applied, Limits, System};

/// Counts this thread's allocations.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // At the end of a thread its counter may be gone; nothing is counted then.
    _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

#[allow(unsafe_code)]
// SAFETY: everything is left to the system's allocator; counting touches a thread-local number, which allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { SystemAllocator.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `place` came from the same allocator.
        unsafe { SystemAllocator.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`, and `place` came from the same allocator.
        unsafe { SystemAllocator.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Rounds through a capture after which every text and every sort of process in it has been met.
const WARM_UP: usize = 40;
/// Events of a process after which it has been asked all that rules ask of processes.
const KNOWN: u32 = 64;
/// Of the events that give the model something to keep (a descriptor, a path) one in so many may need room for it.
const ROOM_FOR: u64 = 16;

/// What makes or changes processes: behind these there is a new one. It ends with the last.
const LIFECYCLE: [EventType; 7] = [
    EventType::SYSCALL_CLONE_20_X,
    EventType::SYSCALL_FORK_20_X,
    EventType::SYSCALL_VFORK_20_X,
    EventType::SYSCALL_CLONE3_X,
    EventType::SYSCALL_EXECVE_19_X,
    EventType::SYSCALL_EXECVEAT_X,
    EventType::PROCEXIT_1_E,
];

/// These make descriptors too, two at once, and the table of events does not say so.
const MAKE_TWO: [EventType; 3] =
    [EventType::SOCKET_SOCKETPAIR_X, EventType::SYSCALL_PIPE_X, EventType::SYSCALL_PIPE2_X];

/// What the events of a type did: how many there were, and how many of them allocated.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    events: u64,
    allocated: u64,
}

impl Count {
    fn is_too_much(self, kind: EventType) -> bool {
        let info = kind.info();
        let keeps = info.has_any(event_flag::CREATES_FD | event_flag::MODIFIES_STATE) || MAKE_TWO.contains(&kind);
        self.allocated > if keeps { self.events / ROOM_FOR + 1 } else { 0 }
    }
}

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path)
}

fn candidates(files: &[PathBuf], vocabulary: &Vocabulary) -> Vec<Candidate> {
    let mut loader = Loader::new(vocabulary, LoadOptions::default());
    for path in files {
        loader.load(&path.to_string_lossy(), &std::fs::read_to_string(path).unwrap());
    }
    let rules = activate(&loader.finish().rules, Priority::Debug, &[], vocabulary).unwrap();
    rules.into_iter().map(|rule| rule.candidate).collect()
}

/// The default rules of this project.
fn default_rules() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    files
}

/// What went through, by event type.
type Counts = BTreeMap<u16, Count>;

fn assert_none_allocated(counts: &Counts, least: u64) {
    let kinds = counts.iter().map(|(code, count)| (EventType::from_code(*code).unwrap(), *count));
    let offenders: Vec<_> = kinds.filter(|(kind, count)| count.is_too_much(*kind)).collect();
    let total: u64 = counts.values().map(|count| count.events).sum();
    assert!(total > least, "only {total} events were looked at");
    assert!(offenders.is_empty(), "types of event that allocated: {offenders:#?}");
}

#[test]
fn recorded_events_that_match_nothing_allocate_nothing() {
    if !shared("captures").exists() {
        eprintln!("skipped: there are no captures beside the checkout");
        return;
    }
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let files = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    let files = files.map(|name| shared("corpus/falco-rules").join(name));
    let rules = candidates(&files, &vocabulary);
    let mut counts = Counts::new();
    for capture in ["v1_files", "v2_net", "v3_proc", "v4_alerts_host", "v5_container"] {
        let mut reader = Reader::open(shared(&format!("captures/{capture}.scap"))).unwrap();
        let snapshot = reader.take_snapshot();
        let mut events = Vec::new();
        while let Some(record) = reader.next().unwrap() {
            if let Record::Event(captured) = record {
                events.push(captured.event.bytes().to_vec());
            }
        }
        count_allocating(snapshot, &events, &rules, &vocabulary, &mut counts);
    }
    assert_none_allocated(&counts, 50_000);
}

#[test]
fn an_event_of_any_type_that_matches_nothing_allocates_nothing() {
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let rules = candidates(&default_rules(), &vocabulary);
    let mut snapshot = Snapshot::default();
    snapshot.threads.push(ThreadEntry {
        tid: TID,
        pid: TID,
        ptid: 1,
        comm: b"server".to_vec(),
        exe: b"/usr/sbin/server".to_vec(),
        exepath: b"/usr/sbin/server".to_vec(),
        cwd: b"/srv/".to_vec(),
        ..ThreadEntry::default()
    });
    let events: Vec<_> = EventType::all().filter(|kind| is_usual(*kind)).map(plain_event).collect();
    let mut counts = Counts::new();
    count_allocating(snapshot, &events, &rules, &vocabulary, &mut counts);
    assert_none_allocated(&counts, 100);
}

/// The one thread of the events made here.
const TID: i64 = 4242;

/// Whether events of a type come while a process goes on: its exit events, but for those of processes that begin and end.
fn is_usual(kind: EventType) -> bool {
    kind.is_exit() && kind.info().event_category & category::SYSCALL != 0 && !LIFECYCLE.contains(&kind)
}

/// An event of a type, with parameters such as an ordinary call has.
fn plain_event(kind: EventType) -> Vec<u8> {
    let mut buffer = Vec::new();
    let mut builder = Builder::new(&mut buffer, kind, 1_700_000_000_000_000_000, TID);
    for param in kind.info().params {
        match param.kind {
            ParamType::CharBuf | ParamType::FsPath | ParamType::FsRelPath => builder.str(b"/srv/data/file"),
            ParamType::ByteBuf => builder.bytes(b"some bytes"),
            kind => match kind.size() {
                Some(size) => builder.raw(&5u64.to_le_bytes()[..size.min(8)]),
                None => builder.absent(),
            },
        };
    }
    builder.finish().unwrap();
    buffer
}

/// Counts the events, and those of them that allocate, when there is nothing new about them any more.
fn count_allocating(
    snapshot: Snapshot,
    events: &[Vec<u8>],
    rules: &[Candidate],
    vocabulary: &Vocabulary,
    counts: &mut Counts,
) {
    let mut system = System::new(Limits::default());
    system.load(snapshot);
    let mut matcher = Evaluation::default().matcher(rules);
    let mut matched = Vec::new();
    let mut met: HashMap<Option<u64>, u32> = HashMap::new();
    let mut ended = false;
    for round in 0..=WARM_UP {
        for bytes in events {
            let event = EventView::parse(bytes).unwrap();
            let before = ALLOCATIONS.get();
            matched.clear();
            if system.apply(&event, None) == Applied::Shown {
                let values = EventValues::new(event, system.context(), vocabulary.catalogue());
                matcher.matches(&values, true, &mut matched);
            }
            let allocated = ALLOCATIONS.get() > before;
            let met = met.entry(system.context().version()).or_default();
            *met += 1;
            // What an exit leaves to be done is done with the next event.
            let after_end = std::mem::replace(&mut ended, event.kind() == EventType::PROCEXIT_1_E);
            if round == WARM_UP && !after_end && *met > KNOWN && matched.is_empty() && is_usual(event.kind()) {
                let count = counts.entry(event.kind().code()).or_default();
                count.events += 1;
                count.allocated += u64::from(allocated);
            }
        }
    }
}
