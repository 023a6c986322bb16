//! Alerts to channels: a queue and a thread for each, so that none waits for another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::channel::{Channel, DeliverError, Delivery, Outcome};
use crate::queue::{Order, Queue, QueueLimits, Refusal};
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
}

#[derive(Debug, Default)]
struct Counters {
    sent: AtomicU64,
    delivered: AtomicU64,
    queue_full: AtomicU64,
    failed: AtomicU64,
    discarded: AtomicU64,
    /// Lost to a full queue since the queue was last empty.
    full_series: AtomicU64,
    /// Nobody will ever read what the channel writes.
    gone: AtomicBool,
}

#[derive(Debug)]
struct Lane {
    name: String,
    queue: Arc<Queue<Arc<Delivery>>>,
    counters: Arc<Counters>,
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
        let lane = Lane {
            name: channel.name().to_owned(),
            queue: Arc::new(Queue::new(limits)),
            counters: Arc::new(Counters::default()),
        };
        let worker = Worker {
            channel,
            queue: Arc::clone(&lane.queue),
            counters: Arc::clone(&lane.counters),
            report: Arc::clone(&self.report),
            failing: 0,
        };
        let spawned = thread::Builder::new().name(format!("out-{}", lane.name)).spawn(move || worker.run());
        if let Err(e) = spawned {
            // Without a thread nothing can be delivered: say so, and count every alert as lost.
            lane.queue.finish();
            let error = DeliverError::new("start a thread for", &lane.name, e);
            (self.report)(Notice::Failing { channel: &lane.name, error: &error });
        }
        self.lanes.push(lane);
    }

    /// Hands an alert to every channel's queue. Waits only for channels whose limits say so.
    pub fn send(&self, alert: Alert) {
        let weight = alert.weight();
        let delivery = Arc::new(Delivery::new(alert, Arc::clone(&self.format)));
        for lane in &self.lanes {
            lane.counters.sent.fetch_add(1, Ordering::Relaxed);
            match lane.queue.push(Arc::clone(&delivery), weight) {
                Ok(()) => {}
                Err(Refusal::Closed) => _ = lane.counters.discarded.fetch_add(1, Ordering::Relaxed),
                Err(Refusal::Full) => {
                    lane.counters.queue_full.fetch_add(1, Ordering::Relaxed);
                    if lane.counters.full_series.fetch_add(1, Ordering::Relaxed) == 0 {
                        (self.report)(Notice::QueueFull { channel: &lane.name });
                    }
                }
            }
        }
    }

    /// Tells every channel to open its files and programs anew, after what waits already.
    pub fn reopen(&self) {
        for lane in &self.lanes {
            lane.queue.reopen();
        }
    }

    /// Whether no channel is left that could ever deliver anything: the reader of the only pipe has gone.
    pub fn all_gone(&self) -> bool {
        !self.lanes.is_empty() && self.lanes.iter().all(|lane| lane.counters.gone.load(Ordering::Relaxed))
    }

    /// The state of each channel, in the order in which they were added. While alerts are under way, the counts may be
    /// a little behind each other; after [`Self::finish`] `sent` is `delivered` plus what is lost.
    pub fn stats(&self) -> Vec<ChannelStats> {
        self.lanes.iter().map(Lane::stats).collect()
    }

    /// Takes no more alerts and waits until the channels have delivered what they hold. A channel that makes no
    /// progress for `limit` is given up, unless its senders were made to wait for it: what it holds is counted as lost.
    pub fn finish(self, limit: Duration) -> Vec<ChannelStats> {
        for lane in &self.lanes {
            lane.queue.close();
        }
        for lane in &self.lanes {
            let discarded = lane.drain(limit);
            if discarded > 0 {
                lane.counters.discarded.fetch_add(discarded, Ordering::Relaxed);
                (self.report)(Notice::Discarded { channel: &lane.name, lost: discarded });
            }
        }
        self.stats()
    }
}

impl Lane {
    /// Waits for the thread's end; returns how many alerts it has not answered for when it is given up.
    fn drain(&self, limit: Duration) -> u64 {
        let patient = self.queue.waits_when_full() && !self.counters.gone.load(Ordering::Relaxed);
        let mut answered = self.answered();
        while !self.queue.wait_finished(limit) {
            let now = self.answered();
            if now == answered && !patient {
                self.queue.discard();
                return self.counters.sent.load(Ordering::Relaxed).saturating_sub(self.answered());
            }
            answered = now;
        }
        self.counters.sent.load(Ordering::Relaxed).saturating_sub(self.answered())
    }

    fn answered(&self) -> u64 {
        let counters = &self.counters;
        [&counters.delivered, &counters.queue_full, &counters.failed, &counters.discarded]
            .map(|counter| counter.load(Ordering::Relaxed))
            .iter()
            .sum()
    }

    fn stats(&self) -> ChannelStats {
        let (queued, queued_bytes) = self.queue.depth();
        ChannelStats {
            name: self.name.clone(),
            sent: self.counters.sent.load(Ordering::Relaxed),
            delivered: self.counters.delivered.load(Ordering::Relaxed),
            lost_queue_full: self.counters.queue_full.load(Ordering::Relaxed),
            lost_failed: self.counters.failed.load(Ordering::Relaxed),
            lost_discarded: self.counters.discarded.load(Ordering::Relaxed),
            queued,
            queued_bytes,
        }
    }
}

/// What a channel's thread owns.
struct Worker {
    channel: Box<dyn Channel>,
    queue: Arc<Queue<Arc<Delivery>>>,
    counters: Arc<Counters>,
    report: Report,
    /// Alerts lost in a row.
    failing: u64,
}

impl Worker {
    fn run(mut self) {
        loop {
            let outcome = match self.queue.next() {
                Order::Deliver(delivery) => self.channel.deliver(&delivery),
                Order::Flush => {
                    self.end_full_series();
                    self.channel.flush()
                }
                Order::Reopen => self.channel.reopen(),
                Order::Close => break,
            };
            self.answer(outcome);
        }
        let Self { channel, queue, .. } = self;
        // A program's end is waited for here.
        drop(channel);
        queue.finish();
    }

    /// The queue is empty, so a series of alerts that found it full is over.
    fn end_full_series(&self) {
        let lost = self.counters.full_series.swap(0, Ordering::Relaxed);
        if lost > 0 {
            (self.report)(Notice::Recovered { channel: self.channel.name(), lost });
        }
    }

    fn answer(&mut self, outcome: Outcome) {
        self.counters.delivered.fetch_add(outcome.delivered, Ordering::Relaxed);
        self.counters.failed.fetch_add(outcome.lost, Ordering::Relaxed);
        let name = self.channel.name();
        if let Some(error) = &outcome.error {
            self.counters.gone.fetch_or(error.gone, Ordering::Relaxed);
            if self.failing == 0 && !error.gone {
                (self.report)(Notice::Failing { channel: name, error });
            }
            self.failing += outcome.lost;
        } else if outcome.delivered > 0 && self.failing > 0 {
            (self.report)(Notice::Recovered { channel: name, lost: self.failing });
            self.failing = 0;
        }
    }
}
