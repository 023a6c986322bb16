//! The local syslog daemon's socket.

use std::io::{self, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Channel, DeliverError, Delivery, Outcome};
use crate::{LocalZone, Priority};

/// Where the daemon listens.
const SOCKET: &str = "/dev/log";
/// `LOG_USER`, which the C library takes when a program names no facility.
const FACILITY: u8 = 1;

/// A connection to the local syslog daemon.
#[derive(Debug)]
pub struct SyslogSocket {
    path: PathBuf,
    ident: String,
    socket: Option<Socket>,
}

#[derive(Debug)]
enum Socket {
    Datagram(UnixDatagram),
    Stream(UnixStream),
}

impl SyslogSocket {
    /// The system's daemon; `ident` is the program's name before each message.
    pub fn new(ident: &str) -> Self {
        Self::at(Path::new(SOCKET), ident)
    }

    /// A daemon that listens elsewhere.
    pub fn at(path: &Path, ident: &str) -> Self {
        Self { path: path.to_owned(), ident: ident.to_owned(), socket: None }
    }

    /// Sends one message with the present time.
    ///
    /// # Errors
    /// The daemon is not there, or does not take it.
    pub fn send(&mut self, priority: Priority, zone: &LocalZone, text: &[u8]) -> io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = zone.civil(now.as_nanos() as u64);
        let code = (FACILITY << 3) | priority.rank();
        let mut message = format!("<{code}>{} {}: ", time.syslog(), self.ident).into_bytes();
        message.extend_from_slice(text);
        let had_socket = self.socket.is_some();
        match self.send_once(&message) {
            // The daemon may have been restarted since the last message.
            Err(_) if had_socket => self.send_once(&message),
            result => result,
        }
    }

    fn send_once(&mut self, message: &[u8]) -> io::Result<()> {
        if self.socket.is_none() {
            self.socket = Some(self.connect()?);
        }
        let sent = match &mut self.socket {
            Some(Socket::Datagram(socket)) => socket.send(message).map(drop),
            // On streams a NUL ends a message.
            Some(Socket::Stream(socket)) => socket.write_all(message).and_then(|()| socket.write_all(&[0])),
            None => Ok(()),
        };
        if sent.is_err() {
            self.socket = None;
        }
        sent
    }

    fn connect(&self) -> io::Result<Socket> {
        let datagram = UnixDatagram::unbound()?;
        match datagram.connect(&self.path) {
            Ok(()) => Ok(Socket::Datagram(datagram)),
            // EPROTOTYPE: the daemon listens on a stream.
            Err(e) if e.raw_os_error() == Some(91) => UnixStream::connect(&self.path).map(Socket::Stream),
            Err(e) => Err(e),
        }
    }
}

/// One message per alert to the local syslog daemon, with the alert's priority as severity.
#[derive(Debug)]
pub struct SyslogChannel {
    socket: SyslogSocket,
}

impl SyslogChannel {
    /// Sends through that connection.
    pub fn new(socket: SyslogSocket) -> Self {
        Self { socket }
    }
}

impl Channel for SyslogChannel {
    fn name(&self) -> &str {
        "syslog"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let sent = self.socket.send(delivery.alert().priority, &delivery.format().local, delivery.body());
        sent.map_err(|e| DeliverError::new("send to", self.socket.path.display().to_string(), e)).into()
    }

    fn reopen(&mut self) -> Outcome {
        self.socket.socket = None;
        Outcome::default()
    }
}
