//! Falco's configuration as it is installed, read by the real command: what comes out of each channel is what the
//! reference wrote for the same capture.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const RULES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
/// So many datagrams a socket holds, whatever its reader does meanwhile.
const FEW: usize = 64;
const PRIORITIES: [&str; 8] =
    ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug"];

/// A folder that stands for /etc/falco.
struct Installed {
    folder: tempfile::TempDir,
}

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stock = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stock");
        fs::create_dir(folder.path().join("config.d")).unwrap();
        for name in ["falco.yaml", "config.d/falco.container_plugin.yaml"] {
            let text = fs::read_to_string(stock.join(name)).unwrap();
            fs::write(folder.path().join(name), text.replace("/etc/falco/", &format!("{}/", folder.path().display())))
                .unwrap();
        }
        Self { folder }
    }

    /// The community rules where the configuration looks for rules: one file by name, the others in the folder.
    fn with_rules(self, shared: &Path) -> Self {
        fs::create_dir(self.folder.path().join("rules.d")).unwrap();
        for (at, name) in RULES.iter().enumerate() {
            let place = if at == 0 { (*name).to_owned() } else { format!("rules.d/{at}-{name}") };
            fs::copy(shared.join("corpus/falco-rules").join(name), self.path(&place)).unwrap();
        }
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, options: &[String]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        command.arg("-c").arg(self.path("falco.yaml")).env("FALCO_HOSTNAME", "host-a");
        command.args(options.iter().flat_map(|option| ["-o", option]));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

fn shared() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !path.is_dir() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// A recording, and the alerts that the reference printed for it as JSON.
struct Case {
    capture: PathBuf,
    alerts: Vec<String>,
}

/// All recordings that the reference has replayed.
fn cases(shared: &Path) -> Vec<Case> {
    let captures = shared.join("captures");
    let folders = [captures.clone(), captures.join("third-party")];
    let files = folders.iter().flat_map(|folder| folder.read_dir().unwrap()).map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "scap")).collect();
    found.sort();
    let cases = found.into_iter().filter_map(|capture| {
        let name = capture.file_stem().unwrap().to_str().unwrap().to_owned();
        let results = captures.join(format!("results/{name}.alerts.jsonl.zst"));
        let output = results.exists().then(|| Command::new("zstd").arg("-qdc").arg(results).output().unwrap())?;
        assert!(output.status.success(), "zstd cannot read the results");
        let alerts = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        Some(Case { capture, alerts })
    });
    cases.collect()
}

/// The line of text that the reference prints for an alert that it prints as this JSON.
fn as_text(json: &str) -> String {
    let alert: serde_json::Value = serde_json::from_str(json).unwrap();
    let encoded = alert["output"].to_string();
    encoded[1..encoded.len() - 1].to_owned()
}

fn alerts(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.lines().take_while(|line| !line.starts_with("Events detected: ")).map(str::to_owned).collect()
}

/// A server that takes so many requests; their bodies, and their content types.
fn server(requests: usize) -> (String, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut taken = 0;
        while taken < requests {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            while let Some(request) = read_request(&mut reader) {
                reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
                sender.send(request).unwrap();
                taken += 1;
            }
        }
    });
    (url, receiver)
}

/// Content type and body of a request; nothing at the end of the connection.
fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let (mut length, mut kind) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if let Some(value) = line.strip_prefix("content-type: ") {
            kind = value.to_owned();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((kind, String::from_utf8(body).unwrap()))
}

#[test]
fn the_stock_configuration_is_known_whole() {
    let installed = Installed::new();
    fs::write(
        installed.path("falco_rules.yaml"),
        "- {rule: r, desc: d, condition: evt.type = open, output: o, priority: INFO}\n",
    )
    .unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    let output = command.arg("-c").arg(installed.path("falco.yaml")).arg("--dry-run").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains("warning["), "{stderr}");
    for file in ["falco.yaml", "config.d/falco.container_plugin.yaml"] {
        let line = format!("   {} | schema validation: ok", installed.path(file).display());
        assert!(stderr.contains(&line), "{line}: {stderr}");
    }
}

#[test]
fn without_any_rules_file_it_ends_as_the_reference_does() {
    let installed = Installed::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    let output = command.arg("-c").arg(installed.path("falco.yaml")).arg("--dry-run").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("You must specify at least one rules file/directory via -r"), "{stderr}");
}

/// What a syslog daemon gets: over TCP all that one connection sends, over UDP so many datagrams.
fn daemon(datagrams: Option<usize>) -> (String, mpsc::Receiver<Vec<String>>) {
    let (sender, receiver) = mpsc::channel();
    if let Some(count) = datagrams {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            let messages = (0..count).map(|_| {
                let length = socket.recv(&mut bytes).unwrap();
                String::from_utf8(bytes[..length].to_vec()).unwrap()
            });
            sender.send(messages.collect()).unwrap();
        });
        return (format!("{{address: '{address}', protocol: udp}}"), receiver);
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut messages = Vec::new();
        let mut length = Vec::new();
        while stream.read_until(b' ', &mut length).unwrap() > 0 {
            let count: usize = std::str::from_utf8(&length).unwrap().trim().parse().unwrap();
            let mut message = vec![0; count];
            stream.read_exact(&mut message).unwrap();
            messages.push(String::from_utf8(message).unwrap());
            length.clear();
        }
        sender.send(messages).unwrap();
    });
    (format!("{{address: '{address}', protocol: tcp}}"), receiver)
}

/// Severity and text of a message as in RFC 5424.
fn read_message(message: &str) -> (usize, String) {
    let parts: Vec<_> = message.splitn(8, ' ').collect();
    let (priority, version) = parts[0].strip_prefix('<').unwrap().split_once('>').unwrap();
    assert_eq!((version, parts[6]), ("1", "-"), "{message}");
    (priority.parse::<usize>().unwrap() % 8, parts[7].trim_end().to_owned())
}

fn severity(json: &str) -> usize {
    let alert: serde_json::Value = serde_json::from_str(json).unwrap();
    PRIORITIES.iter().position(|name| *name == alert["priority"]).unwrap()
}

/// Replays a recording with every channel on, and compares what appears on each.
fn compare(shared: &Path, case: &Case, json: bool) {
    let installed = Installed::new().with_rules(shared);
    let theirs = &case.alerts;
    let wanted: Vec<_> = if json { theirs.clone() } else { theirs.iter().map(|line| as_text(line)).collect() };
    let (url, posted) = server(wanted.len());
    let (remote, logged) = daemon((wanted.len() <= FEW).then_some(wanted.len()));
    let (file, fed) = (installed.path("file"), installed.path("program"));
    let output = installed.run(&[
        "engine.kind=replay".to_owned(),
        format!("engine.replay.capture_file={}", case.capture.display()),
        format!("json_output={json}"),
        // As the reference's results were made.
        "time_format_iso_8601=true".to_owned(),
        "syslog_output.enabled=true".to_owned(),
        format!("syslog_output.remote={remote}"),
        "log_syslog=false".to_owned(),
        "file_output.enabled=true".to_owned(),
        format!("file_output.filename={}", file.display()),
        "program_output.enabled=true".to_owned(),
        "program_output.keep_alive=true".to_owned(),
        format!("program_output.program=cat >> {}", fed.display()),
        "http_output.enabled=true".to_owned(),
        format!("http_output.url={url}"),
        "output_timeout=60000".to_owned(),
    ]);
    let name = format!("{} as {}", case.capture.display(), if json { "JSON" } else { "text" });
    // Files and programs that nothing was written to need not be there.
    let written = |path| alerts(&fs::read(path).unwrap_or_default());
    assert_eq!(alerts(&output.stdout), wanted, "{name}: standard output");
    assert_eq!(written(file), wanted, "{name}: file");
    assert_eq!(written(fed), wanted, "{name}: program");
    let posted: Vec<_> = posted.try_iter().collect();
    let kind = if json { "application/json" } else { "text/plain" };
    assert!(posted.iter().all(|(found, _)| found == kind), "{name}: {:?}", posted.first());
    let bodies: Vec<_> = posted.iter().map(|(_, body)| body.trim_end().to_owned()).collect();
    assert_eq!(bodies, wanted, "{name}: http");
    let logged = if wanted.is_empty() { Vec::new() } else { logged.recv_timeout(Duration::from_secs(60)).unwrap() };
    let logged: Vec<_> = logged.iter().map(|message| read_message(message)).collect();
    let with_severity: Vec<_> = theirs.iter().map(|line| severity(line)).zip(wanted.iter().cloned()).collect();
    assert_eq!(logged, with_severity, "{name}: syslog");
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(summary.contains(&format!("Events detected: {}\n", wanted.len())), "{name}: {summary}");
}

#[test]
fn every_channel_carries_the_reference_s_alerts() {
    let Some(shared) = shared() else { return };
    let cases = cases(&shared);
    assert!(cases.len() > 10, "{} recordings", cases.len());
    for case in &cases {
        compare(&shared, case, true);
        compare(&shared, case, false);
    }
    let alerts: usize = cases.iter().map(|case| case.alerts.len()).sum();
    println!("{alerts} alerts of {} recordings on five channels, as JSON and as text", cases.len());
}
