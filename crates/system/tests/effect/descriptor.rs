//! Files, pipes and other descriptors that are no sockets.

use windhover_event::{AT_FDCWD, EventType as E, SockAddr};
use windhover_system::FdKind;

use crate::scene::Scene;
use crate::{Build, HERE, fd, kept_by_exec};

#[test]
fn every_open_call_tells_path_flags_device_and_layer() {
    let table: [(E, Build, &str, FdKind, u32, bool, bool); 6] = [
        (
            E::SYSCALL_OPEN_X,
            |e| _ = e.int(3).str(b"x").uint(0x8001).uint(0).uint(7).uint(8),
            "/srv/x",
            FdKind::File,
            0x8001,
            true,
            false,
        ),
        (
            E::SYSCALL_OPEN_X,
            |e| _ = e.int(3).str(b"x/").uint(0x1_0401).uint(0).uint(7).uint(8),
            "/srv/x",
            FdKind::Directory,
            0x1_0401,
            false,
            true,
        ),
        (
            E::SYSCALL_OPENAT_2_X,
            |e| _ = e.int(3).int(AT_FDCWD).str(b"./x").uint(1).uint(0).uint(7).uint(8),
            "/srv/x",
            FdKind::File,
            1,
            false,
            false,
        ),
        (
            E::SYSCALL_OPENAT2_X,
            |e| _ = e.int(3).int(AT_FDCWD).str(b"/a/../x").uint(2).uint(0).uint(0).uint(7).uint(8),
            "/x",
            FdKind::File,
            2,
            false,
            false,
        ),
        (
            E::SYSCALL_CREAT_X,
            |e| _ = e.int(3).str(b"x").uint(0o644).uint(7).uint(8).uint(1),
            "/srv/x",
            FdKind::File,
            0x8000,
            true,
            false,
        ),
        (
            E::SYSCALL_OPEN_BY_HANDLE_AT_X,
            |e| _ = e.int(3).int(5).uint(1).str(b"/mnt/x").uint(7).uint(8),
            "/mnt/x",
            FdKind::File,
            1,
            false,
            false,
        ),
    ];
    for (kind, build, path, fd_kind, flags, upper, lower) in table {
        let mut scene = Scene::new();
        scene.apply(kind, 100, build);
        let fd = fd(&scene, 3).unwrap_or_else(|| panic!("{}", kind.name()));
        assert_eq!((&*String::from_utf8_lossy(&fd.name), fd.kind, fd.open_flags), (path, fd_kind, flags));
        assert_eq!((fd.dev, fd.ino), (7, 8), "{}", kind.name());
        assert_eq!((fd.is_upper_layer(), fd.is_lower_layer()), (upper, lower), "{}", kind.name());
    }
}

#[test]
fn calls_that_fail_change_nothing() {
    let table: [(E, Build); 12] = [
        (E::SYSCALL_OPEN_X, |e| _ = e.int(-2).str(b"x").uint(1).uint(0).uint(0).uint(0)),
        (E::SYSCALL_CLOSE_X, |e| _ = e.int(-9).int(3)),
        (E::SYSCALL_CLOSE_RANGE_X, |e| _ = e.int(-22).uint(0).uint(9).uint(0)),
        (E::SYSCALL_DUP2_X, |e| _ = e.int(-9).int(3).int(5)),
        (E::SYSCALL_FCNTL_X, |e| _ = e.int(-9).int(3).uint(3).uint(1)),
        (E::SYSCALL_PIPE2_X, |e| _ = e.int(-24).int(5).int(6).uint(1).uint(0)),
        (E::SOCKET_SOCKET_X, |e| _ = e.int(-97).uint(2).uint(1).uint(0).uint(0)),
        (E::SOCKET_SOCKETPAIR_X, |e| _ = e.int(-24).int(5).int(6).uint(1).uint(2).uint(1).uint(1).uint(0)),
        (E::SOCKET_BIND_X, |e| _ = e.int(-98).sock_addr(&SockAddr::Inet(HERE, 80)).int(4)),
        (E::SYSCALL_PIDFD_OPEN_X, |e| _ = e.int(-3).int(1).uint(0)),
        (E::SYSCALL_MEMFD_CREATE_X, |e| _ = e.int(-14).str(b"m").uint(0)),
        (E::SYSCALL_CHDIR_X, |e| _ = e.int(-2).str(b"/nowhere")),
    ];
    for (kind, build) in table {
        let mut scene = Scene::new();
        scene.open(100, 3, "/x", 1);
        scene.socket(100, 4, 2, 1);
        let before = format!("{:?} {:?}", scene.system.fds_of(100), scene.thread(100));
        scene.apply(kind, 100, build);
        scene.tick(100);
        let after = format!("{:?} {:?}", scene.system.fds_of(100), scene.thread(100));
        assert_eq!(after, before, "{}", kind.name());
    }
}

#[test]
fn which_descriptors_an_exec_closes() {
    const CLOEXEC: u64 = 0x1000;
    let mut scene = Scene::new();
    scene.open(100, 3, "/x", 1);
    let special: [(E, i64, u64); 12] = [
        (E::SYSCALL_EVENTFD2_X, 10, CLOEXEC),
        (E::SYSCALL_EVENTFD2_X, 11, 0),
        (E::SYSCALL_SIGNALFD4_X, 12, CLOEXEC),
        (E::SYSCALL_INOTIFY_INIT1_X, 13, CLOEXEC),
        (E::SYSCALL_EPOLL_CREATE1_X, 14, 1),
        (E::SYSCALL_EPOLL_CREATE1_X, 15, 0),
        (E::SYSCALL_USERFAULTFD_X, 16, CLOEXEC),
        (E::SYSCALL_EVENTFD_X, 17, 5),
        (E::SYSCALL_EPOLL_CREATE_X, 18, 1),
        // The kernel gives these close-on-exec whatever is asked for.
        (E::SYSCALL_IO_URING_SETUP_X, 19, 8),
        (E::SYSCALL_BPF_2_X, 20, 5),
        (E::SYSCALL_PIDFD_OPEN_X, 21, 1),
    ];
    for (kind, number, second) in special {
        scene.apply(kind, 100, |e| _ = e.int(number).uint(second));
    }
    scene.apply(E::SYSCALL_PIDFD_GETFD_X, 100, |e| _ = e.int(22).int(21).int(9).uint(0));
    scene.apply(E::SYSCALL_MEMFD_CREATE_X, 100, |e| _ = e.int(23).str(b"m").uint(1));
    scene.apply(E::SYSCALL_MEMFD_CREATE_X, 100, |e| _ = e.int(24).str(b"m").uint(0));
    scene.apply(E::SYSCALL_PIPE2_X, 100, |e| _ = e.int(0).int(25).int(26).uint(9).uint(CLOEXEC));
    scene.apply(E::SYSCALL_PIPE_X, 100, |e| _ = e.int(0).int(27).int(28).uint(9));
    scene.apply(E::SYSCALL_FCNTL_X, 100, |e| _ = e.int(29).int(3).uint(1).uint(0));
    scene.apply(E::SYSCALL_FCNTL_X, 100, |e| _ = e.int(30).int(3).uint(26).uint(0));
    scene.apply(E::SYSCALL_FCNTL_X, 100, |e| _ = e.int(0).int(29).uint(3).uint(1));
    scene.apply(E::SYSCALL_DUP_1_X, 100, |e| _ = e.int(31).int(30));
    let all: Vec<i64> = (0..40).collect();
    assert_eq!(kept_by_exec(&mut scene, &all), [3, 11, 15, 17, 18, 24, 27, 28, 31]);
}

#[test]
fn a_duplicate_takes_the_place_of_what_had_its_number() {
    let mut scene = Scene::new();
    scene.open(100, 3, "/x", 1);
    scene.open(100, 4, "/y", 1);
    scene.apply(E::SYSCALL_DUP2_X, 100, |e| _ = e.int(4).int(3).int(4));
    assert_eq!(scene.name(100, 4).as_deref(), Some("/x"));
    // A duplicate of itself changes nothing, and one of what is not known makes nothing.
    scene.apply(E::SYSCALL_DUP2_X, 100, |e| _ = e.int(4).int(4).int(4));
    scene.apply(E::SYSCALL_DUP2_X, 100, |e| _ = e.int(7).int(9).int(7));
    assert_eq!((scene.name(100, 4).as_deref(), fd(&scene, 7)), (Some("/x"), None));
}

#[test]
fn pipes_pairs_and_anonymous_files() {
    let mut scene = Scene::new();
    scene.apply(E::SYSCALL_PIPE2_X, 100, |e| _ = e.int(0).int(3).int(4).uint(77).uint(64));
    for number in [3, 4] {
        let fd = fd(&scene, number).expect("an end of the pipe");
        assert_eq!((fd.kind, fd.ino, fd.open_flags, &fd.name[..]), (FdKind::Fifo, 77, 64, &b""[..]));
    }
    scene.apply(E::SOCKET_SOCKETPAIR_X, 100, |e| {
        e.int(0).int(5).int(6).uint(0xab).uint(0xcd).uint(1).uint(1).uint(0);
    });
    assert_eq!([5, 6].map(|number| fd(&scene, number).map(|fd| fd.kind)), [Some(FdKind::Unix); 2]);
    scene.apply(E::SYSCALL_MEMFD_CREATE_X, 100, |e| _ = e.int(7).str(b"blob").uint(0));
    assert_eq!(fd(&scene, 7).map(|fd| (fd.kind, fd.name.to_vec())), Some((FdKind::Mem, b"blob".to_vec())));
    scene.apply(E::SYSCALL_PIDFD_OPEN_X, 100, |e| _ = e.int(8).int(1).uint(0));
    assert_eq!(fd(&scene, 8).map(|fd| (fd.kind, fd.pid)), Some((FdKind::Pid, 1)));
}

#[test]
fn a_bpf_descriptor_comes_of_what_makes_an_object() {
    for (command, made) in [(0, true), (5, true), (1, false), (2, false)] {
        let mut scene = Scene::new();
        scene.apply(E::SYSCALL_BPF_2_X, 100, |e| _ = e.int(3).uint(command));
        assert_eq!(fd(&scene, 3).is_some(), made, "{command}");
    }
}
