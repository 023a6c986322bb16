//! A ruleset compiled in stages, and its evaluation.
//!
//! Rules are not walked one after the other. They are compiled together, each stage a partial evaluation of the same
//! conditions, and what is left of them for an event is usually nothing:
//!
//! 1. At load, equal predicates and equal sub-conditions of all rules become one ([`Plan::compile`]), and predicates over one
//!    field a group that one look-up answers.
//! 2. For each *kind* of event, what the kind decides folds away.
//! 3. For each *version* of a process, what holds as long as that version does folds away too ([`Evaluator`]).
//! 4. What is left then depends on a few values of the event; those that came to nothing are remembered.
//!
//! A stage that is switched off ([`Stages`]) changes nothing but the speed. The crate knows no field and no event: kinds
//! and versions are numbers, values come through [`windhover_filter::Values`].

#![forbid(unsafe_code)]

mod cost;
mod dag;
mod evaluator;
mod graph;
mod group;
mod memo;
mod network;
mod outcome;
mod predicates;
mod process;
mod question;
mod residual;
mod state;
mod trie;
pub mod verdict;

use windhover_filter::{Expr, Predicate};

use crate::dag::{Dag, FALSE, NodeId};
use crate::memo::Memo;
use crate::network::{Network, Rank, Worth};
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
    /// Remember which events came to nothing, where conditions are specialised for processes.
    pub likeness: bool,
}

impl Stages {
    /// Everything on.
    pub const ALL: Self = Self { grouping: true, per_kind: true, per_process: true, likeness: true };
    /// Everything off: predicates are interned, and that is all.
    pub const NONE: Self = Self { grouping: false, per_kind: false, per_process: false, likeness: false };
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
    /// For each kind the slot of its plan, or [`NO_RULES`].
    kinds: Vec<u16>,
    /// One for each kind that has rules.
    pub(crate) plans: Vec<KindPlan>,
    /// How many these are.
    pub(crate) slots: u16,
}

/// The slot of kinds for which no rule is left.
const NO_RULES: u16 = u16::MAX;

/// What is left of the rules for one kind of event.
#[derive(Debug)]
pub(crate) struct KindPlan {
    pub rules: Vec<(Rank, NodeId)>,
    pub network: Network,
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
        let mut memo = Memo::default();
        let (mut slots, mut plans) = (Vec::with_capacity(usize::from(kinds)), Vec::new());
        for kind in 0..kinds {
            memo.clear();
            let mut decide = |dag: &Dag, node: NodeId| match *dag.node(node) {
                dag::Node::Leaf { pred, negated } => decide(kind, predicates.get(pred)).map(|truth| truth != negated),
                _ => None,
            };
            let mut left = Vec::new();
            for (rank, (rule, &root)) in rules.iter().zip(&roots).enumerate() {
                if !(rule.applies)(kind) {
                    continue;
                }
                let node = if stages.per_kind { dag.specialise(root, &mut decide, &mut memo) } else { root };
                if node != FALSE {
                    left.push((rank as Rank, node));
                }
            }
            slots.push(if left.is_empty() { NO_RULES } else { plans.len() as u16 });
            if !left.is_empty() {
                let worth = |node| {
                    let facts = dag.facts(node);
                    Worth { cost: facts.cost.into(), chance: facts.chance.into() }
                };
                let network = Network::new(&dag, &predicates, &left, &worth);
                plans.push(KindPlan { rules: left, network });
            }
        }
        Self { stages, predicates, dag, kinds: slots, slots: plans.len() as u16, plans }
    }

    /// The slot of a kind's plan; `None` if no rule is left for it.
    #[inline]
    pub(crate) fn slot(&self, kind: u16) -> Option<u16> {
        self.kinds.get(usize::from(kind)).copied().filter(|slot| *slot != NO_RULES)
    }

    /// The kinds for which rules are left.
    pub fn kinds_with_rules(&self) -> impl Iterator<Item = u16> {
        (0u16..).zip(&self.kinds).filter(|(_, slot)| **slot != NO_RULES).map(|(kind, _)| kind)
    }

    /// The ranks of the rules that are left for a kind.
    pub fn rules_for(&self, kind: u16) -> impl Iterator<Item = u32> {
        let plan = self.slot(kind).map(|slot| &self.plans[usize::from(slot)]);
        plan.into_iter().flat_map(|plan| plan.rules.iter().map(|&(rank, _)| rank))
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
