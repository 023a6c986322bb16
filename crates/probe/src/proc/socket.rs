//! Sockets by inode, one table per network namespace.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use windhover_event::snapshot::{FdEntryKind, NamedFd};

/// Numbers of transport protocols in captures.
const L4_TCP: u8 = 2;
const L4_UDP: u8 = 3;
const L4_RAW: u8 = 5;

type Table = HashMap<u64, FdEntryKind>;

/// The tables read so far, by the namespace's name (`net:[…]`).
#[derive(Default)]
pub(super) struct Sockets {
    tables: HashMap<PathBuf, Table>,
}

impl Sockets {
    /// The socket with inode `ino` in the network namespace of a process.
    pub(super) fn find(&mut self, folder: &Path, ino: u64) -> Option<FdEntryKind> {
        let namespace = fs::read_link(folder.join("ns/net")).ok()?;
        self.tables.entry(namespace).or_insert_with(|| read_tables(&folder.join("net"))).get(&ino).cloned()
    }
}

fn read_tables(net: &Path) -> Table {
    let mut table = Table::new();
    let lines = |name: &str| fs::read_to_string(net.join(name)).unwrap_or_default();
    for (name, l4) in [("tcp", L4_TCP), ("udp", L4_UDP), ("raw", L4_RAW)] {
        table.extend(lines(name).lines().skip(1).filter_map(|line| parse_inet(line, l4, parse_v4)));
        let name = format!("{name}6");
        table.extend(lines(&name).lines().skip(1).filter_map(|line| parse_inet(line, l4, parse_v6)));
    }
    table.extend(lines("unix").lines().skip(1).filter_map(parse_unix));
    table.extend(lines("netlink").lines().skip(1).filter_map(parse_netlink));
    table
}

/// A line of `tcp`, `udp` or `raw`: number, local end, remote end, state, …, inode.
fn parse_inet(line: &str, l4: u8, ends: fn(&str, &str, u8) -> Option<FdEntryKind>) -> Option<(u64, FdEntryKind)> {
    let mut columns = line.split_ascii_whitespace();
    let (local, remote) = (columns.nth(1)?, columns.next()?);
    let ino = columns.nth(6)?.parse().ok()?;
    Some((ino, ends(local, remote, l4)?))
}

/// `ADDRESS:PORT` in hexadecimal; the address as the machine's 32-bit words.
fn split_end(end: &str) -> Option<(&str, u16)> {
    let (address, port) = end.split_once(':')?;
    Some((address, u16::from_str_radix(port, 16).ok()?))
}

fn word(hex: &str) -> Option<[u8; 4]> {
    u32::from_str_radix(hex, 16).ok().map(u32::to_ne_bytes)
}

fn parse_v4(local: &str, remote: &str, l4: u8) -> Option<FdEntryKind> {
    let end = |text| {
        let (address, port) = split_end(text)?;
        Some((Ipv4Addr::from(word(address)?), port))
    };
    let (source, dest) = (end(local)?, end(remote)?);
    Some(if dest.0.is_unspecified() {
        FdEntryKind::Ipv4Server { addr: source, l4 }
    } else {
        FdEntryKind::Ipv4 { source, dest, l4 }
    })
}

fn parse_v6(local: &str, remote: &str, l4: u8) -> Option<FdEntryKind> {
    let end = |text| {
        let (address, port) = split_end(text)?;
        let mut bytes = [0; 16];
        for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
            chunk.copy_from_slice(&word(address.get(index * 8..index * 8 + 8)?)?);
        }
        Some((Ipv6Addr::from(bytes), port))
    };
    let (source, dest) = (end(local)?, end(remote)?);
    Some(if dest.0.is_unspecified() {
        FdEntryKind::Ipv6Server { addr: source, l4 }
    } else {
        FdEntryKind::Ipv6 { source, dest, l4 }
    })
}

/// `ADDRESS: references protocol flags type state inode [path]`. The kernel may hide the address as zeroes.
fn parse_unix(line: &str) -> Option<(u64, FdEntryKind)> {
    let (address, rest) = line.split_once(':')?;
    let mut columns = rest.split_ascii_whitespace();
    let ino = columns.nth(5)?.parse().ok()?;
    let name = columns.next().unwrap_or_default().as_bytes().to_vec();
    let source = u64::from_str_radix(address.trim(), 16).unwrap_or(0);
    Some((ino, FdEntryKind::Unix { source, dest: 0, name }))
}

/// The inode is the last column.
fn parse_netlink(line: &str) -> Option<(u64, FdEntryKind)> {
    let ino = line.split_ascii_whitespace().nth(9)?.parse().ok()?;
    Some((ino, FdEntryKind::Named { kind: NamedFd::Netlink, name: Vec::new() }))
}

#[cfg(test)]
#[cfg(target_endian = "little")]
mod tests {
    use super::*;

    #[test]
    fn lines_become_sockets() {
        let listening =
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 7777 1 0 100";
        let localhost = Ipv4Addr::LOCALHOST;
        assert_eq!(
            parse_inet(listening, L4_TCP, parse_v4),
            Some((7777, FdEntryKind::Ipv4Server { addr: (localhost, 8080), l4: 2 }))
        );
        let connected =
            "   1: 0100007F:1F90 0100007F:D3C2 01 00000000:00000000 00:00000000 00000000     0        0 8888 1 0";
        assert_eq!(
            parse_inet(connected, L4_TCP, parse_v4),
            Some((8888, FdEntryKind::Ipv4 { source: (localhost, 8080), dest: (localhost, 54210), l4: 2 }))
        );
        let v6 = "   0: 00000000000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 \
                  00:00000000 00000000     0        0 9 1 0";
        assert_eq!(
            parse_inet(v6, L4_TCP, parse_v6),
            Some((9, FdEntryKind::Ipv6Server { addr: (Ipv6Addr::LOCALHOST, 22), l4: 2 }))
        );
        let unix = "ffff888100000000: 00000002 00000000 00010000 0001 01 12345 /run/x.sock";
        let expected = FdEntryKind::Unix { source: 0xffff_8881_0000_0000, dest: 0, name: b"/run/x.sock".to_vec() };
        assert_eq!(parse_unix(unix), Some((12345, expected)));
        let netlink = "0000000000000000 0   4195 00000113 0        0        0     2        0        54321";
        assert!(matches!(parse_netlink(netlink), Some((54321, _))));
    }

    #[test]
    fn nonsense_is_no_socket() {
        for line in ["", "0:", "0: zz:1 0:0 0 0 0 0 0 0", "0: 0100007F:1F90 0100007F 0 0 0 0 0 x"] {
            assert_eq!(parse_inet(line, L4_TCP, parse_v4), None, "{line}");
            assert_eq!(parse_inet(line, L4_TCP, parse_v6), None, "{line}");
        }
        for line in ["", "no colon", "ffff: 1 2 3 4 5", "ffff: 1 2 3 4 5 x"] {
            assert_eq!(parse_unix(line), None, "{line}");
        }
    }
}
