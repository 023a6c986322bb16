//! The interface list.

use std::net::{Ipv4Addr, Ipv6Addr};

use windhover_event::snapshot::InterfaceEntry;

use super::has_entry;
use crate::cursor::{Cursor, put_entry};
use crate::error::{ReadCaptureError, ReadCaptureReason};

const IPV4: u16 = 1;
const IPV6: u16 = 2;
const IPV4_NO_SPEED: u16 = 3;
const IPV6_NO_SPEED: u16 = 4;
/// Longest name on disk (the reference refuses more).
const MAX_NAME: usize = 1023;

pub(crate) fn read(mut body: Cursor<'_>, sized: bool) -> Result<Vec<InterfaceEntry>, ReadCaptureError> {
    let mut entries = Vec::new();
    while has_entry(&body) {
        if sized {
            let entry = &mut body.entry(false, "interface")?;
            entries.extend(read_entry(entry, true)?);
        } else {
            entries.extend(read_entry(&mut body, false)?);
        }
    }
    Ok(entries)
}

/// `None` for a kind that is unknown in a list whose entries can be skipped.
fn read_entry(entry: &mut Cursor<'_>, sized: bool) -> Result<Option<InterfaceEntry>, ReadCaptureError> {
    let start = entry.offset();
    let kind = entry.u16("interface type")?;
    let length = usize::from(entry.u16("interface name length")?);
    if length > MAX_NAME {
        return Err(ReadCaptureReason::LongString { what: "interface name", length, most: MAX_NAME }.at(start));
    }
    let read = match kind {
        IPV4 | IPV4_NO_SPEED => {
            let (addr, netmask, broadcast) = (ipv4(entry)?, ipv4(entry)?, ipv4(entry)?);
            let link_speed = if kind == IPV4 { entry.u64("link speed")? } else { 0 };
            let name = entry.take(length, "interface name")?.to_vec();
            InterfaceEntry::V4 { name, addr, netmask, broadcast, link_speed }
        }
        IPV6 | IPV6_NO_SPEED => {
            let (addr, netmask, broadcast) = (ipv6(entry)?, ipv6(entry)?, ipv6(entry)?);
            let link_speed = if kind == IPV6 { entry.u64("link speed")? } else { 0 };
            let name = entry.take(length, "interface name")?.to_vec();
            InterfaceEntry::V6 { name, addr, netmask, broadcast, link_speed }
        }
        _ if sized => return Ok(None),
        _ => return Err(ReadCaptureReason::UnknownKind { what: "interface type", number: kind.into() }.at(start)),
    };
    Ok(Some(read))
}

fn ipv4(entry: &mut Cursor<'_>) -> Result<Ipv4Addr, ReadCaptureError> {
    Ok(Ipv4Addr::from(entry.array::<4>("IPv4 address")?))
}

fn ipv6(entry: &mut Cursor<'_>) -> Result<Ipv6Addr, ReadCaptureError> {
    Ok(Ipv6Addr::from(entry.array::<16>("IPv6 address")?))
}

pub(crate) fn write(entries: &[InterfaceEntry], out: &mut Vec<u8>) {
    for entry in entries {
        put_entry(out, false, |out| match entry {
            InterfaceEntry::V4 { name, addr, netmask, broadcast, link_speed } => {
                let addresses = [addr, netmask, broadcast].map(|addr| addr.octets());
                put_interface(out, IPV4, name, addresses.as_flattened(), *link_speed);
            }
            InterfaceEntry::V6 { name, addr, netmask, broadcast, link_speed } => {
                let addresses = [addr, netmask, broadcast].map(|addr| addr.octets());
                put_interface(out, IPV6, name, addresses.as_flattened(), *link_speed);
            }
        });
    }
}

fn put_interface(out: &mut Vec<u8>, kind: u16, name: &[u8], addresses: &[u8], link_speed: u64) {
    let name = &name[..name.len().min(MAX_NAME)];
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&(name.len() as u16).to_le_bytes());
    out.extend_from_slice(addresses);
    out.extend_from_slice(&link_speed.to_le_bytes());
    out.extend_from_slice(name);
}
