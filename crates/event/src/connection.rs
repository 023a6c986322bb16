//! A connection as a text: the form in which verdicts test it, in the kernel (`bpf/connection.h`) and here.
//!
//! A text is `/`, a letter that says what the socket is ([`sort`]), and of a TCP connection the other end: the address in
//! half-bytes, each a letter from `a`, then `:` and the port likewise.

use std::net::IpAddr;

/// The letters.
pub mod sort {
    /// TCP over IPv4, or over IPv6 with IPv4 addresses at both ends.
    pub const TCP4: u8 = b'A';
    /// TCP over IPv6.
    pub const TCP6: u8 = b'B';
    /// UDP over IPv4, likewise.
    pub const UDP4: u8 = b'C';
    /// UDP over IPv6.
    pub const UDP6: u8 = b'D';
    /// A stream between processes, connected or not.
    pub const UNIX: u8 = b'U';
    /// An internet socket whose connect failed.
    pub const FAILED: u8 = b'Z';
    /// None of these, or not told: user space has to know of it.
    pub const OTHER: u8 = b'Y';
}

/// Half-bytes as letters.
pub fn push_halves(bytes: &[u8], text: &mut Vec<u8>) {
    text.extend(bytes.iter().flat_map(|byte| [b'a' + (byte >> 4), b'a' + (byte & 15)]));
}

/// The end of the text of a TCP connection to a port.
pub fn port_text(port: u16) -> Vec<u8> {
    let mut text = vec![b':'];
    push_halves(&port.to_be_bytes(), &mut text);
    text
}

/// The text of a connection; `other` is the other end of a TCP connection.
pub fn connection_text(sort: u8, other: Option<(IpAddr, u16)>) -> Vec<u8> {
    let mut text = vec![b'/', sort];
    match other {
        Some((IpAddr::V4(ip), _)) => push_halves(&ip.octets(), &mut text),
        Some((IpAddr::V6(ip), _)) => push_halves(&ip.octets(), &mut text),
        None => {}
    }
    text.extend(other.into_iter().flat_map(|(_, port)| port_text(port)));
    text
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn texts_tell_sort_address_and_port() {
        let other = (IpAddr::V4(Ipv4Addr::new(10, 0, 1, 255)), 443);
        assert_eq!(connection_text(sort::TCP4, Some(other)), b"/Aakaaabpp:abll");
        assert_eq!(connection_text(sort::UNIX, None), b"/U");
    }
}
