//! The log of what every worker has to know: written by whoever comes first, read by all without a lock.
//!
//! It is a chain of batches. A batch never changes once it is published; a reader holds the one it reads, and those that
//! all readers have passed are freed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use windhover_system::System;

/// A change of the model that no event tells of.
pub type Change = Arc<dyn Fn(&mut System) + Send + Sync>;

/// Where lifecycle events come from.
pub trait Lifecycle: Send {
    /// Hands over all events that had come when it was called, in order. The upper half of an event's thread id is the
    /// id of its process (22 bits), and above that the number of the worker that it belongs to, plus one; 0 where the id
    /// says which.
    fn drain(&mut self, each: &mut dyn FnMut(&[u8]));

    /// The time by the clock that stamps events. What happened before must be seen by a [`Self::drain`] that follows.
    fn now(&self) -> u64;
}

/// One entry.
pub(crate) enum Entry<'a> {
    /// An event, encoded, its process, and whose that is where it is told.
    Event { pid: i64, share: Option<u32>, bytes: &'a [u8] },
    /// Something else.
    Change(&'a Change),
}

/// Bits of a process's id: Linux gives no larger ones (`PID_MAX_LIMIT`).
const PID_BITS: u32 = 22;

enum Record {
    Event { pid: i64, share: Option<u32>, ts: u64, start: usize, end: usize },
    Change(Change),
}

#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    records: Vec<Record>,
    next: OnceLock<Arc<Batch>>,
}

impl Batch {
    fn push(&mut self, event: &[u8]) {
        let Some(tid) = event.get(8..16).and_then(|bytes| bytes.first_chunk()).map(|bytes| u64::from_le_bytes(*bytes))
        else {
            return;
        };
        let ts = event.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let start = self.bytes.len();
        self.bytes.extend_from_slice(event);
        let (pid, share, tid) = match tid >> 32 {
            // An id of all ones is no thread's.
            0 | 0xffff_ffff => (tid as i64, None, tid),
            told => {
                let share = (told >> PID_BITS).checked_sub(1).map(|share| share as u32);
                ((told & ((1 << PID_BITS) - 1)) as i64, share, tid & 0xffff_ffff)
            }
        };
        self.bytes[start + 8..start + 16].copy_from_slice(&tid.to_le_bytes());
        self.records.push(Record::Event { pid, share, ts, start, end: self.bytes.len() });
    }
}

impl Drop for Batch {
    /// A reader that goes may leave a long chain: it is taken apart link by link, not by recursion.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(batch) = next.and_then(Arc::into_inner) {
            let mut batch = batch;
            next = batch.next.take();
        }
    }
}

struct Tail {
    last: Arc<Batch>,
    source: Box<dyn Lifecycle>,
}

/// The log's writing end, shared by all workers.
pub(crate) struct SharedLog {
    tail: Mutex<Tail>,
    /// Everything that happened up to this time is in the log.
    complete: AtomicU64,
}

impl SharedLog {
    /// An empty log that is filled from `source`.
    pub(crate) fn new(source: Box<dyn Lifecycle>) -> Self {
        Self { tail: Mutex::new(Tail { last: Arc::default(), source }), complete: AtomicU64::new(0) }
    }

    /// A reader of everything from now on.
    pub(crate) fn cursor(&self) -> Cursor {
        let batch = Arc::clone(&self.lock().last);
        Cursor { next: batch.records.len(), batch, position: 0 }
    }

    /// The time up to which everything is in the log.
    #[inline]
    pub(crate) fn complete(&self) -> u64 {
        self.complete.load(Ordering::Acquire)
    }

    /// Takes over what the source has, unless another worker has done so since `ts`. Returns the time up to which
    /// everything is in the log.
    pub(crate) fn catch_up(&self, ts: u64) -> u64 {
        let mut tail = self.lock();
        let complete = self.complete();
        if complete >= ts && ts != u64::MAX {
            return complete;
        }
        let now = tail.source.now();
        let mut batch = Batch::default();
        tail.source.drain(&mut |event| batch.push(event));
        publish(&mut tail, batch);
        self.complete.store(now.max(complete), Ordering::Release);
        now.max(complete)
    }

    /// Adds a change that every worker makes in its model.
    pub(crate) fn tell(&self, change: Change) {
        let mut batch = Batch::default();
        batch.records.push(Record::Change(change));
        publish(&mut self.lock(), batch);
    }

    /// Adds an event that does not come from the source.
    pub(crate) fn tell_event(&self, event: &[u8]) {
        let mut batch = Batch::default();
        batch.push(event);
        publish(&mut self.lock(), batch);
    }

    fn lock(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn publish(tail: &mut Tail, batch: Batch) {
    if batch.records.is_empty() {
        return;
    }
    let batch = Arc::new(batch);
    // Only the holder of the lock writes, and only to the last batch: the place is free.
    _ = tail.last.next.set(Arc::clone(&batch));
    tail.last = batch;
}

/// A reader's place in the log.
pub(crate) struct Cursor {
    batch: Arc<Batch>,
    next: usize,
    /// Entries read.
    position: u64,
}

impl Cursor {
    /// The entry that comes next, and its time; changes have time 0. `None` at the end of the log.
    pub(crate) fn peek(&mut self) -> Option<u64> {
        while self.next >= self.batch.records.len() {
            let next = Arc::clone(self.batch.next.get()?);
            self.batch = next;
            self.next = 0;
        }
        Some(match &self.batch.records[self.next] {
            Record::Event { ts, .. } => *ts,
            Record::Change(_) => 0,
        })
    }

    /// Takes the entry that [`Self::peek`] saw.
    pub(crate) fn take<R>(&mut self, with: impl FnOnce(Entry<'_>) -> R) -> Option<R> {
        let record = self.batch.records.get(self.next)?;
        let entry = match record {
            Record::Event { pid, share, start, end, .. } => {
                Entry::Event { pid: *pid, share: *share, bytes: &self.batch.bytes[*start..*end] }
            }
            Record::Change(change) => Entry::Change(change),
        };
        let result = with(entry);
        self.next += 1;
        self.position += 1;
        Some(result)
    }

    /// How many entries were taken.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// How many entries there are now, counted like [`Self::position`].
    pub(crate) fn end(&self) -> u64 {
        let mut end = self.position + (self.batch.records.len() - self.next) as u64;
        let mut batch = &self.batch;
        while let Some(next) = batch.next.get() {
            end += next.records.len() as u64;
            batch = next;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Events of a thread with this number as time and id.
    fn event(number: u64) -> Vec<u8> {
        let mut bytes = vec![0; 26];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        bytes[8..16].copy_from_slice(&((number + 1000) << 32 | number).to_le_bytes());
        bytes
    }

    struct Channel(mpsc::Receiver<u64>, u64);

    impl Lifecycle for Channel {
        fn drain(&mut self, each: &mut dyn FnMut(&[u8])) {
            for number in self.0.try_iter() {
                self.1 = number;
                each(&event(number));
            }
        }

        fn now(&self) -> u64 {
            self.1 + 1
        }
    }

    fn taken(cursor: &mut Cursor) -> Vec<(i64, u64)> {
        let mut all = Vec::new();
        while cursor.peek().is_some() {
            cursor.take(|entry| {
                if let Entry::Event { pid, bytes, .. } = entry {
                    all.push((pid, u64::from_le_bytes(*bytes[8..].first_chunk().unwrap())));
                }
            });
        }
        all
    }

    #[test]
    fn every_reader_sees_everything_in_order_and_processes_apart_from_threads() {
        let (send, receive) = mpsc::channel();
        let log = SharedLog::new(Box::new(Channel(receive, 0)));
        let (mut early, mut late) = (log.cursor(), log.cursor());
        send.send(1).unwrap();
        send.send(2).unwrap();
        log.catch_up(1);
        assert_eq!(early.end(), 2);
        assert_eq!(taken(&mut early), [(1001, 1), (1002, 2)]);
        send.send(3).unwrap();
        log.catch_up(u64::MAX);
        assert_eq!(taken(&mut early), [(1003, 3)]);
        assert_eq!(taken(&mut late), [(1001, 1), (1002, 2), (1003, 3)]);
        assert_eq!((early.position(), late.position()), (3, 3));
        assert!(taken(&mut log.cursor()).is_empty(), "a new reader begins at the end");
    }

    #[test]
    fn readers_on_other_threads_miss_nothing() {
        let (send, receive) = mpsc::channel();
        let log = SharedLog::new(Box::new(Channel(receive, 0)));
        let cursors: Vec<Cursor> = (0..4).map(|_| log.cursor()).collect();
        const COUNT: u64 = 20_000;
        std::thread::scope(|scope| {
            let readers: Vec<_> = cursors
                .into_iter()
                .map(|mut cursor| {
                    let log = &log;
                    scope.spawn(move || {
                        let mut all = Vec::new();
                        while all.len() < COUNT as usize {
                            log.catch_up(u64::MAX);
                            all.extend(taken(&mut cursor));
                        }
                        all
                    })
                })
                .collect();
            for number in 0..COUNT {
                send.send(number + 1).unwrap();
            }
            for reader in readers {
                let all = reader.join().unwrap();
                assert!(all.iter().map(|(_, tid)| *tid).eq(1..=COUNT));
            }
        });
    }

    #[test]
    fn a_long_chain_is_freed_without_recursion() {
        let (send, receive) = mpsc::channel();
        let log = SharedLog::new(Box::new(Channel(receive, 0)));
        let reader = log.cursor();
        for number in 0..200_000 {
            send.send(number).unwrap();
            log.catch_up(u64::MAX);
        }
        drop(log);
        drop(reader);
    }
}
