//! Alerts to a syslog daemon elsewhere: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).

mod address;
mod connection;
mod message;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

pub use message::Facility;

use super::pauses::Pauses;
use super::pem::PemError;
use super::{Channel, DeliverError, Delivery, Outcome, tls};
use address::Address;
use connection::Connection;
use message::Sender;

/// How messages travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// A datagram each. Nobody says whether they arrive.
    #[default]
    Udp,
    /// A stream, each message behind its length.
    Tcp,
    /// The same, encrypted.
    Tls,
}

impl Transport {
    /// The names, in the order of [`Self::ALL`].
    pub const NAMES: [&str; 3] = ["udp", "tcp", "tls"];
    /// All transports.
    pub const ALL: [Self; 3] = [Self::Udp, Self::Tcp, Self::Tls];

    fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 514,
            Self::Tls => 6514,
        }
    }
}

/// Where alerts go and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteSyslogOptions {
    /// `HOST` or `HOST:PORT`.
    pub address: String,
    /// How messages travel.
    pub transport: Transport,
    /// How the daemon is to sort them.
    pub facility: Facility,
    /// What sends them, as messages say.
    pub app_name: String,
    /// How long connecting, and each write, may take.
    pub timeout: Duration,
    /// How many more attempts a message gets, after pauses, where the daemon cannot be reached.
    pub retries: u8,
    /// Take any certificate that the daemon shows.
    pub insecure: bool,
    /// Certificates to trust: a file of them, or a folder of such files.
    pub trusted: PathBuf,
    /// Certificate chain and private key to show to the daemon.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Why a channel to a syslog daemon elsewhere cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OpenRemoteSyslogError {
    /// The address is none.
    #[error("`{0}` is not the address of a syslog daemon: expected `HOST` or `HOST:PORT`")]
    Address(String),
    /// Certificates or keys cannot be read.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// They do not fit together.
    #[error("the certificate and key to show to the syslog daemon cannot be used: {0}")]
    Identity(#[from] rustls::Error),
}

/// One message per alert to a syslog daemon elsewhere.
pub struct RemoteSyslogChannel {
    address: Address,
    options: RemoteSyslogOptions,
    sender: Sender,
    tls: Option<Arc<ClientConfig>>,
    connection: Option<Connection>,
}

impl fmt::Debug for RemoteSyslogChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteSyslogChannel").field("options", &self.options).finish_non_exhaustive()
    }
}

impl RemoteSyslogChannel {
    /// Reads certificates and keys; connects when the first alert comes.
    ///
    /// # Errors
    /// [`OpenRemoteSyslogError`]
    pub fn open(options: RemoteSyslogOptions) -> Result<Self, OpenRemoteSyslogError> {
        let Some(address) = Address::parse(&options.address, options.transport) else {
            return Err(OpenRemoteSyslogError::Address(options.address));
        };
        let tls = match options.transport {
            Transport::Udp | Transport::Tcp => None,
            Transport::Tls => {
                Some(tls::client_config((!options.insecure).then_some(&*options.trusted), options.identity.as_ref())?)
            }
        };
        let sender = Sender::new(options.facility, &options.app_name);
        Ok(Self { address, options, sender, tls, connection: None })
    }

    fn connect(&self) -> io::Result<Connection> {
        let limit = self.options.timeout;
        match (self.options.transport, &self.tls) {
            (Transport::Udp, _) => Connection::udp(&self.address),
            (Transport::Tls, Some(config)) => Connection::tls(&self.address, limit, config),
            (Transport::Tcp | Transport::Tls, _) => Connection::tcp(&self.address, limit),
        }
    }

    fn send_once(&mut self, message: &[u8]) -> io::Result<()> {
        if self.connection.as_mut().is_some_and(|connection| !connection.is_open()) {
            self.connection = None;
        }
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect()?,
        };
        connection.send(message)?;
        self.connection = Some(connection);
        Ok(())
    }

    fn send(&mut self, message: &[u8]) -> io::Result<()> {
        // A datagram that was refused has been sent: another attempt would say so again, or send it twice.
        let mut retries = if self.options.transport == Transport::Udp { 0 } else { self.options.retries };
        let mut pauses = Pauses::new();
        loop {
            match self.send_once(message) {
                Err(e) if retries > 0 && may_pass(&e) => {
                    retries -= 1;
                    pauses.wait();
                }
                result => return result,
            }
        }
    }
}

/// Whether another attempt in a while may work. What TLS has to complain about comes as invalid data.
fn may_pass(error: &io::Error) -> bool {
    error.kind() != io::ErrorKind::InvalidData && error.kind() != io::ErrorKind::Other
}

impl Channel for RemoteSyslogChannel {
    fn name(&self) -> &str {
        "syslog"
    }

    fn deliver(&mut self, delivery: &Delivery) -> Outcome {
        let message = self.sender.message(delivery.alert(), &delivery.format().hostname, delivery.body());
        self.send(&message).map_err(|e| DeliverError::new("send to", self.options.address.clone(), e)).into()
    }

    fn reopen(&mut self) -> Outcome {
        self.connection = None;
        Outcome::default()
    }
}
