//! The thread table: who there is, who is whose child, which threads make a process, and each one's version.

use std::num::NonZeroU32;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use windhover_event::EventType;

use crate::fd_table::FdTable;
use crate::thread::{Live, Thread};

/// Place of a thread in the table, counted from 1 so that none takes no room; valid until the thread is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    /// The place at an index; the table never grows so far that there is none.
    fn at(index: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// One thread with all that belongs to it alone.
#[derive(Debug)]
pub(crate) struct Entry {
    thread: Arc<Thread>,
    version: u64,
    pub(crate) live: Live,
    /// Descriptors; those of a process are in its main thread's entry.
    pub(crate) fds: FdTable,
    /// The thread's last enter event, whole; empty for none. The buffer is reused.
    pub(crate) enter: Vec<u8>,
    /// Its type, until an exit event has claimed it.
    pub(crate) fresh_enter: Option<EventType>,
    children: Vec<i64>,
    /// Where the main thread was last seen.
    main: Slot,
}

impl Entry {
    pub(crate) fn thread(&self) -> &Thread {
        &self.thread
    }

    pub(crate) fn shared(&self) -> &Arc<Thread> {
        &self.thread
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }
}

/// A process: its threads.
#[derive(Debug, Default)]
struct Group {
    members: Vec<i64>,
    alive: usize,
    /// Orphans below it are given to it.
    reaper: bool,
}

/// The table is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableFull;

#[derive(Debug)]
pub(crate) struct ThreadTable {
    slots: Vec<Option<Entry>>,
    free: Vec<Slot>,
    tids: FxHashMap<i64, Slot>,
    groups: FxHashMap<i64, Group>,
    /// How many threads name an id as their session or process group, the thread with that id left out.
    followers: FxHashMap<i64, u32>,
    /// Children of threads that are not in the table, by the parent's id.
    orphans: FxHashMap<i64, Vec<i64>>,
    /// The last thread found.
    last: i64,
    last_version: u64,
    /// How often threads came, went, or changed their relations.
    changes: u64,
    limit: usize,
    /// Work list of [`Self::touch`], kept for its capacity.
    pending: Vec<Slot>,
}

const NOWHERE: Slot = Slot(NonZeroU32::MAX);

impl ThreadTable {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            tids: FxHashMap::default(),
            groups: FxHashMap::default(),
            followers: FxHashMap::default(),
            orphans: FxHashMap::default(),
            last: i64::MIN,
            last_version: 0,
            changes: 0,
            limit: limit.min(u32::MAX as usize - 1),
            pending: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.tids.len()
    }

    /// How often threads came, went, or changed what [`Self::main_of`] and descriptors go by.
    #[inline]
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// Makes `tid` the last thread found; whether it already was.
    #[inline]
    pub(crate) fn find_again(&mut self, tid: i64) -> bool {
        std::mem::replace(&mut self.last, tid) == tid
    }

    #[inline]
    pub(crate) fn find(&self, tid: i64) -> Option<Slot> {
        self.tids.get(&tid).copied()
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Option<&Entry> {
        self.slots.get(slot.index())?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.slots.get_mut(slot.index())?.as_mut()
    }

    pub(crate) fn by_tid(&self, tid: i64) -> Option<&Entry> {
        self.get(self.find(tid)?)
    }

    pub(crate) fn thread(&self, tid: i64) -> Option<&Thread> {
        self.by_tid(tid).map(Entry::thread)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().flatten()
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.tids.values().copied()
    }

    /// The slot of the main thread of the process that `slot` belongs to.
    #[inline]
    pub(crate) fn main_of(&self, slot: Slot) -> Option<Slot> {
        let entry = self.get(slot)?;
        let pid = entry.thread.pid;
        if pid < 0 {
            return None;
        }
        if entry.thread.tid == pid {
            return Some(slot);
        }
        let leads = |slot: &Slot| self.get(*slot).is_some_and(|main| main.thread.tid == pid && main.thread.pid == pid);
        Some(entry.main).filter(leads).or_else(|| self.find(pid).filter(leads))
    }

    /// Threads of process `pid` that are alive.
    pub(crate) fn alive(&self, pid: i64) -> usize {
        self.groups.get(&pid).map_or(0, |group| group.alive)
    }

    pub(crate) fn members(&self, pid: i64) -> &[i64] {
        self.groups.get(&pid).map_or(&[], |group| &group.members)
    }

    pub(crate) fn is_reaper(&self, pid: i64) -> bool {
        self.groups.get(&pid).is_some_and(|group| group.reaper)
    }

    pub(crate) fn set_reaper(&mut self, pid: i64, reaper: bool) {
        if let Some(group) = self.groups.get_mut(&pid) {
            group.reaper = reaper;
        }
    }

    pub(crate) fn children(&self, slot: Slot) -> &[i64] {
        self.get(slot).map_or(&[], |entry| &entry.children)
    }

    /// Adds a thread and ties it to its process and parent. An entry with the same id must have been removed before.
    pub(crate) fn add(&mut self, thread: Thread, force: bool) -> Result<Slot, TableFull> {
        if self.tids.len() >= self.limit && !force {
            return Err(TableFull);
        }
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(None);
                Slot::at(self.slots.len() - 1)
            }
        };
        let tid = thread.tid;
        self.tids.insert(tid, slot);
        self.changes += 1;
        self.follow(&thread, true);
        self.join_group(&thread);
        self.adopt(thread.ptid, &thread);
        let main = self.find(thread.pid).unwrap_or(NOWHERE);
        let children = self.orphans.remove(&tid).unwrap_or_default();
        self.slots[slot.index()] = Some(Entry {
            thread: Arc::new(thread),
            version: 0,
            live: Live::default(),
            fds: FdTable::default(),
            enter: Vec::new(),
            fresh_enter: None,
            children,
            main,
        });
        self.touch(slot);
        Ok(slot)
    }

    /// Removes the thread: nothing is left of it but what others hold. Children that were not given away keep its id as
    /// their parent's.
    pub(crate) fn remove(&mut self, slot: Slot) {
        let Some(entry) = self.slots.get_mut(slot.index()).and_then(Option::take) else { return };
        let thread = &entry.thread;
        self.tids.remove(&thread.tid);
        self.free.push(slot);
        if self.last == thread.tid {
            self.last = i64::MIN;
        }
        self.changes += 1;
        self.follow(thread, false);
        self.leave_group(thread);
        self.disown(thread.ptid, thread.tid);
        self.touch_followers(thread.tid);
        if thread.is_main() {
            self.touch_members(thread.pid);
        }
        for tid in &entry.children {
            if let Some(child) = self.find(*tid) {
                self.touch(child);
            }
        }
        if !entry.children.is_empty() {
            self.orphans.insert(thread.tid, entry.children);
        }
    }

    /// Changes a thread: whoever holds the old version keeps it, and everything whose fields show the thread gets a
    /// new version number.
    pub(crate) fn update(&mut self, slot: Slot, change: impl FnOnce(&mut Thread)) {
        let Some(entry) = self.get_mut(slot) else { return };
        let before = (Links::of(&entry.thread), entry.thread.flags);
        let thread = Arc::make_mut(&mut entry.thread);
        change(thread);
        let after = (Links::of(thread), thread.flags);
        if before.0 != after.0 {
            self.relink(slot, before.0);
        }
        self.changes += u64::from(before != after);
        self.touch(slot);
    }

    /// Marks the thread dead.
    pub(crate) fn mark_dead(&mut self, slot: Slot) {
        self.set_dead(slot, true);
    }

    /// Takes back a mark of death: an exec by another thread goes on under the main thread's id.
    pub(crate) fn revive(&mut self, slot: Slot) {
        self.set_dead(slot, false);
    }

    fn set_dead(&mut self, slot: Slot, dead: bool) {
        let Some(entry) = self.get_mut(slot) else { return };
        if entry.thread.is_dead() == dead {
            return;
        }
        let thread = Arc::make_mut(&mut entry.thread);
        thread.flags ^= crate::thread::flag::CLOSED;
        let pid = thread.pid;
        if let Some(group) = self.groups.get_mut(&pid) {
            group.alive = if dead { group.alive.saturating_sub(1) } else { group.alive + 1 };
        }
    }

    /// Ties what changed about a thread's relations anew.
    fn relink(&mut self, slot: Slot, before: Links) {
        let Some(entry) = self.get(slot) else { return };
        let thread = entry.thread.clone();
        let after = Links::of(&thread);
        if before.leaders() != after.leaders() {
            self.count_followers(before, false);
            self.count_followers(after, true);
        }
        if before.pid != after.pid {
            self.leave_group_of(before.pid, before.tid, thread.is_dead());
            self.join_group(&thread);
            self.touch_members(before.pid);
        }
        if before.ptid != after.ptid {
            self.disown(before.ptid, before.tid);
            self.adopt(after.ptid, &thread);
        }
    }

    fn join_group(&mut self, thread: &Thread) {
        if thread.pid < 0 {
            return;
        }
        let group = self.groups.entry(thread.pid).or_default();
        if group.members.is_empty() {
            group.reaper = thread.pid == 1 || thread.vpid == 1;
        }
        group.members.push(thread.tid);
        group.alive += usize::from(!thread.is_dead());
    }

    fn leave_group(&mut self, thread: &Thread) {
        self.leave_group_of(thread.pid, thread.tid, thread.is_dead());
    }

    fn leave_group_of(&mut self, pid: i64, tid: i64, dead: bool) {
        let Some(group) = self.groups.get_mut(&pid) else { return };
        if !take(&mut group.members, tid) {
            return;
        }
        group.alive = group.alive.saturating_sub(usize::from(!dead));
        if group.members.is_empty() {
            self.groups.remove(&pid);
        }
    }

    fn adopt(&mut self, ptid: i64, thread: &Thread) {
        if ptid <= 0 || ptid == thread.tid {
            return;
        }
        match self.find(ptid).and_then(|slot| self.get_mut(slot)) {
            Some(parent) => parent.children.push(thread.tid),
            None => self.orphans.entry(ptid).or_default().push(thread.tid),
        }
    }

    fn disown(&mut self, ptid: i64, tid: i64) {
        if let Some(parent) = self.find(ptid).and_then(|slot| self.get_mut(slot)) {
            take(&mut parent.children, tid);
        } else if let Some(orphans) = self.orphans.get_mut(&ptid) {
            take(orphans, tid);
            if orphans.is_empty() {
                self.orphans.remove(&ptid);
            }
        }
    }

    fn follow(&mut self, thread: &Thread, add: bool) {
        self.count_followers(Links::of(thread), add);
    }

    fn count_followers(&mut self, links: Links, add: bool) {
        for id in links.leaders() {
            if id <= 0 || id == links.tid {
                continue;
            }
            if add {
                *self.followers.entry(id).or_default() += 1;
            } else if let Some(count) = self.followers.get_mut(&id) {
                *count -= 1;
                if *count == 0 {
                    self.followers.remove(&id);
                }
            }
        }
    }

    /// Gives a new version number to a thread, to its process's threads if it is the main one, to all descendants of
    /// these, and to those whose session or process group it leads.
    pub(crate) fn touch(&mut self, slot: Slot) {
        let floor = self.last_version + 1;
        let mut pending = std::mem::take(&mut self.pending);
        pending.push(slot);
        while let Some(slot) = pending.pop() {
            let next = self.last_version + 1;
            let Some(entry) = self.slots.get_mut(slot.index()).and_then(Option::as_mut) else { continue };
            if entry.version >= floor {
                continue;
            }
            entry.version = next;
            self.last_version = next;
            pending.extend(entry.children.iter().filter_map(|tid| self.tids.get(tid).copied()));
            if entry.thread.is_main()
                && let Some(group) = self.groups.get(&entry.thread.pid)
                && group.members.len() > 1
            {
                pending.extend(group.members.iter().filter_map(|tid| self.tids.get(tid).copied()));
            }
        }
        self.pending = pending;
        if let Some(tid) = self.get(slot).map(|entry| entry.thread.tid) {
            self.touch_followers(tid);
        }
    }

    fn touch_members(&mut self, pid: i64) {
        for tid in self.members(pid).to_vec() {
            if let Some(member) = self.find(tid) {
                self.touch(member);
            }
        }
    }

    fn touch_followers(&mut self, leader: i64) {
        if self.followers.contains_key(&leader) {
            self.touch_where(|thread| Links::of(thread).leaders().contains(&leader));
        }
    }

    /// Gives new version numbers to all threads for which `changed` holds, and to no others.
    pub(crate) fn touch_where(&mut self, changed: impl Fn(&Thread) -> bool) {
        for entry in self.slots.iter_mut().flatten() {
            if changed(&entry.thread) {
                self.last_version += 1;
                entry.version = self.last_version;
            }
        }
    }
}

/// Removes one `tid` from a list in no order; whether it was there.
fn take(list: &mut Vec<i64>, tid: i64) -> bool {
    let place = list.iter().position(|member| *member == tid);
    place.map(|at| list.swap_remove(at)).is_some()
}

/// The ids that tie a thread to others.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Links {
    tid: i64,
    pid: i64,
    ptid: i64,
    sid: i64,
    pgid: i64,
    vpgid: i64,
}

impl Links {
    fn of(thread: &Thread) -> Self {
        let Thread { tid, pid, ptid, sid, pgid, vpgid, .. } = *thread;
        Self { tid, pid, ptid, sid, pgid, vpgid }
    }

    fn leaders(self) -> [i64; 3] {
        [self.sid, self.pgid, self.vpgid]
    }
}
