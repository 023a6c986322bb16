//! Channels against real files, processes, sockets and servers, and the accounts kept of them.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod fault;
mod http;
mod real;
mod syslog;
mod tls;

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use windhover_outputs::*;

/// Longer than anything here takes; reached only when something hangs.
const LIMIT: Duration = Duration::from_secs(20);

fn alert(n: u64) -> Alert {
    Alert { origin: Origin::Rule, ..Alert::internal(n, "rule", Priority::Error, format!("alert {n}")) }
}

/// Outputs that remember what they were told to report.
fn outputs(format: Format) -> (Outputs, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&told);
    let report = move |notice: Notice<'_>| {
        let text = match notice {
            Notice::Failing { channel, error } => format!("{channel}: {error}"),
            Notice::Recovered { channel, lost } => format!("{channel}: recovered, {lost} lost"),
            Notice::QueueFull { channel } => format!("{channel}: full"),
            Notice::Discarded { channel, lost, in_doubt } => {
                format!("{channel}: {lost} discarded, {in_doubt} in doubt")
            }
        };
        log.lock().unwrap().push(text);
    };
    (Outputs::new(format, Arc::new(report)), told)
}

fn run(channel: Box<dyn Channel>, alerts: u64) -> (ChannelStats, Vec<String>) {
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(channel, QueueLimits::default());
    (0..alerts).for_each(|n| outputs.send(alert(n)));
    let stats = outputs.finish(LIMIT).remove(0);
    assert_eq!(stats.sent, stats.delivered + stats.lost(), "{stats:?}");
    let told = told.lock().unwrap().clone();
    (stats, told)
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.split_once("Error ").unwrap().1.to_owned()).collect()
}

#[test]
fn a_file_gets_a_line_per_alert_opened_each_time_or_kept() {
    let folder = tempfile::tempdir().unwrap();
    for (keep, buffered) in [(false, false), (false, true), (true, false), (true, true)] {
        let path = folder.path().join(format!("{keep}{buffered}"));
        let (stats, _) = run(Box::new(FileChannel::new(path.clone(), keep, buffered)), 3);
        assert_eq!(stats.delivered, 3);
        assert_eq!(lines(&path), ["alert 0", "alert 1", "alert 2"]);
    }
}

#[test]
fn a_kept_file_is_opened_anew_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (now, old) = (folder.path().join("now"), folder.path().join("old"));
    let (mut outputs, _) = outputs(Format::default());
    outputs.add(Box::new(FileChannel::new(now.clone(), true, false)), QueueLimits::default());
    outputs.send(alert(1));
    while lines(&now).is_empty() {
        std::thread::yield_now();
    }
    std::fs::rename(&now, &old).unwrap();
    outputs.reopen();
    outputs.send(alert(2));
    outputs.finish(LIMIT);
    assert_eq!((lines(&old), lines(&now)), (vec!["alert 1".to_owned()], vec!["alert 2".to_owned()]));
}

#[test]
fn a_program_runs_per_alert_or_once() {
    let folder = tempfile::tempdir().unwrap();
    for (keep, starts) in [(false, 3), (true, 1)] {
        let path = folder.path().join(keep.to_string());
        let command = format!("echo 'x: Error start' >> {0}; cat >> {0}", path.display());
        let (stats, _) = run(Box::new(ProgramChannel::new(command, keep, false)), 3);
        assert_eq!(stats.delivered, 3);
        let lines = lines(&path);
        assert_eq!(lines.iter().filter(|line| *line == "start").count(), starts, "{lines:?}");
        assert_eq!(lines.len(), starts + 3);
    }
}

/// Does with each alert what its turn in the plan says; later alerts wait for the gate, if there is one.
struct Scripted {
    plan: Vec<bool>,
    at: usize,
    gate: Option<Receiver<()>>,
}

impl Channel for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn deliver(&mut self, _: &Delivery) -> Outcome {
        if let Some(gate) = &self.gate {
            _ = gate.recv();
        }
        self.at += 1;
        if self.plan.get(self.at - 1).copied().unwrap_or(true) {
            return Outcome::delivered();
        }
        let error =
            DeliverError { action: "reach", object: "it".into(), source: "it is not there".into(), gone: false };
        Outcome::lost(error)
    }
}

#[test]
fn a_hanging_channel_loses_only_its_own_and_says_how_many() {
    let (mut outputs, told) = outputs(Format::default());
    let (open, gate) = mpsc::channel();
    let limits = QueueLimits { alerts: 4, ..QueueLimits::default() };
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: Some(gate) }), limits);
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..100).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[1].delivered < 100 {
        std::thread::yield_now();
    }
    let is_busy = |stats: &ChannelStats| stats.pending() > stats.queued as u64;
    while !is_busy(&outputs.stats()[0]) {
        std::thread::yield_now();
    }
    let stats = outputs.finish(Duration::from_millis(50));
    assert_eq!((stats[1].delivered, stats[1].lost()), (100, 0));
    // What the channel hangs in may yet arrive: it is neither delivered nor lost.
    assert_eq!((stats[0].sent, stats[0].delivered, stats[0].lost(), stats[0].pending()), (100, 0, 99, 1));
    assert!(stats[0].lost_queue_full >= 95, "{stats:?}");
    let told = told.lock().unwrap();
    assert_eq!(told[0], "scripted: full");
    assert_eq!(told[1], format!("scripted: {} discarded, 1 in doubt", stats[0].lost_discarded));
    drop(open);
}

#[test]
fn channels_are_exchanged_while_alerts_flow() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let file = |name: &str| -> Box<dyn Channel> { Box::new(FileChannel::new(at(name), true, true)) };
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(file("before"), QueueLimits::default());
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), QueueLimits::default());
    (0..100).for_each(|n| outputs.send(alert(n)));
    let change = |kept: &[&str], added: Vec<Box<dyn Channel>>| OutputChange {
        format: Format { json: true, include_output: false, ..Format::default() },
        kept: kept.iter().map(|name| (*name).to_owned()).collect(),
        added: added.into_iter().map(|channel| (channel, QueueLimits::default())).collect(),
        patience: LIMIT,
    };
    outputs.exchange(change(&["scripted"], vec![file("after")]));
    (100..150).for_each(|n| outputs.send(alert(n)));
    outputs.exchange(change(&["file"], vec![]));
    (150..160).for_each(|n| outputs.send(alert(n)));
    let stats = outputs.finish(LIMIT);
    let counts: Vec<_> = stats.iter().map(|of| (of.name.as_str(), of.sent, of.delivered, of.lost())).collect();
    assert_eq!(counts, [("file", 160, 160, 0), ("scripted", 150, 150, 0)], "{told:?}");
    assert_eq!(lines(&at("before")), (0..100).map(|n| format!("alert {n}")).collect::<Vec<_>>());
    let after = std::fs::read_to_string(at("after")).unwrap();
    assert!(after.lines().count() == 60 && after.lines().all(|line| line.starts_with('{')), "{after}");
}

#[test]
fn a_channel_that_hangs_when_it_is_taken_out_does_not_hold_its_queue_for_ever() {
    let (mut outputs, told) = outputs(Format::default());
    let (open, gate) = mpsc::channel();
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: Some(gate) }), QueueLimits::default());
    (0..10).for_each(|n| outputs.send(alert(n)));
    while outputs.stats()[0].queued == 10 {
        std::thread::yield_now();
    }
    let nothing = || OutputChange { format: Format::default(), kept: vec![], added: vec![], patience: Duration::ZERO };
    outputs.exchange(nothing());
    assert_eq!((outputs.stats()[0].queued, outputs.stats()[0].lost()), (9, 0), "it may still deliver");
    outputs.exchange(nothing());
    let stats = outputs.stats().remove(0);
    assert_eq!((stats.sent, stats.queued, stats.lost_discarded, stats.pending()), (10, 0, 9, 1));
    assert_eq!(told.lock().unwrap().as_slice(), ["scripted: 9 discarded, 1 in doubt"]);
    drop(open);
}

#[test]
fn a_waiting_sender_loses_nothing() {
    let (mut outputs, told) = outputs(Format::default());
    let limits = QueueLimits { alerts: 1, overflow: Overflow::Wait, ..QueueLimits::default() };
    outputs.add(Box::new(Scripted { plan: vec![], at: 0, gate: None }), limits);
    (0..1000).for_each(|n| outputs.send(alert(n)));
    assert_eq!(outputs.finish(LIMIT)[0].delivered, 1000);
    assert!(told.lock().unwrap().is_empty());
}

#[test]
fn a_reader_that_has_gone_is_known_and_not_complained_about() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (mut outputs, told) = outputs(Format::default());
    outputs.add(Box::new(StreamChannel::new(Gone, None, false)), QueueLimits::default());
    outputs.send(alert(0));
    while !outputs.all_gone() {
        std::thread::yield_now();
    }
    assert_eq!(outputs.finish(LIMIT)[0].lost_failed, 1);
    assert!(told.lock().unwrap().is_empty());
}

proptest! {
    #[test]
    fn every_alert_is_delivered_or_counted_as_lost(plan in prop::collection::vec(any::<bool>(), 0..40), extra in 0..5_u64) {
        let failures = plan.iter().filter(|works| !**works).count() as u64;
        let sent = plan.len() as u64 + extra;
        let series = plan.split(|works| *works).filter(|run| !run.is_empty()).count();
        let (stats, told) = run(Box::new(Scripted { plan, at: 0, gate: None }), sent);
        prop_assert_eq!((stats.sent, stats.delivered, stats.lost_failed), (sent, sent - failures, failures));
        prop_assert_eq!(told.iter().filter(|text| text.contains("cannot reach")).count(), series);
    }
}
