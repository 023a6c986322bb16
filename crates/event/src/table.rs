//! The event and parameter tables: what each event type is, and what its parameters are.

mod row;

pub use row::EVENTS;

use crate::flag::FlagTable;
use crate::set::SyscallSet;
use crate::syscall::Syscall;

/// An event type: an index into [`EVENTS`]. Even codes enter (or are meta events), odd ones exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(pub(crate) u16);

/// Calls whose ends are lifecycle events.
const LIFECYCLE: [&str; 19] = [
    "clone",
    "clone3",
    "fork",
    "vfork",
    "execve",
    "execveat",
    "setuid",
    "setresuid",
    "setreuid",
    "setgid",
    "setresgid",
    "setregid",
    "setsid",
    "capset",
    "unshare",
    "setns",
    "chroot",
    "prctl",
    "prlimit",
];

impl EventType {
    /// Event types in the table; codes run from 0 to one less.
    pub const COUNT: usize = 454;

    /// The type of `code`, if the table has it.
    pub const fn from_code(code: u16) -> Option<Self> {
        if (code as usize) < Self::COUNT { Some(Self(code)) } else { None }
    }

    /// The number that stands in events and captures.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The type's row of the table.
    #[inline]
    pub const fn info(self) -> &'static EventInfo {
        &EVENTS[self.0 as usize]
    }

    /// What `evt.type` says; `syscall` for generic events, which say the system call's name instead.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// Whether the event changes what is known of threads beyond the caller's own descriptors and directory: births,
    /// programs, ends, credentials, sessions, limits; and what a capture says of users and containers.
    pub fn is_lifecycle(self) -> bool {
        match self {
            Self::PROCEXIT_1_E => true,
            Self::SYSCALL_EXECVE_19_E | Self::SYSCALL_EXECVEAT_E => true,
            _ if self.info().event_category & category::METAEVENT != 0 => true,
            _ if !self.is_exit() => false,
            _ => LIFECYCLE.contains(&self.name()),
        }
    }

    /// Whether this is an exit event (odd code).
    pub const fn is_exit(self) -> bool {
        self.0 & 1 == 1
    }

    /// Whether this is the beginning of a system call. Nobody is shown those: the event of its end tells all.
    pub const fn is_call_enter(self) -> bool {
        !self.is_exit() && self.info().event_category & category::SYSCALL != 0
    }

    /// Whether this is an event of a system call that has no type of its own.
    pub const fn is_generic(self) -> bool {
        self.0 <= Self::GENERIC_X.0
    }

    /// All types, in the order of their codes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator {
        (0..Self::COUNT as u16).map(Self)
    }

    /// The types named `name`, old and new, enter and exit, in the order of their codes; none for an unknown name. The
    /// name of a system call without a type of its own is not known here: see [`crate::set::EventSet::named`].
    pub fn by_name(name: &str) -> impl Iterator<Item = Self> + use<> {
        let mut next = crate::index::first_event(name);
        std::iter::from_fn(move || {
            let found = next?;
            next = crate::index::next_event(found);
            Some(found)
        })
    }

    /// The system calls that give events of this type; for generic types all that have no type of their own.
    pub fn syscalls(self) -> SyscallSet {
        if self.is_generic() {
            return Syscall::all().filter(|call| call.code() != 0 && !call.info().dedicated).collect();
        }
        self.info().syscalls.iter().copied().collect()
    }
}

/// One row of the event table.
#[derive(Debug)]
pub struct EventInfo {
    /// What `evt.type` says; generic events say the system call's name instead.
    pub name: &'static str,
    /// Name of the constant of [`EventType`], which is the reference's name without its prefix.
    pub constant: &'static str,
    /// Whether drivers still emit it.
    pub status: Status,
    /// Low half of the category mask: what the call is about ([`category`]).
    pub syscall_category: u16,
    /// High half: where the event comes from ([`category`]).
    pub event_category: u16,
    /// [`event_flag`] bits.
    pub flags: u16,
    /// Parameters, in wire order.
    pub params: &'static [ParamInfo],
    /// System calls (and tracepoints, which have codes too) that give this event; see also [`EventType::syscalls`].
    pub syscalls: &'static [Syscall],
}

impl EventInfo {
    /// Whether parameter lengths are 32 bits wide.
    #[inline]
    pub const fn is_large_payload(&self) -> bool {
        self.flags & event_flag::LARGE_PAYLOAD != 0
    }

    /// Whether any of `flags` ([`event_flag`] bits) is set.
    #[inline]
    pub const fn has_any(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    /// The index of the parameter `name`.
    pub fn param_index(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }

    /// The name of the syscall half of the category, as `evt.category` says it; `None` for the I/O categories, whose
    /// name depends on the kind of the file descriptor.
    pub const fn category_name(&self) -> Option<&'static str> {
        category::name(self.syscall_category)
    }
}

/// Whether an event type is still emitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Emitted by today's drivers.
    Current,
    /// Only in old captures.
    Old,
    /// A filler for the other half of a pair; never an event.
    Unused,
}

/// One parameter of an event type.
#[derive(Debug)]
pub struct ParamInfo {
    /// Its name, as in `evt.arg.NAME`.
    pub name: &'static str,
    /// How it is encoded.
    pub kind: ParamType,
    /// How a number is printed.
    pub format: PrintFormat,
    /// What more is known about its values.
    pub table: ParamTable,
}

/// What is known about a parameter's values beyond the type.
#[derive(Clone, Copy, Debug)]
pub enum ParamTable {
    /// Nothing.
    None,
    /// Names of values or bits.
    Flags(&'static FlagTable),
    /// A path, relative to the directory whose descriptor is the parameter with this index.
    RelativeTo(u8),
    /// The types among which the first byte of the value chooses.
    Dynamic(&'static [DynamicType]),
}

impl ParamTable {
    /// The flag table, where this is one.
    pub const fn flags(&self) -> Option<&'static FlagTable> {
        match self {
            Self::Flags(table) => Some(table),
            _ => None,
        }
    }
}

/// One alternative of a dynamic parameter.
#[derive(Debug)]
pub struct DynamicType {
    /// How the payload is encoded.
    pub kind: ParamType,
    /// How a number is printed.
    pub format: PrintFormat,
}

/// The types of parameters; the discriminants are the reference's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum ParamType {
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    Uint8 = 5,
    Uint16 = 6,
    Uint32 = 7,
    Uint64 = 8,
    CharBuf = 9,
    ByteBuf = 10,
    Errno = 11,
    SockAddr = 12,
    SockTuple = 13,
    Fd = 14,
    Pid = 15,
    FdList = 16,
    FsPath = 17,
    SyscallId = 18,
    SigType = 19,
    RelTime = 20,
    AbsTime = 21,
    Port = 22,
    L4Proto = 23,
    SockFamily = 24,
    Bool = 25,
    Ipv4Addr = 26,
    Dyn = 27,
    Flags8 = 28,
    Flags16 = 29,
    Flags32 = 30,
    Uid = 31,
    Gid = 32,
    Double = 33,
    SigSet = 34,
    CharBufArray = 35,
    CharBufPairArray = 36,
    Ipv4Net = 37,
    Ipv6Addr = 38,
    Ipv6Net = 39,
    IpAddr = 40,
    IpNet = 41,
    Mode = 42,
    FsRelPath = 43,
    EnumFlags8 = 44,
    EnumFlags16 = 45,
    EnumFlags32 = 46,
    Fd32 = 47,
    Pid32 = 48,
}

impl ParamType {
    /// Bytes of a value of a type that has only one size; `None` for types of variable size and for types that no
    /// event parameter has.
    pub const fn size(self) -> Option<usize> {
        use ParamType as P;
        match self {
            P::Int8 | P::Uint8 | P::SigType | P::L4Proto | P::SockFamily | P::Flags8 | P::EnumFlags8 => Some(1),
            P::Int16 | P::Uint16 | P::SyscallId | P::Port | P::Flags16 | P::EnumFlags16 => Some(2),
            P::Int32 | P::Uint32 | P::Bool | P::Ipv4Addr | P::Flags32 | P::Uid | P::Gid | P::SigSet => Some(4),
            P::Mode | P::EnumFlags32 | P::Fd32 | P::Pid32 => Some(4),
            P::Int64 | P::Uint64 | P::Errno | P::Fd | P::Pid | P::RelTime | P::AbsTime | P::Double => Some(8),
            P::Ipv6Addr => Some(16),
            _ => None,
        }
    }
}

/// How a number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PrintFormat {
    /// No preference: decimal.
    Na = 0,
    /// Decimal.
    Dec = 1,
    /// Upper-case hexadecimal without a prefix.
    Hex = 2,
    /// Decimal of nine digits, zeros in front.
    PaddedDec = 3,
    /// Decimal.
    Id = 4,
    /// A direction, `>` or `<`.
    Dir = 5,
    /// Octal with a leading zero.
    Oct = 6,
}

/// Categories of events, as bits and values of a mask of two halves.
#[allow(missing_docs)]
pub mod category {
    pub const UNKNOWN: u16 = 0;
    pub const OTHER: u16 = 1;
    pub const FILE: u16 = 2;
    pub const NET: u16 = 3;
    pub const IPC: u16 = 4;
    pub const MEMORY: u16 = 5;
    pub const PROCESS: u16 = 6;
    pub const SLEEP: u16 = 7;
    pub const SYSTEM: u16 = 8;
    pub const SIGNAL: u16 = 9;
    pub const USER: u16 = 10;
    pub const TIME: u16 = 11;
    pub const PROCESSING: u16 = 12;
    /// Set in all I/O categories.
    pub const IO_BASE: u16 = 32;
    pub const IO_READ: u16 = 32;
    pub const IO_WRITE: u16 = 33;
    pub const IO_OTHER: u16 = 34;
    pub const WAIT: u16 = 64;
    pub const SCHEDULER: u16 = 128;
    pub const INTERNAL: u16 = 256;
    // High half.
    pub const SYSCALL: u16 = 512;
    pub const TRACEPOINT: u16 = 1024;
    pub const PLUGIN: u16 = 2048;
    pub const METAEVENT: u16 = 4096;
    pub const ITER: u16 = 8192;

    /// The text of a low half, as `evt.category` has it; `None` for I/O, which is named after the descriptor's kind.
    pub const fn name(category: u16) -> Option<&'static str> {
        Some(match category {
            OTHER => "other",
            FILE => "file",
            NET => "net",
            IPC => "IPC",
            MEMORY => "memory",
            PROCESS => "process",
            SLEEP => "sleep",
            SYSTEM => "system",
            SIGNAL => "signal",
            USER => "user",
            TIME => "time",
            PROCESSING => "processing",
            IO_READ | IO_WRITE | IO_OTHER => return None,
            WAIT => "wait",
            SCHEDULER => "scheduler",
            INTERNAL => "internal",
            _ => "unknown",
        })
    }
}

/// Properties of event types, as bits.
#[allow(missing_docs)]
pub mod event_flag {
    pub const CREATES_FD: u16 = 1;
    pub const DESTROYS_FD: u16 = 2;
    pub const USES_FD: u16 = 4;
    pub const READS_FROM_FD: u16 = 8;
    pub const WRITES_TO_FD: u16 = 16;
    /// Changes what the model knows.
    pub const MODIFIES_STATE: u16 = 32;
    /// Never an event.
    pub const UNUSED: u16 = 64;
    pub const WAITS: u16 = 128;
    pub const SKIPPARSERESET: u16 = 256;
    /// Only in old captures.
    pub const OLD_VERSION: u16 = 512;
    /// Parameter lengths are 32 bits wide.
    pub const LARGE_PAYLOAD: u16 = 2048;
    /// A capture may hold it in an older shape that has to be converted.
    pub const CONVERTER_MANAGED: u16 = 4096;
}

/// The alternatives of dynamic parameters; the index is the selector byte.
mod dynamic {
    use super::{DynamicType, ParamType, PrintFormat};

    const fn of(kind: ParamType, format: PrintFormat) -> DynamicType {
        DynamicType { kind, format }
    }

    pub(super) static SOCKOPT: [DynamicType; 5] = [
        of(ParamType::ByteBuf, PrintFormat::Hex),
        of(ParamType::Errno, PrintFormat::Dec),
        of(ParamType::Uint32, PrintFormat::Dec),
        of(ParamType::Uint64, PrintFormat::Dec),
        of(ParamType::RelTime, PrintFormat::Dec),
    ];
    pub(super) static PTRACE: [DynamicType; 2] =
        [of(ParamType::Uint64, PrintFormat::Hex), of(ParamType::SigType, PrintFormat::Dec)];
    pub(super) static BPF: [DynamicType; 2] =
        [of(ParamType::Fd, PrintFormat::Dec), of(ParamType::Errno, PrintFormat::Dec)];
    pub(super) static KEYCTL: [DynamicType; 2] =
        [of(ParamType::Int64, PrintFormat::Dec), of(ParamType::CharBuf, PrintFormat::Na)];
}
