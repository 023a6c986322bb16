//! Evaluates rules by a plan: compiled together, specialised for kinds of events and processes.

use std::collections::HashSet;
use std::sync::Arc;

use windhover_fields::{EventKind, EventValues, TypeValues};
use windhover_filter::Predicate;
use windhover_plan::{Evaluator, EvaluatorStats, Matching, Plan, PlanRule, Stages};

use super::{Candidate, Matcher};

/// Matches by a [`Plan`].
pub struct StagedMatcher {
    plan: Arc<Plan>,
    evaluator: Evaluator,
}

impl StagedMatcher {
    /// A matcher for rules in the order in which they are tried.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Candidate>, stages: Stages) -> Self {
        let rules: Vec<_> = rules.into_iter().collect();
        let kinds: Vec<HashSet<u16>> =
            rules.iter().map(|rule| rule.kinds.iter().map(|kind| kind.code()).collect()).collect();
        let applies: Vec<_> = kinds.iter().map(|kinds| move |kind: u16| kinds.contains(&kind)).collect();
        let rules: Vec<_> = rules
            .iter()
            .zip(&applies)
            .map(|(rule, applies)| PlanRule { condition: &rule.condition, applies })
            .collect();
        let decide = |kind: u16, predicate: &Predicate| TypeValues(EventKind::from_code(kind)?).decide(predicate);
        let plan = Plan::compile(&rules, EventKind::COUNT as u16, &decide, stages);
        Self::of(Arc::new(plan))
    }

    fn of(plan: Arc<Plan>) -> Self {
        Self { evaluator: Evaluator::new(Arc::clone(&plan)), plan }
    }

    /// What has been settled at which stage.
    pub fn stats(&self) -> EvaluatorStats {
        self.evaluator.stats()
    }
}

impl Matcher for StagedMatcher {
    fn matches(&mut self, values: &EventValues<'_>, all: bool, out: &mut Vec<u32>) {
        let matching = if all { Matching::All } else { Matching::First };
        self.evaluator.evaluate(values.kind().code(), values.context().version(), values, matching, out);
    }

    fn forget_processes(&mut self) {
        self.evaluator.forget_processes();
    }

    fn sibling(&self) -> Box<dyn Matcher> {
        Box::new(Self::of(Arc::clone(&self.plan)))
    }
}
