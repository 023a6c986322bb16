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
    Connect { number: i64, to: usize, outcome: i64 },
    Use { number: i64, call: usize },
    Send { number: i64, to: usize },
}

pub fn deed() -> impl Strategy<Value = SocketDeed> {
    let number = 30..=UNSEEN;
    let outcome = prop::sample::select(&[0_i64, 0, -115, -111][..]);
    prop_oneof![
        2 => (30..UNSEEN, any::<bool>(), any::<bool>()).prop_map(|(number, v6, udp)| SocketDeed::Make { number, v6, udp }),
        4 => (number.clone(), 0..THERE.len(), outcome)
            .prop_map(|(number, to, outcome)| SocketDeed::Connect { number, to, outcome }),
        2 => (number, 0..3_usize).prop_map(|(number, call)| SocketDeed::Use { number, call }),
        2 => (30..UNSEEN, 0..THERE.len()).prop_map(|(number, to)| SocketDeed::Send { number, to }),
    ]
}

struct Socket {
    v6: bool,
    udp: bool,
    /// The other end, by its number.
    other: Option<usize>,
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
        Self(BTreeMap::from([(UNSEEN, Socket { v6: false, udp: false, other: None })]))
    }

    pub fn does(&mut self, deed: &SocketDeed, ts: u64) -> Happening {
        match *deed {
            SocketDeed::Make { number, v6, udp } => {
                self.0.insert(number, Socket { v6, udp, other: None });
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
            SocketDeed::Send { number, to } => {
                let socket = self.0.get(&number);
                let sent = socket.filter(|socket| socket.udp || socket.other.is_some());
                let tuple = sent.map(|socket| socket.tuple(number, socket.other.unwrap_or(to)));
                let result = if sent.is_some() { 1 } else { -32 };
                let write = |e: &mut Builder<'_>| {
                    e.int(result).bytes(b"x").int(number).uint(1);
                    match &tuple {
                        Some(tuple) => _ = e.sock_tuple(tuple),
                        None => _ = e.absent(),
                    }
                };
                let events = event(ts, EventType::SOCKET_SENDTO_X, &self.told(number, false), &write);
                let mut happening = happening("sendto", [number as u64, 0, 1, 0, 0, 0], result, None, events);
                happening.repeats = result < 0;
                happening
            }
        }
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

/// A tuple as a parameter has it.
fn bytes(tuple: &SockTuple<'_>) -> Vec<u8> {
    let write: Write<'_> = &|e: &mut Builder<'_>| _ = e.int(0).sock_tuple(tuple).int(0).absent();
    let [plain, _] = event(0, EventType::SOCKET_CONNECT_X, &[], write);
    let view = windhover_event::EventView::parse(&plain).expect("an event");
    view.param(1).expect("a tuple").to_vec()
}
