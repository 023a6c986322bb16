//! One event after the other: what happens before and after its own effect on the model.

use windhover_event::{EventType, EventView, category};

use crate::context::Current;
use crate::effect::FdPlace;
use crate::lookup::Lookup;
use crate::system::{Applied, System};
use crate::table::Slot;
use crate::thread::Thread;

/// Larger enter events are not kept.
const MAX_ENTER_LEN: usize = 4096;

impl System {
    /// Brings the model up to date with one event, and makes it the current one.
    pub fn apply(&mut self, event: &EventView<'_>, mut lookup: Option<&mut (dyn Lookup + '_)>) -> Applied {
        if self.suppression.check(event) {
            self.counters.events_suppressed += 1;
            return Applied::Suppressed;
        }
        if self.exiting.is_some() || !self.closing.is_empty() {
            self.settle(&mut lookup);
        }
        let facts = self.kinds[usize::from(event.kind().code())];
        self.begin(event, facts.meta);
        if !facts.aside {
            self.find_thread(event, &mut lookup);
            self.find_fd(event, facts.fd);
        } else {
            // Fields may ask for the thread, but the event says nothing of its being alive.
            self.set_current_thread(self.threads.find(event.tid()));
        }
        if facts.enter {
            self.store_enter(event);
            return Applied::Hidden;
        }
        if let Some(effect) = facts.effect {
            effect(self, event, &mut lookup);
        }
        if self.self_pid.is_some() && self.current_thread().map(|thread| thread.pid) == self.self_pid {
            return Applied::Hidden;
        }
        Applied::Shown
    }

    /// Does what the event before has left undone so that rules could still see it.
    fn settle(&mut self, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        if let Some((tid, reaper)) = self.exiting.take() {
            self.finish_exit(tid, reaper, lookup);
        }
        while let Some((slot, number)) = self.closing.pop() {
            let Some(entry) = self.threads.get_mut(slot) else { continue };
            if let Some(fd) = entry.fds.remove(number) {
                self.counters.n_removed_fds += 1;
                self.pool.recycle(fd);
            }
        }
    }

    fn begin(&mut self, event: &EventView<'_>, meta: bool) {
        let ts = event.ts();
        let first_ts = self.current.first_ts.or((!meta).then_some(ts));
        let previous_ts = self.current.ts;
        self.current = Current { num: self.current.num + 1, ts, first_ts, previous_ts, ..Current::default() };
    }

    fn find_thread(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        let tid = event.tid();
        let slot = match self.found.get(tid, self.threads.changes()) {
            Some(found) => {
                self.count_lookup(tid);
                self.current.thread = Some(found.thread);
                self.current.main = found.main;
                self.current.owner = found.owner;
                Some(found.thread)
            }
            None => self.search_thread(event, tid, lookup),
        };
        let ts = event.ts();
        if let Some(entry) = slot.and_then(|slot| self.threads.get_mut(slot)) {
            entry.live.last_access_ts = ts;
        }
    }

    fn search_thread(
        &mut self,
        event: &EventView<'_>,
        tid: i64,
        lookup: &mut Option<&mut (dyn Lookup + '_)>,
    ) -> Option<Slot> {
        let known = self.threads.find(tid);
        if known.is_some() {
            self.count_lookup(tid);
        } else {
            self.counters.n_noncached_thread_lookups += 1;
        }
        let slot = known.or_else(|| if may_discover(event) { self.discover(tid, lookup) } else { None });
        self.set_current_thread(slot);
        if let Some(slot) = slot {
            self.found.set(tid, self.threads.changes(), slot, self.current.main, self.current.owner);
        }
        slot
    }

    /// Counts a successful look-up: one that finds the same thread as the last is had for nothing.
    fn count_lookup(&mut self, tid: i64) {
        if self.threads.find_again(tid) {
            self.counters.n_cached_thread_lookups += 1;
        } else {
            self.counters.n_noncached_thread_lookups += 1;
        }
    }

    /// Makes `slot` the event's thread.
    pub(crate) fn set_current_thread(&mut self, slot: Option<Slot>) {
        self.current.thread = slot;
        self.current.main = slot.and_then(|slot| self.threads.main_of(slot));
        self.current.owner = slot.and_then(|slot| self.fd_owner(slot));
    }

    pub(crate) fn current_thread(&self) -> Option<&Thread> {
        self.threads.get(self.current.thread?).map(|entry| entry.thread())
    }

    fn find_fd(&mut self, event: &EventView<'_>, place: FdPlace) {
        if !event.trailer().is_empty() {
            self.learn_descriptors(event);
            self.learn_connections(event);
        }
        self.current.fd = match place {
            FdPlace::Nowhere => None,
            FdPlace::Made => Some(-1),
            FdPlace::Param(index) => {
                let number = event.i64(usize::from(index)).unwrap_or(-1);
                self.current.fd = Some(number);
                if self.current_fd().is_some() {
                    self.counters.n_noncached_fd_lookups += 1;
                } else {
                    self.counters.n_failed_fd_lookups += 1;
                }
                Some(number)
            }
        };
    }

    /// Remembers an enter event until its exit event comes.
    fn store_enter(&mut self, event: &EventView<'_>) {
        let bytes = event.bytes();
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else {
            self.counters.n_store_evts_drops += 1;
            return;
        };
        entry.enter.clear();
        entry.fresh_enter = None;
        if bytes.len() > MAX_ENTER_LEN {
            self.counters.n_store_evts_drops += 1;
            return;
        }
        entry.enter.extend_from_slice(bytes);
        entry.fresh_enter = Some(event.kind());
        self.counters.n_stored_evts += 1;
    }

    /// Takes the stored enter event of this exit event's call: it is good for one exit event.
    pub(crate) fn claim_enter(&mut self, event: &EventView<'_>) {
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else { return };
        let stored = entry.fresh_enter.take();
        self.current.enter = stored.is_some_and(|kind| kind.code() + 1 == event.kind().code());
        if self.current.enter {
            self.counters.n_retrieved_evts += 1;
        } else {
            self.counters.n_retrieve_evts_drops += 1;
        }
    }

    /// The enter event that was claimed, to be given back; empty if there was none.
    pub(crate) fn lend_enter(&mut self) -> Vec<u8> {
        let claimed = self.current.enter;
        let entry = self.current.thread.filter(|_| claimed).and_then(|slot| self.threads.get_mut(slot));
        entry.map_or_else(Vec::new, |entry| std::mem::take(&mut entry.enter))
    }

    pub(crate) fn return_enter(&mut self, enter: Vec<u8>) {
        if self.current.enter
            && let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot))
        {
            entry.enter = enter;
        }
    }
}

/// Whether the machine may be asked about this event's thread if it is not known.
fn may_discover(event: &EventView<'_>) -> bool {
    let kind = event.kind();
    let lifecycle = matches!(
        kind,
        EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X
            | EventType::SCHEDSWITCH_6_E
            | EventType::PROCEXIT_1_E
    );
    !lifecycle && event.tid() >= 0 && kind.info().event_category & category::METAEVENT == 0
}
