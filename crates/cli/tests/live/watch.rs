//! A running command, and what it says.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// `windhover` on the kernel, with its lines as they come.
pub struct Watch {
    child: Child,
    said: Receiver<String>,
    alerts: Receiver<String>,
    /// All that it has said on standard error so far.
    pub words: Vec<String>,
}

/// Why no test can run here, if so.
pub fn hindrance() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let root = status.lines().any(|line| line.starts_with("Uid:\t0\t"));
    if !root {
        return Some("watching the kernel needs root".to_owned());
    }
    (!Path::new("/sys/kernel/btf/vmlinux").exists()).then(|| "this kernel has no BTF".to_owned())
}

impl Watch {
    /// Starts watching a process and what it starts, and waits until it does. `None`, and a word of why, where the
    /// kernel does not let it.
    pub fn start(tree: u32, arguments: &[&str]) -> Option<Self> {
        Self::spawn(tree, arguments, true).begun()
    }

    /// The same for a process that finds this file at `/etc/hosts`.
    pub fn start_with_hosts(tree: u32, arguments: &[&str], hosts: &Path) -> Option<Self> {
        let mut command = Command::new("unshare");
        let script = "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";
        command.args(["--mount", "--propagation", "private", "sh", "-c", script, "sh"]).arg(hosts);
        command.arg(env!("CARGO_BIN_EXE_windhover"));
        Self::spawn_by(command, tree, arguments, true).begun()
    }

    fn begun(mut self) -> Option<Self> {
        if self.hears("Watching Linux") {
            return Some(self);
        }
        let words = self.words.join("\n");
        assert!(words.contains("EPERM") || words.contains("Permission"), "it does not watch: {words}");
        #[allow(clippy::print_stdout)]
        {
            println!("skipped: {words}");
        }
        None
    }

    /// Starts it, reading its alerts or leaving them in the pipe.
    pub fn spawn(tree: u32, arguments: &[&str], reading: bool) -> Self {
        Self::spawn_by(Command::new(env!("CARGO_BIN_EXE_windhover")), tree, arguments, reading)
    }

    fn spawn_by(mut command: Command, tree: u32, arguments: &[&str], reading: bool) -> Self {
        command.args(["--scope-tree", &tree.to_string(), "-o", "log_syslog=false"]).args(arguments);
        command.env("NO_COLOR", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = lines(child.stderr.take().unwrap());
        let alerts = if reading { lines(child.stdout.take().unwrap()) } else { channel().1 };
        Self { child, said, alerts, words: Vec::new() }
    }

    /// Whether it says something before it ends or patience does.
    pub fn hears(&mut self, text: &str) -> bool {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.said.recv_timeout(end.saturating_duration_since(Instant::now())) {
            let found = line.contains(text);
            self.words.push(line);
            if found {
                return true;
            }
        }
        false
    }

    /// Alerts up to the first that contains a text, that one included.
    pub fn alerts_until(&mut self, text: &str) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut alerts = Vec::new();
        while let Ok(line) = self.alerts.recv_timeout(end.saturating_duration_since(Instant::now())) {
            let found = line.contains(text);
            alerts.push(line);
            if found {
                return alerts;
            }
        }
        panic!("no alert with `{text}` among {alerts:#?}; it said {:#?}", self.words);
    }

    /// Sends it a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Hands out its standard output, which nobody has read yet.
    pub fn take_output(&mut self) -> std::process::ChildStdout {
        self.child.stdout.take().unwrap()
    }

    /// Waits for its end. What it still said is in [`Self::words`], the rest of its output is given back.
    pub fn end(&mut self) -> (ExitStatus, String) {
        let rest: Vec<_> = self.alerts.iter().collect();
        self.words.extend(self.said.iter());
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), None, "{:#?}", self.words);
        (status, rest.join("\n"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Lines of a stream, read by a thread of its own.
fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
