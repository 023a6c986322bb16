//! The model as one event found it: what rules and outputs may ask about that event.

use std::net::IpAddr;
use std::sync::Arc;

use windhover_event::snapshot::Machine;
use windhover_event::{AT_FDCWD, EventView};

use crate::container::ContainerInfo;
use crate::fd::Fd;
use crate::fd_table::FdTable;
use crate::interface::Interfaces;
use crate::system::System;
use crate::table::Slot;
use crate::thread::{Live, Thread};
use crate::user::{Group, User, UserTable};

/// What the last applied event was about; kept by [`System`] until the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Current {
    pub(crate) num: u64,
    pub(crate) ts: u64,
    pub(crate) first_ts: Option<u64>,
    /// Of the event before; 0 for the first one.
    pub(crate) previous_ts: u64,
    pub(crate) thread: Option<Slot>,
    pub(crate) main: Option<Slot>,
    /// Whose descriptors the thread uses.
    pub(crate) owner: Option<Slot>,
    /// Number of the event's descriptor.
    pub(crate) fd: Option<i64>,
    pub(crate) fd_name_changed: bool,
    /// The thread's stored enter event belongs to this event.
    pub(crate) enter: bool,
    /// Of a change of threads: nanoseconds that the thread was on its processor.
    pub(crate) exec_ns: u64,
    /// Of a periodic report: processor time since the one before, in user space and in the kernel.
    pub(crate) cpu_used: (u64, u64),
}

/// The model right after the last event was applied, as seen from that event: its thread, its descriptor, and from there
/// everything else. A descriptor that the event closed and a thread that it ended are still there.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    system: &'a System,
}

impl<'a> Context<'a> {
    pub(crate) fn new(system: &'a System) -> Self {
        Self { system }
    }

    fn current(&self) -> &'a Current {
        &self.system.current
    }

    /// `evt.num`: the event's number, from 1.
    pub fn event_num(&self) -> u64 {
        self.current().num
    }

    /// Nanoseconds from the first event that is no meta event to this one; before that event, since the epoch.
    pub fn relative_ts(&self) -> u64 {
        let current = self.current();
        current.ts.wrapping_sub(current.first_ts.unwrap_or(0))
    }

    /// Nanoseconds from the event before to this one; 0 for the first one.
    pub fn delta_ts(&self) -> u64 {
        let current = self.current();
        if current.previous_ts == 0 { 0 } else { current.ts.saturating_sub(current.previous_ts) }
    }

    /// The event's thread; `None` where the event has none or the table has no room for it.
    pub fn thread(&self) -> Option<&'a Thread> {
        self.system.threads.get(self.current().thread?).map(|entry| entry.thread())
    }

    /// The event's thread, to be kept beyond the next event.
    pub fn shared_thread(&self) -> Option<&'a Arc<Thread>> {
        self.system.threads.get(self.current().thread?).map(|entry| entry.shared())
    }

    /// Memory sizes, fault counters and the like of the event's thread.
    pub fn live(&self) -> Option<&'a Live> {
        self.system.threads.get(self.current().thread?).map(|entry| &entry.live)
    }

    /// Version of the event's thread. Two events with the same number have the same thread with the same values of all
    /// process-scoped facts: see [the crate's page](crate) for what these are.
    pub fn version(&self) -> Option<u64> {
        self.system.threads.get(self.current().thread?).map(|entry| entry.version())
    }

    /// Nanoseconds that the event's thread was on its processor until this change of threads; 0 for other events, and for
    /// the first change that a processor tells of.
    pub fn exec_ns(&self) -> u64 {
        self.current().exec_ns
    }

    /// Hundredths of seconds of processor time in user space and in the kernel, from one periodic report on the thread to
    /// this one; 0 for the first report, and for other events.
    pub fn cpu_used(&self) -> (u64, u64) {
        self.current().cpu_used
    }

    /// Main thread of the event's process.
    pub fn main(&self) -> Option<&'a Thread> {
        self.system.threads.get(self.current().main?).map(|entry| entry.thread())
    }

    /// Memory sizes and the like of the main thread.
    pub fn main_live(&self) -> Option<&'a Live> {
        self.system.threads.get(self.current().main?).map(|entry| &entry.live)
    }

    /// Main thread of the parent process: [`Self::ancestor`] 1.
    pub fn parent(&self) -> Option<&'a Thread> {
        self.ancestor(1)
    }

    /// The `n`th ancestor as `proc.aname[n]` counts: 0 is the process's main thread, 1 the main thread of the thread that
    /// its parent id names, and so on. `None` as soon as one on the way is missing.
    pub fn ancestor(&self, n: usize) -> Option<&'a Thread> {
        let mut at = self.main()?;
        for _ in 0..n.min(MAX_WALK) {
            at = self.main_of(parent_of(self.system, at)?)?;
        }
        (n <= MAX_WALK).then_some(at)
    }

    /// The ancestors as `proc.aname` without an index walks them: from the main thread upwards, each time the very thread
    /// that the parent id names. Ends at a missing thread or where the walk would go in a circle.
    pub fn ancestors(&self) -> Ancestors<'a> {
        Ancestors::new(self.system, self.main())
    }

    /// The thread with this id, whatever event is current; `None` also where nothing more is known than that it exists.
    pub fn thread_by_tid(&self, tid: i64) -> Option<&'a Thread> {
        self.system.threads.thread(tid).filter(|thread| !thread.is_unknown())
    }

    /// The name of the thread with this id; `<NA>` where nothing more is known than that it exists.
    pub fn comm_of(&self, tid: i64) -> Option<&'a [u8]> {
        self.system.threads.thread(tid).map(|thread| &thread.comm[..])
    }

    /// The main thread of a thread's process.
    pub fn main_of(&self, thread: &'a Thread) -> Option<&'a Thread> {
        if thread.is_main() { Some(thread) } else { self.thread_by_tid(thread.pid).filter(|main| main.is_main()) }
    }

    /// Leader of the session of the event's thread: the thread with that id if the process is in the initial pid
    /// namespace and the leader is known; else the oldest of the ancestors from the parent up that have the same session.
    pub fn session_leader(&self) -> Option<&'a Thread> {
        self.leader(|thread| thread.sid, true)
    }

    /// Leader of the process group, by the id in the process's own namespace; found like the session's.
    pub fn vpgid_leader(&self) -> Option<&'a Thread> {
        self.leader(|thread| thread.vpgid, true)
    }

    /// Leader of the process group, by its id in the initial namespace.
    pub fn pgid_leader(&self) -> Option<&'a Thread> {
        self.leader(|thread| thread.pgid, false)
    }

    fn leader(&self, id: fn(&Thread) -> i64, namespaced: bool) -> Option<&'a Thread> {
        let thread = self.thread()?;
        let wanted = id(thread);
        if wanted == -1 {
            return None;
        }
        if wanted > 0
            && (!namespaced || !thread.is_in_pidns())
            && let Some(leader) = self.thread_by_tid(wanted)
        {
            return Some(leader);
        }
        let main = self.main()?;
        let same = Ancestors::new(self.system, Some(main)).take_while(|thread| id(thread) == wanted);
        same.last()
    }

    /// Threads of the event's process that are alive.
    pub fn thread_count(&self) -> usize {
        self.thread().map_or(0, |thread| self.system.threads.alive(thread.pid))
    }

    /// Number of the descriptor that the event is about, whether or not it is known; -1 for an event that failed to make
    /// one, `None` for one that has nothing to do with descriptors.
    pub fn fd_num(&self) -> Option<i64> {
        self.current().fd
    }

    /// The descriptor that the event is about, as it was at the event.
    pub fn fd(&self) -> Option<&'a Fd> {
        self.fds()?.get(self.current().fd?)
    }

    /// Whether the event changed the descriptor's name.
    pub fn fd_name_changed(&self) -> bool {
        self.current().fd_name_changed
    }

    /// Descriptors that the event's thread uses: its process's, or in rare cases (a thread whose clone flags are not known)
    /// its own.
    pub fn fds(&self) -> Option<&'a FdTable> {
        self.system.threads.get(self.current().owner?).map(|entry| &entry.fds)
    }

    /// Descriptors of the process's main thread.
    pub fn main_fds(&self) -> Option<&'a FdTable> {
        self.system.threads.get(self.current().main?).map(|entry| &entry.fds)
    }

    /// Working directory of the event's process, with a `/` at the end; `./` if the main thread is unknown.
    pub fn cwd(&self) -> &'a [u8] {
        self.main().map_or(b"./", |main| &main.cwd)
    }

    /// The directory that a path relative to `dirfd` starts from, perhaps without a `/` at the end; `None` if it is
    /// unknown.
    pub fn dir(&self, dirfd: i64) -> Option<&'a [u8]> {
        if dirfd == AT_FDCWD {
            return Some(self.cwd());
        }
        self.fds()?.get(dirfd).map(|fd| &fd.name[..])
    }

    /// Users and groups that hold for the event's thread: those of its container, or of the host.
    pub fn user_table(&self) -> Option<&'a UserTable> {
        self.system.users.table(&self.thread()?.container_id)
    }

    /// A user by id, in the thread's container.
    pub fn user(&self, uid: u32) -> Option<&'a User> {
        self.user_table()?.user(uid)
    }

    /// A group by id, in the thread's container.
    pub fn group(&self, gid: u32) -> Option<&'a Group> {
        self.user_table()?.group(gid)
    }

    /// Metadata of the thread's container; `None` on the host and while only the id is known.
    pub fn container(&self) -> Option<&'a ContainerInfo> {
        self.container_by_id(&self.thread()?.container_id)
    }

    /// Metadata of any container.
    pub fn container_by_id(&self, id: &[u8]) -> Option<&'a ContainerInfo> {
        self.system.containers.get(id).map(|info| &**info)
    }

    /// Whether a socket's address is on this side: that of an interface of the host, or for a process in a container that
    /// of a container. An IPv6 address never is for a process in a container.
    pub fn is_local_ip(&self, ip: IpAddr) -> bool {
        let in_container = self.thread().is_some_and(|thread| !thread.container_id.is_empty());
        match ip {
            IpAddr::V6(_) if in_container => false,
            IpAddr::V4(_) if in_container => self.system.is_container_ip(ip),
            _ => self.system.interfaces.is_local(ip),
        }
    }

    /// Addresses of the host's interfaces.
    pub fn interfaces(&self) -> &'a Interfaces {
        &self.system.interfaces
    }

    /// The machine that the events come from.
    pub fn machine(&self) -> &'a Machine {
        &self.system.machine
    }

    /// The enter event that belongs to the current exit event: what the caller's memory held when the call began.
    pub fn enter_event(&self) -> Option<EventView<'a>> {
        if !self.current().enter {
            return None;
        }
        EventView::parse(&self.system.threads.get(self.current().thread?)?.enter).ok()
    }
}

/// The thread that `thread` names as its parent, if anything is known about it. Id 0 means "none".
fn parent_of<'a>(system: &'a System, thread: &Thread) -> Option<&'a Thread> {
    if thread.ptid <= 0 || thread.ptid == thread.tid {
        return None;
    }
    system.threads.thread(thread.ptid).filter(|parent| !parent.is_unknown())
}

/// No lineage on a real machine is longer; a walk that is has met a circle.
const MAX_WALK: usize = 4096;

/// Iterator over ancestors, see [`Context::ancestors`].
#[derive(Clone, Debug)]
pub struct Ancestors<'a> {
    system: &'a System,
    next: Option<&'a Thread>,
    /// Runs ahead twice as fast, to find circles.
    scout: Option<&'a Thread>,
}

impl<'a> Ancestors<'a> {
    fn new(system: &'a System, from: Option<&'a Thread>) -> Self {
        let mut this = Self { system, next: None, scout: None };
        this.next = from.and_then(|thread| parent_of(system, thread));
        this.scout = this.next.and_then(|thread| parent_of(system, thread));
        this
    }

    /// Where the walk goes on from `at`; `None` at its end, or where the scout was met.
    fn step(&mut self, at: &'a Thread) -> Option<&'a Thread> {
        let next = parent_of(self.system, at)?;
        for _ in 0..2 {
            let Some(scout) = self.scout else { break };
            self.scout = parent_of(self.system, scout);
            if next.tid == next.ptid || self.scout.is_some_and(|scout| scout.tid == next.tid) {
                return None;
            }
        }
        Some(next)
    }
}

impl<'a> Iterator for Ancestors<'a> {
    type Item = &'a Thread;

    fn next(&mut self) -> Option<&'a Thread> {
        let at = self.next?;
        self.next = if at.tid == -1 { None } else { self.step(at) };
        (at.tid != -1).then_some(at)
    }
}
