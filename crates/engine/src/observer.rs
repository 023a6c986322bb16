//! Who looks at events beside the rules: recorders, printers, counters.

use windhover_capture::CapturedEvent;
use windhover_fields::EventValues;
use windhover_outputs::Alert;
use windhover_system::System;

/// An event, after the model has taken it in and rules have been asked.
pub struct Observed<'a> {
    /// The event as it came.
    pub captured: CapturedEvent<'a>,
    /// Its values; `None` where rules do not see it.
    pub values: Option<EventValues<'a>>,
    /// The model.
    pub system: &'a System,
    /// What the rules that matched say of recordings.
    pub matches: &'a [RecordingWish],
}

/// What a rule that matched says of recordings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordingWish {
    /// Its alerts start one.
    pub starts: bool,
    /// How long it is to go on, in milliseconds; 0 for the default.
    pub duration_ms: u32,
}

/// Looks at every event of an engine.
pub trait Observer: Send {
    /// The model begins anew, with what a scan or a capture's lists say.
    fn reset(&mut self, _system: &System) {}

    /// An event has been taken in. Events that the model suppresses are not shown. May return an internal alert.
    fn event(&mut self, observed: &Observed<'_>) -> Option<Alert>;

    /// Whether it is to see all events of the kernel, also those that no rule can match: then none is settled there.
    fn wants_all(&self) -> bool {
        true
    }

    /// Whether it has seen all it wanted to, so that the engine may end.
    fn is_done(&self) -> bool;
}
