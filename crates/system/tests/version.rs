//! Whenever a process-scoped fact changes, so does the version; ordinary events leave it.

mod scene;

use scene::Scene;
use windhover_event::EventType;
use windhover_system::ContainerInfo;

/// Whether the version of `tid` is another after `change`.
fn changes(scene: &mut Scene, tid: i64, change: impl FnOnce(&mut Scene)) -> bool {
    let before = scene.version(tid).expect("the thread is known");
    change(scene);
    scene.version(tid).expect("the thread is still known") != before
}

fn lineage() -> Scene {
    let mut scene = Scene::new();
    scene.fork(100, 200);
    scene.fork(200, 300);
    scene.spawn_thread(200, 201);
    scene
}

#[test]
fn ordinary_events_leave_the_version() {
    let mut scene = lineage();
    assert!(!changes(&mut scene, 300, |scene| {
        scene.open(300, 3, "/x", 1);
        scene.close(300, 3);
        scene.fork(300, 400);
        scene.exit(400, 0);
        scene.apply(EventType::SYSCALL_BRK_4_X, 300, |e| {
            e.uint(0).uint(9).uint(9).uint(9);
        });
        scene.apply(EventType::SYSCALL_SETUID_X, 300, |e| {
            e.int(0).uint(0); // It has been that user before.
        });
    }));
}

#[test]
fn a_change_reaches_threads_and_descendants_but_not_ancestors() {
    for (tid, want) in [(300, true), (201, true), (200, true), (1, false)] {
        let mut scene = lineage();
        assert_eq!(changes(&mut scene, tid, |scene| scene.exec(200, "x")), want, "{tid}");
    }
}

#[test]
fn chdir_setuid_and_setsid_are_changes() {
    type Build = fn(&mut Scene);
    let cases: [Build; 4] = [
        |scene| {
            scene.apply(EventType::SYSCALL_CHDIR_X, 201, |e| {
                e.int(0).str(b"/else");
            });
        },
        |scene| {
            scene.apply(EventType::SYSCALL_SETUID_X, 200, |e| {
                e.int(0).uint(33);
            });
        },
        |scene| {
            scene.apply(EventType::SYSCALL_SETSID_X, 200, |e| {
                e.int(200);
            });
        },
        |scene| {
            scene.apply(EventType::SYSCALL_CAPSET_X, 200, |e| {
                e.int(0).uint(1).uint(1).uint(1);
            });
        },
    ];
    for change in cases {
        assert!(changes(&mut lineage(), 200, change));
    }
}

#[test]
fn an_orphan_still_follows_the_leader_of_its_session() {
    let mut scene = lineage();
    scene.exit(200, 1);
    scene.tick(300);
    assert_eq!(scene.thread(300).map(|thread| (thread.ptid, thread.sid)), Some((1, 100)));
    assert!(changes(&mut scene, 300, |scene| scene.exec(100, "leader")));
    assert!(changes(&mut scene, 300, |scene| {
        scene.exit(100, 1);
        scene.tick(1);
    }));
}

#[test]
fn a_new_parent_is_a_change() {
    let mut scene = lineage();
    assert!(changes(&mut scene, 300, |scene| {
        scene.exit(200, 1);
        scene.tick(1);
    }));
}

#[test]
fn a_parent_that_becomes_known_late_is_a_change_of_its_children() {
    let mut scene = Scene::new();
    let orphan = scene::Clone { caller: 777, child: 778, flags: 0 };
    scene.clone_of_child(&orphan);
    assert!(changes(&mut scene, 778, |scene| scene.clone_by_caller(&orphan, 779)));
}

#[test]
fn metadata_and_users_change_the_threads_of_their_container() {
    let mut scene = lineage();
    scene.system.set_static_container(ContainerInfo { id: "c".into(), ..ContainerInfo::default() });
    let named = |name: &str| ContainerInfo { id: "c".into(), name: name.into(), ..ContainerInfo::default() };
    assert!(changes(&mut scene, 300, |scene| scene.system.set_container(named("web"))));
    assert!(!changes(&mut scene, 300, |scene| scene
        .system
        .set_container(ContainerInfo { id: "other".into(), ..ContainerInfo::default() })));
    let added = |scene: &mut Scene, container: &str| {
        scene.apply(EventType::USER_ADDED_E, 1, |e| {
            e.uint(5).uint(5).str(b"n").str(b"h").str(b"s").str(container.as_bytes());
        });
    };
    assert!(changes(&mut scene, 300, |scene| added(scene, "c")));
    assert!(!changes(&mut scene, 300, |scene| added(scene, "other")));
    assert!(changes(&mut scene, 300, |scene| scene.system.remove_container(b"c")));
}

#[test]
fn a_held_version_stays_as_it_was() {
    let mut scene = lineage();
    scene.tick(200);
    let held = scene.system.context().shared_thread().expect("the thread is known").clone();
    scene.exec(200, "x");
    assert_eq!(&held.comm[..], b"sh");
    assert_eq!(scene.thread(200).map(|thread| thread.comm.to_vec()), Some(b"x".to_vec()));
}
