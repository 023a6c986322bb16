//! What the probe tells with events besides their parameters, as its sources say it.

use windhover_event::EventType;

/// Calls on a descriptor (`DESCRIPTOR_EVENT`).
const ON_DESCRIPTORS: [&str; 15] = [
    "dup",
    "dup2",
    "dup3",
    "fcntl",
    "fstat",
    "flock",
    "fchmod",
    "fchown",
    "fchdir",
    "ioctl",
    "lseek",
    "getdents",
    "getdents64",
    "setns",
    "finit_module",
];
/// Calls with paths that begin at a descriptor (`put_base`).
const WITH_BASES: [&str; 10] = [
    "newfstatat",
    "mkdirat",
    "unlinkat",
    "fchmodat",
    "fchownat",
    "mknodat",
    "symlinkat",
    "renameat",
    "renameat2",
    "linkat",
];
/// Calls on a socket (`put_connection`).
const ON_SOCKETS: [&str; 12] = [
    "bind",
    "connect",
    "listen",
    "shutdown",
    "getsockopt",
    "setsockopt",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
];

/// Whether events of this type tell which file their descriptor is.
pub fn tells_descriptor(kind: EventType) -> bool {
    ON_DESCRIPTORS.contains(&kind.name()) || WITH_BASES.contains(&kind.name())
}

/// Whether events of this type tell what their socket is connected to.
pub fn tells_connection(kind: EventType) -> bool {
    ON_DESCRIPTORS.contains(&kind.name()) || ON_SOCKETS.contains(&kind.name())
}
