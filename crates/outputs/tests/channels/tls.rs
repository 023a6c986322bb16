//! Servers whose certificates are not as they should be.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};

use rustls::{ServerConnection, StreamOwned};
use windhover_outputs::*;

use super::http::{http, serve_tls, tls_config};
use super::syslog::remote;
use super::{LIMIT, alert, outputs, run};

/// A certificate with its key.
#[derive(Clone)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// An authority that signs certificates, in a folder of its own.
pub struct Authority {
    folder: tempfile::TempDir,
    own: Identity,
}

impl Authority {
    /// `None`, and a word of why, where there is no `openssl` command.
    pub fn found() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let own = identity(folder.path(), "authority");
        // Authorities of one name would be taken for each other until a signature is checked.
        let name = folder.path().file_name().unwrap().to_string_lossy();
        let mut command = request(&name, "authority.invalid", &own.key);
        command.args(["-x509", "-days", "2", "-out"]).arg(&own.certificate);
        if !done(&mut command) {
            eprintln!("skipped: there is no `openssl` command to make certificates with");
            return None;
        }
        Some(Self { folder, own })
    }

    /// The file that clients trust.
    pub fn certificate(&self) -> PathBuf {
        self.own.certificate.clone()
    }

    /// A certificate for a host that ends in so many days.
    pub fn sign(&self, host: &str, days: i32) -> Identity {
        let made = identity(self.folder.path(), &format!("{host}{days}"));
        let wish = made.certificate.with_extension("csr");
        assert!(done(request(host, host, &made.key).arg("-out").arg(&wish)));
        let mut command = Command::new("openssl");
        command.args(["x509", "-req", "-copy_extensions", "copy", "-days", &days.to_string(), "-in"]).arg(&wish);
        command.arg("-CA").arg(&self.own.certificate).arg("-CAkey").arg(&self.own.key).arg("-CAcreateserial");
        assert!(done(command.arg("-out").arg(&made.certificate)));
        made
    }
}

fn identity(folder: &Path, name: &str) -> Identity {
    Identity { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) }
}

fn request(name: &str, host: &str, key: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"]);
    command.args([&format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{host}"), "-keyout"]).arg(key);
    command
}

fn done(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// `openssl s_server`, with the lines that it gets.
struct Server {
    child: Child,
    port: u16,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(identity: &Identity) -> Self {
        let mut server = Command::new("openssl");
        server.args(["s_server", "-accept", "localhost:0", "-key"]).arg(&identity.key);
        server.arg("-cert").arg(&identity.certificate);
        let mut child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut ports = said.by_ref().filter_map(|line| line.strip_prefix("ACCEPT")?.rsplit_once(':')?.1.parse().ok());
        let port = ports.next().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&lines);
        std::thread::spawn(move || said.for_each(|line| log.lock().unwrap().push(line)));
        Self { child, port, lines }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
fn web_servers_are_known_by_their_certificates() {
    let (Some(authority), Some(other)) = (Authority::found(), Authority::found()) else { return };
    let (good, posted) = serve_tls(&authority.sign("localhost", 2));
    let (old, _posted) = serve_tls(&authority.sign("localhost", -1));
    let (misnamed, _posted_there) = serve_tls(&authority.sign("elsewhere.example", 2));
    let post = |url: &str, trusted: PathBuf, insecure| {
        run(Box::new(HttpChannel::open(HttpOptions { trusted, insecure, retries: 2, ..http(url) }).unwrap()), 2)
    };
    for (server, trusted, reason) in [
        (&good, other.certificate(), "UnknownIssuer"),
        (&old, authority.certificate(), "xpired"),
        (&misnamed, authority.certificate(), "elsewhere.example"),
    ] {
        let (stats, told) = post(server, trusted, false);
        assert_eq!((stats.delivered, stats.lost_failed), (0, 2), "{reason}");
        assert!(told.len() == 1 && told[0].contains("certificate") && told[0].contains(reason), "{told:?}");
        let (stats, told) = post(server, PathBuf::new(), true);
        assert_eq!(stats.delivered, 2, "{reason}: {told:?}");
    }
    assert_eq!(post(&good, authority.certificate(), false).0.delivered, 2);
    let bodies: Vec<_> = posted.try_iter().map(|(_, body)| body.split_once("Error ").unwrap().1.to_owned()).collect();
    assert_eq!(bodies, ["alert 0", "alert 1", "alert 0", "alert 1"]);
}

#[test]
fn syslog_daemons_are_known_by_their_certificates() {
    let (Some(authority), Some(other)) = (Authority::found(), Authority::found()) else { return };
    let good = Server::start(&authority.sign("localhost", 2));
    let old = Server::start(&authority.sign("localhost", -1));
    let misnamed = Server::start(&authority.sign("elsewhere.example", 2));
    let send = |server: &Server, trusted: PathBuf, insecure| {
        let address = format!("localhost:{}", server.port);
        let options = RemoteSyslogOptions { trusted, insecure, ..remote(address, Transport::Tls) };
        run(Box::new(RemoteSyslogChannel::open(options).unwrap()), 2)
    };
    for (server, trusted, reason) in [
        (&good, other.certificate(), "UnknownIssuer"),
        (&old, authority.certificate(), "xpired"),
        (&misnamed, authority.certificate(), "elsewhere.example"),
    ] {
        let (stats, told) = send(server, trusted, false);
        assert_eq!((stats.delivered, stats.lost_failed), (0, 2), "{reason}");
        assert!(told.len() == 1 && told[0].contains("certificate") && told[0].contains(reason), "{told:?}");
        assert_eq!(send(server, PathBuf::new(), true).0.delivered, 2, "{reason}");
    }
    assert_eq!(send(&good, authority.certificate(), false).0.delivered, 2);
    let arrived = || good.lines.lock().unwrap().join("\n");
    while arrived().matches("Error alert 1").count() < 2 {
        std::thread::yield_now();
    }
    assert!(arrived().contains(" alert - 00:00:00.000000000: Error alert 0"), "{}", arrived());
}

#[test]
fn a_daemon_that_reads_late_gets_all_that_was_sent_before_the_end() {
    let Some(authority) = Authority::found() else { return };
    let config = tls_config(&authority.sign("localhost", 2));
    let listener = TcpListener::bind("localhost:0").unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    let (ended, wait) = mpsc::channel();
    let daemon = std::thread::spawn(move || {
        let session = ServerConnection::new(config).unwrap();
        let mut stream = StreamOwned::new(session, listener.accept().unwrap().0);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).unwrap();
        }
        // Tickets for later sessions are on their way now, which nobody reads.
        wait.recv().unwrap();
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text);
        (read.map_err(|e| e.to_string()), String::from_utf8(text).unwrap())
    });
    let (mut outputs, told) = outputs(Format::default());
    let options = RemoteSyslogOptions { trusted: authority.certificate(), ..remote(address, Transport::Tls) };
    outputs.add(Box::new(RemoteSyslogChannel::open(options).unwrap()), QueueLimits::default());
    // More than the daemon's end takes unread.
    let long = "x".repeat(60_000);
    (0..8).for_each(|n| outputs.send(Alert { message: format!("{long} number {n}."), ..alert(n) }));
    assert_eq!(outputs.finish(LIMIT)[0].delivered, 8, "{told:?}");
    ended.send(()).unwrap();
    let (read, text) = daemon.join().unwrap();
    assert_eq!((read.map(drop), text.matches(" number ").count()), (Ok(()), 8));
}

#[test]
fn files_that_hold_no_certificates_are_refused() {
    let Some(authority) = Authority::found() else { return };
    let key = authority.sign("localhost", 2).key;
    for (trusted, identity) in [
        (PathBuf::from("/nowhere.pem"), None),
        (key.clone(), None),
        (authority.certificate(), Some(("/nowhere.pem".into(), key.clone()))),
        (authority.certificate(), Some((authority.certificate(), authority.certificate()))),
        // The key of another certificate.
        (authority.certificate(), Some((authority.certificate(), key))),
    ] {
        let options = RemoteSyslogOptions { trusted, identity, ..remote("localhost".into(), Transport::Tls) };
        assert!(RemoteSyslogChannel::open(options).is_err());
    }
}
