//! Log, metrics and web server of a running command, configured anew.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::course::{Shell, skipped};
use crate::reload::{ask, free_port};
use crate::watch::Watch;

const RULES: &str = "- {rule: R, desc: d, condition: evt.type = umask, output: o, priority: WARNING}\n";

struct Files {
    folder: TempDir,
    config: PathBuf,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("rules.yaml"), RULES).unwrap();
        let config = folder.path().join("config.yaml");
        Self { folder, config }
    }

    fn configure(&self, text: &str) {
        let rules = self.folder.path().join("rules.yaml");
        let head = format!(
            "rules_files: [{}]\nwatch_config_files: false\nlog_stderr: true\nstdout_output: {{enabled: true}}\n",
            rules.display()
        );
        fs::write(&self.config, head + text).unwrap();
    }

    fn start(&self, options: &[&str]) -> Option<Watch> {
        let own = std::process::id();
        Some(Watch::spawn(own, &[&["-c", self.config.to_str().unwrap()], options].concat(), true))
    }
}

fn web(address: &str, port: u16, healthz: &str) -> String {
    format!(
        "webserver: {{enabled: true, listen_address: {address}, listen_port: {port}, k8s_healthz_endpoint: {healthz}, \
         prometheus_metrics_enabled: true}}\n"
    )
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn answers(port: u16, path: &str) -> bool {
    ask(port, "GET", path).starts_with("HTTP/1.1 200 ")
}

#[test]
fn the_web_server_follows_its_keys() {
    let files = Files::new();
    let (first, second) = (free_port(), free_port());
    files.configure(&web("127.0.0.1", first, "/one"));
    let mut watch = files.start(&["-o", "engine.kind=nodriver"]).unwrap();
    wait_until("it answers", || TcpStream::connect(("127.0.0.1", first)).is_ok());
    assert!(answers(first, "/one") && !answers(first, "/two"));
    let mut reload = |text: &str, said: &str| {
        files.configure(text);
        watch.signal("HUP");
        assert!(watch.hears(said), "{:#?}", watch.words);
    };
    reload(&web("127.0.0.1", first, "/two"), "reloaded: 1 rules");
    assert!(answers(first, "/two") && !answers(first, "/one"));
    reload(&web("127.0.0.1", second, "/two"), "reloaded: 1 rules");
    assert!(answers(second, "/two"));
    wait_until("the old port is free", || TcpStream::connect(("127.0.0.1", first)).is_err());
    // The same port at another address: the old server makes room.
    reload(&web("0.0.0.0", second, "/three"), "reloaded: 1 rules");
    assert!(answers(second, "/three"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    reload(&web("127.0.0.1", taken.local_addr().unwrap().port(), "/four"), "the web server stays as it was");
    assert!(answers(second, "/three"));
    let broken =
        format!("{}  ssl_certificate: /nowhere/cert.pem\n", "webserver:\n  enabled: true\n  ssl_enabled: true\n");
    let broken = broken + &format!("  listen_address: 0.0.0.0\n  listen_port: {second}\n");
    reload(&broken, "cannot read the web server's certificate `/nowhere/cert.pem`");
    assert!(answers(second, "/three"));
    reload("webserver: {enabled: false}\n", "reloaded: 1 rules");
    wait_until("it has stopped", || TcpStream::connect(("127.0.0.1", second)).is_err());
}

#[test]
fn the_log_follows_its_keys_and_what_needs_a_start_is_named() {
    let files = Files::new();
    let port = free_port();
    files.configure(&web("127.0.0.1", port, "/healthz"));
    let mut watch = files.start(&["-o", "engine.kind=nodriver"]).unwrap();
    wait_until("it answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let reload = |text: &str| {
        files.configure(&(web("127.0.0.1", port, "/healthz") + text));
        assert!(ask(port, "POST", "/reload").starts_with("HTTP/1.1 200 "));
    };
    reload("log_level: error\n");
    reload("log_level: error\n");
    reload("rule_matching: all\ntime_format_iso_8601: true\n");
    reload("rule_matching: all\ntime_format_iso_8601: true\n");
    watch.signal("INT");
    let (status, _) = watch.end();
    assert!(status.success());
    // Told by the old level: of the first; by the new one: of the third, which sets it back; and of the last.
    let told: Vec<_> = watch.words.iter().filter(|line| line.contains("reloaded: ")).collect();
    assert_eq!(told.len(), 2, "{:#?}", watch.words);
    assert!(told[1].starts_with("20") && told[1].contains("+0000: reloaded"), "{told:?}");
    let named = watch.words.iter().filter(|line| line.contains("changes of `rule_matching` need a new start"));
    assert_eq!(named.count(), 1, "{:#?}", watch.words);
}

#[test]
fn metrics_follow_their_keys() {
    if skipped() {
        return;
    }
    let files = Files::new();
    let port = free_port();
    let records = files.folder.path().join("metrics");
    files.configure(&web("127.0.0.1", port, "/healthz"));
    let mut shell = Shell::start();
    let Some(mut watch) = Watch::start(shell.id(), &["-c", files.config.to_str().unwrap()]) else { return };
    assert!(!answers(port, "/metrics"));
    files.configure(&format!(
        "metrics: {{enabled: true, interval: 100ms, output_rule: true, output_file: {}}}\n{}",
        records.display(),
        web("127.0.0.1", port, "/healthz")
    ));
    assert!(ask(port, "POST", "/reload").starts_with("HTTP/1.1 200 "));
    assert!(answers(port, "/metrics"));
    shell.tell("while :; do umask 77; done");
    watch.alerts_until("Falco metrics snapshot");
    wait_until("records are written", || fs::read_to_string(&records).unwrap_or_default().lines().count() > 2);
    files.configure(&web("127.0.0.1", port, "/healthz"));
    assert!(ask(port, "POST", "/reload").starts_with("HTTP/1.1 200 "));
    assert!(!answers(port, "/metrics"));
    watch.signal("INT");
    assert!(watch.end().0.success());
}
