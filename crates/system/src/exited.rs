//! Threads that exited a moment ago: a creator's event that comes late must not bring them back.

use rustc_hash::FxHashMap;

/// How many are remembered.
const CAPACITY: usize = 8192;

/// How long an exit counts as recent.
const RECENT_NS: u64 = 2_000_000_000;

#[derive(Clone, Copy, Debug)]
struct Exit {
    tid: i64,
    ptid: i64,
    ts: u64,
}

/// A ring of the last exits, with an index.
#[derive(Debug, Default)]
pub(crate) struct Exited {
    ring: Vec<Exit>,
    next: usize,
    /// Place in the ring of an id's last exit.
    places: FxHashMap<i64, usize>,
}

impl Exited {
    pub(crate) fn push(&mut self, tid: i64, ptid: i64, ts: u64) {
        let exit = Exit { tid, ptid, ts };
        if self.ring.len() < CAPACITY {
            self.ring.push(exit);
        } else {
            let old = std::mem::replace(&mut self.ring[self.next], exit);
            if self.places.get(&old.tid) == Some(&self.next) {
                self.places.remove(&old.tid);
            }
        }
        self.places.insert(tid, self.next);
        self.next = (self.next + 1) % CAPACITY;
    }

    /// Whether a child of `ptid` with this id exited shortly before (or after) `ts`.
    pub(crate) fn is_recent(&self, tid: i64, ptid: i64, ts: u64) -> bool {
        let exit = self.places.get(&tid).and_then(|place| self.ring.get(*place));
        exit.is_some_and(|exit| exit.ptid == ptid && exit.ts.abs_diff(ts) < RECENT_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_recent_for_two_seconds_and_for_its_own_parent() {
        let mut exited = Exited::default();
        exited.push(10, 1, 5_000_000_000);
        assert!(exited.is_recent(10, 1, 6_999_999_999));
        assert!(!exited.is_recent(10, 1, 7_000_000_000));
        assert!(!exited.is_recent(10, 2, 5_000_000_000));
        assert!(!exited.is_recent(11, 1, 5_000_000_000));
    }

    #[test]
    fn the_ring_forgets_the_oldest() {
        let mut exited = Exited::default();
        for tid in 0..CAPACITY as i64 + 1 {
            exited.push(tid, 1, 0);
        }
        assert!(!exited.is_recent(0, 1, 0));
        assert!(exited.is_recent(1, 1, 0));
        assert_eq!(exited.ring.len(), CAPACITY);
        assert_eq!(exited.places.len(), CAPACITY);
    }

    #[test]
    fn a_reused_id_is_not_forgotten_with_its_older_exit() {
        let mut exited = Exited::default();
        exited.push(7, 1, 0);
        exited.push(7, 2, 0);
        for tid in 100..100 + CAPACITY as i64 - 1 {
            exited.push(tid, 1, 0);
        }
        assert!(exited.is_recent(7, 2, 0));
    }
}
