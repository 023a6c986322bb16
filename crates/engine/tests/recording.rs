//! What a recording's lists hold: the machine as it was before the file's first event.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use windhover_capture::{CapturedEvent, Compression, Reader, Record};
use windhover_engine::recording::{RecordOptions, RecordTarget, Recorder};
use windhover_engine::{Observed, Observer as _};
use windhover_event::snapshot::{Snapshot, ThreadEntry};
use windhover_event::{AT_FDCWD, Builder, EventType, EventView};
use windhover_system::{Limits, System};

const SHELL: i64 = 100;
const CHILD: i64 = 101;

/// A shell with a child.
fn machine() -> Snapshot {
    let thread = |tid, ptid, comm: &[u8]| ThreadEntry {
        tid,
        pid: tid,
        ptid,
        comm: comm.to_vec(),
        cwd: b"/srv".to_vec(),
        ..ThreadEntry::default()
    };
    let threads = vec![thread(1, 0, b"init"), thread(SHELL, 1, b"sh"), thread(CHILD, SHELL, b"sleep")];
    Snapshot { threads, ..Snapshot::default() }
}

/// Deeds whose effect would show twice, or not at all, if lists were those from after them.
fn deeds() -> Vec<Vec<u8>> {
    let mut deeds = Vec::new();
    let mut deed = |kind, tid, fill: &dyn Fn(&mut Builder<'_>)| {
        let mut bytes = Vec::new();
        let mut event = Builder::new(&mut bytes, kind, 1_000 + deeds.len() as u64, tid);
        fill(&mut event);
        event.finish().unwrap();
        deeds.push(bytes);
    };
    deed(EventType::SYSCALL_OPENAT_2_X, SHELL, &|event| {
        event.int(3).int(AT_FDCWD).str(b"motd").uint(1).uint(0).uint(0).uint(77);
    });
    deed(EventType::SYSCALL_CHDIR_X, SHELL, &|event| {
        event.int(0).str(b"deeper");
    });
    deed(EventType::SYSCALL_CHDIR_X, SHELL, &|event| {
        event.int(0).str(b"deeper");
    });
    deed(EventType::SYSCALL_CLOSE_X, SHELL, &|event| {
        event.int(0).int(3);
    });
    deed(EventType::SYSCALL_CLOSE_X, SHELL, &|event| {
        event.int(-9).int(3);
    });
    deed(EventType::PROCEXIT_1_E, SHELL, &|event| {
        event.int(0).int(0).uint(0).uint(0).int(1);
    });
    deed(EventType::SYSCALL_CLOSE_X, CHILD, &|event| {
        event.int(-9).int(3);
    });
    deeds
}

/// What rules would see of the last event.
fn shown(system: &System) -> String {
    let context = system.context();
    let thread = context.thread().map(|thread| (&thread.comm[..], thread.ptid));
    let cwd = context.main().map(|main| String::from_utf8_lossy(&main.cwd).into_owned());
    let fd = context.fd().map(|fd| String::from_utf8_lossy(&fd.name).into_owned());
    format!("{thread:?} {cwd:?} {fd:?}")
}

/// What rules would see of a file's events.
fn replayed(path: &Path) -> Vec<String> {
    let mut reader = Reader::open(path).unwrap();
    let mut system = System::new(Limits::default());
    system.load(reader.take_snapshot());
    let mut all = Vec::new();
    while let Some(Record::Event(captured)) = reader.next().unwrap() {
        system.apply(&captured.event, None);
        all.push(shown(&system));
    }
    all
}

#[test]
fn every_file_of_a_rotation_goes_on_where_the_one_before_ended() {
    let folder = tempfile::tempdir().unwrap();
    let options = RecordOptions {
        condition: None,
        events: None,
        // Another file as soon as may be.
        file_bytes: Some(1),
        total_bytes: None,
        keep: None,
        compression: Compression::None,
    };
    let mut system = System::new(Limits::default());
    system.load(machine());
    let target = RecordTarget::File(folder.path().join("all.scap"));
    let mut recorder = Recorder::start(target, options, system.snapshot()).unwrap();
    let report = recorder.report();
    let mut live = Vec::new();
    for deed in deeds() {
        let event = EventView::parse(&deed).unwrap();
        system.apply(&event, None);
        live.push(shown(&system));
        let captured = CapturedEvent { cpu: 0, state_only: false, event };
        recorder.event(&Observed { captured, values: None, system: &system, matches: &[] });
    }
    drop(recorder);
    let report = report.lock().unwrap();
    assert!(report.error.is_none() && report.files.len() > 3, "{:?}", report.files);
    let again: Vec<_> = report.files.iter().flat_map(|path| replayed(path)).collect();
    assert_eq!(again, live);
    assert!(
        live.contains(&r#"Some(([115, 104], 1)) Some("/srv/deeper/deeper/") Some("/srv/motd")"#.to_owned()),
        "{live:#?}"
    );
}
