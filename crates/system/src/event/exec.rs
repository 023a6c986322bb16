//! A process becomes another program.

use windhover_event::path::join_path;
use windhover_event::{AT_FDCWD, EventType, EventView};

use crate::Bytes;
use crate::lookup::Lookup;
use crate::system::System;
use crate::table::Slot;
use crate::thread::{Thread, flag};

/// Bits of the `flags` parameter.
mod exec_flag {
    pub const WRITABLE: u32 = 1;
    pub const UPPER_LAYER: u32 = 2;
    pub const FROM_MEMFD: u32 = 4;
    pub const LOWER_LAYER: u32 = 8;
}

impl System {
    pub(crate) fn on_exec(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        self.claim_enter(event);
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let Some(slot) = self.current.thread else { return };
        let Some(old) = self.threads.get(slot).map(|entry| entry.shared().clone()) else { return };
        let mut thread = Thread::clone(&old);
        self.take_program(event, &old, &mut thread);
        take_identity(event, &old, &mut thread);
        if let Some(cgroups) = event.buffer(14) {
            thread.cgroups = self.cgroups(cgroups);
        }
        thread.container_id = self.container_id(&thread.cgroups);
        thread.lastexec_ts = event.ts();
        thread.flags = (old.flags & (flag::CLONE_INVERTED | flag::CLOSED | flag::CHILD_IN_PIDNS)) | flag::NAME_CHANGED;
        if thread.pid >= 0 && thread.pid != thread.tid {
            thread.flags |= old.flags & (flag::CLONE_THREAD | flag::CLONE_FILES);
        }
        self.threads.update(slot, |place| *place = thread);
        self.end_siblings(slot);
        self.close_on_exec(slot);
        self.on_exec_memory(event);
        self.fetch_users_at_exec(slot, lookup.as_deref_mut());
    }

    /// Executable, arguments and environment.
    fn take_program(&mut self, event: &EventView<'_>, old: &Thread, thread: &mut Thread) {
        thread.exe = self.interner.reuse(&old.exe, event.str(1).unwrap_or_default());
        thread.args = self.interner.reuse(&old.args, event.param(2).unwrap_or_default());
        thread.comm = match event.str(13) {
            Some(comm) if !comm.is_empty() => self.interner.reuse(&old.comm, comm),
            _ => thread.exe.clone(),
        };
        thread.cmdline = self.cmdline(&thread.comm, &thread.args);
        if let Some(env) = event.param(15) {
            thread.env = self.interner.reuse(&old.env, env);
        }
        thread.exepath = match event.str(27) {
            Some(path) if !path.is_empty() => {
                self.interner.reuse(&old.exepath, path.strip_suffix(b" (deleted)").unwrap_or(path))
            }
            _ => self.exepath_from_enter(event),
        };
        let flags = event.u32(19).unwrap_or(0);
        thread.exe_writable = flags & exec_flag::WRITABLE != 0;
        thread.exe_upper_layer = flags & exec_flag::UPPER_LAYER != 0;
        thread.exe_lower_layer = flags & exec_flag::LOWER_LAYER != 0;
        thread.exe_from_memfd = flags & exec_flag::FROM_MEMFD != 0;
        if let Some(ino) = event.u64(23) {
            thread.exe_ino = ino;
        }
        if let Some(ctime) = event.u64(24) {
            thread.exe_ino_ctime = ctime;
            if thread.clone_ts != 0 {
                thread.exe_ino_ctime_duration_clone_ts = thread.clone_ts.wrapping_sub(ctime);
            }
            if thread.pidns_init_start_ts != 0 && ctime > thread.pidns_init_start_ts {
                thread.exe_ino_ctime_duration_pidns_start = ctime - thread.pidns_init_start_ts;
            }
        }
        if let Some(mtime) = event.u64(25) {
            thread.exe_ino_mtime = mtime;
        }
    }

    /// The path that the enter event named, where the kernel did not tell what it resolved to.
    fn exepath_from_enter(&mut self, event: &EventView<'_>) -> Bytes {
        let mut path = std::mem::take(&mut self.scratch);
        let mut base = std::mem::take(&mut self.path);
        path.clear();
        let context = self.context();
        match context.enter_event() {
            Some(enter) if event.kind() == EventType::SYSCALL_EXECVEAT_X => {
                let dirfd = enter.i64(0).unwrap_or(AT_FDCWD);
                match enter.str(1) {
                    Some(name) if !name.is_empty() && name != b"<NA>" => {
                        self.join_dir(dirfd, name, &mut base, &mut path)
                    }
                    // With AT_EMPTY_PATH the descriptor itself is executed.
                    Some(_) => match context.fds().and_then(|fds| fds.get(dirfd)) {
                        Some(fd) => path.extend_from_slice(&fd.name),
                        None => path.extend_from_slice(b"<NA>"),
                    },
                    None => path.extend_from_slice(b"<NA>"),
                }
            }
            Some(enter) => match enter.str(0) {
                Some(name) if name != b"<NA>" => join_path(context.cwd(), name, &mut path),
                _ => path.extend_from_slice(b"<NA>"),
            },
            None => {}
        }
        let exepath = self.interner.get(&path);
        self.scratch = path;
        self.path = base;
        exepath
    }

    fn close_on_exec(&mut self, slot: Slot) {
        let Some(owner) = self.fd_owner(slot).and_then(|slot| self.threads.get_mut(slot)) else { return };
        let closed = owner.fds.close_on_exec();
        self.counters.n_removed_fds += closed as u64;
    }

    fn on_exec_memory(&mut self, event: &EventView<'_>) {
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else { return };
        entry.live.pfmajor = event.u64(8).unwrap_or(entry.live.pfmajor);
        entry.live.pfminor = event.u64(9).unwrap_or(entry.live.pfminor);
        self.on_memory(event, 10);
    }
}

/// Ids, credentials and limits.
fn take_identity(event: &EventView<'_>, old: &Thread, thread: &mut Thread) {
    thread.pid = event.i64(4).unwrap_or(old.pid);
    if old.is_unknown() {
        thread.ptid = event.i64(5).unwrap_or(old.ptid);
        if !thread.is_in_pidns() {
            thread.vtid = thread.tid;
            thread.vpid = thread.pid;
        }
    }
    thread.fdlimit = event.i64(7).unwrap_or(old.fdlimit);
    thread.tty = event.u32(16).unwrap_or(old.tty);
    thread.vpgid = event.i64(17).unwrap_or(old.vpgid);
    thread.loginuid = event.u32(18).unwrap_or(old.loginuid);
    thread.cap_inheritable = event.u64(20).unwrap_or(old.cap_inheritable);
    thread.cap_permitted = event.u64(21).unwrap_or(old.cap_permitted);
    thread.cap_effective = event.u64(22).unwrap_or(old.cap_effective);
    thread.uid = event.u32(26).unwrap_or(old.uid);
    thread.pgid = event.i64(28).unwrap_or(old.pgid);
    thread.gid = event.u32(29).unwrap_or(old.gid);
}
