//! Recordings opened with Debian's `sysdig`, which knows the format as it was years ago.
//!
//! Needs root and that program; says so and passes without. `cargo test -p windhover --test sysdig`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[allow(dead_code)]
#[path = "live/watch.rs"]
mod watch;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Types of events that version 0.29 knows in today's form. Of the generic events of system calls newer than itself it
/// would read beyond its table, so a recording for it has to leave these out.
const TYPES: [&str; 12] = [
    "open", "openat", "creat", "close", "read", "write", "execve", "clone", "connect", "socket", "unlinkat", "procexit",
];
/// What is compared of each event. Descriptors are not: it looks for them in the beginnings of calls.
const FIELDS: &str = "%evt.rawtime %evt.dir %evt.type %evt.cpu %thread.tid %proc.pid %proc.name %evt.res %proc.cmdline";

fn output(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn sysdig_reads_a_recording_as_we_do() {
    if let Some(reason) = watch::hindrance() {
        println!("skipped: {reason}");
        return;
    }
    if Command::new("sysdig").arg("--version").output().is_err() {
        println!("skipped: there is no sysdig here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("for-sysdig.scap");
    let filter = format!("evt.type in ({})", TYPES.join(", "));
    let mut shell = Command::new("sh");
    let script =
        "read _; for i in 1 2 3 4 5; do cat /etc/hostname; touch $0/a; rm $0/a; ls /nowhere; done >/dev/null 2>&1";
    shell.args(["-c", script]).arg(folder.path()).stdin(std::process::Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    let mut recorder = Command::new(env!("CARGO_BIN_EXE_windhover"));
    recorder.arg("record").arg(&file).args(["--filter", &filter, "--scope-tree", &shell.id().to_string()]);
    let mut recorder = recorder.spawn().unwrap();
    while !file.exists() {
        if let Some(status) = recorder.try_wait().unwrap() {
            println!("skipped: the recorder ends with {status}");
            shell.kill().unwrap();
            shell.wait().unwrap();
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(shell.stdin.take());
    shell.wait().unwrap();
    let interrupted = Command::new("kill").args(["-INT", &recorder.id().to_string()]).status().unwrap();
    assert!(interrupted.success() && recorder.wait().unwrap().success());
    compare(&file, &filter);
}

fn compare(file: &Path, filter: &str) {
    let mut ours = Command::new(env!("CARGO_BIN_EXE_windhover"));
    let ours = output(ours.args(["--built-in", "replay"]).arg(file).args(["--filter", filter, "--print", FIELDS]));
    let theirs = output(Command::new("sysdig").arg("-r").arg(file).args(["-p", &format!("*{FIELDS}"), filter]));
    assert!(ours.len() > 100, "{ours:#?}");
    let different = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs);
    let different: Vec<_> = different.take(5).collect();
    assert!(different.is_empty(), "ours and theirs: {different:#?}");
    assert_eq!(theirs.len(), ours.len());
    for kind in ["openat", "execve", "close", "procexit"] {
        assert!(ours.iter().any(|line| line.contains(&format!(" {kind} "))), "no {kind}: {ours:#?}");
    }
}
