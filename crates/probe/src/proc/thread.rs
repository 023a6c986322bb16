//! Threads: a process's main thread in full, others by what differs.
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use windhover_event::snapshot::ThreadEntry;

use super::cgroup::Cgroups;
use super::status::Status;
use super::{ARGUMENTS_SIZE, Read, read_at_most, read_link};

/// Flags of a thread that is not its process's first, in event form.
const PPM_CLONE_FILES: u32 = 1;
const PPM_CLONE_THREAD: u32 = 1 << 13;
const CAP_DAC_OVERRIDE: u32 = 1;

/// Fields of `stat` behind the parenthesised name, from 0.
mod stat_field {
    pub(super) const PGRP: usize = 2;
    pub(super) const SESSION: usize = 3;
    pub(super) const TTY: usize = 4;
    pub(super) const MINOR_FAULTS: usize = 7;
    pub(super) const MAJOR_FAULTS: usize = 9;
    pub(super) const START_TIME: usize = 19;
}

/// The numbers of a `stat` file behind the name, which may itself hold spaces and parentheses.
fn stat_numbers(folder: &Path) -> Option<Vec<i64>> {
    Some(parse_stat(&fs::read(folder.join("stat")).ok()?))
}

fn parse_stat(bytes: &[u8]) -> Vec<i64> {
    let rest = bytes.iter().rposition(|&byte| byte == b')').map_or(&bytes[..0], |at| &bytes[at + 1..]);
    let text = String::from_utf8_lossy(rest);
    text.split_ascii_whitespace().map(|field| field.parse().unwrap_or(0)).collect()
}

fn ticks_per_second() -> u64 {
    // SAFETY: sysconf reads a constant of the system and touches no memory of ours.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    u64::try_from(ticks).ok().filter(|&ticks| ticks > 0).unwrap_or(100)
}

fn start_of(numbers: &[i64], boot_ts: u64) -> u64 {
    let ticks = numbers.get(stat_field::START_TIME).copied().and_then(|ticks| u64::try_from(ticks).ok()).unwrap_or(0);
    boot_ts + ticks.saturating_mul(1_000_000_000 / ticks_per_second())
}

/// When a process started, in nanoseconds since the epoch.
pub(super) fn start_time(folder: &Path, boot_ts: u64) -> Option<u64> {
    stat_numbers(folder).map(|numbers| start_of(&numbers, boot_ts))
}

pub(super) fn read_comm(folder: &Path) -> Option<Vec<u8>> {
    let mut comm = fs::read(folder.join("comm")).ok()?;
    if comm.last() == Some(&b'\n') {
        comm.pop();
    }
    Some(comm)
}

/// A process's main thread, without its descriptors.
pub(super) fn main(folder: &Path, pid: i64, root: &Path, boot_ts: u64, cgroups: &mut Cgroups) -> Read {
    let Some(command) = read_at_most(&folder.join("cmdline"), ARGUMENTS_SIZE) else { return Read::Gone };
    let exepath = read_link(&folder.join("exe"));
    if command.is_empty() && exepath.is_none() {
        return Read::NoProgram;
    }
    let (Some(status), Some(numbers), Some(comm)) = (Status::read(folder), stat_numbers(folder), read_comm(folder))
    else {
        return Read::Gone;
    };
    let (exe, args) = split_command(&command);
    let mut entry = Box::new(ThreadEntry {
        tid: pid,
        pid,
        exe,
        args,
        exepath: exepath.unwrap_or_default(),
        env: read_at_most(&folder.join("environ"), ARGUMENTS_SIZE).map(terminated).unwrap_or_default(),
        cwd: read_link(&folder.join("cwd")).unwrap_or_default(),
        root: read_link(&folder.join("root")).unwrap_or_default(),
        cgroups: fs::read(folder.join("cgroup")).map(|text| cgroups.normalise(&text)).unwrap_or_default(),
        loginuid: read_number(&folder.join("loginuid")).unwrap_or(u32::MAX),
        fdlimit: fd_limit(pid),
        ..ThreadEntry::default()
    });
    fill_own(&mut entry, &status, &numbers, comm, boot_ts);
    fill_exe(&mut entry, folder, root);
    Read::Entry(entry)
}

/// Another thread of `main`'s process.
pub(super) fn secondary(folder: &Path, main: &ThreadEntry, tid: i64) -> Option<ThreadEntry> {
    let (status, numbers, comm) = (Status::read(folder)?, stat_numbers(folder)?, read_comm(folder)?);
    let mut entry = ThreadEntry { fds: Vec::new(), tid, flags: PPM_CLONE_FILES | PPM_CLONE_THREAD, ..main.clone() };
    let boot_ts = crate::clock::Clock::new().boot_time();
    fill_own(&mut entry, &status, &numbers, comm, boot_ts);
    Some(entry)
}

/// What each thread has of its own.
fn fill_own(entry: &mut ThreadEntry, status: &Status, numbers: &[i64], comm: Vec<u8>, boot_ts: u64) {
    let number = |field: usize| numbers.get(field).copied().unwrap_or(0);
    entry.comm = comm;
    entry.ptid = status.parent;
    entry.sid = number(stat_field::SESSION);
    entry.pgid = status.pgid.unwrap_or_else(|| number(stat_field::PGRP));
    entry.vpgid = status.vpgid;
    entry.vtid = status.vtid;
    entry.vpid = status.vpid;
    entry.uid = status.uid;
    entry.gid = status.gid;
    entry.vmsize_kb = status.vmsize_kb;
    entry.vmrss_kb = status.vmrss_kb;
    entry.vmswap_kb = status.vmswap_kb;
    entry.cap_inheritable = status.cap_inheritable;
    entry.cap_permitted = status.cap_permitted;
    entry.cap_effective = status.cap_effective;
    entry.pfminor = number(stat_field::MINOR_FAULTS).unsigned_abs();
    entry.pfmajor = number(stat_field::MAJOR_FAULTS).unsigned_abs();
    entry.tty = number(stat_field::TTY) as u32;
    entry.clone_ts = start_of(numbers, boot_ts);
}

/// The file of the program, as far as it can be seen from here.
fn fill_exe(entry: &mut ThreadEntry, folder: &Path, root: &Path) {
    entry.exe_from_memfd = entry.exepath.starts_with(b"/memfd:");
    let path = entry.exepath.strip_prefix(b"/").unwrap_or(&entry.exepath).to_vec();
    let path = Path::new(std::ffi::OsStr::from_bytes(&path)).to_owned();
    if let Ok(file) = fs::metadata(root.join(&path)) {
        entry.exe_ino = file.ino();
        entry.exe_ino_ctime = nanoseconds(file.ctime(), file.ctime_nsec());
        entry.exe_ino_mtime = nanoseconds(file.mtime(), file.mtime_nsec());
    }
    entry.exe_writable = is_writable(&folder.join("root").join(path), entry);
}

/// Whether a process could write to a file: as its owner, by the mode's bits, or because it overrides them.
fn is_writable(path: &PathBuf, entry: &ThreadEntry) -> bool {
    let Ok(file) = fs::metadata(path) else { return false };
    let mode = file.mode();
    let overrides = entry.cap_effective >> CAP_DAC_OVERRIDE & 1 == 1;
    (file.uid() == entry.uid || mode & 0o002 != 0 || (mode & 0o020 != 0 && file.gid() == entry.gid) || overrides)
        && !on_read_only(path)
}

fn on_read_only(path: &Path) -> bool {
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return false };
    // SAFETY: statvfs is plain data for which zeroes are valid.
    let mut file_system: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path is NUL-terminated and `file_system` is valid; both outlive the call.
    let failed = unsafe { libc::statvfs(path.as_ptr(), &mut file_system) } != 0;
    !failed && file_system.f_flag & libc::ST_RDONLY != 0
}

fn nanoseconds(seconds: i64, nanos: i64) -> u64 {
    (seconds as u64).wrapping_mul(1_000_000_000).wrapping_add(nanos as u64)
}

fn read_number(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The limit of open files; -1 where it cannot be read.
fn fd_limit(pid: i64) -> i64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid rlimit that outlives the call; no new limit is set.
    let failed = unsafe { libc::prlimit(pid as libc::pid_t, libc::RLIMIT_NOFILE, std::ptr::null(), &mut limit) } != 0;
    if failed { -1 } else { limit.rlim_cur as i64 }
}

/// The first string of a command line, and the rest with each string's NUL.
fn split_command(command: &[u8]) -> (Vec<u8>, Vec<u8>) {
    match command.iter().position(|&byte| byte == 0) {
        Some(end) => (command[..end].to_vec(), terminated(command[end + 1..].to_vec())),
        None => (command.to_vec(), Vec::new()),
    }
}

/// Strings with the NUL that a cut may have taken from the last.
fn terminated(mut strings: Vec<u8>) -> Vec<u8> {
    if strings.last().is_some_and(|&byte| byte != 0) {
        if strings.len() == ARGUMENTS_SIZE {
            strings.pop();
        }
        strings.push(0);
    }
    strings
}

/// Gives each thread the start of its pid namespace's init: boot for the outermost, else that of the process with id 1
/// in the same namespace. Namespaces are told apart by the init that is an ancestor.
pub(super) fn fill_namespace_starts(threads: &mut [ThreadEntry], boot_ts: u64) {
    let parents: HashMap<i64, (i64, i64, u64)> =
        threads.iter().filter(|t| t.tid == t.pid).map(|t| (t.pid, (t.ptid, t.vpid, t.clone_ts))).collect();
    for thread in threads {
        thread.pidns_init_start_ts =
            if thread.vpid == thread.pid { boot_ts } else { init_start(&parents, thread.pid).unwrap_or(0) };
    }
}

fn init_start(parents: &HashMap<i64, (i64, i64, u64)>, pid: i64) -> Option<u64> {
    let mut at = pid;
    for _ in 0..parents.len() {
        let &(parent, vpid, start) = parents.get(&at)?;
        if vpid == 1 {
            return Some(start);
        }
        at = parent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let numbers = parse_stat(b"42 (a) b (c) S 1 2 3 34816 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1900 20\n");
        assert_eq!(numbers[stat_field::PGRP], 2);
        assert_eq!(numbers[stat_field::SESSION], 3);
        assert_eq!(numbers[stat_field::TTY], 34816);
        assert_eq!(numbers[stat_field::START_TIME], 1900);
        assert!(parse_stat(b"no name").is_empty());
    }

    #[test]
    fn a_command_line_is_split_at_its_first_nul() {
        assert_eq!(split_command(b"sh\0-c\0true\0"), (b"sh".to_vec(), b"-c\0true\0".to_vec()));
        assert_eq!(split_command(b"title of a process"), (b"title of a process".to_vec(), Vec::new()));
        let cut = split_command(&[&b"x\0"[..], &[b'a'; ARGUMENTS_SIZE - 2]].concat());
        assert_eq!(cut.1.last(), Some(&0));
    }

    #[test]
    fn the_nearest_ancestor_with_id_1_began_the_namespace() {
        let thread = |pid: i64, ptid: i64, vpid: i64, clone_ts: u64| ThreadEntry {
            tid: pid,
            pid,
            ptid,
            vpid,
            clone_ts,
            ..ThreadEntry::default()
        };
        let mut threads = [thread(1, 0, 1, 5), thread(10, 1, 1, 70), thread(11, 10, 2, 80), thread(12, 99, 3, 90)];
        fill_namespace_starts(&mut threads, 4);
        let starts: Vec<u64> = threads.iter().map(|thread| thread.pidns_init_start_ts).collect();
        assert_eq!(starts, [4, 70, 70, 0]);
    }
}
