//! Deeds with sockets.

use std::net::Ipv4Addr;

use crate::deed::{Deeds, Param, Shared, any, at, at_mut, bytes, call, empty, int, s64, shared, u8, u32};

const INET: usize = libc::AF_INET as usize;
const INET6: usize = libc::AF_INET6 as usize;
const UNIX: usize = libc::AF_UNIX as usize;
const STREAM: usize = libc::SOCK_STREAM as usize;
const DATAGRAM: usize = libc::SOCK_DGRAM as usize;

fn v4(port: u16) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(Ipv4Addr::LOCALHOST).to_be() },
        sin_zero: [0; 8],
    }
}

fn v6(port: u16) -> libc::sockaddr_in6 {
    let mut address = [0; 16];
    address[15] = 1;
    libc::sockaddr_in6 {
        sin6_family: libc::AF_INET6 as u16,
        sin6_port: port.to_be(),
        sin6_flowinfo: 0,
        sin6_addr: libc::in6_addr { s6_addr: address },
        sin6_scope_id: 0,
    }
}

fn unix(name: &[u8]) -> (libc::sockaddr_un, usize) {
    let mut address = libc::sockaddr_un { sun_family: libc::AF_UNIX as u16, sun_path: [0; 108] };
    for (to, from) in address.sun_path.iter_mut().zip(name) {
        *to = *from as libc::c_char;
    }
    (address, 2 + name.len())
}

/// An address as events have it.
fn address(port: u16) -> Param {
    bytes(&[&[2, 127, 0, 0, 1][..], &port.to_le_bytes()].concat())
}

fn tuple(source: u16, dest: u16) -> Param {
    bytes(&[&[2, 127, 0, 0, 1][..], &source.to_le_bytes(), &[127, 0, 0, 1], &dest.to_le_bytes()].concat())
}

fn tuple6(source: u16, dest: u16) -> Param {
    let mut local = [0; 16];
    local[15] = 1;
    bytes(&[&[10][..], &local, &source.to_le_bytes(), &local, &dest.to_le_bytes()].concat())
}

/// The port that the kernel gave a socket.
fn port(fd: i64) -> u16 {
    let mut address = [0u16; 14];
    let mut size = 28u32;
    call("getsockname", &[fd as usize, at_mut(&mut address), at_mut(&mut size)]);
    u16::from_be(address[1])
}

fn close(fd: i64) {
    call("close", &[fd as usize]);
}

pub fn deeds(deeds: &mut Deeds) {
    streams(deeds);
    streams6(deeds);
    datagrams(deeds);
    unix_sockets(deeds);
    options(deeds);
    failures(deeds);
}

fn streams(deeds: &mut Deeds) {
    let kind = STREAM | libc::SOCK_CLOEXEC as usize | libc::SOCK_NONBLOCK as usize;
    let extra = deeds.call("socket", &[INET, kind, 6], &[u32(2), u32(kind as u32), u32(6), u32(0x1040)]);
    close(extra);
    let listener = call("socket", &[INET, STREAM, 0]);
    deeds.call("bind", &[listener as usize, at(&v4(0)), 16], &[address(0), s64(listener)]);
    deeds.call("listen", &[listener as usize, 7], &[s64(listener), u32(7)]);
    let server = port(listener);
    for accept in ["accept", "accept4"] {
        let client = call("socket", &[INET, STREAM, 0]);
        deeds.call_with("connect", &[client as usize, at(&v4(server)), 16], |result| {
            vec![s64(result), tuple(port(client), server), s64(client), address(server)]
        });
        let from = port(client);
        let flags = libc::SOCK_CLOEXEC as usize;
        let taken = deeds.call_with(accept, &[listener as usize, 0, 0, flags], |fd| {
            let mut params = vec![s64(fd), tuple(from, server), u8(0), u32(0), u32(7)];
            if accept == "accept4" {
                params.push(u32(0x1000));
            }
            params
        });
        talk(deeds, client, taken, from, server);
        deeds.call("shutdown", &[client as usize, 1], &[s64(client), u8(1)]);
        close(client);
        close(taken);
    }
    close(listener);
}

/// Each way to send and receive once, over a connection.
fn talk(deeds: &mut Deeds, client: i64, server: i64, from: u16, to: u16) {
    let (here, there) = (client as usize, server as usize);
    let (out, back) = (tuple(from, to), tuple(from, to));
    deeds.call("sendto", &[here, at(b"hello"), 5, 0, 0, 0], &[bytes(b"hello"), s64(client), u32(5), out.clone()]);
    let mut buffer = [0u8; 64];
    deeds.call(
        "recvfrom",
        &[there, at_mut(&mut buffer), 64, 0, 0, 0],
        &[bytes(b"hello"), back.clone(), s64(server), u32(64)],
    );
    let parts: [(usize, usize); 2] = [(at(b"ab"), 2), (at(b"cde"), 3)];
    let message = Message::new(&parts);
    deeds.call("sendmsg", &[here, at(&message), 0], &[bytes(b"abcde"), s64(client), u32(5), out]);
    let into: [(usize, usize); 1] = [(at_mut(&mut buffer), 64)];
    let message = Message::new(&into);
    deeds.call("recvmsg", &[there, at(&message), 0], &[u32(5), bytes(b"abcde"), back, empty(), s64(server)]);
    let mut name = [0u16; 14];
    let mut size = 28u32;
    deeds.call_with("getsockname", &[here, at_mut(&mut name), at_mut(&mut size)], |_| vec![]);
    deeds.call_with("getpeername", &[here, at_mut(&mut name), at_mut(&mut size)], |_| vec![]);
}

#[repr(C)]
struct Message {
    name: usize,
    name_length: u32,
    parts: usize,
    count: usize,
    control: usize,
    control_length: usize,
    flags: u32,
    /// Of a batch: the bytes that went.
    bytes: u32,
    pad: u32,
}

impl Message {
    fn new(parts: &[(usize, usize)]) -> Self {
        let (count, parts) = (parts.len(), at(parts));
        Self { name: 0, name_length: 0, parts, count, control: 0, control_length: 0, flags: 0, bytes: 0, pad: 0 }
    }
}

fn streams6(deeds: &mut Deeds) {
    let listener = call("socket", &[INET6, STREAM, 0]);
    if listener < 0 || call("bind", &[listener as usize, at(&v6(0)), 28]) < 0 {
        return;
    }
    call("listen", &[listener as usize, 1]);
    let server = port(listener);
    let client = call("socket", &[INET6, STREAM, 0]);
    let mut loopback = [0; 16];
    loopback[15] = 1;
    let passed = bytes(&[&[10][..], &loopback, &server.to_le_bytes()].concat());
    deeds.call_with("connect", &[client as usize, at(&v6(server)), 28], |result| {
        vec![s64(result), tuple6(port(client), server), s64(client), passed]
    });
    let from = port(client);
    let taken = deeds.call_with("accept4", &[listener as usize, 0, 0, 0], |fd| {
        vec![s64(fd), tuple6(from, server), u8(0), u32(0), u32(1), u32(0)]
    });
    [listener, client, taken].into_iter().for_each(close);
}

fn datagrams(deeds: &mut Deeds) {
    let receiver = call("socket", &[INET, DATAGRAM, 0]);
    call("bind", &[receiver as usize, at(&v4(0)), 16]);
    let to = port(receiver);
    let sender = call("socket", &[INET, DATAGRAM, 0]);
    call("bind", &[sender as usize, at(&v4(0)), 16]);
    let from = port(sender);
    deeds.call(
        "sendto",
        &[sender as usize, at(b"dg"), 2, 0, at(&v4(to)), 16],
        &[bytes(b"dg"), s64(sender), u32(2), tuple(from, to)],
    );
    let mut buffer = [0u8; 64];
    let mut name = [0u16; 8];
    let mut size = 16u32;
    let arguments = [receiver as usize, at_mut(&mut buffer), 64, 0, at_mut(&mut name), at_mut(&mut size)];
    deeds.call("recvfrom", &arguments, &[bytes(b"dg"), tuple(from, to), s64(receiver), u32(64)]);
    batches(deeds, (sender, from), (receiver, to));
    close(sender);
    close(receiver);
}

fn batches(deeds: &mut Deeds, (sender, from): (i64, u16), (receiver, to): (i64, u16)) {
    let target = v4(to);
    let parts: [[(usize, usize); 1]; 2] = [[(at(b"m1"), 2)], [(at(b"m22"), 3)]];
    let mut messages = parts.each_ref().map(|parts| Message::new(parts));
    for message in &mut messages {
        message.name = at(&target);
        message.name_length = 16;
    }
    let one =
        |data: &[u8]| vec![s64(data.len() as i64), s64(sender), u32(data.len() as u32), bytes(data), tuple(from, to)];
    deeds.call_with("sendmmsg", &[sender as usize, at_mut(&mut messages), 2, 0], |_| one(b"m1"));
    deeds.expect(51, one(b"m22"));
    let mut buffers = [[0u8; 16]; 2];
    let mut names = [[0u16; 8]; 2];
    let parts: [[(usize, usize); 1]; 2] = [[(at_mut(&mut buffers[0]), 16)], [(at_mut(&mut buffers[1]), 16)]];
    let mut messages = parts.each_ref().map(|parts| Message::new(parts));
    for (message, name) in messages.iter_mut().zip(&mut names) {
        message.name = at_mut(name);
        message.name_length = 16;
    }
    let one = |data: &[u8]| {
        let size = data.len();
        vec![s64(size as i64), s64(receiver), u32(size as u32), bytes(data), tuple(from, to), empty()]
    };
    deeds.call_with("recvmmsg", &[receiver as usize, at_mut(&mut messages), 2, 0, 0], |_| one(b"m1"));
    deeds.expect(55, one(b"m22"));
}

fn unix_sockets(deeds: &mut Deeds) {
    let ends = Shared::new([0i32; 2]);
    deeds.call_with("socketpair", &[UNIX, STREAM, 0, shared(&ends)], |result| {
        let ends = ends.get();
        vec![s64(result), s64(ends[0].into()), s64(ends[1].into()), any(), any(), u32(1), u32(1), u32(0)]
    });
    ends.get().into_iter().for_each(|end| close(end.into()));
    for (name, told) in [(&b"own.socket\0"[..], &b"own.socket\0"[..]), (b"\0hidden", b"hidden\0")] {
        let listener = call("socket", &[UNIX, STREAM, 0]);
        let (target, size) = unix(name);
        let passed = bytes(&[&[1], told].concat());
        deeds.call("bind", &[listener as usize, at(&target), size], &[passed.clone(), s64(listener)]);
        call("listen", &[listener as usize, 2]);
        let client = call("socket", &[UNIX, STREAM, 0]);
        deeds.call("connect", &[client as usize, at(&target), size], &[any(), s64(client), passed]);
        let taken = deeds.call("accept4", &[listener as usize, 0, 0, 0], &[any(), u8(0), u32(0), u32(2), u32(0)]);
        [client, taken, listener].into_iter().for_each(close);
    }
    let lonely = call("socket", &[UNIX, DATAGRAM, 0]);
    let (nowhere, size) = unix(b"/nonexistent\0");
    deeds.call(
        "sendto",
        &[lonely as usize, at(b"x"), 1, 0, at(&nowhere), size],
        &[bytes(b"x"), s64(lonely), u32(1), empty()],
    );
    close(lonely);
}

fn options(deeds: &mut Deeds) {
    let fd = call("socket", &[INET, STREAM, 0]);
    let socket = fd as usize;
    let number = |value: u32| bytes(&[&[2][..], &value.to_le_bytes()].concat());
    let one = 1u32;
    deeds.call("setsockopt", &[socket, 1, 2, at(&one), 4], &[s64(fd), u8(1), u8(2), number(1), u32(4)]);
    let time = [1i64, 500_000];
    let told = bytes(&[&[4][..], &1_500_000_000u64.to_le_bytes()].concat());
    deeds.call("setsockopt", &[socket, 1, 20, at(&time), 16], &[s64(fd), u8(1), u8(20), told, u32(16)]);
    deeds.call("setsockopt", &[socket, 6, 1, at(&one), 4], &[s64(fd), u8(2), u8(0), bytes(&[0, 1, 0, 0, 0]), u32(4)]);
    let mut value = 0u32;
    let mut size = 4u32;
    deeds.call(
        "getsockopt",
        &[socket, 1, 3, at_mut(&mut value), at_mut(&mut size)],
        &[s64(fd), u8(1), u8(3), number(1), u32(4)],
    );
    let no_error = bytes(&[&[1][..], &0u64.to_le_bytes()].concat());
    deeds.call(
        "getsockopt",
        &[socket, 1, 4, at_mut(&mut value), at_mut(&mut size)],
        &[s64(fd), u8(1), u8(4), no_error, u32(4)],
    );
    close(fd);
}

fn failures(deeds: &mut Deeds) {
    deeds.call("connect", &[999, at(&v4(9)), 16], &[empty(), s64(999), address(9)]);
    deeds.call("accept", &[999, 0, 0], &[empty(), u8(0), u32(0), u32(0)]);
    let mut ends = [7i32; 2];
    deeds.call(
        "socketpair",
        &[INET, STREAM, 0, at_mut(&mut ends)],
        &[s64(-1), s64(-1), any(), any(), u32(2), u32(1), u32(0)],
    );
    deeds.call("sendmmsg", &[999, 0, 1, 0], &[s64(999), u32(0), empty(), empty()]);
    deeds.call("recvmmsg", &[999, 0, 1, 0, 0], &[s64(999), u32(0), empty(), empty(), empty()]);
    deeds.call("shutdown", &[999, 9], &[s64(999), u8(255)]);
    deeds.call("recvfrom", &[int(-1), 0, 3, 0, 0, 0], &[empty(), empty(), s64(-1), u32(3)]);
}
