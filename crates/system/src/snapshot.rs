//! The model becomes a snapshot again, as [`System::load`] takes it.

use std::collections::HashSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use windhover_event::snapshot::{
    FdEntry, FdEntryKind, GroupEntry, InterfaceEntry, Machine, NamedFd, Snapshot, ThreadEntry, UserEntry,
};

use crate::container::ContainerInfo;
use crate::fd::{Fd, FdKind, L4, Socket, fd_bit};
use crate::fd_table::FdTable;
use crate::system::System;
use crate::thread::{Bytes, Live, Thread};
use crate::user::UserTable;

/// The model as it stood between two events, to be made a [`Snapshot`] later, or never. Taking one copies no names: it
/// shares what it holds with the model, which copies what it then changes.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    machine: Machine,
    threads: Vec<Kept>,
    host_users: Arc<UserTable>,
    interfaces: Vec<InterfaceEntry>,
    containers: Vec<Arc<ContainerInfo>>,
    container_users: Vec<(Bytes, Arc<UserTable>)>,
}

/// One thread of a checkpoint.
#[derive(Clone, Debug)]
struct Kept {
    thread: Arc<Thread>,
    live: Live,
    fds: FdTable,
    /// Descriptors that the last event closed; the model keeps them until the next one.
    closed: Vec<i64>,
}

impl System {
    /// What is known now, in order of ids: what a recording that starts here has to begin with. A model that loads it
    /// goes on as this one does, but for what the format has no place for: times of clones and execs, and, unless
    /// [`Checkpoint::to_events`] are applied, users of containers and containers' metadata.
    pub fn snapshot(&self) -> Snapshot {
        self.checkpoint().snapshot()
    }

    /// Whether the last event has left nothing for the next one to finish, like what a process that ended leaves behind.
    /// Then a [`Checkpoint`] is exact.
    pub fn is_settled(&self) -> bool {
        self.closing.is_empty() && self.exiting.is_none()
    }

    /// The model after the last event.
    pub fn checkpoint(&self) -> Checkpoint {
        let entries = self.threads.slots().filter_map(|slot| Some((slot, self.threads.get(slot)?)));
        let known = entries.filter(|(_, entry)| !entry.thread().is_unknown() && !entry.thread().is_dead());
        let kept = known.map(|(slot, entry)| Kept {
            thread: Arc::clone(entry.shared()),
            live: entry.live.clone(),
            fds: entry.fds.clone(),
            closed: self.closing.iter().filter(|(of, _)| *of == slot).map(|(_, fd)| *fd).collect(),
        });
        let mut threads: Vec<_> = kept.collect();
        threads.sort_unstable_by_key(|kept| kept.thread.tid);
        let interfaces = self.interfaces.entries().to_vec();
        let mut containers: Vec<_> = self.containers.shared().cloned().collect();
        containers.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let container_users = self.users.shared_containers().map(|(id, table)| (id.clone(), Arc::clone(table)));
        let mut container_users: Vec<_> = container_users.collect();
        container_users.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let host_users = Arc::clone(self.users.shared_host());
        Checkpoint { machine: self.machine.clone(), threads, host_users, interfaces, containers, container_users }
    }
}

impl Checkpoint {
    /// The threads, in order of their ids.
    pub fn threads(&self) -> impl Iterator<Item = &Thread> {
        self.threads.iter().map(|kept| &*kept.thread)
    }

    /// What [`Self::snapshot`] has no place for, as events of the time `ts`, encoded: what was known of containers, and their
    /// users. What is too long for an event is left out.
    pub fn to_events(&self, ts: u64) -> Vec<Vec<u8>> {
        let containers = self.containers.iter().filter_map(|info| info.to_event(ts).ok());
        containers.chain(self.container_users.iter().flat_map(|(id, table)| table.to_events(id, ts))).collect()
    }

    /// The model at that time, in the form of a capture's lists.
    pub fn snapshot(&self) -> Snapshot {
        let all = || self.threads.iter().flat_map(Kept::open);
        let server_ports: HashSet<u16> = all().filter_map(|(_, fd)| bound_v4(fd)).collect();
        Snapshot {
            machine: self.machine.clone(),
            threads: self.threads.iter().map(|kept| thread_entry(kept, &server_ports)).collect(),
            users: users(&self.host_users),
            groups: groups(&self.host_users),
            interfaces: self.interfaces.clone(),
        }
    }
}

impl Kept {
    fn open(&self) -> impl Iterator<Item = (i64, &Fd)> {
        self.fds.iter().filter(|(number, _)| !self.closed.contains(number))
    }
}

fn users(table: &UserTable) -> Vec<UserEntry> {
    let users = table.users().map(|user| UserEntry {
        uid: user.uid,
        gid: user.gid,
        name: user.name.to_vec(),
        homedir: user.homedir.to_vec(),
        shell: user.shell.to_vec(),
    });
    let mut users: Vec<_> = users.collect();
    users.sort_unstable_by_key(|user| user.uid);
    users
}

fn groups(table: &UserTable) -> Vec<GroupEntry> {
    let groups = table.groups().map(|group| GroupEntry { gid: group.gid, name: group.name.to_vec() });
    let mut groups: Vec<_> = groups.collect();
    groups.sort_unstable_by_key(|group| group.gid);
    groups
}

/// The port of a bound IPv4 socket, or of an IPv6 one that takes IPv4 connections too.
fn bound_v4(fd: &Fd) -> Option<u16> {
    match fd.socket {
        Socket::Ipv4Server { addr: (_, port), .. } => Some(port),
        Socket::Ipv6Server { addr: (ip, port), .. } if ip.is_unspecified() => Some(port),
        _ => None,
    }
}

fn thread_entry(kept: &Kept, server_ports: &HashSet<u16>) -> ThreadEntry {
    let Kept { thread, live, .. } = kept;
    let mut fds: Vec<_> = kept.open().filter_map(|(number, fd)| fd_entry(number, fd, server_ports)).collect();
    fds.sort_unstable_by_key(|fd| fd.fd);
    ThreadEntry {
        tid: thread.tid,
        pid: thread.pid,
        ptid: thread.ptid,
        sid: thread.sid,
        vpgid: thread.vpgid,
        pgid: thread.pgid,
        vtid: thread.vtid,
        vpid: thread.vpid,
        comm: thread.comm.to_vec(),
        exe: thread.exe.to_vec(),
        exepath: thread.exepath.to_vec(),
        args: thread.args.to_vec(),
        env: thread.env.to_vec(),
        cgroups: thread.cgroups.to_vec(),
        cwd: thread.cwd.to_vec(),
        root: thread.root.to_vec(),
        fdlimit: thread.fdlimit,
        flags: thread.flags,
        uid: thread.uid,
        gid: thread.gid,
        loginuid: thread.loginuid,
        vmsize_kb: live.vmsize_kb,
        vmrss_kb: live.vmrss_kb,
        vmswap_kb: live.vmswap_kb,
        pfmajor: live.pfmajor,
        pfminor: live.pfminor,
        tty: thread.tty,
        cap_inheritable: thread.cap_inheritable,
        cap_permitted: thread.cap_permitted,
        cap_effective: thread.cap_effective,
        exe_writable: thread.exe_writable,
        exe_upper_layer: thread.exe_upper_layer,
        exe_lower_layer: thread.exe_lower_layer,
        exe_from_memfd: thread.exe_from_memfd,
        exe_ino: thread.exe_ino,
        exe_ino_ctime: thread.exe_ino_ctime,
        exe_ino_mtime: thread.exe_ino_mtime,
        pidns_init_start_ts: thread.pidns_init_start_ts,
        clone_ts: thread.clone_ts,
        fds,
    }
}

/// `None` for a descriptor of which nothing but its number is known.
fn fd_entry(number: i64, fd: &Fd, server_ports: &HashSet<u16>) -> Option<FdEntry> {
    let name = || fd.name.to_vec();
    let kind = match fd.kind {
        FdKind::Unknown => return None,
        FdKind::File => FdEntryKind::File { name: name(), flags: fd.open_flags, dev: fd.dev },
        FdKind::Unix => {
            let (source, dest) = match fd.socket {
                Socket::Unix { source, dest } => (source, dest),
                _ => (0, 0),
            };
            FdEntryKind::Unix { source, dest, name: name() }
        }
        FdKind::Ipv4 | FdKind::Ipv6 | FdKind::Ipv4Server | FdKind::Ipv6Server => socket_entry(fd, server_ports),
        FdKind::FileV1 => FdEntryKind::Named { kind: NamedFd::FileV1, name: name() },
        FdKind::Directory => FdEntryKind::Named { kind: NamedFd::Directory, name: name() },
        FdKind::Fifo => FdEntryKind::Named { kind: NamedFd::Fifo, name: name() },
        FdKind::Event => FdEntryKind::Named { kind: NamedFd::Event, name: name() },
        FdKind::Unsupported => FdEntryKind::Named { kind: NamedFd::Unsupported, name: name() },
        FdKind::Signal => FdEntryKind::Named { kind: NamedFd::Signal, name: name() },
        FdKind::EventPoll => FdEntryKind::Named { kind: NamedFd::EventPoll, name: name() },
        FdKind::Inotify => FdEntryKind::Named { kind: NamedFd::Inotify, name: name() },
        FdKind::Timer => FdEntryKind::Named { kind: NamedFd::Timer, name: name() },
        FdKind::Netlink => FdEntryKind::Named { kind: NamedFd::Netlink, name: name() },
        FdKind::Bpf => FdEntryKind::Named { kind: NamedFd::Bpf, name: name() },
        FdKind::Userfault => FdEntryKind::Named { kind: NamedFd::Userfault, name: name() },
        FdKind::IoUring => FdEntryKind::Named { kind: NamedFd::IoUring, name: name() },
        FdKind::Mem => FdEntryKind::Named { kind: NamedFd::Mem, name: name() },
        FdKind::Pid => FdEntryKind::Named { kind: NamedFd::Pid, name: name() },
    };
    Some(FdEntry { fd: number, ino: fd.ino, kind })
}

fn socket_entry(fd: &Fd, server_ports: &HashSet<u16>) -> FdEntryKind {
    match fd.socket {
        // A server's connection is told by its own end coming first and having a port that is listened on.
        Socket::Ipv4 { source, dest, l4 } => {
            let served = fd.bits & fd_bit::ROLE_SERVER != 0 && server_ports.contains(&dest.1);
            let (source, dest) = if served { (dest, source) } else { (source, dest) };
            FdEntryKind::Ipv4 { source, dest, l4: l4 as u8 }
        }
        Socket::Ipv6 { source, dest, l4 } => FdEntryKind::Ipv6 { source, dest, l4: l4 as u8 },
        Socket::Ipv4Server { addr, l4 } => FdEntryKind::Ipv4Server { addr, l4: l4 as u8 },
        Socket::Ipv6Server { addr, l4 } => FdEntryKind::Ipv6Server { addr, l4: l4 as u8 },
        // Made, and neither bound nor connected.
        Socket::None | Socket::Unix { .. } => {
            let l4 = L4::Unknown as u8;
            if matches!(fd.kind, FdKind::Ipv4 | FdKind::Ipv4Server) {
                let none = (Ipv4Addr::UNSPECIFIED, 0);
                FdEntryKind::Ipv4 { source: none, dest: none, l4 }
            } else {
                let none = (Ipv6Addr::UNSPECIFIED, 0);
                FdEntryKind::Ipv6 { source: none, dest: none, l4 }
            }
        }
    }
}
