//! Descriptors that are no files and no sockets, and what is done to descriptors of every kind.

use std::io::Write as _;

use windhover_event::{EventType, EventView};

use crate::effect::Effect;
use crate::fd::{Fd, FdKind, open_flag};
use crate::system::System;

const F_DUPFD: u8 = 1;
const F_SETFD: u8 = 3;
const F_DUPFD_CLOEXEC: u8 = 26;
const FD_CLOEXEC: u64 = 1;
const CLOSE_RANGE_CLOEXEC: u32 = 4;

/// The flag that closes by exec in `epoll_create1`, and in `memfd_create`, is bit 0.
const FIRST_BIT: u32 = 1;

/// The kernel makes descriptors of processes, of rings and of BPF objects close by exec whatever is asked for.
const ALWAYS_CLOEXEC: bool = true;

/// What an event of a type does to the model's descriptors; `None` for nothing.
pub(crate) fn effect(kind: EventType) -> Option<Effect> {
    let effect: Effect = match kind {
        EventType::SYSCALL_DUP_1_X | EventType::SYSCALL_DUP2_X => |system, event, _| system.on_dup(event, false),
        EventType::SYSCALL_DUP3_X => |system, event, _| system.on_dup(event, is_cloexec(event.u32(3))),
        EventType::SYSCALL_FCNTL_X => |system, event, _| system.on_fcntl(event),
        EventType::SYSCALL_CLOSE_RANGE_X => |system, event, _| system.on_close_range(event),
        EventType::SYSCALL_PIPE_X | EventType::SYSCALL_PIPE2_X => |system, event, _| system.on_pipe(event),
        EventType::SYSCALL_EVENTFD_X => |system, event, _| system.on_special(event, FdKind::Event, false),
        EventType::SYSCALL_EVENTFD2_X => {
            |system, event, _| system.on_special(event, FdKind::Event, is_cloexec_u16(event))
        }
        EventType::SYSCALL_SIGNALFD_X => |system, event, _| system.on_special(event, FdKind::Signal, false),
        EventType::SYSCALL_SIGNALFD4_X => {
            |system, event, _| system.on_special(event, FdKind::Signal, is_cloexec_u16(event))
        }
        EventType::SYSCALL_TIMERFD_CREATE_X => |system, event, _| system.on_special(event, FdKind::Timer, false),
        EventType::SYSCALL_INOTIFY_INIT_X => |system, event, _| system.on_special(event, FdKind::Inotify, false),
        EventType::SYSCALL_INOTIFY_INIT1_X => {
            |system, event, _| system.on_special(event, FdKind::Inotify, is_cloexec_u16(event))
        }
        EventType::SYSCALL_EPOLL_CREATE_X => |system, event, _| system.on_special(event, FdKind::EventPoll, false),
        EventType::SYSCALL_EPOLL_CREATE1_X => |system, event, _| {
            system.on_special(event, FdKind::EventPoll, event.u32(1).unwrap_or(0) & FIRST_BIT != 0);
        },
        EventType::SYSCALL_USERFAULTFD_X => |system, event, _| {
            system.on_special(event, FdKind::Userfault, is_cloexec(event.u32(1)));
        },
        EventType::SYSCALL_IO_URING_SETUP_X => {
            |system, event, _| system.on_special(event, FdKind::IoUring, ALWAYS_CLOEXEC)
        }
        EventType::SYSCALL_BPF_2_X => |system, event, _| system.on_bpf(event),
        EventType::SYSCALL_MEMFD_CREATE_X => |system, event, _| system.on_memfd(event),
        EventType::SYSCALL_PIDFD_OPEN_X => |system, event, _| system.on_pidfd_open(event),
        EventType::SYSCALL_PIDFD_GETFD_X => |system, event, _| system.on_pidfd_getfd(event),
        _ => return None,
    };
    Some(effect)
}

impl System {
    fn on_special(&mut self, event: &EventView<'_>, kind: FdKind, cloexec: bool) {
        if let Some(number) = event.i64(0).filter(|fd| *fd >= 0) {
            let fd = Fd::new(kind, self.interner.empty());
            self.put_fd(number, fd, cloexec);
        }
    }

    /// Only commands that make an object give a descriptor.
    fn on_bpf(&mut self, event: &EventView<'_>) {
        const MAP_CREATE: u32 = 0;
        const PROG_LOAD: u32 = 5;
        if matches!(event.u32(1), Some(MAP_CREATE | PROG_LOAD)) {
            self.on_special(event, FdKind::Bpf, ALWAYS_CLOEXEC);
        }
    }

    fn on_memfd(&mut self, event: &EventView<'_>) {
        if let Some(number) = event.i64(0).filter(|fd| *fd >= 0) {
            let name = self.interner.get(event.str(1).unwrap_or_default());
            let cloexec = event.u32(2).unwrap_or(0) & FIRST_BIT != 0;
            self.put_fd(number, Fd::new(FdKind::Mem, name), cloexec);
        }
    }

    fn on_pidfd_open(&mut self, event: &EventView<'_>) {
        if let (Some(number), Some(pid)) = (event.i64(0).filter(|fd| *fd >= 0), event.i64(1)) {
            self.scratch.clear();
            // Writing to a vector cannot fail.
            _ = write!(self.scratch, "/proc/{pid}");
            let name = self.interner.get(&self.scratch);
            let mut fd = Fd::new(FdKind::Pid, name);
            fd.pid = pid;
            self.put_fd(number, fd, ALWAYS_CLOEXEC);
        }
    }

    /// The descriptor of another process, as that process has it.
    fn on_pidfd_getfd(&mut self, event: &EventView<'_>) {
        let Some(number) = event.i64(0).filter(|fd| *fd >= 0) else { return };
        let owner = self.current.owner.and_then(|slot| self.threads.get(slot));
        let pidfd = owner.and_then(|entry| entry.fds.get(event.i64(1)?));
        let target = pidfd.and_then(|pidfd| self.threads.find(pidfd.pid));
        let target = target.and_then(|slot| self.fd_owner(slot)).and_then(|slot| self.threads.get(slot));
        if let Some(fd) = target.and_then(|entry| entry.fds.shared(event.i64(2)?)) {
            self.put_shared_fd(number, fd, ALWAYS_CLOEXEC);
        }
    }

    fn on_pipe(&mut self, event: &EventView<'_>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let cloexec = is_cloexec(event.u32(4));
        for index in [1, 2] {
            if let Some(number) = event.i64(index).filter(|fd| *fd >= 0) {
                let mut fd = Fd::new(FdKind::Fifo, self.interner.empty());
                fd.ino = event.u64(3).unwrap_or(0);
                fd.open_flags = event.u32(4).unwrap_or(0);
                self.put_fd(number, fd, cloexec);
            }
        }
    }

    fn on_dup(&mut self, event: &EventView<'_>, cloexec: bool) {
        let Some(new) = event.i64(0).filter(|fd| *fd >= 0) else { return };
        let old = self.current.fd;
        if old == Some(new) {
            return;
        }
        let owner = self.current.owner.and_then(|slot| self.threads.get(slot));
        if let Some(fd) = owner.and_then(|entry| entry.fds.shared(old?)) {
            self.put_shared_fd(new, fd, cloexec);
        }
    }

    fn on_fcntl(&mut self, event: &EventView<'_>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        match event.u8(2) {
            Some(F_DUPFD) => self.on_dup(event, false),
            Some(F_DUPFD_CLOEXEC) => self.on_dup(event, true),
            Some(F_SETFD) => {
                let cloexec = event.u64(3).unwrap_or(0) & FD_CLOEXEC != 0;
                if let (Some(owner), Some(number)) = (self.current.owner, self.current.fd)
                    && let Some(entry) = self.threads.get_mut(owner)
                {
                    entry.fds.set_cloexec(number, cloexec);
                }
            }
            _ => {}
        }
    }

    fn on_close_range(&mut self, event: &EventView<'_>) {
        let (Some(first), Some(last)) = (event.u32(1), event.u32(2)) else { return };
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let Some(owner) = self.current.owner else { return };
        let Some(entry) = self.threads.get_mut(owner) else { return };
        let marks = event.u32(3).unwrap_or(0) & CLOSE_RANGE_CLOEXEC != 0;
        let range = i64::from(first)..=i64::from(last);
        if marks {
            entry.fds.set_cloexec_in(range);
        } else {
            self.closing.extend(entry.fds.numbers_in(range).map(|number| (owner, number)));
        }
    }
}

fn is_cloexec(flags: Option<u32>) -> bool {
    flags.unwrap_or(0) & open_flag::O_CLOEXEC != 0
}

/// The same for calls whose flags are 16 bits wide and stand behind the result.
fn is_cloexec_u16(event: &EventView<'_>) -> bool {
    is_cloexec(event.u16(1).map(u32::from))
}
