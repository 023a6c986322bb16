//! One file descriptor.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Bytes;
use crate::thread::empty;

/// What a descriptor stands for; the discriminants are the type numbers of capture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum FdKind {
    Unknown = 0,
    /// A file of an old capture (before open flags were kept).
    FileV1 = 1,
    Directory = 2,
    Ipv4 = 3,
    Ipv6 = 4,
    /// A bound or listening IPv4 socket.
    Ipv4Server = 5,
    /// A bound or listening IPv6 socket.
    Ipv6Server = 6,
    Fifo = 7,
    Unix = 8,
    Event = 9,
    Unsupported = 10,
    Signal = 11,
    EventPoll = 12,
    Inotify = 13,
    Timer = 14,
    Netlink = 15,
    /// A regular file, block or character device.
    File = 16,
    Bpf = 17,
    Userfault = 18,
    IoUring = 19,
    Mem = 20,
    Pid = 21,
}

impl FdKind {
    /// `fd.typechar`.
    pub const fn char(self) -> u8 {
        match self {
            Self::FileV1 | Self::File => b'f',
            Self::Directory => b'd',
            Self::Ipv4 | Self::Ipv4Server => b'4',
            Self::Ipv6 | Self::Ipv6Server => b'6',
            Self::Unix | Self::Userfault => b'u',
            Self::Fifo => b'p',
            Self::Event => b'e',
            Self::Signal => b's',
            Self::EventPoll => b'l',
            Self::Inotify => b'i',
            Self::Timer => b't',
            Self::Netlink => b'n',
            Self::Bpf => b'b',
            Self::IoUring => b'r',
            Self::Mem => b'm',
            Self::Pid => b'P',
            Self::Unknown => b'o',
            Self::Unsupported => b'X',
        }
    }

    /// `fd.type`; `None` where the kind has no name of its own.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::FileV1 | Self::File => "file",
            Self::Directory => "directory",
            Self::Ipv4 | Self::Ipv4Server => "ipv4",
            Self::Ipv6 | Self::Ipv6Server => "ipv6",
            Self::Unix => "unix",
            Self::Fifo => "pipe",
            Self::Event => "event",
            Self::Signal => "signalfd",
            Self::EventPoll => "eventpoll",
            Self::Inotify => "inotify",
            Self::Timer => "timerfd",
            Self::Netlink => "netlink",
            Self::Bpf => "bpf",
            Self::Userfault => "userfaultfd",
            Self::IoUring => "io_uring",
            Self::Mem => "memfd",
            Self::Pid => "pidfd",
            Self::Unknown | Self::Unsupported => return None,
        })
    }

    /// Whether this is an IPv4 or IPv6 socket, connected or not.
    pub const fn is_ip(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6 | Self::Ipv4Server | Self::Ipv6Server)
    }

    /// Whether this is a file or a directory.
    pub const fn is_file(self) -> bool {
        matches!(self, Self::FileV1 | Self::File | Self::Directory)
    }
}

/// Transport protocol of a socket; the discriminants are those of capture files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum L4 {
    #[default]
    Unknown = 0,
    /// Not an IP socket.
    None = 1,
    Tcp = 2,
    Udp = 3,
    Icmp = 4,
    Raw = 5,
}

impl L4 {
    /// The protocol of a capture file's number; other numbers are unknown.
    pub const fn from_code(code: u8) -> Self {
        match code {
            1 => Self::None,
            2 => Self::Tcp,
            3 => Self::Udp,
            4 => Self::Icmp,
            5 => Self::Raw,
            _ => Self::Unknown,
        }
    }

    /// `tcp`, `udp`, `icmp`, `raw`.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Tcp => Some("tcp"),
            Self::Udp => Some("udp"),
            Self::Icmp => Some("icmp"),
            Self::Raw => Some("raw"),
            Self::Unknown | Self::None => None,
        }
    }
}

/// The addresses of a socket. In a connected one the source is the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Socket {
    /// Not a socket, or one without addresses.
    #[default]
    None,
    Ipv4 {
        source: (Ipv4Addr, u16),
        dest: (Ipv4Addr, u16),
        l4: L4,
    },
    Ipv6 {
        source: (Ipv6Addr, u16),
        dest: (Ipv6Addr, u16),
        l4: L4,
    },
    /// Bound or listening.
    Ipv4Server {
        addr: (Ipv4Addr, u16),
        l4: L4,
    },
    /// Bound or listening.
    Ipv6Server {
        addr: (Ipv6Addr, u16),
        l4: L4,
    },
    /// Kernel addresses of the two ends.
    Unix {
        source: u64,
        dest: u64,
    },
}

/// One end of an IP socket.
pub type Endpoint = (IpAddr, u16);

impl Socket {
    /// Transport protocol; [`L4::None`] for other than IP sockets.
    pub const fn l4(&self) -> L4 {
        match self {
            Self::Ipv4 { l4, .. } | Self::Ipv6 { l4, .. } => *l4,
            Self::Ipv4Server { l4, .. } | Self::Ipv6Server { l4, .. } => *l4,
            Self::None | Self::Unix { .. } => L4::None,
        }
    }

    /// Source (client) of a connected IP socket.
    pub fn source(&self) -> Option<Endpoint> {
        match *self {
            Self::Ipv4 { source: (ip, port), .. } => Some((ip.into(), port)),
            Self::Ipv6 { source: (ip, port), .. } => Some((ip.into(), port)),
            _ => None,
        }
    }

    /// Destination (server) of a connected IP socket.
    pub fn dest(&self) -> Option<Endpoint> {
        match *self {
            Self::Ipv4 { dest: (ip, port), .. } => Some((ip.into(), port)),
            Self::Ipv6 { dest: (ip, port), .. } => Some((ip.into(), port)),
            _ => None,
        }
    }

    /// Address of a bound or listening IP socket.
    pub fn bound(&self) -> Option<Endpoint> {
        match *self {
            Self::Ipv4Server { addr: (ip, port), .. } => Some((ip.into(), port)),
            Self::Ipv6Server { addr: (ip, port), .. } => Some((ip.into(), port)),
            _ => None,
        }
    }

    /// The same with source and destination exchanged.
    pub(crate) fn swapped(self) -> Self {
        match self {
            Self::Ipv4 { source, dest, l4 } => Self::Ipv4 { source: dest, dest: source, l4 },
            Self::Ipv6 { source, dest, l4 } => Self::Ipv6 { source: dest, dest: source, l4 },
            other => other,
        }
    }
}

/// Bits of [`Fd::bits`], numbered as the reference numbers them.
pub mod fd_bit {
    /// Found by a scan, not by an event.
    pub const FROM_PROC: u32 = 1 << 0;
    /// The process is the socket's client.
    pub const ROLE_CLIENT: u32 = 1 << 2;
    /// The process is the socket's server.
    pub const ROLE_SERVER: u32 = 1 << 3;
    /// The socket is connected.
    pub const SOCKET_CONNECTED: u32 = 1 << 13;
    /// A non-blocking connect is under way.
    pub const CONNECTION_PENDING: u32 = 1 << 15;
    /// The connect failed.
    pub const CONNECTION_FAILED: u32 = 1 << 16;
    /// The file lies in the upper layer of an overlay file system.
    pub const OVERLAY_UPPER: u32 = 1 << 17;
    /// The file lies in a lower layer of an overlay file system.
    pub const OVERLAY_LOWER: u32 = 1 << 18;
}

/// Bits of [`Fd::open_flags`] that the model looks at, as events carry them on every architecture.
pub mod open_flag {
    /// Must be a directory.
    pub const O_DIRECTORY: u32 = 0x400;
    /// Closed by exec.
    pub const O_CLOEXEC: u32 = 0x1000;
    /// The call created the file.
    pub const O_F_CREATED: u32 = 0x4000;
    /// The file lies in the upper layer of an overlay file system.
    pub const FD_UPPER_LAYER: u32 = 0x8000;
    /// The file lies in a lower layer of an overlay file system.
    pub const FD_LOWER_LAYER: u32 = 0x1_0000;
}

/// One open file description as a process sees it. Shared by the tables that hold it until one of them changes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fd {
    /// What it is.
    pub kind: FdKind,
    /// [`fd_bit`] bits.
    pub bits: u32,
    /// `PPM_O_*` bits it was opened with.
    pub open_flags: u32,
    /// Device that holds the file, in the kernel's encoding; 0 unknown.
    pub dev: u32,
    /// Inode number; 0 unknown.
    pub ino: u64,
    /// Tells files apart that had the same inode one after the other; 0 unknown.
    pub generation: u32,
    /// Process of a pidfd; -1 otherwise.
    pub pid: i64,
    /// Absolute path, tuple text, or the object's name. May be empty.
    pub name: Bytes,
    /// Path as given to the call that opened it; empty where there was none.
    pub name_raw: Bytes,
    /// Addresses, of sockets.
    pub socket: Socket,
}

impl Fd {
    pub(crate) fn new(kind: FdKind, name: Bytes) -> Self {
        Self::named(kind, name, empty())
    }

    /// One that was opened by a path.
    pub(crate) fn named(kind: FdKind, name: Bytes, name_raw: Bytes) -> Self {
        Self {
            kind,
            bits: 0,
            open_flags: 0,
            dev: 0,
            ino: 0,
            generation: 0,
            pid: -1,
            name,
            name_raw,
            socket: Socket::None,
        }
    }

    /// Whether the process accepted the connection, or serves the port.
    pub fn is_role_server(&self) -> bool {
        self.bits & fd_bit::ROLE_SERVER != 0
    }

    /// Whether the process opened the connection.
    pub fn is_role_client(&self) -> bool {
        self.bits & fd_bit::ROLE_CLIENT != 0
    }

    /// Whether neither role is known.
    pub fn is_role_none(&self) -> bool {
        self.bits & (fd_bit::ROLE_CLIENT | fd_bit::ROLE_SERVER) == 0
    }

    /// `fd.connected`.
    pub fn is_connected(&self) -> bool {
        self.bits & fd_bit::SOCKET_CONNECTED != 0
    }

    /// `fd.is_upper_layer`.
    pub fn is_upper_layer(&self) -> bool {
        self.bits & fd_bit::OVERLAY_UPPER != 0
    }

    /// `fd.is_lower_layer`.
    pub fn is_lower_layer(&self) -> bool {
        self.bits & fd_bit::OVERLAY_LOWER != 0
    }
}
