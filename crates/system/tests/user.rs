//! Users of containers, asked for while their processes start.

#![allow(clippy::unwrap_used)]

use windhover_event::snapshot::{FdEntry, GroupEntry, ThreadEntry, UserEntry};
use windhover_event::{Builder, EventType};
use windhover_system::{Limits, Lookup, System};

const CONTAINER: &str = "3ad7b26ded6d";
const CGROUPS: &str = "memory=/docker/3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e\0";

/// A machine whose processes all have one user, or tell nothing.
struct Machine {
    user: Option<(u32, &'static str)>,
    asked: u32,
}

impl Lookup for Machine {
    fn thread(&mut self, _: i64) -> Option<ThreadEntry> {
        None
    }

    fn fd(&mut self, _: i64, _: i64) -> Option<FdEntry> {
        None
    }

    fn users(&mut self, _: i64, container: &[u8]) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
        assert_eq!(container, CONTAINER.as_bytes());
        self.asked += 1;
        let (uid, name) = self.user?;
        let (name, homedir, shell) = (name.as_bytes().to_vec(), Vec::new(), Vec::new());
        Some((vec![UserEntry { uid, gid: uid, name, homedir, shell }], Vec::new()))
    }
}

/// A program starts in the container as a user.
fn exec(system: &mut System, machine: &mut Machine, vpid: i64, uid: u64) {
    let mut bytes = Vec::new();
    let mut e = Builder::with_nparams(&mut bytes, EventType::SYSCALL_EXECVE_19_X, 10, 500, 30);
    e.int(0).str(b"ls").raw(b"").int(500).int(500).int(1).absent();
    e.uint(1024).uint(0).uint(0).uint(500).uint(400).uint(0).str(b"ls").raw(CGROUPS.as_bytes());
    e.raw(b"").uint(0).int(500).uint(u32::MAX.into()).uint(1).uint(1).uint(2).uint(3);
    e.uint(77).uint(5).uint(6).uint(uid).str(b"/bin/ls").int(500).uint(0);
    let mut thread = ThreadEntry { tid: 500, pid: 500, vtid: vpid, vpid, ..ThreadEntry::default() };
    thread.comm = b"sh".to_vec();
    if system.threads().all(|known| known.tid != 500) {
        system.load(windhover_event::snapshot::Snapshot { threads: vec![thread], ..Default::default() });
    }
    system.apply(&e.finish().unwrap(), Some(machine));
}

fn name(system: &System, uid: u32) -> Option<String> {
    let (_, table) = system.user_tables().find(|(container, _)| *container == CONTAINER.as_bytes())?;
    table.user(uid).map(|user| String::from_utf8_lossy(&user.name).into_owned())
}

#[test]
fn the_first_program_tells_whose_users_they_are() {
    let mut system = System::new(Limits::default());
    let mut machine = Machine { user: Some((7, "of-the-host")), asked: 0 };
    exec(&mut system, &mut machine, 1, 7);
    assert_eq!(name(&system, 7).as_deref(), Some("of-the-host"));
    machine.user = Some((7, "of-the-container"));
    exec(&mut system, &mut machine, 1, 7);
    assert_eq!(name(&system, 7).as_deref(), Some("of-the-container"));
    machine.user = None;
    exec(&mut system, &mut machine, 1, 7);
    assert_eq!(name(&system, 7).as_deref(), Some("of-the-container"), "one that is gone tells nothing");
}

#[test]
fn an_unknown_user_is_asked_for_until_there_is_an_answer() {
    let mut system = System::new(Limits::default());
    let mut machine = Machine { user: None, asked: 0 };
    exec(&mut system, &mut machine, 30, 7);
    exec(&mut system, &mut machine, 30, 7);
    assert_eq!((name(&system, 7), machine.asked), (None, 2));
    machine.user = Some((8, "another"));
    exec(&mut system, &mut machine, 30, 7);
    exec(&mut system, &mut machine, 30, 7);
    exec(&mut system, &mut machine, 30, 8);
    assert_eq!((name(&system, 7), machine.asked), (None, 3));
    assert_eq!(name(&system, 8).as_deref(), Some("another"));
}
