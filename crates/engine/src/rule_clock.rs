//! What the conditions of rules cost: each by itself, on a sample of events.
//!
//! The plan evaluates all rules together, so that no time in it belongs to one of them. What somebody who writes rules can
//! change is how much work a condition is, and that is what is measured: now and then an event's rules are evaluated once
//! more, one after the other, with a look at the clock between them.

use windhover_fields::EventValues;

use crate::matcher::PlainMatcher;
use crate::tally::Tally;

/// One event of so many is measured, on average: the gaps vary, so that no rhythm of events hides from it.
const GAP: u32 = 1024;

/// Measures rules on a sample of the events that it is shown.
pub(crate) struct RuleClock {
    matcher: PlainMatcher,
    /// Events until the next one that is measured.
    left: u32,
    random: u32,
}

impl RuleClock {
    pub(crate) fn new(matcher: PlainMatcher) -> Self {
        Self { matcher, left: GAP, random: 0x9e37_79b9 }
    }

    /// Counts an event, and measures its rules if it is its turn.
    pub(crate) fn tick(&mut self, values: &EventValues<'_>, tally: &mut Tally) {
        self.left -= 1;
        if self.left > 0 {
            return;
        }
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.left = GAP / 2 + self.random % GAP;
        self.matcher.time_each(values, &mut |position, nanos| tally.sample(position as usize, nanos));
    }
}
