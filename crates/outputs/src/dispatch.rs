//! Alerts to channels: a queue and a thread for each, so that none waits for another.

use std::sync::Arc;
use std::time::Duration;

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
}

impl Outputs {
    /// No channel yet.
    pub fn new(format: Format, report: Report) -> Self {
        Self { format: Arc::new(format), report, lanes: Vec::new() }
    }

    /// Adds a channel and starts its thread. Names need not be unique, but statistics are easier to read if they are.
    pub fn add(&mut self, channel: Box<dyn Channel>, limits: QueueLimits) {
        self.lanes.push(Lane::start(channel, limits, &self.report));
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

    /// The state of each channel, in the order in which they were added. While alerts are under way, the counts may be
    /// a little behind each other; after [`Self::finish`] `sent` is `delivered`, what is lost and what stays
    /// [pending](ChannelStats::pending) together.
    pub fn stats(&self) -> Vec<ChannelStats> {
        self.lanes.iter().map(Lane::stats).collect()
    }

    /// Takes no more alerts and waits until the channels have delivered what they hold. A channel that makes no
    /// progress for `limit` is given up, unless its senders were made to wait for it: what waits for it is counted as
    /// lost, and what it is busy with stays pending.
    pub fn finish(self, limit: Duration) -> Vec<ChannelStats> {
        self.lanes.iter().for_each(Lane::close);
        self.lanes.iter().for_each(|lane| lane.drain(limit, &self.report));
        self.stats()
    }
}
