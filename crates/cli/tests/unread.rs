//! A command whose words nobody reads comes to its end all the same.

#![allow(clippy::unwrap_used)]

use std::io::{Write as _, pipe};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A pipe that takes nothing more; its reading end must be kept.
fn full_pipe() -> (std::io::PipeReader, Stdio) {
    let (reader, mut writer) = pipe().unwrap();
    let other = writer.try_clone().unwrap();
    let filler = std::thread::spawn(move || {
        let page = [b'x'; 4096];
        // The last of these waits until the reader goes.
        while writer.write_all(&page).is_ok() {}
    });
    // Pipes hold 64 KiB if nobody says otherwise; when no more goes in, the filler waits.
    sleep(Duration::from_millis(200));
    assert!(!filler.is_finished());
    (reader, other.into())
}

#[test]
fn the_end_does_not_wait_for_who_does_not_read() {
    let (_kept, out) = full_pipe();
    let (_kept_too, error) = full_pipe();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    command.args(["--built-in", "-o", "engine.kind=nodriver", "-o", "log_syslog=false", "-M", "1", "-v"]);
    let mut child = command.stdout(out).stderr(error).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("it waits for a reader: {:?}", child.wait());
        }
        sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{status}");
}
