//! Alerts to channels: a queue and a thread for each, so that none waits for another.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::channel::{Channel, DeliverError, Delivery};
use crate::lane::Lane;
use crate::queue::QueueLimits;
use crate::{Alert, Format};

/// Something to tell the operator about a channel. Series of equal troubles are told once, and their end too.
#[derive(Debug)]
pub enum Notice<'a> {
    /// An alert was the first of a series that did not arrive.
    Failing {
        /// The channel's name.
        channel: &'a str,
        /// Why.
        error: &'a DeliverError,
    },
    /// Alerts arrive again.
    Recovered {
        /// The channel's name.
        channel: &'a str,
        /// How many were lost meanwhile.
        lost: u64,
    },
    /// The channel's queue is full: an alert is lost, the first since the queue was last empty.
    QueueFull {
        /// The channel's name.
        channel: &'a str,
    },
    /// The end came before the channel had taken all.
    Discarded {
        /// The channel's name.
        channel: &'a str,
        /// How many alerts it did not get.
        lost: u64,
        /// How many it was given and has not answered for: they may have arrived, or not.
        in_doubt: u64,
    },
}

/// Takes notices. Called from any thread.
pub type Report = Arc<dyn Fn(Notice<'_>) + Send + Sync>;

/// The state of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelStats {
    /// `stdout`, `file` …
    pub name: String,
    /// Alerts meant for it so far.
    pub sent: u64,
    /// Alerts out of our hands.
    pub delivered: u64,
    /// Lost because the queue was full.
    pub lost_queue_full: u64,
    /// Lost because delivery failed.
    pub lost_failed: u64,
    /// Lost because the end came first, or the channel had ended.
    pub lost_discarded: u64,
    /// Alerts that wait.
    pub queued: usize,
    /// Bytes that they hold.
    pub queued_bytes: usize,
}

impl ChannelStats {
    /// All that is lost, whatever the cause.
    pub fn lost(&self) -> u64 {
        self.lost_queue_full + self.lost_failed + self.lost_discarded
    }

    /// Alerts whose fate is not known: they wait, or are being delivered. After the end, those that a channel was busy
    /// with when its time was up.
    pub fn pending(&self) -> u64 {
        self.sent.saturating_sub(self.delivered + self.lost())
    }

    /// Adds the account of another channel of that name, whose place this one has taken.
    fn add(&mut self, other: &Self) {
        let Self { name: _, sent, delivered, lost_queue_full, lost_failed, lost_discarded, queued, queued_bytes } =
            other;
        self.sent += sent;
        self.delivered += delivered;
        self.lost_queue_full += lost_queue_full;
        self.lost_failed += lost_failed;
        self.lost_discarded += lost_discarded;
        self.queued += queued;
        self.queued_bytes += queued_bytes;
    }
}

/// Other channels, or another format, for alerts to come.
pub struct OutputChange {
    /// How alerts are written from now on.
    pub format: Format,
    /// Names of channels that stay as they are.
    pub kept: Vec<String>,
    /// Channels to add.
    pub added: Vec<(Box<dyn Channel>, QueueLimits)>,
    /// How long channels that were taken out before may take for what waits; looked at now.
    pub patience: Duration,
}

/// The channels in force.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use windhover_outputs::{Alert, Format, Outputs, Priority, QueueLimits, StreamChannel};
///
/// let mut outputs = Outputs::new(Format::default(), Arc::new(|notice| eprintln!("{notice:?}")));
/// outputs.add(Box::new(StreamChannel::new(Vec::new(), None, false)), QueueLimits::default());
/// outputs.send(Alert::internal(0, "example", Priority::Debug, "hello".into()));
/// let stats = outputs.finish(Duration::from_secs(2));
/// assert_eq!((stats[0].delivered, stats[0].lost()), (1, 0));
/// ```
pub struct Outputs {
    format: Arc<Format>,
    report: Report,
    lanes: Vec<Lane>,
    /// Channels that were taken out, and may still deliver what waits for them.
    ended: Vec<(Lane, Instant)>,
    /// The accounts of those that are done.
    past: Vec<ChannelStats>,
}

impl Outputs {
    /// No channel yet.
    pub fn new(format: Format, report: Report) -> Self {
        Self { format: Arc::new(format), report, lanes: Vec::new(), ended: Vec::new(), past: Vec::new() }
    }

    /// Adds a channel and starts its thread. Names need not be unique, but statistics are easier to read if they are.
    pub fn add(&mut self, channel: Box<dyn Channel>, limits: QueueLimits) {
        self.lanes.push(Lane::start(channel, limits, &self.report));
    }

    /// Exchanges channels between two alerts. Those that are taken out deliver what waits for them; where one still has not at
    /// a later exchange, when its time is up, that is lost. A channel that takes the place of another of its name has its account.
    pub fn exchange(&mut self, change: OutputChange) {
        self.format = Arc::new(change.format);
        let ended = std::mem::take(&mut self.ended).into_iter();
        let (done, busy): (Vec<_>, Vec<_>) = ended.partition(|(lane, _)| lane.is_finished());
        done.iter().for_each(|(lane, _)| account(&mut self.past, lane.stats()));
        busy.iter()
            .filter(|(_, since)| since.elapsed() >= change.patience)
            .for_each(|(lane, _)| lane.discard(&self.report));
        self.ended = busy;
        let lanes = std::mem::take(&mut self.lanes).into_iter();
        let (kept, ended): (Vec<_>, Vec<_>) = lanes.partition(|lane| change.kept.contains(&lane.name));
        ended.iter().for_each(Lane::close);
        self.ended.extend(ended.into_iter().map(|lane| (lane, Instant::now())));
        self.lanes = kept;
        change.added.into_iter().for_each(|(channel, limits)| self.add(channel, limits));
    }

    /// Hands an alert to every channel's queue. Waits only for channels whose limits say so.
    pub fn send(&self, alert: Alert) {
        let weight = alert.weight();
        let delivery = Arc::new(Delivery::new(alert, Arc::clone(&self.format)));
        for lane in &self.lanes {
            lane.send(Arc::clone(&delivery), weight, &self.report);
        }
    }

    /// Tells every channel to open its files and programs anew, after what waits already.
    pub fn reopen(&self) {
        self.lanes.iter().for_each(Lane::reopen);
    }

    /// Whether no channel is left that could ever deliver anything: the reader of the only pipe has gone.
    pub fn all_gone(&self) -> bool {
        !self.lanes.is_empty() && self.lanes.iter().all(Lane::is_gone)
    }

    /// The state of each channel, in the order in which they were added, then of those that were taken out. While alerts are under way, the counts may be
    /// a little behind each other; after [`Self::finish`] `sent` is `delivered`, what is lost and what stays
    /// [pending](ChannelStats::pending) together.
    pub fn stats(&self) -> Vec<ChannelStats> {
        let mut all: Vec<_> = self.lanes.iter().map(Lane::stats).collect();
        for earlier in self.past.iter().cloned().chain(self.ended.iter().map(|(lane, _)| lane.stats())) {
            account(&mut all, earlier);
        }
        all
    }

    /// Takes no more alerts and waits until the channels have delivered what they hold. A channel that makes no
    /// progress for `limit` is given up, unless its senders were made to wait for it: what waits for it is counted as
    /// lost, and what it is busy with stays pending.
    pub fn finish(self, limit: Duration) -> Vec<ChannelStats> {
        self.lanes.iter().for_each(Lane::close);
        let ended = self.ended.iter().map(|(lane, _)| lane);
        self.lanes.iter().chain(ended).for_each(|lane| lane.drain(limit, &self.report));
        self.stats()
    }
}

/// Adds an account to the one of that name, or to the end.
fn account(accounts: &mut Vec<ChannelStats>, stats: ChannelStats) {
    match accounts.iter_mut().find(|known| known.name == stats.name) {
        Some(known) => known.add(&stats),
        None => accounts.push(stats),
    }
}
