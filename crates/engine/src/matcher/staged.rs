//! Evaluates rules by a plan: compiled together, specialised for kinds of events and processes.

use std::sync::Arc;

use windhover_event::EventType;
use windhover_fields::{EventKind, EventValues, TypeValues};
use windhover_filter::Predicate;
use windhover_plan::{Evaluator, EvaluatorStats, Matching, Plan, PlanRule, Stages};

use super::{Candidate, Matcher};

/// Matches by a [`Plan`].
pub struct StagedMatcher {
    plan: Arc<Plan>,
    evaluator: Evaluator,
    /// By event type: rules are left for it, or for a system call that has events of it.
    types: Arc<[bool; EventType::COUNT]>,
}

impl StagedMatcher {
    /// A matcher for rules in the order in which they are tried.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Candidate>, stages: Stages) -> Self {
        let rules: Vec<_> = rules.into_iter().collect();
        let kinds: Vec<[bool; EventKind::COUNT]> = rules.iter().map(|rule| applicable(&rule.kinds)).collect();
        let applies: Vec<_> = kinds.iter().map(|kinds| move |kind: u16| kinds[usize::from(kind)]).collect();
        let rules: Vec<_> = rules
            .iter()
            .zip(&applies)
            .map(|(rule, applies)| PlanRule { condition: &rule.condition, applies })
            .collect();
        let decide = |kind: u16, predicate: &Predicate| TypeValues(EventKind::from_code(kind)?).decide(predicate);
        let plan = Plan::compile(&rules, EventKind::COUNT as u16, &decide, stages);
        let mut types = [false; EventType::COUNT];
        for kind in plan.kinds_with_rules().filter_map(EventKind::from_code) {
            types[usize::from(kind.event_type().code())] = true;
        }
        Self::of(Arc::new(plan), Arc::new(types))
    }

    fn of(plan: Arc<Plan>, types: Arc<[bool; EventType::COUNT]>) -> Self {
        Self { evaluator: Evaluator::new(Arc::clone(&plan)), plan, types }
    }
}

impl Matcher for StagedMatcher {
    fn matches(&mut self, values: &EventValues<'_>, all: bool, out: &mut Vec<u32>) {
        let matching = if all { Matching::All } else { Matching::First };
        self.evaluator.evaluate(values.kind().code(), values.context().version(), values, matching, out);
    }

    fn may_match(&self, kind: EventType) -> bool {
        self.types[usize::from(kind.code())]
    }

    fn stats(&self) -> Option<EvaluatorStats> {
        Some(self.evaluator.stats())
    }

    fn forget_processes(&mut self) {
        self.evaluator.forget_processes();
    }

    fn sibling(&self) -> Box<dyn Matcher> {
        Box::new(Self::of(Arc::clone(&self.plan), Arc::clone(&self.types)))
    }
}

fn applicable(kinds: &[EventKind]) -> [bool; EventKind::COUNT] {
    let mut applicable = [false; EventKind::COUNT];
    for kind in kinds {
        applicable[usize::from(kind.code())] = true;
    }
    applicable
}
