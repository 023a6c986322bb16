//! The plain evaluator, which the staged one is held against.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use windhover_fields::{EventKind, EventValues};
use windhover_filter::{Expr, Matcher as Test, Scratch, eval_expr};

use super::{Candidate, Matcher};

/// Tries the rules of an event's kind one by one, each condition from left to right. Every faster matcher is held
/// against this one.
#[derive(Debug)]
pub struct PlainMatcher {
    conditions: Arc<[Expr<Test>]>,
    /// By the kind's code: positions of rules.
    by_kind: Arc<[Vec<u32>]>,
    scratch: Scratch,
}

impl PlainMatcher {
    /// A matcher for rules in the order in which they are tried.
    pub fn new<'r>(rules: impl IntoIterator<Item = &'r Candidate>) -> Self {
        let mut by_kind = vec![Vec::new(); EventKind::COUNT];
        let mut conditions = Vec::new();
        for (position, rule) in rules.into_iter().enumerate() {
            conditions.push(rule.condition.map(&mut Test::new));
            for kind in &rule.kinds {
                by_kind[usize::from(kind.code())].push(position as u32);
            }
        }
        Self { conditions: conditions.into(), by_kind: by_kind.into(), scratch: Scratch::default() }
    }
}

impl PlainMatcher {
    /// Evaluates each rule of an event's kind, and says how many nanoseconds that took.
    pub(crate) fn time_each(&mut self, values: &EventValues<'_>, each: &mut dyn FnMut(u32, u64)) {
        let mut before = Instant::now();
        for &position in &self.by_kind[usize::from(values.kind().code())] {
            black_box(eval_expr(&self.conditions[position as usize], values, &mut self.scratch));
            let now = Instant::now();
            each(position, now.duration_since(before).as_nanos() as u64);
            before = now;
        }
    }

    /// Another one, which shares what does not change.
    pub(crate) fn share(&self) -> Self {
        let (conditions, by_kind) = (Arc::clone(&self.conditions), Arc::clone(&self.by_kind));
        Self { conditions, by_kind, scratch: Scratch::default() }
    }
}

impl Matcher for PlainMatcher {
    fn matches(&mut self, values: &EventValues<'_>, all: bool, out: &mut Vec<u32>) {
        for &position in &self.by_kind[usize::from(values.kind().code())] {
            if eval_expr(&self.conditions[position as usize], values, &mut self.scratch) {
                out.push(position);
                if !all {
                    return;
                }
            }
        }
    }

    fn sibling(&self) -> Box<dyn Matcher> {
        Box::new(self.share())
    }
}
