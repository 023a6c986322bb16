//! Blocks: the units of a capture. Type numbers, and the frame that all of them share.

/// Leading bytes of a block: type and total length.
pub(crate) const HEAD: usize = 8;
/// Trailing bytes of a block: the total length again.
pub(crate) const TAIL: usize = 4;

pub(crate) const SECTION: u32 = 0x0A0D_0D0A;
pub(crate) const SECTION_MAGIC: u32 = 0x1A2B_3C4D;
/// Magic, version and section length of a section header.
pub(crate) const SECTION_BODY: usize = 16;

pub(crate) const MACHINE: u32 = 0x201;
pub(crate) const INTERFACES_V2: u32 = 0x219;
pub(crate) const USERS_V2: u32 = 0x220;
pub(crate) const PROCESSES_V9: u32 = 0x215;
pub(crate) const DESCRIPTORS_V2: u32 = 0x218;
pub(crate) const EVENT_V2: u32 = 0x216;
pub(crate) const EVENT_FLAGS_V2: u32 = 0x217;
pub(crate) const EVENT_LARGE: u32 = 0x221;
pub(crate) const EVENT_FLAGS_LARGE: u32 = 0x222;

/// Most bytes of an event block that is not of a large kind, without its head (the reference's read buffer).
pub(crate) const MAX_EVENT_BLOCK: u32 = 65_536;

/// Bytes of an event block beside the event and flags: head, processor and tail.
pub(crate) const EVENT_OVERHEAD: usize = HEAD + 2 + TAIL;
/// The flag of an event that is for the model alone, neither to be shown nor matched.
pub(crate) const FLAG_STATE_ONLY: u32 = 1;

/// How an event block is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventLayout {
    /// Version 1 events have no parameter count in the header.
    pub v1: bool,
    /// Whether a flags word stands between the processor's number and the event.
    pub flags: bool,
    /// Whether the block may be longer than [`MAX_EVENT_BLOCK`].
    pub large: bool,
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockKind {
    Section,
    Machine,
    /// The process list in its version 1 to 9.
    Processes(u8),
    /// Descriptors of one thread; whether entries carry their length (version 2).
    Descriptors {
        sized: bool,
    },
    Interfaces {
        sized: bool,
    },
    Users {
        sized: bool,
    },
    Event(EventLayout),
    Unknown,
}

impl BlockKind {
    /// The kind behind a block's type number. Numbers above 0x80000000 are those of pre-release versions.
    #[inline]
    pub(crate) fn of(number: u32) -> Self {
        let event = |v1, flags, large| Self::Event(EventLayout { v1, flags, large });
        match number {
            EVENT_V2 => event(false, false, false),
            EVENT_FLAGS_V2 => event(false, true, false),
            EVENT_LARGE => event(false, false, true),
            EVENT_FLAGS_LARGE => event(false, true, true),
            0x204 | 0x8010_ABCD => event(true, false, false),
            0x208 => event(true, true, false),
            SECTION => Self::Section,
            MACHINE | 0x8002_ABCD => Self::Machine,
            0x202 | 0x8000_ABCD => Self::Processes(1),
            0x207 | 0x8013_ABCD => Self::Processes(2),
            0x209 | 0x8014_ABCD => Self::Processes(3),
            0x210..=0x214 => Self::Processes((number - 0x210) as u8 + 4),
            PROCESSES_V9 => Self::Processes(9),
            0x203 | 0x8001_ABCD => Self::Descriptors { sized: false },
            DESCRIPTORS_V2 => Self::Descriptors { sized: true },
            0x205 | 0x8011_ABCD => Self::Interfaces { sized: false },
            INTERFACES_V2 => Self::Interfaces { sized: true },
            0x206 | 0x8012_ABCD => Self::Users { sized: false },
            USERS_V2 => Self::Users { sized: true },
            _ => Self::Unknown,
        }
    }

    /// What messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Section => "section header",
            Self::Machine => "machine block",
            Self::Processes(_) => "process list",
            Self::Descriptors { .. } => "descriptor list",
            Self::Interfaces { .. } => "interface list",
            Self::Users { .. } => "user list",
            Self::Event(_) => "event block",
            Self::Unknown => "block of an unknown type",
        }
    }
}
