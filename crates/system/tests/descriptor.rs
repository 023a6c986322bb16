//! What events make of descriptors.

mod scene;

use std::net::{Ipv4Addr, Ipv6Addr};

use scene::Scene;
use windhover_event::{AT_FDCWD, EventType, SockAddr, SockTuple};
use windhover_system::{Applied, FdKind, Limits};

const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const THERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn tuple(source: (Ipv4Addr, u16), dest: (Ipv4Addr, u16)) -> SockTuple<'static> {
    SockTuple::Inet { source, dest }
}

#[test]
fn paths_start_from_the_working_directory_or_the_directory_descriptor() {
    for (dirfd, path, want) in [
        (AT_FDCWD, "a/../b", "/srv/b"),
        (AT_FDCWD, "/abs//x/", "/abs/x"),
        (7, "x", "/var/log/x"),
        (9, "x", "<UNKNOWN>/x"),
    ] {
        let mut scene = Scene::new();
        scene.open(100, 7, "/var/log", 0x401);
        scene.apply(EventType::SYSCALL_OPENAT_2_X, 100, |e| {
            e.int(3).int(dirfd).str(path.as_bytes()).uint(1).uint(0).uint(0).uint(0);
        });
        assert_eq!(scene.name(100, 3).as_deref(), Some(want));
    }
}

#[test]
fn what_the_caller_passed_at_first_counts_for_more_than_what_it_passed_at_last() {
    let mut scene = Scene::new();
    let entered = scene.apply(EventType::SYSCALL_OPEN_E, 100, |e| {
        e.str(b"/etc/shadow").uint(1).uint(0);
    });
    assert_eq!(entered, Applied::Hidden);
    scene.open(100, 3, "/tmp/harmless", 0x4002);
    assert_eq!(scene.name(100, 3).as_deref(), Some("/etc/shadow"));
    let flags = scene.system.context().fd().map(|fd| fd.open_flags);
    assert_eq!(flags, Some(0x4001));
    // It is good for one call.
    scene.open(100, 4, "/tmp/next", 1);
    assert_eq!(scene.name(100, 4).as_deref(), Some("/tmp/next"));
}

#[test]
fn a_closed_descriptor_is_there_until_the_next_event() {
    let mut scene = Scene::new();
    scene.open(100, 3, "/x", 1);
    scene.close(100, 3);
    assert_eq!(scene.system.context().fd().map(|fd| fd.name.to_vec()), Some(b"/x".to_vec()));
    scene.tick(1);
    assert_eq!(scene.name(100, 3), None);
}

#[test]
fn duplicates_are_independent_of_each_other() {
    let mut scene = Scene::new();
    scene.open(100, 3, "/x", 0x1001);
    scene.apply(EventType::SYSCALL_DUP2_X, 100, |e| {
        e.int(5).int(3).int(5);
    });
    scene.apply(EventType::SYSCALL_DUP3_X, 100, |e| {
        e.int(6).int(3).int(6).uint(0x1000);
    });
    assert_eq!(scene.system.context().fd_num(), Some(6));
    scene.close(100, 3);
    scene.exec(100, "x");
    let open: Vec<bool> = [3, 5, 6].iter().map(|fd| scene.name(100, *fd).is_some()).collect();
    assert_eq!(open, [false, true, false]);
}

#[test]
fn close_range_closes_or_marks() {
    for (flags, before_exec, after_exec) in [(0, 1, 1), (4, 4, 1)] {
        let mut scene = Scene::new();
        for fd in 3..7 {
            scene.open(100, fd, "/x", 1);
        }
        scene.apply(EventType::SYSCALL_CLOSE_RANGE_X, 100, |e| {
            e.int(0).uint(4).uint(u32::MAX.into()).uint(flags);
        });
        scene.tick(100);
        assert_eq!(scene.system.fds_of(100).map(|fds| fds.len()), Some(before_exec));
        scene.exec(100, "x");
        assert_eq!(scene.system.fds_of(100).map(|fds| fds.len()), Some(after_exec));
    }
}

#[test]
fn each_call_makes_its_kind_of_descriptor() {
    use EventType as E;
    for (kind, second, want) in [
        (E::SYSCALL_EVENTFD2_X, 0, FdKind::Event),
        (E::SYSCALL_SIGNALFD4_X, 0, FdKind::Signal),
        (E::SYSCALL_TIMERFD_CREATE_X, 1, FdKind::Timer),
        (E::SYSCALL_INOTIFY_INIT1_X, 0, FdKind::Inotify),
        (E::SYSCALL_EPOLL_CREATE1_X, 0, FdKind::EventPoll),
        (E::SYSCALL_USERFAULTFD_X, 0, FdKind::Userfault),
        (E::SYSCALL_IO_URING_SETUP_X, 8, FdKind::IoUring),
        (E::SYSCALL_BPF_2_X, 5, FdKind::Bpf),
    ] {
        let mut scene = Scene::new();
        scene.apply(kind, 100, |e| {
            e.int(8).uint(second);
        });
        assert_eq!(scene.system.context().fd().map(|fd| fd.kind), Some(want), "{}", kind.name());
    }
}

#[test]
fn a_pidfd_gives_descriptors_of_its_process() {
    let mut scene = Scene::new();
    scene.open(1, 9, "/of/init", 1);
    scene.apply(EventType::SYSCALL_PIDFD_OPEN_X, 100, |e| {
        e.int(3).int(1).uint(0);
    });
    assert_eq!(scene.name(100, 3).as_deref(), Some("/proc/1"));
    scene.apply(EventType::SYSCALL_PIDFD_GETFD_X, 100, |e| {
        e.int(4).int(3).int(9).uint(0);
    });
    assert_eq!(scene.name(100, 4).as_deref(), Some("/of/init"));
}

#[test]
fn connect_makes_a_client_and_accept_a_server() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 1);
    scene.connect(100, -115, 3, &tuple((HERE, 40000), (THERE, 443)), &SockAddr::Inet(THERE, 443));
    let fd = scene.system.context().fd().expect("it is known");
    assert!(fd.is_role_client() && fd.is_connected());
    assert_eq!(&fd.name[..], b"10.0.0.5:40000->192.0.2.1:443");
    assert!(scene.system.context().fd_name_changed());
    scene.apply(EventType::SOCKET_ACCEPT_5_X, 100, |e| {
        e.int(4).sock_tuple(&tuple((THERE, 5000), (HERE, 80)));
    });
    let fd = scene.system.context().fd().expect("it is known");
    assert!(fd.is_role_server() && fd.is_connected());
    assert_eq!(&fd.name[..], b"192.0.2.1:5000->10.0.0.5:80");
}

#[test]
fn a_refused_connect_leaves_the_socket_as_it_is() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 1);
    scene.connect(100, -111, 3, &tuple((HERE, 1), (THERE, 2)), &SockAddr::Inet(THERE, 2));
    let fd = scene.system.context().fd().expect("it is known");
    assert!(fd.is_role_none() && !fd.is_connected() && fd.name.is_empty());
}

#[test]
fn the_destination_is_the_kernels_unless_the_kernel_took_it_from_the_caller() {
    let entered = SockAddr::Inet(Ipv4Addr::new(198, 51, 100, 9), 9);
    for (user, want) in [
        (SockAddr::Inet(THERE, 443), "10.0.0.5:40000->198.51.100.9:9"),
        (SockAddr::Inet(HERE, 1), "10.0.0.5:40000->192.0.2.1:443"),
    ] {
        let mut scene = Scene::new();
        scene.socket(100, 3, 2, 1);
        scene.apply(EventType::SOCKET_CONNECT_E, 100, |e| {
            e.int(3).sock_addr(&entered);
        });
        scene.connect(100, 0, 3, &tuple((HERE, 40000), (THERE, 443)), &user);
        assert_eq!(scene.name(100, 3).as_deref(), Some(want));
    }
}

#[test]
fn datagrams_tell_the_ends_and_the_roles() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 2);
    scene.socket(1, 4, 2, 2);
    scene.apply(EventType::SOCKET_BIND_X, 1, |e| {
        e.int(0).sock_addr(&SockAddr::Inet(Ipv4Addr::UNSPECIFIED, 53)).int(4);
    });
    assert_eq!(scene.name(1, 4).as_deref(), Some("0.0.0.0:53"));
    let out = tuple((Ipv4Addr::UNSPECIFIED, 4000), (HERE, 53));
    scene.apply(EventType::SOCKET_SENDTO_X, 100, |e| {
        e.int(2).bytes(b"hi").int(3).uint(2).sock_tuple(&out);
    });
    let fd = scene.system.context().fd().expect("it is known");
    assert!(fd.is_role_client());
    assert_eq!(&fd.name[..], b"10.0.0.5:4000->10.0.0.5:53");
    let arrived = tuple((HERE, 4000), (Ipv4Addr::UNSPECIFIED, 53));
    scene.apply(EventType::SOCKET_RECVFROM_X, 1, |e| {
        e.int(2).bytes(b"hi").sock_tuple(&arrived).int(4).uint(9);
    });
    let fd = scene.system.context().fd().expect("it is known");
    assert!(fd.is_role_server());
    assert_eq!(&fd.name[..], b"10.0.0.5:4000->10.0.0.5:53");
    // The answer goes the other way, but client and server stay what they are.
    let answer = tuple((Ipv4Addr::UNSPECIFIED, 53), (HERE, 4000));
    scene.apply(EventType::SOCKET_SENDTO_X, 1, |e| {
        e.int(2).bytes(b"ho").int(4).uint(2).sock_tuple(&answer);
    });
    assert_eq!(scene.name(1, 4).as_deref(), Some("10.0.0.5:4000->10.0.0.5:53"));
    assert!(!scene.system.context().fd_name_changed());
}

#[test]
fn a_socket_that_nobody_saw_made_is_inferred_when_it_sends() {
    let mut scene = Scene::new();
    let out = SockTuple::Inet6 { source: (Ipv6Addr::LOCALHOST, 1), dest: (Ipv6Addr::LOCALHOST, 2) };
    scene.apply(EventType::SOCKET_SENDMSG_X, 100, |e| {
        e.int(1).bytes(b"x").int(9).uint(1).sock_tuple(&out);
    });
    assert_eq!(scene.system.context().fd().map(|fd| fd.kind), Some(FdKind::Ipv6));
    assert_eq!(scene.name(100, 9).as_deref(), Some("::1:1->::1:2"));
}

#[test]
fn a_full_descriptor_table_refuses_and_counts() {
    let mut scene = Scene::with_limits(Limits { fds: 2, ..Limits::default() });
    for fd in 3..7 {
        scene.open(100, fd, "/x", 1);
    }
    assert_eq!(scene.system.fds_of(100).map(|fds| fds.len()), Some(2));
    assert_eq!(scene.system.counters().fds_refused, 2);
    assert!(scene.system.context().fd().is_none());
}
