//! Recordings around alerts: what came before, whose events they hold, and the machine that they begin with.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use windhover_capture::{CapturedEvent, Reader, Record};
use windhover_engine::recording::{AlertRecorder, AlertRecording, Before, Scope};
use windhover_engine::{Observed, Observer as _, RecordingWish};
use windhover_event::snapshot::{FdEntry, GroupEntry, Snapshot, ThreadEntry, UserEntry};
use windhover_event::{AT_FDCWD, Builder, EventType, EventView};
use windhover_system::{ContainerInfo, Limits, Lookup, System};

const WORKER: i64 = 11;
const SHELL: i64 = 21;
const BOXED: i64 = 31;
const SECOND: u64 = 1_000_000_000;
const BOX: &str = "5e1d0c9b7a3e";

/// A service (10) with a worker (11), a login (20) with a shell (21), and a container (30, 31).
fn machine() -> System {
    let cgroup = format!("cpu=/docker/{BOX}5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5\0");
    let thread = |(tid, ptid, sid): (i64, i64, i64)| ThreadEntry {
        tid,
        pid: tid,
        ptid,
        sid,
        vtid: tid,
        vpid: tid,
        comm: format!("p{tid}").into_bytes(),
        cwd: b"/srv".to_vec(),
        cgroups: if tid >= 30 { cgroup.clone().into_bytes() } else { Vec::new() },
        ..ThreadEntry::default()
    };
    let all = [(1, 0, 1), (10, 1, 10), (WORKER, 10, 10), (20, 1, 20), (SHELL, 20, 21), (30, 1, 30), (BOXED, 30, 30)];
    let mut system = System::new(Limits::default());
    system.load(Snapshot { threads: all.into_iter().map(thread).collect(), ..Snapshot::default() });
    system.set_container(ContainerInfo { id: BOX.into(), name: "boxed".into(), ..ContainerInfo::default() });
    system
}

/// A machine with recorders that watch it: one writes files where it stands, one beside.
struct Watched {
    system: System,
    recorders: Vec<AlertRecorder>,
    folder: tempfile::TempDir,
    /// What rules would see of each event.
    seen: Vec<String>,
}

impl Watched {
    fn start(seconds: u64, scope: Scope) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = |beside| AlertRecording {
            path_prefix: folder.path().join(if beside { "beside" } else { "here" }).display().to_string(),
            all_rules: false,
            default_duration: Duration::from_secs(5),
            max_file_mib: 0,
            before: Before { duration: Duration::from_secs(seconds), max_mib: 8 },
            scope,
            beside,
        };
        let recorders = [false, true].map(|beside| AlertRecorder::new(options(beside), Arc::new(|_, _| {})));
        let mut this = Self { system: machine(), recorders: recorders.into(), folder, seen: Vec::new() };
        this.reset();
        this
    }

    fn reset(&mut self) {
        self.recorders.iter_mut().for_each(|recorder| recorder.reset(&self.system));
    }

    fn event(&mut self, kind: EventType, second: u64, tid: i64, alerts: bool, fill: &dyn Fn(&mut Builder<'_>)) {
        struct Machine;
        impl Lookup for Machine {
            fn thread(&mut self, _tid: i64) -> Option<ThreadEntry> {
                None
            }
            fn fd(&mut self, _pid: i64, _fd: i64) -> Option<FdEntry> {
                None
            }
            fn users(&mut self, _pid: i64, container: &[u8]) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
                let user =
                    |uid| UserEntry { uid, gid: 5, name: format!("user-{uid}").into_bytes(), ..UserEntry::default() };
                let group = GroupEntry { gid: 5, name: b"box".to_vec() };
                (!container.is_empty()).then(|| (vec![user(7), user(8)], vec![group]))
            }
        }
        let mut bytes = Vec::new();
        let mut event = Builder::new(&mut bytes, kind, second * SECOND, tid);
        fill(&mut event);
        let event = event.finish().unwrap();
        self.system.apply(&event, Some(&mut Machine));
        self.seen.push(shown(&event, &self.system));
        let captured = CapturedEvent { cpu: 0, state_only: false, event };
        let wish = [RecordingWish { starts: true, duration_ms: 0 }];
        let matches = if alerts { &wish[..] } else { &[] };
        for recorder in &mut self.recorders {
            recorder.event(&Observed { captured, values: None, system: &self.system, matches });
        }
    }

    fn chdir(&mut self, second: u64, tid: i64, alerts: bool) {
        self.event(EventType::SYSCALL_CHDIR_X, second, tid, alerts, &|event| {
            event.int(0).str(b"deeper");
        });
    }

    fn kill(&mut self, second: u64, tid: i64) {
        self.event(EventType::SYSCALL_KILL_X, second, tid, false, &|event| {
            event.int(0).int(7).uint(9);
        });
    }

    /// Ends the recorders; what readers are shown of the only file of each, which is the same.
    fn recorded(self) -> (Vec<String>, Vec<String>) {
        drop(self.recorders);
        let files: Vec<PathBuf> = self.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 2, "{files:?}");
        assert!(std::fs::read(&files[0]).unwrap() == std::fs::read(&files[1]).unwrap(), "{files:?} differ");
        (replayed(&files[0]), self.seen)
    }
}

/// What rules would see of the last event.
fn shown(event: &EventView<'_>, system: &System) -> String {
    let context = system.context();
    let name = context.thread().map(|thread| String::from_utf8_lossy(&thread.comm).into_owned()).unwrap_or_default();
    let fd = context.fd().map(|fd| String::from_utf8_lossy(&fd.name).into_owned()).unwrap_or_default();
    let container = context.container().map(|info| info.name.clone()).unwrap_or_default();
    let cwd = String::from_utf8_lossy(context.cwd()).into_owned();
    let user = context.thread().and_then(|thread| context.user(thread.uid));
    let user = user.map(|user| String::from_utf8_lossy(&user.name).into_owned()).unwrap_or_default();
    format!("{} {} {name} {cwd} {fd} {container} {user}", event.ts() / SECOND, event.kind().name())
}

fn replayed(path: &Path) -> Vec<String> {
    let mut reader = Reader::open(path).unwrap();
    let mut system = System::new(Limits::default());
    system.load(reader.take_snapshot());
    let mut all = Vec::new();
    while let Some(Record::Event(captured)) = reader.next().unwrap() {
        system.apply(&captured.event, None);
        if !captured.state_only {
            all.push(shown(&captured.event, &system));
        }
    }
    all
}

/// A course of events around an alert at second 10: what the shell does, and a worker and a container beside it.
fn course(watched: &mut Watched) {
    watched.chdir(1, SHELL, false);
    watched.event(EventType::SYSCALL_OPENAT_2_X, 2, SHELL, false, &|event| {
        event.int(3).int(AT_FDCWD).str(b"loot").uint(1).uint(0).uint(0).uint(77);
    });
    for tid in [SHELL, WORKER, BOXED, 20] {
        watched.kill(6, tid);
    }
    watched.chdir(7, WORKER, false);
    watched.chdir(7, BOXED, false);
    watched.chdir(8, SHELL, false);
    watched.event(EventType::SYSCALL_CLOSE_X, 10, SHELL, true, &|event| {
        event.int(0).int(3);
    });
    for tid in [SHELL, WORKER, BOXED, 20] {
        watched.kill(11, tid);
    }
    // Beyond the five seconds.
    watched.kill(16, SHELL);
}

fn of(seen: &[String], range: std::ops::Range<usize>, names: &[&str]) -> Vec<String> {
    let wanted = |line: &&String| names.is_empty() || names.contains(&line.split(' ').nth(2).unwrap());
    seen[range].iter().filter(wanted).cloned().collect()
}

#[test]
fn a_recording_begins_with_the_alert_s_event_and_the_machine_before_it() {
    let mut watched = Watched::start(0, Scope::Machine);
    course(&mut watched);
    let (recorded, seen) = watched.recorded();
    assert_eq!(recorded, of(&seen, 9..14, &[]));
    assert_eq!(recorded[0], "10 close p21 /srv/deeper/deeper/ /srv/deeper/loot  ");
    assert!(recorded[3].ends_with(" boxed "), "{recorded:#?}");
}

#[test]
fn what_came_before_is_there_for_as_long_as_it_was_asked_for() {
    for (seconds, from) in [(3, 6), (4, 2), (60, 0)] {
        let mut watched = Watched::start(seconds, Scope::Machine);
        course(&mut watched);
        let (recorded, seen) = watched.recorded();
        assert_eq!(recorded, of(&seen, from..14, &[]), "{seconds} seconds");
    }
}

#[test]
fn others_are_left_out_where_only_the_family_is_wanted() {
    let mut watched = Watched::start(60, Scope::ProcessTree);
    course(&mut watched);
    let (recorded, seen) = watched.recorded();
    assert_eq!(recorded, of(&seen, 0..14, &["p21", "p20"]));
    assert_eq!(recorded.len(), 8);
}

#[test]
fn others_are_left_out_where_only_the_container_is_wanted() {
    let mut watched = Watched::start(60, Scope::Container);
    course(&mut watched);
    let (recorded, seen) = watched.recorded();
    assert_eq!(recorded, of(&seen, 0..14, &["p11", "p20", "p21"]), "the host is what is in no container");
    let mut watched = Watched::start(60, Scope::Container);
    watched.kill(1, SHELL);
    watched.kill(2, BOXED);
    watched.chdir(3, BOXED, true);
    // The host's: another alert is about it, and from then on it belongs to the recording.
    watched.kill(4, SHELL);
    watched.chdir(5, SHELL, true);
    watched.kill(6, SHELL);
    let (recorded, seen) = watched.recorded();
    assert_eq!(recorded, [&seen[1..3], &seen[4..]].concat());
}

#[test]
fn users_that_the_machine_was_asked_about_are_told() {
    let setuid = |watched: &mut Watched, second, uid, alerts| {
        watched.event(EventType::SYSCALL_SETUID_X, second, BOXED, alerts, &|event| {
            event.int(0).uint(uid);
        });
    };
    // Asked about within the time that is kept, before it, at the alert's event, and after that.
    for (seconds, asked, alert) in [(60, 2, 10), (3, 2, 10), (0, 2, 10), (0, 10, 10), (0, 12, 10)] {
        let mut watched = Watched::start(seconds, Scope::Container);
        watched.kill(1, BOXED);
        for second in 2..14 {
            if second == asked {
                setuid(&mut watched, second, 7, second == alert);
            } else if second == alert {
                watched.chdir(second, BOXED, true);
            } else {
                watched.kill(second, BOXED);
            }
        }
        let (recorded, seen) = watched.recorded();
        assert!(seen[12].ends_with(" user-7"), "{seen:#?}");
        let from = seen.len() - recorded.len();
        assert_eq!(recorded, seen[from..], "{seconds} seconds, asked at {asked}");
        assert!(from <= 9);
    }
}

#[test]
fn another_machine_ends_the_recording_and_starts_anew() {
    let mut watched = Watched::start(60, Scope::Machine);
    watched.kill(1, WORKER);
    watched.system = machine();
    watched.reset();
    watched.chdir(2, SHELL, true);
    watched.system = machine();
    watched.reset();
    watched.kill(3, SHELL);
    let (recorded, seen) = watched.recorded();
    assert_eq!(recorded, seen[1..2]);
}
