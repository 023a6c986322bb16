//! The processes that do the deeds.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The hierarchy whose groups say who is in the container.
const HIERARCHY: &str = "/sys/fs/cgroup/memory";
const CONTAINER: &str = "4f1d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5";

/// A script that waits for its word.
pub struct Load {
    child: Child,
    input: Option<ChildStdin>,
    out: BufReader<ChildStdout>,
    group: PathBuf,
}

impl Load {
    /// Starts a script of this folder in a folder of its own, which has to be empty.
    ///
    /// # Errors
    /// What this machine lacks.
    pub fn start(name: &str, folder: &Path, arguments: &[&str]) -> Result<Self, String> {
        static LOADS: AtomicU32 = AtomicU32::new(0);
        let number = LOADS.fetch_add(1, Ordering::Relaxed);
        let group =
            Path::new(HIERARCHY).join(format!("windhover-load-{}-{number}", std::process::id())).join(CONTAINER);
        fs::create_dir_all(&group).map_err(|e| format!("cannot make a control group below {HIERARCHY}: {e}"))?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts").join(name);
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(folder).arg(&group).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("cannot start /usr/bin/python3: {e}"))?;
        let input = child.stdin.take();
        let out = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut load = Self { child, input, out, group };
        match load.line().as_str() {
            "ready" => Ok(load),
            other => Err(format!("it begins with {other:?}")),
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Has everything done; what it said of it, line by line.
    pub fn run(&mut self) -> Vec<String> {
        self.begin();
        self.finish()
    }

    /// Has it begin.
    pub fn begin(&mut self) {
        writeln!(self.input.as_mut().unwrap(), "go").unwrap();
    }

    /// Waits until everything is done.
    pub fn finish(&mut self) -> Vec<String> {
        let mut deeds = Vec::new();
        loop {
            match self.line() {
                done if done == "done" => return deeds,
                end if end.is_empty() => panic!("the load ended early, after {deeds:#?}"),
                deed => deeds.push(deed),
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.input.take());
        _ = self.child.wait();
        // What is left of the group the machine's owner sees.
        _ = fs::remove_dir(&self.group);
        _ = self.group.parent().map(fs::remove_dir);
    }
}
