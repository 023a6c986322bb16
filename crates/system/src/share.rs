//! One machine followed by several models, each with its share of the processes.
//!
//! Every model takes in the events that change what is known of threads ([`EventType::is_lifecycle`]); descriptors and
//! directories it follows for the processes of its own share only. When a process starts another one that belongs to a
//! different share, the parent's model leaves a [`Bequest`] and the child's waits for it.
//!
//! [`EventType::is_lifecycle`]: windhover_event::EventType::is_lifecycle

use rustc_hash::FxHashMap;

use crate::Bytes;
use crate::fd_table::FdTable;
use crate::lookup::Lookup;
use crate::system::System;
use crate::table::Slot;

/// Which processes a model follows closely: those whose id leaves `index` when divided by the number of shares, unless
/// something else is told of a process ([`System::note_share`]). The probe spreads processes over its ring buffers in the
/// same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    index: u32,
    of: u32,
}

impl Share {
    /// All processes.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Share `index` of `of`; `None` if there is no such share.
    pub const fn new(index: u32, of: u32) -> Option<Self> {
        if index < of { Some(Self { index, of }) } else { None }
    }

    /// The number of the share that process `pid` belongs to by its id.
    fn by_id(self, pid: i64) -> u32 {
        // An id that is not known belongs to the last share, as its remainder as an unsigned number would have it.
        (pid as u32) % self.of
    }
}

/// The model's share, and processes that belong to another than their ids say.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    own: Share,
    told: FxHashMap<i64, u32>,
}

impl Default for Shares {
    fn default() -> Self {
        Self { own: Share::WHOLE, told: FxHashMap::default() }
    }
}

impl Shares {
    fn of(&self, pid: i64) -> u32 {
        self.told.get(&pid).copied().unwrap_or_else(|| self.own.by_id(pid))
    }

    /// Whether a process belongs to the model's share.
    pub(crate) fn have(&self, pid: i64) -> bool {
        self.own.of == 1 || self.of(pid) == self.own.index
    }

    /// Forgets processes that are gone. Not as they go: the next of the same id may have been told of already, and until one
    /// is, what was told of the last does no harm.
    pub(crate) fn keep(&mut self, lives: impl Fn(i64) -> bool) {
        self.told.retain(|pid, _| lives(*pid));
    }
}

/// What a new process of another share has from its parent: the parent's descriptors and directory at that moment.
#[derive(Clone, Debug)]
pub struct Bequest {
    /// The new process.
    pub heir: i64,
    /// Time of the event that told of it.
    pub ts: u64,
    pub(crate) fds: FdTable,
    pub(crate) cwd: Bytes,
}

/// A bequest that has not come yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// The new process.
    pub heir: i64,
    /// Time of the event that told of it.
    pub ts: u64,
    /// The share that the parent belongs to.
    pub from: u32,
    /// What [`System::set_mark`] said when that event was applied.
    pub mark: u64,
}

/// Bequests to be handed out, and those waited for.
#[derive(Debug, Default)]
pub(crate) struct Inheritance {
    made: Vec<Bequest>,
    mark: u64,
    awaited: FxHashMap<i64, Awaited>,
}

impl Inheritance {
    pub(crate) fn forget(&mut self, heir: i64) {
        if !self.awaited.is_empty() {
            self.awaited.remove(&heir);
        }
    }
}

impl System {
    /// Says which processes this model follows closely. To be called before anything is loaded or applied.
    pub fn set_share(&mut self, share: Share) {
        self.shares = Shares { own: share, told: FxHashMap::default() };
    }

    /// Says which share a process belongs to from now on: its parent's, as a rule. To be called before the first event of
    /// that process, or the one that tells of it, is applied.
    pub fn note_share(&mut self, pid: i64, index: u32) {
        if index == self.shares.own.by_id(pid) {
            self.shares.told.remove(&pid);
        } else if index < self.shares.own.of {
            self.shares.told.insert(pid, index);
        }
    }

    /// Whether a process belongs to this model's share.
    pub fn is_own(&self, pid: i64) -> bool {
        self.shares.have(pid)
    }

    /// Gives the events to come a number, by which a bequest that they make necessary says where it comes from.
    pub fn set_mark(&mut self, mark: u64) {
        self.inheritance.mark = mark;
    }

    /// What processes of other shares have inherited since the last call.
    pub fn bequests(&mut self) -> impl Iterator<Item = Bequest> + '_ {
        self.inheritance.made.drain(..)
    }

    /// The bequest that has to be taken before an event of thread `tid` is applied.
    #[inline]
    pub fn awaited(&self, tid: i64) -> Option<Awaited> {
        if self.inheritance.awaited.is_empty() { None } else { self.awaited_slowly(tid) }
    }

    fn awaited_slowly(&self, tid: i64) -> Option<Awaited> {
        let pid = self.threads.thread(tid).map_or(tid, |thread| thread.pid);
        self.inheritance.awaited.get(&pid).copied()
    }

    /// Gives a new process what it has from its parent. Where the bequest was lost, the machine is asked.
    pub fn inherit(&mut self, awaited: Awaited, bequest: Option<Bequest>, lookup: Option<&mut (dyn Lookup + '_)>) {
        self.inheritance.forget(awaited.heir);
        let Some(slot) = self.threads.find(awaited.heir) else { return };
        match bequest {
            Some(bequest) => {
                if let Some(entry) = self.threads.get_mut(slot) {
                    entry.fds = bequest.fds;
                }
                self.set_directory(slot, bequest.cwd);
            }
            None => {
                self.counters.bequests_lost += 1;
                let Some(scanned) = lookup.and_then(|lookup| lookup.thread(awaited.heir)) else { return };
                self.take_scanned_fds(slot, &scanned);
                let cwd = self.directory(&scanned.cwd);
                self.set_directory(slot, cwd);
            }
        }
    }

    fn set_directory(&mut self, slot: Slot, cwd: Bytes) {
        if self.threads.get(slot).is_some_and(|entry| entry.thread().cwd != cwd) {
            self.threads.update(slot, |thread| thread.cwd = cwd);
        }
    }

    /// The descriptors that a new process begins with, as far as they can be told now.
    pub(crate) fn inherited_fds(&mut self, heir: i64, ts: u64, parent: Slot) -> FdTable {
        let owner = self.fd_owner(parent).and_then(|slot| self.threads.get(slot));
        let Some(owner) = owner else { return FdTable::default() };
        let pid = owner.thread().pid;
        match (self.shares.have(pid), self.shares.have(heir)) {
            (true, true) => owner.fds.forked(),
            (true, false) => {
                let cwd = owner.thread().cwd.clone();
                let fds = owner.fds.forked();
                self.inheritance.made.push(Bequest { heir, ts, fds, cwd });
                FdTable::default()
            }
            (false, true) => {
                let awaited = Awaited { heir, ts, from: self.shares.of(pid), mark: self.inheritance.mark };
                self.inheritance.awaited.insert(heir, awaited);
                FdTable::default()
            }
            (false, false) => FdTable::default(),
        }
    }
}
