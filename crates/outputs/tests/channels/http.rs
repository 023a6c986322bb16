//! The HTTP channel against servers of the test's own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use windhover_outputs::*;

use super::tls::Identity;
use super::{LIMIT, Scripted, alert, outputs, run};

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
            std::thread::spawn(move || while answer(&mut &stream, &statuses, &sender).is_some() {});
        }
    });
    (url, receiver)
}

/// A server's side of TLS.
pub fn tls_config(identity: &Identity) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(&identity.certificate).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
    let provider = Arc::new(rustls_graviola::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

/// The same over TLS, with success for all.
pub fn serve_tls(identity: &Identity) -> (String, Receiver<(String, String)>) {
    let config = tls_config(identity);
    let listener = TcpListener::bind("localhost:0").unwrap();
    let url = format!("https://localhost:{}/alerts", listener.local_addr().unwrap().port());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let (mut stream, sender) = (StreamOwned::new(session, stream), sender.clone());
            let statuses = Mutex::new(VecDeque::from(["200 OK"]));
            std::thread::spawn(move || while answer(&mut stream, &statuses, &sender).is_some() {});
        }
    });
    (url, receiver)
}

fn answer(
    stream: &mut (impl Read + Write),
    statuses: &Mutex<VecDeque<&str>>,
    sender: &Sender<(String, String)>,
) -> Option<()> {
    let mut reader = BufReader::new(&mut *stream);
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

pub fn http(url: &str) -> HttpOptions {
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
