//! The watching side: loads the probe, lets the deeds be done, and compares.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use windhover_event::{EventType, EventView, Syscall, SyscallSet};
use windhover_probe::{LoadProbeError, Options, Probe, Scope};

use crate::deed::{Expected, Param, syscall_names};

/// A copy of an event.
struct Seen {
    bytes: Vec<u8>,
}

impl Seen {
    fn view(&self) -> EventView<'_> {
        EventView::parse(&self.bytes).expect("checked when it came")
    }

    /// Names of the parameters that are not as expected.
    fn differences(&self, expected: &Expected) -> Vec<String> {
        let view = self.view();
        let mut out = Vec::new();
        for (index, param) in expected.params.iter().enumerate() {
            let found = view.param(index).unwrap_or_default();
            if let Param::Bytes(wanted) = param
                && found != wanted
            {
                let name = view.kind().info().params.get(index).map_or("?", |info| info.name);
                out.push(format!("{name}: expected {wanted:02x?}, got {found:02x?}"));
            }
        }
        if let Some(wanted) = &expected.resolved {
            let found = view.resolved_path();
            if found != Some(wanted.as_slice()) {
                out.push(format!("resolved path: expected {wanted:?}, got {found:?}"));
            }
        }
        out
    }
}

/// Runs the deeds under the probe; events in the order in which they came, and what was expected.
fn watch() -> Result<(Vec<Seen>, Vec<Expected>), LoadProbeError> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .arg("deeds")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program");
    let options = Options { scope: Scope::ProcessTree(vec![child.id()]), ring_bytes: 32 << 20, ..Options::default() };
    let loaded = Probe::load(options).and_then(|mut probe| probe.select(&SyscallSet::all()).map(|()| probe));
    let mut probe = match loaded {
        Ok(probe) => probe,
        Err(error) => {
            drop(child.stdin.take());
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
    };
    writeln!(child.stdin.take().expect("its input"), "go").expect("the child");
    let lines: Vec<String> =
        BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok).collect();
    let status = child.wait().expect("the child");
    assert!(status.success(), "the deeds ended with {status}");
    let mut seen = Vec::new();
    let mut reader = probe.take_readers().pop().expect("a reader");
    reader.wait(Duration::from_millis(2));
    reader.drain(usize::MAX, &mut |bytes| {
        EventView::parse(bytes).expect("a well-formed event");
        seen.push(Seen { bytes: bytes.to_vec() });
    });
    let stats = probe.stats().expect("counters");
    let total = stats.total();
    assert_eq!(total.seen, stats.total_delivered() + total.lost(), "every event seen is delivered or counted as lost");
    assert_eq!((total.lost(), stats.missed()), (0, 0), "{total:?}");
    assert_eq!(stats.total_delivered(), seen.len() as u64);
    Ok((seen, lines.iter().map(|line| Expected::read(line)).collect()))
}

/// Compares, and gives what is wrong.
fn compare(seen: &[Seen], expected: &[Expected]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut used = vec![false; seen.len()];
    for one in expected {
        let candidates: Vec<usize> =
            (0..seen.len()).filter(|&at| !used[at] && seen[at].view().kind().code() == one.code).collect();
        if let Some(&found) = candidates.iter().find(|&&at| seen[at].differences(one).is_empty()) {
            used[found] = true;
            continue;
        }
        let nearest = candidates.iter().map(|&at| seen[at].differences(one)).min_by_key(|differences| {
            // Of the same call rather than of one that only looks alike.
            (differences.iter().any(|one| one.starts_with("res:") || one.starts_with("fd:")), differences.len())
        });
        let what = nearest.map_or("no such event".to_owned(), |differences| differences.join("; "));
        faults.push(format!("{} {}: {what}", one.code, one.kind().name()));
    }
    faults
}

/// Event types that have no expectation, though a call of this architecture makes them.
fn not_done(expected: &[Expected]) -> BTreeSet<String> {
    let done: BTreeSet<u16> = expected.iter().map(|one| one.code).collect();
    let made = Syscall::all().filter(|call| call.info().dedicated && call.info().native().is_some());
    let kinds: BTreeSet<EventType> = made.filter_map(|call| call.info().exit_event()).collect();
    kinds.into_iter().filter(|kind| !done.contains(&kind.code())).map(syscall_names).collect()
}

/// Watches, compares and says how it went. Panics, with all that is wrong, where an event is not as expected.
pub fn run() -> String {
    let (seen, expected) = match watch() {
        Ok(done) => done,
        Err(error @ (LoadProbeError::Permission { .. } | LoadProbeError::TypeInformation(_))) => {
            return format!("skipped: {error}");
        }
        Err(error) => panic!("{error}"),
    };
    let faults = compare(&seen, &expected);
    assert!(faults.is_empty(), "{} of {} events differ:\n{}", faults.len(), expected.len(), faults.join("\n"));
    let missing = not_done(&expected);
    assert!(missing.is_empty(), "no deed for {missing:?}");
    format!("{} events as expected, {} seen", expected.len(), seen.len())
}
