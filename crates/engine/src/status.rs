//! What a running engine shows of itself to others: read-only, and measured only when asked for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use windhover_outputs::{ChannelStats, Priority};
use windhover_system::Counters;

use crate::engine::EventCounts;
use crate::loss::Losses;
use crate::reload::{Reload, Reloads};

/// What does not change between two reloads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The program's version.
    pub version: String,
    /// Release of the running kernel.
    pub kernel_release: String,
    /// The name that alerts carry.
    pub hostname: String,
    /// When the program started, in nanoseconds since the epoch.
    pub start_ts: u64,
    /// When rules were loaded last, likewise.
    pub reload_ts: u64,
    /// Rules files in force.
    pub rules_files: Vec<FileDigest>,
    /// Configuration files in force.
    pub config_files: Vec<FileDigest>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDigest {
    /// Its name without folders.
    pub name: String,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// Alerts of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleHits {
    /// The rule's name.
    pub name: Arc<str>,
    /// Its severity.
    pub priority: Priority,
    /// Its event source.
    pub source: Arc<str>,
    /// Its tags.
    pub tags: Arc<[String]>,
    /// How often it matched, rules of the same name before a reload included.
    pub hits: u64,
    /// How often its condition was measured, on a sample of events.
    pub samples: u64,
    /// How long that took together, in nanoseconds.
    pub sampled_nanos: u64,
}

/// The model's size and work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelCounts {
    /// Threads now.
    pub threads: u64,
    /// File descriptors now.
    pub fds: u64,
    /// What the model did so far.
    pub counters: Counters,
}

/// Events of one type, as the kernel counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// The event's name.
    pub name: &'static str,
    /// `>` where the call begins, `<` where it has ended.
    pub dir: &'static str,
    /// Events that the kernel began to tell.
    pub seen: u64,
    /// Events that came out of the ring buffers.
    pub delivered: u64,
    /// Lost: the ring buffer was full.
    pub ring_full: u64,
    /// Lost: the event would have been too large.
    pub too_large: u64,
    /// Lost: no memory to put the event together in.
    pub no_scratch: u64,
    /// Lost: the event's program was not in place.
    pub no_program: u64,
    /// Lost: given up while the ring buffer was filling, for events that matter more.
    pub shed: u64,
    /// Neither seen nor lost: settled in the kernel, because no rule could match them.
    pub settled: u64,
}

impl KindCounts {
    /// Lost, whatever the cause.
    pub fn lost(&self) -> u64 {
        self.ring_full + self.too_large + self.no_scratch + self.no_program + self.shed
    }
}

/// How full a ring buffer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RingFill {
    /// `0`, `1` … for workers' rings, `lifecycle` for the one that they share.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Bytes that wait to be read.
    pub waiting: u64,
    /// The most that were seen waiting since the start.
    pub peak: u64,
}

/// Events on one processor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuCounts {
    /// Events that the kernel began to tell.
    pub seen: u64,
    /// Events lost, whatever the cause.
    pub lost: u64,
}

/// What the kernel saw, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelCounts {
    /// All together.
    pub totals: Losses,
    /// By event type, those of which something was seen.
    pub kinds: Vec<KindCounts>,
    /// By processor.
    pub cpus: Vec<CpuCounts>,
    /// By ring buffer.
    pub rings: Vec<RingFill>,
}

/// Addresses of a network interface, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceAddresses {
    /// The interface's name.
    pub name: String,
    /// IPv4 addresses.
    pub v4: Vec<String>,
    /// IPv6 addresses.
    pub v6: Vec<String>,
}

/// A running engine at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurement {
    /// When, in nanoseconds since the epoch.
    pub now: u64,
    /// When the host started, likewise; 0 if unknown.
    pub host_boot_ts: u64,
    /// The host's processors.
    pub host_cpus: u32,
    /// The host's network interfaces.
    pub interfaces: Vec<InterfaceAddresses>,
    /// Events.
    pub events: EventCounts,
    /// Rules in force, and those that matched before they were taken out.
    pub rules: Vec<RuleHits>,
    /// Channels of alerts.
    pub channels: Vec<ChannelStats>,
    /// The model.
    pub model: ModelCounts,
    /// The kernel's side.
    pub kernel: KernelCounts,
    /// Reloads so far.
    pub reloads: Reloads,
}

impl ModelCounts {
    /// What the model did so far, by the reference's names.
    pub fn work(&self) -> [(&'static str, u64); 15] {
        let counters = &self.counters;
        [
            ("n_noncached_fd_lookups", counters.n_noncached_fd_lookups),
            ("n_cached_fd_lookups", counters.n_cached_fd_lookups),
            ("n_failed_fd_lookups", counters.n_failed_fd_lookups),
            ("n_added_fds", counters.n_added_fds),
            ("n_removed_fds", counters.n_removed_fds),
            ("n_stored_evts", counters.n_stored_evts),
            ("n_store_evts_drops", counters.n_store_evts_drops),
            ("n_retrieved_evts", counters.n_retrieved_evts),
            ("n_retrieve_evts_drops", counters.n_retrieve_evts_drops),
            ("n_noncached_thread_lookups", counters.n_noncached_thread_lookups),
            ("n_cached_thread_lookups", counters.n_cached_thread_lookups),
            ("n_failed_thread_lookups", counters.n_failed_thread_lookups),
            ("n_added_threads", counters.n_added_threads),
            ("n_removed_threads", counters.n_removed_threads),
            ("n_drops_full_threadtable", counters.n_drops_full_threadtable),
        ]
    }
}

impl ModelCounts {
    /// What was refused because a table was full, by table, and what was removed although its end was not seen, by reason.
    pub fn limits(&self) -> [(&'static str, u64); 6] {
        let counters = &self.counters;
        [
            ("threads_refused", counters.n_drops_full_threadtable),
            ("fds_refused", counters.fds_refused),
            ("containers_refused", counters.containers_refused),
            ("users_refused", counters.users_refused),
            ("threads_purged", counters.threads_purged),
            ("threads_replaced", counters.tid_collisions),
        ]
    }
}

impl Measurement {
    /// Matches of all rules.
    pub fn matches(&self) -> u64 {
        self.rules.iter().map(|rule| rule.hits).sum()
    }

    /// Alerts that full queues lost, over all channels.
    pub fn queue_drops(&self) -> u64 {
        self.channels.iter().map(|channel| channel.lost_queue_full).sum()
    }
}

#[derive(Debug, Default)]
struct State {
    facts: Arc<Facts>,
    measured: Option<Arc<Measurement>>,
    /// Measurements so far.
    number: u64,
    reloads: Reloads,
    /// Reloads that have begun, and that have ended.
    begun: u64,
    ended: u64,
}

/// Where an engine and those who look at it meet. The engine measures itself between two batches of events, and only
/// when somebody has asked.
#[derive(Debug, Default)]
pub struct Status {
    wanted: AtomicBool,
    state: Mutex<State>,
    fresh: Condvar,
}

impl Status {
    /// What does not change between two reloads.
    pub fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.lock().facts)
    }

    /// Replaces the facts, at the start and after a reload.
    pub fn set_facts(&self, facts: Facts) {
        self.lock().facts = Arc::new(facts);
    }

    /// Asks the engine to measure itself, and waits for that at most so long. An engine that does not answer in time is
    /// described by what it said last; `None` if it never said anything.
    pub fn measure(&self, patience: Duration) -> Option<Arc<Measurement>> {
        let state = self.lock();
        let before = state.number;
        self.wanted.store(true, Ordering::Relaxed);
        let stale = |state: &mut State| state.number == before;
        let waited = self.fresh.wait_timeout_while(state, patience, stale);
        waited.unwrap_or_else(PoisonError::into_inner).0.measured.clone()
    }

    /// Reloads so far.
    pub fn reloads(&self) -> Reloads {
        self.lock().reloads.clone()
    }

    /// Has `ask` ask for a reload, and waits at most so long for what becomes of it; `None` if that is not known by then.
    pub fn reload(&self, ask: impl FnOnce(), patience: Duration) -> Option<Reload> {
        let state = self.lock();
        // One that has begun already may have read the files before they were as they are now.
        let wanted = state.begun + 1;
        ask();
        let undone = |state: &mut State| state.ended < wanted;
        let waited = self.fresh.wait_timeout_while(state, patience, undone);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.reloads.last.clone().filter(|_| state.ended >= wanted)
    }

    /// To be called when files begin to be read anew.
    pub fn begin_reload(&self) {
        self.lock().begun += 1;
    }

    /// To be called when that reload is done: the rules in force, or why the old ones still are.
    pub fn end_reload(&self, time: u64, result: Result<usize, String>) {
        let mut state = self.lock();
        match &result {
            Ok(_) => state.reloads.succeeded += 1,
            Err(_) => state.reloads.failed += 1,
        }
        state.reloads.last = Some(Reload { time, result });
        state.ended = state.begun;
        drop(state);
        self.fresh.notify_all();
    }

    /// Whether somebody waits for a measurement.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Hands a measurement to all who wait.
    pub(crate) fn publish(&self, measurement: Measurement) {
        let mut state = self.lock();
        self.wanted.store(false, Ordering::Relaxed);
        state.measured = Some(Arc::new(measurement));
        state.number += 1;
        drop(state);
        self.fresh.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_reload_hears_of_one_that_began_afterwards() {
        let status = Status::default();
        assert_eq!(status.reload(|| {}, Duration::ZERO), None);
        status.begin_reload();
        let asked = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| {
                status.reload(|| asked.store(true, Ordering::Release), Duration::from_secs(60)).unwrap().result
            });
            while !asked.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            // This one had read the files already.
            status.end_reload(1, Ok(7));
            status.begin_reload();
            status.end_reload(2, Err("bad".into()));
            assert_eq!(waits.join().unwrap(), Err("bad".to_owned()));
        });
        let last = Some(Reload { time: 2, result: Err("bad".into()) });
        assert_eq!(status.reloads(), Reloads { succeeded: 1, failed: 1, last });
    }

    #[test]
    fn who_asks_gets_a_fresh_measurement_or_the_last_one() {
        let status = Status::default();
        assert_eq!(status.measure(Duration::ZERO), None);
        assert!(status.is_wanted());
        status.publish(Measurement { now: 1, ..Measurement::default() });
        assert!(!status.is_wanted());
        assert_eq!(status.measure(Duration::ZERO).unwrap().now, 1);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| status.measure(Duration::from_secs(60)).unwrap().now);
            while !reader.is_finished() {
                if status.is_wanted() {
                    status.publish(Measurement { now: 2, ..Measurement::default() });
                }
                std::thread::yield_now();
            }
            assert_eq!(reader.join().unwrap(), 2);
        });
    }
}
