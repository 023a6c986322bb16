//! Enter events kept until their thread's exit event comes.

use std::collections::HashMap;

/// What an entry costs beside the event's bytes.
const ENTRY_COST: usize = 64;

/// The last enter event of each thread, within a bound on bytes. The bound is kept by two generations: when the young
/// one fills its half, the old one is given up and the young one takes its place.
#[derive(Debug)]
pub(super) struct EnterMemory {
    young: HashMap<i64, Vec<u8>>,
    old: HashMap<i64, Vec<u8>>,
    young_bytes: usize,
    limit: usize,
    forgotten: u64,
}

impl EnterMemory {
    pub(super) fn new(limit: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), young_bytes: 0, limit, forgotten: 0 }
    }

    /// Remembers `event`, in place of whatever the thread had before.
    pub(super) fn store(&mut self, tid: i64, event: &[u8]) {
        self.old.remove(&tid);
        if let Some(slot) = self.young.get_mut(&tid) {
            self.young_bytes = self.young_bytes - slot.capacity() + event.len().max(slot.capacity());
            slot.clear();
            slot.reserve_exact(event.len());
            slot.extend_from_slice(event);
        } else {
            self.young_bytes += event.len() + ENTRY_COST;
            self.young.insert(tid, event.to_vec());
        }
        if self.young_bytes > self.limit / 2 {
            self.forgotten += self.old.values().filter(|event| !event.is_empty()).count() as u64;
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }

    /// The thread's enter event, if one is remembered.
    pub(super) fn get(&self, tid: i64) -> Option<&[u8]> {
        let event = self.young.get(&tid).or_else(|| self.old.get(&tid))?;
        (!event.is_empty()).then_some(event.as_slice())
    }

    /// Forgets the thread's enter event; its buffer stays for the next.
    pub(super) fn clear(&mut self, tid: i64) {
        if let Some(event) = self.young.get_mut(&tid).or_else(|| self.old.get_mut(&tid)) {
            event.clear();
        }
    }

    /// Forgets everything, as another capture begins.
    pub(super) fn forget_all(&mut self) {
        self.young.clear();
        self.old.clear();
        self.young_bytes = 0;
    }

    /// Enter events given up for the bound's sake.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_enter_event_of_a_thread_is_remembered_until_cleared() {
        let mut memory = EnterMemory::new(1 << 20);
        memory.store(7, b"first");
        memory.store(7, b"second, longer");
        memory.store(8, b"other");
        assert_eq!(memory.get(7), Some(&b"second, longer"[..]));
        memory.clear(7);
        assert_eq!(memory.get(7), None);
        assert_eq!(memory.get(8), Some(&b"other"[..]));
        assert_eq!(memory.forgotten(), 0);
    }

    #[test]
    fn what_is_kept_stays_within_the_bound() {
        let limit = 100 << 10;
        let mut memory = EnterMemory::new(limit);
        for tid in 0..10_000 {
            memory.store(tid, &[1; 100]);
        }
        let kept: usize = memory.young.values().chain(memory.old.values()).map(|event| event.len() + ENTRY_COST).sum();
        assert!(kept <= limit + 2 * (100 + ENTRY_COST), "{kept} bytes kept");
        assert_eq!(memory.forgotten() as usize + memory.young.len() + memory.old.len(), 10_000);
        assert!(memory.get(9_999).is_some());
        assert!(memory.get(0).is_none());
    }
}
