//! Whose events come, by which ring buffer, and how they are counted. Needs root; says so and passes where it may not run.
#![allow(clippy::print_stdout)]

mod shell;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use shell::{Shell, calls, let_run, load, shell};
use windhover_event::{EventType, EventView};
use windhover_probe::{Options, Probe, Scope};

/// Names of files opened, with the process and the ring buffer that they came by.
fn opened(probe: &mut Probe, rings: usize) -> Vec<(i64, usize, String)> {
    let mut all = Vec::new();
    for ring in 0..rings {
        probe.drain(ring, usize::MAX, &mut |bytes| {
            let event = EventView::parse(bytes).expect("a well-formed event");
            if event.kind() == EventType::SYSCALL_OPENAT_2_X {
                let name = event.param(2).unwrap_or_default().strip_suffix(b"\0").unwrap_or_default();
                all.push((event.tid(), ring, String::from_utf8_lossy(name).into_owned()));
            }
        });
    }
    all
}

fn has(events: &[(i64, usize, String)], name: &str) -> bool {
    events.iter().any(|(_, _, opened)| opened == name)
}

#[test]
fn a_tree_is_its_processes_and_their_children_and_nobody_else() {
    let (watched, other) = (shell(), shell());
    let scope = Scope::ProcessTree(vec![watched.id()]);
    let Some(mut probe) = load(Options { scope, ..Options::default() }) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    let_run(watched, "/bin/cat /tmp/windhover-of-the-tree; (: < /tmp/windhover-of-a-grandchild); /bin/true");
    let_run(other, "/bin/cat /tmp/windhover-of-another");
    let _ = std::fs::File::open("/tmp/windhover-of-ourselves");
    let events = opened(&mut probe, 1);
    assert!(has(&events, "/tmp/windhover-of-the-tree") && has(&events, "/tmp/windhover-of-a-grandchild"));
    assert!(!has(&events, "/tmp/windhover-of-another") && !has(&events, "/tmp/windhover-of-ourselves"));
}

#[test]
fn a_group_is_its_processes_and_those_of_groups_below() {
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("our mounts");
    let mount = mounts.lines().find(|line| line.split(' ').nth(2) == Some("cgroup2"));
    let Some(mount) = mount.and_then(|line| line.split(' ').nth(1)) else {
        println!("skipped: no version 2 control groups are mounted");
        return;
    };
    let group = PathBuf::from(mount).join(format!("windhover-scope-{}", std::process::id()));
    let below = group.join("below");
    if let Err(error) = std::fs::create_dir_all(&below) {
        println!("skipped: cannot make a control group: {error}");
        return;
    }
    let scope = Scope::cgroup(&group).expect("a scope");
    if let Some(mut probe) = load(Options { scope, ..Options::default() }) {
        probe.select(&calls(&["openat"])).expect("a program");
        for (folder, name) in [(Some(&group), "in"), (Some(&below), "below"), (None, "out")] {
            let shell = shell();
            if let Some(folder) = folder {
                std::fs::write(folder.join("cgroup.procs"), shell.id().to_string()).expect("a move");
            }
            let_run(shell, &format!("/bin/cat /tmp/windhover-group-{name}"));
        }
        let events = opened(&mut probe, 1);
        assert!(has(&events, "/tmp/windhover-group-in") && has(&events, "/tmp/windhover-group-below"));
        assert!(!has(&events, "/tmp/windhover-group-out"));
    }
    std::fs::remove_dir(&below).and_then(|()| std::fs::remove_dir(&group)).expect("our groups");
    assert!(Scope::cgroup(&PathBuf::from(mount)).is_err(), "the root is no scope");
}

#[test]
fn a_process_always_uses_the_same_ring_buffer() {
    const RINGS: u32 = 4;
    let shells: Vec<Shell> = (0..8).map(|_| shell()).collect();
    let scope = Scope::ProcessTree(shells.iter().map(Shell::id).collect());
    let Some(mut probe) = load(Options { scope, rings: RINGS, ..Options::default() }) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    for shell in shells {
        let_run(shell, ": < /etc/passwd; : < /etc/group; : < /etc/hosts");
    }
    let mut rings: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (tid, ring, _) in opened(&mut probe, RINGS as usize) {
        rings.entry(tid).or_default().push(ring);
    }
    assert!(!rings.is_empty());
    for (tid, rings) in rings {
        assert!(rings.iter().all(|&ring| ring == tid as usize % RINGS as usize), "{tid}: {rings:?}");
    }
}

#[test]
fn what_does_not_fit_is_counted() {
    let shell = shell();
    let scope = Scope::ProcessTree(vec![shell.id()]);
    let options = Options { scope, ring_bytes: 4096, wakeup_bytes: 0, ..Options::default() };
    let Some(mut probe) = load(options) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    let_run(shell, "i=0; while [ $i -lt 200 ]; do : < /etc/passwd; i=$((i+1)); done");
    let delivered = opened(&mut probe, 1).len() as u64;
    let stats = probe.stats().expect("counters");
    let opens = stats.of(EventType::SYSCALL_OPENAT_2_X);
    assert!(opens.ring_full > 0 && opens.seen >= 200, "{opens:?}");
    assert_eq!(opens.seen, delivered + opens.lost());
    assert_eq!(stats.total().seen, stats.total_delivered() + stats.total().lost());
}

#[test]
fn a_selection_can_be_changed_at_any_time() {
    let (first, second) = (shell(), shell());
    let scope = Scope::ProcessTree(vec![first.id(), second.id()]);
    let Some(mut probe) = load(Options { scope, ..Options::default() }) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    let_run(first, "/bin/cat /tmp/windhover-first");
    probe.select(&calls(&["close", "execve"])).expect("programs");
    let_run(second, "/bin/cat /tmp/windhover-second");
    let events = opened(&mut probe, 1);
    assert!(has(&events, "/tmp/windhover-first") && !has(&events, "/tmp/windhover-second"));
    let stats = probe.stats().expect("counters");
    assert!(stats.of(EventType::SYSCALL_CLOSE_X).seen > 0 && stats.of(EventType::SYSCALL_EXECVE_19_X).seen > 0);
}

#[test]
fn a_path_that_is_too_deep_is_cut_and_counted() {
    let folder = std::env::temp_dir().join(format!("windhover-deep-{}", std::process::id()));
    let deep: PathBuf = std::iter::once(folder.clone()).chain((0..120).map(|_| PathBuf::from("d"))).collect();
    std::fs::create_dir_all(&deep).expect("a deep folder");
    std::fs::write(deep.join("file"), "").expect("a file");
    let shell = shell();
    let scope = Scope::ProcessTree(vec![shell.id()]);
    if let Some(mut probe) = load(Options { scope, ..Options::default() }) {
        probe.select(&calls(&["openat"])).expect("a program");
        let_run(shell, &format!(": < {}/file", deep.display()));
        let mut resolved = Vec::new();
        probe.drain(0, usize::MAX, &mut |bytes| {
            resolved.extend(EventView::parse(bytes).expect("an event").resolved_path().map(<[u8]>::to_vec));
        });
        let cut = resolved.iter().find(|path| path.ends_with(b"/d/d/file")).expect("the end of the path");
        assert!(cut.len() < deep.as_os_str().len(), "{}", String::from_utf8_lossy(cut));
        assert_eq!(probe.stats().expect("counters").of(EventType::SYSCALL_OPENAT_2_X).path_cut, 1);
    }
    std::fs::remove_dir_all(&folder).expect("our folder");
}

#[test]
fn a_reader_in_a_pid_namespace_does_not_watch_itself() {
    let inside = Command::new("unshare")
        .args(["--pid", "--fork", "--mount-proc"])
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", "in_a_namespace", "--ignored", "--nocapture"])
        .output();
    match inside {
        Ok(output) if String::from_utf8_lossy(&output.stderr).contains("Operation not permitted") => {
            println!("skipped: no pid namespace can be made here");
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => println!("skipped: cannot run unshare: {error}"),
    }
}

#[test]
#[ignore = "run in a pid namespace by another test"]
fn in_a_namespace() {
    let Some(mut probe) = load(Options::default()) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    let _ = std::fs::File::open("/tmp/windhover-of-the-reader");
    let_run(shell(), ": < /tmp/windhover-of-its-child");
    let events = opened(&mut probe, 1);
    assert!(has(&events, "/tmp/windhover-of-its-child"));
    assert!(!has(&events, "/tmp/windhover-of-the-reader"));
}

/// Whether a thread of ours sleeps.
fn sleeps(thread: libc::pid_t) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S'))
}

#[test]
fn a_reader_is_woken_when_the_fill_crosses_the_threshold() {
    // Longer than any test may run: without a wake-up, this one does not end.
    const FLOOR: std::time::Duration = std::time::Duration::from_secs(3600);
    let shell = shell();
    let scope = Scope::ProcessTree(vec![shell.id()]);
    let Some(mut probe) = load(Options { scope, wakeup_bytes: 8192, ..Options::default() }) else { return };
    probe.select(&calls(&["openat"])).expect("a program");
    let reader = probe.take_readers().pop().expect("a reader");
    let (tell, told) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        tell.send(thread_id()).expect("the test");
        reader.wait(FLOOR);
        reader
    });
    let thread = told.recv().expect("the thread");
    while !sleeps(thread) {
        std::thread::yield_now();
    }
    let_run(shell, "i=0; while [ $i -lt 200 ]; do : < /etc/passwd; i=$((i+1)); done");
    let mut reader = waiting.join().expect("the thread");
    let mut bytes = 0;
    reader.drain(usize::MAX, &mut |event| bytes += event.len() + 8);
    assert!(bytes >= 8192, "{bytes}");
}

#[allow(unsafe_code)]
fn thread_id() -> libc::pid_t {
    // SAFETY: gettid takes no arguments and cannot fail.
    unsafe { libc::gettid() }
}
