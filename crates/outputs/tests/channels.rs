//! Channels against real files, processes, sockets and servers, and the accounts kept of them.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use windhover_outputs::*;

/// Longer than anything here takes; reached only when something hangs.
const LIMIT: Duration = Duration::from_secs(20);

fn alert(n: u64) -> Alert {
    Alert { origin: Origin::Rule, ..Alert::internal(n, "rule", Priority::Error, format!("alert {n}")) }
}

/// Outputs that remember what they were told to report.
fn outputs(format: Format) -> (Outputs, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let report = move |notice: Notice<'_>| {
        let text = match notice {
            Notice::Failing { channel, error } => format!("{channel}: {error}"),
            Notice::Recovered { channel, lost } => format!("{channel}: recovered, {lost} lost"),
            Notice::QueueFull { channel } => format!("{channel}: full"),
            Notice::Discarded { channel, lost, in_doubt } => {
                format!("{channel}: {lost} discarded, {in_doubt} in doubt")
            }
        };
        log.lock().unwrap().push(text);
    };
    (Outputs::new(format, Arc::new(report)), told)
}

fn run(channel: Box<dyn Channel>, alerts: u64) -> (ChannelStats, Vec<String>) {
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(channel, QueueLimits::default());
    (0..alerts).for_each(|n| outputs.send(alert(n)));
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!(stats.sent, stats.delivered + stats.lost(), "{stats:?}");
    let told = told.lock().unwrap().clone();
    (stats, told)
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.split_once("Error ").unwrap().1.to_owned()).collect()
}

#[test]
fn a_file_gets_a_line_per_alert_opened_each_time_or_kept() {
    let folder = tempfile::tempdir().unwrap();
    for (keep, buffered) in [(false, false), (false, true), (true, false), (true, true)] {
        let path = folder.path().join(format!("{keep}{buffered}"));
        let (stats, _) = run(Box::new(FileChannel::new(path.clone(), keep, buffered)), 3);
        assert_eq!(stats.delivered, 3);
        assert_eq!(lines(&path), ["alert 0", "alert 1", "alert 2"]);
    }
}

#[test]
fn a_kept_file_is_opened_anew_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (now, old) = (folder.path().join("now"), folder.path().join("old"));
    let (mut outputs, _) = outputs(Format::default());
    outputs.add(Box::new(FileChannel::new(now.clone(), true, false)), QueueLimits::default());
    outputs.send(alert(1));
    while lines(&now).is_empty() {
        std::thread::yield_now();
    }
    std::fs::rename(&now, &old).unwrap();
    outputs.reopen();
    outputs.send(alert(2));
    outputs.finish(LIMIT);
    assert_eq!((lines(&old), lines(&now)), (vec!["alert 1".to_owned()], vec!["alert 2".to_owned()]));
}

#[test]
fn a_full_disk_and_a_missing_folder_are_counted_and_told_once() {
    let (stats, told) = run(Box::new(FileChannel::new("/dev/full".into(), true, true)), 5);
    assert_eq!((stats.delivered, stats.lost_failed), (0, 5));
    assert!(told[0].starts_with("file: cannot write to `/dev/full`: No space left on device"), "{told:?}");
    let (stats, told) = run(Box::new(FileChannel::new("/nowhere/at/all".into(), false, false)), 5);
    assert_eq!((stats.delivered, stats.lost_failed), (0, 5));
    assert_eq!(told, ["file: cannot open `/nowhere/at/all`: No such file or directory (os error 2)"]);
}

#[test]
fn a_program_runs_per_alert_or_once() {
    let folder = tempfile::tempdir().unwrap();
    for (keep, starts) in [(false, 3), (true, 1)] {
        let path = folder.path().join(keep.to_string());
        let command = format!("echo 'x: Error start' >> {0}; cat >> {0}", path.display());
        let (stats, _) = run(Box::new(ProgramChannel::new(command, keep, false)), 3);
        assert_eq!(stats.delivered, 3);
        let lines = lines(&path);
        assert_eq!(lines.iter().filter(|line| *line == "start").count(), starts, "{lines:?}");
        assert_eq!(lines.len(), starts + 3);
    }
}

#[test]
fn syslog_messages_carry_facility_severity_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let daemon = UnixDatagram::bind(&path).unwrap();
    let (stats, _) = run(Box::new(SyslogChannel::new(SyslogSocket::at(&path, "windhover"))), 1);
    assert_eq!(stats.delivered, 1);
    let mut message = [0; 1024];
    let n = daemon.recv(&mut message).unwrap();
    let message = std::str::from_utf8(&message[..n]).unwrap();
    assert!(message.starts_with("<11>"), "{message}");
    assert!(message.ends_with(" windhover: 00:00:00.000000000: Error alert 0"), "{message}");
}

#[test]
fn a_syslog_daemon_that_is_not_there_is_a_loss() {
    let (stats, told) = run(Box::new(SyslogChannel::new(SyslogSocket::at(Path::new("/nowhere/log"), "windhover"))), 2);
    assert_eq!(stats.lost_failed, 2);
    assert_eq!(told, ["syslog: cannot send to `/nowhere/log`: No such file or directory (os error 2)"]);
}

/// Answers each request on a connection with that status line, and hands over heads and bodies.
fn serve(status: &'static str) -> (String, Receiver<(String, String)>) {
    serve_in_turn(vec![status])
}

/// The same with a status line for each request in turn; the last one stays.
fn serve_in_turn(statuses: Vec<&'static str>) -> (String, Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/alerts", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    let statuses = Arc::new(Mutex::new(VecDeque::from(statuses)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (sender, statuses) = (sender.clone(), Arc::clone(&statuses));
            std::thread::spawn(move || while answer(&stream, &statuses, &sender).is_some() {});
        }
    });
    (url, receiver)
}

fn answer(mut stream: &TcpStream, statuses: &Mutex<VecDeque<&str>>, sender: &Sender<(String, String)>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1)?.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    sender.send((head, text(body))).ok()?;
    let mut statuses = statuses.lock().unwrap();
    let status = if statuses.len() > 1 { statuses.pop_front()? } else { *statuses.front()? };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\nok").ok()
}

/// A body as text, uncompressed if need be.
fn text(body: Vec<u8>) -> String {
    let mut text = String::new();
    match flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut text) {
        Ok(_) => text,
        Err(_) => String::from_utf8(body).unwrap(),
    }
}

fn http(url: &str) -> HttpOptions {
    HttpOptions {
        url: url.to_owned(),
        user_agent: "windhover-test".into(),
        insecure: false,
        trusted: PathBuf::new(),
        identity: None,
        echo: false,
        timeout_retries: 0,
        retries: 0,
        timeout: Duration::from_secs(10),
        compress: false,
        headers: vec![],
    }
}

#[test]
fn http_posts_each_alert_and_takes_other_answers_than_success_for_a_loss() {
    let (url, requests) = serve("200 OK");
    let (stats, _) = run(Box::new(HttpChannel::open(http(&url)).unwrap()), 2);
    assert_eq!(stats.delivered, 2);
    let (head, body) = requests.recv().unwrap();
    assert!(head.starts_with("post /alerts http/1.1\r\n"), "{head}");
    assert!(head.contains("user-agent: windhover-test\r\n") && head.contains("content-type: text/plain\r\n"), "{head}");
    assert_eq!(body, "00:00:00.000000000: Error alert 0");

    for status in ["500 Internal Server Error", "302 Found"] {
        let (url, _requests) = serve(status);
        let (stats, told) = run(Box::new(HttpChannel::open(http(&url)).unwrap()), 2);
        assert_eq!(stats.lost_failed, 2, "{status}");
        assert!(told[0].starts_with(&format!("http: cannot post to `{url}`: ")), "{told:?}");
    }
}

#[test]
fn http_bodies_are_compressed_until_the_server_refuses_that() {
    let (url, requests) = serve("200 OK");
    let headers =
        vec![("X-Token".to_owned(), "abc".to_owned()), ("content-type".to_owned(), "text/x-alert".to_owned())];
    let options = HttpOptions { compress: true, headers, ..http(&url) };
    let (stats, _) = run(Box::new(HttpChannel::open(options).unwrap()), 2);
    assert_eq!(stats.delivered, 2);
    let (head, body) = requests.recv().unwrap();
    assert!(head.contains("content-encoding: gzip\r\n") && head.contains("x-token: abc\r\n"), "{head}");
    assert!(head.contains("content-type: text/x-alert\r\n") && !head.contains("text/plain"), "{head}");
    assert_eq!(body, "00:00:00.000000000: Error alert 0");

    let (url, requests) = serve_in_turn(vec!["415 Unsupported Media Type", "200 OK"]);
    let (stats, _) = run(Box::new(HttpChannel::open(HttpOptions { compress: true, ..http(&url) }).unwrap()), 2);
    assert_eq!((stats.delivered, stats.lost()), (2, 0));
    let heads: Vec<_> = requests.try_iter().map(|(head, _)| head.contains("gzip")).collect();
    assert_eq!(heads.len(), 3);
    assert_eq!(heads.iter().filter(|compressed| **compressed).count(), 1);
}

#[test]
fn http_tries_again_what_may_pass_and_no_more_than_told() {
    for (retries, statuses, delivered, requests) in [
        (2, vec!["503 Unavailable", "429 Too Many Requests", "200 OK"], 1, 3),
        (2, vec!["500 Internal Server Error"], 0, 3),
        (2, vec!["404 Not Found"], 0, 1),
        (0, vec!["503 Unavailable", "200 OK"], 0, 1),
    ] {
        let (url, seen) = serve_in_turn(statuses.clone());
        let (stats, _) = run(Box::new(HttpChannel::open(HttpOptions { retries, ..http(&url) }).unwrap()), 1);
        assert_eq!((stats.delivered, stats.lost_failed), (delivered, 1 - delivered), "{statuses:?}");
        assert_eq!(seen.try_iter().count(), requests, "{statuses:?}");
    }
}

#[test]
fn a_server_that_never_answers_or_refuses_costs_its_own_alerts_alone() {
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (mut outputs, told) = outputs(Format::default());
    for address in [hanging.local_addr().unwrap(), refused] {
        let url = format!("http://{address}/");
        let options = HttpOptions { timeout: Duration::from_millis(50), timeout_retries: 1, retries: 1, ..http(&url) };
        outputs.add(Box::new(HttpChannel::open(options).unwrap()), QueueLimits::default());
    }
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..3).for_each(|n| outputs.send(alert(n)));
    let stats = outputs.finish(LIMIT);
    let counts: Vec<_> = stats.iter().map(|stats| (stats.delivered, stats.lost_failed, stats.lost())).collect();
    assert_eq!(counts, [(0, 3, 3), (0, 3, 3), (3, 0, 0)], "{told:?}");
    // Each of the hanging server's three alerts was tried twice.
    hanging.set_nonblocking(true).unwrap();
    assert_eq!(hanging.incoming().map_while(Result::ok).count(), 6);
    assert_eq!(told.lock().unwrap().len(), 2, "one notice for each series");
}

#[test]
fn http_channels_that_cannot_work_are_refused() {
    for (name, value) in [("a b", "c"), ("", "c"), ("x", "a\nb"), ("Content-Length", "1")] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        let error = HttpChannel::open(HttpOptions { headers, ..http("http://localhost/") }).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{name}` cannot be sent as a header")), "{error}");
    }
    for url in ["", "localhost:80", "ftp://x", "http://", "https:///x"] {
        assert!(HttpChannel::open(http(url)).is_err(), "{url}");
    }
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for trusted in [folder.path().to_owned(), empty, "/nowhere".into()] {
        let options = HttpOptions { trusted, ..http("https://localhost/") };
        assert!(HttpChannel::open(options).is_err());
    }
}

/// Does with each alert what its turn in the plan says; later alerts wait for the gate, if there is one.
struct Scripted {
    plan: Vec<bool>,
    at: usize,
    gate: Option<Receiver<()>>,
}

impl Channel for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn deliver(&mut self, _: &Delivery) -> Outcome {
        if let Some(gate) = &self.gate {
            _ = gate.recv();
        }
        self.at += 1;
        if self.plan.get(self.at - 1).copied().unwrap_or(true) {
            return Outcome::delivered();
        }
        let error =
            DeliverError { action: "reach", object: "it".into(), source: "it is not there".into(), gone: false };
        Outcome::lost(error)
    }
}

#[test]
fn a_hanging_channel_loses_only_its_own_and_says_how_many() {
    let (mut outputs, told) = outputs(Format::default());
    let (open, gate) = mpsc::channel();
    let limits = QueueLimits { alerts: 4, ..QueueLimits::default() };
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: Some(gate) }), limits);
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..100).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[1].delivered < 100 {
        std::thread::yield_now();
    }
    let is_busy = |stats: &ChannelStats| stats.pending() > stats.queued as u64;
    while !is_busy(&outputs.stats()[0]) {
        std::thread::yield_now();
    }
    let stats = outputs.finish(Duration::from_millis(50));
    assert_eq!((stats[1].delivered, stats[1].lost()), (100, 0));
    // What the channel hangs in may yet arrive: it is neither delivered nor lost.
    assert_eq!((stats[0].sent, stats[0].delivered, stats[0].lost(), stats[0].pending()), (100, 0, 99, 1));
    assert!(stats[0].lost_queue_full >= 95, "{stats:?}");
    let told = told.lock().unwrap();
    assert_eq!(told[0], "scripted: full");
    assert_eq!(told[1], format!("scripted: {} discarded, 1 in doubt", stats[0].lost_discarded));
    drop(open);
}

#[test]
fn a_waiting_sender_loses_nothing() {
    let (mut outputs, told) = outputs(Format::default());
    let limits = QueueLimits { alerts: 1, overflow: Overflow::Wait, ..QueueLimits::default() };
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), limits);
    (0..1000).for_each(|n| outputs.send(alert(n)));
    assert_eq!(outputs.finish(LIMIT)[0].delivered, 1000);
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_reader_that_has_gone_is_known_and_not_complained_about() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(Box::new(StreamChannel::new(Gone, None, false)), QueueLimits::default());
    outputs.send(alert(0));
    while !outputs.all_gone() {
        std::thread::yield_now();
    }
    assert_eq!(outputs.finish(LIMIT)[0].lost_failed, 1);
    assert!(told.lock().unwrap().is_empty());
}

/// Sends alerts to a channel that will hang and to one that works; gives the accounts of both.
fn beside_a_hanging(channel: Box<dyn Channel>, alerts: u64) -> (ChannelStats, ChannelStats) {
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(channel, QueueLimits { alerts: 10, ..QueueLimits::default() });
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..alerts).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[1].delivered < alerts {
        std::thread::yield_now();
    }
    let mut stats = outputs.finish(Duration::from_millis(200));
    let told = told.lock().unwrap();
    let discarded = format!("{}: {} discarded", stats[0].name, stats[0].lost_discarded);
    assert!(told.contains(&discarded), "{told:?}");
    let works = stats.remove(1);
    (stats.remove(0), works)
}

#[test]
fn a_pipe_that_nobody_opens_for_reading_loses_all_of_its_own_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (hangs, works) = beside_a_hanging(Box::new(FileChannel::new(path.clone(), true, false)), 100);
    assert_eq!((hangs.sent, hangs.delivered, hangs.lost()), (100, 0, 100));
    assert_eq!((works.delivered, works.lost()), (100, 0));
    // Lets the channel's thread go.
    drop(std::fs::File::open(path).unwrap());
}

#[test]
fn a_program_that_never_reads_gets_what_its_pipe_holds_and_the_rest_is_counted() {
    let channel = ProgramChannel::new("exec sleep 3".into(), true, false);
    // More than a pipe holds.
    let (hangs, works) = beside_a_hanging(Box::new(channel), 10_000);
    assert_eq!((hangs.sent, hangs.delivered + hangs.lost()), (10_000, 10_000));
    assert!(hangs.delivered < 10_000 && hangs.lost_discarded > 0, "{hangs:?}");
    assert_eq!((works.delivered, works.lost()), (10_000, 0));
}

#[test]
fn a_program_that_dies_is_started_again_and_no_line_arrives_uncounted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines");
    let command = format!("read -r line; echo \"$line\" >> {}", path.display());
    let (mut outputs, _) = outputs(Format::default());
    outputs.add(Box::new(ProgramChannel::new(command, true, false)), QueueLimits::default());
    let mut sent = 0;
    while lines(&path).len() < 3 {
        outputs.send(alert(sent));
        sent += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!((stats.sent, stats.delivered + stats.lost_failed), (sent, sent));
    assert!(lines(&path).len() as u64 <= stats.delivered, "{stats:?}");
}

#[test]
fn a_server_with_the_certificate_of_another_authority_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str| {
        let (key, certificate) = (folder.path().join(format!("{name}.key")), folder.path().join(name));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
        command.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
        let made = command.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        made.then_some((key, certificate))
    };
    let (Some((key, certificate)), Some((_, other))) = (make("server.pem"), make("other.pem")) else {
        eprintln!("skipped: there is no `openssl` command to make certificates with");
        return;
    };
    let mut server = Command::new("openssl");
    server.args(["s_server", "-accept", "localhost:0", "-www", "-key"]).arg(key).arg("-cert").arg(&certificate);
    let mut server = server.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut ports = said.filter_map(|line| Some(line.strip_prefix("ACCEPT")?.rsplit_once(':')?.1.to_owned()));
    let url = format!("https://localhost:{}/", ports.next().unwrap());
    let post = |trusted: PathBuf, insecure| {
        run(Box::new(HttpChannel::open(HttpOptions { trusted, insecure, retries: 2, ..http(&url) }).unwrap()), 2)
    };
    let (refused, told) = post(other, false);
    let (trusted, _) = post(certificate, false);
    let (unchecked, _) = post(PathBuf::new(), true);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!((refused.delivered, refused.lost_failed), (0, 2));
    assert!(told[0].contains("certificate"), "{told:?}");
    assert_eq!((trusted.delivered, unchecked.delivered), (2, 2));
}

proptest! {
    #[test]
    fn every_alert_is_delivered_or_counted_as_lost(plan in prop::collection::vec(any::<bool>(), 0..40), extra in 0..5_u64) {
        let failures = plan.iter().filter(|works| !**works).count() as u64;
        let sent = plan.len() as u64 + extra;
        let series = plan.split(|works| *works).filter(|run| !run.is_empty()).count();
        let (stats, told) = run(Box::new(Scripted { plan, at: 0, gate: None }), sent);
        prop_assert_eq!((stats.sent, stats.delivered, stats.lost_failed), (sent, sent - failures, failures));
        prop_assert_eq!(told.iter().filter(|text| text.contains("cannot reach")).count(), series);
    }
}
