//! Where workers leave what new processes inherit from parents of another worker.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use windhover_system::{Awaited, Bequest};

/// Bequests that may wait. Beyond it the oldest go, and their heirs are looked up.
const CAPACITY: usize = 8192;

#[derive(Default)]
struct Waiting {
    by_heir: HashMap<(i64, u64), Bequest>,
    order: VecDeque<(i64, u64)>,
}

/// Bequests that have not been taken yet.
#[derive(Default)]
pub(crate) struct Bequests {
    waiting: Mutex<Waiting>,
}

impl Bequests {
    pub(crate) fn leave(&self, bequest: Bequest) {
        let key = (bequest.heir, bequest.ts);
        let mut waiting = self.lock();
        if waiting.order.len() >= CAPACITY
            && let Some(oldest) = waiting.order.pop_front()
        {
            waiting.by_heir.remove(&oldest);
        }
        if waiting.by_heir.insert(key, bequest).is_none() {
            waiting.order.push_back(key);
        }
    }

    pub(crate) fn take(&self, awaited: &Awaited) -> Option<Bequest> {
        let key = (awaited.heir, awaited.ts);
        let mut waiting = self.lock();
        let bequest = waiting.by_heir.remove(&key)?;
        // Nearly always among the last.
        if let Some(at) = waiting.order.iter().rposition(|waiting| *waiting == key) {
            waiting.order.remove(at);
        }
        Some(bequest)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
