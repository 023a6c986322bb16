//! The bounded queue before a channel's thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a queue holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Alerts; `usize::MAX` for no limit but that of bytes.
    pub alerts: usize,
    /// Bytes that the waiting alerts hold ([`crate::Alert::weight`]). A single alert always fits.
    pub bytes: usize,
    /// What happens to an alert that comes when the queue is full.
    pub overflow: Overflow,
}

/// What happens when a queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The new alert is lost and counted: a live engine must not wait.
    Lose,
    /// The sender waits: a replay has time.
    Wait,
}

impl Default for QueueLimits {
    /// As many as fit into 64 MiB; more are lost.
    fn default() -> Self {
        Self { alerts: usize::MAX, bytes: 64 << 20, overflow: Overflow::Lose }
    }
}

/// What the channel's thread is to do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Order<T> {
    Deliver(T),
    /// Nothing waits: a good moment to flush.
    Flush,
    Reopen,
    Close,
}

/// Why an item was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Full,
    Closed,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<(T, usize)>,
    bytes: usize,
    reopen: bool,
    closed: bool,
    flushed: bool,
    finished: bool,
}

#[derive(Debug)]
pub(crate) struct Queue<T> {
    limits: QueueLimits,
    state: Mutex<State<T>>,
    /// Something to do, or the end.
    work: Condvar,
    /// Room for another item, or the thread has ended.
    room: Condvar,
}

impl<T> Queue<T> {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        let state =
            State { items: VecDeque::new(), bytes: 0, reopen: false, closed: false, flushed: true, finished: false };
        Self { limits, state: Mutex::new(state), work: Condvar::new(), room: Condvar::new() }
    }

    /// Puts an item in, or says why not. Waits only if told to by the limits.
    pub(crate) fn push(&self, item: T, weight: usize) -> Result<(), Refusal> {
        let mut state = self.lock();
        loop {
            if state.closed || state.finished {
                return Err(Refusal::Closed);
            }
            let fits = state.items.len() < self.limits.alerts
                && (state.items.is_empty() || state.bytes.saturating_add(weight) <= self.limits.bytes);
            if fits {
                break;
            }
            if self.limits.overflow == Overflow::Lose {
                return Err(Refusal::Full);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.bytes += weight;
        state.items.push_back((item, weight));
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// The next thing to do; waits until there is one.
    pub(crate) fn next(&self) -> Order<T> {
        let mut state = self.lock();
        loop {
            if std::mem::take(&mut state.reopen) {
                return Order::Reopen;
            }
            if let Some((item, weight)) = state.items.pop_front() {
                state.bytes -= weight;
                state.flushed = false;
                drop(state);
                self.room.notify_one();
                return Order::Deliver(item);
            }
            if !std::mem::replace(&mut state.flushed, true) {
                return Order::Flush;
            }
            if state.closed {
                return Order::Close;
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn reopen(&self) {
        self.lock().reopen = true;
        self.work.notify_one();
    }

    /// No more items; what waits is still delivered.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
    }

    /// Empties the queue and returns how many items that were.
    pub(crate) fn discard(&self) -> u64 {
        let mut state = self.lock();
        state.bytes = 0;
        let count = state.items.len() as u64;
        state.items.clear();
        drop(state);
        self.room.notify_all();
        count
    }

    /// To be called by the channel's thread as its last deed.
    pub(crate) fn finish(&self) {
        self.lock().finished = true;
        self.room.notify_all();
    }

    /// Waits for [`Self::finish`]; returns whether it has come.
    pub(crate) fn wait_finished(&self, limit: Duration) -> bool {
        let running = |state: &mut State<T>| !state.finished;
        let waited = self.room.wait_timeout_while(self.lock(), limit, running);
        waited.unwrap_or_else(PoisonError::into_inner).0.finished
    }

    /// Items and bytes that wait.
    pub(crate) fn depth(&self) -> (usize, usize) {
        let state = self.lock();
        (state.items.len(), state.bytes)
    }

    pub(crate) fn waits_when_full(&self) -> bool {
        self.limits.overflow == Overflow::Wait
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(alerts: usize, bytes: usize) -> QueueLimits {
        QueueLimits { alerts, bytes, overflow: Overflow::Lose }
    }

    #[test]
    fn both_limits_hold_and_one_item_always_fits() {
        let queue = Queue::new(limits(2, 10));
        assert_eq!(queue.push('a', 100), Ok(()));
        assert_eq!(queue.push('b', 1), Err(Refusal::Full));
        assert_eq!(queue.next(), Order::Deliver('a'));
        assert_eq!(queue.push('b', 1), Ok(()));
        assert_eq!(queue.push('c', 9), Ok(()));
        assert_eq!(queue.push('d', 0), Err(Refusal::Full));
        assert_eq!(queue.depth(), (2, 10));
    }

    #[test]
    fn orders_come_in_turn_and_the_end_comes_last() {
        let queue = Queue::new(limits(8, 80));
        queue.push(1, 1).unwrap();
        queue.reopen();
        queue.close();
        assert_eq!(queue.push(2, 1), Err(Refusal::Closed));
        assert_eq!(queue.next(), Order::Reopen);
        assert_eq!(queue.next(), Order::Deliver(1));
        assert_eq!(queue.next(), Order::Flush);
        assert_eq!(queue.next(), Order::Close);
        assert!(!queue.wait_finished(Duration::ZERO));
        queue.finish();
        assert!(queue.wait_finished(Duration::ZERO));
    }

    #[test]
    fn a_waiting_sender_goes_on_when_there_is_room() {
        let queue = Queue::new(QueueLimits { alerts: 1, bytes: 80, overflow: Overflow::Wait });
        queue.push(1, 1).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| queue.push(2, 1).unwrap());
            assert_eq!(queue.next(), Order::Deliver(1));
            while queue.depth().0 == 0 {
                std::thread::yield_now();
            }
        });
        assert_eq!(queue.next(), Order::Deliver(2));
    }
}
