//! Where threads were found last, so that their next events need not look again.

use crate::table::Slot;

/// Threads remembered; a power of two.
const PLACES: usize = 256;

/// A thread with what an event needs of its relations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    tid: i64,
    /// The table's count of changes at that time.
    changes: u64,
    pub(crate) thread: Slot,
    pub(crate) main: Option<Slot>,
    /// Whose descriptors the thread uses.
    pub(crate) owner: Option<Slot>,
}

/// Threads by the low bits of their ids. An answer holds until any thread comes, goes, or changes its relations.
#[derive(Debug)]
pub(crate) struct FoundThreads(Box<[Option<Found>; PLACES]>);

impl FoundThreads {
    pub(crate) fn new() -> Self {
        Self(Box::new([None; PLACES]))
    }

    #[inline]
    pub(crate) fn get(&self, tid: i64, changes: u64) -> Option<Found> {
        self.0[tid as usize % PLACES].filter(|found| found.tid == tid && found.changes == changes)
    }

    pub(crate) fn set(&mut self, tid: i64, changes: u64, thread: Slot, main: Option<Slot>, owner: Option<Slot>) {
        self.0[tid as usize % PLACES] = Some(Found { tid, changes, thread, main, owner });
    }
}
