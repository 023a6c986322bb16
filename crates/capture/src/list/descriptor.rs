//! The list of open file descriptors, one block per thread.

use std::net::{Ipv4Addr, Ipv6Addr};

use windhover_event::snapshot::{FdEntry, FdEntryKind, NamedFd};

use super::has_entry;
use crate::cursor::{Cursor, put_entry, put_string};
use crate::error::{ReadCaptureError, ReadCaptureReason};

const IPV4_SOCKET: u8 = 3;
const IPV6_SOCKET: u8 = 4;
const IPV4_SERVER: u8 = 5;
const IPV6_SERVER: u8 = 6;
const UNIX_SOCKET: u8 = 8;
const FILE: u8 = 16;
/// Longest name on disk (the reference refuses more).
const MAX_NAME: usize = 1023;

const NAMED: [NamedFd; 15] = [
    NamedFd::FileV1,
    NamedFd::Directory,
    NamedFd::Fifo,
    NamedFd::Event,
    NamedFd::Unsupported,
    NamedFd::Signal,
    NamedFd::EventPoll,
    NamedFd::Inotify,
    NamedFd::Timer,
    NamedFd::Netlink,
    NamedFd::Bpf,
    NamedFd::Userfault,
    NamedFd::IoUring,
    NamedFd::Mem,
    NamedFd::Pid,
];

/// Gives the thread's id and the cursor that stands at the first entry.
pub(crate) fn read_thread(mut body: Cursor<'_>) -> Result<(i64, Cursor<'_>), ReadCaptureError> {
    let tid = body.i64("thread id of a descriptor list")?;
    Ok((tid, body))
}

/// Gives the next entry, `None` at the list's end.
pub(crate) fn read_next(body: &mut Cursor<'_>, sized: bool) -> Result<Option<FdEntry>, ReadCaptureError> {
    if !has_entry(body) {
        return Ok(None);
    }
    if sized {
        let entry = &mut body.entry(true, "descriptor")?;
        read_entry(entry, true).map(Some)
    } else {
        read_entry(body, false).map(Some)
    }
}

fn read_entry(entry: &mut Cursor<'_>, sized: bool) -> Result<FdEntry, ReadCaptureError> {
    let fd = entry.i64("descriptor number")?;
    let ino = entry.u64("inode number")?;
    let start = entry.offset();
    let number = entry.u8("descriptor type")?;
    let kind = match number {
        IPV4_SOCKET => {
            let (source, dest) = (ipv4(entry)?, ipv4(entry)?);
            let ports = (entry.u16("source port")?, entry.u16("destination port")?);
            FdEntryKind::Ipv4 { source: (source, ports.0), dest: (dest, ports.1), l4: entry.u8("protocol")? }
        }
        IPV6_SOCKET => {
            let (source, dest) = (ipv6(entry)?, ipv6(entry)?);
            let ports = (entry.u16("source port")?, entry.u16("destination port")?);
            FdEntryKind::Ipv6 { source: (source, ports.0), dest: (dest, ports.1), l4: entry.u8("protocol")? }
        }
        IPV4_SERVER => FdEntryKind::Ipv4Server { addr: (ipv4(entry)?, entry.u16("port")?), l4: entry.u8("protocol")? },
        IPV6_SERVER => FdEntryKind::Ipv6Server { addr: (ipv6(entry)?, entry.u16("port")?), l4: entry.u8("protocol")? },
        UNIX_SOCKET => FdEntryKind::Unix {
            source: entry.u64("source address")?,
            dest: entry.u64("destination address")?,
            name: entry.string(MAX_NAME, "socket path")?,
        },
        FILE => {
            let flags = entry.u32("open flags")?;
            let name = entry.string(MAX_NAME, "file name")?;
            let dev = if sized && entry.remaining() >= 4 { entry.u32("device number")? } else { 0 };
            FdEntryKind::File { name, flags, dev }
        }
        _ => match NAMED.into_iter().find(|&kind| kind as u8 == number) {
            Some(kind) => FdEntryKind::Named { kind, name: entry.string(MAX_NAME, "descriptor name")? },
            None if sized => {
                let name = format!("unknown-type:[{number}]").into_bytes();
                FdEntryKind::Named { kind: NamedFd::Unsupported, name }
            }
            None => {
                return Err(ReadCaptureReason::UnknownKind { what: "descriptor type", number: number.into() }.at(start));
            }
        },
    };
    Ok(FdEntry { fd, ino, kind })
}

fn ipv4(entry: &mut Cursor<'_>) -> Result<Ipv4Addr, ReadCaptureError> {
    Ok(Ipv4Addr::from(entry.array::<4>("IPv4 address")?))
}

fn ipv6(entry: &mut Cursor<'_>) -> Result<Ipv6Addr, ReadCaptureError> {
    Ok(Ipv6Addr::from(entry.array::<16>("IPv6 address")?))
}

pub(crate) fn write(tid: i64, fds: &[FdEntry], out: &mut Vec<u8>) {
    out.extend_from_slice(&tid.to_le_bytes());
    for fd in fds {
        put_entry(out, true, |out| {
            out.extend_from_slice(&fd.fd.to_le_bytes());
            out.extend_from_slice(&fd.ino.to_le_bytes());
            put_kind(out, &fd.kind);
        });
    }
}

fn put_kind(out: &mut Vec<u8>, kind: &FdEntryKind) {
    match kind {
        FdEntryKind::File { name, flags, dev } => {
            out.push(FILE);
            out.extend_from_slice(&flags.to_le_bytes());
            put_string(out, name, MAX_NAME);
            out.extend_from_slice(&dev.to_le_bytes());
        }
        FdEntryKind::Named { kind, name } => {
            out.push(*kind as u8);
            put_string(out, name, MAX_NAME);
        }
        FdEntryKind::Ipv4 { source, dest, l4 } => {
            out.push(IPV4_SOCKET);
            out.extend_from_slice([source.0, dest.0].map(|addr| addr.octets()).as_flattened());
            put_ports(out, source.1, dest.1, *l4);
        }
        FdEntryKind::Ipv6 { source, dest, l4 } => {
            out.push(IPV6_SOCKET);
            out.extend_from_slice([source.0, dest.0].map(|addr| addr.octets()).as_flattened());
            put_ports(out, source.1, dest.1, *l4);
        }
        FdEntryKind::Ipv4Server { addr, l4 } => {
            out.push(IPV4_SERVER);
            out.extend_from_slice(&addr.0.octets());
            out.extend_from_slice(&addr.1.to_le_bytes());
            out.push(*l4);
        }
        FdEntryKind::Ipv6Server { addr, l4 } => {
            out.push(IPV6_SERVER);
            out.extend_from_slice(&addr.0.octets());
            out.extend_from_slice(&addr.1.to_le_bytes());
            out.push(*l4);
        }
        FdEntryKind::Unix { source, dest, name } => {
            out.push(UNIX_SOCKET);
            out.extend_from_slice(&source.to_le_bytes());
            out.extend_from_slice(&dest.to_le_bytes());
            put_string(out, name, MAX_NAME);
        }
    }
}

fn put_ports(out: &mut Vec<u8>, source: u16, dest: u16, l4: u8) {
    out.extend_from_slice(&source.to_le_bytes());
    out.extend_from_slice(&dest.to_le_bytes());
    out.push(l4);
}
