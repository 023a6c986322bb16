//! How threads come into the table and leave it.

use crate::Bytes;
use crate::cgroup::match_cgroups;
use crate::lookup::{Alive, Lookup};
use crate::system::System;
use crate::table::Slot;
use crate::thread::{Thread, flag};

/// Lineages are not followed further than this when a new parent is looked for.
const MAX_LINEAGE: usize = 4096;

impl System {
    /// Adds a thread, in place of one with the same id; `None` if the table is full.
    pub(crate) fn add_thread(&mut self, thread: Thread) -> Option<Slot> {
        if let Some(old) = self.threads.find(thread.tid) {
            self.remove_replaced(old);
        }
        let own = self.self_pid == Some(thread.pid);
        match self.threads.add(thread, own) {
            Ok(slot) => {
                self.counters.n_added_threads += 1;
                Some(slot)
            }
            Err(_) => {
                self.counters.n_drops_full_threadtable += 1;
                None
            }
        }
    }

    /// Removes a thread whose id another one has now. The process of a main thread must be gone altogether.
    fn remove_replaced(&mut self, old: Slot) {
        let Some(thread) = self.threads.get(old).map(|entry| entry.shared().clone()) else { return };
        if thread.is_main() {
            for member in self.threads.members(thread.pid).to_vec() {
                if member != thread.tid
                    && let Some(slot) = self.threads.find(member)
                {
                    self.remove_thread(slot, 0, &mut None);
                }
            }
        }
        if let Some(slot) = self.threads.find(thread.tid) {
            self.remove_thread(slot, 0, &mut None);
        }
    }

    /// The thread as the machine knows it, or, where nobody can tell, an entry that says so: it stops the asking.
    pub(crate) fn discover(&mut self, tid: i64, lookup: &mut Option<&mut (dyn Lookup + '_)>) -> Option<Slot> {
        let Some(entry) = lookup.as_mut().and_then(|lookup| lookup.thread(tid)) else {
            self.counters.n_failed_thread_lookups += 1;
            return self.add_thread(Thread::unknown(tid));
        };
        let pid = entry.pid;
        let slot = self.add_scanned(entry)?;
        if pid != tid
            && pid >= 0
            && self.threads.find(pid).is_none()
            && let Some(main) = lookup.as_mut().and_then(|lookup| lookup.thread(pid))
        {
            self.add_scanned(main);
        }
        self.fetch_users(slot, lookup.as_deref_mut());
        Some(slot)
    }

    /// The slot of `tid`, discovered if it is not in the table.
    pub(crate) fn find_or_discover(&mut self, tid: i64, lookup: &mut Option<&mut (dyn Lookup + '_)>) -> Option<Slot> {
        match self.threads.find(tid) {
            Some(slot) => Some(slot),
            None if tid >= 0 => self.discover(tid, lookup),
            None => None,
        }
    }

    /// The exit of `tid` becomes final.
    pub(crate) fn finish_exit(&mut self, tid: i64, reaper: i64, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        let Some(slot) = self.threads.find(tid) else { return };
        let Some(thread) = self.threads.get(slot).map(|entry| entry.shared().clone()) else { return };
        if thread.vpid == 1 && thread.vtid == 1 && !thread.container_id.is_empty() {
            self.remove_container(&thread.container_id);
        }
        self.exited.push(thread.tid, thread.ptid, self.current.ts);
        self.remove_thread(slot, reaper, lookup);
    }

    /// Removes a thread: its children get a new parent, and a main thread stays, dead, while others of its process live.
    pub(crate) fn remove_thread(&mut self, slot: Slot, reaper: i64, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        self.threads.mark_dead(slot);
        let Some(thread) = self.threads.get(slot).map(|entry| entry.shared().clone()) else { return };
        self.give_children_away(slot, &thread, reaper, lookup);
        let others_live = self.threads.alive(thread.pid) > 0;
        if thread.is_main() && others_live {
            return;
        }
        self.drop_thread(slot);
        if !thread.is_main()
            && !others_live
            && let Some(main) = self.threads.find(thread.pid)
            && self.threads.get(main).is_some_and(|entry| entry.thread().is_dead())
        {
            self.drop_thread(main);
        }
    }

    /// Takes a thread out of the table, whatever depends on it.
    pub(crate) fn drop_thread(&mut self, slot: Slot) {
        if let Some(entry) = self.threads.get_mut(slot) {
            self.counters.n_removed_fds += entry.fds.len() as u64;
            self.counters.n_removed_threads += 1;
            self.inheritance.forget(entry.thread().tid);
            std::mem::take(&mut entry.fds).into_records().for_each(|fd| self.pool.recycle(fd));
        }
        self.threads.remove(slot);
    }

    fn give_children_away(
        &mut self,
        slot: Slot,
        thread: &Thread,
        reaper: i64,
        lookup: &mut Option<&mut (dyn Lookup + '_)>,
    ) {
        let children = self.threads.children(slot).to_vec();
        if children.is_empty() {
            return;
        }
        let named = if reaper > 0 { self.find_or_discover(reaper, lookup) } else { None };
        let reaper = match named.and_then(|slot| self.threads.get(slot)) {
            Some(entry) => Some(entry.thread().tid),
            None => self.search_reaper(thread),
        };
        if let Some(pid) = reaper.and_then(|tid| self.threads.thread(tid)).map(|thread| thread.pid) {
            self.threads.set_reaper(pid, true);
        }
        for child in children {
            if let Some(slot) = self.threads.find(child) {
                self.threads.update(slot, |child| child.ptid = reaper.unwrap_or(0));
            }
        }
    }

    /// Who gets the children of a dead thread where the kernel did not say: another thread of its process, else the
    /// nearest ancestor that is known to take orphans, not beyond the pid namespace.
    fn search_reaper(&self, dead: &Thread) -> Option<i64> {
        if let Some(sibling) = self.alive_member(dead.pid) {
            return Some(sibling);
        }
        let mut at = dead.ptid;
        for _ in 0..MAX_LINEAGE {
            let ancestor = self.threads.thread(at)?;
            if ancestor.is_in_pidns() != dead.is_in_pidns() || ancestor.tid == dead.tid {
                return None;
            }
            if self.threads.is_reaper(ancestor.pid)
                && let Some(tid) = self.alive_member(ancestor.pid)
            {
                return Some(tid);
            }
            if ancestor.ptid == ancestor.tid {
                return None;
            }
            at = ancestor.ptid;
        }
        None
    }

    /// A live thread of process `pid`, the main one if it lives.
    fn alive_member(&self, pid: i64) -> Option<i64> {
        let alive = |tid: &i64| self.threads.thread(*tid).is_some_and(|thread| !thread.is_dead());
        let main = self.threads.members(pid).iter().copied().find(|tid| *tid == pid && alive(tid));
        main.or_else(|| self.threads.members(pid).iter().copied().find(|tid| alive(tid)))
    }

    /// Removes threads whose exit must have been missed: entries about which nothing is known, and those without an
    /// event since `now - timeout_ns` that `alive` does not know under a name that starts with theirs.
    pub fn purge(&mut self, now: u64, timeout_ns: u64, alive: &mut dyn Alive) {
        let slots: Vec<Slot> = self.threads.slots().collect();
        for slot in slots {
            let Some(entry) = self.threads.get(slot) else { continue };
            let thread = entry.shared().clone();
            let idle = now.saturating_sub(entry.live.last_access_ts) >= timeout_ns;
            // What events another share's threads have is not known here: only their end counts.
            let own = self.shares.have(thread.pid);
            let gone = thread.is_unknown()
                || (idle
                    && alive.comm(thread.pid, thread.tid).is_none_or(|comm| own && !comm.starts_with(&thread.comm)));
            if gone {
                self.counters.threads_purged += 1;
                self.remove_thread(slot, 0, &mut None);
            }
        }
        self.shares.keep(|pid| self.threads.find(pid).is_some());
        self.forget_current();
    }

    /// After a change that no event made there is no current thread.
    fn forget_current(&mut self) {
        self.set_current_thread(None);
        self.current.fd = None;
    }

    /// The container that control groups belong to; empty for the host.
    pub(crate) fn container_id(&mut self, cgroups: &[u8]) -> Bytes {
        if let Some(id) = &self.static_container {
            return id.clone();
        }
        let id = match self.recent_groups.iter().find(|(seen, _)| **seen == *cgroups) {
            Some((_, id)) => id.clone(),
            None => self.match_groups(cgroups),
        };
        if !id.is_empty() && self.containers.get(&id).is_none() {
            self.strangers.meet(&id);
        }
        id
    }

    /// Looks for a container's name in control groups: what starts next is most often in the same ones.
    fn match_groups(&mut self, cgroups: &[u8]) -> Bytes {
        let id = self.interner.get(match_cgroups(cgroups).map_or(b"", |found| found.id));
        self.recent_groups.rotate_right(1);
        self.recent_groups[0] = (self.interner.get(cgroups), id.clone());
        id
    }

    /// Finds a thread's container anew.
    pub(crate) fn rematch_container(&mut self, slot: Slot) {
        let Some(thread) = self.threads.get(slot).map(|entry| entry.shared().clone()) else { return };
        let id = self.container_id(&thread.cgroups);
        if id != thread.container_id {
            self.threads.update(slot, |thread| thread.container_id = id);
        }
    }

    /// Makes the thread of the current exec its process's only one.
    pub(crate) fn end_siblings(&mut self, slot: Slot) {
        let Some(thread) = self.threads.get(slot).map(|entry| entry.thread()) else { return };
        let (tid, pid) = (thread.tid, thread.pid);
        if thread.flags & flag::CLOSED != 0 {
            self.threads.revive(slot);
        }
        for member in self.threads.members(pid).to_vec() {
            if member != tid
                && let Some(slot) = self.threads.find(member)
            {
                self.remove_thread(slot, tid, &mut None);
            }
        }
    }
}
