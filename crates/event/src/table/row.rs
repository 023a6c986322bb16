//! The rows of the event table, in wire order. The numbers, names and the order of parameters are frozen: captures and
//! plugins depend on them, and a new parameter may only be appended.

use super::{
    EventInfo, EventType, ParamInfo, ParamTable, ParamType, PrintFormat, Status, category, dynamic, event_flag,
};
use crate::flag;
use crate::syscall::Syscall;

/// One row: `code CONSTANT name status category origin [flags] [system calls] (parameters);`. A parameter is
/// `name: type format` and, where it has one, `of` the flag table of its values, `at` the index of the parameter with
/// the directory that it is relative to, or `pick` and the table of its alternative types.
macro_rules! events {
    (@table) => { ParamTable::None };
    (@table of $table:ident) => { ParamTable::Flags(&flag::$table::TABLE) };
    (@table at $index:literal) => { ParamTable::RelativeTo($index) };
    (@table pick $table:ident) => { ParamTable::Dynamic(&dynamic::$table) };
    ($($code:literal $constant:ident $name:ident $status:ident $category:ident $origin:ident
       [$($flag:ident)*] [$($syscall:ident)*]
       ($($param:ident: $type:ident $format:ident $($how:ident $what:tt)?),*);)*) => {
        impl EventType {
            $(
                #[doc = concat!("`", stringify!($name), "`, ", stringify!($constant), ".")]
                pub const $constant: Self = Self($code);
            )*
        }

        /// All event types; the index is the code.
        pub static EVENTS: [EventInfo; EventType::COUNT] = [$(
            EventInfo {
                name: stringify!($name),
                constant: stringify!($constant),
                status: Status::$status,
                syscall_category: category::$category,
                event_category: category::$origin,
                flags: 0 $(| event_flag::$flag)*,
                params: &[$(ParamInfo {
                    name: stringify!($param),
                    kind: ParamType::$type,
                    format: PrintFormat::$format,
                    table: events!(@table $($how $what)?),
                }),*],
                syscalls: &[$(Syscall::$syscall),*],
            },
        )*];

        // A row in the wrong place would give every later code a wrong meaning.
        const _: () = {
            let codes = [$($code),*];
            let mut index = 0;
            while index < codes.len() {
                assert!(codes[index] == index);
                index += 1;
            }
        };
    };
}

events! {
    0 GENERIC_E syscall Old OTHER SYSCALL [OLD_VERSION CONVERTER_MANAGED] [] (ID: SyscallId Dec, nativeID: Uint16 Dec);
    1 GENERIC_X syscall Current OTHER SYSCALL [CONVERTER_MANAGED] [] (ID: SyscallId Dec, nativeID: Uint16 Dec);
    2 SYSCALL_OPEN_E open Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPEN]
      (name: FsPath Na, flags: Flags32 Hex of file_flags, mode: Uint32 Oct);
    3 SYSCALL_OPEN_X open Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPEN]
      (fd: Fd Dec, name: FsPath Na, flags: Flags32 Hex of file_flags, mode: Uint32 Oct, dev: Uint32 Hex,
      ino: Uint64 Dec);
    4 SYSCALL_CLOSE_E close Old IO_OTHER SYSCALL [DESTROYS_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [CLOSE]
      (fd: Fd Dec);
    5 SYSCALL_CLOSE_X close Current IO_OTHER SYSCALL [DESTROYS_FD USES_FD MODIFIES_STATE CONVERTER_MANAGED] [CLOSE]
      (res: Errno Dec, fd: Fd Dec);
    6 SYSCALL_READ_E read Old IO_READ SYSCALL [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] [READ]
      (fd: Fd Dec, size: Uint32 Dec);
    7 SYSCALL_READ_X read Current IO_READ SYSCALL [USES_FD READS_FROM_FD CONVERTER_MANAGED] [READ]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec);
    8 SYSCALL_WRITE_E write Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] [WRITE]
      (fd: Fd Dec, size: Uint32 Dec);
    9 SYSCALL_WRITE_X write Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD CONVERTER_MANAGED] [WRITE]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec);
    10 SYSCALL_BRK_1_E brk Old MEMORY SYSCALL [OLD_VERSION CONVERTER_MANAGED] [BRK] (size: Uint32 Dec);
    11 SYSCALL_BRK_1_X brk Old MEMORY SYSCALL [OLD_VERSION CONVERTER_MANAGED] [BRK] (res: Uint64 Hex);
    12 SYSCALL_EXECVE_8_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    13 SYSCALL_EXECVE_8_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec);
    14 SYSCALL_CLONE_11_E clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CLONE] ();
    15 SYSCALL_CLONE_11_X clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [CLONE]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    16 PROCEXIT_E procexit Old PROCESS TRACEPOINT [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SCHED_PROCESS_EXIT]
      ();
    17 PROCEXIT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    18 SOCKET_SOCKET_E socket Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SOCKET]
      (domain: EnumFlags32 Dec of socket_families, type: Uint32 Dec, proto: Uint32 Dec);
    19 SOCKET_SOCKET_X socket Current NET SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [SOCKET]
      (fd: Fd Dec, domain: EnumFlags32 Dec of socket_families, type: Uint32 Dec, proto: Uint32 Dec,
      flags: Flags32 Hex of file_flags);
    20 SOCKET_BIND_E bind Old NET SYSCALL [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [BIND] (fd: Fd Dec);
    21 SOCKET_BIND_X bind Current NET SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [BIND]
      (res: Errno Dec, addr: SockAddr Na, fd: Fd Dec);
    22 SOCKET_CONNECT_E connect Current NET SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [CONNECT]
      (fd: Fd Dec, addr: SockAddr Na);
    23 SOCKET_CONNECT_X connect Current NET SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [CONNECT]
      (res: Errno Dec, tuple: SockTuple Na, fd: Fd Dec, addr: SockAddr Na);
    24 SOCKET_LISTEN_E listen Old NET SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [LISTEN]
      (fd: Fd Dec, backlog: Int32 Dec);
    25 SOCKET_LISTEN_X listen Current NET SYSCALL [USES_FD CONVERTER_MANAGED] [LISTEN]
      (res: Errno Dec, fd: Fd Dec, backlog: Int32 Dec);
    26 SOCKET_ACCEPT_E accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [ACCEPT] ();
    27 SOCKET_ACCEPT_X accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT]
      (fd: Fd Dec, tuple: SockTuple Na, queuepct: Uint8 Dec);
    28 SOCKET_SEND_E send Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] [SEND]
      (fd: Fd Dec, size: Uint32 Dec);
    29 SOCKET_SEND_X send Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD CONVERTER_MANAGED] [SEND]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    30 SOCKET_SENDTO_E sendto Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [SENDTO]
      (fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    31 SOCKET_SENDTO_X sendto Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED] [SENDTO]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    32 SOCKET_RECV_E recv Old IO_READ SYSCALL [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] [RECV]
      (fd: Fd Dec, size: Uint32 Dec);
    33 SOCKET_RECV_X recv Current IO_READ SYSCALL [USES_FD READS_FROM_FD CONVERTER_MANAGED] [RECV]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    34 SOCKET_RECVFROM_E recvfrom Old IO_READ SYSCALL [USES_FD READS_FROM_FD MODIFIES_STATE OLD_VERSION
      CONVERTER_MANAGED] [RECVFROM]
      (fd: Fd Dec, size: Uint32 Dec);
    35 SOCKET_RECVFROM_X recvfrom Current IO_READ SYSCALL [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED]
      [RECVFROM]
      (res: Errno Dec, data: ByteBuf Na, tuple: SockTuple Na, fd: Fd Dec, size: Uint32 Dec);
    36 SOCKET_SHUTDOWN_E shutdown Old NET SYSCALL [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SHUTDOWN]
      (fd: Fd Dec, how: EnumFlags8 Hex of shutdown_how);
    37 SOCKET_SHUTDOWN_X shutdown Current NET SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [SHUTDOWN]
      (res: Errno Dec, fd: Fd Dec, how: EnumFlags8 Hex of shutdown_how);
    38 SOCKET_GETSOCKNAME_E getsockname Old NET SYSCALL [OLD_VERSION] [GETSOCKNAME] ();
    39 SOCKET_GETSOCKNAME_X getsockname Current NET SYSCALL [] [GETSOCKNAME] ();
    40 SOCKET_GETPEERNAME_E getpeername Old NET SYSCALL [OLD_VERSION] [GETPEERNAME] ();
    41 SOCKET_GETPEERNAME_X getpeername Current NET SYSCALL [] [GETPEERNAME] ();
    42 SOCKET_SOCKETPAIR_E socketpair Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [SOCKETPAIR]
      (domain: EnumFlags32 Dec of socket_families, type: Uint32 Dec, proto: Uint32 Dec);
    43 SOCKET_SOCKETPAIR_X socketpair Current IPC SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [SOCKETPAIR]
      (res: Errno Dec, fd1: Fd Dec, fd2: Fd Dec, source: Uint64 Hex, peer: Uint64 Hex,
      domain: EnumFlags32 Dec of socket_families, type: Uint32 Dec, proto: Uint32 Dec);
    44 SOCKET_SETSOCKOPT_E setsockopt Old NET SYSCALL [OLD_VERSION] [SETSOCKOPT] ();
    45 SOCKET_SETSOCKOPT_X setsockopt Current NET SYSCALL [USES_FD] [SETSOCKOPT]
      (res: Errno Dec, fd: Fd Dec, level: EnumFlags8 Dec of sockopt_levels, optname: EnumFlags8 Dec of sockopt_options,
      val: Dyn Dec pick SOCKOPT, optlen: Uint32 Dec);
    46 SOCKET_GETSOCKOPT_E getsockopt Old NET SYSCALL [MODIFIES_STATE OLD_VERSION] [GETSOCKOPT] ();
    47 SOCKET_GETSOCKOPT_X getsockopt Current NET SYSCALL [USES_FD MODIFIES_STATE] [GETSOCKOPT]
      (res: Errno Dec, fd: Fd Dec, level: EnumFlags8 Dec of sockopt_levels, optname: EnumFlags8 Dec of sockopt_options,
      val: Dyn Dec pick SOCKOPT, optlen: Uint32 Dec);
    48 SOCKET_SENDMSG_E sendmsg Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [SENDMSG]
      (fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    49 SOCKET_SENDMSG_X sendmsg Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED]
      [SENDMSG]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, tuple: SockTuple Na);
    50 SOCKET_SENDMMSG_E sendmmsg Old IO_WRITE SYSCALL [OLD_VERSION] [SENDMMSG] ();
    51 SOCKET_SENDMMSG_X sendmmsg Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD MODIFIES_STATE CONVERTER_MANAGED]
      [SENDMMSG]
      (res: Errno Dec, fd: Fd Dec, size: Uint32 Dec, data: ByteBuf Na, tuple: SockTuple Na);
    52 SOCKET_RECVMSG_E recvmsg Old IO_READ SYSCALL [USES_FD READS_FROM_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [RECVMSG]
      (fd: Fd Dec);
    53 SOCKET_RECVMSG_X recvmsg Current IO_READ SYSCALL [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED]
      [RECVMSG]
      (res: Errno Dec, size: Uint32 Dec, data: ByteBuf Na, tuple: SockTuple Na, msgcontrol: ByteBuf Na, fd: Fd Dec);
    54 SOCKET_RECVMMSG_E recvmmsg Old IO_READ SYSCALL [OLD_VERSION] [RECVMMSG] ();
    55 SOCKET_RECVMMSG_X recvmmsg Current IO_READ SYSCALL [USES_FD READS_FROM_FD MODIFIES_STATE CONVERTER_MANAGED]
      [RECVMMSG]
      (res: Errno Dec, fd: Fd Dec, size: Uint32 Dec, data: ByteBuf Na, tuple: SockTuple Na, msgcontrol: ByteBuf Na);
    56 SOCKET_ACCEPT4_E accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT4]
      (flags: Int32 Hex);
    57 SOCKET_ACCEPT4_X accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT4]
      (fd: Fd Dec, tuple: SockTuple Na, queuepct: Uint8 Dec);
    58 SYSCALL_CREAT_E creat Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [CREAT]
      (name: FsPath Na, mode: Uint32 Oct);
    59 SYSCALL_CREAT_X creat Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [CREAT]
      (fd: Fd Dec, name: FsPath Na, mode: Uint32 Oct, dev: Uint32 Hex, ino: Uint64 Dec,
      creat_flags: Flags16 Hex of creat_flags);
    60 SYSCALL_PIPE_E pipe Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [PIPE] ();
    61 SYSCALL_PIPE_X pipe Current IPC SYSCALL [CREATES_FD MODIFIES_STATE] [PIPE]
      (res: Errno Dec, fd1: Fd Dec, fd2: Fd Dec, ino: Uint64 Dec);
    62 SYSCALL_EVENTFD_E eventfd Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EVENTFD]
      (initval: Uint64 Dec, flags: Uint32 Hex);
    63 SYSCALL_EVENTFD_X eventfd Current IPC SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [EVENTFD]
      (res: Fd Dec, initval: Uint64 Dec, flags: Uint32 Hex);
    64 SYSCALL_FUTEX_E futex Old IPC SYSCALL [OLD_VERSION CONVERTER_MANAGED] [FUTEX]
      (addr: Uint64 Hex, op: Flags16 Hex of futex_operations, val: Uint64 Dec);
    65 SYSCALL_FUTEX_X futex Current IPC SYSCALL [CONVERTER_MANAGED] [FUTEX]
      (res: Errno Dec, addr: Uint64 Hex, op: Flags16 Hex of futex_operations, val: Uint64 Dec);
    66 SYSCALL_STAT_E stat Old FILE SYSCALL [OLD_VERSION] [STAT] ();
    67 SYSCALL_STAT_X stat Current FILE SYSCALL [] [STAT] (res: Errno Dec, path: FsPath Na);
    68 SYSCALL_LSTAT_E lstat Old FILE SYSCALL [OLD_VERSION] [LSTAT] ();
    69 SYSCALL_LSTAT_X lstat Current FILE SYSCALL [] [LSTAT] (res: Errno Dec, path: FsPath Na);
    70 SYSCALL_FSTAT_E fstat Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [FSTAT] (fd: Fd Na);
    71 SYSCALL_FSTAT_X fstat Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [FSTAT] (res: Errno Dec, fd: Fd Na);
    72 SYSCALL_STAT64_E stat64 Old FILE SYSCALL [OLD_VERSION] [STAT64] ();
    73 SYSCALL_STAT64_X stat64 Current FILE SYSCALL [] [STAT64] (res: Errno Dec, path: FsPath Na);
    74 SYSCALL_LSTAT64_E lstat64 Old FILE SYSCALL [OLD_VERSION] [LSTAT64] ();
    75 SYSCALL_LSTAT64_X lstat64 Current FILE SYSCALL [] [LSTAT64] (res: Errno Dec, path: FsPath Na);
    76 SYSCALL_FSTAT64_E fstat64 Old FILE SYSCALL [USES_FD OLD_VERSION] [FSTAT64] (fd: Fd Na);
    77 SYSCALL_FSTAT64_X fstat64 Current FILE SYSCALL [] [FSTAT64] (res: Errno Dec);
    78 SYSCALL_EPOLLWAIT_E epoll_wait Old WAIT SYSCALL [WAITS OLD_VERSION CONVERTER_MANAGED] [EPOLL_WAIT]
      (maxevents: Errno Dec);
    79 SYSCALL_EPOLLWAIT_X epoll_wait Current WAIT SYSCALL [WAITS CONVERTER_MANAGED] [EPOLL_WAIT]
      (res: Errno Dec, maxevents: Errno Dec);
    80 SYSCALL_POLL_E poll Old WAIT SYSCALL [WAITS OLD_VERSION CONVERTER_MANAGED] [POLL]
      (fds: FdList Dec, timeout: Int64 Dec);
    81 SYSCALL_POLL_X poll Current WAIT SYSCALL [WAITS CONVERTER_MANAGED] [POLL]
      (res: Errno Dec, fds: FdList Dec, timeout: Int64 Dec);
    82 SYSCALL_SELECT_E select Old WAIT SYSCALL [WAITS OLD_VERSION] [SELECT] ();
    83 SYSCALL_SELECT_X select Current WAIT SYSCALL [WAITS] [SELECT] (res: Errno Dec);
    84 SYSCALL_NEWSELECT_E select Old WAIT SYSCALL [WAITS OLD_VERSION] [SELECT] ();
    85 SYSCALL_NEWSELECT_X select Old WAIT SYSCALL [WAITS OLD_VERSION CONVERTER_MANAGED] [SELECT] (res: Errno Dec);
    86 SYSCALL_LSEEK_E lseek Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [LSEEK]
      (fd: Fd Dec, offset: Uint64 Dec, whence: EnumFlags8 Dec of lseek_whence);
    87 SYSCALL_LSEEK_X lseek Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [LSEEK]
      (res: Errno Dec, fd: Fd Dec, offset: Uint64 Dec, whence: EnumFlags8 Dec of lseek_whence);
    88 SYSCALL_LLSEEK_E llseek Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [_LLSEEK]
      (fd: Fd Dec, offset: Uint64 Dec, whence: EnumFlags8 Dec of lseek_whence);
    89 SYSCALL_LLSEEK_X llseek Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [_LLSEEK]
      (res: Errno Dec, fd: Fd Dec, offset: Uint64 Dec, whence: EnumFlags8 Dec of lseek_whence);
    90 SYSCALL_IOCTL_2_E ioctl Old IO_OTHER SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [IOCTL]
      (fd: Fd Dec, request: Uint64 Hex);
    91 SYSCALL_IOCTL_2_X ioctl Old IO_OTHER SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [IOCTL] (res: Errno Dec);
    92 SYSCALL_GETCWD_E getcwd Old FILE SYSCALL [OLD_VERSION] [GETCWD] ();
    93 SYSCALL_GETCWD_X getcwd Current FILE SYSCALL [] [GETCWD] (res: Errno Dec, path: CharBuf Na);
    94 SYSCALL_CHDIR_E chdir Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION] [CHDIR] ();
    95 SYSCALL_CHDIR_X chdir Current FILE SYSCALL [MODIFIES_STATE] [CHDIR] (res: Errno Dec, path: CharBuf Na);
    96 SYSCALL_FCHDIR_E fchdir Old FILE SYSCALL [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [FCHDIR]
      (fd: Fd Na);
    97 SYSCALL_FCHDIR_X fchdir Current FILE SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [FCHDIR]
      (res: Errno Dec, fd: Fd Na);
    98 SYSCALL_MKDIR_E mkdir Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [MKDIR]
      (path: FsPath Na, mode: Uint32 Hex);
    99 SYSCALL_MKDIR_X mkdir Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [MKDIR] (res: Errno Dec);
    100 SYSCALL_RMDIR_E rmdir Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [RMDIR] (path: FsPath Na);
    101 SYSCALL_RMDIR_X rmdir Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [RMDIR] (res: Errno Dec);
    102 SYSCALL_OPENAT_E openat Old FILE SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [OPENAT]
      (dirfd: Fd Dec, name: CharBuf Na, flags: Flags32 Hex of file_flags, mode: Uint32 Oct);
    103 SYSCALL_OPENAT_X openat Old FILE SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [OPENAT]
      (fd: Fd Dec);
    104 SYSCALL_LINK_E link Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [LINK]
      (oldpath: FsPath Na, newpath: FsPath Na);
    105 SYSCALL_LINK_X link Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [LINK] (res: Errno Dec);
    106 SYSCALL_LINKAT_E linkat Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [LINKAT]
      (olddir: Fd Dec, oldpath: CharBuf Na, newdir: Fd Dec, newpath: CharBuf Na);
    107 SYSCALL_LINKAT_X linkat Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [LINKAT] (res: Errno Dec);
    108 SYSCALL_UNLINK_E unlink Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [UNLINK] (path: FsPath Na);
    109 SYSCALL_UNLINK_X unlink Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [UNLINK] (res: Errno Dec);
    110 SYSCALL_UNLINKAT_E unlinkat Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [UNLINKAT]
      (dirfd: Fd Dec, name: CharBuf Na);
    111 SYSCALL_UNLINKAT_X unlinkat Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [UNLINKAT] (res: Errno Dec);
    112 SYSCALL_PREAD_E pread Old IO_READ SYSCALL [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] [PREAD64]
      (fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    113 SYSCALL_PREAD_X pread Current IO_READ SYSCALL [USES_FD READS_FROM_FD CONVERTER_MANAGED] [PREAD64]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    114 SYSCALL_PWRITE_E pwrite Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] [PWRITE64]
      (fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    115 SYSCALL_PWRITE_X pwrite Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD CONVERTER_MANAGED] [PWRITE64]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    116 SYSCALL_READV_E readv Old IO_READ SYSCALL [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] [READV]
      (fd: Fd Dec);
    117 SYSCALL_READV_X readv Current IO_READ SYSCALL [USES_FD READS_FROM_FD CONVERTER_MANAGED] [READV]
      (res: Errno Dec, size: Uint32 Dec, data: ByteBuf Na, fd: Fd Dec);
    118 SYSCALL_WRITEV_E writev Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] [WRITEV]
      (fd: Fd Dec, size: Uint32 Dec);
    119 SYSCALL_WRITEV_X writev Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD CONVERTER_MANAGED] [WRITEV]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec);
    120 SYSCALL_PREADV_E preadv Old IO_READ SYSCALL [USES_FD READS_FROM_FD OLD_VERSION CONVERTER_MANAGED] [PREADV]
      (fd: Fd Dec, pos: Uint64 Dec);
    121 SYSCALL_PREADV_X preadv Current IO_READ SYSCALL [USES_FD READS_FROM_FD CONVERTER_MANAGED] [PREADV]
      (res: Errno Dec, size: Uint32 Dec, data: ByteBuf Na, fd: Fd Dec, pos: Uint64 Dec);
    122 SYSCALL_PWRITEV_E pwritev Old IO_WRITE SYSCALL [USES_FD WRITES_TO_FD OLD_VERSION CONVERTER_MANAGED] [PWRITEV]
      (fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    123 SYSCALL_PWRITEV_X pwritev Current IO_WRITE SYSCALL [USES_FD WRITES_TO_FD CONVERTER_MANAGED] [PWRITEV]
      (res: Errno Dec, data: ByteBuf Na, fd: Fd Dec, size: Uint32 Dec, pos: Uint64 Dec);
    124 SYSCALL_DUP_E dup Old IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [DUP]
      (fd: Fd Dec);
    125 SYSCALL_DUP_X dup Old IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [DUP]
      (res: Fd Dec);
    126 SYSCALL_SIGNALFD_E signalfd Old SIGNAL SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [SIGNALFD]
      (fd: Fd Dec, mask: Uint32 Hex, flags: Uint8 Hex);
    127 SYSCALL_SIGNALFD_X signalfd Current SIGNAL SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [SIGNALFD]
      (res: Fd Dec, fd: Fd Dec, mask: Uint32 Hex, flags: Uint8 Hex);
    128 SYSCALL_KILL_E kill Old SIGNAL SYSCALL [OLD_VERSION CONVERTER_MANAGED] [KILL] (pid: Pid Dec, sig: SigType Dec);
    129 SYSCALL_KILL_X kill Current SIGNAL SYSCALL [CONVERTER_MANAGED] [KILL]
      (res: Errno Dec, pid: Pid Dec, sig: SigType Dec);
    130 SYSCALL_TKILL_E tkill Old SIGNAL SYSCALL [OLD_VERSION CONVERTER_MANAGED] [TKILL]
      (tid: Pid Dec, sig: SigType Dec);
    131 SYSCALL_TKILL_X tkill Current SIGNAL SYSCALL [CONVERTER_MANAGED] [TKILL]
      (res: Errno Dec, tid: Pid Dec, sig: SigType Dec);
    132 SYSCALL_TGKILL_E tgkill Old SIGNAL SYSCALL [OLD_VERSION CONVERTER_MANAGED] [TGKILL]
      (pid: Pid Dec, tid: Pid Dec, sig: SigType Dec);
    133 SYSCALL_TGKILL_X tgkill Current SIGNAL SYSCALL [CONVERTER_MANAGED] [TGKILL]
      (res: Errno Dec, pid: Pid Dec, tid: Pid Dec, sig: SigType Dec);
    134 SYSCALL_NANOSLEEP_E nanosleep Old SLEEP SYSCALL [WAITS OLD_VERSION CONVERTER_MANAGED] [NANOSLEEP]
      (interval: RelTime Dec);
    135 SYSCALL_NANOSLEEP_X nanosleep Current SLEEP SYSCALL [WAITS CONVERTER_MANAGED] [NANOSLEEP]
      (res: Errno Dec, interval: RelTime Dec);
    136 SYSCALL_TIMERFD_CREATE_E timerfd_create Old TIME SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION
      CONVERTER_MANAGED] [TIMERFD_CREATE]
      (clockid: Uint8 Dec, flags: Uint8 Hex);
    137 SYSCALL_TIMERFD_CREATE_X timerfd_create Current TIME SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED]
      [TIMERFD_CREATE]
      (res: Fd Dec, clockid: Uint8 Dec, flags: Uint8 Hex);
    138 SYSCALL_INOTIFY_INIT_E inotify_init Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [INOTIFY_INIT]
      (flags: Uint8 Hex);
    139 SYSCALL_INOTIFY_INIT_X inotify_init Current IPC SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED]
      [INOTIFY_INIT]
      (res: Fd Dec, flags: Uint8 Hex);
    140 SYSCALL_GETRLIMIT_E getrlimit Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [GETRLIMIT UGETRLIMIT]
      (resource: EnumFlags8 Dec of rlimit_resources);
    141 SYSCALL_GETRLIMIT_X getrlimit Current PROCESS SYSCALL [CONVERTER_MANAGED] [GETRLIMIT UGETRLIMIT]
      (res: Errno Dec, cur: Int64 Dec, max: Int64 Dec, resource: EnumFlags8 Dec of rlimit_resources);
    142 SYSCALL_SETRLIMIT_E setrlimit Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SETRLIMIT]
      (resource: EnumFlags8 Dec of rlimit_resources);
    143 SYSCALL_SETRLIMIT_X setrlimit Current PROCESS SYSCALL [CONVERTER_MANAGED] [SETRLIMIT]
      (res: Errno Dec, cur: Int64 Dec, max: Int64 Dec, resource: EnumFlags8 Dec of rlimit_resources);
    144 SYSCALL_PRLIMIT_E prlimit Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [PRLIMIT64]
      (pid: Pid Dec, resource: EnumFlags8 Dec of rlimit_resources);
    145 SYSCALL_PRLIMIT_X prlimit Current PROCESS SYSCALL [CONVERTER_MANAGED] [PRLIMIT64]
      (res: Errno Dec, newcur: Int64 Dec, newmax: Int64 Dec, oldcur: Int64 Dec, oldmax: Int64 Dec, pid: Int64 Dec,
      resource: EnumFlags8 Dec of rlimit_resources);
    146 SCHEDSWITCH_1_E switch Old SCHEDULER TRACEPOINT [SKIPPARSERESET OLD_VERSION CONVERTER_MANAGED] [SCHED_SWITCH]
      (next: Pid Dec);
    147 SCHEDSWITCH_1_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    148 DROP_E drop Current INTERNAL METAEVENT [SKIPPARSERESET] [] (ratio: Uint32 Dec);
    149 DROP_X drop Current INTERNAL METAEVENT [SKIPPARSERESET] [] (ratio: Uint32 Dec);
    150 SYSCALL_FCNTL_E fcntl Old IO_OTHER SYSCALL [USES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [FCNTL
      FCNTL64]
      (fd: Fd Dec, cmd: EnumFlags8 Dec of fcntl_commands);
    151 SYSCALL_FCNTL_X fcntl Current IO_OTHER SYSCALL [USES_FD MODIFIES_STATE CONVERTER_MANAGED] [FCNTL FCNTL64]
      (res: Fd Dec, fd: Fd Dec, cmd: EnumFlags8 Dec of fcntl_commands, arg: Uint64 Hex);
    152 SCHEDSWITCH_6_E switch Current SCHEDULER TRACEPOINT [] [SCHED_SWITCH]
      (next: Pid Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec);
    153 SCHEDSWITCH_6_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    154 SYSCALL_EXECVE_13_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    155 SYSCALL_EXECVE_13_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec);
    156 SYSCALL_CLONE_16_E clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CLONE] ();
    157 SYSCALL_CLONE_16_X clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [CLONE]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    158 SYSCALL_BRK_4_E brk Old MEMORY SYSCALL [OLD_VERSION CONVERTER_MANAGED] [BRK] (addr: Uint64 Hex);
    159 SYSCALL_BRK_4_X brk Current MEMORY SYSCALL [CONVERTER_MANAGED] [BRK]
      (res: Uint64 Hex, vm_size: Uint32 Dec, vm_rss: Uint32 Dec, vm_swap: Uint32 Dec, addr: Uint64 Hex);
    160 SYSCALL_MMAP_E mmap Old MEMORY SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [MMAP]
      (addr: Uint64 Hex, length: Uint64 Dec, prot: Flags32 Hex of prot_flags, flags: Flags32 Hex of mmap_flags,
      fd: Fd Dec, offset: Uint64 Dec);
    161 SYSCALL_MMAP_X mmap Current MEMORY SYSCALL [USES_FD CONVERTER_MANAGED] [MMAP]
      (res: Errno Hex, vm_size: Uint32 Dec, vm_rss: Uint32 Dec, vm_swap: Uint32 Dec, addr: Uint64 Hex,
      length: Uint64 Dec, prot: Flags32 Hex of prot_flags, flags: Flags32 Hex of mmap_flags, fd: Fd Dec,
      offset: Uint64 Dec);
    162 SYSCALL_MMAP2_E mmap2 Old MEMORY SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [MMAP2]
      (addr: Uint64 Hex, length: Uint64 Dec, prot: Flags32 Hex of prot_flags, flags: Flags32 Hex of mmap_flags,
      fd: Fd Dec, pgoffset: Uint64 Dec);
    163 SYSCALL_MMAP2_X mmap2 Current MEMORY SYSCALL [USES_FD CONVERTER_MANAGED] [MMAP2]
      (res: Errno Hex, vm_size: Uint32 Dec, vm_rss: Uint32 Dec, vm_swap: Uint32 Dec, addr: Uint64 Hex,
      length: Uint64 Dec, prot: Flags32 Hex of prot_flags, flags: Flags32 Hex of mmap_flags, fd: Fd Dec,
      pgoffset: Uint64 Dec);
    164 SYSCALL_MUNMAP_E munmap Old MEMORY SYSCALL [OLD_VERSION CONVERTER_MANAGED] [MUNMAP]
      (addr: Uint64 Hex, length: Uint64 Dec);
    165 SYSCALL_MUNMAP_X munmap Current MEMORY SYSCALL [CONVERTER_MANAGED] [MUNMAP]
      (res: Errno Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec, vm_swap: Uint32 Dec, addr: Uint64 Hex,
      length: Uint64 Dec);
    166 SYSCALL_SPLICE_E splice Old IO_OTHER SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [SPLICE]
      (fd_in: Fd Dec, fd_out: Fd Dec, size: Uint64 Dec, flags: Flags32 Hex of splice_flags);
    167 SYSCALL_SPLICE_X splice Current IO_OTHER SYSCALL [USES_FD CONVERTER_MANAGED] [SPLICE]
      (res: Errno Dec, fd_in: Fd Dec, fd_out: Fd Dec, size: Uint64 Dec, flags: Flags32 Hex of splice_flags);
    168 SYSCALL_PTRACE_E ptrace Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [PTRACE]
      (request: EnumFlags16 Dec of ptrace_requests, pid: Pid Dec);
    169 SYSCALL_PTRACE_X ptrace Current PROCESS SYSCALL [CONVERTER_MANAGED] [PTRACE]
      (res: Errno Dec, addr: Dyn Hex pick PTRACE, data: Dyn Hex pick PTRACE,
      request: EnumFlags16 Dec of ptrace_requests, pid: Pid Dec);
    170 SYSCALL_IOCTL_3_E ioctl Old IO_OTHER SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [IOCTL]
      (fd: Fd Dec, request: Uint64 Hex, argument: Uint64 Hex);
    171 SYSCALL_IOCTL_3_X ioctl Current IO_OTHER SYSCALL [USES_FD CONVERTER_MANAGED] [IOCTL]
      (res: Errno Dec, fd: Fd Dec, request: Uint64 Hex, argument: Uint64 Hex);
    172 SYSCALL_EXECVE_14_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    173 SYSCALL_EXECVE_14_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, env: ByteBuf Na);
    174 SYSCALL_RENAME_E rename Old FILE SYSCALL [OLD_VERSION] [RENAME] ();
    175 SYSCALL_RENAME_X rename Current FILE SYSCALL [] [RENAME]
      (res: Errno Dec, oldpath: FsPath Na, newpath: FsPath Na);
    176 SYSCALL_RENAMEAT_E renameat Old FILE SYSCALL [OLD_VERSION] [RENAMEAT] ();
    177 SYSCALL_RENAMEAT_X renameat Current FILE SYSCALL [] [RENAMEAT]
      (res: Errno Dec, olddirfd: Fd Dec, oldpath: FsRelPath Na at 1, newdirfd: Fd Dec, newpath: FsRelPath Na at 3);
    178 SYSCALL_SYMLINK_E symlink Old FILE SYSCALL [OLD_VERSION] [SYMLINK] ();
    179 SYSCALL_SYMLINK_X symlink Current FILE SYSCALL [] [SYMLINK]
      (res: Errno Dec, target: CharBuf Na, linkpath: FsPath Na);
    180 SYSCALL_SYMLINKAT_E symlinkat Old FILE SYSCALL [OLD_VERSION] [SYMLINKAT] ();
    181 SYSCALL_SYMLINKAT_X symlinkat Current FILE SYSCALL [USES_FD] [SYMLINKAT]
      (res: Errno Dec, target: CharBuf Na, linkdirfd: Fd Dec, linkpath: FsRelPath Na at 2);
    182 SYSCALL_FORK_E fork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [FORK] ();
    183 SYSCALL_FORK_X fork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [FORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    184 SYSCALL_VFORK_E vfork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [VFORK] ();
    185 SYSCALL_VFORK_X vfork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [VFORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    186 PROCEXIT_1_E procexit Current PROCESS TRACEPOINT [MODIFIES_STATE] [SCHED_PROCESS_EXIT]
      (status: Errno Dec, ret: Errno Dec, sig: SigType Dec, core: Uint8 Dec, reaper_tid: Pid Dec);
    187 PROCEXIT_1_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    188 SYSCALL_SENDFILE_E sendfile Old IO_WRITE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [SENDFILE SENDFILE64]
      (out_fd: Fd Dec, in_fd: Fd Dec, offset: Uint64 Dec, size: Uint64 Dec);
    189 SYSCALL_SENDFILE_X sendfile Current IO_WRITE SYSCALL [USES_FD CONVERTER_MANAGED] [SENDFILE SENDFILE64]
      (res: Errno Dec, offset: Uint64 Dec, out_fd: Fd Dec, in_fd: Fd Dec, size: Uint64 Dec);
    190 SYSCALL_QUOTACTL_E quotactl Old USER SYSCALL [OLD_VERSION CONVERTER_MANAGED] [QUOTACTL]
      (cmd: Flags16 Dec of quotactl_cmds, type: Flags8 Dec of quotactl_types, id: Uint32 Dec,
      quota_fmt: Flags8 Dec of quotactl_quota_fmts);
    191 SYSCALL_QUOTACTL_X quotactl Current USER SYSCALL [CONVERTER_MANAGED] [QUOTACTL]
      (res: Errno Dec, special: CharBuf Na, quotafilepath: CharBuf Na, dqb_bhardlimit: Uint64 Dec,
      dqb_bsoftlimit: Uint64 Dec, dqb_curspace: Uint64 Dec, dqb_ihardlimit: Uint64 Dec, dqb_isoftlimit: Uint64 Dec,
      dqb_btime: RelTime Dec, dqb_itime: RelTime Dec, dqi_bgrace: RelTime Dec, dqi_igrace: RelTime Dec,
      dqi_flags: Flags8 Dec of quotactl_dqi_flags, quota_fmt_out: Flags8 Dec of quotactl_quota_fmts,
      cmd: Flags16 Dec of quotactl_cmds, type: Flags8 Dec of quotactl_types, id: Uint32 Dec,
      quota_fmt: Flags8 Dec of quotactl_quota_fmts);
    192 SYSCALL_SETRESUID_E setresuid Old USER SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SETRESUID
      SETRESUID32]
      (ruid: Uid Dec, euid: Uid Dec, suid: Uid Dec);
    193 SYSCALL_SETRESUID_X setresuid Current USER SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [SETRESUID SETRESUID32]
      (res: Errno Dec, ruid: Uid Dec, euid: Uid Dec, suid: Uid Dec);
    194 SYSCALL_SETRESGID_E setresgid Old USER SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SETRESGID
      SETRESGID32]
      (rgid: Gid Dec, egid: Gid Dec, sgid: Gid Dec);
    195 SYSCALL_SETRESGID_X setresgid Current USER SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [SETRESGID SETRESGID32]
      (res: Errno Dec, rgid: Gid Dec, egid: Gid Dec, sgid: Gid Dec);
    196 SCAPEVENT_E scapevent Current INTERNAL METAEVENT [SKIPPARSERESET] []
      (event_type: Uint32 Dec, event_data: Uint64 Dec);
    197 SCAPEVENT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    198 SYSCALL_SETUID_E setuid Old USER SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SETUID SETUID32]
      (uid: Uid Dec);
    199 SYSCALL_SETUID_X setuid Current USER SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [SETUID SETUID32]
      (res: Errno Dec, uid: Uid Dec);
    200 SYSCALL_SETGID_E setgid Old USER SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [SETGID SETGID32]
      (gid: Gid Dec);
    201 SYSCALL_SETGID_X setgid Current USER SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [SETGID SETGID32]
      (res: Errno Dec, gid: Gid Dec);
    202 SYSCALL_GETUID_E getuid Old USER SYSCALL [OLD_VERSION] [GETUID GETUID32] ();
    203 SYSCALL_GETUID_X getuid Current USER SYSCALL [] [GETUID GETUID32] (uid: Uid Dec);
    204 SYSCALL_GETEUID_E geteuid Old USER SYSCALL [OLD_VERSION] [GETEUID GETEUID32] ();
    205 SYSCALL_GETEUID_X geteuid Current USER SYSCALL [] [GETEUID GETEUID32] (euid: Uid Dec);
    206 SYSCALL_GETGID_E getgid Old USER SYSCALL [OLD_VERSION] [GETGID GETGID32] ();
    207 SYSCALL_GETGID_X getgid Current USER SYSCALL [] [GETGID GETGID32] (gid: Gid Dec);
    208 SYSCALL_GETEGID_E getegid Old USER SYSCALL [OLD_VERSION] [GETEGID GETEGID32] ();
    209 SYSCALL_GETEGID_X getegid Current USER SYSCALL [] [GETEGID GETEGID32] (egid: Gid Dec);
    210 SYSCALL_GETRESUID_E getresuid Old USER SYSCALL [OLD_VERSION] [GETRESUID GETRESUID32] ();
    211 SYSCALL_GETRESUID_X getresuid Current USER SYSCALL [] [GETRESUID GETRESUID32]
      (res: Errno Dec, ruid: Uid Dec, euid: Uid Dec, suid: Uid Dec);
    212 SYSCALL_GETRESGID_E getresgid Old USER SYSCALL [OLD_VERSION] [GETRESGID GETRESGID32] ();
    213 SYSCALL_GETRESGID_X getresgid Current USER SYSCALL [] [GETRESGID GETRESGID32]
      (res: Errno Dec, rgid: Gid Dec, egid: Gid Dec, sgid: Gid Dec);
    214 SYSCALL_EXECVE_15_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    215 SYSCALL_EXECVE_15_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, env: ByteBuf Na);
    216 SYSCALL_CLONE_17_E clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CLONE] ();
    217 SYSCALL_CLONE_17_X clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [CLONE]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    218 SYSCALL_FORK_17_E fork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [FORK] ();
    219 SYSCALL_FORK_17_X fork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [FORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    220 SYSCALL_VFORK_17_E vfork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [VFORK] ();
    221 SYSCALL_VFORK_17_X vfork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [VFORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec, gid: Uint32 Dec);
    222 SYSCALL_CLONE_20_E clone Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CLONE] ();
    223 SYSCALL_CLONE_20_X clone Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [CLONE]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec,
      gid: Uint32 Dec, vtid: Pid Dec, vpid: Pid Dec, pidns_init_start_ts: Uint64 Dec);
    224 SYSCALL_FORK_20_E fork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [FORK] ();
    225 SYSCALL_FORK_20_X fork Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [FORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec,
      gid: Uint32 Dec, vtid: Pid Dec, vpid: Pid Dec, pidns_init_start_ts: Uint64 Dec);
    226 SYSCALL_VFORK_20_E vfork Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [VFORK] ();
    227 SYSCALL_VFORK_20_X vfork Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [VFORK]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec,
      gid: Uint32 Dec, vtid: Pid Dec, vpid: Pid Dec, pidns_init_start_ts: Uint64 Dec);
    228 CONTAINER_E container Old INTERNAL METAEVENT [MODIFIES_STATE SKIPPARSERESET OLD_VERSION CONVERTER_MANAGED] []
      (id: CharBuf Na, type: Uint32 Dec, name: CharBuf Na, image: CharBuf Na);
    229 CONTAINER_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    230 SYSCALL_EXECVE_16_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    231 SYSCALL_EXECVE_16_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, env: ByteBuf Na);
    232 SIGNALDELIVER_E signaldeliver Current SIGNAL TRACEPOINT [] [SIGNAL_DELIVER]
      (spid: Pid Dec, dpid: Pid Dec, sig: SigType Dec);
    233 SIGNALDELIVER_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    234 PROCINFO_E procinfo Current INTERNAL METAEVENT [SKIPPARSERESET] [] (cpu_usr: Uint64 Dec, cpu_sys: Uint64 Dec);
    235 PROCINFO_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    236 SYSCALL_GETDENTS_E getdents Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [GETDENTS] (fd: Fd Na);
    237 SYSCALL_GETDENTS_X getdents Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [GETDENTS]
      (res: Errno Dec, fd: Fd Na);
    238 SYSCALL_GETDENTS64_E getdents64 Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [GETDENTS64]
      (fd: Fd Na);
    239 SYSCALL_GETDENTS64_X getdents64 Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [GETDENTS64]
      (res: Errno Dec, fd: Fd Na);
    240 SYSCALL_SETNS_E setns Old PROCESS SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [SETNS]
      (fd: Fd Na, nstype: Flags32 Hex of clone_flags);
    241 SYSCALL_SETNS_X setns Current PROCESS SYSCALL [USES_FD CONVERTER_MANAGED] [SETNS]
      (res: Errno Dec, fd: Fd Na, nstype: Flags32 Hex of clone_flags);
    242 SYSCALL_FLOCK_E flock Old FILE SYSCALL [USES_FD OLD_VERSION CONVERTER_MANAGED] [FLOCK]
      (fd: Fd Na, operation: Flags32 Hex of flock_flags);
    243 SYSCALL_FLOCK_X flock Current FILE SYSCALL [USES_FD CONVERTER_MANAGED] [FLOCK]
      (res: Errno Dec, fd: Fd Na, operation: Flags32 Hex of flock_flags);
    244 CPU_HOTPLUG_E cpu_hotplug Current SYSTEM METAEVENT [MODIFIES_STATE SKIPPARSERESET] []
      (cpu: Uint32 Dec, action: Uint32 Dec);
    245 CPU_HOTPLUG_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    246 SOCKET_ACCEPT_5_E accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [ACCEPT] ();
    247 SOCKET_ACCEPT_5_X accept Current NET SYSCALL [CREATES_FD MODIFIES_STATE] [ACCEPT]
      (fd: Fd Dec, tuple: SockTuple Na, queuepct: Uint8 Dec, queuelen: Uint32 Dec, queuemax: Uint32 Dec);
    248 SOCKET_ACCEPT4_5_E accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT4]
      (flags: Int32 Hex);
    249 SOCKET_ACCEPT4_5_X accept Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT4]
      (fd: Fd Dec, tuple: SockTuple Na, queuepct: Uint8 Dec, queuelen: Uint32 Dec, queuemax: Uint32 Dec);
    250 SYSCALL_SEMOP_E semop Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SEMOP] (semid: Int32 Dec);
    251 SYSCALL_SEMOP_X semop Current PROCESS SYSCALL [CONVERTER_MANAGED] [SEMOP]
      (res: Errno Dec, nsops: Uint32 Dec, sem_num_0: Uint16 Dec, sem_op_0: Int16 Dec,
      sem_flg_0: Flags16 Hex of semop_flags, sem_num_1: Uint16 Dec, sem_op_1: Int16 Dec,
      sem_flg_1: Flags16 Hex of semop_flags, semid: Int32 Dec);
    252 SYSCALL_SEMCTL_E semctl Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SEMCTL]
      (semid: Int32 Dec, semnum: Int32 Dec, cmd: Flags16 Hex of semctl_commands, val: Int32 Dec);
    253 SYSCALL_SEMCTL_X semctl Current PROCESS SYSCALL [CONVERTER_MANAGED] [SEMCTL]
      (res: Errno Dec, semid: Int32 Dec, semnum: Int32 Dec, cmd: Flags16 Hex of semctl_commands, val: Int32 Dec);
    254 SYSCALL_PPOLL_E ppoll Old WAIT SYSCALL [WAITS OLD_VERSION CONVERTER_MANAGED] [PPOLL]
      (fds: FdList Dec, timeout: RelTime Dec, sigmask: SigSet Dec);
    255 SYSCALL_PPOLL_X ppoll Current WAIT SYSCALL [WAITS CONVERTER_MANAGED] [PPOLL]
      (res: Errno Dec, fds: FdList Dec, timeout: RelTime Dec, sigmask: SigSet Dec);
    256 SYSCALL_MOUNT_E mount Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [MOUNT]
      (flags: Flags32 Hex of mount_flags);
    257 SYSCALL_MOUNT_X mount Current FILE SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [MOUNT]
      (res: Errno Dec, dev: CharBuf Na, dir: FsPath Na, type: CharBuf Na, flags: Flags32 Hex of mount_flags);
    258 SYSCALL_UMOUNT_E umount Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION] [UMOUNT]
      (flags: Flags32 Hex of umount_flags);
    259 SYSCALL_UMOUNT_X umount Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [UMOUNT]
      (res: Errno Dec, name: FsPath Na);
    260 K8S_E k8s Old INTERNAL METAEVENT [MODIFIES_STATE SKIPPARSERESET OLD_VERSION] [] (json: CharBuf Na);
    261 K8S_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    262 SYSCALL_SEMGET_E semget Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SEMGET]
      (key: Int32 Hex, nsems: Int32 Dec, semflg: Flags32 Hex of semget_flags);
    263 SYSCALL_SEMGET_X semget Current PROCESS SYSCALL [CONVERTER_MANAGED] [SEMGET]
      (res: Errno Dec, key: Int32 Hex, nsems: Int32 Dec, semflg: Flags32 Hex of semget_flags);
    264 SYSCALL_ACCESS_E access Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [ACCESS]
      (mode: Flags32 Hex of access_flags);
    265 SYSCALL_ACCESS_X access Current FILE SYSCALL [CONVERTER_MANAGED] [ACCESS]
      (res: Errno Dec, name: FsPath Na, mode: Flags32 Hex of access_flags);
    266 SYSCALL_CHROOT_E chroot Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CHROOT] ();
    267 SYSCALL_CHROOT_X chroot Current PROCESS SYSCALL [MODIFIES_STATE] [CHROOT] (res: Errno Dec, path: FsPath Na);
    268 TRACER_E tracer Old OTHER METAEVENT [OLD_VERSION] []
      (id: Int64 Dec, tags: CharBufArray Na, args: CharBufPairArray Na);
    269 TRACER_X NA Unused UNKNOWN UNKNOWN [UNUSED] []
      (id: Int64 Dec, tags: CharBufArray Na, args: CharBufPairArray Na);
    270 MESOS_E mesos Old INTERNAL METAEVENT [MODIFIES_STATE SKIPPARSERESET OLD_VERSION] [] (json: CharBuf Na);
    271 MESOS_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    272 CONTAINER_JSON_E container Old PROCESS METAEVENT [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] []
      (json: CharBuf Na);
    273 CONTAINER_JSON_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    274 SYSCALL_SETSID_E setsid Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [SETSID] ();
    275 SYSCALL_SETSID_X setsid Current PROCESS SYSCALL [MODIFIES_STATE] [SETSID] (res: Pid Dec);
    276 SYSCALL_MKDIR_2_E mkdir Old FILE SYSCALL [OLD_VERSION CONVERTER_MANAGED] [MKDIR] (mode: Uint32 Hex);
    277 SYSCALL_MKDIR_2_X mkdir Current FILE SYSCALL [CONVERTER_MANAGED] [MKDIR]
      (res: Errno Dec, path: FsPath Na, mode: Uint32 Hex);
    278 SYSCALL_RMDIR_2_E rmdir Old FILE SYSCALL [OLD_VERSION] [RMDIR] ();
    279 SYSCALL_RMDIR_2_X rmdir Current FILE SYSCALL [] [RMDIR] (res: Errno Dec, path: FsPath Na);
    280 NOTIFICATION_E notification Current OTHER METAEVENT [SKIPPARSERESET] [] (id: CharBuf Dec, desc: CharBuf Na);
    281 NOTIFICATION_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    282 SYSCALL_EXECVE_17_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE] ();
    283 SYSCALL_EXECVE_17_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, env: ByteBuf Na, tty: Int32 Dec);
    284 SYSCALL_UNSHARE_E unshare Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [UNSHARE]
      (flags: Flags32 Hex of clone_flags);
    285 SYSCALL_UNSHARE_X unshare Current PROCESS SYSCALL [CONVERTER_MANAGED] [UNSHARE]
      (res: Errno Dec, flags: Flags32 Hex of clone_flags);
    286 INFRASTRUCTURE_EVENT_E infra Current INTERNAL METAEVENT [SKIPPARSERESET] []
      (source: CharBuf Dec, name: CharBuf Na, description: CharBuf Na, scope: CharBuf Na);
    287 INFRASTRUCTURE_EVENT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    288 SYSCALL_EXECVE_18_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (filename: FsPath Na);
    289 SYSCALL_EXECVE_18_X execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, env: ByteBuf Na, tty: Int32 Dec);
    290 PAGE_FAULT_E page_fault Current OTHER TRACEPOINT [SKIPPARSERESET] [PAGE_FAULT_USER PAGE_FAULT_KERNEL]
      (addr: Uint64 Hex, ip: Uint64 Hex, error: Flags32 Hex of pf_flags);
    291 PAGE_FAULT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    292 SYSCALL_EXECVE_19_E execve Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVE]
      (filename: FsPath Na);
    293 SYSCALL_EXECVE_19_X execve Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [EXECVE]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, env: ByteBuf Na, tty: Uint32 Dec, vpgid: Pid Dec,
      loginuid: Uid Dec, flags: Flags32 Hex of execve_flags, cap_inheritable: Uint64 Hex, cap_permitted: Uint64 Hex,
      cap_effective: Uint64 Hex, exe_ino: Uint64 Dec, exe_ino_ctime: AbsTime Dec, exe_ino_mtime: AbsTime Dec,
      uid: Uid Dec, trusted_exepath: FsPath Na, pgid: Pid Na, gid: Gid Dec, filename: FsPath Na);
    294 SYSCALL_SETPGID_E setpgid Old PROCESS SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SETPGID]
      (pid: Pid Dec, pgid: Pid Dec);
    295 SYSCALL_SETPGID_X setpgid Current PROCESS SYSCALL [CONVERTER_MANAGED] [SETPGID]
      (res: Errno Dec, pid: Pid Dec, pgid: Pid Dec);
    296 SYSCALL_BPF_E bpf Old OTHER SYSCALL [CREATES_FD OLD_VERSION CONVERTER_MANAGED] [BPF] (cmd: Int64 Dec);
    297 SYSCALL_BPF_X bpf Old OTHER SYSCALL [CREATES_FD OLD_VERSION CONVERTER_MANAGED] [BPF]
      (res_or_fd: Dyn Dec pick BPF);
    298 SYSCALL_SECCOMP_E seccomp Old OTHER SYSCALL [OLD_VERSION CONVERTER_MANAGED] [SECCOMP]
      (op: Uint64 Dec, flags: Uint64 Hex);
    299 SYSCALL_SECCOMP_X seccomp Current OTHER SYSCALL [CONVERTER_MANAGED] [SECCOMP]
      (res: Errno Dec, op: Uint64 Dec, flags: Uint64 Hex);
    300 SYSCALL_UNLINK_2_E unlink Old FILE SYSCALL [OLD_VERSION] [UNLINK] ();
    301 SYSCALL_UNLINK_2_X unlink Current FILE SYSCALL [] [UNLINK] (res: Errno Dec, path: FsPath Na);
    302 SYSCALL_UNLINKAT_2_E unlinkat Old FILE SYSCALL [OLD_VERSION] [UNLINKAT] ();
    303 SYSCALL_UNLINKAT_2_X unlinkat Current FILE SYSCALL [USES_FD] [UNLINKAT]
      (res: Errno Dec, dirfd: Fd Dec, name: FsRelPath Na at 1, flags: Flags32 Hex of unlinkat_flags);
    304 SYSCALL_MKDIRAT_E mkdirat Old FILE SYSCALL [OLD_VERSION] [MKDIRAT] ();
    305 SYSCALL_MKDIRAT_X mkdirat Current FILE SYSCALL [USES_FD] [MKDIRAT]
      (res: Errno Dec, dirfd: Fd Dec, path: FsRelPath Na at 1, mode: Uint32 Hex);
    306 SYSCALL_OPENAT_2_E openat Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPENAT]
      (dirfd: Fd Dec, name: FsRelPath Na at 0, flags: Flags32 Hex of file_flags, mode: Uint32 Oct);
    307 SYSCALL_OPENAT_2_X openat Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPENAT]
      (fd: Fd Dec, dirfd: Fd Dec, name: FsRelPath Na at 1, flags: Flags32 Hex of file_flags, mode: Uint32 Oct,
      dev: Uint32 Hex, ino: Uint64 Dec);
    308 SYSCALL_LINK_2_E link Old FILE SYSCALL [OLD_VERSION] [LINK] ();
    309 SYSCALL_LINK_2_X link Current FILE SYSCALL [] [LINK] (res: Errno Dec, oldpath: FsPath Na, newpath: FsPath Na);
    310 SYSCALL_LINKAT_2_E linkat Old FILE SYSCALL [OLD_VERSION] [LINKAT] ();
    311 SYSCALL_LINKAT_2_X linkat Current FILE SYSCALL [] [LINKAT]
      (res: Errno Dec, olddir: Fd Dec, oldpath: FsRelPath Na at 1, newdir: Fd Dec, newpath: FsRelPath Na at 3,
      flags: Flags32 Hex of linkat_flags);
    312 SYSCALL_FCHMODAT_E fchmodat Old FILE SYSCALL [OLD_VERSION] [FCHMODAT] ();
    313 SYSCALL_FCHMODAT_X fchmodat Current FILE SYSCALL [USES_FD] [FCHMODAT]
      (res: Errno Dec, dirfd: Fd Dec, filename: FsRelPath Na at 1, mode: Mode Oct of chmod_mode);
    314 SYSCALL_CHMOD_E chmod Old FILE SYSCALL [OLD_VERSION] [CHMOD] ();
    315 SYSCALL_CHMOD_X chmod Current FILE SYSCALL [] [CHMOD]
      (res: Errno Dec, filename: FsPath Na, mode: Mode Oct of chmod_mode);
    316 SYSCALL_FCHMOD_E fchmod Old FILE SYSCALL [OLD_VERSION] [FCHMOD] ();
    317 SYSCALL_FCHMOD_X fchmod Current FILE SYSCALL [USES_FD] [FCHMOD]
      (res: Errno Dec, fd: Fd Dec, mode: Mode Oct of chmod_mode);
    318 SYSCALL_RENAMEAT2_E renameat2 Old FILE SYSCALL [OLD_VERSION] [RENAMEAT2] ();
    319 SYSCALL_RENAMEAT2_X renameat2 Current FILE SYSCALL [] [RENAMEAT2]
      (res: Errno Dec, olddirfd: Fd Dec, oldpath: FsRelPath Na at 1, newdirfd: Fd Dec, newpath: FsRelPath Na at 3,
      flags: Flags32 Hex of renameat2_flags);
    320 SYSCALL_USERFAULTFD_E userfaultfd Old FILE SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [USERFAULTFD] ();
    321 SYSCALL_USERFAULTFD_X userfaultfd Current FILE SYSCALL [CREATES_FD MODIFIES_STATE] [USERFAULTFD]
      (res: Errno Dec, flags: Flags32 Hex of file_flags);
    322 PLUGINEVENT_E pluginevent Current OTHER PLUGIN [LARGE_PAYLOAD] []
      (plugin_id: Uint32 Dec, event_data: ByteBuf Na);
    323 PLUGINEVENT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    324 CONTAINER_JSON_2_E container Current PROCESS METAEVENT [MODIFIES_STATE LARGE_PAYLOAD] [] (json: CharBuf Na);
    325 CONTAINER_JSON_2_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    326 SYSCALL_OPENAT2_E openat2 Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPENAT2]
      (dirfd: Fd Dec, name: FsRelPath Na at 0, flags: Flags32 Hex of file_flags, mode: Uint32 Oct,
      resolve: Flags32 Hex of openat2_flags);
    327 SYSCALL_OPENAT2_X openat2 Current FILE SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [OPENAT2]
      (fd: Fd Dec, dirfd: Fd Dec, name: FsRelPath Na at 1, flags: Flags32 Hex of file_flags, mode: Uint32 Oct,
      resolve: Flags32 Hex of openat2_flags, dev: Uint32 Hex, ino: Uint64 Dec);
    328 SYSCALL_MPROTECT_E mprotect Old MEMORY SYSCALL [OLD_VERSION CONVERTER_MANAGED] [MPROTECT]
      (addr: Uint64 Hex, length: Uint64 Dec, prot: Flags32 Hex of prot_flags);
    329 SYSCALL_MPROTECT_X mprotect Current MEMORY SYSCALL [CONVERTER_MANAGED] [MPROTECT]
      (res: Errno Dec, addr: Uint64 Hex, length: Uint64 Dec, prot: Flags32 Hex of prot_flags);
    330 SYSCALL_EXECVEAT_E execveat Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EXECVEAT]
      (dirfd: Fd Dec, pathname: FsRelPath Na at 0, flags: Flags32 Hex of execveat_flags);
    331 SYSCALL_EXECVEAT_X execveat Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [EXECVEAT]
      (res: Errno Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, env: ByteBuf Na, tty: Uint32 Dec, vpgid: Pid Dec,
      loginuid: Uid Dec, flags: Flags32 Hex of execve_flags, cap_inheritable: Uint64 Hex, cap_permitted: Uint64 Hex,
      cap_effective: Uint64 Hex, exe_ino: Uint64 Dec, exe_ino_ctime: AbsTime Dec, exe_ino_mtime: AbsTime Dec,
      uid: Uid Dec, trusted_exepath: FsPath Na, pgid: Pid Na, gid: Gid Dec);
    332 SYSCALL_COPY_FILE_RANGE_E copy_file_range Old FILE SYSCALL [USES_FD READS_FROM_FD WRITES_TO_FD OLD_VERSION
      CONVERTER_MANAGED] [COPY_FILE_RANGE]
      (fdin: Fd Dec, offin: Uint64 Dec, len: Uint64 Dec);
    333 SYSCALL_COPY_FILE_RANGE_X copy_file_range Current FILE SYSCALL [USES_FD READS_FROM_FD WRITES_TO_FD
      CONVERTER_MANAGED] [COPY_FILE_RANGE]
      (res: Errno Dec, fdout: Fd Dec, offout: Uint64 Dec, fdin: Fd Dec, offin: Uint64 Dec, len: Uint64 Dec);
    334 SYSCALL_CLONE3_E clone3 Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CLONE3] ();
    335 SYSCALL_CLONE3_X clone3 Current PROCESS SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [CLONE3]
      (res: Pid Dec, exe: CharBuf Na, args: ByteBuf Na, tid: Pid Dec, pid: Pid Dec, ptid: Pid Dec, cwd: CharBuf Na,
      fdlimit: Int64 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec, vm_size: Uint32 Dec, vm_rss: Uint32 Dec,
      vm_swap: Uint32 Dec, comm: CharBuf Na, cgroups: ByteBuf Na, flags: Flags32 Hex of clone_flags, uid: Uint32 Dec,
      gid: Uint32 Dec, vtid: Pid Dec, vpid: Pid Dec, pidns_init_start_ts: Uint64 Dec);
    336 SYSCALL_OPEN_BY_HANDLE_AT_E open_by_handle_at Old FILE SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION]
      [OPEN_BY_HANDLE_AT]
      ();
    337 SYSCALL_OPEN_BY_HANDLE_AT_X open_by_handle_at Current FILE SYSCALL [CREATES_FD MODIFIES_STATE]
      [OPEN_BY_HANDLE_AT]
      (fd: Fd Dec, mountfd: Fd Dec, flags: Flags32 Hex of file_flags, path: FsPath Na, dev: Uint32 Hex,
      ino: Uint64 Dec);
    338 SYSCALL_IO_URING_SETUP_E io_uring_setup Old IO_OTHER SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION]
      [IO_URING_SETUP]
      ();
    339 SYSCALL_IO_URING_SETUP_X io_uring_setup Current IO_OTHER SYSCALL [CREATES_FD MODIFIES_STATE] [IO_URING_SETUP]
      (res: Errno Dec, entries: Uint32 Dec, sq_entries: Uint32 Dec, cq_entries: Uint32 Dec,
      flags: Flags32 Hex of io_uring_setup_flags, sq_thread_cpu: Uint32 Dec, sq_thread_idle: Uint32 Dec,
      features: Flags32 Hex of io_uring_setup_feats);
    340 SYSCALL_IO_URING_ENTER_E io_uring_enter Old IO_OTHER SYSCALL [OLD_VERSION] [IO_URING_ENTER] ();
    341 SYSCALL_IO_URING_ENTER_X io_uring_enter Current IO_OTHER SYSCALL [USES_FD] [IO_URING_ENTER]
      (res: Errno Dec, fd: Fd Dec, to_submit: Uint32 Dec, min_complete: Uint32 Dec,
      flags: Flags32 Hex of io_uring_enter_flags, sig: SigSet Dec);
    342 SYSCALL_IO_URING_REGISTER_E io_uring_register Old IO_OTHER SYSCALL [OLD_VERSION] [IO_URING_REGISTER] ();
    343 SYSCALL_IO_URING_REGISTER_X io_uring_register Current IO_OTHER SYSCALL [USES_FD] [IO_URING_REGISTER]
      (res: Errno Dec, fd: Fd Dec, opcode: EnumFlags16 Dec of io_uring_register_opcodes, arg: Uint64 Hex,
      nr_args: Uint32 Dec);
    344 SYSCALL_MLOCK_E mlock Old MEMORY SYSCALL [OLD_VERSION] [MLOCK] ();
    345 SYSCALL_MLOCK_X mlock Current MEMORY SYSCALL [] [MLOCK] (res: Errno Dec, addr: Uint64 Hex, len: Uint64 Dec);
    346 SYSCALL_MUNLOCK_E munlock Old MEMORY SYSCALL [OLD_VERSION] [MUNLOCK] ();
    347 SYSCALL_MUNLOCK_X munlock Current MEMORY SYSCALL [] [MUNLOCK]
      (res: Errno Dec, addr: Uint64 Hex, len: Uint64 Dec);
    348 SYSCALL_MLOCKALL_E mlockall Old MEMORY SYSCALL [OLD_VERSION] [MLOCKALL] ();
    349 SYSCALL_MLOCKALL_X mlockall Current MEMORY SYSCALL [] [MLOCKALL]
      (res: Errno Dec, flags: Flags32 Hex of mlockall_flags);
    350 SYSCALL_MUNLOCKALL_E munlockall Old MEMORY SYSCALL [OLD_VERSION] [MUNLOCKALL] ();
    351 SYSCALL_MUNLOCKALL_X munlockall Current MEMORY SYSCALL [] [MUNLOCKALL] (res: Errno Dec);
    352 SYSCALL_CAPSET_E capset Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [CAPSET] ();
    353 SYSCALL_CAPSET_X capset Current PROCESS SYSCALL [MODIFIES_STATE] [CAPSET]
      (res: Errno Dec, cap_inheritable: Uint64 Hex, cap_permitted: Uint64 Hex, cap_effective: Uint64 Hex);
    354 USER_ADDED_E useradded Current PROCESS METAEVENT [MODIFIES_STATE] []
      (uid: Uint32 Dec, gid: Uint32 Dec, name: CharBuf Na, home: CharBuf Na, shell: CharBuf Na,
      container_id: CharBuf Na);
    355 USER_ADDED_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    356 USER_DELETED_E userdeleted Current PROCESS METAEVENT [MODIFIES_STATE] []
      (uid: Uint32 Dec, gid: Uint32 Dec, name: CharBuf Na, home: CharBuf Na, shell: CharBuf Na,
      container_id: CharBuf Na);
    357 USER_DELETED_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    358 GROUP_ADDED_E groupadded Current PROCESS METAEVENT [MODIFIES_STATE] []
      (gid: Uint32 Dec, name: CharBuf Na, container_id: CharBuf Na);
    359 GROUP_ADDED_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    360 GROUP_DELETED_E groupdeleted Current PROCESS METAEVENT [MODIFIES_STATE] []
      (gid: Uint32 Dec, name: CharBuf Na, container_id: CharBuf Na);
    361 GROUP_DELETED_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    362 SYSCALL_DUP2_E dup2 Old IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] [DUP2] (fd: Fd Dec);
    363 SYSCALL_DUP2_X dup2 Current IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE] [DUP2]
      (res: Fd Dec, oldfd: Fd Dec, newfd: Fd Dec);
    364 SYSCALL_DUP3_E dup3 Old IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] [DUP3] (fd: Fd Dec);
    365 SYSCALL_DUP3_X dup3 Current IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE] [DUP3]
      (res: Fd Dec, oldfd: Fd Dec, newfd: Fd Dec, flags: Flags32 Hex of file_flags);
    366 SYSCALL_DUP_1_E dup Old IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE OLD_VERSION] [DUP] (fd: Fd Dec);
    367 SYSCALL_DUP_1_X dup Current IO_OTHER SYSCALL [CREATES_FD USES_FD MODIFIES_STATE] [DUP]
      (res: Fd Dec, oldfd: Fd Dec);
    368 SYSCALL_BPF_2_E bpf Old OTHER SYSCALL [CREATES_FD OLD_VERSION] [BPF] (cmd: Int64 Dec);
    369 SYSCALL_BPF_2_X bpf Current OTHER SYSCALL [CREATES_FD] [BPF] (fd: Fd Dec, cmd: EnumFlags32 Dec of bpf_commands);
    370 SYSCALL_MLOCK2_E mlock2 Old MEMORY SYSCALL [OLD_VERSION] [MLOCK2] ();
    371 SYSCALL_MLOCK2_X mlock2 Current MEMORY SYSCALL [] [MLOCK2]
      (res: Errno Dec, addr: Uint64 Hex, len: Uint64 Dec, flags: Flags32 Hex of mlock2_flags);
    372 SYSCALL_FSCONFIG_E fsconfig Old SYSTEM SYSCALL [OLD_VERSION] [FSCONFIG] ();
    373 SYSCALL_FSCONFIG_X fsconfig Current SYSTEM SYSCALL [USES_FD] [FSCONFIG]
      (res: Errno Dec, fd: Fd Dec, cmd: EnumFlags32 Dec of fsconfig_cmds, key: CharBuf Na, value_bytebuf: ByteBuf Na,
      value_charbuf: CharBuf Na, aux: Int32 Dec);
    374 SYSCALL_EPOLL_CREATE_E epoll_create Old WAIT SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [EPOLL_CREATE]
      (size: Int32 Dec);
    375 SYSCALL_EPOLL_CREATE_X epoll_create Current WAIT SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED]
      [EPOLL_CREATE]
      (res: Errno Dec, size: Int32 Dec);
    376 SYSCALL_EPOLL_CREATE1_E epoll_create1 Old WAIT SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [EPOLL_CREATE1]
      (flags: Flags32 Hex of epoll_create1_flags);
    377 SYSCALL_EPOLL_CREATE1_X epoll_create1 Current WAIT SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED]
      [EPOLL_CREATE1]
      (res: Errno Dec, flags: Flags32 Hex of epoll_create1_flags);
    378 SYSCALL_CHOWN_E chown Old FILE SYSCALL [OLD_VERSION] [CHOWN] ();
    379 SYSCALL_CHOWN_X chown Current FILE SYSCALL [] [CHOWN]
      (res: Errno Dec, path: FsPath Na, uid: Uint32 Dec, gid: Uint32 Dec);
    380 SYSCALL_LCHOWN_E lchown Old FILE SYSCALL [OLD_VERSION] [LCHOWN] ();
    381 SYSCALL_LCHOWN_X lchown Current FILE SYSCALL [] [LCHOWN]
      (res: Errno Dec, path: FsPath Na, uid: Uint32 Dec, gid: Uint32 Dec);
    382 SYSCALL_FCHOWN_E fchown Old FILE SYSCALL [OLD_VERSION] [FCHOWN] ();
    383 SYSCALL_FCHOWN_X fchown Current FILE SYSCALL [USES_FD] [FCHOWN]
      (res: Errno Dec, fd: Fd Dec, uid: Uint32 Dec, gid: Uint32 Dec);
    384 SYSCALL_FCHOWNAT_E fchownat Old FILE SYSCALL [OLD_VERSION] [FCHOWNAT] ();
    385 SYSCALL_FCHOWNAT_X fchownat Current FILE SYSCALL [USES_FD] [FCHOWNAT]
      (res: Errno Dec, dirfd: Fd Dec, pathname: FsRelPath Na at 1, uid: Uint32 Dec, gid: Uint32 Dec,
      flags: Flags32 Hex of fchownat_flags);
    386 SYSCALL_UMOUNT_1_E umount Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION] [UMOUNT] ();
    387 SYSCALL_UMOUNT_1_X umount Current FILE SYSCALL [MODIFIES_STATE] [UMOUNT] (res: Errno Dec, name: FsPath Na);
    388 SOCKET_ACCEPT4_6_E accept4 Old NET SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [ACCEPT4]
      (flags: Int32 Hex);
    389 SOCKET_ACCEPT4_6_X accept4 Current NET SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [ACCEPT4]
      (fd: Fd Dec, tuple: SockTuple Na, queuepct: Uint8 Dec, queuelen: Uint32 Dec, queuemax: Uint32 Dec,
      flags: Int32 Hex);
    390 SYSCALL_UMOUNT2_E umount2 Old FILE SYSCALL [MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [UMOUNT2]
      (flags: Flags32 Hex of umount_flags);
    391 SYSCALL_UMOUNT2_X umount2 Current FILE SYSCALL [MODIFIES_STATE CONVERTER_MANAGED] [UMOUNT2]
      (res: Errno Dec, name: FsPath Na, flags: Flags32 Hex of umount_flags);
    392 SYSCALL_PIPE2_E pipe2 Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [PIPE2] ();
    393 SYSCALL_PIPE2_X pipe2 Current IPC SYSCALL [CREATES_FD MODIFIES_STATE] [PIPE2]
      (res: Errno Dec, fd1: Fd Dec, fd2: Fd Dec, ino: Uint64 Dec, flags: Flags32 Hex of file_flags);
    394 SYSCALL_INOTIFY_INIT1_E inotify_init1 Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [INOTIFY_INIT1]
      ();
    395 SYSCALL_INOTIFY_INIT1_X inotify_init1 Current IPC SYSCALL [CREATES_FD MODIFIES_STATE] [INOTIFY_INIT1]
      (res: Fd Dec, flags: Flags16 Hex of file_flags);
    396 SYSCALL_EVENTFD2_E eventfd2 Old IPC SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED] [EVENTFD2]
      (initval: Uint64 Dec);
    397 SYSCALL_EVENTFD2_X eventfd2 Current IPC SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [EVENTFD2]
      (res: Fd Dec, flags: Flags16 Hex of file_flags, initval: Uint64 Dec);
    398 SYSCALL_SIGNALFD4_E signalfd4 Old SIGNAL SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION CONVERTER_MANAGED]
      [SIGNALFD4]
      (fd: Fd Dec, mask: Uint32 Hex);
    399 SYSCALL_SIGNALFD4_X signalfd4 Current SIGNAL SYSCALL [CREATES_FD MODIFIES_STATE CONVERTER_MANAGED] [SIGNALFD4]
      (res: Fd Dec, flags: Flags16 Hex of file_flags, fd: Fd Dec, mask: Uint32 Hex);
    400 SYSCALL_PRCTL_E prctl Old PROCESS SYSCALL [MODIFIES_STATE OLD_VERSION] [PRCTL] ();
    401 SYSCALL_PRCTL_X prctl Current PROCESS SYSCALL [MODIFIES_STATE] [PRCTL]
      (res: Errno Dec, option: EnumFlags32 Dec of prctl_options, arg2_str: CharBuf Na, arg2_int: Int64 Dec);
    402 ASYNCEVENT_E asyncevent Current OTHER METAEVENT [LARGE_PAYLOAD] []
      (plugin_id: Uint32 Dec, name: CharBuf Na, data: ByteBuf Na);
    403 ASYNCEVENT_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    404 SYSCALL_MEMFD_CREATE_E memfd_create Old MEMORY SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [MEMFD_CREATE]
      ();
    405 SYSCALL_MEMFD_CREATE_X memfd_create Current MEMORY SYSCALL [CREATES_FD MODIFIES_STATE] [MEMFD_CREATE]
      (fd: Fd Dec, name: CharBuf Na, flags: Flags32 Hex of memfd_create_flags);
    406 SYSCALL_PIDFD_GETFD_E pidfd_getfd Old PROCESS SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [PIDFD_GETFD] ();
    407 SYSCALL_PIDFD_GETFD_X pidfd_getfd Current PROCESS SYSCALL [CREATES_FD MODIFIES_STATE] [PIDFD_GETFD]
      (fd: Fd Dec, pid_fd: Fd Dec, target_fd: Fd Dec, flags: Uint32 Hex);
    408 SYSCALL_PIDFD_OPEN_E pidfd_open Old PROCESS SYSCALL [CREATES_FD MODIFIES_STATE OLD_VERSION] [PIDFD_OPEN] ();
    409 SYSCALL_PIDFD_OPEN_X pidfd_open Current PROCESS SYSCALL [CREATES_FD MODIFIES_STATE] [PIDFD_OPEN]
      (fd: Fd Dec, pid: Pid Dec, flags: Flags32 Hex of pidfd_open_flags);
    410 SYSCALL_INIT_MODULE_E init_module Old OTHER SYSCALL [OLD_VERSION] [INIT_MODULE] ();
    411 SYSCALL_INIT_MODULE_X init_module Current OTHER SYSCALL [] [INIT_MODULE]
      (res: Errno Dec, img: ByteBuf Na, length: Uint64 Dec, uargs: CharBuf Na);
    412 SYSCALL_FINIT_MODULE_E finit_module Old OTHER SYSCALL [OLD_VERSION] [FINIT_MODULE] ();
    413 SYSCALL_FINIT_MODULE_X finit_module Current OTHER SYSCALL [USES_FD READS_FROM_FD] [FINIT_MODULE]
      (res: Errno Dec, fd: Fd Dec, uargs: CharBuf Na, flags: Flags32 Hex of finit_module_flags);
    414 SYSCALL_MKNOD_E mknod Old OTHER SYSCALL [OLD_VERSION] [MKNOD] ();
    415 SYSCALL_MKNOD_X mknod Current OTHER SYSCALL [] [MKNOD]
      (res: Errno Dec, path: FsPath Na, mode: Mode Oct of mknod_mode, dev: Uint32 Dec);
    416 SYSCALL_MKNODAT_E mknodat Old OTHER SYSCALL [OLD_VERSION] [MKNODAT] ();
    417 SYSCALL_MKNODAT_X mknodat Current OTHER SYSCALL [USES_FD] [MKNODAT]
      (res: Errno Dec, dirfd: Fd Dec, path: FsRelPath Na at 1, mode: Mode Oct of mknod_mode, dev: Uint32 Dec);
    418 SYSCALL_NEWFSTATAT_E newfstatat Old FILE SYSCALL [OLD_VERSION] [NEWFSTATAT] ();
    419 SYSCALL_NEWFSTATAT_X newfstatat Current FILE SYSCALL [USES_FD] [NEWFSTATAT]
      (res: Errno Dec, dirfd: Fd Dec, path: FsRelPath Na at 1, flags: Flags32 Hex of newfstatat_flags);
    420 SYSCALL_PROCESS_VM_READV_E process_vm_readv Old IPC SYSCALL [OLD_VERSION] [PROCESS_VM_READV] ();
    421 SYSCALL_PROCESS_VM_READV_X process_vm_readv Current IPC SYSCALL [] [PROCESS_VM_READV]
      (res: Int64 Dec, pid: Pid Dec, data: ByteBuf Na);
    422 SYSCALL_PROCESS_VM_WRITEV_E process_vm_writev Old IPC SYSCALL [OLD_VERSION] [PROCESS_VM_WRITEV] ();
    423 SYSCALL_PROCESS_VM_WRITEV_X process_vm_writev Current IPC SYSCALL [] [PROCESS_VM_WRITEV]
      (res: Int64 Dec, pid: Pid Dec, data: ByteBuf Na);
    424 SYSCALL_DELETE_MODULE_E delete_module Old OTHER SYSCALL [OLD_VERSION] [DELETE_MODULE] ();
    425 SYSCALL_DELETE_MODULE_X delete_module Current OTHER SYSCALL [] [DELETE_MODULE]
      (res: Errno Dec, name: CharBuf Na, flags: Flags32 Hex of delete_module_flags);
    426 SYSCALL_SETREUID_E setreuid Old USER SYSCALL [MODIFIES_STATE OLD_VERSION] [SETREUID] ();
    427 SYSCALL_SETREUID_X setreuid Current USER SYSCALL [MODIFIES_STATE] [SETREUID]
      (res: Errno Dec, ruid: Uid Dec, euid: Uid Dec);
    428 SYSCALL_SETREGID_E setregid Old USER SYSCALL [OLD_VERSION] [SETREGID] ();
    429 SYSCALL_SETREGID_X setregid Current USER SYSCALL [MODIFIES_STATE] [SETREGID]
      (res: Errno Dec, rgid: Uid Dec, egid: Uid Dec);
    430 ITER_TASK_E task Current PROCESS ITER [MODIFIES_STATE] []
      (ppid: Pid32 Dec, pgid: Pid32 Dec, vpgid: Pid32 Dec, sid: Pid32 Dec, comm: CharBuf Na, argv: CharBufArray Na,
      exepath: FsPath Na, flags: Flags32 Hex of execve_flags, env: CharBufArray Na, cwd: CharBuf Na,
      fdlimit: Uint64 Dec, euid: Uid Dec, egid: Gid Dec, cap_permitted: Uint64 Hex, cap_effective: Uint64 Hex,
      cap_inheritable: Uint64 Hex, exe_ino_num: Uint64 Dec, exe_ino_ctime: AbsTime Dec, exe_ino_mtime: AbsTime Dec,
      vm_size: Uint32 Dec, vm_rss: Uint32 Dec, vm_swap: Uint32 Dec, pgft_maj: Uint64 Dec, pgft_min: Uint64 Dec,
      vtgid: Pid32 Dec, vpid: Pid32 Dec, pidns_init_start_ts: Uint64 Dec, cgroups: CharBufArray Na, root: FsPath Na,
      start_time: AbsTime Dec, tty: Uint32 Dec, loginuid: Uid Dec);
    431 ITER_TASK_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    432 ITER_TASK_FILE_PIPE_E task_file_pipe Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, path: FsPath Na, ino_num: Uint64 Dec);
    433 ITER_TASK_FILE_PIPE_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    434 ITER_TASK_FILE_MEMFD_E task_file_memfd Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, path: FsPath Na, ino_num: Uint64 Dec);
    435 ITER_TASK_FILE_MEMFD_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    436 ITER_TASK_FILE_REGULAR_E task_file_regular Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, path: FsPath Na, flags: Flags32 Hex of file_flags, mnt_id: Uint32 Dec, ino_num: Uint64 Dec);
    437 ITER_TASK_FILE_REGULAR_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    438 ITER_TASK_FILE_DIRECTORY_E task_file_directory Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, path: FsPath Na, ino_num: Uint64 Dec);
    439 ITER_TASK_FILE_DIRECTORY_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    440 ITER_TASK_FILE_SOCKET_INET_E task_file_socket_inet Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, sk_type: Uint16 Dec, sk_proto: Uint16 Dec, local_ip: Ipv4Addr Hex, local_port: Port Hex,
      remote_ip: Ipv4Addr Hex, remote_port: Port Hex, ino_num: Uint64 Dec);
    441 ITER_TASK_FILE_SOCKET_INET_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    442 ITER_TASK_FILE_SOCKET_INET6_E task_file_socket_inet6 Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, sk_type: Uint16 Dec, sk_proto: Uint16 Dec, local_ip: Ipv6Addr Hex, local_port: Port Hex,
      remote_ip: Ipv6Addr Hex, remote_port: Port Hex, ino_num: Uint64 Dec);
    443 ITER_TASK_FILE_SOCKET_INET6_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    444 ITER_TASK_FILE_SOCKET_UNIX_E task_file_socket_unix Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, sk_type: Uint16 Dec, sk_proto: Uint16 Dec, sk_pointer: Uint64 Na, sun_path: FsPath Na,
      ino_num: Uint64 Dec);
    445 ITER_TASK_FILE_SOCKET_UNIX_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    446 ITER_TASK_FILE_SOCKET_NETLINK_E task_file_socket_netlink Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, sk_type: Uint16 Dec, sk_proto: Uint16 Dec, ino_num: Uint64 Dec);
    447 ITER_TASK_FILE_SOCKET_NETLINK_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    448 ITER_TASK_FILE_ANON_INODE_E task_file_anon_inode Current FILE ITER [MODIFIES_STATE] []
      (fd: Fd32 Dec, fd_type: Flags8 Dec of anon_inode_fd_types, path: FsPath Na, ino_num: Uint64 Dec);
    449 ITER_TASK_FILE_ANON_INODE_X NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    450 SYSCALL_CLOSE_RANGE_E NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    451 SYSCALL_CLOSE_RANGE_X close_range Current IO_OTHER SYSCALL [MODIFIES_STATE] [CLOSE_RANGE]
      (res: Errno Dec, first: Uint32 Dec, last: Uint32 Dec, flags: Flags32 Hex of close_range_flags);
    452 SYSCALL_KEYCTL_E NA Unused UNKNOWN UNKNOWN [UNUSED] [] ();
    453 SYSCALL_KEYCTL_X keyctl Current OTHER SYSCALL [] [KEYCTL]
      (res: Errno Dec, operation: EnumFlags32 Dec of keyctl_operations, arg2: Dyn Dec pick KEYCTL,
      arg3: Dyn Dec pick KEYCTL, arg4: Dyn Dec pick KEYCTL, arg5: Dyn Dec pick KEYCTL);
}
