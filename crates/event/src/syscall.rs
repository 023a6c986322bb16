//! System calls under the codes that are the same on every architecture, with the native numbers of each.

mod row;

pub use row::SYSCALLS;

use crate::EventType;
use crate::set::EventSet;

/// "No such number" in the tables.
const NONE: u16 = u16::MAX;

/// A system call or one of the few tracepoints that are switched on like one, by the code that parameters of type
/// `SYSCALLID` hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Syscall(pub(crate) u16);

/// One row of the system call table.
#[derive(Clone, Copy, Debug)]
pub struct SyscallInfo {
    /// Its name, in lower case.
    pub name: &'static str,
    x86_64: u16,
    aarch64: u16,
    /// Numbers of 32-bit x86 that are the same call.
    pub ia32: &'static [u16],
    /// What becomes of it when only a sample of events is taken.
    pub drop_class: DropClass,
    exit: u16,
    /// Whether it has an event type of its own. If not, it arrives as [`EventType::GENERIC_X`].
    pub dedicated: bool,
}

/// What becomes of a system call's events when only a sample of events is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropClass {
    /// Not of x86_64 or aarch64, or a tracepoint.
    None,
    /// Always kept.
    NeverDrop,
    /// Always dropped.
    AlwaysDrop,
    /// Dropped outside the sampled time.
    Sampled,
    /// Always dropped; it has no event type of its own.
    Generic,
}

impl SyscallInfo {
    const UNKNOWN: Self = Self {
        name: "unknown",
        x86_64: NONE,
        aarch64: NONE,
        ia32: &[],
        drop_class: DropClass::None,
        exit: NONE,
        dedicated: false,
    };

    /// Numbers on x86_64 and aarch64; a number beyond every table where there is none.
    pub(crate) const fn numbers(&self) -> [u16; 2] {
        [self.x86_64, self.aarch64]
    }

    /// The number on x86_64.
    pub fn x86_64(&self) -> Option<u16> {
        Some(self.x86_64).filter(|&number| number != NONE)
    }

    /// The number on aarch64.
    pub fn aarch64(&self) -> Option<u16> {
        Some(self.aarch64).filter(|&number| number != NONE)
    }

    /// The number on the architecture that this was compiled for, if it is one of the two that are known.
    pub fn native(&self) -> Option<u16> {
        match std::env::consts::ARCH {
            "x86_64" => self.x86_64(),
            "aarch64" => self.aarch64(),
            _ => None,
        }
    }

    /// The event type that today's drivers emit when the call returns; `None` for calls of neither architecture.
    pub fn exit_event(&self) -> Option<EventType> {
        EventType::from_code(self.exit)
    }

    /// The event type of the call's start, in the pair with [`Self::exit_event`].
    pub fn enter_event(&self) -> Option<EventType> {
        self.exit_event().map(|exit| EventType(exit.0 & !1))
    }
}

impl Syscall {
    /// Codes in the table; they run from 0, "unknown", to one less.
    pub const COUNT: usize = 454;

    /// The system call of `code`; a code beyond the table is none.
    pub const fn from_code(code: u16) -> Option<Self> {
        if (code as usize) < Self::COUNT { Some(Self(code)) } else { None }
    }

    /// The code.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The row of the table.
    #[inline]
    pub const fn info(self) -> &'static SyscallInfo {
        &SYSCALLS[self.0 as usize]
    }

    /// The name, in lower case.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// All codes in order, "unknown" and unused ones included.
    pub fn all() -> impl ExactSizeIterator<Item = Self> + DoubleEndedIterator {
        (0..Self::COUNT as u16).map(Self)
    }

    /// The system call named `name`; none for `unknown`.
    pub fn by_name(name: &str) -> Option<Self> {
        crate::index::syscall(name)
    }

    /// The call with x86_64's number `number`.
    pub const fn from_x86_64(number: u16) -> Option<Self> {
        crate::index::native(&crate::index::X86_64, number)
    }

    /// The call with aarch64's number `number`.
    pub const fn from_aarch64(number: u16) -> Option<Self> {
        crate::index::native(&crate::index::AARCH64, number)
    }

    /// The call that 32-bit x86's number `number` is the same as.
    pub const fn from_ia32(number: u16) -> Option<Self> {
        crate::index::native(&crate::index::IA32, number)
    }

    /// The call with the number `number` of the architecture that this was compiled for.
    pub fn from_native(number: u16) -> Option<Self> {
        match std::env::consts::ARCH {
            "x86_64" => Self::from_x86_64(number),
            "aarch64" => Self::from_aarch64(number),
            _ => None,
        }
    }

    /// Every event type that this call gives or gave: the generic pair where it has none of its own.
    pub fn events(self) -> EventSet {
        if !self.info().dedicated {
            return EventSet::from_iter([EventType::GENERIC_E, EventType::GENERIC_X]);
        }
        EventType::all().filter(|kind| kind.info().syscalls.contains(&self)).collect()
    }
}
