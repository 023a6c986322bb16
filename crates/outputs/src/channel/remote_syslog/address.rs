//! Where a syslog daemon listens.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::Transport;

/// A host, by name or number, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// `host`, `host:port`, `[v6]`, `[v6]:port`, or a bare IPv6 address.
    pub(super) fn parse(text: &str, transport: Transport) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']')?;
                let port = if after.is_empty() { None } else { Some(after.strip_prefix(':')?) };
                (host, port)
            }
            None => match text.split_once(':') {
                Some((_, rest)) if rest.contains(':') => (text, None),
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0)?,
            None => transport.default_port(),
        };
        let fits = !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && c != '/');
        fits.then(|| Self { host: host.to_owned(), port })
    }

    /// Tries what the name stands for, one after the other, until one attempt succeeds.
    pub(super) fn try_each<T>(&self, attempt: impl Fn(SocketAddr) -> io::Result<T>) -> io::Result<T> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name stands for no address");
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match attempt(address) {
                Ok(done) => return Ok(done),
                Err(e) => last = e,
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports_are_told_apart() {
        let table = [
            ("log.example", Transport::Udp, Some(("log.example", 514))),
            ("log.example", Transport::Tls, Some(("log.example", 6514))),
            ("log.example:1514", Transport::Tcp, Some(("log.example", 1514))),
            ("192.0.2.1:1", Transport::Udp, Some(("192.0.2.1", 1))),
            ("::1", Transport::Tcp, Some(("::1", 514))),
            ("[::1]", Transport::Tcp, Some(("::1", 514))),
            ("[2001:db8::1]:6515", Transport::Tls, Some(("2001:db8::1", 6515))),
            ("", Transport::Udp, None),
            (":514", Transport::Udp, None),
            ("host:", Transport::Udp, None),
            ("host:0", Transport::Udp, None),
            ("host:65536", Transport::Udp, None),
            ("[::1", Transport::Udp, None),
            ("[::1]514", Transport::Udp, None),
            ("tcp://host", Transport::Tcp, None),
            ("a b", Transport::Udp, None),
        ];
        for (text, transport, want) in table {
            let got = Address::parse(text, transport);
            assert_eq!(got.as_ref().map(|address| (address.host.as_str(), address.port)), want, "{text}");
        }
    }
}
