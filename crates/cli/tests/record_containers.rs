//! Recordings that know the containers' names.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod fake_runtime;
mod group;

use std::fs;
use std::process::Command;
use std::thread;
use std::time::Duration;

use group::Group;

const ID: &str = "5e1d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b5";

#[test]
fn containers_are_named_from_the_recording_alone() {
    let mut attempt = Command::new(env!("CARGO_BIN_EXE_windhover"));
    attempt.args(["record", "/dev/null", "--events", "1", "-M", "5"]);
    if !attempt.output().unwrap().status.success() {
        println!("skipped: the probe cannot be loaded here");
        return;
    }
    let group = match Group::make("record", ID) {
        Ok(group) => group,
        Err(e) => {
            println!("skipped: no control group can be made: {e}");
            return;
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let socket = folder.path().join("docker.sock");
    fake_runtime::serve(&socket, &[(ID, r#""Name":"/recorded-box","Config":{"Image":"repo/box:7"}"#)]);
    fs::write(at("config.yaml"), fake_runtime::config(&socket)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    command.args(["record", &at("live.scap"), "-c", &at("config.yaml"), "-M", "60", "--events", "1"]);
    let mut recording = command.args(["--filter", "container.name = recorded-box"]).spawn().unwrap();
    let script = format!("echo $$ >{}/cgroup.procs && exec cat /dev/null", group.0.display());
    while recording.try_wait().unwrap().is_none() {
        // A container is known a little after its first event.
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
        thread::sleep(Duration::from_millis(50));
    }
    assert!(recording.wait().unwrap().success());
    let format = "%container.name %container.image.repository %container.image.tag";
    let mut replay = Command::new(env!("CARGO_BIN_EXE_windhover"));
    replay.args(["replay", &at("live.scap"), "--filter", "container.name = recorded-box", "--print", format]);
    let output = replay.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.lines().next() == Some("recorded-box repo/box 7"), "{output:?}");
}
