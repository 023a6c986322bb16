//! The process list: one entry per thread, in nine versions of which each adds fields to the one before.

use windhover_event::snapshot::ThreadEntry;

use super::has_entry;
use crate::cursor::{Cursor, put_entry, put_string};
use crate::error::ReadCaptureError;

/// The first version whose entries say their own length.
const SIZED: u8 = 9;
/// Longest path or name.
const MAX_PATH: usize = 1024;
/// Longest list of strings (arguments, environment, cgroups).
const MAX_STRINGS: usize = 4096;
/// Bytes of the fields from `loginuid` to `cap_effective`. One release wrote two more fields before these, others did
/// not; only an entry with more bytes left than this has them.
const AFTER_TTY: usize = 29;

pub(crate) fn read(
    mut body: Cursor<'_>,
    version: u8,
    mut found: impl FnMut(ThreadEntry) -> Result<(), ReadCaptureError>,
) -> Result<(), ReadCaptureError> {
    while has_entry(&body) {
        if version >= SIZED {
            let entry = &mut body.entry(true, "process")?;
            let mut thread = read_base(entry, version)?;
            read_rest(entry, &mut thread)?;
            found(thread)?;
        } else {
            found(read_base(&mut body, version)?)?;
        }
    }
    Ok(())
}

/// The fields that are where the block's version says.
fn read_base(entry: &mut Cursor<'_>, version: u8) -> Result<ThreadEntry, ReadCaptureError> {
    let mut thread = ThreadEntry {
        tid: entry.i64("thread id")?,
        pid: entry.i64("process id")?,
        ptid: entry.i64("parent id")?,
        ..ThreadEntry::default()
    };
    if version >= 6 {
        thread.sid = entry.i64("session id")?;
    }
    if version >= 8 {
        thread.vpgid = entry.i64("process group id")?;
    }
    thread.comm = entry.string(MAX_PATH, "process name")?;
    thread.exe = entry.string(MAX_PATH, "first argument")?;
    if version >= 7 {
        thread.exepath = entry.string(MAX_PATH, "executable path")?;
    }
    thread.args = read_strings(entry, "arguments")?;
    thread.cwd = entry.string(MAX_PATH, "working directory")?;
    thread.fdlimit = entry.i64("descriptor limit")?;
    thread.flags = entry.u32("process flags")?;
    thread.uid = entry.u32("user id")?;
    thread.gid = entry.u32("group id")?;
    if version >= 2 {
        thread.vmsize_kb = entry.u32("virtual memory size")?;
        thread.vmrss_kb = entry.u32("resident memory size")?;
        thread.vmswap_kb = entry.u32("swapped memory size")?;
        thread.pfmajor = entry.u64("major page faults")?;
        thread.pfminor = entry.u64("minor page faults")?;
    }
    if version >= 3 {
        thread.env = read_strings(entry, "environment")?;
    }
    if version >= 4 {
        thread.vtid = entry.i64("thread id in its namespace")?;
        thread.vpid = entry.i64("process id in its namespace")?;
        thread.cgroups = read_strings(entry, "cgroups")?;
    }
    if version >= 5 {
        thread.root = entry.string(MAX_PATH, "root directory")?;
    }
    Ok(thread)
}

/// The fields that are there if the entry is long enough. Returns at the first that is not.
fn read_rest(entry: &mut Cursor<'_>, thread: &mut ThreadEntry) -> Result<(), ReadCaptureError> {
    if entry.remaining() > AFTER_TTY {
        thread.pidns_init_start_ts = entry.u64("start of the pid namespace")?;
        thread.tty = entry.u32("terminal")?;
    }
    macro_rules! next {
        ($field:expr, $bytes:literal, $read:expr) => {
            if entry.remaining() < $bytes {
                return Ok(());
            }
            $field = $read;
        };
    }
    next!(thread.loginuid, 4, entry.u32("login user id")?);
    next!(thread.exe_writable, 1, entry.u8("writable executable")? != 0);
    next!(thread.cap_inheritable, 8, entry.u64("inheritable capabilities")?);
    next!(thread.cap_permitted, 8, entry.u64("permitted capabilities")?);
    next!(thread.cap_effective, 8, entry.u64("effective capabilities")?);
    next!(thread.exe_upper_layer, 1, entry.u8("executable in the upper layer")? != 0);
    next!(thread.exe_ino, 8, entry.u64("executable inode")?);
    next!(thread.exe_ino_ctime, 8, entry.u64("executable change time")?);
    next!(thread.exe_ino_mtime, 8, entry.u64("executable modification time")?);
    next!(thread.exe_from_memfd, 1, entry.u8("executable in memory")? != 0);
    next!(thread.exe_lower_layer, 1, entry.u8("executable in the lower layer")? != 0);
    next!(thread.pgid, 8, entry.i64("process group id")?);
    Ok(())
}

/// NUL-separated strings; the last NUL may be missing on disk, never in a snapshot.
fn read_strings(entry: &mut Cursor<'_>, what: &'static str) -> Result<Vec<u8>, ReadCaptureError> {
    let mut strings = entry.string(MAX_STRINGS, what)?;
    if strings.last().is_some_and(|&last| last != 0) {
        strings.push(0);
    }
    Ok(strings)
}

pub(crate) fn write(threads: &[ThreadEntry], out: &mut Vec<u8>) {
    for thread in threads {
        put_entry(out, true, |out| put_thread(out, thread));
    }
}

fn put_thread(out: &mut Vec<u8>, thread: &ThreadEntry) {
    for id in [thread.tid, thread.pid, thread.ptid, thread.sid, thread.vpgid] {
        out.extend_from_slice(&id.to_le_bytes());
    }
    put_string(out, &thread.comm, MAX_PATH);
    put_string(out, &thread.exe, MAX_PATH);
    put_string(out, &thread.exepath, MAX_PATH);
    put_string(out, &thread.args, MAX_STRINGS);
    put_string(out, &thread.cwd, MAX_PATH);
    out.extend_from_slice(&thread.fdlimit.to_le_bytes());
    let words = [thread.flags, thread.uid, thread.gid, thread.vmsize_kb, thread.vmrss_kb, thread.vmswap_kb];
    for word in words {
        out.extend_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&thread.pfmajor.to_le_bytes());
    out.extend_from_slice(&thread.pfminor.to_le_bytes());
    put_string(out, &thread.env, MAX_STRINGS);
    out.extend_from_slice(&thread.vtid.to_le_bytes());
    out.extend_from_slice(&thread.vpid.to_le_bytes());
    put_string(out, &thread.cgroups, MAX_STRINGS);
    put_string(out, &thread.root, MAX_PATH);
    out.extend_from_slice(&thread.pidns_init_start_ts.to_le_bytes());
    out.extend_from_slice(&thread.tty.to_le_bytes());
    out.extend_from_slice(&thread.loginuid.to_le_bytes());
    out.push(thread.exe_writable.into());
    for set in [thread.cap_inheritable, thread.cap_permitted, thread.cap_effective] {
        out.extend_from_slice(&set.to_le_bytes());
    }
    out.push(thread.exe_upper_layer.into());
    for number in [thread.exe_ino, thread.exe_ino_ctime, thread.exe_ino_mtime] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.push(thread.exe_from_memfd.into());
    out.push(thread.exe_lower_layer.into());
    out.extend_from_slice(&thread.pgid.to_le_bytes());
}
