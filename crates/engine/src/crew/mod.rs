//! Several workers on the events of one machine.
//!
//! The probe spreads processes over as many ring buffers as there are workers, but for lifecycle events (a percent of
//! all), which have a ring buffer of their own. Whoever needs them first copies them from there to the shared log
//! (`log`), which every worker reads and applies to a model of its own. So each worker knows all threads, without a
//! lock and without asking another worker; descriptors it knows for its own processes only. What a new process inherits
//! from a parent that another worker follows is handed over (`bequest`).
//!
//! Order: an event of a worker's ring is applied after everything in the log that happened before it, and the log is
//! complete up to there, because it was filled after the event had come. An entry of the log is applied after everything
//! in the ring that happened before it, because the ring was looked at after the entry had come. So no event is matched
//! against the future of its process, nor misses its past.

mod bequest;
mod log;
mod member;
mod order;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use windhover_event::snapshot::Snapshot;
use windhover_outputs::Alert;
use windhover_system::{Bytes, Counters, Share};

use crate::engine::EventCounts;
use crate::matcher::Matcher;
use crate::tally::Tally;
use crate::worker::{InForce, Worker};

pub use log::{Change, Lifecycle};
pub use member::{Machine, Pause, Post, Purge, Ring, pause};

use bequest::Bequests;
use log::SharedLog;
use member::Member;
use order::AlertOrder;

/// Rules for one worker.
struct NewRules {
    in_force: Arc<InForce>,
    matcher: Box<dyn Matcher>,
}

/// What workers have done so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    pub(crate) counts: EventCounts,
    pub(crate) last_ts: u64,
    pub(crate) threads: u64,
    pub(crate) fds: u64,
    pub(crate) counters: Counters,
}

impl Report {
    /// Adds another worker's. Events are counted by the worker that matches them alone.
    fn add(&mut self, other: &Self) {
        self.tally.carry(&other.tally);
        self.counts.received += other.counts.received;
        self.counts.shown += other.counts.shown;
        self.counts.malformed += other.counts.malformed;
        self.last_ts = self.last_ts.max(other.last_ts);
        self.threads += other.threads;
        self.fds += other.fds;
        self.counters.add(&other.counters);
    }
}

/// What workers share.
struct Shared {
    log: SharedLog,
    bequests: Bequests,
    order: AlertOrder,
    /// By worker: entries of the log that it has taken in.
    progress: Box<[AtomicU64]>,
    reports: Box<[Mutex<Report>]>,
    orders: Box<[Mutex<Option<NewRules>>]>,
    /// By worker: rules wait for it.
    ordered: Box<[AtomicBool]>,
    /// Ids of containers about which nothing is known yet.
    strangers: Mutex<Vec<Bytes>>,
    stop: AtomicBool,
}

/// How workers work together.
#[derive(Clone, Copy, Debug)]
pub struct CrewOptions {
    /// How long an alert may be held back for earlier ones of other workers.
    pub window: Duration,
    /// When threads that ended unseen are looked for.
    pub purge: Purge,
}

/// Workers on threads of their own.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Starts a worker for each post, all with `snapshot` as the beginning of their models and with the rules of
    /// `pattern`.
    pub(crate) fn start(
        pattern: &Worker,
        snapshot: &Snapshot,
        posts: Vec<Post>,
        lifecycle: Box<dyn Lifecycle>,
        options: CrewOptions,
    ) -> std::io::Result<Self> {
        let count = posts.len();
        let shared = Arc::new(Shared {
            log: SharedLog::new(lifecycle),
            bequests: Bequests::default(),
            order: AlertOrder::new(count, options.window),
            progress: (0..count).map(|_| AtomicU64::new(0)).collect(),
            reports: (0..count).map(|_| Mutex::default()).collect(),
            orders: (0..count).map(|_| Mutex::new(None)).collect(),
            ordered: (0..count).map(|_| AtomicBool::new(false)).collect(),
            strangers: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        // All read the log from its beginning: all have their places in it before the first one fills it.
        let mut members = Vec::with_capacity(count);
        for (index, post) in posts.into_iter().enumerate() {
            let Some(share) = Share::new(index as u32, count as u32) else { continue };
            let mut worker = pattern.sibling(share);
            worker.reset(snapshot.clone());
            members.push((Member::new(worker, index, Arc::clone(&shared), post.pause), post.ring, post.machine));
        }
        let mut crew = Self { shared, threads: Vec::with_capacity(count) };
        for (index, (member, ring, machine)) in members.into_iter().enumerate() {
            let thread = std::thread::Builder::new().name(format!("worker-{index}"));
            crew.threads.push(thread.spawn(move || member.run(ring, machine, options.purge))?);
        }
        Ok(crew)
    }

    /// Hands out the alerts that are in order.
    pub(crate) fn release(&self, send: &mut dyn FnMut(Alert)) {
        self.shared.order.release(send);
    }

    /// Gives all workers other rules; each puts them in force between two of its events.
    pub(crate) fn replace_rules(&self, in_force: &Arc<InForce>, matcher: &dyn Matcher) {
        for (order, ordered) in self.shared.orders.iter().zip(&self.shared.ordered) {
            let rules = NewRules { in_force: Arc::clone(in_force), matcher: matcher.sibling() };
            *order.lock().unwrap_or_else(PoisonError::into_inner) = Some(rules);
            ordered.store(true, Ordering::Release);
        }
    }

    /// Whether every worker has taken the rules that it was given last.
    pub(crate) fn is_settled(&self) -> bool {
        self.shared.ordered.iter().all(|ordered| !ordered.load(Ordering::Acquire))
    }

    /// Makes a change in every model.
    pub(crate) fn tell(&self, change: Change) {
        self.shared.log.tell(change);
    }

    /// Gives every worker an event that is not the kernel's.
    pub(crate) fn tell_event(&self, event: &[u8]) {
        self.shared.log.tell_event(event);
    }

    /// Containers about which nothing is known yet, each once.
    pub(crate) fn strangers(&self) -> Vec<Bytes> {
        std::mem::take(&mut *self.shared.strangers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What all workers have done, as of a few milliseconds ago.
    pub(crate) fn report(&self) -> Report {
        let mut sum = Report::default();
        for report in &self.shared.reports {
            sum.add(&report.lock().unwrap_or_else(PoisonError::into_inner));
        }
        sum
    }

    /// Lets the workers finish what has come, and hands out the alerts that are left. Nothing may come any more.
    pub(crate) fn finish(&mut self, send: &mut dyn FnMut(Alert)) {
        self.shared.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            while !thread.is_finished() {
                self.shared.order.release(send);
                std::thread::sleep(Duration::from_millis(1));
            }
            // A worker that panicked has said so on standard error; what the others found is still to be told.
            _ = thread.join();
        }
        self.shared.order.release_all(send);
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
    }
}
