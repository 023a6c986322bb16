//! What a scan found becomes the model.

use std::net::Ipv6Addr;
use std::sync::Arc;

use windhover_event::SockTuple;
use windhover_event::snapshot::{FdEntry, FdEntryKind, GroupEntry, NamedFd, Snapshot, ThreadEntry, UserEntry};

use crate::Bytes;
use crate::fd::{Fd, FdKind, L4, Socket, fd_bit, open_flag};
use crate::fd_table::FdTable;
use crate::interface::Interfaces;
use crate::socket::{bound_v6, connected, write_name};
use crate::system::System;
use crate::table::Slot;
use crate::thread::{Thread, flag};
use crate::user::{Group, User};

impl System {
    /// Takes over what a scan or a capture's first blocks found. Threads that are known already are left as they are.
    pub fn load(&mut self, snapshot: Snapshot) {
        self.machine = snapshot.machine;
        self.interfaces = Interfaces::new(&snapshot.interfaces);
        self.add_users(b"", snapshot.users, snapshot.groups);
        let mut threads = snapshot.threads;
        threads.sort_by_key(|thread| thread.tid);
        for thread in &threads {
            self.remember_server_ports(&thread.fds);
        }
        for thread in threads {
            self.suppression.scan(thread.tid, thread.ptid, &thread.comm);
            if self.threads.find(thread.tid).is_none() {
                self.add_scanned(thread);
            }
        }
    }

    /// Adds a thread that a scan found; `None` if the table is full.
    pub(crate) fn add_scanned(&mut self, entry: ThreadEntry) -> Option<Slot> {
        self.remember_server_ports(&entry.fds);
        let own = self.shares.have(entry.pid);
        let fds = if own { self.scanned_fds(&entry.fds) } else { FdTable::default() };
        let (vmsize, vmrss, vmswap) = (entry.vmsize_kb, entry.vmrss_kb, entry.vmswap_kb);
        let (major, minor) = (entry.pfmajor, entry.pfminor);
        let thread = self.scanned_thread(&entry);
        let slot = self.add_thread(thread)?;
        if let Some(entry) = self.threads.get_mut(slot) {
            entry.fds = fds;
            entry.live.vmsize_kb = vmsize;
            entry.live.vmrss_kb = vmrss;
            entry.live.vmswap_kb = vmswap;
            entry.live.pfmajor = major;
            entry.live.pfminor = minor;
        }
        Some(slot)
    }

    fn scanned_thread(&mut self, entry: &ThreadEntry) -> Thread {
        let main = entry.tid == entry.pid;
        let cgroups = self.interner.get(&entry.cgroups);
        let container_id = self.container_id(&cgroups);
        let exepath = entry.exepath.strip_suffix(b" (deleted)").unwrap_or(&entry.exepath);
        let mut flags = entry.flags;
        if !main {
            flags |= flag::CLONE_THREAD | flag::CLONE_FILES;
        }
        let mut thread = Thread {
            tid: entry.tid,
            pid: entry.pid,
            ptid: entry.ptid,
            sid: entry.sid,
            vtid: entry.vtid,
            vpid: entry.vpid,
            vpgid: entry.vpgid,
            pgid: entry.pgid,
            uid: entry.uid,
            gid: entry.gid,
            loginuid: entry.loginuid,
            tty: entry.tty,
            flags,
            fdlimit: entry.fdlimit,
            comm: self.interner.get(&entry.comm),
            exe: self.interner.get(&entry.exe),
            exepath: self.interner.get(exepath),
            args: self.interner.get(&entry.args),
            cmdline: self.interner.empty(),
            env: if main { self.interner.get(&entry.env) } else { self.interner.empty() },
            cgroups,
            cwd: if main { self.directory(&entry.cwd) } else { self.interner.empty() },
            root: self.interner.get(&entry.root),
            container_id,
            exe_writable: entry.exe_writable,
            exe_upper_layer: entry.exe_upper_layer,
            exe_lower_layer: entry.exe_lower_layer,
            exe_from_memfd: entry.exe_from_memfd,
            exe_ino: entry.exe_ino,
            exe_ino_ctime: entry.exe_ino_ctime,
            exe_ino_mtime: entry.exe_ino_mtime,
            exe_ino_ctime_duration_clone_ts: 0,
            exe_ino_ctime_duration_pidns_start: 0,
            cap_permitted: entry.cap_permitted,
            cap_inheritable: entry.cap_inheritable,
            cap_effective: entry.cap_effective,
            clone_ts: entry.clone_ts,
            lastexec_ts: 0,
            pidns_init_start_ts: entry.pidns_init_start_ts,
        };
        thread.cmdline = self.cmdline(&thread.comm, &thread.args);
        thread
    }

    /// A directory's path with one `/` at the end.
    pub(crate) fn directory(&mut self, path: &[u8]) -> Bytes {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.extend_from_slice(path);
        if text.last() != Some(&b'/') {
            text.push(b'/');
        }
        let path = self.interner.get(&text);
        self.scratch = text;
        path
    }

    /// `comm` and the arguments, joined by spaces.
    pub(crate) fn cmdline(&mut self, comm: &[u8], args: &[u8]) -> Bytes {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        text.extend_from_slice(comm);
        let args = args.strip_suffix(b"\0").unwrap_or(args);
        if !args.is_empty() {
            text.push(b' ');
            text.extend(args.iter().map(|byte| if *byte == 0 { b' ' } else { *byte }));
        }
        let cmdline = self.interner.get(&text);
        self.scratch = text;
        cmdline
    }

    /// Control groups as an event tells them, under the names that the rest of the system uses for their subsystems.
    pub(crate) fn cgroups(&mut self, list: &[u8]) -> Bytes {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        for entry in list.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let (subsystem, path) = entry.split_at(entry.iter().position(|byte| *byte == b'=').unwrap_or(entry.len()));
            text.extend_from_slice(match subsystem.strip_suffix(b"_cgroup").unwrap_or(subsystem) {
                b"perf" => b"perf_event",
                b"mem" => b"memory",
                b"io" => b"blkio",
                other => other,
            });
            text.extend_from_slice(path);
            text.push(0);
        }
        let cgroups = self.interner.get(&text);
        self.scratch = text;
        cgroups
    }

    pub(crate) fn add_users(&mut self, container: &[u8], users: Vec<UserEntry>, groups: Vec<GroupEntry>) {
        if self.users.table_mut(container).is_err() {
            self.counters.users_refused += 1;
            return;
        }
        for user in users {
            let user = User {
                uid: user.uid,
                gid: user.gid,
                name: self.interner.get(&user.name),
                homedir: self.interner.get(&user.homedir),
                shell: self.interner.get(&user.shell),
            };
            self.counters.users_refused += u64::from(self.users.add_user(container, user).is_err());
        }
        for group in groups {
            let group = Group { gid: group.gid, name: self.interner.get(&group.name) };
            self.counters.users_refused += u64::from(self.users.add_group(container, group).is_err());
        }
        self.threads.touch_where(|thread| *thread.container_id == *container);
    }

    fn remember_server_ports(&mut self, fds: &[FdEntry]) {
        for fd in fds {
            match fd.kind {
                FdEntryKind::Ipv4Server { addr: (_, port), .. } => self.add_server_port(port),
                FdEntryKind::Ipv6Server { addr: (ip, port), .. } if ip.is_unspecified() => self.add_server_port(port),
                _ => {}
            }
        }
    }

    fn scanned_fds(&mut self, entries: &[FdEntry]) -> FdTable {
        let mut fds = FdTable::default();
        for entry in entries {
            let fd = self.scanned_fd(entry);
            let cloexec = fd.open_flags & open_flag::O_CLOEXEC != 0;
            if fds.insert(entry.fd, Arc::new(fd), cloexec, self.limits.fds).is_err() {
                self.counters.fds_refused += 1;
            }
        }
        fds
    }

    /// Gives a thread the descriptors that a scan found.
    pub(crate) fn take_scanned_fds(&mut self, slot: Slot, scanned: &ThreadEntry) {
        let fds = self.scanned_fds(&scanned.fds);
        if let Some(entry) = self.threads.get_mut(slot) {
            entry.fds = fds;
        }
    }

    /// A descriptor as a scan found it.
    pub(crate) fn scanned_fd(&mut self, entry: &FdEntry) -> Fd {
        let mut fd = Fd::new(FdKind::Unknown, self.interner.empty());
        fd.ino = entry.ino;
        fd.bits = fd_bit::FROM_PROC;
        match &entry.kind {
            FdEntryKind::File { name, flags, dev } => {
                fd.kind = FdKind::File;
                fd.name = self.interner.get(name);
                fd.open_flags = *flags;
                fd.dev = *dev;
            }
            FdEntryKind::Named { kind, name } => {
                fd.kind = named_kind(*kind);
                fd.name = self.interner.get(name);
            }
            FdEntryKind::Unix { source, dest, name } => {
                fd.kind = FdKind::Unix;
                fd.socket = Socket::Unix { source: *source, dest: *dest };
                fd.name = self.interner.get(name);
            }
            other => self.scanned_socket(other, &mut fd),
        }
        fd
    }

    fn scanned_socket(&mut self, entry: &FdEntryKind, fd: &mut Fd) {
        let found = match *entry {
            FdEntryKind::Ipv4 { source, dest, l4 } => connected(&SockTuple::Inet { source, dest }, L4::from_code(l4)),
            FdEntryKind::Ipv6 { source, dest, l4 } => connected(&SockTuple::Inet6 { source, dest }, L4::from_code(l4)),
            FdEntryKind::Ipv4Server { addr, l4 } => {
                Some((FdKind::Ipv4Server, Socket::Ipv4Server { addr, l4: L4::from_code(l4) }))
            }
            FdEntryKind::Ipv6Server { addr: (ip, port), l4 } => Some(scanned_server_v6(ip, port, L4::from_code(l4))),
            _ => None,
        };
        let Some((kind, socket)) = found else { return };
        fd.kind = kind;
        fd.socket = socket;
        match socket {
            Socket::Ipv4 { source, .. } if self.is_server_port(source.1) => {
                fd.socket = socket.swapped();
                fd.bits |= fd_bit::ROLE_SERVER;
            }
            Socket::Ipv4 { .. } | Socket::Ipv6 { .. } => fd.bits |= fd_bit::ROLE_CLIENT,
            _ => fd.bits |= fd_bit::ROLE_SERVER,
        }
        if fd.is_tcp() {
            fd.bits |= fd_bit::SOCKET_CONNECTED;
        }
        let mut name = std::mem::take(&mut self.scratch);
        write_name(&fd.socket, b"", &mut name);
        fd.name = self.interner.get(&name);
        self.scratch = name;
    }
}

fn scanned_server_v6(ip: Ipv6Addr, port: u16, l4: L4) -> (FdKind, Socket) {
    if ip.is_unspecified() {
        // A scan, unlike a bind, tells which family the socket was made for.
        return (FdKind::Ipv6Server, Socket::Ipv6Server { addr: (ip, port), l4 });
    }
    bound_v6(ip, port, l4)
}

const fn named_kind(kind: NamedFd) -> FdKind {
    match kind {
        NamedFd::FileV1 => FdKind::FileV1,
        NamedFd::Directory => FdKind::Directory,
        NamedFd::Fifo => FdKind::Fifo,
        NamedFd::Event => FdKind::Event,
        NamedFd::Unsupported => FdKind::Unsupported,
        NamedFd::Signal => FdKind::Signal,
        NamedFd::EventPoll => FdKind::EventPoll,
        NamedFd::Inotify => FdKind::Inotify,
        NamedFd::Timer => FdKind::Timer,
        NamedFd::Netlink => FdKind::Netlink,
        NamedFd::Bpf => FdKind::Bpf,
        NamedFd::Userfault => FdKind::Userfault,
        NamedFd::IoUring => FdKind::IoUring,
        NamedFd::Mem => FdKind::Mem,
        NamedFd::Pid => FdKind::Pid,
    }
}
