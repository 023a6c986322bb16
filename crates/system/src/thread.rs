//! One version of a thread, and what of a thread changes too often to make versions.

use std::sync::{Arc, LazyLock};

/// A byte string shared by reference: as the kernel gave it, no NUL at the end, not necessarily UTF-8.
pub type Bytes = Arc<[u8]>;

/// The empty string, without an allocation.
pub(crate) fn empty() -> Bytes {
    static EMPTY: LazyLock<Bytes> = LazyLock::new(|| Arc::from(&b""[..]));
    EMPTY.clone()
}

/// Bits of [`Thread::flags`]; the low ones are those of `clone` events (`CLONE_*` in the reference's own numbering).
pub mod flag {
    /// Shares the file descriptors of its leader.
    pub const CLONE_FILES: u32 = 0x1;
    /// Started in a pid namespace of its own.
    pub const CLONE_NEWPID: u32 = 0x40;
    /// The caller's parent became the parent.
    pub const CLONE_PARENT: u32 = 0x100;
    /// A thread of its creator's process.
    pub const CLONE_THREAD: u32 = 0x2000;
    /// The child's own event came before its creator's.
    pub const CLONE_INVERTED: u32 = 0x1_0000;
    /// The name was changed by an exec.
    pub const NAME_CHANGED: u32 = 0x2_0000;
    /// Dead; the entry is about to go, or is a leader that waits for its threads.
    pub const CLOSED: u32 = 0x4_0000;
    /// A new user namespace.
    pub const CLONE_NEWUSER: u32 = 0x10_0000;
    /// The caller sleeps until the child execs or exits.
    pub const CLONE_VFORK: u32 = 0x800_0000;
    /// The child lives in a pid namespace other than the initial one.
    pub const CHILD_IN_PIDNS: u32 = 0x2000_0000;
}

/// What is known about one thread (a process is its main thread, `tid == pid`).
///
/// A value never changes while somebody holds it: an event that changes the thread makes another. Ids are the kernel's
/// in the initial namespaces; the ones that start with `v` are those of the thread's own pid namespace. -1 (or all ones)
/// is "unknown". Times are nanoseconds since the epoch, 0 "unknown".
///
/// `env`, `cwd` and the descriptor table belong to the main thread; other threads have them empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Thread {
    /// Thread id.
    pub tid: i64,
    /// Thread-group (process) id; -1 in an entry that only marks a thread as unknown.
    pub pid: i64,
    /// Thread id of the parent; 0 for none.
    pub ptid: i64,
    /// Session id as the kernel reports it in the thread's namespace.
    pub sid: i64,
    /// Thread id in the thread's pid namespace.
    pub vtid: i64,
    /// Process id in the thread's pid namespace.
    pub vpid: i64,
    /// Process-group id in the thread's pid namespace.
    pub vpgid: i64,
    /// Process-group id.
    pub pgid: i64,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
    /// Login user id; all ones for none.
    pub loginuid: u32,
    /// Controlling terminal's device number; 0 for none.
    pub tty: u32,
    /// [`flag`] bits.
    pub flags: u32,
    /// Soft limit of open files; -1 unknown.
    pub fdlimit: i64,
    /// Kernel name of the task, at most 15 bytes.
    pub comm: Bytes,
    /// `argv[0]`.
    pub exe: Bytes,
    /// Path of the executable as the kernel resolved it.
    pub exepath: Bytes,
    /// `argv[1..]`, each followed by NUL.
    pub args: Bytes,
    /// `comm` and `args` joined by spaces, made when the arguments were set; empty for a thread first seen in its
    /// creator's event.
    pub cmdline: Bytes,
    /// `NAME=value`, each followed by NUL; main threads only.
    pub env: Bytes,
    /// `subsys=path`, each followed by NUL, in the kernel's order.
    pub cgroups: Bytes,
    /// Working directory with a `/` at the end; main threads only.
    pub cwd: Bytes,
    /// Root directory.
    pub root: Bytes,
    /// Container's (short) id; empty on the host.
    pub container_id: Bytes,
    /// The executable could be written by the user who ran it.
    pub exe_writable: bool,
    /// The executable lies in the upper layer of an overlay file system.
    pub exe_upper_layer: bool,
    /// The executable lies in a lower layer of an overlay file system.
    pub exe_lower_layer: bool,
    /// The executable is an anonymous memory file.
    pub exe_from_memfd: bool,
    /// Inode number of the executable; 0 unknown.
    pub exe_ino: u64,
    /// Last status change of the executable.
    pub exe_ino_ctime: u64,
    /// Last modification of the executable.
    pub exe_ino_mtime: u64,
    /// Thread's start less the executable's last status change (wrapping), taken at exec; 0 unknown.
    pub exe_ino_ctime_duration_clone_ts: u64,
    /// Executable's last status change less the start of the pid namespace, where later; taken at exec; 0 unknown.
    pub exe_ino_ctime_duration_pidns_start: u64,
    /// Permitted capabilities, a bit per number.
    pub cap_permitted: u64,
    /// Inheritable capabilities.
    pub cap_inheritable: u64,
    /// Effective capabilities.
    pub cap_effective: u64,
    /// When the thread started.
    pub clone_ts: u64,
    /// When the process last called exec.
    pub lastexec_ts: u64,
    /// When the init of the thread's pid namespace started.
    pub pidns_init_start_ts: u64,
}

impl Thread {
    /// An entry that says no more than that nothing is known about `tid`.
    pub(crate) fn unknown(tid: i64) -> Self {
        let empty = empty();
        let na: Bytes = Arc::from(&b"<NA>"[..]);
        Self {
            tid,
            pid: -1,
            ptid: -1,
            sid: -1,
            vtid: -1,
            vpid: -1,
            vpgid: -1,
            pgid: -1,
            uid: u32::MAX,
            gid: u32::MAX,
            loginuid: u32::MAX,
            tty: 0,
            flags: 0,
            fdlimit: -1,
            comm: na.clone(),
            exe: na,
            exepath: empty.clone(),
            args: empty.clone(),
            cmdline: empty.clone(),
            env: empty.clone(),
            cgroups: empty.clone(),
            cwd: empty.clone(),
            root: empty.clone(),
            container_id: empty,
            exe_writable: false,
            exe_upper_layer: false,
            exe_lower_layer: false,
            exe_from_memfd: false,
            exe_ino: 0,
            exe_ino_ctime: 0,
            exe_ino_mtime: 0,
            exe_ino_ctime_duration_clone_ts: 0,
            exe_ino_ctime_duration_pidns_start: 0,
            cap_permitted: 0,
            cap_inheritable: 0,
            cap_effective: 0,
            clone_ts: 0,
            lastexec_ts: 0,
            pidns_init_start_ts: 0,
        }
    }

    /// Whether this is its process's main thread.
    pub fn is_main(&self) -> bool {
        self.tid == self.pid
    }

    /// Whether the entry only marks a thread about which nothing is known (yet).
    pub fn is_unknown(&self) -> bool {
        self.tid < 0 || self.pid < 0 || self.ptid < 0
    }

    /// Whether the thread has exited.
    pub fn is_dead(&self) -> bool {
        self.flags & flag::CLOSED != 0
    }

    /// Whether the thread lives in a pid namespace other than the initial one.
    pub fn is_in_pidns(&self) -> bool {
        self.flags & flag::CHILD_IN_PIDNS != 0 || (self.vtid >= 0 && self.vtid != self.tid)
    }

    /// Arguments behind `argv[0]`.
    pub fn arg_list(&self) -> impl Iterator<Item = &[u8]> {
        split_list(&self.args)
    }

    /// Environment entries, `NAME=value`. Empty for other than main threads.
    pub fn env_list(&self) -> impl Iterator<Item = &[u8]> {
        split_list(&self.env)
    }

    /// Control groups as `(subsystem, path)`.
    pub fn cgroup_list(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        split_list(&self.cgroups).map(|entry| match entry.iter().position(|byte| *byte == b'=') {
            Some(at) => (&entry[..at], &entry[at + 1..]),
            None => (entry, &entry[entry.len()..]),
        })
    }
}

/// The entries of a list in which each is followed by NUL (the last one's may be missing).
fn split_list(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let list = list.strip_suffix(b"\0").unwrap_or(list);
    let skip = usize::from(list.is_empty());
    list.split(|byte| *byte == 0).skip(skip)
}

/// What of a thread changes with ordinary events, and so lives beside its versions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// Virtual memory, kB.
    pub vmsize_kb: u32,
    /// Resident memory, kB.
    pub vmrss_kb: u32,
    /// Swapped memory, kB.
    pub vmswap_kb: u32,
    /// Major page faults.
    pub pfmajor: u64,
    /// Minor page faults.
    pub pfminor: u64,
    /// Time of the thread's last event.
    pub last_access_ts: u64,
    /// Of a main thread: nanoseconds on a processor of the whole process, as changes of threads told.
    pub exec_ns: u64,
    /// Processor time of the last periodic report, in user space and in the kernel.
    pub(crate) cpu_times: Option<(u64, u64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_split_at_nul_with_or_without_the_last() {
        let mut thread = Thread::unknown(1);
        for (args, want) in [
            (&b""[..], vec![]),
            (b"a\0", vec![&b"a"[..]]),
            (b"a\0b", vec![&b"a"[..], b"b"]),
            (b"a\0\0b\0", vec![&b"a"[..], b"", b"b"]),
            (b"\0", vec![]),
        ] {
            thread.args = Arc::from(args);
            assert_eq!(thread.arg_list().collect::<Vec<_>>(), want);
        }
    }

    #[test]
    fn cgroups_split_at_the_first_equals_sign() {
        let mut thread = Thread::unknown(1);
        thread.cgroups = Arc::from(&b"cpu=/a=b\0memory=/\0"[..]);
        let want = vec![(&b"cpu"[..], &b"/a=b"[..]), (b"memory", b"/")];
        assert_eq!(thread.cgroup_list().collect::<Vec<_>>(), want);
    }
}
