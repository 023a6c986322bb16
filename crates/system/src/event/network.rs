//! Sockets are made, bound, connected, accepted, and used.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use windhover_event::{EventType, EventView, SockAddr, SockTuple};

use crate::fd::{Fd, FdKind, L4, Socket, fd_bit, open_flag};
use crate::lookup::Lookup;
use crate::socket::{bound_v6, complete, connected, l4_of, write_name};
use crate::system::System;

const EINPROGRESS: i64 = -115;

/// Which way data goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Out,
    In,
}

impl System {
    pub(crate) fn on_socket(&mut self, event: &EventView<'_>) {
        if let Some(number) = event.i64(0).filter(|fd| *fd >= 0) {
            let mut fd = Fd::new(FdKind::Unknown, self.interner.empty());
            let l4 = l4_of(event.u32(2).unwrap_or(0), event.u32(3).unwrap_or(0));
            (fd.kind, fd.socket) = unconnected(event.u32(1).unwrap_or(0), l4);
            fd.open_flags = event.u32(4).unwrap_or(0);
            let cloexec = fd.open_flags & open_flag::O_CLOEXEC != 0;
            self.put_fd(number, fd, cloexec);
        }
    }

    pub(crate) fn on_socketpair(&mut self, event: &EventView<'_>) {
        const SOCK_CLOEXEC: u32 = 0x8_0000;
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let (source, dest) = (event.u64(3).unwrap_or(0), event.u64(4).unwrap_or(0));
        let cloexec = event.u32(6).unwrap_or(0) & SOCK_CLOEXEC != 0;
        for (index, source, dest) in [(1, source, dest), (2, dest, source)] {
            if let Some(number) = event.i64(index).filter(|fd| *fd >= 0) {
                let mut fd = Fd::new(FdKind::Unix, self.interner.empty());
                fd.socket = Socket::Unix { source, dest };
                self.put_fd(number, fd, cloexec);
            }
        }
    }

    pub(crate) fn on_bind(&mut self, event: &EventView<'_>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let Some(addr) = event.sock_addr(1) else { return };
        let Some(l4) = self.current_fd().map(|fd| fd.socket.l4()) else { return };
        let bound = match addr {
            SockAddr::Inet(ip, port) if port > 0 => {
                Some((FdKind::Ipv4Server, Socket::Ipv4Server { addr: (ip, port), l4 }))
            }
            SockAddr::Inet6(ip, port) if port > 0 => Some(bound_v6(ip, port, l4)),
            _ => None,
        };
        let mut name = std::mem::take(&mut self.scratch);
        write_addr(&addr, &mut name);
        let named = !matches!(addr, SockAddr::Other(_));
        if let Some((kind, socket)) = bound
            && let Some(fd) = self.current_fd_mut()
        {
            fd.kind = kind;
            fd.socket = socket;
            fd.bits = (fd.bits & !fd_bit::ROLE_CLIENT) | fd_bit::ROLE_SERVER;
        }
        if named {
            self.rename_current_fd(&name);
        }
        self.scratch = name;
    }

    pub(crate) fn on_connect(&mut self, event: &EventView<'_>) {
        self.claim_enter(event);
        if self.current_fd().is_none() {
            return;
        }
        let res = event.i64(0).unwrap_or(-1);
        let under_way = res == EINPROGRESS;
        if res < 0 && !under_way {
            if !self.track_connections {
                return;
            }
            self.set_current_fd_bits(fd_bit::SOCKET_CONNECTED | fd_bit::CONNECTION_PENDING, fd_bit::CONNECTION_FAILED);
        } else if under_way && self.track_connections {
            self.set_current_fd_bits(fd_bit::SOCKET_CONNECTED | fd_bit::CONNECTION_FAILED, fd_bit::CONNECTION_PENDING);
        } else {
            self.set_current_fd_bits(fd_bit::CONNECTION_PENDING | fd_bit::CONNECTION_FAILED, fd_bit::SOCKET_CONNECTED);
        }
        let enter = self.lend_enter();
        let entered = EventView::parse(&enter).ok().and_then(|enter| enter.sock_addr(1));
        if let Some(tuple) = connect_tuple(event, entered) {
            self.connect_current_fd(&tuple);
        }
        self.return_enter(enter);
    }

    /// The probe may have kept a connect to itself; then it tells with each event about the socket what that is connected to.
    /// What the model does not know already is made up for, before the event counts.
    pub(crate) fn learn_connections(&mut self, event: &EventView<'_>) {
        for (number, tuple) in event.connections() {
            self.current.fd = Some(i64::from(number));
            let Some(fd) = self.current_fd() else { continue };
            let news = is_news(&fd.socket, &tuple);
            // A message tells of a bound socket's ends, too, and does not make it a connected one.
            let named = fd.socket.dest().is_some() && !fd.is_connected() && fd.bits & fd_bit::FROM_PROC == 0;
            if news || named {
                self.set_current_fd_bits(
                    fd_bit::CONNECTION_PENDING | fd_bit::CONNECTION_FAILED,
                    fd_bit::SOCKET_CONNECTED,
                );
            }
            if news {
                self.connect_current_fd(&tuple);
                self.current.fd_name_changed = false;
            }
        }
    }

    fn connect_current_fd(&mut self, tuple: &SockTuple<'_>) {
        let Some(fd) = self.current_fd() else { return };
        let was_udp_server = fd.is_role_server() && fd.socket.l4() == L4::Udp;
        let l4 = fd.socket.l4();
        let Some((kind, mut socket)) = connected(tuple, l4) else { return };
        if was_udp_server {
            socket = socket.swapped();
        }
        self.take_tuple(kind, socket, tuple);
        if !was_udp_server {
            self.set_current_fd_bits(fd_bit::ROLE_SERVER, fd_bit::ROLE_CLIENT);
        }
    }

    pub(crate) fn on_accept(&mut self, event: &EventView<'_>) {
        let Some(number) = event.i64(0).filter(|fd| *fd >= 0) else { return };
        let Some(tuple) = event.sock_tuple(1) else { return };
        let mut fd = Fd::new(FdKind::Unknown, self.interner.empty());
        if let Some((kind, socket)) = connected(&tuple, L4::Tcp) {
            fd.kind = kind;
            fd.socket = socket;
        }
        fd.bits = fd_bit::ROLE_SERVER | fd_bit::SOCKET_CONNECTED;
        let mut name = std::mem::take(&mut self.scratch);
        write_name(&fd.socket, path_of(&tuple), &mut name);
        fd.name = self.interner.get(&name);
        self.scratch = name;
        let flags = if event.kind() == EventType::SOCKET_ACCEPT4_6_X { event.i32(5).unwrap_or(0) as u32 } else { 0 };
        fd.open_flags = flags;
        self.put_fd(number, fd, flags & open_flag::O_CLOEXEC != 0);
        self.current.fd_name_changed = true;
    }

    pub(crate) fn on_getsockopt(&mut self, event: &EventView<'_>) {
        const SOL_SOCKET: u8 = 1;
        const SO_ERROR: u8 = 4;
        let asks = event.u8(2) == Some(SOL_SOCKET) && event.u8(3) == Some(SO_ERROR);
        if !self.track_connections || !asks || event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        // The value is a selector and an error number.
        let error = event.param(4).and_then(|value| value.get(1..)).and_then(|value| value.first_chunk());
        let bits = fd_bit::SOCKET_CONNECTED | fd_bit::CONNECTION_PENDING | fd_bit::CONNECTION_FAILED;
        match error.map(|error| i64::from_le_bytes(*error)) {
            Some(0) => self.set_current_fd_bits(bits, fd_bit::SOCKET_CONNECTED),
            Some(_) => self.set_current_fd_bits(bits, fd_bit::CONNECTION_FAILED),
            None => {}
        }
    }

    pub(crate) fn on_send(&mut self, event: &EventView<'_>) {
        if event.kind() == EventType::SOCKET_SEND_X {
            return;
        }
        if let Some(tuple) = event.sock_tuple(4) {
            self.infer_socket(&tuple);
            if event.i64(0).is_some_and(|res| res >= 0) {
                self.exchange(&tuple, Direction::Out);
            }
        }
    }

    pub(crate) fn on_recv(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let (tuple, control) = match event.kind() {
            EventType::SOCKET_RECVFROM_X => (2, None),
            EventType::SOCKET_RECVMSG_X => (3, Some(4)),
            EventType::SOCKET_RECVMMSG_X => (4, Some(5)),
            _ => return,
        };
        if let Some(tuple) = event.sock_tuple(tuple) {
            self.exchange(&tuple, Direction::In);
        }
        if let (Some(control), Some(lookup)) = (control.and_then(|index| event.buffer(index)), lookup) {
            self.take_passed_fds(control, *lookup);
        }
    }

    /// Data over a socket that nobody saw being made tells what it is; without a connection it is taken for UDP.
    fn infer_socket(&mut self, tuple: &SockTuple<'_>) {
        let Some(number) = self.current.fd.filter(|number| *number >= 0) else { return };
        let inet = matches!(tuple, SockTuple::Inet { .. } | SockTuple::Inet6 { .. });
        if self.current_fd().is_none()
            && inet
            && let Some((kind, _)) = connected(tuple, L4::Udp)
        {
            let mut fd = Fd::new(kind, self.interner.empty());
            fd.socket = unconnected(if kind == FdKind::Ipv4 { 2 } else { 10 }, L4::Udp).1;
            self.put_fd(number, fd, false);
        }
    }

    /// A message tells the ends of a socket that has no fixed ones.
    fn exchange(&mut self, tuple: &SockTuple<'_>, direction: Direction) {
        let Some(fd) = self.current_fd() else { return };
        if fd.is_tcp() && !fd.name.is_empty() {
            return;
        }
        let l4 = match fd.socket.l4() {
            L4::Unknown | L4::None => L4::Udp,
            known => known,
        };
        let (server, none) = (fd.is_role_server(), fd.is_role_none());
        let bound = matches!(fd.kind, FdKind::Ipv4Server | FdKind::Ipv6Server);
        let Some((kind, socket)) = connected(tuple, l4) else { return };
        let mut socket = complete(socket, &self.interfaces);
        if kind != FdKind::Unix {
            let server = if none { self.guess_server(&socket, direction) } else { server };
            // Out goes from here to there, in comes from there to here; the client always stands first.
            if server == (direction == Direction::Out) {
                socket = socket.swapped();
            }
            let role = if server { fd_bit::ROLE_SERVER } else { fd_bit::ROLE_CLIENT };
            // The first message of a bound socket does not make it count as connected.
            let connected = if bound { 0 } else { fd_bit::SOCKET_CONNECTED };
            self.set_current_fd_bits(0, role | connected);
        }
        self.take_tuple(kind, socket, tuple);
    }

    /// Whether this end of a socket is the server's: a port that the process has bound decides, else who speaks first.
    fn guess_server(&self, socket: &Socket, direction: Direction) -> bool {
        let Socket::Ipv4 { source, dest, .. } = socket else { return direction == Direction::In };
        let (here, there) = if direction == Direction::Out { (source.1, dest.1) } else { (dest.1, source.1) };
        if self.serves_port(there) {
            false
        } else if self.serves_port(here) {
            true
        } else {
            direction == Direction::In
        }
    }

    /// Whether the event's process has an IPv4 socket that serves this port.
    fn serves_port(&self, port: u16) -> bool {
        let owner = self.current.owner.and_then(|slot| self.threads.get(slot));
        owner.is_some_and(|owner| {
            owner.fds.iter().any(|(_, fd)| match fd.socket {
                Socket::Ipv4Server { addr, .. } => addr.1 == port,
                Socket::Ipv4 { dest, .. } => fd.is_role_server() && dest.1 == port,
                _ => false,
            })
        })
    }

    fn take_tuple(&mut self, kind: FdKind, socket: Socket, tuple: &SockTuple<'_>) {
        let mut name = std::mem::take(&mut self.scratch);
        let same = self.current_fd().is_some_and(|fd| fd.kind == kind && fd.socket == socket);
        if !same || kind == FdKind::Unix {
            if let Some(fd) = self.current_fd_mut() {
                fd.kind = kind;
                fd.socket = socket;
            }
            write_name(&socket, path_of(tuple), &mut name);
            self.rename_current_fd(&name);
        } else if self.current_fd().is_some_and(|fd| fd.name.is_empty()) {
            write_name(&socket, path_of(tuple), &mut name);
            self.rename_current_fd(&name);
        }
        self.scratch = name;
    }

    fn rename_current_fd(&mut self, name: &[u8]) {
        if self.current_fd().is_some_and(|fd| *fd.name != *name) {
            let name = self.interner.get(name);
            if let Some(fd) = self.current_fd_mut() {
                fd.name = name;
            }
            self.current.fd_name_changed = true;
        }
    }

    fn set_current_fd_bits(&mut self, clear: u32, set: u32) {
        if self.current_fd().is_some_and(|fd| (fd.bits & !clear) | set != fd.bits)
            && let Some(fd) = self.current_fd_mut()
        {
            fd.bits = (fd.bits & !clear) | set;
        }
    }

    /// Descriptors that came with a message (`SCM_RIGHTS`) are looked up: no event says what they are.
    fn take_passed_fds(&mut self, control: &[u8], lookup: &mut (dyn Lookup + '_)) {
        let Some(pid) = self.current_thread().map(|thread| thread.pid) else { return };
        let event_fd = self.current.fd;
        for number in passed_fds(control) {
            if let Some(entry) = lookup.fd(pid, number) {
                let fd = self.scanned_fd(&entry);
                let cloexec = fd.open_flags & open_flag::O_CLOEXEC != 0;
                self.put_shared_fd(number, Arc::new(fd), cloexec);
            }
        }
        self.current.fd = event_fd;
    }
}

/// A socket of this family before it has addresses.
fn unconnected(family: u32, l4: L4) -> (FdKind, Socket) {
    match family {
        1 => (FdKind::Unix, Socket::Unix { source: 0, dest: 0 }),
        2 => {
            let nowhere = (Ipv4Addr::UNSPECIFIED, 0);
            (FdKind::Ipv4, Socket::Ipv4 { source: nowhere, dest: nowhere, l4 })
        }
        10 => {
            let nowhere = (Ipv6Addr::UNSPECIFIED, 0);
            (FdKind::Ipv6, Socket::Ipv6 { source: nowhere, dest: nowhere, l4 })
        }
        16 => (FdKind::Netlink, Socket::None),
        _ => (FdKind::Unknown, Socket::None),
    }
}

/// Whether a socket that is known so has been connected to this since. Which end stands first does not matter, and of a
/// stream between processes only its first connection does: it has no other.
fn is_news(known: &Socket, tuple: &SockTuple<'_>) -> bool {
    match known {
        Socket::None => false,
        Socket::Unix { source, dest } => matches!(tuple, SockTuple::Unix { .. }) && (*source, *dest) == (0, 0),
        known => connected(tuple, known.l4())
            .is_some_and(|(kind, told)| kind != FdKind::Unix && told != *known && told.swapped() != *known),
    }
}

/// The two ends of a connect: the kernel's word, except where the kernel itself had the destination from the caller's
/// memory, which may have been changed since the call began; then what it was at the beginning.
fn connect_tuple<'a>(event: &EventView<'a>, entered: Option<SockAddr<'a>>) -> Option<SockTuple<'a>> {
    let Some(tuple) = event.sock_tuple(1) else { return entered.and_then(tuple_to) };
    let Some(entered) = entered else { return Some(tuple) };
    let same = event.sock_addr(3).is_some_and(|user| dest_of(&tuple) == Some(user));
    Some(if same { with_dest(tuple, entered) } else { tuple })
}

fn dest_of<'a>(tuple: &SockTuple<'a>) -> Option<SockAddr<'a>> {
    match *tuple {
        SockTuple::Inet { dest: (ip, port), .. } => Some(SockAddr::Inet(ip, port)),
        SockTuple::Inet6 { dest: (ip, port), .. } => Some(SockAddr::Inet6(ip, port)),
        SockTuple::Unix { path, .. } => Some(SockAddr::Unix(path)),
        SockTuple::Other(_) => None,
    }
}

fn with_dest<'a>(tuple: SockTuple<'a>, addr: SockAddr<'a>) -> SockTuple<'a> {
    match (tuple, addr) {
        (SockTuple::Inet { source, .. }, SockAddr::Inet(ip, port)) => SockTuple::Inet { source, dest: (ip, port) },
        (SockTuple::Inet6 { source, .. }, SockAddr::Inet6(ip, port)) => SockTuple::Inet6 { source, dest: (ip, port) },
        (SockTuple::Unix { source, dest, .. }, SockAddr::Unix(path)) => SockTuple::Unix { source, dest, path },
        (tuple, _) => tuple,
    }
}

fn tuple_to(addr: SockAddr<'_>) -> Option<SockTuple<'_>> {
    match addr {
        SockAddr::Inet(ip, port) => Some(SockTuple::Inet { source: (Ipv4Addr::UNSPECIFIED, 0), dest: (ip, port) }),
        SockAddr::Inet6(ip, port) => Some(SockTuple::Inet6 { source: (Ipv6Addr::UNSPECIFIED, 0), dest: (ip, port) }),
        SockAddr::Unix(path) => Some(SockTuple::Unix { source: 0, dest: 0, path }),
        SockAddr::Other(_) => None,
    }
}

/// Writes an address as it was passed to `bind`.
fn write_addr(addr: &SockAddr<'_>, out: &mut Vec<u8>) {
    out.clear();
    // Writing to a vector cannot fail.
    let _ = match addr {
        SockAddr::Inet(ip, port) => write!(out, "{ip}:{port}"),
        SockAddr::Inet6(ip, port) => write!(out, "{ip}:{port}"),
        SockAddr::Unix(path) => out.write_all(path),
        SockAddr::Other(_) => Ok(()),
    };
}

fn path_of<'a>(tuple: &SockTuple<'a>) -> &'a [u8] {
    match tuple {
        SockTuple::Unix { path, .. } => path,
        _ => b"",
    }
}

/// Descriptor numbers in control messages: each a header (length 8 bytes, level 4, type 4) and, for `SCM_RIGHTS`,
/// numbers of 4 bytes; the next begins at a multiple of 8.
fn passed_fds(mut control: &[u8]) -> Vec<i64> {
    const HEADER: usize = 16;
    const SOL_SOCKET: i32 = 1;
    const SCM_RIGHTS: i32 = 1;
    let mut found = Vec::new();
    while let Some(header) = control.first_chunk::<HEADER>() {
        let int = |at: usize| i32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let len = u64::from_ne_bytes([
            header[0], header[1], header[2], header[3], header[4], header[5], header[6], header[7],
        ]);
        let Some(len) = usize::try_from(len).ok().filter(|len| (HEADER..=control.len()).contains(len)) else { break };
        if int(8) == SOL_SOCKET && int(12) == SCM_RIGHTS {
            let numbers = control[HEADER..len].chunks_exact(4);
            found.extend(
                numbers.map(|number| i64::from(i32::from_ne_bytes([number[0], number[1], number[2], number[3]]))),
            );
        }
        control = control.get(len.next_multiple_of(8)..).unwrap_or_default();
    }
    found
}
