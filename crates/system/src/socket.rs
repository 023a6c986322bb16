//! Sockets: addresses out of events, and the names made of them.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use windhover_event::SockTuple;

use crate::fd::{Fd, FdKind, L4, Socket};
use crate::interface::Interfaces;

/// What an IPv6 address that stands for an IPv4 one stands for; the unspecified address stands for itself.
fn mapped(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    if ip.is_unspecified() { Some(Ipv4Addr::UNSPECIFIED) } else { ip.to_ipv4_mapped() }
}

/// The kind and addresses of a connected socket, IPv4 where both ends are (mapped) IPv4 addresses; `None` for families
/// that have no addresses here.
pub(crate) fn connected(tuple: &SockTuple<'_>, l4: L4) -> Option<(FdKind, Socket)> {
    match *tuple {
        SockTuple::Inet { source, dest } => Some((FdKind::Ipv4, Socket::Ipv4 { source, dest, l4 })),
        SockTuple::Inet6 { source, dest } => Some(match (mapped(source.0), mapped(dest.0)) {
            (Some(from), Some(to)) => (FdKind::Ipv4, Socket::Ipv4 { source: (from, source.1), dest: (to, dest.1), l4 }),
            _ => (FdKind::Ipv6, Socket::Ipv6 { source, dest, l4 }),
        }),
        SockTuple::Unix { source, dest, .. } => Some((FdKind::Unix, Socket::Unix { source, dest })),
        SockTuple::Other(_) => None,
    }
}

/// The kind and address of a bound socket.
pub(crate) fn bound_v6(ip: Ipv6Addr, port: u16, l4: L4) -> (FdKind, Socket) {
    match mapped(ip) {
        Some(ip) => (FdKind::Ipv4Server, Socket::Ipv4Server { addr: (ip, port), l4 }),
        None => (FdKind::Ipv6Server, Socket::Ipv6Server { addr: (ip, port), l4 }),
    }
}

/// An end that the kernel left unspecified becomes the host's address towards the other end.
pub(crate) fn complete(socket: Socket, interfaces: &Interfaces) -> Socket {
    match socket {
        Socket::Ipv4 { source, dest, l4 } if source.0.is_unspecified() => {
            Socket::Ipv4 { source: (interfaces.towards(dest.0).unwrap_or(source.0), source.1), dest, l4 }
        }
        Socket::Ipv4 { source, dest, l4 } if dest.0.is_unspecified() => {
            Socket::Ipv4 { source, dest: (interfaces.towards(source.0).unwrap_or(dest.0), dest.1), l4 }
        }
        Socket::Ipv6 { source, dest, l4 } if source.0.is_unspecified() => {
            Socket::Ipv6 { source: (interfaces.towards_v6(dest.0).unwrap_or(source.0), source.1), dest, l4 }
        }
        Socket::Ipv6 { source, dest, l4 } if dest.0.is_unspecified() => {
            Socket::Ipv6 { source, dest: (interfaces.towards_v6(source.0).unwrap_or(dest.0), dest.1), l4 }
        }
        other => other,
    }
}

/// Writes the name of a socket, `path` being a unix socket's.
pub(crate) fn write_name(socket: &Socket, path: &[u8], out: &mut Vec<u8>) {
    out.clear();
    // Writing to a vector cannot fail.
    let _ = match socket {
        Socket::None => Ok(()),
        Socket::Ipv4 { source, dest, l4: L4::Tcp | L4::Udp } => {
            write!(out, "{}:{}->{}:{}", source.0, source.1, dest.0, dest.1)
        }
        Socket::Ipv4 { source, dest, l4: L4::Icmp | L4::Raw } => write!(out, "{}->{}", source.0, dest.0),
        Socket::Ipv4 { l4: L4::None, .. } => write!(out, "<NA>"),
        Socket::Ipv4 { l4: L4::Unknown, .. } => write!(out, "<unknown>"),
        Socket::Ipv6 { source, dest, .. } => {
            write!(out, "{}:{}->{}:{}", source.0, source.1, dest.0, dest.1)
        }
        Socket::Ipv4Server { addr, .. } => write!(out, "{}:{}", addr.0, addr.1),
        Socket::Ipv6Server { addr, .. } => write!(out, "{}:{}", addr.0, addr.1),
        Socket::Unix { source, dest } => write!(out, "{source:x}->{dest:x} ").and_then(|()| out.write_all(path)),
    };
}

/// The transport protocol that `socket(2)` was asked for.
pub(crate) fn l4_of(kind: u32, protocol: u32) -> L4 {
    const STREAM: u32 = 1;
    const DGRAM: u32 = 2;
    const RAW: u32 = 3;
    match protocol {
        6 if kind == RAW => L4::Raw,
        6 => L4::Tcp,
        17 if kind == RAW => L4::Raw,
        17 => L4::Udp,
        1 if kind == RAW => L4::Raw,
        1 => L4::Icmp,
        0 => match kind & 0xff {
            STREAM => L4::Tcp,
            DGRAM => L4::Udp,
            _ => L4::Unknown,
        },
        255 => L4::Raw,
        _ => L4::Unknown,
    }
}

impl Fd {
    /// Whether this is a TCP socket with two ends.
    pub(crate) fn is_tcp(&self) -> bool {
        matches!(self.kind, FdKind::Ipv4 | FdKind::Ipv6) && self.socket.l4() == L4::Tcp
    }

    /// `fd.l4proto`: the transport protocol, known for a socket with two ends only once its role is (except raw ones).
    pub fn l4(&self) -> L4 {
        let l4 = self.socket.l4();
        let connected = matches!(self.kind, FdKind::Ipv4 | FdKind::Ipv6);
        if connected && l4 != L4::Raw && self.is_role_none() { L4::None } else { l4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_family_and_protocol() {
        let v4 = |l4| Socket::Ipv4 {
            source: (Ipv4Addr::new(10, 0, 0, 1), 40000),
            dest: (Ipv4Addr::new(10, 0, 0, 2), 443),
            l4,
        };
        let cases = [
            (v4(L4::Tcp), "10.0.0.1:40000->10.0.0.2:443"),
            (v4(L4::Icmp), "10.0.0.1->10.0.0.2"),
            (v4(L4::Unknown), "<unknown>"),
            (
                Socket::Ipv6 { source: (Ipv6Addr::LOCALHOST, 1), dest: (Ipv6Addr::LOCALHOST, 2), l4: L4::Udp },
                "::1:1->::1:2",
            ),
            (Socket::Ipv4Server { addr: (Ipv4Addr::UNSPECIFIED, 80), l4: L4::Tcp }, "0.0.0.0:80"),
            (Socket::Unix { source: 0xffff_8881, dest: 0 }, "ffff8881->0 /run/x"),
        ];
        for (socket, want) in cases {
            let mut name = b"old".to_vec();
            write_name(&socket, b"/run/x", &mut name);
            assert_eq!(String::from_utf8_lossy(&name), want);
        }
    }

    #[test]
    fn mapped_addresses_make_an_ipv4_socket_only_together() {
        let mapped = Ipv4Addr::new(127, 0, 0, 1).to_ipv6_mapped();
        let tuple = SockTuple::Inet6 { source: (mapped, 1), dest: (Ipv6Addr::UNSPECIFIED, 2) };
        assert_eq!(connected(&tuple, L4::Tcp).map(|(kind, _)| kind), Some(FdKind::Ipv4));
        let tuple = SockTuple::Inet6 { source: (mapped, 1), dest: (Ipv6Addr::LOCALHOST, 2) };
        assert_eq!(connected(&tuple, L4::Tcp).map(|(kind, _)| kind), Some(FdKind::Ipv6));
    }

    #[test]
    fn protocol_follows_from_what_socket_was_asked() {
        for (kind, protocol, want) in [
            (1, 0, L4::Tcp),
            (524_289, 0, L4::Tcp),
            (2, 17, L4::Udp),
            (3, 1, L4::Raw),
            (2, 1, L4::Icmp),
            (3, 0, L4::Unknown),
            (3, 255, L4::Raw),
            (1, 132, L4::Unknown),
        ] {
            assert_eq!(l4_of(kind, protocol), want, "{kind} {protocol}");
        }
    }
}
