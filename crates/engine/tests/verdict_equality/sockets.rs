//! The process's sockets: connects as the probe judges them, and what it tells of connections with later events.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use windhover_event::connection::{connection_text, sort};
use windhover_event::extension::{TAG_CONNECTION, TAG_DESCRIPTOR};
use windhover_event::{Builder, EventType, SockAddr, SockTuple};

use crate::machine::{Happening, Write, event, happening};

/// A socket that was there before anybody looked: what it is nobody knows.
const UNSEEN: i64 = 33;
const HERE: (Ipv4Addr, Ipv6Addr) = (Ipv4Addr::new(10, 0, 0, 1), Ipv6Addr::LOCALHOST);
/// Where sockets are connected to.
const THERE: [(Ipv4Addr, Ipv6Addr, u16); 4] = [
    (Ipv4Addr::new(93, 184, 216, 34), Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 80),
    (Ipv4Addr::new(10, 1, 2, 3), Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 5), 443),
    (Ipv4Addr::new(10, 1, 2, 3), Ipv6Addr::LOCALHOST, 80),
    (Ipv4Addr::new(127, 0, 0, 1), Ipv6Addr::LOCALHOST, 22),
];

/// What the process does with a socket.
#[derive(Clone, Debug)]
pub enum SocketDeed {
    Make { number: i64, v6: bool, udp: bool },
    Bind { number: i64 },
    Connect { number: i64, to: usize, outcome: i64 },
    Use { number: i64, call: usize },
    Message { number: i64, to: usize, received: bool },
}

pub fn deed() -> impl Strategy<Value = SocketDeed> {
    let number = 30..=UNSEEN;
    let outcome = prop::sample::select(&[0_i64, 0, -115, -111][..]);
    prop_oneof![
        2 => (30..UNSEEN, any::<bool>(), any::<bool>()).prop_map(|(number, v6, udp)| SocketDeed::Make { number, v6, udp }),
        4 => (number.clone(), 0..THERE.len(), outcome)
            .prop_map(|(number, to, outcome)| SocketDeed::Connect { number, to, outcome }),
        2 => (number, 0..3_usize).prop_map(|(number, call)| SocketDeed::Use { number, call }),
        1 => (30..UNSEEN).prop_map(|number| SocketDeed::Bind { number }),
        4 => (30..UNSEEN, 0..THERE.len(), any::<bool>())
            .prop_map(|(number, to, received)| SocketDeed::Message { number, to, received }),
    ]
}

#[derive(Default)]
struct Socket {
    v6: bool,
    udp: bool,
    /// The other end, by its number.
    other: Option<usize>,
    /// How often messages have been told of, by where they went to and whether they came from there.
    told: BTreeMap<(usize, bool), u32>,
}

impl Socket {
    fn tuple(&self, number: i64, to: usize) -> SockTuple<'static> {
        let here = 40_000 + number as u16;
        let (v4, v6, port) = THERE[to];
        match self.v6 {
            false => SockTuple::Inet { source: (HERE.0, here), dest: (v4, port) },
            true => SockTuple::Inet6 { source: (HERE.1, here), dest: (v6, port) },
        }
    }

    /// What a connect to there is judged by.
    fn text(&self, to: usize) -> Vec<u8> {
        let (v4, v6, port) = THERE[to];
        match (self.v6, self.udp) {
            (false, false) => connection_text(sort::TCP4, Some((IpAddr::V4(v4), port))),
            (true, false) => connection_text(sort::TCP6, Some((IpAddr::V6(v6), port))),
            (false, true) => connection_text(sort::UDP4, None),
            (true, true) => connection_text(sort::UDP6, None),
        }
    }
}

pub struct Sockets(BTreeMap<i64, Socket>);

impl Sockets {
    pub fn new() -> Self {
        Self(BTreeMap::from([(UNSEEN, Socket::default())]))
    }

    pub fn does(&mut self, deed: &SocketDeed, ts: u64) -> Happening {
        match *deed {
            SocketDeed::Make { number, v6, udp } => {
                self.0.insert(number, Socket { v6, udp, ..Socket::default() });
                let (domain, kind) = (if v6 { 10 } else { 2 }, if udp { 2 } else { 1 });
                let write = |e: &mut Builder<'_>| _ = e.int(number).uint(domain).uint(kind).uint(0).uint(0);
                happening("socket", [0; 6], number, None, event(ts, EventType::SOCKET_SOCKET_X, &[], &write))
            }
            SocketDeed::Connect { number, to, outcome } => self.connects(number, to, outcome, ts),
            SocketDeed::Use { number, call } => {
                let kinds = [EventType::SYSCALL_FSTAT_X, EventType::SOCKET_SHUTDOWN_X, EventType::SYSCALL_FCHMOD_X];
                let result = if self.0.contains_key(&number) { 0 } else { -9 };
                let write = |e: &mut Builder<'_>| match call {
                    0 => _ = e.int(result).int(number),
                    _ => _ = e.int(result).int(number).uint(1),
                };
                let events = event(ts, kinds[call], &self.told(number, call != 1), &write);
                let name = ["fstat", "shutdown", "fchmod"][call];
                happening(name, [number as u64, 0, 0, 0, 0, 0], result, None, events)
            }
            SocketDeed::Bind { number } => {
                let socket = self.0.get(&number);
                let result = if socket.is_some_and(|socket| socket.other.is_none()) { 0 } else { -22 };
                let here = 40_000 + number as u16;
                let addr = match socket {
                    Some(socket) if socket.v6 => SockAddr::Inet6(HERE.1, here),
                    _ => SockAddr::Inet(HERE.0, here),
                };
                let write = |e: &mut Builder<'_>| _ = e.int(result).sock_addr(&addr).int(number);
                let events = event(ts, EventType::SOCKET_BIND_X, &self.told(number, false), &write);
                happening("bind", [number as u64, 0, 0, 0, 0, 0], result, None, events)
            }
            SocketDeed::Message { number, to, received } => self.exchanges(number, to, received, ts),
        }
    }

    fn exchanges(&mut self, number: i64, to: usize, received: bool, ts: u64) -> Happening {
        let told = self.told(number, false);
        let socket = self.0.get_mut(&number).filter(|socket| socket.udp || socket.other.is_some());
        let (mut tuple, mut repeats) = (None, true);
        if let Some(socket) = socket {
            let to = socket.other.unwrap_or(to);
            let sent = socket.tuple(number, to);
            tuple = Some(if received { turned(&sent) } else { sent });
            let times = socket.told.entry((to, received)).or_default();
            repeats = socket.other.is_some() && *times >= if socket.udp { 2 } else { 1 };
            *times += u32::from(socket.other.is_some());
        }
        let result = if tuple.is_some() { 1 } else { -32 };
        let ends = |e: &mut Builder<'_>| match &tuple {
            Some(tuple) => _ = e.sock_tuple(tuple),
            None => _ = e.absent(),
        };
        let write = |e: &mut Builder<'_>| {
            e.int(result).bytes(b"x");
            if received {
                ends(e);
                _ = e.int(number).uint(1);
            } else {
                e.int(number).uint(1);
                ends(e);
            }
        };
        let (name, kind) = match received {
            true => ("recvfrom", EventType::SOCKET_RECVFROM_X),
            false => ("sendto", EventType::SOCKET_SENDTO_X),
        };
        let mut happening =
            happening(name, [number as u64, 0, 1, 0, 0, 0], result, None, event(ts, kind, &told, &write));
        happening.repeats = repeats;
        happening
    }

    fn connects(&mut self, number: i64, to: usize, outcome: i64, ts: u64) -> Happening {
        let told = self.told(number, false);
        let arguments = [number as u64, 0, 16, 0, 0, 0];
        let Some(socket) = self.0.get_mut(&number) else {
            let write = |e: &mut Builder<'_>| _ = e.int(-9).absent().int(number).absent();
            return happening("connect", arguments, -9, None, event(ts, EventType::SOCKET_CONNECT_X, &[], &write));
        };
        let fresh = socket.other.is_none();
        let result = match (fresh, socket.udp) {
            (false, false) => -106,
            (_, true) => 0,
            _ => outcome,
        };
        let done = result == 0 || result == -115;
        if done {
            socket.other = Some(to);
        }
        let tuple = socket.tuple(number, to);
        let addr = match tuple {
            SockTuple::Inet6 { dest, .. } => SockAddr::Inet6(dest.0, dest.1),
            _ => SockAddr::Inet(THERE[to].0, THERE[to].2),
        };
        let write = |e: &mut Builder<'_>| {
            e.int(result);
            if done {
                e.sock_tuple(&tuple)
            } else {
                e.absent()
            };
            _ = e.int(number).sock_addr(&addr);
        };
        let text = match (fresh, done) {
            (true, true) => Some(socket.text(to)),
            (true, false) => Some(connection_text(sort::FAILED, None)),
            _ => None,
        };
        let told_at_end = if done { vec![] } else { self.told(number, false) };
        let mut happening =
            happening("connect", arguments, result, None, event(ts, EventType::SOCKET_CONNECT_X, &told_at_end, &write));
        happening.connection = text;
        let begins = |e: &mut Builder<'_>| _ = e.int(number).sock_addr(&addr);
        happening.begins = (!fresh).then(|| event(ts, EventType::SOCKET_CONNECT_E, &told, &begins));
        happening
    }

    /// What the probe tells with an event about a descriptor: what is connected, and if it says so, what it is.
    fn told(&self, number: i64, descriptor: bool) -> Vec<(u16, Vec<u8>)> {
        let mut told = Vec::new();
        let Some(socket) = self.0.get(&number) else { return told };
        let fd = (number as i32).to_le_bytes();
        if descriptor {
            let mut entry = [&fd[..], &8_u32.to_le_bytes(), &(number as u64).to_le_bytes()].concat();
            entry.extend([&0o140_777_u32.to_le_bytes()[..], &0_u32.to_le_bytes(), b"TCP"].concat());
            told.push((TAG_DESCRIPTOR, entry));
        }
        if let Some(to) = socket.other {
            told.push((TAG_CONNECTION, [&fd[..], &bytes(&socket.tuple(number, to))].concat()));
        }
        told
    }
}

/// The same ends, the other one first.
fn turned(tuple: &SockTuple<'_>) -> SockTuple<'static> {
    match *tuple {
        SockTuple::Inet { source, dest } => SockTuple::Inet { source: dest, dest: source },
        SockTuple::Inet6 { source, dest } => SockTuple::Inet6 { source: dest, dest: source },
        _ => SockTuple::Other(0),
    }
}

/// A tuple as a parameter has it.
fn bytes(tuple: &SockTuple<'_>) -> Vec<u8> {
    let write: Write<'_> = &|e: &mut Builder<'_>| _ = e.int(0).sock_tuple(tuple).int(0).absent();
    let [plain, _] = event(0, EventType::SOCKET_CONNECT_X, &[], write);
    let view = windhover_event::EventView::parse(&plain).expect("an event");
    view.param(1).expect("a tuple").to_vec()
}
