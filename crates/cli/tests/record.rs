//! Recordings and looking at them, from outside.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const RULES: &str = r#"
- {rule: opened, desc: d, condition: "evt.type in (open, openat) and fd.name contains windhover-recorded", output: '%proc.name %proc.cmdline %fd.name %user.name', priority: INFO}
"#;

fn capture() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures/third-party");
    let found = path.read_dir().ok().and_then(|entries| {
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "scap"));
        paths.sort();
        paths.into_iter().next()
    });
    if found.is_none() {
        println!("skipped: {} holds no captures", path.display());
    }
    found
}

fn windhover(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_windhover")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn lines(arguments: &[&str]) -> Vec<String> {
    String::from_utf8(windhover(arguments).stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn events_are_shown_counted_and_filtered() {
    let Some(capture) = capture() else { return };
    let file = capture.to_str().unwrap();
    let all = lines(&["replay", file, "--print", "%evt.num %evt.type"]);
    assert!(all.len() > 10);
    let of_type = |kind: &str| all.iter().filter(|line| line.ends_with(&format!(" {kind}"))).count();
    let kind = all[all.len() / 2].split(' ').nth(1).unwrap();
    let filter = format!("evt.type = {kind}");
    assert_eq!(lines(&["replay", file, "--filter", &filter]).len(), of_type(kind));
    let json = lines(&["replay", file, "--filter", &filter, "--json", "--print", "%evt.type"]);
    assert!(json.iter().all(|line| *line == format!("{{\"evt.type\":\"{kind}\"}}")), "{json:?}");
    let counts = lines(&["replay", file, "--count-by", "evt.type"]);
    let count = |line: &String| line.split_whitespace().next().unwrap().parse::<usize>().unwrap();
    assert_eq!(counts.iter().map(count).sum::<usize>(), all.len());
    assert!(counts.contains(&format!("{:>10} {kind}", of_type(kind))), "{counts:?}");
}

#[test]
fn an_alert_starts_a_recording() {
    let Some(capture) = capture() else { return };
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.yaml");
    let rule = "- {rule: tenth, desc: d, condition: evt.num = 10, output: '%evt.type', priority: INFO, capture: true, capture_duration: 100000000}";
    std::fs::write(&rules, rule).unwrap();
    let prefix = format!("capture.path_prefix={}", folder.path().join("alert").display());
    let file = capture.to_str().unwrap();
    let arguments = ["replay", file, "-r", rules.to_str().unwrap(), "-o", "capture.enabled=true", "-o", &prefix];
    windhover(&arguments);
    let recorded: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    let recorded = recorded.iter().find(|path| path.extension().is_some_and(|e| e == "scap")).unwrap();
    assert!(recorded.to_str().unwrap().ends_with("_00000000000000000010.scap"), "{}", recorded.display());
    let format = "%evt.type %evt.rawtime %proc.name %proc.cmdline %fd.name";
    let from_tenth = lines(&["replay", file, "--filter", "evt.num >= 10", "--print", format]);
    assert_eq!(lines(&["replay", recorded.to_str().unwrap(), "--print", format]), from_tenth);
}

/// Replays a capture by a rule that matches the event with this number; the recording around its alert is made in a folder.
fn record_around(folder: &Path, capture: &str, number: &str, settings: &[&str]) -> PathBuf {
    let rules = folder.join("rules.yaml");
    let rule = format!(
        "- {{rule: late, desc: d, condition: evt.num = {number}, output: '%evt.type', priority: INFO, capture: true, \
         capture_duration: 100000000}}"
    );
    std::fs::write(&rules, rule).unwrap();
    let prefix = format!("capture.path_prefix={}", folder.join("alert").display());
    let mut arguments =
        vec!["replay", capture, "-r", rules.to_str().unwrap(), "-o", "capture.enabled=true", "-o", &prefix];
    arguments.extend(settings);
    windhover(&arguments);
    let mut paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|e| e == "scap")).unwrap()
}

/// What the recording around an alert shows.
fn recorded_around(capture: &str, number: &str, format: &str, settings: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = record_around(folder.path(), capture, number, settings);
    lines(&["replay", path.to_str().unwrap(), "--print", format])
}

#[test]
fn a_recording_around_an_alert_also_holds_what_came_before() {
    let Some(capture) = capture() else { return };
    let file = capture.to_str().unwrap();
    let format = "%evt.type %evt.rawtime %container.id %proc.name %proc.cmdline %fd.name %proc.cwd";
    let all = lines(&["replay", file, "--print", &format!("%evt.num {format}")]);
    let at = all.len() - all.len() / 4;
    let number = all[at].split(' ').next().unwrap();
    let shown: Vec<_> = all.iter().map(|line| line.split_once(' ').unwrap().1).collect();
    assert_eq!(recorded_around(file, number, format, &[]), shown[at..]);
    let before =
        recorded_around(file, number, format, &["--flight-recorder", "3600", "-o", "flight_recorder.max_mib=4096"]);
    assert_eq!(before, shown);
    let container = |line: &&&str| line.split(' ').nth(2) == shown[at].split(' ').nth(2);
    let of_container: Vec<_> = shown.iter().filter(container).copied().collect();
    let settings = ["--flight-recorder", "3600", "-o", "flight_recorder.scope=container"];
    assert_eq!(recorded_around(file, number, format, &settings), of_container);
}

#[test]
fn replays_of_a_capture_give_the_same_bytes() {
    let Some(capture) = capture() else { return };
    let file = capture.to_str().unwrap();
    for arguments in [
        &["replay", file, "-o", "json_output=true"][..],
        &["replay", file, "--print", "%evt.num %evt.time %evt.type %evt.args %proc.cmdline %fd.name %container.id"],
        &["replay", file, "--json", "--print", "%evt.num %proc.aname[2] %user.name"],
        &["replay", file, "--count-by", "proc.name,fd.name"],
    ] {
        let first = windhover(arguments).stdout;
        assert!(!first.is_empty() && windhover(arguments).stdout == first, "{arguments:?}");
    }
    // The files around alerts, too.
    let number = lines(&["replay", file, "--print", "%evt.num"]).pop().unwrap();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let recorded = folders.each_ref().map(|folder| {
        let settings = ["--flight-recorder", "3600", "-o", "flight_recorder.scope=process_tree"];
        std::fs::read(record_around(folder.path(), file, &number, &settings)).unwrap()
    });
    assert!(recorded[0] == recorded[1]);
}

#[test]
fn a_capture_is_read_from_a_pipe_and_a_broken_one_gives_what_came_before() {
    let Some(capture) = capture() else { return };
    let arguments = ["--print", "%evt.num %evt.type %fd.name"];
    let from_file = lines(&[&["replay", capture.to_str().unwrap()], &arguments[..]].concat());
    let piped = |file: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
        command.args(["replay", "-"]).args(arguments).stdin(std::fs::File::open(file).unwrap());
        command.output().unwrap()
    };
    let output = piped(&capture);
    assert!(output.status.success() && !from_file.is_empty());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().collect::<Vec<_>>(), from_file);
    let bytes = std::fs::read(&capture).unwrap();
    let cut = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(cut.path(), &bytes[..bytes.len() - bytes.len() / 40]).unwrap();
    let output = piped(cut.path());
    let read = String::from_utf8(output.stdout).unwrap();
    let read: Vec<_> = read.lines().collect();
    assert!(
        !output.status.success()
            && !read.is_empty()
            && from_file.starts_with(&read[..].iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot read the capture at byte "), "{said}");
}

/// Makes the files that the rule looks for.
fn open_files(folder: &Path) {
    for number in 0..5 {
        let file = folder.join(format!("windhover-recorded-{number}"));
        assert!(Command::new("touch").arg(file).status().unwrap().success());
    }
}

/// Whether this machine can be watched; says so where it cannot.
fn can_record() -> bool {
    let mut attempt = Command::new(env!("CARGO_BIN_EXE_windhover"));
    attempt.args(["record", "/dev/null", "--events", "1", "-M", "5"]);
    let can = attempt.output().unwrap().status.success();
    if !can {
        println!("skipped: the probe cannot be loaded here");
    }
    can
}

#[test]
fn a_live_recording_goes_through_a_pipe_and_ends_at_its_limits() {
    if !can_record() {
        return;
    }
    let windhover = env!("CARGO_BIN_EXE_windhover");
    // The recorder itself makes events enough: what it writes to the pipe is read by the other one.
    let script =
        format!("{windhover} record - --events 400 -M 60 | {windhover} replay - --count-by evt.dir; exit $PIPESTATUS");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("400 events in the pipe"), "{said}");
    let counts = String::from_utf8(output.stdout).unwrap();
    assert_eq!(sum(counts.lines()), 400, "{counts}");
    // A reader that leaves ends it in good order.
    let script = format!("{windhover} record - -M 60 --plain | head -c 100000 > /dev/null; exit $PIPESTATUS");
    assert!(Command::new("bash").args(["-c", &script]).status().unwrap().success());
    // There is no next pipe.
    let refused = Command::new(windhover).args(["record", "-", "--rotate-mib", "1"]).output().unwrap();
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--rotate-mib"));
}

/// Counts of `--count-by`, added up.
fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> u64 {
    counts.map(|line| line.split_whitespace().next().unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn a_live_recording_ends_at_its_size_and_keeps_the_newest_files() {
    if !can_record() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("limited.scap");
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    let limits = ["--rotate-mib", "1", "--keep", "2", "--max-mib", "4", "-M", "60", "--plain"];
    let mut recording = command.arg("record").arg(&file).args(limits).spawn().unwrap();
    while recording.try_wait().unwrap().is_none() {
        open_files(folder.path());
    }
    assert!(recording.wait().unwrap().success());
    let mut kept: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    kept.retain(|path| path.extension().is_some_and(|e| e == "scap"));
    assert_eq!(kept.len(), 2, "{kept:?}");
    for path in &kept {
        assert!(std::fs::metadata(path).unwrap().len() < 2 << 20, "{}", path.display());
        let file = path.to_str().unwrap();
        let ours = ["--filter", "proc.name = touch and proc.pid exists and fd.name contains windhover-recorded"];
        assert!(!lines(&[&["replay", file], &ours[..]].concat()).is_empty(), "{file}");
    }
}

#[test]
fn a_live_recording_replays() {
    if !can_record() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("live.scap");
    let filter = "evt.type in (open, openat) and fd.name contains windhover-recorded";
    let mut command = Command::new(env!("CARGO_BIN_EXE_windhover"));
    command.arg("record").arg(&file).args(["--filter", filter, "--events", "5", "-M", "60"]);
    let mut recording = command.spawn().unwrap();
    while recording.try_wait().unwrap().is_none() {
        // The file is made when all is attached; what happens before is not all seen.
        if !file.exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
            continue;
        }
        open_files(folder.path());
    }
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, RULES).unwrap();
    let alerts = lines(&["replay", file.to_str().unwrap(), "-r", rules.to_str().unwrap(), "-U"]);
    let alerts: Vec<_> = alerts.iter().filter(|line| line.contains("touch touch ")).collect();
    assert_eq!(alerts.len(), 5, "{alerts:?}");
}
