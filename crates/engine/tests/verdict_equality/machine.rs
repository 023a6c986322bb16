//! A process and its files: what it does as calls, and as the events that the probe makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use proptest::prelude::*;
use windhover_event::extension::{TAG_DESCRIPTOR, TAG_GENERATION};
use windhover_event::path::join_path;
use windhover_event::{AT_FDCWD, Builder, EventType, SockTuple, Syscall};
use windhover_probe::JudgedCall;

use crate::sockets::{self, SocketDeed, Sockets};

pub const PID: i64 = 100;
/// Numbers of descriptors are few, so that they are used again.
const NUMBERS: i64 = 4;

const FILES: [&str; 22] = [
    "/etc/shadow",
    "/etc/sub/key",
    "/srv/x",
    "/srv/./x",
    "//etc//shadow",
    "/etc/../etc/shadow",
    "/etc",
    "/etc/sub",
    "shadow",
    "./x",
    "x",
    "../etc/shadow",
    "sub/key",
    "../../srv/x",
    "/link",
    "/links/sub/key",
    "/",
    "/etc/shadow/",
    "/etc/k\u{e4}y",
    "...",
    "",
    "/proc/1/ns/uts",
];
const DIRECTORIES: [&str; 5] = ["/etc", "/srv", "/etc/sub", "..", "/links"];

/// What the process does.
#[derive(Clone, Debug)]
pub enum Deed {
    Open {
        call: usize,
        path: &'static str,
        flags: u64,
        fails: bool,
        asked: bool,
    },
    Close(i64),
    OnDescriptor {
        call: usize,
        number: i64,
    },
    OnPath {
        call: usize,
        path: &'static str,
        fails: bool,
    },
    ChangeDirectory(&'static str),
    /// Over a connection that was there before, or one that is seen being made.
    Message {
        call: usize,
        number: i64,
        fails: bool,
    },
    Connect(i64),
    /// Is another user from now on.
    Become(u64),
    OnSocket(SocketDeed),
}

pub fn deed() -> impl Strategy<Value = Deed> {
    let path = || prop::sample::select(&FILES[..]);
    let flags = prop::sample::select(&[0_u64, 0, 1, 2, 3, 0o101, 0o200_000][..]);
    let open = (0..3_usize, path(), flags, prop::bool::weighted(0.3), any::<bool>());
    let open = open.prop_map(|(call, path, flags, fails, asked)| Deed::Open { call, path, flags, fails, asked });
    let number = 3..3 + NUMBERS;
    prop_oneof![
        5 => open,
        2 => number.clone().prop_map(Deed::Close),
        3 => (0..5_usize, number).prop_map(|(call, number)| Deed::OnDescriptor { call, number }),
        2 => (0..4_usize, path(), any::<bool>()).prop_map(|(call, path, fails)| Deed::OnPath { call, path, fails }),
        1 => prop::sample::select(&DIRECTORIES[..]).prop_map(Deed::ChangeDirectory),
        3 => (0..2_usize, 20..22_i64, prop::bool::weighted(0.2))
            .prop_map(|(call, number, fails)| Deed::Message { call, number, fails }),
        1 => (20..22_i64).prop_map(Deed::Connect),
        1 => prop::sample::select(&[0_u64, 1000, 65_534][..]).prop_map(Deed::Become),
        8 => sockets::deed().prop_map(Deed::OnSocket),
    ]
}

/// An open file.
#[derive(Clone)]
struct File {
    resolved: Vec<u8>,
    ino: u64,
    mode: u32,
}

/// What one deed comes to.
pub struct Happening {
    pub call: Syscall,
    pub arguments: [u64; 6],
    pub result: i64,
    pub path: Option<Vec<u8>>,
    /// The working directory, where the kernel was told of it.
    pub directory: Option<Vec<u8>>,
    pub is_directory: bool,
    pub resolved: Option<Vec<u8>>,
    pub repeats: bool,
    /// The text of the connection that a connect made, where that is told.
    pub connection: Option<Vec<u8>>,
    /// The event of the call's beginning, if there is one; with verdicts and without.
    pub begins: Option<[Vec<u8>; 2]>,
    /// The event as it is with verdicts, and as it is without.
    pub told: Vec<u8>,
    pub plain: Vec<u8>,
}

impl Happening {
    pub fn judged<'a>(&'a self, profile: Option<u16>, directory: Option<u16>) -> JudgedCall<'a> {
        JudgedCall {
            arguments: self.arguments,
            result: self.result,
            path: self.path.as_deref(),
            directory,
            profile,
            is_directory: self.is_directory,
            resolved: self.resolved.as_deref(),
            repeats: self.repeats,
            connection: self.connection.as_deref(),
        }
    }
}

pub struct Machine {
    cwd: Vec<u8>,
    files: BTreeMap<i64, File>,
    /// Calls and descriptors of messages that were not repetitions.
    told: BTreeSet<(usize, i64)>,
    sockets: Sockets,
    ts: u64,
}

/// An event in the making: its type, and how its parameters are written.
pub type Write<'a> = &'a dyn Fn(&mut Builder<'_>);

impl Machine {
    pub fn new() -> Self {
        Self {
            cwd: b"/srv/".to_vec(),
            files: BTreeMap::new(),
            told: BTreeSet::new(),
            sockets: Sockets::new(),
            ts: 1_000_000_000,
        }
    }

    /// Where a path leads: links stand for `/etc`.
    fn resolve(&self, path: &[u8]) -> Vec<u8> {
        let mut joined = Vec::new();
        join_path(&self.cwd, path, &mut joined);
        match joined.as_slice() {
            b"/link" => b"/etc/shadow".to_vec(),
            links if links.starts_with(b"/links") => [b"/etc", &links[6..]].concat(),
            _ => joined,
        }
    }

    fn event(&mut self, kind: EventType, tell: Option<i64>, generation: bool, write: Write<'_>) -> [Vec<u8>; 2] {
        self.ts += 1000;
        let mut told = Vec::new();
        if generation {
            told.push((TAG_GENERATION, 7_u32.to_le_bytes().to_vec()));
        }
        told.extend(tell.map(|number| (TAG_DESCRIPTOR, self.entry(number))));
        event(self.ts, kind, &told, write)
    }

    fn entry(&self, number: i64) -> Vec<u8> {
        let file = self.files.get(&number);
        let mut entry = (number as i32).to_le_bytes().to_vec();
        entry.extend_from_slice(&file.map_or(0_u32, |_| 8).to_le_bytes());
        entry.extend_from_slice(&file.map_or(0, |file| file.ino).to_le_bytes());
        entry.extend_from_slice(&file.map_or(0, |file| file.mode).to_le_bytes());
        entry.extend_from_slice(&file.map_or(0_u32, |_| 7).to_le_bytes());
        entry.extend_from_slice(file.map_or(&b""[..], |file| &file.resolved));
        entry
    }

    pub fn does(&mut self, deed: &Deed) -> Happening {
        match *deed {
            Deed::Open { call, path, flags, fails, asked } => self.opens(call, path.as_bytes(), flags, fails, asked),
            Deed::Close(number) => {
                let result = if self.files.remove(&number).is_some() { 0 } else { -9 };
                let write = |builder: &mut Builder<'_>| _ = builder.int(result).int(number);
                let events = self.event(EventType::SYSCALL_CLOSE_X, None, false, &write);
                happening("close", [number as u64, 0, 0, 0, 0, 0], result, None, events)
            }
            Deed::OnDescriptor { call, number } => self.uses(call, number),
            Deed::OnPath { call, path, fails } => self.names(call, path.as_bytes(), fails),
            Deed::ChangeDirectory(path) => {
                let mut joined = Vec::new();
                join_path(&self.cwd, path.as_bytes(), &mut joined);
                let write = |builder: &mut Builder<'_>| _ = builder.int(0).str(path.as_bytes());
                let events = self.event(EventType::SYSCALL_CHDIR_X, None, false, &write);
                self.cwd = joined;
                if self.cwd.last() != Some(&b'/') {
                    self.cwd.push(b'/');
                }
                happening("chdir", [0; 6], 0, Some(path.as_bytes()), events)
            }
            Deed::Message { call, number, fails } => self.exchanges(call, number, fails),
            Deed::Become(user) => {
                let write = |builder: &mut Builder<'_>| _ = builder.int(0).uint(user);
                let events = self.event(EventType::SYSCALL_SETUID_X, None, false, &write);
                happening("setuid", [user, 0, 0, 0, 0, 0], 0, None, events)
            }
            Deed::Connect(number) => {
                let tuple = connection(number, false);
                let write = |builder: &mut Builder<'_>| _ = builder.int(0).sock_tuple(&tuple).int(number).absent();
                let events = self.event(EventType::SOCKET_CONNECT_X, None, false, &write);
                happening("connect", [number as u64, 0, 0, 0, 0, 0], 0, None, events)
            }
            Deed::OnSocket(ref deed) => {
                self.ts += 1000;
                self.sockets.does(deed, self.ts)
            }
        }
    }

    fn opens(&mut self, call: usize, path: &[u8], flags: u64, fails: bool, asked: bool) -> Happening {
        let resolved = self.resolve(path);
        let is_directory = matches!(resolved.as_slice(), b"/etc" | b"/etc/sub" | b"/" | b"/srv") || flags == 0o200_000;
        let number = (3..3 + NUMBERS).find(|number| !self.files.contains_key(number));
        let (result, mode) = match number {
            Some(number) if !fails && !path.is_empty() => (number, if is_directory { 0o040_755 } else { 0o100_644 }),
            _ => (if is_directory { -13 } else { -2 }, 0),
        };
        // Few inodes, but one file each.
        let ino = resolved.iter().fold(7, |ino: u64, byte| ino.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        let (dev, told_ino) = if result < 0 { (0, 0) } else { (8, ino) };
        let access = if flags & 3 == 3 { 1 } else { (flags & 3) + 1 };
        let shown = access | u64::from(flags & 0o100 != 0) << 2 | u64::from(flags & 0o200_000 != 0) << 10;
        let kinds = [EventType::SYSCALL_OPEN_X, EventType::SYSCALL_OPENAT_2_X, EventType::SYSCALL_CREAT_X];
        let write = |builder: &mut Builder<'_>| match call {
            0 => _ = builder.int(result).str(path).uint(shown).uint(0).uint(dev).uint(told_ino),
            1 => _ = builder.int(result).int(AT_FDCWD).str(path).uint(shown).uint(0).uint(dev).uint(told_ino),
            _ => _ = builder.int(result).str(path).uint(0).uint(dev).uint(told_ino).uint(0),
        };
        let events = self.event(kinds[call], None, result >= 0, &write);
        let at = AT_FDCWD as u64;
        let arguments = [[0, flags, 0, 0, 0, 0], [at, 0, flags, 0, 0, 0], [0; 6]][call];
        if result >= 0 {
            self.files.insert(result, File { resolved: resolved.clone(), ino, mode });
        }
        let name = ["open", "openat", "creat"][call];
        let mut happening = happening(name, arguments, result, Some(path), events);
        happening.directory = asked.then(|| self.cwd.clone());
        // What has no place is told apart from files in the same way.
        happening.is_directory = result >= 0 && (is_directory || resolved.starts_with(b"/proc/"));
        happening.resolved = (result >= 0).then_some(resolved);
        happening
    }

    fn uses(&mut self, call: usize, number: i64) -> Happening {
        let names = ["fchmod", "fstat", "dup", "fcntl", "flock"];
        let kinds = [
            EventType::SYSCALL_FCHMOD_X,
            EventType::SYSCALL_FSTAT_X,
            EventType::SYSCALL_DUP_1_X,
            EventType::SYSCALL_FCNTL_X,
            EventType::SYSCALL_FLOCK_X,
        ];
        let file = self.files.get(&number).cloned();
        let free = (3..3 + NUMBERS).find(|number| !self.files.contains_key(number));
        let result = match (&file, call, free) {
            (None, ..) => -9,
            (Some(file), 2, Some(free)) => {
                self.files.insert(free, file.clone());
                free
            }
            (_, 2, None) => -24,
            _ => 0,
        };
        let write = |builder: &mut Builder<'_>| {
            builder.int(result).int(number);
            match call {
                0 | 4 => _ = builder.uint(1),
                3 => _ = builder.uint(2).uint(0),
                _ => {}
            }
        };
        let events = self.event(kinds[call], Some(number), false, &write);
        happening(names[call], [number as u64, 0, 0, 0, 0, 0], result, None, events)
    }

    /// A message over a TCP connection. The probe marks the first of each sort, and says that later ones repeat it.
    fn exchanges(&mut self, call: usize, number: i64, fails: bool) -> Happening {
        let result = if fails { -11 } else { 5 };
        let tuple = connection(number, call == 1);
        let write = |builder: &mut Builder<'_>| {
            builder.int(result).bytes(b"hello");
            match (call, fails) {
                (0, false) => _ = builder.int(number).uint(5).sock_tuple(&tuple),
                (0, true) => _ = builder.int(number).uint(5).absent(),
                (_, false) => _ = builder.sock_tuple(&tuple).int(number).uint(5),
                (_, true) => _ = builder.absent().int(number).uint(5),
            }
        };
        let kinds = [EventType::SOCKET_SENDTO_X, EventType::SOCKET_RECVFROM_X];
        let events = self.event(kinds[call], None, false, &write);
        let name = ["sendto", "recvfrom"][call];
        let mut happening = happening(name, [number as u64, 0, 5, 0, 0, 0], result, None, events);
        happening.repeats = fails || !self.told.insert((call, number));
        happening
    }

    fn names(&mut self, call: usize, path: &[u8], fails: bool) -> Happening {
        let names = ["unlink", "unlinkat", "rmdir", "mkdir"];
        let kinds = [
            EventType::SYSCALL_UNLINK_2_X,
            EventType::SYSCALL_UNLINKAT_2_X,
            EventType::SYSCALL_RMDIR_2_X,
            EventType::SYSCALL_MKDIR_2_X,
        ];
        let result = if fails { -2 } else { 0 };
        let write = |builder: &mut Builder<'_>| match call {
            1 => _ = builder.int(result).int(AT_FDCWD).str(path).uint(0),
            3 => _ = builder.int(result).str(path).uint(0),
            _ => _ = builder.int(result).str(path),
        };
        let events = self.event(kinds[call], None, false, &write);
        let arguments = if call == 1 { [AT_FDCWD as u64, 0, 0, 0, 0, 0] } else { [0; 6] };
        let mut happening = happening(names[call], arguments, result, Some(path), events);
        happening.directory = Some(self.cwd.clone());
        happening
    }
}

/// The ends of the connection at a descriptor; the source is who sends.
fn connection(number: i64, received: bool) -> SockTuple<'static> {
    let here = (Ipv4Addr::new(10, 0, 0, 1), 40_000 + number as u16);
    let there = (Ipv4Addr::new(93, 184, 216, 34), 80);
    let (source, dest) = if received { (there, here) } else { (here, there) };
    SockTuple::Inet { source, dest }
}

/// An event as it is with what the probe tells, and without.
pub fn event(ts: u64, kind: EventType, told: &[(u16, Vec<u8>)], write: Write<'_>) -> [Vec<u8>; 2] {
    [told, &[]].map(|told| {
        let mut bytes = Vec::new();
        let mut builder = Builder::new(&mut bytes, kind, ts, PID);
        write(&mut builder);
        for (tag, entry) in told {
            builder.extension(*tag, entry);
        }
        builder.finish().expect("an event");
        bytes
    })
}

pub fn happening(call: &str, arguments: [u64; 6], result: i64, path: Option<&[u8]>, events: [Vec<u8>; 2]) -> Happening {
    let [told, plain] = events;
    Happening {
        call: Syscall::by_name(call).expect("a call"),
        arguments,
        result,
        path: path.map(<[u8]>::to_vec),
        directory: None,
        is_directory: false,
        resolved: None,
        repeats: false,
        connection: None,
        begins: None,
        told,
        plain,
    }
}
