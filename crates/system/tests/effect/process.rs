//! Directories, credentials, limits, memory, times; births and programs.

use windhover_event::{AT_FDCWD, Builder, EventType as E};
use windhover_system::Thread;

use crate::Build;
use crate::scene::{Clone, Scene};

#[test]
fn directories_are_followed() {
    let mut scene = Scene::new();
    let cwd = |scene: &mut Scene| {
        scene.tick(100);
        String::from_utf8_lossy(scene.system.context().cwd()).into_owned()
    };
    for (path, want) in [("sub", "/srv/sub/"), ("..", "/srv/"), ("/a//b/./c/", "/a/b/c/"), ("../../../..", "/")] {
        scene.apply(E::SYSCALL_CHDIR_X, 100, |e| _ = e.int(0).str(path.as_bytes()));
        assert_eq!(cwd(&mut scene), want, "{path}");
    }
    scene.open(100, 3, "/var/log", 0x401);
    scene.apply(E::SYSCALL_FCHDIR_X, 100, |e| _ = e.int(0).int(3));
    assert_eq!(cwd(&mut scene), "/var/log/");
    scene.apply(E::SYSCALL_FCHDIR_X, 100, |e| _ = e.int(0).int(9));
    assert_eq!(cwd(&mut scene), "/var/log/", "a directory that is not known");
    scene.apply(E::SYSCALL_GETCWD_X, 100, |e| _ = e.int(9).str(b"/opt/x"));
    assert_eq!(cwd(&mut scene), "/opt/x/");
    scene.apply(E::SYSCALL_CHROOT_X, 100, |e| _ = e.int(0).str(b"jail"));
    assert_eq!(scene.thread(100).map(|thread| thread.root.to_vec()), Some(b"/opt/x/jail".to_vec()));
    assert_eq!(cwd(&mut scene), "/opt/x/");
}

#[test]
fn credentials_sessions_and_limits() {
    type See = fn(&Thread) -> u64;
    const ALL: u64 = (1 << 41) - 1;
    const NEWUSER: u64 = 0x10_0000;
    let table: [(E, Build, See, u64); 18] = [
        (E::SYSCALL_SETUID_X, |e| _ = e.int(0).uint(5), |t| t.uid.into(), 5),
        (E::SYSCALL_SETUID_X, |e| _ = e.int(-1).uint(5), |t| t.uid.into(), 0),
        (E::SYSCALL_SETREUID_X, |e| _ = e.int(0).uint(4).uint(5), |t| t.uid.into(), 5),
        (E::SYSCALL_SETRESUID_X, |e| _ = e.int(0).uint(4).uint(5).uint(6), |t| t.uid.into(), 5),
        // "Keep" is stored as it is, as in the reference.
        (E::SYSCALL_SETREUID_X, |e| _ = e.int(0).uint(4).uint(u32::MAX.into()), |t| t.uid.into(), u32::MAX as u64),
        (E::SYSCALL_SETGID_X, |e| _ = e.int(0).uint(5), |t| t.gid.into(), 5),
        (E::SYSCALL_SETREGID_X, |e| _ = e.int(0).uint(4).uint(5), |t| t.gid.into(), 5),
        (E::SYSCALL_SETRESGID_X, |e| _ = e.int(0).uint(4).uint(5).uint(6), |t| t.gid.into(), 5),
        (E::SYSCALL_SETSID_X, |e| _ = e.int(77), |t| t.sid as u64, 77),
        (E::SYSCALL_SETSID_X, |e| _ = e.int(-1), |t| t.sid as u64, 100),
        (E::SYSCALL_SETPGID_X, |e| _ = e.int(0).int(0).int(55), |t| t.pgid as u64, 100),
        (E::SYSCALL_CAPSET_X, |e| _ = e.int(0).uint(1).uint(2).uint(3), |t| t.cap_effective, 3),
        (E::SYSCALL_CAPSET_X, |e| _ = e.int(-1).uint(1).uint(2).uint(3), |t| t.cap_effective, 0),
        (E::SYSCALL_UNSHARE_X, |e| _ = e.int(0).uint(NEWUSER), |t| t.cap_permitted, ALL),
        (E::SYSCALL_SETNS_X, |e| _ = e.int(0).int(3).uint(NEWUSER), |t| t.cap_inheritable, ALL),
        (E::SYSCALL_SETRLIMIT_X, |e| _ = e.int(0).int(64).int(64).uint(7), |t| t.fdlimit as u64, 64),
        (E::SYSCALL_GETRLIMIT_X, |e| _ = e.int(0).int(65).int(64).uint(7), |t| t.fdlimit as u64, 65),
        (E::SYSCALL_SETRLIMIT_X, |e| _ = e.int(0).int(64).int(64).uint(3), |t| t.fdlimit as u64, 0),
    ];
    for (kind, build, see, want) in table {
        let mut scene = Scene::new();
        scene.apply(kind, 100, build);
        assert_eq!(scene.thread(100).map(see), Some(want), "{}", kind.name());
    }
    let mut scene = Scene::new();
    for (pid, limit) in [(1, 70), (0, 71), (999, 72)] {
        scene.apply(E::SYSCALL_PRLIMIT_X, 100, |e| {
            e.int(0).int(limit).int(limit).int(1).int(1).int(pid).uint(7);
        });
    }
    let limits = [1, 100].map(|tid| scene.thread(tid).map(|thread| thread.fdlimit));
    assert_eq!(limits, [Some(70), Some(71)]);
}

#[test]
fn a_name_that_a_thread_gives_itself_is_not_taken() {
    let mut scene = Scene::new();
    scene.apply(E::SYSCALL_PRCTL_X, 100, |e| _ = e.int(0).uint(15).str(b"new").int(0));
    assert_eq!(scene.thread(100).map(|thread| thread.comm.to_vec()), Some(b"sh".to_vec()));
}

#[test]
fn memory_is_what_the_last_event_told() {
    let table: [(E, Build); 5] = [
        (E::SYSCALL_MMAP_X, |e| {
            e.uint(0).uint(30).uint(20).uint(10).uint(0).uint(0).uint(0).uint(0).int(-1).uint(0);
        }),
        (E::SYSCALL_MMAP2_X, |e| {
            e.uint(0).uint(30).uint(20).uint(10).uint(0).uint(0).uint(0).uint(0).int(-1).uint(0);
        }),
        (E::SYSCALL_MUNMAP_X, |e| _ = e.int(0).uint(30).uint(20).uint(10).uint(0).uint(0)),
        (E::SYSCALL_BRK_4_X, |e| _ = e.uint(0).uint(30).uint(20).uint(10).uint(0)),
        (E::SCHEDSWITCH_6_E, |e| _ = e.int(1).uint(5).uint(6).uint(30).uint(20).uint(10)),
    ];
    for (kind, build) in table {
        let mut scene = Scene::new();
        scene.apply(kind, 100, build);
        let live = scene.system.context().live().expect("the thread").clone();
        assert_eq!((live.vmsize_kb, live.vmrss_kb, live.vmswap_kb), (30, 20, 10), "{}", kind.name());
        let faults = if kind == E::SCHEDSWITCH_6_E { (5, 6) } else { (0, 0) };
        assert_eq!((live.pfmajor, live.pfminor), faults, "{}", kind.name());
    }
}

#[test]
fn times_on_processors_are_those_between_changes_of_threads_on_the_same_one() {
    let mut scene = Scene::new();
    scene.spawn_thread(100, 101);
    // Each event comes 1000 ns after the one before. Processor, thread that leaves it, its slice, its process's sum.
    for (cpu, tid, slice, total) in
        [(0, 100, 0, 0), (1, 1, 0, 0), (0, 101, 2000, 2000), (0, 100, 1000, 3000), (1, 1, 3000, 3000)]
    {
        scene.system.set_cpu(cpu);
        scene.apply(E::SCHEDSWITCH_6_E, tid, |e| _ = e.int(1).uint(5).uint(6).uint(30).uint(20).uint(10));
        let context = scene.system.context();
        assert_eq!(
            (context.exec_ns(), context.main_live().map(|live| live.exec_ns)),
            (slice, Some(total)),
            "{cpu} {tid}"
        );
    }
    scene.tick(100);
    assert_eq!(scene.system.context().exec_ns(), 0);
}

#[test]
fn a_periodic_report_tells_what_was_used_since_the_one_before() {
    let mut scene = Scene::new();
    for (times, want) in [((10, 5), (0, 0)), ((30, 6), (20, 1)), ((20, 9), (0, 3))] {
        scene.apply(E::PROCINFO_E, 100, |e| _ = e.uint(times.0).uint(times.1));
        assert_eq!(scene.system.context().cpu_used(), want);
    }
    scene.tick(100);
    assert_eq!(scene.system.context().cpu_used(), (0, 0));
}

#[test]
fn what_an_event_cannot_find_out_it_does_not_ask_for() {
    for (kind, known) in [(E::SCHEDSWITCH_6_E, false), (E::PROCEXIT_1_E, false), (E::SYSCALL_GETUID_X, true)] {
        let mut scene = Scene::new();
        scene.apply(kind, 555, |_| {});
        assert_eq!(scene.thread(555).is_some(), known, "{}", kind.name());
    }
}

#[test]
fn relative_time_begins_with_the_first_event_of_a_thread() {
    let mut scene = Scene::new();
    scene.apply(E::USER_ADDED_E, -1, |e| _ = e.uint(5).uint(5).str(b"u").str(b"/").str(b"/bin/sh").str(b""));
    let epoch = scene.system.context().relative_ts();
    assert_eq!(epoch, scene.now);
    scene.tick(100);
    assert_eq!(scene.system.context().relative_ts(), 0);
    scene.tick(100);
    assert_eq!((scene.system.context().relative_ts(), scene.system.context().delta_ts()), (1000, 1000));
}

#[test]
fn who_tells_of_a_child_first() {
    const NEWPID: u32 = 0x40;
    let mut scene = Scene::new();
    scene.clone_by_caller(&Clone { caller: 100, child: 200, flags: NEWPID }, 200);
    assert!(scene.thread(200).is_none(), "the id is of another namespace");
    scene.apply(E::SYSCALL_VFORK_20_X, 100, |e| {
        e.int(200).str(b"sh").raw(b"").int(100).int(100).int(1).absent().int(1024);
        e.uint(0).uint(0).uint(0).uint(0).uint(0).str(b"sh").absent().uint(0).uint(0).uint(0).int(100).int(100).uint(0);
    });
    assert!(scene.thread(200).is_none(), "the child runs first");
}

#[test]
fn a_child_has_a_table_of_its_own_whatever_the_flags_say() {
    const FILES: u32 = 1;
    let mut scene = Scene::new();
    scene.open(100, 3, "/x", 1);
    let clone = Clone { caller: 100, child: 200, flags: FILES };
    scene.clone_by_caller(&clone, 200);
    scene.close(200, 3);
    scene.tick(1);
    assert_eq!((scene.name(100, 3).as_deref(), scene.name(200, 3)), (Some("/x"), None));
}

#[test]
fn a_recent_entry_of_the_caller_is_kept_and_an_old_one_replaced() {
    for (later, comm) in [(1_000_000_000, "old"), (3_000_000_000, "sh")] {
        let mut scene = Scene::new();
        let clone = Clone { caller: 100, child: 200, flags: 0 };
        scene.clone_by_caller(&clone, 200);
        scene.exec(200, "old");
        scene.now += later;
        scene.clone_of_child(&clone);
        assert_eq!(scene.thread(200).map(|thread| thread.comm.to_vec()), Some(comm.into()), "{later}");
    }
}

#[test]
fn an_exec_of_a_thread_that_is_not_known_tells_who_it_is() {
    let mut scene = Scene::new();
    scene.apply(E::SYSCALL_EXECVE_19_X, 500, |e| {
        e.int(0).str(b"/bin/ls").raw(b"-l\0").int(500).int(500).int(100).absent().uint(64).uint(1).uint(2);
        e.uint(300).uint(200).uint(100).str(b"").raw(b"cpu_cgroup=/a\0mem_cgroup=/b\0io=/c\0perf=/d\0").raw(b"A=1\0");
        e.uint(0x8801).int(501).uint(1000).uint(14).uint(1).uint(2).uint(4).uint(77).uint(5).uint(6).uint(8);
        e.str(b"/usr/bin/ls (deleted)").int(502).uint(9).str(b"ls");
    });
    let thread = scene.thread(500).expect("it is known now");
    assert_eq!((thread.pid, thread.ptid, thread.vtid, thread.vpid), (500, 100, 500, 500));
    assert_eq!(
        (&thread.exe[..], &thread.comm[..]),
        (&b"/bin/ls"[..], &b"/bin/ls"[..]),
        "a missing name is the program's"
    );
    assert_eq!((&thread.cmdline[..], &thread.exepath[..]), (&b"/bin/ls -l"[..], &b"/usr/bin/ls"[..]));
    assert_eq!(&thread.cgroups[..], b"cpu=/a\0memory=/b\0blkio=/c\0perf_event=/d\0");
    assert_eq!((thread.tty, thread.vpgid, thread.pgid, thread.loginuid), (0x8801, 501, 502, 1000));
    assert_eq!((thread.exe_writable, thread.exe_upper_layer), (false, true));
    assert_eq!((thread.exe_from_memfd, thread.exe_lower_layer), (true, true));
    assert_eq!((thread.cap_inheritable, thread.cap_permitted, thread.cap_effective), (1, 2, 4));
    assert_eq!((thread.exe_ino, thread.exe_ino_ctime, thread.exe_ino_mtime), (77, 5, 6));
    assert_eq!((thread.uid, thread.gid, thread.fdlimit), (8, 9, 64));
    let live = scene.system.context().live().expect("the thread").clone();
    assert_eq!((live.pfmajor, live.pfminor, live.vmsize_kb, live.vmrss_kb, live.vmswap_kb), (1, 2, 300, 200, 100));
}

#[test]
fn where_the_kernel_does_not_tell_the_programs_path_the_enter_event_does() {
    const EMPTY_PATH: u64 = 0x1000;
    let exit = |e: &mut Builder<'_>| {
        e.int(0).str(b"x").raw(b"").int(100).int(100).int(1).absent().uint(64).uint(0).uint(0);
        e.uint(0).uint(0).uint(0).str(b"x").absent().raw(b"");
    };
    let execve: &[(Option<&[u8]>, &str)] = &[(Some(b"bin/x"), "/srv/bin/x"), (Some(b"/x"), "/x"), (None, "")];
    for (path, want) in execve {
        let mut scene = Scene::new();
        if let Some(path) = path {
            scene.apply(E::SYSCALL_EXECVE_19_E, 100, |e| _ = e.str(path));
        }
        scene.apply(E::SYSCALL_EXECVE_19_X, 100, exit);
        assert_eq!(scene.thread(100).map(|thread| thread.exepath.to_vec()), Some(want.as_bytes().to_vec()));
    }
    for (dirfd, path, flags, want) in [
        (3, "x", 0, "/opt/x"),
        (AT_FDCWD, "x", 0, "/srv/x"),
        (4, "", EMPTY_PATH, "/opt/program"),
        (9, "", EMPTY_PATH, "<NA>"),
        (9, "x", 0, "<UNKNOWN>/x"),
    ] {
        let mut scene = Scene::new();
        scene.open(100, 3, "/opt", 0x401);
        scene.open(100, 4, "/opt/program", 1);
        scene.apply(E::SYSCALL_EXECVEAT_E, 100, |e| _ = e.int(dirfd).str(path.as_bytes()).uint(flags));
        scene.apply(E::SYSCALL_EXECVEAT_X, 100, exit);
        assert_eq!(scene.thread(100).map(|thread| thread.exepath.to_vec()), Some(want.as_bytes().to_vec()), "{want}");
    }
}
