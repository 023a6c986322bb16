//! Names of errors, signals and capabilities, as outputs print them.

use std::sync::LazyLock;

/// The symbol of the error number `number` (positive): `ENOENT` for 2. Numbers from 126 on have none, except those that
/// only the kernel uses inside.
pub fn errno(number: u32) -> Option<&'static str> {
    let index = number as usize;
    let name = match number {
        1..=125 => ERRNOS[index - 1],
        512..=530 => KERNEL_ERRNOS[index - 512],
        _ => "",
    };
    (!name.is_empty()).then_some(name)
}

/// The symbol of the signal `number`: `SIGKILL` for 9. Real-time signals have none.
pub fn signal(number: u8) -> Option<&'static str> {
    SIGNALS.get(usize::from(number).checked_sub(1)?).copied()
}

/// The name of the capability of bit `bit`: `CAP_CHOWN` for 0.
pub fn capability(bit: u8) -> Option<&'static str> {
    CAPABILITIES.get(usize::from(bit)).copied()
}

/// Names of the capabilities in `mask`, in the order of their bits.
pub fn capabilities(mask: u64) -> impl Iterator<Item = &'static str> {
    CAPABILITIES.iter().enumerate().filter(move |(bit, _)| mask >> bit & 1 == 1).map(|(_, name)| *name)
}

/// All names of capabilities, each with a blank behind it, and where each begins and the last one ends.
static CAPABILITY_LINE: LazyLock<(Vec<u8>, Vec<usize>)> = LazyLock::new(|| {
    let (mut line, mut starts) = (Vec::new(), vec![0]);
    for name in CAPABILITIES {
        line.extend_from_slice(name.as_bytes());
        line.push(b' ');
        starts.push(line.len());
    }
    (line, starts)
});

/// Appends the names of the capabilities in `mask` with blanks between them. Masks have most of their bits side by side, so
/// that few pieces make the text.
pub fn push_capabilities(mask: u64, out: &mut Vec<u8>) {
    let (line, starts) = &*CAPABILITY_LINE;
    let mut rest = mask & ((1 << CAPABILITIES.len()) - 1);
    let begun = out.len();
    while rest != 0 {
        let first = rest.trailing_zeros() as usize;
        let end = first + (rest >> first).trailing_ones() as usize;
        out.extend_from_slice(&line[starts[first]..starts[end]]);
        rest &= u64::MAX << end;
    }
    if out.len() > begun {
        out.pop();
    }
}

/// Linux, 1 to 125 (those of most architectures); an empty name stands for a number that was never used.
#[rustfmt::skip]
static ERRNOS: [&str; 125] = [
    "EPERM", "ENOENT", "ESRCH", "EINTR", "EIO", "ENXIO", "E2BIG", "ENOEXEC", "EBADF", "ECHILD",
    "EAGAIN", "ENOMEM", "EACCES", "EFAULT", "ENOTBLK", "EBUSY", "EEXIST", "EXDEV", "ENODEV", "ENOTDIR",
    "EISDIR", "EINVAL", "ENFILE", "EMFILE", "ENOTTY", "ETXTBSY", "EFBIG", "ENOSPC", "ESPIPE", "EROFS",
    "EMLINK", "EPIPE", "EDOM", "ERANGE", "EDEADLK", "ENAMETOOLONG", "ENOLCK", "ENOSYS", "ENOTEMPTY", "ELOOP",
    "", "ENOMSG", "EIDRM", "ECHRNG", "EL2NSYNC", "EL3HLT", "EL3RST", "ELNRNG", "EUNATCH", "ENOCSI",
    "EL2HLT", "EBADE", "EBADR", "EXFULL", "ENOANO", "EBADRQC", "EBADSLT", "", "EBFONT", "ENOSTR",
    "ENODATA", "ETIME", "ENOSR", "ENONET", "ENOPKG", "EREMOTE", "ENOLINK", "EADV", "ESRMNT", "ECOMM",
    "EPROTO", "EMULTIHOP", "EDOTDOT", "EBADMSG", "EOVERFLOW", "ENOTUNIQ", "EBADFD", "EREMCHG", "ELIBACC", "ELIBBAD",
    "ELIBSCN", "ELIBMAX", "ELIBEXEC", "EILSEQ", "ERESTART", "ESTRPIPE", "EUSERS", "ENOTSOCK", "EDESTADDRREQ",
    "EMSGSIZE", "EPROTOTYPE", "ENOPROTOOPT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "EOPNOTSUPP", "EPFNOSUPPORT",
    "EAFNOSUPPORT", "EADDRINUSE", "EADDRNOTAVAIL", "ENETDOWN", "ENETUNREACH", "ENETRESET", "ECONNABORTED",
    "ECONNRESET", "ENOBUFS", "EISCONN", "ENOTCONN", "ESHUTDOWN", "ETOOMANYREFS", "ETIMEDOUT", "ECONNREFUSED",
    "EHOSTDOWN", "EHOSTUNREACH", "EALREADY", "EINPROGRESS", "ESTALE", "EUCLEAN", "ENOTNAM", "ENAVAIL", "EISNAM",
    "EREMOTEIO", "EDQUOT", "ENOMEDIUM", "EMEDIUMTYPE", "ECANCELED",
];

/// 512 to 530.
#[rustfmt::skip]
static KERNEL_ERRNOS: [&str; 19] = [
    "ERESTARTSYS", "ERESTARTNOINTR", "ERESTARTNOHAND", "ENOIOCTLCMD", "ERESTART_RESTARTBLOCK", "", "", "", "",
    "EBADHANDLE", "ENOTSYNC", "EBADCOOKIE", "ENOTSUPP", "ETOOSMALL", "ESERVERFAULT", "EBADTYPE", "EJUKEBOX",
    "EIOCBQUEUED", "EIOCBRETRY",
];

/// 1 to 31.
#[rustfmt::skip]
static SIGNALS: [&str; 31] = [
    "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
    "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN",
    "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
];

/// By bit.
#[rustfmt::skip]
static CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
    "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_names_of_their_numbers() {
        let table = [
            (1, Some("EPERM")),
            (11, Some("EAGAIN")),
            (35, Some("EDEADLK")),
            (40, Some("ELOOP")),
            (41, None),
            (42, Some("ENOMSG")),
            (58, None),
            (59, Some("EBFONT")),
            (90, Some("EMSGSIZE")),
            (95, Some("EOPNOTSUPP")),
            (98, Some("EADDRINUSE")),
            (111, Some("ECONNREFUSED")),
            (115, Some("EINPROGRESS")),
            (125, Some("ECANCELED")),
            (126, None),
            (133, None),
            (512, Some("ERESTARTSYS")),
            (516, Some("ERESTART_RESTARTBLOCK")),
            (517, None),
            (521, Some("EBADHANDLE")),
            (530, Some("EIOCBRETRY")),
            (531, None),
            (0, None),
        ];
        for (number, name) in table {
            assert_eq!(errno(number), name, "{number}");
        }
    }

    #[test]
    fn signals_have_the_names_of_their_numbers() {
        for (number, name) in [
            (0, None),
            (1, Some("SIGHUP")),
            (9, Some("SIGKILL")),
            (17, Some("SIGCHLD")),
            (31, Some("SIGSYS")),
            (32, None),
        ] {
            assert_eq!(signal(number), name, "{number}");
        }
    }

    #[test]
    fn capabilities_are_named_by_bit() {
        assert_eq!(capability(21), Some("CAP_SYS_ADMIN"));
        assert_eq!(capability(41), None);
        let all: Vec<_> = capabilities(1 << 40 | 1 << 24 | 1 << 63).collect();
        assert_eq!(all, ["CAP_SYS_RESOURCE", "CAP_CHECKPOINT_RESTORE"]);
    }

    #[test]
    fn a_text_of_capabilities_has_the_same_names() {
        for mask in [0, 1, 1 << 40, 1 << 41, 0b1101, u64::MAX, !(1 << 21), 1 << 63 | 1 << 24 | 3] {
            let mut text = b"kept".to_vec();
            push_capabilities(mask, &mut text);
            let want = capabilities(mask).collect::<Vec<_>>().join(" ");
            assert_eq!(text, [b"kept", want.as_bytes()].concat(), "{mask:#x}");
        }
    }
}
