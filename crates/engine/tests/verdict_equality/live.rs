//! The kernel's side held against its interpreter: random calls of a process of its own, under random rules.
//!
//! What the probe has settled, by type, has to be what the same rows settle here; what it sends up and settles together what it
//! sends up without verdicts; and the alerts are the same. `WINDHOVER_VERDICT_SEED` repeats a run, `WINDHOVER_VERDICT_ROUNDS` makes
//! it longer.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use windhover_engine::verdict::Judgement;
use windhover_engine::{Engine, Evaluation};
use windhover_event::extension::{TAG_PROCESS, TAG_THREAD};
use windhover_event::snapshot::ThreadEntry;
use windhover_event::{EventType, EventView, Syscall};
use windhover_fields::EventValues;
use windhover_filter::{Matcher, Predicate, Scratch};
use windhover_probe::{JudgedCall, Options, Probe, Question, Reader, Scope, Stats};

use super::{Kept, Rules, rule};

const CALLS: u32 = 300;
const ROUNDS: u64 = 40;
const DIRECTORIES: [&str; 4] = [".", "etc", "srv", "etc/sub"];
/// Answers are asked for in turns: about directories, about threads.
const WARMINGS: u32 = 4;

/// A call that was made, and what came of it.
struct Made {
    call: Syscall,
    arguments: [u64; 6],
    result: i64,
    path: Option<String>,
    resolved: Option<String>,
    is_directory: bool,
}

/// The process that makes calls.
struct Caller {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Caller {
    fn start(folder: &Path) -> std::io::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdict_equality/calls.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (input, output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut caller = Self { child, input, output: BufReader::new(output) };
        assert_eq!(caller.line(), "ready");
        Ok(caller)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it lives");
        line.trim_end().to_owned()
    }

    /// Has something done; the calls that were made.
    fn told(&mut self, what: &str) -> Vec<Made> {
        writeln!(self.input, "{what}").expect("it lives");
        let mut made = Vec::new();
        loop {
            let line = self.line();
            if line == "done" {
                return made;
            }
            type Record = (String, [u64; 6], i64, Option<String>, Option<String>, bool);
            let (name, arguments, result, path, resolved, is_directory): Record =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
            let call = Syscall::by_name(&name).expect("a call");
            made.push(Made { call, arguments, result, path, resolved, is_directory });
        }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        // It is waiting for a line, or gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A probe and an engine that has its events.
struct Side {
    probe: Probe,
    readers: Vec<Reader>,
}

impl Side {
    fn new(pid: u32) -> Result<Self, windhover_probe::LoadProbeError> {
        let scope = Scope::ProcessTree(vec![pid]);
        let mut probe = Probe::load(Options {
            ring_bytes: 16 << 20,
            resolve_paths: true,
            enter_events: true,
            scope,
            ..Options::default()
        })?;
        let readers = probe.take_readers();
        Ok(Self { probe, readers })
    }

    /// Gives each event that waits to the engine, and then to `each`.
    fn drain(&mut self, engine: &mut Engine, each: &mut dyn FnMut(&EventView<'_>, &mut Engine)) {
        for reader in &mut self.readers {
            reader.drain(usize::MAX, &mut |bytes| {
                engine.encoded(bytes, 0, None);
                each(&EventView::parse(bytes).expect("an event"), engine);
            });
        }
    }

    fn stats(&self) -> Stats {
        self.probe.stats().expect("counters")
    }
}

/// What the process is to the verdicts.
#[derive(Default)]
struct Told {
    profile: Option<u16>,
    directory: Option<u16>,
    questions: u32,
}

impl Told {
    /// Answers what an event asks.
    fn answer(
        &mut self,
        event: &EventView<'_>,
        engine: &mut Engine,
        rules: &Rules,
        judgement: &Judgement,
        probe: &Probe,
    ) {
        let (words, edition) = (probe.words(), probe.words().edition());
        let context = engine.system().context();
        if let Some((id, generation)) = event.question(TAG_PROCESS) {
            self.questions += 1;
            self.directory = judgement.directory(context.cwd());
            if let Some(state) = self.directory {
                words.tell_directory(Question { id, generation }, state, edition);
            }
        }
        if let Some((id, generation)) = event.question(TAG_THREAD) {
            self.questions += 1;
            let values = EventValues::new(*event, context, rules.vocabulary.catalogue());
            let holds = |predicate: &Predicate| Matcher::new(predicate).matches(&values, &mut Scratch::default());
            let (profile, new) = judgement.new_profile(&holds);
            if let Some(new) = new {
                words.add_profile(&new, edition).expect("the maps");
            }
            words.tell_profile(Question { id, generation }, 0, profile, edition);
            self.profile = Some(profile);
        }
    }
}

/// The kernel's side of verdicts, as far as it remembers something from call to call.
struct Interpreter<'a> {
    judgement: &'a Judgement,
    told: &'a Told,
    /// An open passed as it began. The next end of a judged call passes, which is its own if that is judged.
    entered: bool,
    settled: BTreeMap<EventType, u64>,
}

impl Interpreter<'_> {
    fn call(&mut self, made: &Made) {
        let verdicts = &self.judgement.verdicts;
        let judged = JudgedCall {
            arguments: made.arguments,
            result: made.result,
            path: made.path.as_deref().map(str::as_bytes),
            directory: self.told.directory,
            profile: self.told.profile,
            is_directory: made.is_directory,
            resolved: made.resolved.as_deref().map(str::as_bytes),
            repeats: false,
            connection: None,
        };
        let mut begun = false;
        if opens_file(made.call) && !verdicts.entries.is_empty() {
            // The result is not known there, nor what was opened.
            begun = self.judgement.settles_entry(made.call, &JudgedCall { result: -1, resolved: None, ..judged });
            if begun && let Some((_, row)) = verdicts.entries.iter().find(|(call, _)| *call == made.call) {
                *self.settled.entry(row.row.event).or_default() += 1;
            }
            self.entered = !begun;
        }
        let Some((_, row)) = verdicts.rows.iter().find(|(call, _)| *call == made.call) else { return };
        let moot = verdicts.moot.contains(made.call);
        if !moot && std::mem::take(&mut self.entered) {
            return;
        }
        let is_file = made.result < 0 || (!row.row.resolved && !made.is_directory);
        let is_absolute = judged.path.is_some_and(|path| path.first() == Some(&b'/'));
        if (begun && is_absolute && is_file) || self.judgement.settles(made.call, &judged) {
            *self.settled.entry(row.row.event).or_default() += 1;
        }
    }
}

fn opens_file(call: Syscall) -> bool {
    ["open", "creat", "openat", "openat2"].contains(&call.name())
}

/// What was counted between two moments, by type: sent up, and settled.
fn counted(before: &Stats, after: &Stats) -> BTreeMap<EventType, (u64, u64)> {
    let of = |kind| (after.of(kind).seen - before.of(kind).seen, after.of(kind).settled - before.of(kind).settled);
    EventType::all().map(|kind| (kind, of(kind))).filter(|(_, counts)| *counts != (0, 0)).collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// Random conditions, with the folder's files where files are named.
fn conditions(seed: u64, folder: &str) -> Vec<String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let conditions = proptest::collection::vec(rule::condition(), 1..5).new_tree(&mut runner).expect("conditions");
    conditions.current().iter().map(|condition| condition.replace("'/", &format!("'{folder}/"))).collect()
}

/// One set of rules, one directory, so many calls. Gives how many events were settled, or nothing where the kernel asked on.
fn round(seed: u64, folder: &str, caller: &mut Caller, sides: &mut [Side; 2]) -> Option<u64> {
    let conditions = conditions(seed, folder);
    let rules = Rules::new(&conditions);
    let (judgement, calls) = rules.judgement();
    let directory = DIRECTORIES[(seed % DIRECTORIES.len() as u64) as usize];
    let pid = i64::from(caller.child.id());
    let cwd = format!("{folder}/{directory}/").replace("/./", "/").into_bytes();
    let process = ThreadEntry { tid: pid, pid, ptid: 1, comm: b"python3".to_vec(), cwd, ..ThreadEntry::default() };
    let [(mut plain, all), (mut judged, left)] = [(); 2].map(|()| rules.engine(Evaluation::Plain, process.clone()));
    let [off, on] = sides;
    on.probe.select_judged(&calls, Some(&judgement.verdicts)).expect("verdicts");
    off.probe.select(&calls).expect("calls");
    let (mut told, mut warming) = (Told::default(), Vec::new());
    for _ in 0..WARMINGS {
        warming = caller.told(&format!("warm {directory}"));
        let probe = &on.probe;
        for reader in &mut on.readers {
            reader.drain(usize::MAX, &mut |bytes| {
                judged.encoded(bytes, 0, None);
                told.answer(&EventView::parse(bytes).expect("an event"), &mut judged, &rules, &judgement, probe);
            });
        }
    }
    off.drain(&mut plain, &mut |_, _| {});
    let before = [off.stats(), on.stats()];
    let made = caller.told(&format!("go {seed} {CALLS}"));
    let mut asked = false;
    on.drain(&mut judged, &mut |event, _| {
        asked |= event.question(TAG_PROCESS).is_some() || event.question(TAG_THREAD).is_some();
    });
    off.drain(&mut plain, &mut |_, _| {});
    let [without, with] = [counted(&before[0], &off.stats()), counted(&before[1], &on.stats())];
    plain.finish(Duration::from_secs(60));
    judged.finish(Duration::from_secs(60));
    let context = format!("seed {seed}, in {directory}, rules {conditions:#?}");
    let rules_of = |kept: &Kept| {
        kept.lock().expect("nobody panics with it").iter().map(|(_, rule)| rule.clone()).collect::<Vec<_>>()
    };
    assert_eq!(rules_of(&all), rules_of(&left), "alerts without verdicts and with them: {context}");
    let total: BTreeMap<_, _> = with.iter().map(|(kind, (seen, settled))| (*kind, seen + settled)).collect();
    let sent: BTreeMap<_, _> = without.iter().map(|(kind, (seen, _))| (*kind, *seen)).collect();
    assert_eq!(total, sent, "events with verdicts and without them: {context}");
    if asked {
        return None;
    }
    let settled: BTreeMap<_, _> =
        with.into_iter().map(|(kind, (_, settled))| (kind, settled)).filter(|(_, n)| *n > 0).collect();
    let mut interpreter = Interpreter { judgement: &judgement, told: &told, entered: false, settled: BTreeMap::new() };
    warming.iter().for_each(|made| interpreter.call(made));
    interpreter.settled.clear();
    made.iter().for_each(|made| interpreter.call(made));
    assert_eq!(settled, interpreter.settled, "settled by the kernel and by its interpreter: {context}");
    Some(settled.values().sum())
}

#[test]
fn the_kernel_settles_what_its_interpreter_does() {
    let place = tempfile::tempdir().expect("a folder");
    // Two folders deep: paths of the calls go up.
    let folder = place.path().canonicalize().expect("it is there").join("deep/er");
    std::fs::create_dir_all(&folder).expect("a folder");
    let folder = folder.to_str().expect("a name").to_owned();
    let mut caller = match Caller::start(Path::new(&folder)) {
        Ok(caller) => caller,
        Err(error) => return eprintln!("skipped: no /usr/bin/python3: {error}"),
    };
    let mut sides = match [(); 2].map(|()| Side::new(caller.child.id())) {
        [Ok(off), Ok(on)] => [off, on],
        [Err(error), _] | [_, Err(error)] => return eprintln!("skipped: {error}"),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos() as u64);
    let seed = number("WINDHOVER_VERDICT_SEED").unwrap_or(now % 1_000_000_000);
    let rounds = number("WINDHOVER_VERDICT_ROUNDS").unwrap_or(ROUNDS);
    println!("seed {seed}, {rounds} rounds");
    let (mut settled, mut compared) = (0, 0);
    for round_seed in seed..seed + rounds {
        if let Some(count) = round(round_seed, &folder, &mut caller, &mut sides) {
            settled += count;
            compared += 1;
        }
    }
    println!("{compared} of {rounds} rounds compared, {settled} events settled");
    assert!(compared * 2 > rounds && settled > 0, "{compared} of {rounds} rounds compared, {settled} events settled");
}
