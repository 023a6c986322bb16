//! Open files of a process.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use windhover_event::snapshot::{FdEntry, FdEntryKind, NamedFd};

use super::socket::Sockets;
use super::{FdScan, ScanOptions, numbers, read_link};

/// All descriptors that `options` ask for.
pub(super) fn all(folder: &Path, options: &ScanOptions, sockets: &mut Sockets) -> Vec<FdEntry> {
    if options.fds == FdScan::None {
        return Vec::new();
    }
    let limit = if options.max_fds == 0 { usize::MAX } else { options.max_fds };
    let wanted = |entry: &FdEntry| options.fds == FdScan::All || is_socket(&entry.kind);
    numbers(&folder.join("fd")).filter_map(|fd| one(folder, fd, sockets)).filter(wanted).take(limit).collect()
}

fn is_socket(kind: &FdEntryKind) -> bool {
    !matches!(kind, FdEntryKind::File { .. } | FdEntryKind::Named { .. })
        || matches!(kind, FdEntryKind::Named { kind: NamedFd::Netlink, .. })
}

/// One descriptor; `None` if it is not open (any more).
pub(super) fn one(folder: &Path, fd: i64, sockets: &mut Sockets) -> Option<FdEntry> {
    let path = folder.join(format!("fd/{fd}"));
    let name = read_link(&path)?;
    let metadata = fs::metadata(&path).ok();
    let ino = metadata.as_ref().map_or(0, fs::Metadata::ino);
    let named = |kind, name| FdEntryKind::Named { kind, name };
    let kind = match &metadata {
        Some(found) if found.file_type().is_fifo() => named(NamedFd::Fifo, name),
        Some(found) if found.file_type().is_socket() => {
            sockets.find(folder, ino).unwrap_or_else(|| named(NamedFd::Unsupported, name))
        }
        Some(found) if found.is_dir() => named(NamedFd::Directory, name),
        _ if name.starts_with(b"anon_inode:") => {
            let name = name[b"anon_inode:".len()..].to_vec();
            named(anonymous(&name), name)
        }
        Some(_) if name.starts_with(b"/memfd:") => named(NamedFd::Mem, name),
        Some(found)
            if found.file_type().is_file()
                || found.file_type().is_block_device()
                || found.file_type().is_char_device() =>
        {
            FdEntryKind::File { name, flags: open_flags(folder, fd), dev: found.dev() as u32 }
        }
        _ => named(NamedFd::Unsupported, name),
    };
    Some(FdEntry { fd, ino, kind })
}

/// Kinds of inodes without a file, by their names.
fn anonymous(name: &[u8]) -> NamedFd {
    match name {
        b"[eventfd]" => NamedFd::Event,
        b"[eventpoll]" => NamedFd::EventPoll,
        b"inotify" => NamedFd::Inotify,
        b"[signalfd]" => NamedFd::Signal,
        b"[timerfd]" => NamedFd::Timer,
        b"[io_uring]" => NamedFd::IoUring,
        b"[userfaultfd]" => NamedFd::Userfault,
        b"[pidfd]" => NamedFd::Pid,
        _ if name.starts_with(b"bpf-") || name.starts_with(b"bpf_iter") => NamedFd::Bpf,
        _ => NamedFd::Unsupported,
    }
}

/// The open flags of a descriptor in event form; 0 where they cannot be read.
fn open_flags(folder: &Path, fd: i64) -> u32 {
    let text = fs::read_to_string(folder.join(format!("fdinfo/{fd}"))).unwrap_or_default();
    let octal = text.lines().find_map(|line| line.strip_prefix("flags:"));
    octal.and_then(|octal| i32::from_str_radix(octal.trim(), 8).ok()).map_or(0, event_flags)
}

/// The kernel's open flags as events have them. `O_SYNC` and `O_TMPFILE` are two bits each; either counts.
fn event_flags(flags: i32) -> u32 {
    const PAIRS: [(i32, u32); 12] = [
        (libc::O_CREAT, 0x4),
        (libc::O_APPEND, 0x8),
        (libc::O_DSYNC, 0x10),
        (libc::O_EXCL, 0x20),
        (libc::O_NONBLOCK, 0x40),
        (libc::O_SYNC, 0x80),
        (libc::O_TRUNC, 0x100),
        (libc::O_DIRECT, 0x200),
        (libc::O_DIRECTORY, 0x400),
        (KERNEL_LARGEFILE, 0x800),
        (libc::O_CLOEXEC, 0x1000),
        (libc::O_TMPFILE, 0x2000),
    ];
    let access = match flags & libc::O_ACCMODE {
        libc::O_WRONLY => 2,
        libc::O_RDWR => 3,
        _ => 1,
    };
    PAIRS.iter().filter(|(bit, _)| flags & bit != 0).fold(access, |all, (_, bit)| all | bit)
}

/// `O_LARGEFILE` of the kernel; the C library's is 0 where all files are large.
#[cfg(target_arch = "aarch64")]
const KERNEL_LARGEFILE: i32 = 0o400_000;
#[cfg(not(target_arch = "aarch64"))]
const KERNEL_LARGEFILE: i32 = 0o100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_those_of_events() {
        for (flags, expected) in [
            (libc::O_RDONLY, 1),
            (libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0x106),
            (libc::O_RDWR | libc::O_CLOEXEC | libc::O_APPEND, 0x100b),
            (libc::O_RDONLY | libc::O_DIRECTORY, 0x2401),
        ] {
            assert_eq!(event_flags(flags), expected, "{flags:o}");
        }
    }

    #[test]
    fn own_descriptors_are_what_they_are() {
        let folder = Path::new("/proc/self");
        let file = fs::File::open("/proc/version").unwrap();
        let directory = fs::File::open("/").unwrap();
        let (pipe, _) = std::io::pipe().unwrap();
        let find = |file: &dyn std::os::fd::AsRawFd| {
            one(folder, i64::from(file.as_raw_fd()), &mut Sockets::default()).expect("an open descriptor").kind
        };
        assert!(
            matches!(find(&file), FdEntryKind::File { name, flags, .. } if name == b"/proc/version" && flags & 3 == 1)
        );
        assert!(matches!(find(&directory), FdEntryKind::Named { kind: NamedFd::Directory, name } if name == b"/"));
        assert!(matches!(find(&pipe), FdEntryKind::Named { kind: NamedFd::Fifo, .. }));
        assert_eq!(one(folder, 9999, &mut Sockets::default()), None);
    }
}
