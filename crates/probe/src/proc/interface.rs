//! Addresses of network interfaces.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ptr;

use windhover_event::snapshot::InterfaceEntry;

/// The addresses of all interfaces of our network namespace.
pub(super) fn all() -> Vec<InterfaceEntry> {
    let mut list: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: `list` is a valid place for the pointer to the list that the call makes.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Vec::new();
    }
    let mut interfaces = Vec::new();
    let mut at = list;
    // SAFETY: the list is valid until it is freed, and ends with a null pointer.
    while let Some(entry) = unsafe { at.as_ref() } {
        interfaces.extend(convert(entry));
        at = entry.ifa_next;
    }
    // SAFETY: `list` came from getifaddrs and is freed once; nothing borrows from it any more.
    unsafe { libc::freeifaddrs(list) };
    interfaces
}

fn convert(entry: &libc::ifaddrs) -> Option<InterfaceEntry> {
    // SAFETY: getifaddrs gives each entry a NUL-terminated name that lives as long as the list.
    let name = unsafe { CStr::from_ptr(entry.ifa_name) }.to_bytes().to_vec();
    // SAFETY: an address is null or points to at least its family.
    let family = i32::from(unsafe { entry.ifa_addr.as_ref() }?.sa_family);
    match family {
        libc::AF_INET => Some(InterfaceEntry::V4 {
            name,
            addr: v4(entry.ifa_addr)?,
            netmask: v4(entry.ifa_netmask).unwrap_or(Ipv4Addr::UNSPECIFIED),
            broadcast: v4(entry.ifa_ifu).unwrap_or(Ipv4Addr::UNSPECIFIED),
            link_speed: 0,
        }),
        libc::AF_INET6 => Some(InterfaceEntry::V6 {
            name,
            addr: v6(entry.ifa_addr)?,
            netmask: v6(entry.ifa_netmask).unwrap_or(Ipv6Addr::UNSPECIFIED),
            broadcast: Ipv6Addr::UNSPECIFIED,
            link_speed: 0,
        }),
        _ => None,
    }
}

fn v4(address: *const libc::sockaddr) -> Option<Ipv4Addr> {
    // SAFETY: getifaddrs gives null or a whole address of the entry's family, which is IPv4 here.
    let address = unsafe { address.cast::<libc::sockaddr_in>().as_ref() }?;
    Some(Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes()))
}

fn v6(address: *const libc::sockaddr) -> Option<Ipv6Addr> {
    // SAFETY: getifaddrs gives null or a whole address of the entry's family, which is IPv6 here.
    let address = unsafe { address.cast::<libc::sockaddr_in6>().as_ref() }?;
    Some(Ipv6Addr::from(address.sin6_addr.s6_addr))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_interface_is_found() {
        let loopback = |interface: &InterfaceEntry| {
            matches!(interface, InterfaceEntry::V4 { addr, netmask, .. }
                if addr.is_loopback() && *netmask == Ipv4Addr::new(255, 0, 0, 0))
        };
        assert!(all().iter().any(loopback));
    }
}
