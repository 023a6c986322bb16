//! A connection to a syslog daemon.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::address::Address;
use super::message::{counted, cut};

/// What one datagram holds on both versions of IP, with room for options.
const DATAGRAM: usize = 65_000;
/// What a daemon may say on a stream before its words are taken for nonsense.
const CHATTER: usize = 64 << 10;

/// How long the end of a connection waits for the daemon's.
const FAREWELL: Duration = Duration::from_millis(250);

pub(super) enum Connection {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Connection {
    pub(super) fn udp(address: &Address) -> io::Result<Self> {
        address.try_each(|peer| {
            let any: SocketAddr = match peer {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(any)?;
            socket.connect(peer)?;
            Ok(Self::Udp(socket))
        })
    }

    pub(super) fn tcp(address: &Address, limit: Duration) -> io::Result<Self> {
        connect(address, limit).map(Self::Tcp)
    }

    pub(super) fn tls(address: &Address, limit: Duration, config: &Arc<ClientConfig>) -> io::Result<Self> {
        let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
        let stream = connect(address, limit)?;
        let session = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, stream);
        // A certificate that is not to be trusted shows here, before anything was said.
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Self::Tls(Box::new(stream)))
    }

    /// Sends one message.
    pub(super) fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => {
                // That an earlier datagram was refused is known only now: it stands for this one, so that the number of
                // those that did not arrive is right.
                let earlier = socket.take_error()?;
                socket.send(cut(message, DATAGRAM))?;
                match earlier.or(socket.take_error()?) {
                    Some(refused) => Err(refused),
                    None => Ok(()),
                }
            }
            Self::Tcp(stream) => stream.write_all(&counted(message)),
            Self::Tls(stream) => stream.write_all(&counted(message)).and_then(|()| stream.flush()),
        }
    }

    /// Whether the daemon still listens, as far as it has said. What is written after it has gone would be lost unseen.
    pub(super) fn is_open(&mut self) -> bool {
        match self {
            Self::Udp(_) => true,
            Self::Tcp(stream) => quiet(stream, |stream| stream),
            Self::Tls(stream) => quiet(&mut **stream, |stream| &mut stream.sock),
        }
    }
}

impl Drop for Connection {
    /// Says that nothing more comes, and takes in what the daemon still says: with something unread, the kernel would break the
    /// connection off, and what the daemon has not read yet would be lost.
    fn drop(&mut self) {
        let socket = match self {
            Self::Udp(_) => return,
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => {
                stream.conn.send_close_notify();
                // Where the daemon has gone, there is nobody to say it to.
                _ = stream.flush();
                &mut stream.sock
            }
        };
        let ends = socket.shutdown(Shutdown::Write).and_then(|()| socket.set_read_timeout(Some(FAREWELL)));
        let mut part = [0; 4096];
        for _ in 0..CHATTER / part.len() {
            if ends.is_err() || socket.read(&mut part).unwrap_or(0) == 0 {
                break;
            }
        }
    }
}

/// Reads what there is without waiting: nothing is good, anything but the end is thrown away.
fn quiet<S: Read>(stream: &mut S, socket: impl Fn(&mut S) -> &mut TcpStream) -> bool {
    if socket(stream).set_nonblocking(true).is_err() {
        return false;
    }
    let (mut part, mut read) = ([0; 4096], 0);
    let open = loop {
        match stream.read(&mut part) {
            Ok(n) if n > 0 && read < CHATTER => read += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => break e.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => break false,
        }
    };
    open && socket(stream).set_nonblocking(false).is_ok()
}

fn connect(address: &Address, limit: Duration) -> io::Result<TcpStream> {
    let stream = address.try_each(|peer| TcpStream::connect_timeout(&peer, limit))?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    // Each alert is a message of its own that somebody waits for.
    stream.set_nodelay(true)?;
    Ok(stream)
}
