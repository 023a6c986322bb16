//! Connections and the threads that serve them.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::request::{self, RequestError};
use crate::site::{Answer, Site};
use crate::slots::{Phase, Slots};
use crate::tls::{self, ReadCertificateError};

/// A client has so long to say what it wants, and again to take the answer.
const CONNECTION: Duration = Duration::from_secs(10);
/// What a thread that serves a connection needs, with room.
const STACK: usize = 512 << 10;
/// After a failed accept (too many open files), before the next.
const PAUSE: Duration = Duration::from_millis(100);
/// Connections for each thread of the configuration, and how many there are at least and at most.
const CONNECTIONS_A_THREAD: usize = 8;
const FEWEST_CONNECTIONS: usize = 16;
const MOST_CONNECTIONS: usize = 64;

/// How the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOptions {
    /// Where; with port 0 a free one is chosen.
    pub address: SocketAddr,
    /// How many clients are expected at the same time. Eight times as many may be connected, each served by a thread of
    /// its own; of more, those that make the server wait are ended.
    pub threads: usize,
    /// A PEM file with certificate and key, if TLS is to be used.
    pub certificate: Option<PathBuf>,
}

/// Why the server cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartWebServerError {
    /// The address cannot be listened on.
    #[error(
        "the web server cannot listen on {address}: {source}; choose another `webserver.listen_port`, or set `webserver.enabled` to false"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] ReadCertificateError),
    /// No thread can be started.
    #[error("the web server cannot start a thread: {0}")]
    Thread(io::Error),
}

/// A server that answers until it is dropped.
#[derive(Debug)]
pub struct WebServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    slots: Slots,
    served: RwLock<Arc<Served>>,
    stop: AtomicBool,
}

/// What a connection gets, and how.
#[derive(Debug)]
struct Served {
    site: Site,
    tls: Option<Arc<ServerConfig>>,
}

impl Served {
    fn new(certificate: Option<&Path>, site: Site) -> Result<Arc<Self>, ReadCertificateError> {
        Ok(Arc::new(Self { site, tls: certificate.map(tls::server_config).transpose()? }))
    }
}

impl WebServer {
    /// Listens, and starts the threads.
    ///
    /// # Errors
    /// [`StartWebServerError`]
    pub fn start(options: &WebOptions, site: Site) -> Result<Self, StartWebServerError> {
        let served = Served::new(options.certificate.as_deref(), site)?;
        let failed = |source| StartWebServerError::Listen { address: options.address, source };
        let listener = TcpListener::bind(options.address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let most = options.threads.saturating_mul(CONNECTIONS_A_THREAD).clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        let stop = AtomicBool::new(false);
        let shared = Arc::new(Shared { slots: Slots::new(most), served: RwLock::new(served), stop });
        let thread = thread::Builder::new().name("web".to_owned());
        let serving = Arc::clone(&shared);
        let thread = thread.spawn(move || serving.serve(&listener)).map_err(StartWebServerError::Thread)?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Serves something else from the next connection on, with the certificate as it is in its file now.
    ///
    /// # Errors
    /// The certificate cannot be used; nothing changes then.
    pub fn exchange(&self, certificate: Option<&Path>, site: Site) -> Result<(), ReadCertificateError> {
        let served = Served::new(certificate, site)?;
        *self.shared.served.write().unwrap_or_else(PoisonError::into_inner) = served;
        Ok(())
    }

    /// Stops listening, so that the port is free when this returns. What is being served is served to its end.
    pub fn stop(mut self) {
        self.wake_to_stop();
        // The thread ends at once: it was woken, and serves nobody itself.
        _ = self.thread.take().map(JoinHandle::join);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for WebServer {
    /// Lets the threads end after what they are serving; none is waited for.
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.wake_to_stop();
        }
    }
}

impl WebServer {
    fn wake_to_stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            address.set_ip(loopback[usize::from(address.is_ipv6())]);
        }
        // Who waits for a connection gets one; where that fails, the process's end has to do.
        _ = TcpStream::connect_timeout(&address, PAUSE);
    }
}

impl Shared {
    fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn serve(self: &Arc<Self>, listener: &TcpListener) {
        while !self.stop.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, peer)) if !self.stop.load(Ordering::Relaxed) => self.receive(stream, peer.ip()),
                Ok(_) => {}
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Serves a connection on a thread of its own. Where there is no room, and nobody is slow, it is closed.
    fn receive(self: &Arc<Self>, stream: TcpStream, peer: IpAddr) {
        let Some(number) = self.slots.enter(&stream) else { return };
        let shared = Arc::clone(self);
        let thread = thread::Builder::new().name(format!("web-{number}")).stack_size(STACK);
        let spawned = thread.spawn(move || {
            let _left = Left { slots: &shared.slots, number };
            shared.connection(stream, peer, number);
        });
        if spawned.is_err() {
            self.slots.leave(number);
        }
    }

    /// Serves one request. A client that breaks off or is too slow is nobody's concern.
    fn connection(&self, stream: TcpStream, peer: IpAddr, number: u64) {
        let end_of = Rc::new(Cell::new(Instant::now() + CONNECTION));
        let stream = Timed { stream, end: Rc::clone(&end_of) };
        let client = Client { peer, number, end: &end_of };
        let served = self.served();
        let Some(tls) = &served.tls else {
            _ = self.converse(&served.site, stream, &client).and_then(|stream| end(stream.stream));
            return;
        };
        let Ok(connection) = ServerConnection::new(Arc::clone(tls)) else { return };
        let Ok(mut stream) = self.converse(&served.site, StreamOwned::new(connection, stream), &client) else { return };
        stream.conn.send_close_notify();
        _ = stream.flush().and_then(|()| end(stream.sock.stream));
    }

    fn converse<S: Read + Write>(&self, site: &Site, mut stream: S, client: &Client<'_>) -> io::Result<S> {
        let request = request::read(&mut stream);
        self.slots.set_phase(client.number, Phase::Answering);
        let (answer, head_only) = match request {
            Ok(request) => (site.answer(&request, client.peer), request.method == "HEAD"),
            Err(RequestError::Gone) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Err(RequestError::TooLong) => (Answer::error("431 Request Header Fields Too Large"), false),
            Err(RequestError::Malformed) => (Answer::error("400 Bad Request"), false),
        };
        let Answer { status, kind, body } = answer;
        let mut text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        if !head_only {
            text.push_str(&body);
        }
        self.slots.set_phase(client.number, Phase::Taking);
        client.end.set(Instant::now() + CONNECTION);
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        Ok(stream)
    }
}

/// Frees a connection's place at its end, whatever the end is.
struct Left<'a> {
    slots: &'a Slots,
    number: u64,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.slots.leave(self.number);
    }
}

/// Who is served, and until when.
struct Client<'a> {
    peer: IpAddr,
    number: u64,
    end: &'a Cell<Instant>,
}

/// Says that nothing more comes, and takes in a little of what the client may still say: an answer to a client that is
/// still sending would else be lost.
fn end(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(PAUSE))?;
    let mut rest = [0; 4096];
    for _ in 0..16 {
        if stream.read(&mut rest)? == 0 {
            break;
        }
    }
    Ok(())
}

/// A connection that ends at a fixed time, however slowly the other side sends or takes.
struct Timed {
    stream: TcpStream,
    end: Rc<Cell<Instant>>,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.get().saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
