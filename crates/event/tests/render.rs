//! Parameters as text, against what the reference prints.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::net::{Ipv4Addr, Ipv6Addr};

use windhover_event::render::{FdKind, NoThread, Renderer, Resolve};
use windhover_event::text::BufferFormat;
use windhover_event::time::Zone;
use windhover_event::{AT_FDCWD, Builder, EventType, EventView, ParamType, SockAddr, SockTuple};

/// A thread in `/srv/demo` with a file (3), a TCP socket (4) and a directory (5) open.
struct Demo;

impl Resolve for Demo {
    fn has_thread(&self) -> bool {
        true
    }
    fn fd_kind(&self, fd: i64) -> Option<FdKind> {
        match fd {
            3 => Some(FdKind { letter: b'f', protocol: None }),
            4 => Some(FdKind { letter: b'4', protocol: Some(b't') }),
            5 => Some(FdKind { letter: b'd', protocol: None }),
            _ => None,
        }
    }
    fn fd_name(&self, fd: i64, out: &mut Vec<u8>) {
        let names: [&[u8]; 3] = [b"/etc/passwd", b"10.0.0.1:5->10.0.0.2:80", b"/tmp"];
        out.extend_from_slice(names[fd as usize - 3]);
    }
    fn comm(&self, tid: i64, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(if tid == 42 { b"demo" } else { b"" });
        tid == 42
    }
    fn user(&self, uid: u32, out: &mut Vec<u8>) -> bool {
        out.extend_from_slice(if uid == 0 { b"root" } else { b"" });
        uid == 0
    }
    fn group(&self, gid: u32, out: &mut Vec<u8>) -> bool {
        self.user(gid, out)
    }
    fn cwd(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"/srv/demo/");
    }
    fn dir(&self, dirfd: i64, out: &mut Vec<u8>) {
        if dirfd == 5 {
            out.extend_from_slice(b"/tmp/");
        }
    }
}

fn args_with(renderer: Renderer<'_>, kind: EventType, nparams: usize, build: impl FnOnce(&mut Builder<'_>)) -> String {
    let mut bytes = Vec::new();
    let mut builder = Builder::with_nparams(&mut bytes, kind, 0, 42, nparams);
    build(&mut builder);
    let mut out = Vec::new();
    renderer.args(&builder.finish().unwrap(), &mut out);
    String::from_utf8(out).unwrap()
}

fn args(kind: EventType, build: impl FnOnce(&mut Builder<'_>)) -> String {
    args_with(Renderer::new(&Demo), kind, kind.info().params.len(), build)
}

#[test]
fn paths_are_made_absolute_where_they_are_relative() {
    let openat = |dirfd: i64, name: &str| {
        args(EventType::SYSCALL_OPENAT_2_X, |event| {
            event.int(3).int(dirfd).str(name.as_bytes()).uint(4097).uint(0o644).uint(0x700).uint(186);
        })
    };
    let rest = "flags=4097(O_RDONLY|O_CLOEXEC) mode=0644 dev=700 ino=186";
    let table = [
        (AT_FDCWD, "/etc/passwd", "dirfd=-100(AT_FDCWD) name=/etc/passwd"),
        (AT_FDCWD, "../x", "dirfd=-100(AT_FDCWD) name=../x(/srv/x)"),
        (5, "x", "dirfd=5(<d>/tmp) name=x(/tmp/x)"),
        (999, "a", "dirfd=999 name=a(a)"),
        (-5, "a", "dirfd=-5(EIO) name=a(a)"),
        (5, "", "dirfd=5(<d>/tmp) name="),
        (5, "<NA>", "dirfd=5(<d>/tmp) name=<NA>"),
        (5, "(NULL)", "dirfd=5(<d>/tmp) name=<NA>"),
    ];
    for (dirfd, name, wanted) in table {
        assert_eq!(openat(dirfd, name), format!("fd=3(<f>/etc/passwd) {wanted} {rest}"));
    }
}

#[test]
fn nothing_of_an_unknown_thread_is_explained_but_what_the_event_says() {
    let text = args_with(Renderer::new(&NoThread), EventType::SYSCALL_OPENAT_2_X, 7, |event| {
        event.int(-2).int(AT_FDCWD).str(b"x").uint(1).uint(0).uint(0).uint(0);
    });
    assert_eq!(text, "fd=-2 dirfd=-100 name=x flags=1(O_RDONLY) mode=0 dev=0 ino=0");
}

#[test]
fn absent_parameters_say_so_by_type() {
    let text = args(EventType::SYSCALL_READ_X, |event| {
        event.absent().absent().absent().absent();
    });
    assert_eq!(text, "res=<NA> data=NULL fd=<NA> size=<NA>");
    let text = args(EventType::SOCKET_CONNECT_X, |event| {
        event.int(-115).absent().int(4).absent();
    });
    assert_eq!(text, "res=-115(EINPROGRESS) tuple=NULL fd=4(<4t>10.0.0.1:5->10.0.0.2:80) addr=<NA>");
}

#[test]
fn parameters_that_the_event_does_not_carry_are_left_out() {
    let text = args_with(Renderer::new(&Demo), EventType::SYSCALL_CLOSE_X, 1, |event| {
        event.int(-9);
    });
    assert_eq!(text, "res=-9(EBADF)");
}

#[test]
fn generic_events_have_no_arguments() {
    let text = args(EventType::GENERIC_X, |event| {
        event.uint(16).uint(39);
    });
    assert_eq!(text, "");
}

#[test]
fn sockets_are_addresses_and_ports() {
    let v4 = |last, port| (Ipv4Addr::new(10, 0, 0, last), port);
    let v6 = |text: &str, port| (text.parse::<Ipv6Addr>().unwrap(), port);
    let table = [
        (SockTuple::Inet { source: v4(1, 5), dest: v4(2, 80) }, "10.0.0.1:5->10.0.0.2:80"),
        (SockTuple::Inet6 { source: v6("fe80::1", 5), dest: v6("::", 80) }, "fe80::1:5->:::80"),
        (SockTuple::Inet6 { source: v6("::ffff:10.0.0.1", 5), dest: v6("::", 80) }, "10.0.0.1:5->0.0.0.0:80"),
        (SockTuple::Unix { source: 0xffff_8882_ac81_0480, dest: 0, path: b"/run/x" }, "ffff8882ac810480->0 /run/x"),
        (SockTuple::Other(16), "family 16"),
    ];
    for (tuple, wanted) in table {
        let text = args(EventType::SOCKET_CONNECT_X, |event| {
            event.int(0).sock_tuple(&tuple).int(9).sock_addr(&SockAddr::Inet6("::1".parse().unwrap(), 443));
        });
        assert_eq!(text, format!("res=0 tuple={wanted} fd=9 addr=::1:443"));
    }
    let text = args(EventType::SOCKET_CONNECT_X, |event| {
        event.int(0).raw(&[2, 1, 2]).int(9).raw(&[10]);
    });
    assert_eq!(text, "res=0 tuple=INVALID IPv4 fd=9 addr=INVALID IPv6");
}

#[test]
fn flags_enumerations_and_modes_are_named_in_the_order_of_their_tables() {
    let socket = |domain: u64, flags: u64| {
        args(EventType::SOCKET_SOCKET_X, |event| {
            event.int(9).uint(domain).uint(2).uint(0).uint(flags);
        })
    };
    assert_eq!(socket(1, 0), "fd=9 domain=1(AF_LOCAL|AF_UNIX) type=2 proto=0 flags=0(O_NONE)");
    assert_eq!(socket(99, 4160), "fd=9 domain=99 type=2 proto=0 flags=4160(O_NONBLOCK|O_CLOEXEC)");
    // Read and write together are O_RDWR alone.
    assert_eq!(socket(2, 3), "fd=9 domain=2(AF_INET) type=2 proto=0 flags=3(O_RDWR)");
    assert_eq!(socket(2, 1 << 30), "fd=9 domain=2(AF_INET) type=2 proto=0 flags=1073741824");
    let mknod = |mode: u64| {
        args(EventType::SYSCALL_MKNOD_X, |event| {
            event.int(0).str(b"/x").uint(mode).uint(0);
        })
    };
    assert_eq!(mknod(0o10622), "res=0 path=/x mode=010622(S_IWOTH|S_IWGRP|S_IWUSR|S_IRUSR|S_IFIFO) dev=0");
    assert_eq!(mknod(0), "res=0 path=/x mode=0 dev=0");
    assert_eq!(mknod(0o140_000), "res=0 path=/x mode=0140000(S_IFREG|S_IFSOCK) dev=0");
}

#[test]
fn ids_are_named_and_minus_one_is_none() {
    let text = args(EventType::SYSCALL_SETRESUID_X, |event| {
        event.int(0).uint(0).uint(u32::MAX.into()).uint(1234);
    });
    assert_eq!(text, "res=0 ruid=0(root) euid=-1(<NONE>) suid=1234(<NA>)");
    let text = args(EventType::SYSCALL_KILL_X, |event| {
        event.int(-1).int(42).uint(9);
    });
    assert_eq!(text, "res=-1(EPERM) pid=42(demo) sig=9(SIGKILL)");
}

#[test]
fn unsigned_numbers_are_printed_as_signed_ones() {
    let text = args(EventType::SYSCALL_READ_X, |event| {
        event.int(-133).bytes(b"\x7fELF\n").int(3).uint(u32::MAX.into());
    });
    assert_eq!(text, "res=-133 data=.ELF. fd=3(<f>/etc/passwd) size=-1");
    let text = args(EventType::SYSCALL_BRK_4_X, |event| {
        event.uint(u64::MAX).uint(1).uint(2).uint(3).uint(0xabc);
    });
    assert_eq!(text, "res=FFFFFFFFFFFFFFFF vm_size=1 vm_rss=2 vm_swap=3 addr=ABC");
}

#[test]
fn polled_descriptors_have_their_kind_and_flags() {
    let text = args(EventType::SYSCALL_PPOLL_X, |event| {
        event.int(2).fds([(3, 1), (77, -1)].into_iter()).uint(999_622).uint(0b1_0000_0100);
    });
    assert_eq!(text, "res=2 fds=3:f1 77:?ffffffff timeout=999622(0.000999622s) sigmask=SIGQUIT SIGKILL");
    let text = args(EventType::SYSCALL_PPOLL_X, |event| {
        event.int(0).fds([].into_iter()).uint(u64::MAX).uint(0);
    });
    assert_eq!(text, "res=0 fds= timeout=none sigmask=");
}

#[test]
fn dynamic_parameters_are_printed_as_what_they_hold() {
    let sockopt = |selector: u8, payload: &[u8]| {
        args(EventType::SOCKET_SETSOCKOPT_X, |event| {
            event.int(0).int(9).uint(1).uint(2).dynamic(selector, payload).uint(4);
        })
    };
    let head = "res=0 fd=9 level=1(SOL_SOCKET) optname=2(SO_REUSEADDR)";
    assert_eq!(sockopt(0, b"\0a"), format!("{head} val=.a optlen=4"));
    assert_eq!(sockopt(1, &(-2i64).to_le_bytes()), format!("{head} val=-2(ENOENT) optlen=4"));
    assert_eq!(sockopt(2, &7u32.to_le_bytes()), format!("{head} val=7 optlen=4"));
    assert_eq!(sockopt(4, &1_500_000_000u64.to_le_bytes()), format!("{head} val=1500000000(1.5s) optlen=4"));
    let text = args(EventType::SYSCALL_KEYCTL_X, |event| {
        event.int(0).uint(1).dynamic(1, b"").dynamic(0, &[5, 0, 0, 0, 0, 0, 0, 0]).raw(&[9]).dynamic(1, b"x\0");
    });
    assert_eq!(
        text,
        "res=0 operation=1(KEYCTL_JOIN_SESSION_KEYRING) arg2=(null) arg3=5 arg4=INVALID DYNAMIC PARAMETER arg5=x"
    );
}

#[test]
fn times_are_those_of_the_zone_and_buffers_of_the_format() {
    let zone = Zone::parse_posix(b"CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let kind = EventType::SYSCALL_EXECVE_19_X;
    let build = |event: &mut Builder<'_>| {
        for param in kind.info().params {
            match param.kind {
                ParamType::AbsTime => event.uint(205_303_215_635_860_940),
                ParamType::ByteBuf => event.strs([&b"-c"[..], b"ls"]),
                _ => event.absent(),
            };
        }
    };
    let dots = args_with(Renderer::new(&Demo).zone(&zone), kind, kind.info().params.len(), build);
    assert!(dots.contains("args=-c.ls. "), "{dots}");
    assert!(dots.contains("exe_ino_ctime=1976-07-04 06:40:15.635860940 "), "{dots}");
    let base64 = Renderer::new(&Demo).buffers(BufferFormat::Base64, 0);
    assert!(args_with(base64, kind, kind.info().params.len(), build).contains("args=LWMAbHMA "));
    let cut = Renderer::new(&Demo).buffers(BufferFormat::Dots, 5);
    assert!(args_with(cut, kind, kind.info().params.len(), build).contains("args=-c... "));
}

#[test]
fn the_text_of_one_parameter_is_what_it_stands_for_if_anything() {
    let mut bytes = Vec::new();
    let mut builder = Builder::new(&mut bytes, EventType::SYSCALL_UNLINKAT_2_X, 0, 42);
    builder.int(0).int(5).str(b"x").uint(0);
    let event: EventView<'_> = builder.finish().unwrap();
    let text = |index: usize| {
        let mut out = Vec::new();
        Renderer::new(&Demo).text(&event, index, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!([text(0), text(1), text(2), text(3), text(4)], ["0", "<d>/tmp", "/tmp/x", "0", ""]);
}
