//! Falco's configuration as it is installed, read by the real command: what comes out of each channel is what the
//! reference wrote for the same capture.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;

const RULES: [&str; 3] = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
const CAPTURE: &str = "v4_alerts_host";

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

/// The alerts that the reference printed as JSON.
fn theirs(shared: &Path) -> Vec<String> {
    let file = shared.join(format!("captures/results/{CAPTURE}.alerts.jsonl.zst"));
    let output = Command::new("zstd").arg("-qdc").arg(file).output().unwrap();
    assert!(output.status.success(), "zstd cannot read the results");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
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

#[test]
fn every_channel_carries_the_reference_s_alerts() {
    let Some(shared) = shared() else { return };
    let installed = Installed::new().with_rules(&shared);
    let theirs = theirs(&shared);
    for json in [true, false] {
        let wanted: Vec<_> = if json { theirs.clone() } else { theirs.iter().map(|line| as_text(line)).collect() };
        let (url, posted) = server(wanted.len());
        let (file, fed) = (installed.path(&format!("file-{json}")), installed.path(&format!("program-{json}")));
        let output = installed.run(&[
            "engine.kind=replay".to_owned(),
            format!("engine.replay.capture_file={}", shared.join(format!("captures/{CAPTURE}.scap")).display()),
            format!("json_output={json}"),
            // As the reference's results were made.
            "time_format_iso_8601=true".to_owned(),
            "syslog_output.enabled=false".to_owned(),
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
        assert_eq!(alerts(&output.stdout), wanted, "standard output");
        assert_eq!(alerts(&fs::read(file).unwrap()), wanted, "file");
        assert_eq!(alerts(&fs::read(fed).unwrap()), wanted, "program");
        let posted: Vec<_> = posted.try_iter().collect();
        let kind = if json { "application/json" } else { "text/plain" };
        assert!(posted.iter().all(|(found, _)| found == kind), "{:?}", posted.first());
        let bodies: Vec<_> = posted.iter().map(|(_, body)| body.trim_end().to_owned()).collect();
        assert_eq!(bodies, wanted, "http");
        let summary = String::from_utf8(output.stdout).unwrap();
        assert!(summary.contains(&format!("\nEvents detected: {}\n", wanted.len())), "{summary}");
    }
}
