//! Alerts of several workers, put in the order of their times.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use windhover_outputs::Alert;

/// Alerts that may wait for earlier ones. Beyond it they go out as they come.
const CAPACITY: usize = 65_536;

struct Waiting {
    time: u64,
    number: u64,
    since: Instant,
    alert: Alert,
}

impl Waiting {
    fn key(&self) -> (u64, u64) {
        (self.time, self.number)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[derive(Default)]
struct Heap {
    waiting: BinaryHeap<Reverse<Waiting>>,
    numbers: u64,
}

/// Holds each alert back until every worker has come past its time, or a window is over.
pub(crate) struct AlertOrder {
    heap: Mutex<Heap>,
    /// By worker: it will raise no alert about anything earlier.
    passed: Box<[AtomicU64]>,
    window: Duration,
}

impl AlertOrder {
    pub(crate) fn new(workers: usize, window: Duration) -> Self {
        Self { heap: Mutex::default(), passed: (0..workers).map(|_| AtomicU64::new(0)).collect(), window }
    }

    /// Takes an alert in.
    pub(crate) fn hold(&self, alert: Alert) {
        let mut heap = self.lock();
        let number = heap.numbers;
        heap.numbers += 1;
        heap.waiting.push(Reverse(Waiting { time: alert.time, number, since: Instant::now(), alert }));
    }

    /// Worker `worker` is done with everything up to `ts`.
    pub(crate) fn pass(&self, worker: usize, ts: u64) {
        self.passed[worker].fetch_max(ts, Ordering::Release);
    }

    /// Hands out the alerts that nothing earlier can come before, and those that have waited long enough.
    pub(crate) fn release(&self, send: &mut dyn FnMut(Alert)) {
        let passed = self.passed.iter().map(|passed| passed.load(Ordering::Acquire)).min().unwrap_or(u64::MAX);
        let now = Instant::now();
        let mut heap = self.lock();
        while let Some(Reverse(first)) = heap.waiting.peek() {
            let full = heap.waiting.len() > CAPACITY;
            if first.time > passed && now.duration_since(first.since) < self.window && !full {
                break;
            }
            if let Some(Reverse(first)) = heap.waiting.pop() {
                send(first.alert);
            }
        }
    }

    /// Hands out everything.
    pub(crate) fn release_all(&self, send: &mut dyn FnMut(Alert)) {
        let mut heap = self.lock();
        while let Some(Reverse(first)) = heap.waiting.pop() {
            send(first.alert);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use windhover_outputs::Priority;

    use super::*;

    fn released(order: &AlertOrder) -> Vec<u64> {
        let mut times = Vec::new();
        order.release(&mut |alert| times.push(alert.time));
        times
    }

    #[test]
    fn an_alert_waits_until_every_worker_has_passed_it() {
        let order = AlertOrder::new(2, Duration::from_secs(3600));
        for time in [30, 10, 20] {
            order.hold(Alert::internal(time, "r", Priority::Debug, String::new()));
        }
        order.pass(0, 100);
        assert!(released(&order).is_empty());
        order.pass(1, 20);
        assert_eq!(released(&order), [10, 20]);
        order.pass(1, 5);
        order.pass(1, 99);
        assert_eq!(released(&order), [30]);
    }

    #[test]
    fn no_alert_waits_longer_than_the_window() {
        let order = AlertOrder::new(2, Duration::ZERO);
        order.hold(Alert::internal(7, "r", Priority::Debug, String::new()));
        assert_eq!(released(&order), [7]);
    }
}
