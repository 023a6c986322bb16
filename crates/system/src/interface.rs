//! The host's network addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use windhover_event::snapshot::InterfaceEntry;

/// Addresses of the host's network interfaces.
#[derive(Clone, Debug, Default)]
pub struct Interfaces {
    v4: Vec<(Ipv4Addr, Ipv4Addr)>,
    v6: Vec<Ipv6Addr>,
    entries: Vec<InterfaceEntry>,
}

impl Interfaces {
    pub(crate) fn new(entries: &[InterfaceEntry]) -> Self {
        let mut this = Self { entries: entries.to_vec(), ..Self::default() };
        for entry in entries {
            match entry {
                InterfaceEntry::V4 { addr, netmask, .. } => this.v4.push((*addr, *netmask)),
                InterfaceEntry::V6 { addr, .. } => this.v6.push(*addr),
            }
        }
        this
    }

    /// The interfaces as they were found.
    pub fn entries(&self) -> &[InterfaceEntry] {
        &self.entries
    }

    /// Whether `ip` is an address of this host. Two IPv6 addresses count as the same when their first 64 bits are, as
    /// in the reference.
    pub fn is_local(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.v4.iter().any(|(addr, _)| *addr == ip),
            IpAddr::V6(ip) => self.v6.iter().any(|addr| addr.octets()[..8] == ip.octets()[..8]),
        }
    }

    /// The address that this host would use towards `peer`: that of the first interface in the same network, or the first
    /// that is not the loopback's.
    pub(crate) fn towards(&self, peer: Ipv4Addr) -> Option<Ipv4Addr> {
        let net = |addr: Ipv4Addr, mask: Ipv4Addr| addr.to_bits() & mask.to_bits();
        let same = self.v4.iter().find(|(addr, mask)| net(*addr, *mask) == net(peer, *mask));
        let first = || self.v4.iter().find(|(addr, _)| *addr != Ipv4Addr::LOCALHOST);
        same.or_else(first).map(|(addr, _)| *addr)
    }

    /// The same for IPv6, where a network is the first 64 bits.
    pub(crate) fn towards_v6(&self, peer: Ipv6Addr) -> Option<Ipv6Addr> {
        let same = self.v6.iter().find(|addr| addr.octets()[..8] == peer.octets()[..8]);
        let first = || self.v6.iter().find(|addr| !addr.is_loopback());
        same.or_else(first).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(addr: [u8; 4]) -> InterfaceEntry {
        InterfaceEntry::V4 {
            name: b"x".to_vec(),
            addr: addr.into(),
            netmask: Ipv4Addr::new(255, 255, 255, 0),
            broadcast: Ipv4Addr::BROADCAST,
            link_speed: 0,
        }
    }

    #[test]
    fn the_address_towards_a_peer_is_one_nearby_or_the_first() {
        let interfaces = Interfaces::new(&[v4([127, 0, 0, 1]), v4([10, 0, 0, 5]), v4([192, 168, 1, 2])]);
        for (peer, want) in [
            ([127, 0, 0, 1], [127, 0, 0, 1]),
            ([192, 168, 1, 77], [192, 168, 1, 2]),
            ([8, 8, 8, 8], [10, 0, 0, 5]),
            ([0, 0, 0, 0], [10, 0, 0, 5]),
        ] {
            assert_eq!(interfaces.towards(peer.into()), Some(want.into()));
        }
        assert_eq!(Interfaces::default().towards(Ipv4Addr::LOCALHOST), None);
    }
}
