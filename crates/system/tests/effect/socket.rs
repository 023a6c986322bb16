//! Sockets.

use std::net::{Ipv4Addr, Ipv6Addr};

use windhover_event::snapshot::{FdEntry, FdEntryKind, GroupEntry, ThreadEntry, UserEntry};
use windhover_event::{Builder, EventType as E, EventView, SockAddr, SockTuple};
use windhover_system::{FdKind, L4, Lookup};

use crate::scene::Scene;
use crate::{HERE, THERE, fd, kept_by_exec};

/// Gives an event its parameters, with two ends among them.
type BuildTuple = fn(&mut Builder<'_>, &SockTuple<'_>);

#[test]
fn sockets_by_domain() {
    for (domain, kind) in
        [(1, FdKind::Unix), (2, FdKind::Ipv4), (10, FdKind::Ipv6), (16, FdKind::Netlink), (17, FdKind::Unknown)]
    {
        let mut scene = Scene::new();
        scene.apply(E::SOCKET_SOCKET_X, 100, |e| _ = e.int(3).uint(domain).uint(1).uint(0).uint(64));
        let fd = fd(&scene, 3).expect("a socket");
        assert_eq!((fd.kind, fd.open_flags, fd.is_role_none()), (kind, 64, true), "{domain}");
        assert!(fd.name.is_empty() && !fd.is_connected());
    }
}

#[test]
fn what_a_bind_makes_of_a_socket() {
    let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
    let table: [(u32, SockAddr<'_>, FdKind, &str); 7] = [
        (2, SockAddr::Inet(HERE, 80), FdKind::Ipv4Server, "10.0.0.5:80"),
        (2, SockAddr::Inet(HERE, 0), FdKind::Ipv4, "10.0.0.5:0"),
        (10, SockAddr::Inet6(Ipv6Addr::LOCALHOST, 80), FdKind::Ipv6Server, "::1:80"),
        (10, SockAddr::Inet6(mapped, 80), FdKind::Ipv4Server, "::ffff:127.0.0.1:80"),
        (10, SockAddr::Inet6(Ipv6Addr::UNSPECIFIED, 80), FdKind::Ipv4Server, ":::80"),
        (1, SockAddr::Unix(b"/run/x"), FdKind::Unix, "/run/x"),
        (1, SockAddr::Unix(b"abstract"), FdKind::Unix, "abstract"),
    ];
    for (domain, addr, kind, name) in table {
        let mut scene = Scene::new();
        scene.socket(100, 3, domain, 1);
        scene.apply(E::SOCKET_BIND_X, 100, |e| _ = e.int(0).sock_addr(&addr).int(3));
        let fd = fd(&scene, 3).expect("a socket");
        assert_eq!((fd.kind, &*String::from_utf8_lossy(&fd.name)), (kind, name));
        assert_eq!(fd.is_role_server(), matches!(kind, FdKind::Ipv4Server | FdKind::Ipv6Server), "{name}");
    }
    let mut scene = Scene::new();
    scene.apply(E::SOCKET_BIND_X, 100, |e| _ = e.int(0).sock_addr(&SockAddr::Inet(HERE, 80)).int(3));
    assert!(fd(&scene, 3).is_none(), "a socket that nobody saw made");
}

#[test]
fn what_a_connect_makes_of_a_socket() {
    let v4 = SockTuple::Inet { source: (HERE, 40000), dest: (THERE, 443) };
    let unix = SockTuple::Unix { source: 0xab, dest: 0xcd, path: b"/run/x" };
    let to = SockAddr::Inet(THERE, 443);
    for (result, connected) in [(0, true), (-115, true), (-111, false)] {
        let mut scene = Scene::new();
        scene.socket(100, 3, 2, 1);
        scene.connect(100, result, 3, &v4, &to);
        let fd = fd(&scene, 3).expect("a socket");
        assert_eq!((fd.is_connected(), fd.is_role_client()), (connected, connected), "{result}");
    }
    let mut scene = Scene::new();
    scene.socket(100, 3, 1, 1);
    scene.connect(100, 0, 3, &unix, &SockAddr::Unix(b"/run/x"));
    assert_eq!(scene.name(100, 3).as_deref(), Some("ab->cd /run/x"));
    scene.connect(100, 0, 9, &v4, &to);
    assert!(fd(&scene, 9).is_none(), "a socket that nobody saw made");
}

#[test]
fn a_connect_without_a_tuple_goes_where_it_was_told_at_first() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 1);
    scene.apply(E::SOCKET_CONNECT_E, 100, |e| _ = e.int(3).sock_addr(&SockAddr::Inet(THERE, 443)));
    scene.apply(E::SOCKET_CONNECT_X, 100, |e| _ = e.int(0).absent().int(3).absent());
    assert_eq!(scene.name(100, 3).as_deref(), Some("0.0.0.0:0->192.0.2.1:443"));
}

#[test]
fn a_serving_udp_socket_stays_the_server_when_it_connects() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 2);
    scene.apply(E::SOCKET_BIND_X, 100, |e| _ = e.int(0).sock_addr(&SockAddr::Inet(HERE, 53)).int(3));
    let tuple = SockTuple::Inet { source: (HERE, 53), dest: (THERE, 4000) };
    scene.connect(100, 0, 3, &tuple, &SockAddr::Inet(THERE, 4000));
    let fd = fd(&scene, 3).expect("a socket");
    assert!(fd.is_role_server() && !fd.is_role_client());
    assert_eq!(&fd.name[..], b"192.0.2.1:4000->10.0.0.5:53");
}

#[test]
fn connections_are_followed_if_that_is_asked_for() {
    let v4 = SockTuple::Inet { source: (HERE, 40000), dest: (THERE, 443) };
    let pending = windhover_system::fd_bit::CONNECTION_PENDING;
    let failed = windhover_system::fd_bit::CONNECTION_FAILED;
    let state = |scene: &Scene| {
        let fd = fd(scene, 3).expect("a socket");
        (fd.is_connected(), fd.bits & pending != 0, fd.bits & failed != 0)
    };
    for (error, want) in [(0_i64, (true, false, false)), (-111, (false, false, true))] {
        let mut scene = Scene::new();
        scene.system.track_connections(true);
        scene.socket(100, 3, 2, 1);
        scene.connect(100, -115, 3, &v4, &SockAddr::Inet(THERE, 443));
        assert_eq!(state(&scene), (false, true, false));
        // An option's value begins with the number of its type: 1 for an error.
        let value = [&[1], &error.to_le_bytes()[..]].concat();
        scene.apply(E::SOCKET_GETSOCKOPT_X, 100, |e| _ = e.int(0).int(3).uint(1).uint(4).raw(&value).uint(4));
        assert_eq!(state(&scene), want);
    }
    let mut scene = Scene::new();
    scene.system.track_connections(true);
    scene.socket(100, 3, 2, 1);
    scene.connect(100, -111, 3, &v4, &SockAddr::Inet(THERE, 443));
    assert_eq!(
        (state(&scene), scene.name(100, 3).as_deref()),
        ((false, false, true), Some("10.0.0.5:40000->192.0.2.1:443"))
    );
}

#[test]
fn an_accepted_connection_is_tcp_and_keeps_its_flags() {
    let mut scene = Scene::new();
    let tuple = SockTuple::Inet { source: (THERE, 5000), dest: (HERE, 80) };
    scene.apply(E::SOCKET_ACCEPT4_6_X, 100, |e| {
        e.int(4).sock_tuple(&tuple).uint(0).uint(0).uint(5).int(0x1040);
    });
    let fd = fd(&scene, 4).expect("a connection");
    assert_eq!((fd.socket.l4(), fd.open_flags, fd.is_role_server()), (L4::Tcp, 0x1040, true));
    assert_eq!(kept_by_exec(&mut scene, &[4]), [0; 0]);
}

#[test]
fn every_call_that_moves_messages_tells_the_ends() {
    let tuple = SockTuple::Inet { source: (HERE, 4000), dest: (THERE, 53) };
    let table: [(E, BuildTuple, bool); 6] = [
        (E::SOCKET_SENDTO_X, |e, t| _ = e.int(1).bytes(b"x").int(3).uint(1).sock_tuple(t), true),
        (E::SOCKET_SENDMSG_X, |e, t| _ = e.int(1).bytes(b"x").int(3).uint(1).sock_tuple(t), true),
        (E::SOCKET_SENDMMSG_X, |e, t| _ = e.int(1).int(3).uint(1).bytes(b"x").sock_tuple(t), true),
        (E::SOCKET_RECVFROM_X, |e, t| _ = e.int(1).bytes(b"x").sock_tuple(t).int(3).uint(1), false),
        (E::SOCKET_RECVMSG_X, |e, t| _ = e.int(1).uint(1).bytes(b"x").sock_tuple(t).absent().int(3), false),
        (E::SOCKET_RECVMMSG_X, |e, t| _ = e.int(1).int(3).uint(1).bytes(b"x").sock_tuple(t).absent(), false),
    ];
    for (kind, build, sends) in table {
        let mut scene = Scene::new();
        scene.socket(100, 3, 2, 2);
        scene.apply(kind, 100, |e| build(e, &tuple));
        let fd = fd(&scene, 3).expect("a socket");
        assert_eq!(&*String::from_utf8_lossy(&fd.name), "10.0.0.5:4000->192.0.2.1:53", "{}", kind.name());
        assert_eq!((fd.is_role_client(), fd.is_role_server()), (sends, !sends), "{}", kind.name());
    }
}

#[test]
fn messages_do_not_rename_a_connection() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 2, 1);
    let tuple = SockTuple::Inet { source: (HERE, 40000), dest: (THERE, 443) };
    scene.connect(100, 0, 3, &tuple, &SockAddr::Inet(THERE, 443));
    let other = SockTuple::Inet { source: (THERE, 1), dest: (HERE, 2) };
    scene.apply(E::SOCKET_SENDTO_X, 100, |e| _ = e.int(1).bytes(b"x").int(3).uint(1).sock_tuple(&other));
    assert_eq!(scene.name(100, 3).as_deref(), Some("10.0.0.5:40000->192.0.2.1:443"));
}

/// A machine that tells of one descriptor only.
struct Passed;

impl Lookup for Passed {
    fn thread(&mut self, _: i64) -> Option<ThreadEntry> {
        None
    }

    fn fd(&mut self, pid: i64, fd: i64) -> Option<FdEntry> {
        let kind = FdEntryKind::File { name: b"/etc/passed".to_vec(), flags: 1, dev: 3 };
        (pid == 100 && fd == 12).then_some(FdEntry { fd, ino: 9, kind })
    }

    fn users(&mut self, _: i64, _: &[u8]) -> Option<(Vec<UserEntry>, Vec<GroupEntry>)> {
        None
    }
}

#[test]
fn passed_descriptors_are_looked_up() {
    let mut scene = Scene::new();
    scene.socket(100, 3, 1, 1);
    let mut control = Vec::new();
    control.extend_from_slice(&20_u64.to_ne_bytes());
    control.extend_from_slice(&1_i32.to_ne_bytes());
    control.extend_from_slice(&1_i32.to_ne_bytes());
    control.extend_from_slice(&12_i32.to_ne_bytes());
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&mut bytes, E::SOCKET_RECVMSG_X, 20_000_000_000, 100);
    builder.int(1).uint(1).bytes(b"x").absent().raw(&control).int(3);
    builder.finish().expect("the parameters fit");
    let event = EventView::parse(&bytes).expect("an event");
    scene.system.apply(&event, Some(&mut Passed));
    assert_eq!(scene.name(100, 12).as_deref(), Some("/etc/passed"));
    assert_eq!(scene.system.context().fd_num(), Some(3));
}

#[test]
fn a_connect_that_was_kept_is_made_up_for() {
    const TAG: u16 = windhover_event::extension::TAG_CONNECTION;
    let entry = |number: i32| {
        let mut entry = number.to_le_bytes().to_vec();
        entry.push(2);
        entry.extend([10, 0, 0, 5, 0x40, 0x9c, 192, 0, 2, 1, 0xbb, 1]);
        entry
    };
    let tuple = SockTuple::Inet { source: (HERE, 40000), dest: (THERE, 443) };
    let (mut told, mut kept) = (Scene::new(), Scene::new());
    for scene in [&mut told, &mut kept] {
        scene.socket(100, 3, 2, 1);
    }
    told.connect(100, 0, 3, &tuple, &SockAddr::Inet(THERE, 443));
    for _ in 0..2 {
        told.apply(E::SYSCALL_FSTAT_X, 100, |e| _ = e.int(0).int(3));
        kept.apply(E::SYSCALL_FSTAT_X, 100, |e| _ = e.int(0).int(3).extension(TAG, &entry(3)));
        assert_eq!(fd(&kept, 3), fd(&told, 3));
        assert!(!kept.system.context().fd_name_changed());
    }
    // Messages have told of a bound socket's ends, which does not make it a connected one.
    let (mut told, mut kept) = (Scene::new(), Scene::new());
    for scene in [&mut told, &mut kept] {
        scene.socket(100, 3, 2, 2);
        scene.apply(E::SOCKET_BIND_X, 100, |e| _ = e.int(0).sock_addr(&SockAddr::Inet(HERE, 40000)).int(3));
        scene.apply(E::SOCKET_SENDTO_X, 100, |e| _ = e.int(1).bytes(b"x").int(3).uint(1).sock_tuple(&tuple));
    }
    told.connect(100, 0, 3, &tuple, &SockAddr::Inet(THERE, 443));
    told.apply(E::SYSCALL_FSTAT_X, 100, |e| _ = e.int(0).int(3));
    kept.apply(E::SYSCALL_FSTAT_X, 100, |e| _ = e.int(0).int(3).extension(TAG, &entry(3)));
    assert_eq!(fd(&kept, 3), fd(&told, 3));
    // Of the same connection seen from the other side nothing changes, and nobody gets a socket that was not seen made.
    let mut accepted = Scene::new();
    let tuple = SockTuple::Inet { source: (THERE, 443), dest: (HERE, 40000) };
    accepted.apply(E::SOCKET_ACCEPT4_6_X, 100, |e| _ = e.int(3).sock_tuple(&tuple).uint(0).uint(0).uint(5).int(0));
    let before = fd(&accepted, 3).cloned();
    accepted
        .apply(E::SYSCALL_FSTAT_X, 100, |e| _ = e.int(0).int(3).extension(TAG, &entry(3)).extension(TAG, &entry(9)));
    assert_eq!((fd(&accepted, 3), fd(&accepted, 9)), (before.as_ref(), None));
}
