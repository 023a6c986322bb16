//! A channel in force: its queue, its thread, and the account of what became of its alerts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::channel::{Channel, DeliverError, Delivery, Outcome};
use crate::dispatch::{ChannelStats, Notice, Report};
use crate::queue::{Order, Queue, QueueLimits, Refusal};

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

/// What senders see of a channel.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    queue: Arc<Queue<Arc<Delivery>>>,
    counters: Arc<Counters>,
}

impl Lane {
    /// Starts a channel's thread.
    pub(crate) fn start(channel: Box<dyn Channel>, limits: QueueLimits, report: &Report) -> Self {
        let lane = Self {
            name: channel.name().to_owned(),
            queue: Arc::new(Queue::new(limits)),
            counters: Arc::new(Counters::default()),
        };
        let worker = Worker {
            channel,
            queue: Arc::clone(&lane.queue),
            counters: Arc::clone(&lane.counters),
            report: Arc::clone(report),
            failing: 0,
        };
        let spawned = thread::Builder::new().name(format!("out-{}", lane.name)).spawn(move || worker.run());
        if let Err(e) = spawned {
            // Without a thread nothing can be delivered: say so, and count every alert as lost.
            lane.queue.finish();
            let error = DeliverError::new("start a thread for", &lane.name, e);
            report(Notice::Failing { channel: &lane.name, error: &error });
        }
        lane
    }

    /// Puts an alert in the queue, or counts it as lost.
    pub(crate) fn send(&self, delivery: Arc<Delivery>, weight: usize, report: &Report) {
        self.counters.sent.fetch_add(1, Ordering::Relaxed);
        match self.queue.push(delivery, weight) {
            Ok(()) => {}
            Err(Refusal::Closed) => _ = self.counters.discarded.fetch_add(1, Ordering::Relaxed),
            Err(Refusal::Full) => {
                self.counters.queue_full.fetch_add(1, Ordering::Relaxed);
                if self.counters.full_series.fetch_add(1, Ordering::Relaxed) == 0 {
                    report(Notice::QueueFull { channel: &self.name });
                }
            }
        }
    }

    /// Opens files and programs anew, after what waits already.
    pub(crate) fn reopen(&self) {
        self.queue.reopen();
    }

    /// Takes no more alerts; what waits is still delivered.
    pub(crate) fn close(&self) {
        self.queue.close();
    }

    /// Whether nobody will ever read what the channel writes.
    pub(crate) fn is_gone(&self) -> bool {
        self.counters.gone.load(Ordering::Relaxed)
    }

    /// Waits for the thread's end. One that makes no progress for `limit` is given up, and what waits for it is lost.
    pub(crate) fn drain(&self, limit: Duration, report: &Report) {
        let patient = self.queue.waits_when_full() && !self.is_gone();
        let mut answered = self.answered();
        while !self.queue.wait_finished(limit) {
            let now = self.answered();
            if now == answered && !patient {
                self.discard(report);
                return;
            }
            answered = now;
        }
        // A thread that ended early has left alerts behind.
        self.discard(report);
    }

    /// Whether the thread has ended, after all that waited.
    pub(crate) fn is_finished(&self) -> bool {
        self.queue.wait_finished(Duration::ZERO)
    }

    /// Counts what waits as lost.
    pub(crate) fn discard(&self, report: &Report) {
        let lost = self.queue.discard();
        self.counters.discarded.fetch_add(lost, Ordering::Relaxed);
        let in_doubt = self.stats().pending();
        if lost + in_doubt > 0 {
            report(Notice::Discarded { channel: &self.name, lost, in_doubt });
        }
    }

    fn answered(&self) -> u64 {
        let counters = &self.counters;
        [&counters.delivered, &counters.queue_full, &counters.failed, &counters.discarded]
            .map(|counter| counter.load(Ordering::Relaxed))
            .iter()
            .sum()
    }

    /// The account so far.
    pub(crate) fn stats(&self) -> ChannelStats {
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
