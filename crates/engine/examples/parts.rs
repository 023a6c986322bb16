//! What watching costs the watched, part by part.
//!
//! ```sh
//! sudo cargo run --release -p windhover-engine --example parts -- ROUNDS RULES.yaml … [-- COMMAND …]
//! ```
//!
//! A child makes calls, or a command is run, again and again; the states of the probe take turns, so that a machine that is busy
//! elsewhere is so for all of them. Medians are printed, and how they relate to the state without any probe; of a command,
//! the seconds, and which events were sent up and settled with verdicts.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aya::programs::BtfTracePoint;
use aya::{Btf, Ebpf};
use windhover_engine::collection::{BaseSyscalls, collect};
use windhover_engine::verdict::{Judgement, judge};
use windhover_engine::{Vocabulary, activate};
use windhover_event::extension::TAG_THREAD;
use windhover_event::{EventType, EventView, Syscall, SyscallSet};
use windhover_fields::kernel::facts_of_thread;
use windhover_filter::{Op, Predicate};
use windhover_outputs::Priority;
use windhover_probe::{JudgedRow, NewProfile, Options, Probe, Question, Reader, Scope, Verdicts, Words};
use windhover_rules::{LoadOptions, Loader};

const EMPTY: &[u8] = aya::include_bytes_aligned!("../../../bpf/objects/empty.o");
const CALLS: u32 = 40_000;
/// What the child measures.
const COLUMNS: [&str; 4] = ["getppid", "statx", "open, close", "with statx, read"];

/// What hangs on the calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Nothing,
    EmptyProgram,
    Attached,
    Collected { entries: bool, resolved: bool },
    Judged { entries: bool, resolved: bool, container: bool },
}

const STATES: [(&str, State); 9] = [
    ("no probe", State::Nothing),
    ("an empty program", State::EmptyProgram),
    ("probe, these calls not selected", State::Attached),
    ("collected, no entries, no resolved paths", State::Collected { entries: false, resolved: false }),
    ("collected", State::Collected { entries: true, resolved: true }),
    ("verdicts, no entries", State::Judged { entries: false, resolved: true, container: false }),
    ("verdicts, no resolved paths", State::Judged { entries: true, resolved: false, container: false }),
    ("verdicts", State::Judged { entries: true, resolved: true, container: false }),
    ("verdicts, a container's process", State::Judged { entries: true, resolved: true, container: true }),
];

/// What is run or called in each state.
enum Load {
    Calls { child: Child, input: ChildStdin, output: BufReader<ChildStdout> },
    Command { shell: Child, input: ChildStdin, output: BufReader<ChildStdout> },
}

impl Load {
    fn start(command: &[String]) -> Self {
        let mut starting = match command {
            [] => {
                let mut calls = Command::new(std::env::current_exe().unwrap());
                calls.arg("calls");
                calls
            }
            command => {
                // A shell that the probe can be told to watch, and that runs the command for each line.
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", "while read line; do \"$@\" >/dev/null 2>&1; echo 0; done", "sh"]).args(command);
                shell
            }
        };
        let mut child = starting.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        match command {
            [] => Self::Calls { child, input, output },
            _ => Self::Command { shell: child, input, output },
        }
    }

    fn id(&self) -> u32 {
        match self {
            Self::Calls { child, .. } | Self::Command { shell: child, .. } => child.id(),
        }
    }

    /// Nanoseconds by column, or seconds.
    fn measure(&mut self) -> Vec<f64> {
        let started = Instant::now();
        let (Self::Calls { input, output, .. } | Self::Command { input, output, .. }) = self;
        writeln!(input, "go").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        match self {
            Self::Calls { .. } => line.split_ascii_whitespace().map(|number| number.parse().unwrap()).collect(),
            Self::Command { .. } => vec![started.elapsed().as_secs_f64()],
        }
    }

    fn end(self) {
        let (Self::Calls { mut child, input, .. } | Self::Command { shell: mut child, input, .. }) = self;
        drop(input);
        child.wait().unwrap();
    }
}

/// Nanoseconds that this thread has run: programs beside it cost it its caches, not its turn.
fn ran() -> u64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    times.split(' ').next().unwrap().parse().unwrap()
}

/// The child's side.
fn make_calls() {
    let open = || std::fs::File::open("/etc/hostname").unwrap();
    let file = open();
    let per_call = |mut deed: Box<dyn FnMut() + '_>| {
        let before = ran();
        (0..CALLS).for_each(|_| deed());
        (ran() - before) as f64 / f64::from(CALLS)
    };
    for line in std::io::stdin().lines() {
        line.unwrap();
        let numbers = [
            per_call(Box::new(|| _ = black_box(std::os::unix::process::parent_id()))),
            per_call(Box::new(|| _ = black_box(file.metadata()))),
            per_call(Box::new(|| _ = black_box(open()))),
            per_call(Box::new(|| {
                let mut file = open();
                _ = black_box(file.metadata());
                _ = black_box(file.read(&mut [0; 64]));
            })),
        ];
        println!("{}", numbers.map(|number| number.to_string()).join(" "));
    }
}

fn attach_empty() -> Ebpf {
    let mut ebpf = Ebpf::load(EMPTY).unwrap();
    let program: &mut BtfTracePoint = ebpf.program_mut("empty").unwrap().try_into().unwrap();
    program.load("sys_exit", &Btf::from_sys_fs().unwrap()).unwrap();
    program.attach().unwrap();
    ebpf
}

/// Rules as the command has them, and what is collected for them.
fn load_rules(files: &[String]) -> (Judgement, SyscallSet) {
    let vocabulary = Vocabulary::new(&[]).unwrap();
    let mut loader = Loader::new(&vocabulary, LoadOptions::default());
    for file in files {
        assert!(loader.load(file, &std::fs::read_to_string(file).unwrap()).successful(), "{file} has errors");
    }
    let rules = activate(&loader.finish().rules, Priority::Debug, &[], &vocabulary).unwrap();
    let wanted = rules.iter().fold(SyscallSet::EMPTY, |set, rule| set | rule.syscalls);
    let calls = collect(&wanted, &BaseSyscalls::default()).calls;
    (judge(&rules, &calls), calls)
}

fn without_resolved(mut verdicts: Verdicts) -> Verdicts {
    let clear = |row: &mut JudgedRow| {
        row.row.resolved = false;
    };
    verdicts.rows.iter_mut().for_each(|(_, row)| clear(row));
    verdicts
}

/// Says what a thread is, if an event asks.
fn answer(bytes: &[u8], words: &Words, profile: u16) {
    let Ok(event) = EventView::parse(bytes) else { return };
    if let Some((id, generation)) = event.question(TAG_THREAD) {
        words.tell_profile(Question { id, generation }, 0, profile, words.edition());
    }
}

/// Runs `work` while another thread throws away what the probe tells, and answers what it asks.
fn drained<T>(readers: &mut [Reader], words: &Words, profile: u16, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for reader in readers.iter_mut() {
                    reader.drain(usize::MAX, &mut |event| answer(event, words, profile));
                }
                readers[0].wait(Duration::from_millis(2));
            }
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        result
    })
}

/// Events that a probe sent up and settled, by type.
fn told(probe: &Probe) -> BTreeMap<u16, [u64; 2]> {
    let stats = probe.stats().unwrap();
    let kinds = EventType::all().map(|kind| {
        let losses = stats.of(kind);
        (kind.code(), [losses.seen, losses.settled])
    });
    kinds.collect()
}

struct Bench {
    load: Load,
    judgement: Judgement,
    calls: SyscallSet,
    told: BTreeMap<u16, [u64; 2]>,
    new_profiles: Vec<NewProfile>,
}

impl Bench {
    fn measure(&mut self, state: State) -> Vec<f64> {
        let (entries, resolved) = match state {
            State::Nothing => return self.load.measure(),
            State::EmptyProgram => {
                let _empty = attach_empty();
                return self.load.measure();
            }
            State::Attached => (false, false),
            State::Collected { entries, resolved } | State::Judged { entries, resolved, .. } => (entries, resolved),
        };
        let options = Options {
            resolve_paths: resolved || matches!(state, State::Judged { .. }),
            enter_events: entries,
            ring_bytes: 64 << 20,
            scope: Scope::ProcessTree(vec![self.load.id()]),
            ..Options::default()
        };
        let mut probe = Probe::load(options).unwrap();
        let mut readers = probe.take_readers();
        let mut profile = 0;
        match state {
            State::Judged { container, .. } => {
                let mut verdicts = self.judgement.verdicts.clone();
                if !entries {
                    verdicts.entries.clear();
                }
                if !resolved {
                    verdicts = without_resolved(verdicts);
                }
                // They compare who the container is with `host`; no list has the loop's name.
                let holds = |predicate: &Predicate| match facts_of_thread(predicate) {
                    Some(facts) if facts.groups => matches!(predicate.op, Op::Eq | Op::In) != container,
                    _ => matches!(predicate.op, Op::Ne),
                };
                let new;
                (profile, new) = self.judgement.new_profile(&holds);
                probe.select_judged(&self.calls, Some(&verdicts)).unwrap();
                if let Some(new) = new {
                    self.new_profiles.push(new);
                }
                for new in &self.new_profiles {
                    let mut new = new.clone();
                    new.rows.iter_mut().for_each(|(_, row)| row.resolved &= resolved);
                    probe.words().add_profile(&new, probe.words().edition()).unwrap();
                }
            }
            State::Attached => probe.select(&SyscallSet::of(&[Syscall::by_name("mount").unwrap()])).unwrap(),
            _ => probe.select(&self.calls).unwrap(),
        }
        let words = probe.words();
        let load = &mut self.load;
        let measured = drained(&mut readers, &words, profile, || load.measure());
        if state == STATES[7].1 {
            for (kind, [seen, settled]) in told(&probe) {
                let sum = self.told.entry(kind).or_default();
                *sum = [sum[0] + seen, sum[1] + settled];
            }
        }
        measured
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "calls") {
        return make_calls();
    }
    let (before, command) = match arguments.iter().position(|word| word == "--") {
        Some(at) => (&arguments[..at], &arguments[at + 1..]),
        None => (&arguments[..], &[][..]),
    };
    let [rounds, files @ ..] = before else { panic!("expected: ROUNDS RULES.yaml … [-- COMMAND …]") };
    let rounds: usize = rounds.parse().unwrap();
    let (judgement, calls) = load_rules(files);
    let mut bench =
        Bench { load: Load::start(command), judgement, calls, told: BTreeMap::new(), new_profiles: Vec::new() };
    let columns: &[&str] = if command.is_empty() { &COLUMNS } else { &["seconds"] };
    let mut results = vec![vec![Vec::new(); columns.len()]; STATES.len()];
    for _ in 0..rounds {
        for ((_, state), results) in STATES.iter().zip(&mut results) {
            for (number, results) in bench.measure(*state).into_iter().zip(results) {
                results.push(number);
            }
        }
    }
    print!("{:<42}", "");
    columns.iter().for_each(|column| print!("{column:>18}"));
    println!();
    let medians: Vec<Vec<f64>> = results.into_iter().map(|row| row.into_iter().map(median).collect()).collect();
    for ((name, _), row) in STATES.iter().zip(&medians) {
        print!("{name:<42}");
        for (number, base) in row.iter().zip(&medians[0]) {
            let digits = if command.is_empty() { 0 } else { 3 };
            print!("{number:>11.digits$} {:>5.2}x", number / base);
        }
        println!();
    }
    if !command.is_empty() {
        println!("\n{:<18}{:>12}{:>12}", "each round", "sent up", "settled");
    }
    for (kind, [seen, settled]) in bench.told.iter().filter(|(_, sums)| !command.is_empty() && **sums != [0, 0]) {
        let kind = EventType::from_code(*kind).unwrap();
        println!("{:<18}{:>12}{:>12}", kind.name(), seen / rounds as u64, settled / rounds as u64);
    }
    bench.load.end();
}
