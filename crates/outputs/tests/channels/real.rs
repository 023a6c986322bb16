//! Servers that people run: rsyslogd and nginx get what was sent. Where one is not installed, its test says so and passes.

use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use windhover_outputs::*;

use super::http::http;
use super::syslog::remote;
use super::tls::Authority;
use super::{LIMIT, alert, outputs, run};

/// A server that ends with the test.
struct Daemon(Child);

impl Daemon {
    fn start(command: &mut Command) -> Option<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => Some(Self(child)),
            Err(e) => {
                eprintln!("skipped: cannot run {name}: {e}");
                None
            }
        }
    }

    fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both end their own helpers on TERM.
        _ = Command::new("kill").arg(self.0.id().to_string()).status();
        _ = self.0.wait();
    }
}

/// Waits until something is so.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// rsyslogd with inputs of its own, which writes what it has understood of each message to a file.
struct Rsyslogd {
    _daemon: Daemon,
    folder: tempfile::TempDir,
    udp: u16,
    tcp: u16,
}

impl Rsyslogd {
    fn start(keys: &str, stream: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let (udp, tcp) = (UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(), free_port());
        let config = format!(
            r#"
            global(workDirectory="{path}" {keys})
            module(load="imuxsock" SysSock.Use="off")
            module(load="imudp")
            module(load="imtcp" {stream})
            template(name="parts" type="string"
                string="%syslogfacility-text%|%syslogseverity-text%|%timestamp:::date-rfc3339%|%app-name%|%msgid%|%structured-data%|%msg%\n")
            input(type="imuxsock" socket="{path}/log")
            input(type="imudp" address="127.0.0.1" port="{udp}")
            input(type="imtcp" address="127.0.0.1" port="{tcp}")
            action(type="omfile" file="{path}/messages" template="parts")
            "#
        );
        let file = folder.path().join("rsyslog.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("rsyslogd");
        command.arg("-n").arg("-f").arg(&file).arg("-i").arg(folder.path().join("pid"));
        let mut daemon = Daemon::start(&mut command)?;
        until("rsyslogd listens", || {
            daemon.has_ended() || (folder.path().join("log").exists() && TcpStream::connect(("127.0.0.1", tcp)).is_ok())
        });
        if daemon.has_ended() {
            eprintln!("skipped: rsyslogd does not run with this configuration: {}", text(&file));
            return None;
        }
        Some(Self { _daemon: daemon, folder, udp, tcp })
    }

    /// Waits for so many messages.
    fn messages(&self, count: usize) -> Vec<String> {
        let file = self.folder.path().join("messages");
        until("messages arrive", || text(&file).lines().count() >= count);
        text(&file).lines().map(str::to_owned).collect()
    }
}

#[test]
fn rsyslogd_understands_every_transport() {
    let Some(daemon) = Rsyslogd::start("", "") else { return };
    let (udp, tcp) = (format!("127.0.0.1:{}", daemon.udp), format!("localhost:{}", daemon.tcp));
    let channels: [Box<dyn Channel>; 3] = [
        Box::new(SyslogChannel::new(SyslogSocket::at(&daemon.folder.path().join("log"), "windhover"))),
        Box::new(RemoteSyslogChannel::open(remote(udp, Transport::Udp)).unwrap()),
        Box::new(RemoteSyslogChannel::open(remote(tcp, Transport::Tcp)).unwrap()),
    ];
    let mut seen = 0;
    for (channel, facility) in channels.into_iter().zip(["user", "local3", "local3"]) {
        let (mut outputs, told) = outputs(Format { json: true, hostname: "web-1".into(), ..Format::default() });
        outputs.add(channel, QueueLimits::default());
        (0..100).for_each(|n| outputs.send(alert(1_795_411_071_754_144_366 + n)));
        let stats = outputs.finish(LIMIT).remove(0);
        assert_eq!((stats.delivered, stats.lost()), (100, 0), "{told:?}");
        let all = daemon.messages(seen + 100);
        let messages = &all[seen..];
        assert_eq!(messages.len(), 100);
        for n in 0..100 {
            let end = format!(
                r#""output":"05:17:51.{}: Error alert {}","#,
                754_144_366 + n,
                1_795_411_071_754_144_366_u64 + n
            );
            let found: Vec<_> = messages.iter().filter(|line| line.contains(&end)).collect();
            assert_eq!(found.len(), 1, "{end}: {messages:#?}");
            assert!(found[0].starts_with(&format!("{facility}|err|")), "{found:?}");
            assert!(found[0].contains("|windhover|"), "{found:?}");
            if facility == "local3" {
                let head = "local3|err|2026-11-23T05:17:51.754144Z|windhover|alert|-|{\"hostname\":\"web-1\",";
                assert!(found[0].starts_with(head), "{found:?}");
            }
        }
        seen += 100;
    }
}

#[test]
fn rsyslogd_takes_messages_over_tls_from_who_shows_a_certificate() {
    let Some(authority) = Authority::found() else { return };
    let (server, client) = (authority.sign("localhost", 2), authority.sign("agent.example", 2));
    let stream = r#"StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/certvalid""#;
    let keys = format!(
        r#"DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{}" DefaultNetstreamDriverCertFile="{}"
           DefaultNetstreamDriverKeyFile="{}""#,
        authority.certificate().display(),
        server.certificate.display(),
        server.key.display()
    );
    if !has_rsyslog_tls() {
        eprintln!("skipped: rsyslog's module for TLS is not installed (rsyslog-openssl)");
        return;
    }
    let Some(daemon) = Rsyslogd::start(&keys, stream) else { return };
    let open = |identity| {
        let address = format!("localhost:{}", daemon.tcp);
        let trusted = authority.certificate();
        let options = RemoteSyslogOptions { trusted, identity, ..remote(address, Transport::Tls) };
        Box::new(RemoteSyslogChannel::open(options).unwrap())
    };
    let (stats, told) = run(open(Some((client.certificate, client.key))), 50);
    assert_eq!((stats.delivered, stats.lost()), (50, 0), "{told:?}");
    let messages = daemon.messages(50);
    assert!(messages.iter().any(|line| line.ends_with("|windhover|alert|-|00:00:00.000000049: Error alert 49")));
}

fn has_rsyslog_tls() -> bool {
    let folders = ["/usr/lib/x86_64-linux-gnu/rsyslog", "/usr/lib/aarch64-linux-gnu/rsyslog", "/usr/lib/rsyslog"];
    folders.iter().any(|folder| Path::new(folder).join("lmnsd_ossl.so").exists())
}

/// nginx with TLS, which writes each body to a file, and knows clients by their certificates.
struct Nginx {
    _daemon: Daemon,
    folder: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    fn start(authority: &Authority) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let (server, port) = (authority.sign("localhost", 2), free_port());
        let config = format!(
            r#"
            daemon off; master_process off; pid {path}/pid; error_log {path}/error;
            events {{}}
            http {{
                client_body_temp_path {path}/body; proxy_temp_path {path}/proxy; fastcgi_temp_path {path}/f;
                uwsgi_temp_path {path}/u; scgi_temp_path {path}/s; client_body_buffer_size 1m;
                log_format posted escape=none '$ssl_client_verify $content_type $http_user_agent $request_body';
                server {{
                    listen 127.0.0.1:{port} ssl;
                    ssl_certificate {}; ssl_certificate_key {};
                    ssl_client_certificate {}; ssl_verify_client optional;
                    location /alerts {{ access_log {path}/posted posted; proxy_pass http://unix:{path}/back; }}
                    location /busy {{ return 503; }}
                }}
                server {{ listen unix:{path}/back; access_log off; return 204; }}
            }}
            "#,
            server.certificate.display(),
            server.key.display(),
            authority.certificate().display()
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut daemon = Daemon::start(Command::new("nginx").arg("-c").arg(&file).arg("-e").arg("stderr"))?;
        until("nginx listens", || daemon.has_ended() || TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert!(!daemon.has_ended(), "{}", text(&folder.path().join("error")));
        Some(Self { _daemon: daemon, folder, port })
    }
}

#[test]
fn nginx_gets_what_was_posted_over_tls() {
    let Some(authority) = Authority::found() else { return };
    let Some(server) = Nginx::start(&authority) else { return };
    let client = authority.sign("agent.example", 2);
    let post = |path: &str, identity: Option<(PathBuf, PathBuf)>| {
        let url = format!("https://localhost:{}{path}", server.port);
        let options = HttpOptions { trusted: authority.certificate(), identity, ..http(&url) };
        run(Box::new(HttpChannel::open(options).unwrap()), 100)
    };
    let (stats, told) = post("/alerts", Some((client.certificate, client.key)));
    assert_eq!((stats.delivered, stats.lost()), (100, 0), "{told:?}");
    let (busy, _) = post("/busy", None);
    assert_eq!((busy.delivered, busy.lost_failed), (0, 100));
    let posted = server.folder.path().join("posted");
    until("requests are logged", || text(&posted).lines().count() >= 100);
    let text = text(&posted);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 100);
    for (n, line) in lines.into_iter().enumerate() {
        assert_eq!(line, format!("SUCCESS text/plain windhover-test 00:00:00.{n:09}: Error alert {n}"));
    }
}
