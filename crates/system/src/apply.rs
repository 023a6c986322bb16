//! One event after the other: what happens before and after its own effect on the model.

use windhover_event::{EventType, EventView, category, event_flag};

use crate::context::Current;
use crate::lookup::Lookup;
use crate::system::{Applied, FdPlace, System};
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
        self.settle(&mut lookup);
        let kind = event.kind();
        let info = kind.info();
        self.begin(event, info.event_category & category::METAEVENT != 0);
        if info.flags & event_flag::SKIPPARSERESET == 0 {
            self.find_thread(event, &mut lookup);
            self.find_fd(event);
        } else {
            // Fields may ask for the thread, but the event says nothing of its being alive.
            self.set_current_thread(self.threads.find(event.tid()));
        }
        if info.event_category & category::SYSCALL != 0 && !kind.is_exit() {
            self.store_enter(event);
            return Applied::Hidden;
        }
        self.apply_effect(event, &mut lookup);
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
        let (found, cached) = self.threads.find_cached(tid);
        if cached {
            self.counters.n_cached_thread_lookups += 1;
        } else {
            self.counters.n_noncached_thread_lookups += 1;
        }
        let found = found.or_else(|| if may_discover(event) { self.discover(tid, lookup) } else { None });
        self.set_current_thread(found);
        let ts = event.ts();
        if let Some(entry) = found.and_then(|slot| self.threads.get_mut(slot)) {
            entry.live.last_access_ts = ts;
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

    fn find_fd(&mut self, event: &EventView<'_>) {
        self.learn_descriptors(event);
        self.current.fd = match self.fd_places[usize::from(event.kind().code())] {
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
        if bytes.len() > MAX_ENTER_LEN {
            self.counters.n_store_evts_drops += 1;
            return;
        }
        entry.enter.extend_from_slice(bytes);
        entry.enter_fresh = true;
        self.counters.n_stored_evts += 1;
    }

    /// Takes the stored enter event of this exit event's call: it is good for one exit event.
    pub(crate) fn claim_enter(&mut self, event: &EventView<'_>) {
        let Some(entry) = self.current.thread.and_then(|slot| self.threads.get_mut(slot)) else { return };
        let fresh = std::mem::take(&mut entry.enter_fresh);
        let enter = event.kind().code() - 1;
        let same = || EventView::parse(&entry.enter).is_ok_and(|stored| stored.kind().code() == enter);
        self.current.enter = fresh && same();
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

    fn apply_effect(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        match event.kind() {
            EventType::SYSCALL_CLONE_20_X
            | EventType::SYSCALL_FORK_20_X
            | EventType::SYSCALL_VFORK_20_X
            | EventType::SYSCALL_CLONE3_X => {
                self.on_clone(event, lookup);
                self.set_current_thread(self.threads.find(event.tid()));
            }
            EventType::SYSCALL_EXECVE_19_X | EventType::SYSCALL_EXECVEAT_X => {
                self.on_exec(event, lookup);
                self.set_current_thread(self.threads.find(event.tid()));
            }
            EventType::PROCEXIT_1_E => self.on_exit(event),
            EventType::SYSCALL_OPEN_X
            | EventType::SYSCALL_CREAT_X
            | EventType::SYSCALL_OPENAT_2_X
            | EventType::SYSCALL_OPENAT2_X
            | EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => self.on_open(event),
            EventType::SYSCALL_CLOSE_X => self.on_close(event),
            EventType::SYSCALL_MMAP_X
            | EventType::SYSCALL_MMAP2_X
            | EventType::SYSCALL_MUNMAP_X
            | EventType::SYSCALL_BRK_4_X => self.on_memory(event, 1),
            _ => self.apply_rare_effect(event, lookup),
        }
    }

    fn apply_rare_effect(&mut self, event: &EventView<'_>, lookup: &mut Option<&mut (dyn Lookup + '_)>) {
        match event.kind() {
            EventType::SOCKET_SENDTO_X
            | EventType::SOCKET_SENDMSG_X
            | EventType::SOCKET_SENDMMSG_X
            | EventType::SOCKET_SEND_X => self.on_send(event),
            EventType::SOCKET_RECVFROM_X
            | EventType::SOCKET_RECVMSG_X
            | EventType::SOCKET_RECVMMSG_X
            | EventType::SOCKET_RECV_X => self.on_recv(event, lookup),
            EventType::SOCKET_SOCKET_X => self.on_socket(event),
            EventType::SOCKET_SOCKETPAIR_X => self.on_socketpair(event),
            EventType::SOCKET_BIND_X => self.on_bind(event),
            EventType::SOCKET_CONNECT_X => self.on_connect(event),
            EventType::SOCKET_ACCEPT_5_X | EventType::SOCKET_ACCEPT4_6_X => self.on_accept(event),
            EventType::SOCKET_GETSOCKOPT_X => self.on_getsockopt(event),
            EventType::SYSCALL_CHDIR_X | EventType::SYSCALL_GETCWD_X => self.on_chdir(event),
            EventType::SYSCALL_FCHDIR_X => self.on_fchdir(event),
            EventType::SYSCALL_CHROOT_X => self.on_chroot(event),
            EventType::SYSCALL_SETUID_X => self.on_setuid(event, 1, lookup),
            EventType::SYSCALL_SETRESUID_X | EventType::SYSCALL_SETREUID_X => self.on_setuid(event, 2, lookup),
            EventType::SYSCALL_SETGID_X => self.on_setgid(event, 1, lookup),
            EventType::SYSCALL_SETRESGID_X | EventType::SYSCALL_SETREGID_X => self.on_setgid(event, 2, lookup),
            EventType::SYSCALL_SETSID_X => self.on_setsid(event),
            EventType::SYSCALL_CAPSET_X => self.on_capset(event),
            EventType::SYSCALL_UNSHARE_X => self.on_namespaces(event, 1),
            EventType::SYSCALL_SETNS_X => self.on_namespaces(event, 2),
            EventType::SYSCALL_PRLIMIT_X => self.on_prlimit(event),
            EventType::SYSCALL_SETRLIMIT_X | EventType::SYSCALL_GETRLIMIT_X => self.on_rlimit(event),
            EventType::SYSCALL_PRCTL_X => self.on_prctl(event),
            EventType::SCHEDSWITCH_6_E => self.on_switch(event),
            EventType::PROCINFO_E => self.on_procinfo(event),
            EventType::USER_ADDED_E => self.on_user_added(event),
            EventType::USER_DELETED_E => self.on_user_deleted(event),
            EventType::GROUP_ADDED_E => self.on_group_added(event),
            EventType::GROUP_DELETED_E => self.on_group_deleted(event),
            EventType::ASYNCEVENT_E => self.on_async(event),
            EventType::CONTAINER_JSON_E | EventType::CONTAINER_JSON_2_E => self.on_container_json(event),
            EventType::CONTAINER_E => self.on_old_container(event),
            _ => self.apply_descriptor_effect(event),
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
