//! Channels whose other end is full, absent, dead, or does not read.

use std::process::{Command, Stdio};
use std::time::Duration;

use windhover_outputs::*;

use super::{LIMIT, Scripted, alert, lines, outputs, run};

#[test]
fn a_full_disk_and_a_missing_folder_are_counted_and_told_once() {
    let (stats, told) = run(Box::new(FileChannel::new("/dev/full".into(), true, true)), 5);
    assert_eq!((stats.delivered, stats.lost_failed), (0, 5));
    assert!(told[0].starts_with("file: cannot write to `/dev/full`: No space left on device"), "{told:?}");
    let (stats, told) = run(Box::new(FileChannel::new("/nowhere/at/all".into(), false, false)), 5);
    assert_eq!((stats.delivered, stats.lost_failed), (0, 5));
    assert_eq!(told, ["file: cannot open `/nowhere/at/all`: No such file or directory (os error 2)"]);
}

/// Sends alerts to a channel that will hang and to one that works; gives the accounts of both.
fn beside_a_hanging(channel: Box<dyn Channel>, alerts: u64) -> (ChannelStats, ChannelStats) {
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(channel, QueueLimits::default());
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..alerts).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[1].delivered < alerts {
        std::thread::yield_now();
    }
    let mut stats = outputs.finish(Duration::from_millis(200));
    let told = told.lock().unwrap();
    let discarded =
        format!("{}: {} discarded, {} in doubt", stats[0].name, stats[0].lost_discarded, stats[0].pending());
    assert!(told.contains(&discarded), "{told:?}");
    let works = stats.remove(1);
    (stats.remove(0), works)
}

#[test]
fn a_pipe_that_nobody_opens_for_reading_loses_all_of_its_own_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let (hangs, works) = beside_a_hanging(Box::new(FileChannel::new(path.clone(), true, false)), 100);
    // The alert that the channel hangs with is in doubt.
    assert_eq!((hangs.sent, hangs.delivered, hangs.lost(), hangs.pending()), (100, 0, 99, 1));
    assert_eq!((works.delivered, works.lost()), (100, 0));
    // Lets the channel's thread go.
    drop(std::fs::File::open(path).unwrap());
}

#[test]
fn a_program_that_never_reads_gets_what_its_pipe_holds_and_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pid");
    let channel = ProgramChannel::new(format!("echo $$ >{}; exec sleep 1000", path.display()), true, false);
    // More than a pipe holds.
    let (hangs, works) = beside_a_hanging(Box::new(channel), 10_000);
    assert_eq!((hangs.sent, hangs.delivered + hangs.lost() + hangs.pending()), (10_000, 10_000));
    assert!(hangs.pending() <= 1, "{hangs:?}");
    assert!(hangs.delivered < 10_000 && hangs.lost_discarded > 0, "{hangs:?}");
    assert_eq!((works.delivered, works.lost()), (10_000, 0));
    // Lets the channel's thread go.
    let pid = std::fs::read_to_string(path).unwrap();
    assert!(Command::new("kill").arg(pid.trim()).status().unwrap().success());
}

#[test]
fn a_program_that_dies_is_started_again_and_no_line_arrives_uncounted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lines");
    let command = format!("read -r line; echo \"$line\" >> {}", path.display());
    let (mut outputs, _) = outputs(Format::default());
    outputs.add(Box::new(ProgramChannel::new(command, true, false)), QueueLimits::default());
    let mut sent = 0;
    while lines(&path).len() < 3 {
        outputs.send(alert(sent));
        sent += 1;
        std::thread::sleep(Duration::from_millis(1));
    }
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!((stats.sent, stats.delivered + stats.lost_failed), (sent, sent));
    assert!(lines(&path).len() as u64 <= stats.delivered, "{stats:?}");
}

#[test]
fn a_syslog_daemon_that_never_reads_loses_what_does_not_fit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let daemon = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    let (hangs, works) = beside_a_hanging(Box::new(SyslogChannel::new(SyslogSocket::at(&path, "windhover"))), 10_000);
    assert_eq!((hangs.sent, hangs.delivered + hangs.lost() + hangs.pending()), (10_000, 10_000));
    assert!(hangs.lost_discarded > 0 && hangs.pending() == 1, "{hangs:?}");
    assert_eq!((works.delivered, works.lost()), (10_000, 0));
    // Lets the channel's thread go.
    drop(daemon);
}

/// A small file system in memory, gone with the test.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None`, and a word of why, where nothing may be mounted.
    fn mount(bytes: u64) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "windhover-test"]).arg(disk.0.path());
        if command.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
            return Some(disk);
        }
        eprintln!("skipped: no file system may be mounted");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_disk_that_fills_loses_what_does_not_fit_and_no_line_is_torn_when_there_is_room_again() {
    for (keep, buffered) in [(false, false), (true, false), (true, true)] {
        let Some(disk) = Disk::mount(64 << 10) else { return };
        let (path, ballast) = (disk.0.path().join("alerts"), disk.0.path().join("ballast"));
        std::fs::write(&ballast, vec![0; 40 << 10]).unwrap();
        let (mut outputs, told) = outputs(Format::default());
        outputs.add(Box::new(FileChannel::new(path.clone(), keep, buffered)), QueueLimits::default());
        outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
        (0..2000).for_each(|n| outputs.send(alert(n)));
        while outputs.stats()[0].pending() > 0 {
            std::thread::yield_now();
        }
        let full = outputs.stats().remove(0);
        assert!(full.lost_failed > 0 && full.delivered < 2000, "{full:?}");
        std::fs::remove_file(&ballast).unwrap();
        (2000..2100).for_each(|n| outputs.send(alert(n)));
        let stats = outputs.finish(LIMIT);
        assert_eq!(
            (stats[0].delivered, stats[0].lost()),
            (full.delivered + 100, full.lost_failed),
            "{keep} {buffered}"
        );
        assert_eq!((stats[1].delivered, stats[1].lost()), (2100, 0));
        // Every alert that counts as delivered is there, whole; a torn one has a line of its own.
        let text = std::fs::read_to_string(&path).unwrap();
        let whole = text.lines().filter(|line| is_whole(line)).count() as u64;
        let torn: Vec<_> = text.lines().filter(|line| !is_whole(line)).collect();
        assert_eq!(whole, stats[0].delivered, "{keep} {buffered}: {torn:?}");
        let told = told.lock().unwrap();
        assert!(told[0].contains("No space left on device"), "{told:?}");
        assert!(told[1].contains("recovered"), "{told:?}");
    }
}

/// `00:00:00.000000007: Error alert 7`: that both numbers agree shows that nothing is cut off.
fn is_whole(line: &str) -> bool {
    let numbers = line.strip_prefix("00:00:00.").and_then(|rest| rest.split_once(": Error alert "));
    numbers.is_some_and(|(time, n)| time.parse::<u64>().ok() == n.parse().ok() && !n.is_empty())
}

#[test]
fn a_slow_channel_gets_all_and_holds_up_nobody() {
    struct Slow;
    impl Channel for Slow {
        fn name(&self) -> &str {
            "slow"
        }
        fn deliver(&mut self, _: &Delivery) -> Outcome {
            std::thread::sleep(Duration::from_millis(10));
            Outcome::delivered()
        }
    }
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(Box::new(Slow), QueueLimits::default());
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..100).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[1].delivered < 100 {
        std::thread::yield_now();
    }
    assert!(outputs.stats()[0].pending() > 0, "the other waited for the slow one");
    // Progress, however slow, is waited for: longer than the limit in all.
    let stats = outputs.finish(Duration::from_millis(500));
    assert_eq!((stats[0].delivered, stats[0].lost()), (100, 0), "{told:?}");
}
