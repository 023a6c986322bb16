//! What is recorded of a live run raises the run's alerts again.
//!
//! Needs root; says so and passes where it may not watch. `cargo test -p windhover --test recorded_alerts`

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod fake_runtime;
mod group;
#[allow(dead_code)]
#[path = "live/watch.rs"]
mod watch;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use group::Group;
use watch::Watch;
use windhover_capture::{CapturedEvent, Compression, Reader, Record, Writer};

const ID: &str = "7b1d0c9b7a3e5d2864fb90ac13e7d5f8024b6c8d1e3f5a7092b4d6c8e0f1a3b7";

const RULES: &str = "
- rule: ran
  desc: d
  condition: evt.type = execve and evt.arg.res = 0
  output: 'mark ran %proc.cmdline (%proc.pid, %proc.exepath) of %proc.pname %proc.aname[2] in %proc.cwd by %user.name box %container.id %container.name'
  priority: INFO
- rule: opened
  desc: d
  condition: evt.type in (open, openat, creat) and fd.name startswith %FOLDER%
  output: 'mark opened %fd.name %fd.num %evt.arg.flags by %proc.cmdline of %proc.pname box %container.id %container.name'
  priority: INFO
- rule: closed
  desc: d
  condition: evt.type = close and fd.name startswith %FOLDER%
  output: 'mark closed %fd.name by %proc.cmdline box %container.id'
  priority: INFO
- rule: changed
  desc: d
  condition: evt.type in (rename, renameat, renameat2, unlink, unlinkat, chmod, fchmodat, chdir) and evt.res = SUCCESS
  output: 'mark changed %evt.type %evt.args %proc.cwd by %proc.cmdline box %container.id'
  priority: INFO
- rule: connected
  desc: d
  condition: evt.type in (connect, sendto) and fd.type in (ipv4, ipv6)
  output: 'mark connected %fd.name %fd.l4proto %fd.sport by %proc.cmdline box %container.id'
  priority: INFO
- rule: alarm
  desc: d
  condition: evt.type = execve and proc.args contains the-alarm
  output: 'mark alarm %proc.cmdline of %proc.pname, session of %proc.sname, box %container.id'
  priority: WARNING
  capture: true
  capture_duration: 600000
- rule: end
  desc: d
  condition: evt.type = execve and proc.args contains the-end
  output: mark the end
  priority: INFO
";

/// Somebody else's deeds around those of a session that raises the alarm. `$1` is the folder, `$2` where the session's
/// process says which container it is in.
const SCRIPT: &str = r#"
read _
cat "$0/other-before" >/dev/null
setsid sh "$0/session.sh" "$0" "$1"
cat "$0/other-after" >/dev/null
/bin/true the-end
"#;

const SESSION: &str = r#"
[ -z "$2" ] || echo $$ >"$2"
exec sh "$1/deeds.sh" "$1"
"#;

const DEEDS: &str = r#"
cd "$1/deep"
cd deeper
echo early >early
exec 5<early
(cd ..; cat deeper/early; sh -c 'cat <early; :') >/dev/null 2>&1
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:9") or die; send($s, "x", 0)'
/bin/true the-alarm
exec 5<&-
mv early late
chmod 600 late
cat late >/dev/null
rm late
"#;

/// A place for the deeds, and the shell that waits to do them.
struct Stage {
    folder: tempfile::TempDir,
    rules: String,
    config: String,
    shell: Child,
}

impl Stage {
    fn set(group: Option<&Group>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("play/deep/deeper")).unwrap();
        let play = at("play").display().to_string();
        for (name, text) in [("other-before", ""), ("other-after", ""), ("session.sh", SESSION), ("deeds.sh", DEEDS)] {
            fs::write(at("play").join(name), text).unwrap();
        }
        fs::write(at("rules.yaml"), RULES.replace("%FOLDER%", &play)).unwrap();
        let socket = at("docker.sock");
        fake_runtime::serve(&socket, &[(ID, r#""Name":"/recorded-box","Config":{"Image":"repo/box:7"}"#)]);
        fs::write(at("config.yaml"), fake_runtime::config(&socket)).unwrap();
        let procs = group.map_or_else(String::new, |group| group.0.join("cgroup.procs").display().to_string());
        let shell = Command::new("sh").args(["-c", SCRIPT, &play, &procs]).stdin(Stdio::piped()).spawn().unwrap();
        let [rules, config] = ["rules.yaml", "config.yaml"].map(|name| at(name).display().to_string());
        Self { folder, rules, config, shell }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Has the deeds done under a watch with these options; its alerts, or `None` where it cannot watch.
    fn play(&mut self, options: &[&str]) -> Option<Vec<String>> {
        let common = ["-c", &self.config, "-r", &self.rules, "-o", "rule_matching=all", "-o", "base_syscalls.all=true"];
        let mut watch = Watch::start(self.shell.id(), &[&common, options].concat())?;
        writeln!(self.shell.stdin.take().unwrap(), "go").unwrap();
        assert!(self.shell.wait().unwrap().success());
        let mut alerts = watch.alerts_until("mark the end");
        watch.signal("INT");
        let (status, rest) = watch.end();
        assert!(status.success(), "{:#?}", watch.words);
        assert!(watch.words.iter().any(|line| line.contains(" 0 lost ")), "{:#?}", watch.words);
        alerts.extend(rest.lines().map(str::to_owned));
        alerts.retain(|line| line.contains("mark "));
        assert!(alerts.len() > 25, "{alerts:#?}");
        Some(alerts)
    }

    /// The alerts of a recording's replay.
    fn replay(&self, file: &Path) -> Vec<String> {
        let file = file.to_str().unwrap();
        let output = windhover(&["replay", file, "-c", &self.config, "-r", &self.rules, "-o", "rule_matching=all"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().filter(|line| line.contains("mark ")).map(str::to_owned).collect()
    }

    /// The only file that an alert has started.
    fn recording(&self) -> PathBuf {
        let files = self.folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "scap")).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        _ = self.shell.kill();
        _ = self.shell.wait();
    }
}

fn windhover(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_windhover")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Compares as multisets, and tells what is different.
fn assert_same(live: Vec<String>, again: Vec<String>, what: &str) {
    let (live, again) = (sorted(live), sorted(again));
    let missing: Vec<_> = live.iter().filter(|line| !again.contains(line)).collect();
    let more: Vec<_> = again.iter().filter(|line| !live.contains(line)).collect();
    assert!(live == again, "{what}: missing {missing:#?}, more {more:#?}");
}

/// Runs with a flight recorder, and compares the recording's alerts with those of the run that `wanted` picks.
fn around_an_alert(scope: &str, group: Option<&Group>, more: &[&str], wanted: &dyn Fn(&str) -> bool) {
    let mut stage = Stage::set(group);
    let prefix = format!("capture.path_prefix={}", stage.path("alert"));
    let scope_option = format!("flight_recorder.scope={scope}");
    let options = ["-o", "capture.enabled=true", "-o", &prefix, "--flight-recorder", "600", "-o", &scope_option];
    let Some(mut live) = stage.play(&[&options, more].concat()) else { return };
    live.retain(|line| wanted(line));
    assert!(live.iter().any(|line| line.contains("early")) && live.iter().any(|line| line.contains("late")));
    assert_same(live, stage.replay(&stage.recording()), scope);
}

#[test]
fn a_recording_around_an_alert_raises_all_alerts_again() {
    if let Some(reason) = watch::hindrance() {
        println!("skipped: {reason}");
        return;
    }
    around_an_alert("machine", None, &[], &|_| true);
    around_an_alert("machine", None, &["--kernel-verdicts=on"], &|_| true);
    let strangers = |line: &str| line.contains("other-") || line.contains("the-end") || line.contains("the end");
    around_an_alert("process_tree", None, &[], &|line| !strangers(line));
    match Group::make("recorded", ID) {
        Ok(group) => {
            around_an_alert("container", Some(&group), &[], &|line| line.contains(&format!("box {}", &ID[..12])))
        }
        Err(e) => println!("skipped: no control group can be made: {e}"),
    }
}

/// A recording under way, ended when it is dropped.
struct Recording(Child);

impl Recording {
    /// Starts it, and waits until all is attached.
    fn start(stage: &Stage, file: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        command.arg("record").arg(file).args(["-c", &stage.config, "--scope-tree", &stage.shell.id().to_string()]);
        let mut this = Self(command.spawn().unwrap());
        while !file.exists() {
            assert_eq!(this.0.try_wait().unwrap(), None, "the recorder has ended");
            thread::sleep(Duration::from_millis(20));
        }
        this
    }

    fn end(&mut self) {
        let status = Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        assert!(status.success() && self.0.wait().unwrap().success());
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Writes a capture anew.
fn rewrite(from: &Path, to: &Path) {
    let mut reader = Reader::open(from).unwrap();
    let mut writer = Writer::new(File::create(to).unwrap(), Compression::None, reader.snapshot()).unwrap();
    while let Some(record) = reader.next().unwrap() {
        match record {
            Record::Event(captured) => writer.write(&captured).unwrap(),
            Record::Section(_) => panic!("a recording has one section"),
        }
    }
    writer.finish().unwrap();
}

/// All events of a capture, as they are.
fn events(file: &Path) -> Vec<(u16, bool, Vec<u8>)> {
    let mut reader = Reader::open(file).unwrap();
    let mut events = Vec::new();
    while let Some(record) = reader.next().unwrap() {
        if let Record::Event(CapturedEvent { cpu, state_only, event }) = record {
            events.push((cpu, state_only, event.bytes().to_vec()));
        }
    }
    events
}

#[test]
fn a_recording_raises_the_alerts_of_the_run_beside_it_and_so_does_its_copy() {
    if let Some(reason) = watch::hindrance() {
        println!("skipped: {reason}");
        return;
    }
    let mut stage = Stage::set(None);
    let file = stage.folder.path().join("all.scap");
    let mut recording = Recording::start(&stage, &file);
    let Some(live) = stage.play(&[]) else { return };
    recording.end();
    // Two probes have two clocks.
    let untimed = |lines: &[String]| lines.iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect();
    let again = stage.replay(&file);
    assert_same(untimed(&live), untimed(&again), "beside");
    let copy = stage.folder.path().join("copy.scap");
    rewrite(&file, &copy);
    assert_eq!(Reader::open(&copy).unwrap().snapshot(), Reader::open(&file).unwrap().snapshot());
    assert!(events(&copy) == events(&file), "events of the copy differ");
    assert_eq!(stage.replay(&copy), again);
    let print = |file: &Path| {
        let format = "%evt.num %evt.rawtime %evt.type %evt.args %proc.name %proc.cmdline %proc.cwd %fd.name %user.name";
        windhover(&["replay", file.to_str().unwrap(), "--print", format]).stdout
    };
    let printed = print(&file);
    assert!(!printed.is_empty() && print(&file) == printed, "a replay differs from the one before");
    assert!(print(&copy) == printed, "the copy's events are shown differently");
}
