//! Other rules for a running engine, under load: nothing is missed, and nothing told twice.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::course::{Shell, skipped};
use crate::watch::Watch;

const NEEDLE: &str = "/tmp/windhover-needle-";
/// Reloads that succeed; every fifth of them comes after one that does not.
const RELOADS: usize = 20;
const BAD: &str = "- {rule: Bad, desc: d, condition: proc.nmae = x, output: o, priority: INFO}\n";

/// A rule that finds needles, and `others` that look at system calls that come and go.
fn rules(others: usize) -> String {
    let rule = |name: &str, condition: &str| {
        format!("- {{rule: {name}, desc: d, condition: '{condition}', output: of %evt.arg.name, priority: WARNING}}\n")
    };
    let mut text = rule("Needle", &format!("evt.type in (open, openat) and evt.arg.name startswith {NEEDLE}"));
    for n in 0..others {
        let call = ["umask", "mkdir", "ptrace", "splice", "unshare"][(n + others) % 5];
        text += &rule(&format!("Other {n}"), &format!("evt.type = {call} and proc.name = nobody-{n}"));
    }
    text
}

/// Asks the running command for something over HTTP.
pub fn ask(port: u16, method: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Two loops that open needles, each with its number and hay around it, until the file is gone; how many they opened is
/// written to files.
fn load(shell: &mut Shell, folder: &Path) {
    let folder = folder.display();
    for side in ["a", "b"] {
        shell.tell(&format!(
            "(i=0; while [ -e {folder}/go ]; do (true <{NEEDLE}{side}-$i); i=$((i+1)); \
             j=0; while [ $j -lt 20 ]; do true </tmp/windhover-hay; j=$((j+1)); done; done; echo $i >{folder}/{side}) &"
        ));
    }
    shell.tell("wait");
}

fn reload_often(workers: u32) {
    if skipped() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    fs::write(&path, rules(0)).unwrap();
    fs::write(folder.path().join("go"), "").unwrap();
    let config = folder.path().join("config.yaml");
    let port = free_port();
    let text = format!(
        "rules_files: [{}]\nstdout_output: {{enabled: true}}\nlog_stderr: true\nmetrics: {{enabled: true, interval: 1h}}\n\
         engine: {{kind: modern_ebpf, modern_ebpf: {{buf_size_preset: 6}}}}\n\
         webserver: {{enabled: true, listen_address: 127.0.0.1, listen_port: {port}, prometheus_metrics_enabled: true}}\n",
        path.display()
    );
    fs::write(&config, text).unwrap();
    let mut shell = Shell::start();
    let count = workers.to_string();
    let options = ["-c", config.to_str().unwrap(), "--workers", &count, "-o", "kernel_verdicts=true"];
    let Some(mut watch) = Watch::start(shell.id(), &options) else { return };
    load(&mut shell, folder.path());
    for n in 1..=RELOADS {
        if n % 5 == 0 {
            fs::write(&path, BAD).unwrap();
            let answer = ask(port, "POST", "/reload");
            assert!(answer.starts_with("HTTP/1.1 422 ") && answer.contains("failed"), "{answer}");
            assert!(watch.hears("the old rules stay in force"), "{:#?}", watch.words);
        }
        fs::write(&path, rules(n)).unwrap();
        match n % 3 {
            0 => watch.signal("HUP"),
            1 => {
                let answer = ask(port, "POST", "/reload");
                assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
                assert!(answer.contains(&format!(r#""rules":{}"#, n + 1)), "{answer}");
            }
            // The change of the file is enough.
            _ => {}
        }
        assert!(watch.hears(&format!("reloaded: {} rules in force", n + 1)), "{:#?}", watch.words);
    }
    fs::remove_file(folder.path().join("go")).unwrap();
    shell.finish();
    let last = ask(port, "GET", "/reload");
    assert!(last.contains(&format!(r#""rules":{}"#, RELOADS + 1)), "{last}");
    let metrics = ask(port, "GET", "/metrics");
    let counted = |result: &str| {
        let head = format!(r#"windhover_reloads_total{{result="{result}"}} "#);
        metrics.lines().find_map(|line| line.strip_prefix(&head)?.parse::<usize>().ok())
    };
    assert!(counted("succeeded") >= Some(RELOADS) && counted("failed") >= Some(RELOADS / 5), "{metrics}");
    watch.signal("INT");
    let (status, rest) = watch.end();
    assert!(status.success(), "{:#?}", watch.words);
    assert!(watch.words.iter().any(|line| line.contains(" 0 lost ")), "{:#?}", watch.words);
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for line in rest.lines().filter_map(|line| line.split_once(NEEDLE)) {
        *found.entry(line.1).or_default() += 1;
    }
    let mut deeds = 0;
    for side in ["a", "b"] {
        let told = fs::read_to_string(folder.path().join(side)).unwrap();
        let count: usize = told.trim().parse().unwrap();
        let wrong: Vec<_> = (0..count).filter(|n| found.get(format!("{side}-{n}").as_str()) != Some(&1)).collect();
        assert!(wrong.is_empty(), "{} of {count} not found exactly once: {wrong:?}", wrong.len());
        deeds += count;
    }
    assert_eq!(found.len(), deeds);
    println!("{deeds} needles found, each once, over {RELOADS} reloads with {workers} workers");
}

#[test]
fn needles_are_found_exactly_once_over_many_reloads() {
    reload_often(1);
}

#[test]
fn needles_are_found_exactly_once_over_many_reloads_by_several_workers() {
    reload_often(3);
}

/// `windhover` without a driver, which answers over HTTP; ended with its test.
struct Idle {
    child: Child,
    port: u16,
}

impl Idle {
    fn start(arguments: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        command.args(arguments).args(["-o", "engine.kind=nodriver", "-o", "log_syslog=false"]);
        command.args(["-o", "webserver.enabled=true", "-o", "webserver.listen_address=127.0.0.1"]);
        command.args(["-o", &format!("webserver.listen_port={port}")]);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "it ended early");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, port }
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
fn without_a_driver_rules_are_loaded_anew_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules.yaml");
    fs::write(&path, rules(0)).unwrap();
    let idle = Idle::start(&["--built-in", "-r", path.to_str().unwrap(), "-o", "webserver.reload_token=secret"]);
    fs::write(&path, rules(6)).unwrap();
    assert!(ask(idle.port, "POST", "/reload").starts_with("HTTP/1.1 401 "));
    let answer = ask(idle.port, "POST", "/reload HTTP/1.1\r\nAuthorization: Bearer secret\r\nX-Rest: ");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains(r#""rules":7"#), "{answer}");
}

#[test]
fn channels_and_their_format_are_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let [path, config, first, second] =
        ["rules.yaml", "config.yaml", "first", "second"].map(|name| folder.path().join(name));
    let configure = |file: &Path, json: bool| {
        let head = format!("rules_files: [{}]\nwatch_config_files: false\njson_output: {json}\n", path.display());
        fs::write(&config, head + &format!("file_output: {{enabled: true, filename: {}}}\n", file.display())).unwrap();
    };
    // What a reload that fails raises is an alert like others.
    let fail = |port| {
        fs::write(&path, BAD).unwrap();
        assert!(ask(port, "POST", "/reload").starts_with("HTTP/1.1 422 "));
        fs::write(&path, rules(0)).unwrap();
    };
    fs::write(&path, rules(0)).unwrap();
    configure(&first, false);
    let idle = Idle::start(&["-c", config.to_str().unwrap()]);
    fail(idle.port);
    configure(&second, true);
    assert!(ask(idle.port, "POST", "/reload").starts_with("HTTP/1.1 200 "));
    fail(idle.port);
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    while read(&first).is_empty() || read(&second).is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let (first, second) = (read(&first), read(&second));
    assert!(first.lines().count() == 1 && first.contains("Critical Falco internal: hot restart failure"), "{first}");
    assert!(
        second.lines().count() == 1 && second.starts_with('{') && second.contains("hot restart failure"),
        "{second}"
    );
}
