//! The state of a machine at one moment: what a `/proc` scan finds, what a capture file's first blocks hold, and what
//! the model starts from.
//!
//! Byte strings are as the kernel gives them: no NUL at the end, not necessarily UTF-8.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Everything known about a machine before the first event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The machine.
    pub machine: Machine,
    /// One entry per thread; processes first or not, in any order.
    pub threads: Vec<ThreadEntry>,
    /// Users and groups of the host.
    pub users: Vec<UserEntry>,
    /// Groups of the host.
    pub groups: Vec<GroupEntry>,
    /// Network interfaces.
    pub interfaces: Vec<InterfaceEntry>,
}

/// Facts about the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Processors.
    pub num_cpus: u32,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Largest process id plus one.
    pub max_pid: u64,
    /// Host name.
    pub hostname: String,
    /// Nanoseconds since the epoch at boot; 0 unknown.
    pub boot_ts: u64,
}

/// One thread (a process is its main thread, `tid == pid`). Ids are the kernel's in the initial namespaces; the ones
/// that start with `v` are those of the thread's own pid namespace. -1 (or all ones) is "unknown".
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct ThreadEntry {
    pub tid: i64,
    pub pid: i64,
    pub ptid: i64,
    pub sid: i64,
    pub vpgid: i64,
    pub pgid: i64,
    pub vtid: i64,
    pub vpid: i64,
    pub comm: Vec<u8>,
    /// `argv[0]`.
    pub exe: Vec<u8>,
    pub exepath: Vec<u8>,
    /// `argv[1..]`, each followed by NUL.
    pub args: Vec<u8>,
    /// `NAME=value`, each followed by NUL.
    pub env: Vec<u8>,
    /// `subsys=path`, each followed by NUL.
    pub cgroups: Vec<u8>,
    pub cwd: Vec<u8>,
    pub root: Vec<u8>,
    pub fdlimit: i64,
    /// `PPM_CL_*` bits.
    pub flags: u32,
    pub uid: u32,
    pub gid: u32,
    pub loginuid: u32,
    pub vmsize_kb: u32,
    pub vmrss_kb: u32,
    pub vmswap_kb: u32,
    pub pfmajor: u64,
    pub pfminor: u64,
    pub tty: u32,
    pub cap_inheritable: u64,
    pub cap_permitted: u64,
    pub cap_effective: u64,
    pub exe_writable: bool,
    pub exe_upper_layer: bool,
    pub exe_lower_layer: bool,
    pub exe_from_memfd: bool,
    pub exe_ino: u64,
    /// Nanoseconds since the epoch.
    pub exe_ino_ctime: u64,
    /// Nanoseconds since the epoch.
    pub exe_ino_mtime: u64,
    /// Nanoseconds since the epoch at which the init of the thread's pid namespace started; 0 unknown.
    pub pidns_init_start_ts: u64,
    /// Nanoseconds since the epoch at which the thread started; 0 unknown (captures do not hold it).
    pub clone_ts: u64,
    /// Open files; only main threads have them.
    pub fds: Vec<FdEntry>,
}

impl Default for ThreadEntry {
    fn default() -> Self {
        Self {
            tid: -1,
            pid: -1,
            ptid: -1,
            sid: -1,
            vpgid: -1,
            pgid: -1,
            vtid: -1,
            vpid: -1,
            comm: Vec::new(),
            exe: Vec::new(),
            exepath: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            cgroups: Vec::new(),
            cwd: Vec::new(),
            root: Vec::new(),
            fdlimit: 0,
            flags: 0,
            uid: 0,
            gid: 0,
            loginuid: u32::MAX,
            vmsize_kb: 0,
            vmrss_kb: 0,
            vmswap_kb: 0,
            pfmajor: 0,
            pfminor: 0,
            tty: 0,
            cap_inheritable: 0,
            cap_permitted: 0,
            cap_effective: 0,
            exe_writable: false,
            exe_upper_layer: false,
            exe_lower_layer: false,
            exe_from_memfd: false,
            exe_ino: 0,
            exe_ino_ctime: 0,
            exe_ino_mtime: 0,
            pidns_init_start_ts: 0,
            clone_ts: 0,
            fds: Vec::new(),
        }
    }
}

/// One open file descriptor.
#[derive(Clone, Debug, PartialEq)]
pub struct FdEntry {
    /// Descriptor number.
    pub fd: i64,
    /// Inode number.
    pub ino: u64,
    /// What it is, with what only that kind has.
    pub kind: FdEntryKind,
}

/// Kinds of descriptors, by the type numbers of capture files.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum FdEntryKind {
    /// A regular file or device. `flags` are `PPM_O_*` bits.
    File { name: Vec<u8>, flags: u32, dev: u32 },
    /// A kind whose whole description is a name.
    Named { kind: NamedFd, name: Vec<u8> },
    /// A connected IPv4 socket.
    Ipv4 { source: (Ipv4Addr, u16), dest: (Ipv4Addr, u16), l4: u8 },
    /// A connected IPv6 socket.
    Ipv6 { source: (Ipv6Addr, u16), dest: (Ipv6Addr, u16), l4: u8 },
    /// A listening or bound IPv4 socket.
    Ipv4Server { addr: (Ipv4Addr, u16), l4: u8 },
    /// A listening or bound IPv6 socket.
    Ipv6Server { addr: (Ipv6Addr, u16), l4: u8 },
    /// A unix socket: kernel addresses of the two ends, and the path.
    Unix { source: u64, dest: u64, name: Vec<u8> },
}

/// Kinds that have nothing but a name; the discriminants are the type numbers of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum NamedFd {
    /// A file of an old capture (before open flags were kept).
    FileV1 = 1,
    Directory = 2,
    Fifo = 7,
    Event = 9,
    Unsupported = 10,
    Signal = 11,
    EventPoll = 12,
    Inotify = 13,
    Timer = 14,
    Netlink = 15,
    Bpf = 17,
    Userfault = 18,
    IoUring = 19,
    Mem = 20,
    Pid = 21,
}

/// A user of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct UserEntry {
    pub uid: u32,
    pub gid: u32,
    pub name: Vec<u8>,
    pub homedir: Vec<u8>,
    pub shell: Vec<u8>,
}

/// A group of the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct GroupEntry {
    pub gid: u32,
    pub name: Vec<u8>,
}

/// A network interface's address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum InterfaceEntry {
    V4 { name: Vec<u8>, addr: Ipv4Addr, netmask: Ipv4Addr, broadcast: Ipv4Addr, link_speed: u64 },
    V6 { name: Vec<u8>, addr: Ipv6Addr, netmask: Ipv6Addr, broadcast: Ipv6Addr, link_speed: u64 },
}
