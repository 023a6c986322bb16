//! Connections and the threads that serve them.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::request::{self, RequestError};
use crate::site::{Answer, Site};
use crate::tls::{self, ReadCertificateError};

/// A connection is served for no longer than this.
const CONNECTION: Duration = Duration::from_secs(10);
/// After a failed accept (too many open files), before the next.
const PAUSE: Duration = Duration::from_millis(100);
/// No configuration gets more threads.
const MAX_THREADS: usize = 64;

/// How the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOptions {
    /// Where; with port 0 a free one is chosen.
    pub address: SocketAddr,
    /// Connections served at the same time.
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
    threads: usize,
    stop: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Shared {
    listener: TcpListener,
    site: Site,
    tls: Option<Arc<ServerConfig>>,
    stop: Arc<AtomicBool>,
}

impl WebServer {
    /// Listens, and starts the threads.
    ///
    /// # Errors
    /// [`StartWebServerError`]
    pub fn start(options: &WebOptions, site: Site) -> Result<Self, StartWebServerError> {
        let tls = options.certificate.as_deref().map(tls::server_config).transpose()?;
        let failed = |source| StartWebServerError::Listen { address: options.address, source };
        let listener = TcpListener::bind(options.address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let server =
            Self { address, threads: options.threads.clamp(1, MAX_THREADS), stop: Arc::new(AtomicBool::new(false)) };
        let shared = Arc::new(Shared { listener, site, tls, stop: Arc::clone(&server.stop) });
        for number in 0..server.threads {
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new().name(format!("web-{number}"));
            thread.spawn(move || shared.serve()).map_err(StartWebServerError::Thread)?;
        }
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for WebServer {
    /// Lets the threads end after what they are serving; none is waited for.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            address.set_ip(loopback[usize::from(address.is_ipv6())]);
        }
        for _ in 0..self.threads {
            // Each thread that waits for a connection gets one; where that fails, the process's end has to do.
            _ = TcpStream::connect_timeout(&address, PAUSE);
        }
    }
}

impl Shared {
    fn serve(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            match self.listener.accept() {
                Ok((stream, _)) if !self.stop.load(Ordering::Relaxed) => self.connection(stream),
                Ok(_) => {}
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Serves one request. A client that breaks off or is too slow is nobody's concern.
    fn connection(&self, stream: TcpStream) {
        let stream = Timed { stream, end: Instant::now() + CONNECTION };
        let Some(tls) = &self.tls else {
            _ = self.exchange(stream).and_then(|stream| end(stream.stream));
            return;
        };
        let Ok(connection) = ServerConnection::new(Arc::clone(tls)) else { return };
        let Ok(mut stream) = self.exchange(StreamOwned::new(connection, stream)) else { return };
        stream.conn.send_close_notify();
        _ = stream.flush().and_then(|()| end(stream.sock.stream));
    }

    fn exchange<S: Read + Write>(&self, mut stream: S) -> io::Result<S> {
        let (answer, head_only) = match request::read(&mut stream) {
            Ok(request) => (self.site.answer(&request), request.method == "HEAD"),
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
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        Ok(stream)
    }
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
    end: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
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
