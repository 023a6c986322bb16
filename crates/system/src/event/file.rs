//! Files are opened and closed, directories changed.

use windhover_event::extension::DescriptorEntry;
use windhover_event::path::{MAX_PATH_LEN, UNKNOWN, is_normal, join_path};
use windhover_event::{AT_FDCWD, EventType, EventView, present};

use crate::Bytes;
use crate::fd::{Fd, FdKind, fd_bit, open_flag};
use crate::system::System;

/// Of a file's mode: what the file is.
const FORMAT: u32 = 0o170_000;
const DIRECTORY: u32 = 0o040_000;
const SOCKET: u32 = 0o140_000;

/// What an open call asked for.
struct Opened<'a> {
    name: &'a [u8],
    dirfd: i64,
    flags: u32,
    dev: u32,
    ino: u64,
}

/// What the caller's memory held when the call began: it counts for more than what it held at the end, which another thread
/// may have changed meanwhile. What only the kernel knows still comes from the exit event.
struct Asked<'a> {
    name: &'a [u8],
    dirfd: Option<i64>,
    flags: Option<u32>,
}

impl System {
    pub(crate) fn on_open(&mut self, event: &EventView<'_>) {
        if event.kind() != EventType::SYSCALL_OPEN_BY_HANDLE_AT_X {
            self.claim_enter(event);
        }
        let Some(number) = event.i64(0).filter(|fd| *fd >= 0) else { return };
        if self.current.owner.is_none() {
            return;
        }
        let enter = self.lend_enter();
        let asked = if self.current.enter { EventView::parse(&enter).ok().and_then(asked) } else { None };
        let opened = opened(event, asked);
        let name = self.opened_path(opened.dirfd, opened.name);
        let name_raw = self.interner.reuse(&name, opened.name);
        let directory = opened.flags & open_flag::O_DIRECTORY != 0;
        let mut fd = Fd::named(if directory { FdKind::Directory } else { FdKind::File }, name, name_raw);
        fd.open_flags = opened.flags;
        fd.dev = opened.dev;
        fd.ino = opened.ino;
        fd.generation = event.generation();
        if opened.flags & open_flag::FD_UPPER_LAYER != 0 {
            fd.bits |= fd_bit::OVERLAY_UPPER;
        } else if opened.flags & open_flag::FD_LOWER_LAYER != 0 {
            fd.bits |= fd_bit::OVERLAY_LOWER;
        }
        let cloexec = opened.flags & open_flag::O_CLOEXEC != 0;
        self.put_fd(number, fd, cloexec);
        self.return_enter(enter);
    }

    /// The path of a file that was opened as `path`, seen from `dirfd`.
    fn opened_path(&mut self, dirfd: i64, path: &[u8]) -> Bytes {
        if path.first() == Some(&b'/') && path.len() <= MAX_PATH_LEN && is_normal(path) {
            return self.interner.get(path);
        }
        let mut joined = std::mem::take(&mut self.scratch);
        let mut base = std::mem::take(&mut self.path);
        joined.clear();
        self.join_dir(dirfd, path, &mut base, &mut joined);
        let name = self.interner.get(&joined);
        self.scratch = joined;
        self.path = base;
        name
    }

    /// Appends `path`, seen from a directory descriptor of the event's thread. `spare` is overwritten.
    pub(crate) fn join_dir(&self, dirfd: i64, path: &[u8], spare: &mut Vec<u8>, out: &mut Vec<u8>) {
        if path.first() == Some(&b'/') {
            return join_path(b"/", path, out);
        }
        let context = self.context();
        let base = match context.dir(dirfd) {
            Some(base) if dirfd == AT_FDCWD || base.last() == Some(&b'/') => return join_path(base, path, out),
            Some(base) => base,
            None => UNKNOWN,
        };
        // Names of open directories have no `/` at the end.
        spare.clear();
        spare.extend_from_slice(base);
        spare.push(b'/');
        join_path(spare, path, out);
    }

    /// The probe may have kept opens and closes to itself; then it tells with each event about a descriptor which file
    /// that is. What is known of the descriptor stays if it is of that file.
    pub(crate) fn learn_descriptors(&mut self, event: &EventView<'_>) {
        for told in event.descriptors() {
            let number = i64::from(told.fd);
            let Some(owner) = self.current.owner else { return };
            let known = self.threads.get(owner).and_then(|entry| entry.fds.get(number));
            if known.is_some_and(|fd| fd.kind.is_file() && is_of(fd, &told)) {
                continue;
            }
            // What has no place in the file system is made by calls that are never kept.
            if told.path.first() != Some(&b'/') || told.mode & FORMAT == SOCKET {
                if told.mode == 0 || known.is_some_and(|fd| fd.kind.is_file()) {
                    self.forget_fd(number);
                }
                continue;
            }
            let kind = if told.mode & FORMAT == DIRECTORY { FdKind::Directory } else { FdKind::File };
            let name = self.interner.get(told.path);
            let mut fd = Fd::named(kind, name.clone(), name);
            fd.dev = told.dev;
            fd.ino = told.ino;
            fd.generation = told.generation;
            let event_fd = self.current.fd;
            self.put_fd(number, fd, false);
            self.current.fd = event_fd;
        }
    }

    /// What was known of a descriptor is of a file that has been closed since.
    fn forget_fd(&mut self, number: i64) {
        let entry = self.current.owner.and_then(|owner| self.threads.get_mut(owner));
        if let Some(old) = entry.and_then(|entry| entry.fds.remove(number)) {
            self.pool.recycle(old);
        }
    }

    pub(crate) fn on_close(&mut self, event: &EventView<'_>) {
        let succeeded = event.i64(0).is_some_and(|res| res >= 0);
        if succeeded && let (Some(owner), Some(number)) = (self.current.owner, self.current.fd) {
            self.closing.push((owner, number));
        }
    }

    pub(crate) fn on_chdir(&mut self, event: &EventView<'_>) {
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let Some(path) = event.str(1) else { return };
        let mut joined = std::mem::take(&mut self.path);
        joined.clear();
        join_path(self.context().cwd(), path, &mut joined);
        let cwd = self.directory(&joined);
        self.path = joined;
        self.set_cwd(cwd);
    }

    pub(crate) fn on_fchdir(&mut self, event: &EventView<'_>) {
        let succeeded = event.i64(0).is_some_and(|res| res >= 0);
        if succeeded && let Some(name) = self.current_fd().map(|fd| fd.name.clone()) {
            let cwd = self.directory(&name);
            self.set_cwd(cwd);
        }
    }

    fn set_cwd(&mut self, cwd: Bytes) {
        if let Some(main) = self.current.main
            && self.threads.get(main).is_some_and(|entry| entry.thread().cwd != cwd)
        {
            self.threads.update(main, |thread| thread.cwd = cwd);
        }
    }

    pub(crate) fn on_chroot(&mut self, event: &EventView<'_>) {
        let Some(slot) = self.current.thread else { return };
        if event.i64(0).is_none_or(|res| res < 0) {
            return;
        }
        let Some(path) = event.str(1) else { return };
        let mut joined = std::mem::take(&mut self.path);
        joined.clear();
        join_path(self.context().cwd(), path, &mut joined);
        let root = self.interner.get(&joined);
        self.path = joined;
        self.change_current(|thread| thread.root != root, |thread| thread.root = root.clone());
        self.rematch_container(slot);
    }
}

/// Whether a descriptor that is known is the one that the probe tells of. Inodes are used again, generations are not.
fn is_of(fd: &Fd, told: &DescriptorEntry<'_>) -> bool {
    let other_file = fd.generation != 0 && told.generation != 0 && fd.generation != told.generation;
    (fd.dev, fd.ino) == (told.dev, told.ino) && !other_file
}

fn opened<'a>(event: &EventView<'a>, asked: Option<Asked<'a>>) -> Opened<'a> {
    let params = event.first_params::<8>();
    let number = |index: usize| params[index].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let mut dirfd = AT_FDCWD;
    let (name, mut flags, dev) = match event.kind() {
        EventType::SYSCALL_OPEN_X => (1, number(2), 4),
        EventType::SYSCALL_CREAT_X => {
            // Bits 0 and 1 say what bits 15 and 16 say for the others.
            let layers = u32::from(event.u16(5).unwrap_or(0)) & 3;
            (1, layers * open_flag::FD_UPPER_LAYER, 3)
        }
        EventType::SYSCALL_OPEN_BY_HANDLE_AT_X => (3, number(2), 4),
        kind => {
            dirfd = params[1].first_chunk().map_or(AT_FDCWD, |bytes| i64::from_le_bytes(*bytes));
            (2, number(3), if kind == EventType::SYSCALL_OPENAT2_X { 6 } else { 5 })
        }
    };
    let name = match asked {
        Some(asked) => {
            dirfd = asked.dirfd.unwrap_or(dirfd);
            flags = asked.flags.map_or(flags, |asked| asked | flags & KERNEL_BITS);
            asked.name
        }
        None => present(params[name]).unwrap_or(b"<NA>"),
    };
    let ino = params[dev + 1].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    Opened { name, dirfd, flags, dev: number(dev), ino }
}

/// Of an open's flags: those that the caller does not pass.
const KERNEL_BITS: u32 = open_flag::O_F_CREATED | open_flag::FD_UPPER_LAYER | open_flag::FD_LOWER_LAYER;

/// What an enter event says, if the caller's memory could be read.
fn asked(enter: EventView<'_>) -> Option<Asked<'_>> {
    let (name, dirfd, flags) = match enter.kind() {
        EventType::SYSCALL_OPEN_E => (enter.str(0), None, enter.u32(1)),
        EventType::SYSCALL_CREAT_E => (enter.str(0), None, None),
        _ => (enter.str(1), enter.i64(0), enter.u32(2)),
    };
    let name = name.filter(|name| *name != b"<NA>")?;
    Some(Asked { name, dirfd, flags })
}
