//! How processes come, change and go.

mod scene;

use scene::{Clone, Scene, THREAD};
use windhover_event::EventType;
use windhover_system::{Alive, Limits};

const CHILD_IN_PIDNS: u32 = 0x2000_0000;
const CLONE_PARENT: u32 = 0x100;
const CLONE_VFORK: u32 = 0x800_0000;

#[test]
fn a_fork_is_known_from_either_event_alone_and_from_both_in_any_order() {
    let clone = Clone { caller: 100, child: 200, flags: 0 };
    let orders: [&[bool]; 4] = [&[true], &[false], &[true, false], &[false, true]];
    for order in orders {
        let mut scene = Scene::new();
        scene.open(100, 3, "data", 1);
        for by_caller in order {
            if *by_caller { scene.clone_by_caller(&clone, 200) } else { scene.clone_of_child(&clone) }
        }
        let child = scene.thread(200).expect("the child is known");
        assert_eq!((child.pid, child.ptid, child.vpid, child.sid), (200, 100, 200, 100), "{order:?}");
        assert_eq!(
            (&child.comm[..], &child.cwd[..], &child.env[..]),
            (&b"sh"[..], &b"/srv/"[..], &b"HOME=/root\0"[..])
        );
        assert_eq!(scene.name(200, 3).as_deref(), Some("/srv/data"), "{order:?}");
        assert_eq!(scene.system.counters().tid_collisions, 0);
    }
}

#[test]
fn the_creator_does_not_tell_of_children_whose_id_it_does_not_know() {
    for flags in [CHILD_IN_PIDNS, CLONE_PARENT, CLONE_VFORK] {
        let mut scene = Scene::new();
        let clone = Clone { caller: 100, child: 200, flags };
        scene.clone_by_caller(&clone, 200);
        assert!(scene.thread(200).is_none(), "{flags:#x}");
        scene.clone_of_child(&clone);
        assert!(scene.thread(200).is_some(), "{flags:#x}");
    }
}

#[test]
fn a_thread_shares_what_belongs_to_its_process() {
    let mut scene = Scene::new();
    scene.spawn_thread(100, 101);
    scene.open(101, 5, "/tmp/x", 1);
    assert_eq!(scene.name(100, 5).as_deref(), Some("/tmp/x"));
    scene.apply(EventType::SYSCALL_CHDIR_X, 101, |e| {
        e.int(0).str(b"/var");
    });
    scene.tick(100);
    let context = scene.system.context();
    assert_eq!(context.cwd(), b"/var/");
    assert_eq!(context.thread_count(), 2);
    assert_eq!(scene.thread(101).map(|thread| (thread.pid, thread.ptid)), Some((100, 1)));
}

#[test]
fn what_a_thread_forks_has_no_environment_until_it_executes_a_program() {
    for by_caller in [true, false] {
        let mut scene = Scene::new();
        scene.spawn_thread(100, 101);
        let clone = Clone { caller: 101, child: 200, flags: 0 };
        if by_caller {
            scene.clone_by_caller(&clone, 200)
        } else {
            scene.clone_of_child(&clone)
        }
        let child = scene.thread(200).expect("the child is known");
        assert_eq!((&child.env[..], &child.cwd[..]), (&b""[..], &b"/srv/"[..]), "{by_caller}");
        scene.exec(200, "x");
        assert_eq!(scene.thread(200).map(|thread| thread.env.to_vec()), Some(b"A=1\0".to_vec()));
    }
}

#[test]
fn a_parent_of_which_only_the_id_is_known_has_the_name_of_nobody() {
    let mut scene = Scene::new();
    assert_eq!(scene.system.context().comm_of(999), None);
    scene.clone_of_child(&Clone { caller: 999, child: 1000, flags: 0 });
    let context = scene.system.context();
    assert_eq!(context.comm_of(999), Some(&b"<NA>"[..]));
    assert_eq!(context.comm_of(1), Some(&b"init"[..]));
    assert!(context.thread_by_tid(999).is_none());
}

#[test]
fn a_thread_that_exited_a_moment_ago_is_not_brought_back() {
    let mut scene = Scene::new();
    let clone = Clone { caller: 100, child: 200, flags: 0 };
    scene.clone_of_child(&clone);
    scene.exit(200, 0);
    scene.clone_by_caller(&clone, 200);
    assert!(scene.thread(200).is_none());
}

#[test]
fn an_id_that_is_used_again_is_another_process() {
    let mut scene = Scene::new();
    scene.fork(100, 200);
    scene.exec(200, "old");
    scene.now += 3_000_000_000;
    scene.fork(1, 200);
    let thread = scene.thread(200).expect("the new process is known");
    assert_eq!((&thread.comm[..], thread.ptid), (&b"sh"[..], 1));
    assert_eq!(scene.system.counters().tid_collisions, 1);
}

#[test]
fn an_id_of_a_process_that_is_used_again_ends_the_old_threads() {
    let mut scene = Scene::new();
    scene.fork(100, 200);
    scene.spawn_thread(200, 201);
    scene.now += 3_000_000_000;
    scene.fork(1, 200);
    assert!(scene.thread(201).is_none());
    assert_eq!(scene.system.threads().count(), scene.system.thread_count());
    scene.tick(200);
    assert_eq!(scene.system.context().thread_count(), 1);
}

#[test]
fn exec_replaces_the_program_and_closes_what_was_marked() {
    let mut scene = Scene::new();
    scene.fork(100, 200);
    scene.open(200, 3, "/keep", 1);
    scene.open(200, 4, "/close", 0x1001);
    scene.exec(200, "cat");
    let thread = scene.thread(200).expect("it goes on");
    assert_eq!(&thread.cmdline[..], b"cat -x y z");
    assert_eq!(&thread.exepath[..], b"/usr/bin/cat");
    assert_eq!(&thread.env[..], b"A=1\0");
    assert!(thread.exe_writable && !thread.exe_upper_layer);
    assert_eq!(scene.name(200, 3).as_deref(), Some("/keep"));
    assert_eq!(scene.name(200, 4), None);
}

#[test]
fn a_failed_exec_changes_nothing() {
    let mut scene = Scene::new();
    let before = scene.thread(100).cloned();
    scene.apply(EventType::SYSCALL_EXECVE_19_X, 100, |e| {
        e.int(-2).str(b"nope");
    });
    assert_eq!(scene.thread(100), before.as_ref());
}

#[test]
fn exec_ends_the_other_threads_and_revives_a_dead_leader() {
    let mut scene = Scene::new();
    scene.spawn_thread(100, 101);
    scene.spawn_thread(100, 102);
    scene.exit(100, 0);
    scene.exec(100, "new");
    scene.tick(100);
    assert!(scene.thread(101).is_none() && scene.thread(102).is_none());
    assert!(!scene.thread(100).expect("the leader goes on").is_dead());
    assert_eq!(scene.system.context().thread_count(), 1);
}

#[test]
fn a_dead_thread_is_there_until_the_next_event() {
    let mut scene = Scene::new();
    scene.exit(100, 0);
    assert_eq!(scene.system.context().thread().map(|thread| thread.is_dead()), Some(true));
    scene.tick(1);
    assert!(scene.thread(100).is_none());
}

#[test]
fn a_dead_leader_stays_as_long_as_its_threads() {
    let mut scene = Scene::new();
    scene.spawn_thread(100, 101);
    scene.exit(100, 0);
    scene.tick(101);
    assert!(scene.thread(100).is_some());
    assert_eq!(scene.system.context().cwd(), b"/srv/");
    scene.exit(101, 0);
    scene.tick(1);
    assert!(scene.thread(100).is_none() && scene.thread(101).is_none());
}

#[test]
fn orphans_go_to_whom_the_kernel_names_else_to_the_nearest_reaper() {
    for (reaper, subreaper, want) in [(1, false, 1), (0, false, 1), (-1, true, 100), (100, false, 100)] {
        let mut scene = Scene::new();
        scene.fork(100, 200);
        scene.fork(200, 300);
        if subreaper {
            scene.apply(EventType::SYSCALL_PRCTL_X, 100, |e| {
                e.int(0).uint(36).str(b"").int(1);
            });
        }
        scene.exit(200, reaper);
        scene.tick(300);
        assert_eq!(scene.thread(300).map(|thread| thread.ptid), Some(want), "{reaper} {subreaper}");
    }
}

#[test]
fn children_of_a_thread_go_to_another_thread_of_its_process() {
    let mut scene = Scene::new();
    scene.spawn_thread(100, 101);
    scene.fork(101, 200);
    scene.exit(101, 0);
    scene.tick(200);
    assert_eq!(scene.thread(200).map(|thread| thread.ptid), Some(100));
}

#[test]
fn a_full_table_refuses_and_counts() {
    let mut scene = Scene::with_limits(Limits { threads: 2, ..Limits::default() });
    scene.fork(100, 200);
    assert!(scene.thread(200).is_none());
    assert_eq!(scene.system.thread_count(), 2);
    assert!(scene.system.counters().n_drops_full_threadtable > 0);
    scene.tick(200);
    assert!(scene.system.context().thread().is_none());
}

#[test]
fn a_thread_nobody_knows_is_marked_so_and_completed_by_its_own_clone() {
    let mut scene = Scene::new();
    scene.tick(500);
    assert_eq!(scene.system.context().thread().map(|thread| thread.is_unknown()), Some(true));
    scene.clone_by_caller(&Clone { caller: 500, child: 501, flags: THREAD }, 501);
    assert_eq!(scene.thread(500).map(|thread| thread.is_unknown()), Some(false));
    assert_eq!(scene.thread(501).map(|thread| thread.pid), scene.thread(500).map(|thread| thread.pid));
}

struct Living(Vec<(i64, &'static str)>);

impl Alive for Living {
    fn comm(&mut self, _: i64, tid: i64) -> Option<Vec<u8>> {
        self.0.iter().find(|(alive, _)| *alive == tid).map(|(_, comm)| comm.as_bytes().to_vec())
    }
}

#[test]
fn a_purge_removes_what_is_idle_and_gone_or_renamed_and_what_is_unknown() {
    let mut scene = Scene::new();
    for tid in [200, 300, 400] {
        scene.fork(100, tid);
    }
    scene.tick(999);
    scene.now += 1_000_000_000;
    scene.tick(400);
    let mut living = Living(vec![(1, "init"), (100, "sh"), (200, "sh"), (300, "other")]);
    scene.system.purge(scene.now, 500_000_000, &mut living);
    let mut left: Vec<i64> = scene.system.threads().map(|thread| thread.tid).collect();
    left.sort_unstable();
    assert_eq!(left, [1, 100, 200, 400]);
    assert_eq!(scene.system.counters().threads_purged, 2);
}

#[test]
fn suppressed_events_have_no_number() {
    let mut scene = Scene::new();
    scene.system.suppress_tid(100);
    scene.tick(1);
    let before = scene.system.context().event_num();
    scene.tick(100);
    assert_eq!(scene.system.context().event_num(), before);
    assert_eq!(scene.system.counters().events_suppressed, 1);
}
