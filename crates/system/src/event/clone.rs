//! New threads. Each is told of twice, by its creator's event and by its own, in either order or only once.

use std::sync::Arc;

use windhover_event::EventView;

use crate::fd_table::FdTable;
use crate::lookup::Lookup;
use crate::system::System;
use crate::table::Slot;
use crate::thread::{Thread, flag};

/// An entry older than this, for the id that a new thread now has, is of an older thread whose end was missed.
const STALE_NS: u64 = 2_000_000_000;

impl System {
    pub(crate) fn on_clone(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        if event.tid() < 0 {
            return;
        }
        match event.i64(0) {
            Some(0) => self.on_clone_of_child(event, lookup),
            Some(child) if child > 0 => self.on_clone_by_creator(event, child, lookup),
            _ => {}
        }
    }

    fn on_clone_by_creator(&mut self, event: &EventView<'_>, child: i64, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        let Some(slot) = self.find_or_discover(event.tid(), lookup) else { return };
        if self.is_unknown(slot) {
            self.complete_creator(slot, event);
        }
        let Some(creator) = self.threads.get(slot).map(|entry| entry.shared().clone()) else { return };
        let flags = event.u32(15).unwrap_or(0);
        let elsewhere = flag::CHILD_IN_PIDNS | flag::CLONE_NEWPID | flag::CLONE_PARENT;
        let vfork = event.kind() == windhover_event::EventType::SYSCALL_VFORK_20_X;
        if flags & (elsewhere | flag::CLONE_VFORK) != 0 || vfork || creator.tid != creator.vtid {
            // The result is an id of another namespace, or the child runs first: its own event tells.
            return;
        }
        if self.exited.is_recent(child, creator.tid, event.ts()) {
            return;
        }
        if let Some(old) = self.threads.thread(child) {
            if old.flags & flag::CLONE_INVERTED != 0 {
                return;
            }
            self.counters.tid_collisions += 1;
        }
        let mut thread = self.cloned(event, &creator, flags);
        thread.tid = child;
        thread.vtid = child;
        if flags & flag::CLONE_THREAD != 0 {
            thread.pid = creator.pid;
            thread.ptid = creator.ptid;
            thread.vpid = creator.vpid;
        } else {
            thread.pid = child;
            thread.vpid = child;
            thread.ptid = creator.tid;
        }
        self.add_cloned(event, thread, Some(slot));
    }

    fn is_unknown(&self, slot: Slot) -> bool {
        self.threads.get(slot).is_some_and(|entry| entry.thread().is_unknown())
    }

    /// A creator about which nothing was known tells about itself; a thread tells about its main thread.
    fn complete_creator(&mut self, slot: Slot, event: &EventView<'_>) {
        let text = |index: usize| event.str(index).unwrap_or_default();
        let (exe, comm) = (self.interner.get(text(1)), self.interner.get(text(13)));
        let args = self.interner.get(event.param(2).unwrap_or_default());
        let cgroups = self.cgroups(event.param(14).unwrap_or_default());
        let cmdline = self.cmdline(&comm, &args);
        let container_id = self.container_id(&cgroups);
        self.threads.update(slot, |thread| {
            thread.pid = event.i64(4).unwrap_or(-1);
            thread.ptid = event.i64(5).unwrap_or(-1);
            thread.vtid = event.i64(18).unwrap_or(thread.tid);
            thread.vpid = event.i64(19).unwrap_or(thread.pid);
            thread.fdlimit = event.i64(7).unwrap_or(-1);
            thread.uid = event.u32(16).unwrap_or(u32::MAX);
            thread.gid = event.u32(17).unwrap_or(u32::MAX);
            thread.exe = exe;
            thread.comm = comm;
            thread.args = args;
            thread.cmdline = cmdline;
            thread.cgroups = cgroups;
            thread.container_id = container_id;
        });
    }

    fn on_clone_of_child(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        let tid = event.tid();
        if let Some(old) = self.threads.find(tid) {
            let fresh = self.threads.get(old).is_some_and(|entry| {
                let thread = entry.thread();
                !thread.is_unknown() && event.ts().wrapping_sub(thread.clone_ts) < STALE_NS
            });
            if fresh {
                self.touch_access(old, event.ts());
                return;
            }
        }
        let flags = event.u32(15).unwrap_or(0) | flag::CLONE_INVERTED;
        let is_thread = flags & flag::CLONE_THREAD != 0;
        let pid = event.i64(4).unwrap_or(tid);
        let ptid = event.i64(5).unwrap_or(0);
        let origin = self.find_or_discover(if is_thread { pid } else { ptid }, lookup);
        if is_thread && let Some(leader) = origin.filter(|slot| self.is_unknown(*slot)) {
            self.complete_creator(leader, event);
            let vpid = event.i64(19).unwrap_or(pid);
            self.threads.update(leader, |thread| (thread.vtid, thread.fdlimit) = (vpid, -1));
        }
        let model = origin.and_then(|slot| self.threads.get(slot)).map(|entry| entry.shared().clone());
        let known = model.filter(|thread| !thread.is_unknown());
        let origin = origin.filter(|_| known.is_some());
        let base = known.unwrap_or_else(|| Arc::new(self.blank(tid)));
        let mut thread = self.cloned(event, &base, flags);
        thread.tid = tid;
        thread.pid = pid;
        thread.ptid = if is_thread && origin.is_some() { base.ptid } else { ptid };
        thread.vtid = event.i64(18).unwrap_or(tid);
        thread.vpid = event.i64(19).unwrap_or(pid);
        thread.cmdline = self.cmdline(&thread.comm, &thread.args);
        thread.pidns_init_start_ts = self.machine.boot_ts;
        if thread.is_in_pidns() {
            thread.pidns_init_start_ts = self.machine.boot_ts.wrapping_add(event.u64(20).unwrap_or(0));
        }
        let scanned = if origin.is_none() { lookup.as_mut().and_then(|lookup| lookup.thread(tid)) } else { None };
        if let Some(scanned) = &scanned
            && thread.is_main()
        {
            thread.cwd = self.directory(&scanned.cwd);
            thread.env = self.interner.get(&scanned.env);
        }
        let Some(slot) = self.add_cloned(event, thread, origin) else { return };
        if let Some(scanned) = scanned {
            self.take_scanned_fds(slot, &scanned);
        }
        self.fetch_users(slot, lookup.as_deref_mut());
    }

    /// A thread as it is told of by `event` and as it inherits from `base`; ids are left to the caller.
    fn cloned(&mut self, event: &EventView<'_>, base: &Thread, flags: u32) -> Thread {
        let mut thread = base.clone();
        let is_thread = flags & flag::CLONE_THREAD != 0;
        thread.flags = flags;
        if is_thread {
            thread.flags |= flag::CLONE_FILES;
            thread.env = self.interner.empty();
            thread.cwd = self.interner.empty();
        } else {
            thread.flags &= !flag::CLONE_FILES;
        }
        if let Some(exe) = event.str(1) {
            thread.exe = self.interner.reuse(&base.exe, exe);
        }
        if let Some(args) = event.param(2) {
            thread.args = self.interner.reuse(&base.args, args);
        }
        if let Some(comm) = event.str(13) {
            thread.comm = self.interner.reuse(&base.comm, comm);
        }
        if let Some(cgroups) = event.buffer(14) {
            let cgroups = self.cgroups(cgroups);
            if cgroups != base.cgroups {
                thread.container_id = self.container_id(&cgroups);
                thread.cgroups = cgroups;
            }
        }
        thread.cmdline = self.interner.empty();
        thread.fdlimit = event.i64(7).unwrap_or(base.fdlimit);
        thread.uid = event.u32(16).unwrap_or(base.uid);
        thread.gid = event.u32(17).unwrap_or(base.gid);
        thread.clone_ts = event.ts();
        thread.lastexec_ts = 0;
        thread.exe_ino_ctime_duration_pidns_start = 0;
        thread
    }

    fn add_cloned(&mut self, event: &EventView<'_>, thread: Thread, origin: Option<Slot>) -> Option<Slot> {
        let is_thread = thread.flags & flag::CLONE_THREAD != 0;
        let (env, cwd) = self.inherited(origin);
        let mut thread = thread;
        if !is_thread && let (Some(env), Some(cwd)) = (env, cwd) {
            thread.env = env;
            thread.cwd = cwd;
        }
        let heir = thread.tid;
        let slot = self.add_thread(thread)?;
        let fds = match origin {
            Some(parent) if !is_thread => self.inherited_fds(heir, event.ts(), parent),
            _ => FdTable::default(),
        };
        let entry = self.threads.get_mut(slot)?;
        entry.fds = fds;
        entry.live.last_access_ts = event.ts();
        entry.live.pfmajor = event.u64(8).unwrap_or(0);
        entry.live.pfminor = event.u64(9).unwrap_or(0);
        entry.live.vmsize_kb = event.u32(10).unwrap_or(0);
        entry.live.vmrss_kb = event.u32(11).unwrap_or(0);
        entry.live.vmswap_kb = event.u32(12).unwrap_or(0);
        Some(slot)
    }

    /// Environment and working directory of a creator's process.
    fn inherited(&self, origin: Option<Slot>) -> (Option<crate::Bytes>, Option<crate::Bytes>) {
        let main = origin.and_then(|slot| self.threads.main_of(slot)).and_then(|slot| self.threads.get(slot));
        match main {
            Some(main) => {
                // The creating thread's own, as in the reference: other than main threads have none, so that what they
                // fork has none until it executes a program.
                let own = origin.and_then(|slot| self.threads.get(slot)).map(|entry| entry.thread().env.clone());
                (own, Some(main.thread().cwd.clone()))
            }
            None => (None, None),
        }
    }

    fn blank(&mut self, tid: i64) -> Thread {
        let mut thread = Thread::unknown(tid);
        thread.comm = self.interner.empty();
        thread.exe = self.interner.empty();
        thread
    }
}
