//! A ruleset compiled in stages, and its evaluation.
//!
//! Rules are not walked one after the other. They are compiled together, each stage a partial evaluation of the same
//! conditions, and what is left of them for an event is usually nothing:
//!
//! 1. At load, equal predicates and equal sub-conditions of all rules become one ([`Plan::compile`]), and predicates over one
//!    field a group that one look-up answers.
//! 2. For each *kind* of event, what the kind decides folds away.
//! 3. For each *version* of a process, what holds as long as that version does folds away too ([`Evaluator`]).
//!
//! A stage that is switched off ([`Stages`]) changes nothing but the speed. The crate knows no field and no event: kinds
//! and versions are numbers, values come through [`windhover_filter::Values`].

#![forbid(unsafe_code)]

mod cost;
mod dag;
mod evaluator;
mod group;
mod network;
mod predicates;
mod state;
mod trie;

use std::collections::HashMap;

use windhover_filter::{Expr, Predicate};

use crate::dag::{Dag, FALSE, NodeId};
use crate::network::{Rank, Step};
use crate::predicates::{Interner, Predicates};

pub use crate::evaluator::{Evaluator, EvaluatorStats, Matching};

/// Which stages are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stages {
    /// Evaluate predicates over the same field together.
    pub grouping: bool,
    /// Specialise conditions for each kind of event. Off, every kind gets all rules that apply to it.
    pub per_kind: bool,
    /// Specialise them for each process version.
    pub per_process: bool,
}

impl Stages {
    /// Everything on.
    pub const ALL: Self = Self { grouping: true, per_kind: true, per_process: true };
    /// Everything off: predicates are interned, and that is all.
    pub const NONE: Self = Self { grouping: false, per_kind: false, per_process: false };
}

/// A rule as the plan needs it. Its rank is its place in the list handed to [`Plan::compile`].
pub struct PlanRule<'a> {
    /// When it matches.
    pub condition: &'a Expr<Predicate>,
    /// Whether it is tried on events of a kind at all.
    pub applies: &'a dyn Fn(u16) -> bool,
}

/// A compiled ruleset. Immutable: workers share it, each with an [`Evaluator`] of its own.
#[derive(Debug)]
pub struct Plan {
    pub(crate) stages: Stages,
    pub(crate) predicates: Predicates,
    pub(crate) dag: Dag,
    pub(crate) kinds: Vec<KindPlan>,
    /// How many kinds have rules.
    pub(crate) slots: u16,
}

/// What is left of the rules for one kind of event.
#[derive(Debug, Default)]
pub(crate) struct KindPlan {
    pub rules: Vec<(Rank, NodeId)>,
    /// The rules as a network.
    pub steps: Box<[Step]>,
    /// The largest sub-conditions that a process version decides alone.
    pub process_nodes: Vec<NodeId>,
    /// This kind's number among those that have rules.
    pub slot: u16,
}

impl Plan {
    /// Compiles rules for kinds `0..kinds`. `decide` says what an event's kind alone makes of a predicate.
    pub fn compile(
        rules: &[PlanRule<'_>],
        kinds: u16,
        decide: &dyn Fn(u16, &Predicate) -> Option<bool>,
        stages: Stages,
    ) -> Self {
        let mut dag = Dag::new();
        let mut interner = Interner::default();
        let roots: Vec<NodeId> =
            rules.iter().map(|rule| add(&mut dag, &mut interner, &rule.condition.to_nnf(), false)).collect();
        let predicates = interner.finish(stages.grouping);

        let mut plans = Vec::with_capacity(usize::from(kinds));
        let mut slots = 0;
        for kind in 0..kinds {
            let mut plan = KindPlan::default();
            let mut memo = HashMap::new();
            for (rank, (rule, &root)) in rules.iter().zip(&roots).enumerate() {
                if !(rule.applies)(kind) {
                    continue;
                }
                let node = if stages.per_kind {
                    let mut decide = |dag: &Dag, node: NodeId| match *dag.node(node) {
                        dag::Node::Leaf { pred, negated } => {
                            decide(kind, predicates.get(pred)).map(|truth| truth != negated)
                        }
                        _ => None,
                    };
                    dag.specialise(root, &mut decide, &mut memo)
                } else {
                    root
                };
                if node != FALSE {
                    plan.rules.push((rank as Rank, node));
                }
            }
            if !plan.rules.is_empty() {
                plan.slot = slots;
                slots += 1;
                plan.process_nodes = evaluator::process_nodes(&dag, &plan.rules);
                plan.steps = network::build(&dag, &predicates.groups, &plan.rules);
            }
            plans.push(plan);
        }
        Self { stages, predicates, dag, kinds: plans, slots }
    }

    /// The kinds for which rules are left.
    pub fn kinds_with_rules(&self) -> impl Iterator<Item = u16> {
        (0u16..).zip(&self.kinds).filter(|(_, kind)| !kind.rules.is_empty()).map(|(kind, _)| kind)
    }

    /// The ranks of the rules that are left for a kind.
    pub fn rules_for(&self, kind: u16) -> impl Iterator<Item = u32> {
        self.kinds.get(usize::from(kind)).into_iter().flat_map(|kind| kind.rules.iter().map(|&(rank, _)| rank))
    }
}

/// Adds a condition in negation normal form to the graph.
fn add(dag: &mut Dag, interner: &mut Interner, expr: &Expr<Predicate>, negated: bool) -> NodeId {
    match expr {
        Expr::Const(value) => {
            if *value != negated {
                dag::TRUE
            } else {
                FALSE
            }
        }
        Expr::Atom(predicate) => {
            let (pred, facts) = interner.intern(predicate);
            dag.leaf(pred, negated, facts)
        }
        Expr::Not(child) => add(dag, interner, child, !negated),
        Expr::And(children) | Expr::Or(children) => {
            let nodes = children.iter().map(|child| add(dag, interner, child, negated)).collect();
            if matches!(expr, Expr::And(_)) != negated { dag.and(nodes) } else { dag.or(nodes) }
        }
    }
}
