//! The words that the conversion table is written in.

use windhover_event::EventType;

/// One row of the table.
#[derive(Debug)]
pub(super) struct Rule {
    /// The event's type in the capture.
    pub kind: EventType,
    /// How many parameters it has there.
    pub nparams: u8,
    /// What becomes of it.
    pub action: Action,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// It is given as it is.
    Pass,
    /// It is an enter event: remembered for its exit event, and not given.
    Store,
    /// It is remembered and given.
    StoreAndPass,
    /// It keeps its parameters and gets these behind them.
    Add(&'static [Source]),
    /// It becomes another type, with these parameters.
    Change(EventType, &'static [Source]),
}

/// Where a parameter comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Parameter of the event itself.
    Old(u8),
    /// Parameter of the remembered enter event; the type's default if there is none.
    Enter(u8),
    /// Parameter of the remembered enter event; not available if there is none.
    EnterOrEmpty(u8),
    /// Not available.
    Empty,
    /// The type's default: zero, or no id.
    Default,
    /// A JSON object made from the event's first four parameters.
    ContainerJson,
}

pub(super) const fn pass(kind: EventType, nparams: u8) -> Rule {
    Rule { kind, nparams, action: Action::Pass }
}

pub(super) const fn store(kind: EventType, nparams: u8) -> Rule {
    Rule { kind, nparams, action: Action::Store }
}

pub(super) const fn store_and_pass(kind: EventType, nparams: u8) -> Rule {
    Rule { kind, nparams, action: Action::StoreAndPass }
}

pub(super) const fn add(kind: EventType, nparams: u8, sources: &'static [Source]) -> Rule {
    Rule { kind, nparams, action: Action::Add(sources) }
}

pub(super) const fn change(kind: EventType, nparams: u8, to: EventType, sources: &'static [Source]) -> Rule {
    Rule { kind, nparams, action: Action::Change(to, sources) }
}
