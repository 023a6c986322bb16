//! Rules that test what the kernel tests, and what it must not mistake for that.

/// Rules that one engine is given: their conditions, where `@` is the load's folder, and what their output shows.
pub struct Ruleset {
    pub name: &'static str,
    pub output: &'static str,
    pub conditions: &'static [&'static str],
}

/// All that can be told of an open.
const OPEN: &str =
    "%evt.type %proc.name %proc.pid %thread.tid %evt.res %fd.num %fd.name %fd.nameraw %fd.typechar %evt.args";
/// The same for what names a path.
const PATH: &str = "%evt.type %proc.name %proc.pid %evt.res %fs.path.name %fs.path.nameraw %evt.args %proc.cwd";
/// All that can be told of a connection.
const CONNECTION: &str = "%evt.type %proc.pid %evt.res %fd.num %fd.name %fd.type %fd.l4proto %fd.cip %fd.cport %fd.sip %fd.sport \
    %fd.rip %fd.connected %fd.is_server %evt.args";
/// Of an event about a descriptor nothing that the descriptor is.
const DEED: &str = "%evt.type %proc.name %proc.pid %thread.tid %evt.res";

pub const RULESETS: &[Ruleset] = &[
    Ruleset {
        name: "names of opened files",
        output: OPEN,
        conditions: &[
            "evt.type in (open, openat, openat2, creat) and fd.name = @/etc/shadow",
            "evt.type in (open, openat, openat2) and fd.name startswith @/etc/sub",
            "evt.type = openat and fd.name endswith .key",
            "evt.type in (openat, openat2) and fd.name in (@/etc/.hidden, @/plain/id_rsa)",
            "evt.type in (open, openat) and fd.directory = @/etc",
            "evt.type = openat and fd.filename = shadow",
            "evt.type = openat and fd.filename in (id_rsa, none)",
        ],
    },
    Ruleset {
        name: "pieces of names",
        output: OPEN,
        conditions: &[
            "evt.type = openat and fd.name contains /id_",
            "evt.type = openat and fd.name glob '*/plain/*_rsa'",
            "evt.type = openat and fd.name glob '@/et?/sh*'",
            "evt.type = openat and fd.name pmatch (@/etc/sub, @/deep)",
            "evt.type = openat and fd.name icontains SHADOW and evt.is_open_write = true",
        ],
    },
    Ruleset {
        name: "names as given",
        output: OPEN,
        conditions: &[
            "evt.type = openat and fd.nameraw = shadow",
            "evt.type = openat and fd.nameraw contains ../",
            "evt.type = openat and evt.arg.name endswith /etc/shadow",
            "evt.type = openat and evt.arg.name startswith @/etc//",
            "evt.type = openat and evt.arg.name endswith sub/key",
            "evt.type = openat and fs.path.nameraw = '../etc/shadow'",
            "evt.type = openat and fs.path.name = @/etc/shadow and evt.failed = true",
        ],
    },
    Ruleset {
        name: "odd names",
        output: OPEN,
        conditions: &[
            "evt.type = openat and fd.name contains TOO_LONG",
            "evt.type = openat and fd.name startswith '<'",
            "evt.type = openat and fd.name = @/plain/...",
            "evt.type = openat and fd.name endswith '/with space'",
            "evt.type = openat and fd.name = /",
            "evt.type = openat and fd.name endswith /etc",
            "evt.type = openat and evt.arg.name = <NA>",
            "evt.type = open and fd.name exists and fd.num < 0",
        ],
    },
    Ruleset {
        name: "tests that the kernel has not",
        output: OPEN,
        conditions: &[
            "evt.type = openat and fd.name regex '.*/plain/[a-z]+_rsa'",
            "evt.type = openat and evt.arg[2] contains 'plain/a'",
            "evt.type = openat and fd.name endswith 'ä'",
            "evt.type = openat and evt.arg.flags contains O_TMPFILE",
        ],
    },
    Ruleset {
        name: "results",
        output: OPEN,
        conditions: &[
            "evt.type = openat and evt.rawres = -2 and fd.name startswith @",
            "evt.type = openat and evt.rawres < -30",
            "evt.type = openat and evt.rawres in (-13, -20) and proc.name startswith python",
            "evt.type = openat and evt.res = ELOOP",
            "evt.type = openat and evt.res in (ENAMETOOLONG, EACCES)",
            "evt.type = openat and not evt.res = SUCCESS and evt.arg.name startswith @/etc",
            "evt.type in (open, openat2, creat) and evt.failed = true and fd.num >= 0",
            "evt.type in (open, creat) and evt.failed = true",
            "evt.type = openat and fd.num > 4 and fd.name startswith @/plain",
            "evt.type = openat and fd.num = -1 and evt.arg.name endswith none",
        ],
    },
    Ruleset {
        name: "flags",
        output: OPEN,
        conditions: &[
            "evt.type in (open, openat, openat2, creat) and evt.is_open_write = true and fd.name startswith @/etc/",
            "evt.type in (open, openat) and evt.is_open_read = true and fd.name = @/plain/file",
            "evt.type in (open, openat) and evt.is_open_read = false and fd.name startswith @",
            "evt.type in (open, openat) and not evt.is_open_write = true and not evt.is_open_read = true",
            "evt.type = openat and evt.is_open_create = true and fd.name startswith @",
        ],
    },
    Ruleset {
        name: "turned round",
        output: OPEN,
        conditions: &[
            "evt.type = openat and not fd.name startswith @/plain and fd.name startswith @ and fd.num >= 0",
            "evt.type = openat and not (fd.name = @/etc/shadow or fd.name = @/plain/file) and fd.name startswith @/etc",
            "evt.type = openat and fd.name != @/etc/shadow and fd.filename = shadow",
            "evt.type = openat and not fd.directory in (@/plain, @/etc) and fd.name startswith @/deep",
            "evt.type = openat and (fd.name = @/etc/sub/key or evt.rawres = -40)",
            "evt.type = openat and (evt.is_open_write = true or fd.name endswith key) and fd.name startswith @/etc",
        ],
    },
    Ruleset {
        name: "kinds of descriptors",
        output: OPEN,
        conditions: &[
            "evt.type = openat and fd.typechar = 'd' and fd.name startswith @",
            "evt.type = openat and fd.type = directory and fd.name startswith @/etc",
            "evt.type = openat and fd.type in (ipv4, unix)",
            "evt.type = openat and (fd.type = ipv4 or fd.name = @/plain/id_rsa)",
            "evt.type = openat and fd.sip = 127.0.0.1 or (evt.type = creat and fd.name startswith @)",
            "evt.type = openat2 and fd.dev > 0 and fd.name startswith @",
        ],
    },
    Ruleset {
        name: "who it is",
        output: OPEN,
        conditions: &[
            "evt.type = openat and container.id = 4f1d0c9b7a3e and fd.name startswith @/etc",
            "evt.type = openat and container.id != host and fd.name = @/plain/file",
            "evt.type = openat and container.id != 4f1d0c9b7a3e and fd.name = @/etc/sub/key",
            "evt.type = openat and user.uid = 65534 and fd.name startswith @",
            "evt.type = openat and proc.name = cat and fd.name startswith @",
            "evt.type = openat and proc.aname[1] = sh and fd.name startswith @",
            "evt.type = openat and proc.cwd startswith @/etc and fd.name startswith @/plain",
        ],
    },
    Ruleset {
        name: "names of other calls",
        output: PATH,
        conditions: &[
            "evt.type in (unlink, unlinkat) and fs.path.name = @/etc/changed",
            "evt.type in (unlink, unlinkat) and evt.arg.path endswith .key",
            "evt.type in (unlink, unlinkat, rmdir) and evt.failed = true and evt.arg.path endswith changed",
            "evt.type in (mkdir, mkdirat) and fs.path.nameraw startswith ../",
            "evt.type in (mkdir, mkdirat, rmdir) and evt.rawres != 0",
            "evt.type in (chmod, fchmodat) and fs.path.nameraw = changed",
            "evt.type in (chown, lchown, fchownat) and fs.path.name startswith @/etc",
            "evt.type in (chmod, fchmodat) and evt.arg.mode contains S_IXUSR",
            "evt.type in (rename, renameat, renameat2) and fs.path.target startswith @/etc",
            "evt.type in (rename, renameat, renameat2) and fs.path.source = @/etc/changed.link",
            "evt.type in (link, linkat, symlink, symlinkat) and fs.path.target startswith @/plain",
        ],
    },
    Ruleset {
        name: "later events by name",
        output: DEED,
        conditions: &[
            "evt.type = fstat and fd.name = @/etc/shadow",
            "evt.type = fchmod and fd.name startswith @/etc/",
            "evt.type = flock and fd.filename = id_rsa",
            "evt.type = lseek and fd.directory = @/plain and fd.name endswith other",
            "evt.type in (dup, dup2, dup3) and fd.name = @/etc/shadow",
            "evt.type = fcntl and fd.name endswith shadow",
            "evt.type = fchown and fd.name startswith @/etc/",
            "evt.type = ioctl and fd.name = @/etc/shadow",
            "evt.type = newfstatat and fd.name = @/etc/shadow",
            "evt.type = fchownat and fd.name = @/etc/shadow",
            "evt.type = setns and fd.name endswith /ns/uts",
            "evt.type = fchdir and fd.name = @/etc",
        ],
    },
    Ruleset {
        name: "what shows a descriptor",
        output: "%evt.type %proc.pid %evt.res %fd.name",
        conditions: &["evt.type = setns", "evt.type = openat and fd.name startswith @/etc"],
    },
    Ruleset {
        name: "later events by kind",
        output: DEED,
        conditions: &[
            "evt.type in (dup, dup2, dup3) and fd.type in (ipv4, ipv6) and fd.num in (0, 1, 2)",
            "evt.type = fstat and fd.type in (ipv4, ipv6, unix)",
            "evt.type = fchmod and evt.arg.mode contains S_IWUSR",
            "evt.type = fchmod and evt.failed = true",
            "evt.type = fstat and fd.num > 59",
            "evt.type = fstat and evt.rawres = -9",
            "evt.type = getdents64 and fd.name = @/etc",
        ],
    },
    Ruleset {
        name: "where no descriptor is told",
        output: DEED,
        conditions: &["evt.type = mmap and fd.name = @/etc/shadow"],
    },
    Ruleset {
        name: "closes",
        output: DEED,
        conditions: &["evt.type = close and fd.name = @/etc/shadow", "evt.type = close and evt.failed = true"],
    },
    Ruleset { name: "closes of sockets", output: DEED, conditions: &["evt.type = close and fd.type = ipv4"] },
    Ruleset {
        name: "names at descriptors",
        output: PATH,
        conditions: &[
            "evt.type = openat and fs.path.name endswith /etc/shadow and evt.arg.dirfd exists and evt.failed = true",
            "evt.type = unlinkat and fs.path.name startswith @",
            "evt.type = fchmodat and fs.path.name startswith @",
        ],
    },
    Ruleset {
        name: "sockets",
        output: "%evt.type %proc.name %proc.pid %evt.res %fd.name %fd.type",
        conditions: &[
            "evt.type = connect and fd.sip = 127.0.0.1",
            "evt.type = connect and fd.type = unix",
            "evt.type in (accept, accept4) and fd.lport > 0",
            "evt.type in (sendto, sendmsg) and fd.sip = 127.0.0.1",
            "evt.type = connect and evt.failed = true",
        ],
    },
    Ruleset {
        name: "connections",
        output: CONNECTION,
        conditions: &[
            "evt.type = connect and fd.sport = 9",
            "evt.type = connect and fd.sport in (53, 80)",
            "evt.type = connect and fd.sip = 127.0.0.2",
            "evt.type = connect and fd.sip in (127.0.0.1, '::1') and fd.l4proto = tcp",
            "evt.type = connect and fd.snet in (127.0.0.2/31, 10.0.0.0/8)",
            "evt.type = connect and not fd.snet in (127.0.0.1/32, 10.0.0.0/9) and fd.typechar in (4, 6)",
            "evt.type = connect and not fd.snet in ('::/0', 127.0.0.2/32)",
            "evt.type = connect and fd.typechar = 6 and fd.sport != 9",
            "evt.type = connect and fd.net != 127.0.0.0/8 and fd.sport < 10",
            "evt.type = connect and fd.ip != 127.0.0.1 and fd.type = ipv4",
        ],
    },
    Ruleset {
        name: "kinds of connections",
        output: CONNECTION,
        conditions: &[
            "evt.type = connect and fd.l4proto = udp and not fd.sport in (9, 10)",
            "evt.type = connect and fd.type = unix and fd.name contains etc",
            "evt.type = connect and fd.l4proto = tcp and fd.sport exists and not fd.sport in (9, 53)",
            "evt.type = connect and evt.res = EINPROGRESS and fd.sport < 10",
            "evt.type = connect and evt.rawres = -106 and fd.sport exists",
            "evt.type = connect and fd.connected = false",
            "evt.type = connect and fd.name_changed = true and fd.l4proto = udp",
            "evt.type = connect and fd.typechar = o",
            "evt.type = connect and not fd.typechar in (4, 6, u)",
            "evt.type = connect and fd.rport = 9 and fd.lip = 127.0.0.2",
            "evt.type = connect and fd.sockfamily = ip and evt.failed = true",
        ],
    },
    Ruleset {
        name: "sockets whose connects were settled",
        output: CONNECTION,
        conditions: &[
            "evt.type in (dup, dup2, dup3) and fd.type in (ipv4, ipv6)",
            "evt.type in (dup, dup2, dup3) and fd.type = unix",
            "evt.type = fstat and fd.sport = 9",
            "evt.type = fstat and fd.type = ipv6 and fd.sip exists",
            "evt.type = fcntl and fd.sip = '::1'",
            "evt.type in (sendto, sendmsg) and fd.l4proto != tcp and fd.connected = false and fd.name_changed = true",
            "evt.type in (sendto, sendmsg, recvfrom) and fd.is_server = false and evt.rawres >= 0",
            "evt.type = shutdown and fd.connected = true",
            "evt.type = listen and fd.sockfamily = ip and fd.connected = true",
            "evt.type = setsockopt and fd.cip = 127.0.0.1",
            "evt.type = getsockopt and fd.name contains streams",
            "evt.type = connect and fd.sport = 9 and evt.rawres < 0",
        ],
    },
    Ruleset {
        name: "what is no socket",
        output: "%evt.type %proc.pid %evt.res %fd.num %fd.name %fd.type",
        conditions: &[
            "evt.type in (bind, listen, shutdown) and fd.type in (ipv4, unix) and evt.failed = true",
            "evt.type in (setsockopt, sendto, recvfrom) and evt.rawres = -9",
            "evt.type in (listen, sendto) and evt.rawres = -88",
        ],
    },
    Ruleset {
        name: "where no connection is told",
        output: CONNECTION,
        conditions: &["evt.type = close and fd.sport = 9"],
    },
    Ruleset {
        name: "messages",
        output: "%evt.type %proc.name %proc.pid %evt.res %fd.name %fd.type",
        conditions: &[
            "evt.type in (sendto, sendmsg) and fd.name_changed = true",
            "evt.type in (recvfrom, recvmsg) and fd.name_changed = true and fd.connected = true",
            "evt.type in (recvfrom, recvmsg) and evt.rawres = 3",
            "evt.type in (sendto, sendmsg, recvfrom, recvmsg) and evt.rawres < 0",
        ],
    },
    Ruleset {
        name: "states of a process",
        output: "%evt.type %proc.name %proc.pid %proc.cwd %proc.exepath %user.uid",
        conditions: &[
            "evt.type in (execve, execveat) and proc.cwd startswith @",
            "evt.type in (execve, execveat) and proc.exepath endswith /cat",
            "evt.type in (chdir, fchdir) and proc.cwd = @/etc/",
            "evt.type in (setuid, setgid)",
            "evt.type = chroot",
        ],
    },
    Ruleset {
        name: "standard descriptors",
        output: DEED,
        conditions: &["evt.type = execve and proc.stdin.name = @/plain/file"],
    },
];
