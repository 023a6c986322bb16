//! A model, its snapshot, and the model made of that.

use std::net::Ipv4Addr;

use windhover_event::snapshot::{
    FdEntry, FdEntryKind, GroupEntry, InterfaceEntry, Machine, NamedFd, Snapshot, ThreadEntry, UserEntry,
};
use windhover_event::{Builder, EventType};
use windhover_system::{Limits, System};

fn fd(fd: i64, kind: FdEntryKind) -> FdEntry {
    FdEntry { fd, ino: 40 + fd as u64, kind }
}

fn machine() -> Snapshot {
    let (local, peer) = (Ipv4Addr::new(10, 0, 0, 2), Ipv4Addr::new(10, 0, 0, 9));
    let fds = vec![
        fd(0, FdEntryKind::File { name: b"/dev/null".to_vec(), flags: 3, dev: 6 }),
        fd(3, FdEntryKind::Ipv4Server { addr: (Ipv4Addr::UNSPECIFIED, 80), l4: 2 }),
        fd(4, FdEntryKind::Ipv4 { source: (local, 80), dest: (peer, 55_000), l4: 2 }),
        fd(5, FdEntryKind::Ipv4 { source: (local, 44_000), dest: (peer, 443), l4: 2 }),
        fd(6, FdEntryKind::Unix { source: 1, dest: 2, name: b"/run/x".to_vec() }),
        fd(2000, FdEntryKind::Named { kind: NamedFd::EventPoll, name: b"".to_vec() }),
    ];
    let main = ThreadEntry {
        tid: 7,
        pid: 7,
        ptid: 1,
        comm: b"httpd".to_vec(),
        exe: b"httpd".to_vec(),
        exepath: b"/usr/bin/httpd".to_vec(),
        args: b"-D\0now\0".to_vec(),
        env: b"A=b\0".to_vec(),
        cgroups: b"cpu=/x\0".to_vec(),
        cwd: b"/srv/".to_vec(),
        uid: 33,
        vmsize_kb: 12,
        pfminor: 5,
        fds,
        ..ThreadEntry::default()
    };
    let init =
        ThreadEntry { tid: 1, pid: 1, ptid: 0, comm: b"init".to_vec(), cwd: b"/".to_vec(), ..Default::default() };
    Snapshot {
        machine: Machine { num_cpus: 2, memory_bytes: 1, max_pid: 9, hostname: "h".to_owned(), boot_ts: 3 },
        threads: vec![init, main],
        users: vec![UserEntry { uid: 33, gid: 33, name: b"www".to_vec(), ..UserEntry::default() }],
        groups: vec![GroupEntry { gid: 33, name: b"www".to_vec() }],
        interfaces: vec![InterfaceEntry::V4 {
            name: b"eth0".to_vec(),
            addr: local,
            netmask: Ipv4Addr::new(255, 0, 0, 0),
            broadcast: Ipv4Addr::new(10, 255, 255, 255),
            link_speed: 0,
        }],
    }
}

#[test]
fn what_was_loaded_comes_back() {
    let mut system = System::new(Limits::default());
    system.load(machine());
    assert_eq!(system.snapshot(), machine());
}

#[test]
fn what_events_changed_is_in_it() {
    let mut system = System::new(Limits::default());
    system.load(machine());
    let mut bytes = Vec::new();
    let mut event = Builder::new(&mut bytes, EventType::SYSCALL_CHDIR_X, 10, 7);
    event.int(0).str(b"/var");
    system.apply(&event.finish().unwrap(), None);
    // A thread of which only an event was seen is no part of what is known.
    let mut bytes = Vec::new();
    let mut event = Builder::new(&mut bytes, EventType::SYSCALL_CLOSE_X, 11, 99);
    event.int(0).int(3);
    system.apply(&event.finish().unwrap(), None);
    let snapshot = system.snapshot();
    assert_eq!(snapshot.threads.iter().map(|thread| thread.tid).collect::<Vec<_>>(), [1, 7]);
    assert_eq!(snapshot.threads[1].cwd, b"/var/");
    let mut again = System::new(Limits::default());
    again.load(snapshot.clone());
    assert_eq!(again.snapshot(), snapshot);
}
