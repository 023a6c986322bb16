//! Shape of the event and parameter tables.

/// An event type: an index into [`crate::EVENTS`]. Even codes enter (or are meta events), odd ones exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventType(pub(crate) u16);

impl EventType {
    /// The type of `code`, if the table has it.
    pub const fn from_code(code: u16) -> Option<Self> {
        if (code as usize) < crate::EVENTS.len() { Some(Self(code)) } else { None }
    }

    /// The number that stands in events and captures.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The type's row of the table.
    pub const fn info(self) -> &'static EventInfo {
        &crate::EVENTS[self.0 as usize]
    }

    /// Whether this is an exit event (odd code).
    pub const fn is_exit(self) -> bool {
        self.0 & 1 == 1
    }
}

/// One row of the event table.
#[derive(Debug)]
pub struct EventInfo {
    /// What `evt.type` says; generic events say the system call's name instead.
    pub name: &'static str,
    /// Low half of the category mask: what the call is about (`CATEGORY_*`).
    pub syscall_category: u16,
    /// High half: where the event comes from (`CATEGORY_*`).
    pub event_category: u16,
    /// `FLAG_*` bits.
    pub flags: u16,
    /// Parameters, in wire order.
    pub params: &'static [ParamInfo],
}

impl EventInfo {
    /// Whether parameter lengths are 32 bits wide.
    pub const fn is_large_payload(&self) -> bool {
        self.flags & 2048 != 0
    }
}

/// One parameter of an event type.
#[derive(Debug)]
pub struct ParamInfo {
    /// Its name, as in `evt.arg.NAME`.
    pub name: &'static str,
}

/// All event types by code.
pub static EVENTS: [EventInfo; 0] = [];
