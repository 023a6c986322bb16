//! Kinds of events as rules tell them apart, and what a kind alone decides about a field.

use windhover_event::{EventSet, EventType, EventView, Syscall, SyscallSet};
use windhover_filter::Value;

/// What `evt.type` tells apart: an event type, or for the generic type the system call.
///
/// Codes below [`EventType::COUNT`] are those of event types; from there on those of system calls follow, in the order
/// of [`Syscall`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKind(u16);

impl EventKind {
    /// One more than the largest code.
    pub const COUNT: usize = EventType::COUNT + Syscall::COUNT;

    /// The kind of an event.
    #[inline]
    pub fn of(event: &EventView<'_>) -> Self {
        let kind = event.kind();
        if kind != EventType::GENERIC_X {
            return Self(kind.code());
        }
        let call = event.generic_syscall().map_or(0, Syscall::code);
        Self(EventType::COUNT as u16 + call)
    }

    /// The kind of all events of a type; for the generic type that of an unknown system call.
    pub fn of_type(kind: EventType) -> Self {
        if kind == EventType::GENERIC_X { Self(EventType::COUNT as u16) } else { Self(kind.code()) }
    }

    /// The kind of generic events of a system call.
    pub fn of_generic(call: Syscall) -> Self {
        Self(EventType::COUNT as u16 + call.code())
    }

    /// The kind with a code.
    pub fn from_code(code: u16) -> Option<Self> {
        (usize::from(code) < Self::COUNT && code != EventType::GENERIC_X.code()).then_some(Self(code))
    }

    /// The code, below [`Self::COUNT`].
    pub fn code(self) -> u16 {
        self.0
    }

    /// The event type.
    pub fn event_type(self) -> EventType {
        EventType::from_code(self.0).unwrap_or(EventType::GENERIC_X)
    }

    /// The system call of a generic event.
    pub fn generic_syscall(self) -> Option<Syscall> {
        Syscall::from_code(self.0.checked_sub(EventType::COUNT as u16)?)
    }

    /// What `evt.type` says; injected events have names of their own beside it.
    pub fn name(self) -> &'static str {
        self.generic_syscall().map_or(self.event_type().name(), Syscall::name)
    }

    /// All kinds, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u16).filter_map(Self::from_code)
    }

    /// The system calls that give events of this kind.
    pub fn syscalls(self) -> SyscallSet {
        match self.generic_syscall() {
            Some(call) => SyscallSet::of(&[call]),
            None => self.event_type().syscalls(),
        }
    }

    /// The kinds that a set of event types and a set of system calls stand for, as
    /// [`event_types`](crate::event_types) finds them for a condition: a generic event counts by its system call.
    pub fn in_sets(types: &EventSet, calls: &SyscallSet) -> impl Iterator<Item = Self> {
        Self::all().filter(move |kind| match kind.generic_syscall() {
            Some(call) => types.contains(EventType::GENERIC_X) && (call.code() == 0 || calls.contains(call)),
            None => types.contains(kind.event_type()),
        })
    }
}

/// What is known of a field's value before the event is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Known {
    /// Nothing: it takes the event to say.
    Nothing,
    /// No such event has a value.
    Missing,
    /// Every such event has this value.
    Value(Value<'static>),
}

impl Known {
    pub(crate) fn text(text: &'static str) -> Self {
        Known::Value(Value::Str(text.as_bytes()))
    }
}
