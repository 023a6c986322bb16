//! The model as a whole: what it is made of, and what may be asked and told about it besides events.

use std::net::IpAddr;
use std::sync::Arc;

use windhover_event::EventType;
use windhover_event::snapshot::Machine;

use crate::Bytes;
use crate::container::{ContainerInfo, Containers, Strangers};
use crate::context::{Context, Current};
use crate::effect::{self, KindFacts};
use crate::exited::Exited;
use crate::fd::Fd;
use crate::fd_table::FdTable;
use crate::found::FoundThreads;
use crate::interface::Interfaces;
use crate::interner::Interner;
use crate::limit::{Counters, Limits};
use crate::lookup::Lookup;
use crate::pool::FdPool;
use crate::share::{Inheritance, Shares};
use crate::suppress::Suppression;
use crate::table::{Slot, ThreadTable};
use crate::thread::Thread;
use crate::user::{Learned, UserTable, Users};

/// What became of an applied event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Rules and outputs see it.
    Shown,
    /// The model has taken note of it; rules do not see it (an enter event, or one of the engine's own process).
    Hidden,
    /// Its thread is suppressed: it has no number and changed nothing.
    Suppressed,
}

/// The live model.
#[derive(Debug)]
pub struct System {
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    pub(crate) threads: ThreadTable,
    pub(crate) found: FoundThreads,
    pub(crate) users: Users,
    pub(crate) learned_users: Learned,
    pub(crate) containers: Containers,
    pub(crate) strangers: Strangers,
    /// Control groups of the last processes, with the containers that they belong to.
    pub(crate) recent_groups: [(Bytes, Bytes); 4],
    pub(crate) interfaces: Interfaces,
    pub(crate) machine: Machine,
    pub(crate) interner: Interner,
    pub(crate) pool: FdPool,
    pub(crate) exited: Exited,
    pub(crate) suppression: Suppression,
    pub(crate) current: Current,
    /// Descriptors that the last event closed: they go when the next one comes.
    pub(crate) closing: Vec<(Slot, i64)>,
    /// The thread that the last event ended, and who inherits its children by the kernel's word.
    pub(crate) exiting: Option<(i64, i64)>,
    /// Ports that a scan found bound: a connection from one of them is a server's.
    pub(crate) server_ports: Box<[u64; 1024]>,
    /// The container that every process is said to be in.
    pub(crate) static_container: Option<Bytes>,
    pub(crate) self_pid: Option<i64>,
    pub(crate) track_connections: bool,
    pub(crate) shares: Shares,
    pub(crate) inheritance: Inheritance,
    /// Processor of the event to be applied.
    pub(crate) cpu: u16,
    /// When each processor last changed threads; 0 for never.
    pub(crate) switched: Vec<u64>,
    /// By event type.
    pub(crate) kinds: Box<[KindFacts; EventType::COUNT]>,
    /// Texts in the making; kept for their capacity.
    pub(crate) scratch: Vec<u8>,
    pub(crate) path: Vec<u8>,
}

impl System {
    /// An empty model.
    pub fn new(limits: Limits) -> Self {
        let interner = Interner::new();
        let nothing = || (interner.empty(), interner.empty());
        Self {
            recent_groups: [nothing(), nothing(), nothing(), nothing()],
            counters: Counters::default(),
            threads: ThreadTable::new(limits.threads),
            found: FoundThreads::new(),
            users: Users::new(limits.containers, limits.users),
            learned_users: Learned::default(),
            containers: Containers::new(limits.containers),
            strangers: Strangers::new(limits.containers),
            interfaces: Interfaces::default(),
            machine: Machine::default(),
            interner,
            pool: FdPool::default(),
            exited: Exited::default(),
            suppression: Suppression::default(),
            current: Current::default(),
            closing: Vec::new(),
            exiting: None,
            server_ports: Box::new([0; 1024]),
            static_container: None,
            self_pid: None,
            track_connections: false,
            shares: Shares::default(),
            inheritance: Inheritance::default(),
            cpu: 0,
            switched: Vec::new(),
            kinds: effect::facts(),
            scratch: Vec::new(),
            path: Vec::new(),
            limits,
        }
    }

    /// The model as the last applied event found it.
    pub fn context(&self) -> Context<'_> {
        Context::new(self)
    }

    /// What the model did so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Threads in the table.
    pub fn thread_count(&self) -> usize {
        self.threads.len()
    }

    /// Descriptors of all processes.
    pub fn fd_count(&self) -> usize {
        self.threads.iter().map(|entry| entry.fds.len()).sum()
    }

    /// Containers with metadata.
    pub fn container_count(&self) -> usize {
        self.containers.len()
    }

    /// Containers with metadata that does not say which image they run.
    pub fn containers_without_image(&self) -> usize {
        self.containers.iter().filter(|info| info.image.is_empty()).count()
    }

    /// All threads, in no order.
    pub fn threads(&self) -> impl Iterator<Item = &Arc<Thread>> {
        self.threads.iter().map(|entry| entry.shared())
    }

    /// The descriptors that belong to a thread's own entry; nearly always it is main threads that have any.
    pub fn fds_of(&self, tid: i64) -> Option<&FdTable> {
        self.threads.by_tid(tid).map(|entry| &entry.fds)
    }

    /// Metadata of all containers, in no order.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerInfo> {
        self.containers.iter()
    }

    /// Users and groups by container id; the host's under the empty id.
    pub fn user_tables(&self) -> impl Iterator<Item = (&[u8], &UserTable)> {
        self.users.containers()
    }

    /// Containers (the host has the empty id) whose users the machine was asked about on account of the last event. No
    /// event tells of these users.
    pub fn learned_users(&self) -> &[Bytes] {
        self.learned_users.at(self.current.num)
    }

    /// Events of the time `ts` that tell of the users of a container, or of the host.
    pub fn user_events(&self, container: &[u8], ts: u64) -> Vec<Vec<u8>> {
        self.users.table(container).map_or_else(Vec::new, |table| table.to_events(container, ts))
    }

    /// Facts about the machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Changes the name under which the machine is known.
    pub fn set_hostname(&mut self, hostname: &str) {
        self.machine.hostname = hostname.to_owned();
    }

    /// Adds or replaces a container's metadata. Every thread of the container gets a new version.
    pub fn set_container(&mut self, info: ContainerInfo) {
        let id = Bytes::from(info.id.as_bytes());
        if self.containers.set(info).is_err() {
            self.counters.containers_refused += 1;
            return;
        }
        self.threads.touch_where(|thread| thread.container_id == id);
    }

    /// Hands out the ids of containers that threads were found in and that have no metadata, each once; those for which
    /// `ask` returns false are handed out again next time.
    pub fn ask_about_containers(&mut self, ask: &mut dyn FnMut(&[u8]) -> bool) {
        let containers = &self.containers;
        self.strangers.hand_out(&mut |id| containers.get(id).is_some() || ask(id));
    }

    /// Forgets a container, with its users.
    pub fn remove_container(&mut self, id: &[u8]) {
        self.strangers.forget(id);
        self.users.remove_container(id);
        if self.containers.remove(id) {
            self.threads.touch_where(|thread| *thread.container_id == *id);
        }
    }

    /// Puts every process, now and later, into the container with this id: what the `static` container engine is
    /// configured to do.
    pub fn set_static_container(&mut self, info: ContainerInfo) {
        self.static_container = Some(Bytes::from(info.id.as_bytes()));
        self.set_container(info);
        let slots: Vec<Slot> = self.threads.slots().collect();
        for slot in slots {
            self.rematch_container(slot);
        }
    }

    /// Drops the events of processes with this name, and of their descendants, from their next clone or exec on.
    pub fn suppress_comm(&mut self, comm: &[u8]) {
        self.suppression.add_comm(comm);
    }

    /// Drops the events of a thread, and of its descendants.
    pub fn suppress_tid(&mut self, tid: i64) {
        self.suppression.add_tid(tid);
    }

    /// Hides the events of this process from rules: the engine does not watch itself.
    pub fn set_self_pid(&mut self, pid: i64) {
        self.self_pid = Some(pid);
    }

    /// Whether connections that are under way or failed are followed (`getsockopt` with `SO_ERROR` included).
    pub fn track_connections(&mut self, track: bool) {
        self.track_connections = track;
    }

    /// Says which processor the next event comes from: times between changes of threads are counted by processor.
    pub fn set_cpu(&mut self, cpu: u16) {
        self.cpu = cpu;
    }

    pub(crate) fn is_container_ip(&self, ip: IpAddr) -> bool {
        let IpAddr::V4(ip) = ip else { return false };
        self.containers.has_ip(ip)
    }

    /// The entry whose descriptors a thread uses: that of its process, unless the thread was started without sharing.
    pub(crate) fn fd_owner(&self, slot: Slot) -> Option<Slot> {
        let shares = self.threads.get(slot)?.thread().flags & crate::flag::CLONE_FILES != 0;
        if shares { self.threads.main_of(slot) } else { Some(slot) }
    }

    /// The event's descriptor, to be changed.
    pub(crate) fn current_fd_mut(&mut self) -> Option<&mut Fd> {
        let number = self.current.fd?;
        self.threads.get_mut(self.current.owner?)?.fds.get_mut(number)
    }

    /// The event's descriptor.
    pub(crate) fn current_fd(&self) -> Option<&Fd> {
        self.threads.get(self.current.owner?)?.fds.get(self.current.fd?)
    }

    /// Stores a descriptor of the event's process, and makes it the event's.
    pub(crate) fn put_fd(&mut self, number: i64, fd: Fd, cloexec: bool) {
        let fd = self.pool.make(fd);
        self.put_shared_fd(number, fd, cloexec);
    }

    pub(crate) fn put_shared_fd(&mut self, number: i64, fd: Arc<Fd>, cloexec: bool) {
        let limit = self.limits.fds;
        let Some(owner) = self.current.owner.and_then(|slot| self.threads.get_mut(slot)) else { return };
        self.current.fd = Some(number);
        match owner.fds.insert(number, fd, cloexec, limit) {
            Ok(old) => {
                self.counters.n_added_fds += 1;
                if let Some(old) = old {
                    self.pool.recycle(old);
                }
            }
            Err(_) => self.counters.fds_refused += 1,
        }
    }

    pub(crate) fn is_server_port(&self, port: u16) -> bool {
        self.server_ports[usize::from(port >> 6)] >> (port & 63) & 1 == 1
    }

    pub(crate) fn add_server_port(&mut self, port: u16) {
        self.server_ports[usize::from(port >> 6)] |= 1 << (port & 63);
    }

    /// Users and groups of the thread's container, if its user is not known. Who is not in an answer is asked for once.
    pub(crate) fn fetch_users(&mut self, slot: Slot, lookup: Option<&mut (dyn Lookup + '_)>) {
        let (Some(lookup), Some(entry)) = (lookup, self.threads.get(slot)) else { return };
        let thread = entry.shared().clone();
        let known = self.users.table(&thread.container_id).is_some_and(|table| table.user(thread.uid).is_some());
        if !known && !self.users.was_answered(&thread.container_id, thread.uid) {
            self.answer_users(&thread, lookup);
        }
    }

    /// As [`Self::fetch_users`], after an exec. Until a container's first program starts, a runtime works in its control groups
    /// and moves to its root, so that only now it is certain whose users they are.
    pub(crate) fn fetch_users_at_exec(&mut self, slot: Slot, lookup: Option<&mut (dyn Lookup + '_)>) {
        let (Some(lookup), Some(entry)) = (lookup, self.threads.get(slot)) else { return };
        let thread = entry.shared().clone();
        if thread.vpid == 1 && !thread.container_id.is_empty() {
            self.answer_users(&thread, lookup);
        } else {
            self.fetch_users(slot, Some(lookup));
        }
    }

    /// A process that is gone already tells nothing, and the next one is asked.
    fn answer_users(&mut self, thread: &Thread, lookup: &mut (dyn Lookup + '_)) {
        if !self.shares.have(thread.pid) {
            return;
        }
        let container = &thread.container_id;
        let Some((users, groups)) = lookup.users(thread.pid, container) else { return };
        if !container.is_empty() {
            self.users.remove_container(container);
        }
        self.users.note_answer(container, thread.uid);
        self.learned_users.note(self.current.num, container);
        self.add_users(container, users, groups);
    }
}
