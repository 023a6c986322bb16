//! Which rules an event matches.

mod plain;
mod staged;

use windhover_event::EventType;
use windhover_fields::{EventKind, EventValues};
use windhover_filter::{Expr, Predicate};
use windhover_plan::{EvaluatorStats, Stages};

pub use plain::PlainMatcher;
pub use staged::StagedMatcher;

/// Decides which rules an event matches. Rules are known by their positions in the order in which they are tried.
pub trait Matcher: Send {
    /// Appends the positions of the rules that match, in order; with `all` every one, else only the first.
    fn matches(&mut self, values: &EventValues<'_>, all: bool, out: &mut Vec<u32>);

    /// Whether a rule may match an event of this type. Where none can, [`Self::matches`] need not be asked.
    fn may_match(&self, _kind: EventType) -> bool {
        true
    }

    /// What has been settled at which stage, if it has stages.
    fn stats(&self) -> Option<EvaluatorStats> {
        None
    }

    /// Forgets what it remembers of processes: events to come belong to another model.
    fn forget_processes(&mut self) {}

    /// Another matcher for the same rules, which shares what does not change and remembers nothing.
    fn sibling(&self) -> Box<dyn Matcher>;
}

/// A rule as a matcher needs it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its condition.
    pub condition: Expr<Predicate>,
    /// The kinds of events that it can match.
    pub kinds: Vec<EventKind>,
}

/// How rules are evaluated. All ways give the same matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// One rule after the other, one predicate after the other.
    Plain,
    /// Compiled together, with these stages.
    Staged(Stages),
}

impl Default for Evaluation {
    fn default() -> Self {
        Self::Staged(Stages::ALL)
    }
}

impl Evaluation {
    /// A matcher for rules in the order in which they are tried.
    pub fn matcher<'r>(self, rules: impl IntoIterator<Item = &'r Candidate>) -> Box<dyn Matcher> {
        match self {
            Self::Plain => Box::new(PlainMatcher::new(rules)),
            Self::Staged(stages) => Box::new(StagedMatcher::new(rules, stages)),
        }
    }
}
