//! The server as a client sees it.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use windhover_engine::metric::{MetricGroups, Resources};
use windhover_engine::{Facts, Measurement, Status};
use windhover_web::prometheus::{full_name, render};
use windhover_web::{Metrics, Site, WebOptions, WebServer};

const GROUPS: MetricGroups = MetricGroups {
    rules: true,
    resources: true,
    state: true,
    kernel: true,
    kernel_per_cpu: true,
    memory_in_mb: true,
    empty: false,
};

fn server(metrics: Option<Metrics>) -> WebServer {
    let options = WebOptions { address: ([127, 0, 0, 1], 0).into(), threads: 2, certificate: None };
    let site = Site { healthz: "/live".into(), versions: r#"{"falco_version":"1"}"#.into(), metrics, reload: None };
    WebServer::start(&options, site).unwrap()
}

fn raw(server: &WebServer, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_client_gets_health_and_versions() {
    let server = server(None);
    let get = |path: &str| ureq::get(format!("http://{}{path}", server.address())).call();
    let mut health = get("/live?verbose").unwrap();
    assert_eq!(health.headers()["content-type"], "application/json");
    assert_eq!(health.body_mut().read_to_string().unwrap(), r#"{"status": "ok"}"#);
    assert_eq!(get("/versions").unwrap().body_mut().read_to_string().unwrap(), r#"{"falco_version":"1"}"#);
    for path in ["/metrics", "/healthz", "/"] {
        assert!(matches!(get(path), Err(ureq::Error::StatusCode(404))), "{path}");
    }
}

#[test]
fn odd_requests_are_answered_and_do_no_harm() {
    let server = server(None);
    assert!(raw(&server, "POST /live HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
    assert!(raw(&server, "what?\r\n\r\n").starts_with("HTTP/1.1 400 "));
    let head = raw(&server, "HEAD /live HTTP/1.1\r\n\r\n");
    assert!(head.contains("Content-Length: 16\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    drop(TcpStream::connect(server.address()).unwrap());
    assert!(raw(&server, "GET /live HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

#[test]
fn clients_that_say_nothing_make_room_for_those_that_do() {
    let server = server(None);
    let begin = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(b"GET /live HT").unwrap();
        stream
    };
    let mut slow: Vec<_> = (0..100).map(|_| begin()).collect();
    let end = |mut stream: TcpStream| {
        let mut answer = String::new();
        // A connection that was ended may say so in either way.
        let read = stream.write_all(b"TP/1.1\r\n\r\n").and_then(|()| stream.read_to_string(&mut answer));
        read.is_ok() && answer.starts_with("HTTP/1.1 200 ")
    };
    assert!(end(begin()), "nobody waits for those that say nothing");
    assert!(end(slow.pop().unwrap()), "who came late enough still has its place");
    assert!(!end(slow.swap_remove(0)), "who came first had to make room");
}

#[test]
fn metrics_need_an_engine_that_answers() {
    let status = std::sync::Arc::new(Status::default());
    let metrics = Metrics { status, groups: GROUPS, host_root: "/".into() };
    assert!(raw(&server(Some(metrics)), "GET /metrics HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
}

#[test]
fn names_end_with_their_unit() {
    let table = [
        ("falco", "memory_rss_kb", "bytes", "falcosecurity_falco_memory_rss_bytes"),
        ("falco", "cpu_usage_perc", "ratio", "falcosecurity_falco_cpu_usage_ratio"),
        ("falco", "duration_sec", "seconds_total", "falcosecurity_falco_duration_seconds_total"),
        ("falco", "start_ts", "timestamp_nanoseconds", "falcosecurity_falco_start_timestamp_nanoseconds"),
        ("scap", "n_evts", "total", "falcosecurity_scap_n_evts_total"),
        ("plugins", "my plugin.n-x", "total", "falcosecurity_plugins_my_plugin_n_x_total"),
    ];
    for (subsystem, name, unit, want) in table {
        assert_eq!(full_name(subsystem, name, unit), want);
    }
}

#[test]
fn the_page_has_help_type_and_samples() {
    let measured = Measurement { now: 3_000_000_000, host_cpus: 4, ..Measurement::default() };
    let facts = Facts { version: "a\"b".into(), start_ts: 1_000_000_000, ..Facts::default() };
    let used = Resources { rss_kb: 2, cpu_percent: 12.5, ..Resources::default() };
    let page = render(&facts, &measured, &used, GROUPS);
    for line in [
        "# HELP falcosecurity_falco_version_info https://falco.org/docs/metrics/",
        "# TYPE falcosecurity_falco_version_info gauge",
        r#"falcosecurity_falco_version_info{version="a\"b"} 1"#,
        "falcosecurity_falco_duration_seconds_total 2",
        "falcosecurity_falco_memory_rss_bytes 2048",
        "falcosecurity_falco_cpu_usage_ratio 0.125000",
        "falcosecurity_falco_host_num_cpus_total 4",
        r#"falcosecurity_scap_n_drops_buffer_total{dir="exit",drop="proc"} 0"#,
        r#"falcosecurity_scap_engine_name_info{engine_name="modern_bpf",evt_source="syscall"} 1"#,
        "falcosecurity_scap_n_threads_total 0",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    assert!(!page.contains("rules_matches"), "{page}");
}

#[test]
fn another_site_is_served_from_the_next_connection_on() {
    let server = server(None);
    let asked = |path: &str| raw(&server, &format!("GET {path} HTTP/1.1\r\n\r\n"));
    assert!(asked("/live").starts_with("HTTP/1.1 200 "));
    let site = Site { healthz: "/other".into(), versions: "{}".into(), metrics: None, reload: None };
    assert!(server.exchange(Some("/none/cert.pem".as_ref()), site.clone()).is_err());
    assert!(asked("/live").starts_with("HTTP/1.1 200 "));
    server.exchange(None, site).unwrap();
    assert!(asked("/live").starts_with("HTTP/1.1 404 ") && asked("/other").starts_with("HTTP/1.1 200 "));
}

#[test]
fn the_port_of_a_stopped_server_is_free() {
    let server = server(None);
    let address = server.address();
    let _silent = TcpStream::connect(address).unwrap();
    server.stop();
    let options = WebOptions { address, threads: 1, certificate: None };
    let site = Site { healthz: "/again".into(), versions: "{}".into(), metrics: None, reload: None };
    let server = WebServer::start(&options, site).unwrap();
    assert!(raw(&server, "GET /again HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
}
