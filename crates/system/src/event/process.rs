//! Exits, sessions, limits, memory.

use windhover_event::EventView;

use crate::system::System;
use crate::table::Slot;
use crate::thread::Thread;

const RLIMIT_NOFILE: u8 = 7;
const PR_SET_CHILD_SUBREAPER: u32 = 36;
const PR_GET_CHILD_SUBREAPER: u32 = 37;

impl System {
    /// The thread is dead, but stays until the next event so that rules see whose exit it was.
    pub(crate) fn on_exit(&mut self, event: &EventView<'_>) {
        let Some(slot) = self.current.thread else { return };
        self.threads.mark_dead(slot);
        self.exiting = Some((event.tid(), event.i64(4).unwrap_or(-1)));
    }

    pub(crate) fn on_setsid(&mut self, event: &EventView<'_>) {
        if let Some(sid) = event.i64(0).filter(|sid| *sid >= 0) {
            self.change_current(|thread| thread.sid != sid, |thread| thread.sid = sid);
        }
    }

    pub(crate) fn on_prctl(&mut self, event: &EventView<'_>) {
        let succeeded = event.i64(0).is_some_and(|res| res >= 0);
        let asked = event.u32(1);
        if succeeded && matches!(asked, Some(PR_SET_CHILD_SUBREAPER | PR_GET_CHILD_SUBREAPER)) {
            let reaper = event.i64(3).unwrap_or(0) != 0;
            if let Some(pid) = self.current_thread().map(|thread| thread.pid) {
                self.threads.set_reaper(pid, reaper);
            }
        }
    }

    pub(crate) fn on_prlimit(&mut self, event: &EventView<'_>) {
        let limit = event.i64(1).unwrap_or(-1);
        if event.i64(0).is_none_or(|res| res < 0) || event.u8(6) != Some(RLIMIT_NOFILE) || limit == -1 {
            return;
        }
        let slot = match event.i64(5) {
            Some(0) | None => self.current.thread,
            Some(pid) => self.threads.find(pid),
        };
        if let Some(slot) = slot {
            self.set_fdlimit(slot, limit);
        }
    }

    pub(crate) fn on_rlimit(&mut self, event: &EventView<'_>) {
        let succeeded = event.i64(0).is_some_and(|res| res >= 0);
        if succeeded
            && event.u8(3) == Some(RLIMIT_NOFILE)
            && let (Some(limit), Some(slot)) = (event.i64(1), self.current.thread)
        {
            self.set_fdlimit(slot, limit);
        }
    }

    fn set_fdlimit(&mut self, slot: Slot, limit: i64) {
        if self.threads.get(slot).is_some_and(|entry| entry.thread().fdlimit != limit) {
            self.threads.update(slot, |thread| thread.fdlimit = limit);
        }
    }

    /// Memory sizes stand in three parameters from `first` on.
    pub(crate) fn on_memory(&mut self, event: &EventView<'_>, first: usize) {
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else { return };
        let mut sizes =
            event.params().skip(first).map(|param| param.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)));
        if let [Some(Some(size)), Some(Some(rss)), Some(Some(swap))] = [sizes.next(), sizes.next(), sizes.next()] {
            entry.live.vmsize_kb = size;
            entry.live.vmrss_kb = rss;
            entry.live.vmswap_kb = swap;
        }
    }

    pub(crate) fn on_switch(&mut self, event: &EventView<'_>) {
        if let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) {
            entry.live.pfmajor = event.u64(1).unwrap_or(entry.live.pfmajor);
            entry.live.pfminor = event.u64(2).unwrap_or(entry.live.pfminor);
        }
        self.on_memory(event, 3);
        self.count_exec_time(event.ts());
    }

    /// The time since the same processor changed threads last was the event's thread's.
    fn count_exec_time(&mut self, ts: u64) {
        let cpu = usize::from(self.cpu);
        if cpu >= self.switched.len() {
            self.switched.resize(cpu + 1, 0);
        }
        let last = std::mem::replace(&mut self.switched[cpu], ts);
        if last == 0 {
            return;
        }
        self.current.exec_ns = ts.saturating_sub(last);
        if let Some(main) = self.current.main.and_then(|slot| self.threads.get_mut(slot)) {
            main.live.exec_ns += self.current.exec_ns;
        }
    }

    /// A report on a thread tells the processor time that it has used so far.
    pub(crate) fn on_procinfo(&mut self, event: &EventView<'_>) {
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else { return };
        let (Some(user), Some(system)) = (event.u64(0), event.u64(1)) else { return };
        if let Some((last_user, last_system)) = entry.live.cpu_times.replace((user, system)) {
            self.current.cpu_used = (user.saturating_sub(last_user), system.saturating_sub(last_system));
        }
    }

    pub(crate) fn touch_access(&mut self, slot: Slot, ts: u64) {
        if let Some(entry) = self.threads.get_mut(slot) {
            entry.live.last_access_ts = ts;
        }
    }

    /// Changes the event's thread if that makes a difference: a change makes a new version, so one without effect is
    /// spared.
    pub(crate) fn change_current(&mut self, differs: impl Fn(&Thread) -> bool, change: impl FnOnce(&mut Thread)) {
        if let Some(slot) = self.current.thread
            && self.threads.get(slot).is_some_and(|entry| differs(entry.thread()))
        {
            self.threads.update(slot, change);
        }
    }
}
