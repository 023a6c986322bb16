//! Other rules for a running engine: made ready beside the events, put in force between two of them.

use std::sync::Arc;

use windhover_event::SyscallSet;
use windhover_fields::Catalogue;

use crate::matcher::{Evaluation, Matcher};
use crate::ruleset::ActiveRule;
use crate::verdict::{Judgement, judge};
use crate::worker::InForce;

/// Rules, compiled, and what has to be collected for them. Making them takes a while and needs nothing of the engine, so
/// that it is done on another thread.
pub struct CompiledRules {
    pub(crate) in_force: Arc<InForce>,
    pub(crate) matcher: Box<dyn Matcher>,
    pub(crate) calls: SyscallSet,
    pub(crate) judgement: Option<Judgement>,
}

impl CompiledRules {
    /// Compiles rules for which `calls` are collected; with `verdicts` also what the kernel may keep to itself, with
    /// `timed` also what measures their conditions.
    pub fn new(
        rules: Vec<ActiveRule>,
        catalogue: Catalogue,
        evaluation: Evaluation,
        calls: SyscallSet,
        verdicts: bool,
        timed: bool,
    ) -> Self {
        let matcher = evaluation.matcher(rules.iter().map(|rule| &rule.candidate));
        let judgement = verdicts.then(|| judge(&rules, &calls));
        Self { in_force: Arc::new(InForce::new(rules, catalogue, timed)), matcher, calls, judgement }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.in_force.rules.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.in_force.rules.is_empty()
    }
}

/// Rules that are no longer in force. Taking a large plan apart takes a while, too: it is best dropped elsewhere.
pub struct RetiredRules {
    _in_force: Arc<InForce>,
    _matcher: Box<dyn Matcher>,
}

impl RetiredRules {
    pub(crate) fn new(in_force: Arc<InForce>, matcher: Box<dyn Matcher>) -> Self {
        Self { _in_force: in_force, _matcher: matcher }
    }
}

/// How many reloads there were, and what became of the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloads {
    /// Reloads after which other rules were in force.
    pub succeeded: u64,
    /// Reloads that left the old rules in force.
    pub failed: u64,
    /// The last one.
    pub last: Option<Reload>,
}

/// What became of a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// When it was done, in nanoseconds since the epoch.
    pub time: u64,
    /// How many rules are in force, or why the old ones still are.
    pub result: Result<usize, String>,
}
