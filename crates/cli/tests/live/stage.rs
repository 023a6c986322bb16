//! The place where deeds are done.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::fake_runtime::Container;

/// The hierarchy whose groups say who is in the container.
const HIERARCHY: &str = "/sys/fs/cgroup/memory";

/// The ids of an ordinary container, of one with privileges, and of one with a folder of the host.
const CONTAINER: &str = "4f1d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5";
const VAULT: &str = "9a7d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5";
const CELL: &str = "7c7d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5";

/// What their runtime tells of them.
pub const CONTAINERS: &[Container] = &[
    (CONTAINER, r#""Name":"/box","Config":{"Image":"repo/box:1"}"#),
    (VAULT, r#""Name":"/vault","Config":{"Image":"repo/vault:1"},"HostConfig":{"Privileged":true}"#),
    (CELL, r#""Name":"/cell","Config":{"Image":"repo/cell:1"},"Mounts":[{"Source":"/etc","Destination":"/etc"}]"#),
];

/// A shell in namespaces of its own, which has set the stage and waits.
pub struct Stage {
    id: u32,
    input: ChildStdin,
    out: BufReader<ChildStdout>,
    groups: [Group; 3],
    _folder: TempDir,
}

/// A control group like a container's, removed at the end.
struct Group(PathBuf);

impl Drop for Group {
    fn drop(&mut self) {
        // Both are empty by now; where not, the machine's owner sees what is left.
        _ = fs::remove_dir(&self.0);
        _ = self.0.parent().map(fs::remove_dir);
    }
}

impl Stage {
    /// Sets the stage for scripts, each with its name.
    ///
    /// # Errors
    /// What this machine lacks.
    pub fn set(scripts: &[(String, &str)]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        write_scripts(folder.path(), scripts).map_err(|e| e.to_string())?;
        let hierarchy = Path::new(HIERARCHY);
        let parent = hierarchy.join(format!("windhover-{}", std::process::id()));
        let groups = [CONTAINER, VAULT, CELL].map(|id| Group(parent.join(id)));
        for group in &groups {
            fs::create_dir_all(&group.0).map_err(|e| format!("cannot make a control group below {HIERARCHY}: {e}"))?;
        }
        // Not below the test runner: rules know cargo and its like, and look at ancestors.
        let mut command = Command::new("setsid");
        command.args(["--fork", "unshare", "--mount", "--net", "--uts", "--propagation", "private", "dash"]);
        command
            .arg(folder.path().join("stage.sh"))
            .arg(folder.path())
            .arg(hierarchy)
            .args(groups.iter().map(|group| &group.0));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut starter = command.spawn().map_err(|e| format!("cannot start setsid: {e}"))?;
        let input = starter.stdin.take().ok_or("no input")?;
        let out = BufReader::new(starter.stdout.take().ok_or("no output")?);
        starter.wait().map_err(|e| e.to_string())?;
        let mut stage = Self { id: 0, input, out, groups, _folder: folder };
        let line = stage.line();
        let id = line.strip_prefix("ready ").and_then(|id| id.parse().ok());
        stage.id = id.ok_or_else(|| format!("setting it ended with {line:?}"))?;
        Ok(stage)
    }

    /// The shell's process id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Does all deeds, and returns the complaints of those that ended badly.
    pub fn play(&mut self) -> Vec<String> {
        writeln!(self.input, "go").unwrap();
        let mut complaints = Vec::new();
        loop {
            match self.line().as_str() {
                "done" => break,
                "" => panic!("the stage ended early: {complaints:#?}"),
                line => complaints.push(line.to_owned()),
            }
        }
        complaints
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The shell ends with its input; what hangs in the container is ended here.
        for group in &self.groups {
            let left = fs::read_to_string(group.0.join("cgroup.procs")).unwrap_or_default();
            for pid in left.lines() {
                _ = Command::new("kill").args(["-KILL", pid]).status();
            }
        }
    }
}

fn write_scripts(folder: &Path, scripts: &[(String, &str)]) -> std::io::Result<()> {
    for name in ["stage", "deeds"] {
        fs::create_dir(folder.join(name))?;
    }
    fs::write(folder.join("stage.sh"), include_str!("stage.sh"))?;
    fs::write(folder.join("deed.pl"), include_str!("deed.pl"))?;
    for (name, script) in scripts {
        fs::write(folder.join("deeds").join(format!("{name}.sh")), format!(". \"$W/words.sh\"\n{script}\n"))?;
    }
    Ok(())
}
