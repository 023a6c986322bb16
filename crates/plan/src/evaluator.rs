//! Evaluates a plan: one evaluator per worker, because it remembers what it has found out about processes.

use std::collections::HashMap;
use std::sync::Arc;

use windhover_filter::{Scope, Values};

use crate::Plan;
use crate::dag::{Dag, FALSE, NodeId};
use crate::network::{self, Rank, Step};
use crate::state::{On, State};

/// Process versions remembered at a time; a power of two. A version that falls out is only evaluated again.
const REMEMBERED_VERSIONS: usize = 4096;
/// A residual plan costs as much as evaluating tens of events: it is made for processes that have shown to have many.
const WORTH_A_RESIDUAL: u8 = 24;
/// Distinct residual plans kept; beyond it events are evaluated by the plan of their kind.
const MAX_RESIDUALS: usize = 4096;
/// Conditions the graph may hold before no more residual plans are made.
const MAX_NODES: usize = 1 << 20;

/// Which matches an evaluation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// The first rule that matches, in the order of the ruleset.
    First,
    /// All of them.
    All,
}

/// What an evaluator has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvaluatorStats {
    /// Events that were settled without looking at them: no rule is left for their kind.
    pub empty_kind: u64,
    /// Events settled because no rule is left for their kind and process.
    pub empty_process: u64,
    /// Events evaluated by a plan of their kind and process.
    pub by_process: u64,
    /// Events evaluated by the plan of their kind.
    pub by_kind: u64,
    /// Residual plans made.
    pub residuals: u64,
}

/// A residual plan, shared by all processes that agree on the predicates it was made from.
struct Residual {
    steps: Box<[Step]>,
}

/// How far a (process version, kind) has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Memory {
    /// Met so many times since the version was remembered.
    Met(u8),
    /// No residual for it: the caches are full.
    Refused,
    /// Number of its residual.
    Residual(u32),
}

/// What is remembered of one process version.
struct Remembered {
    version: u64,
    /// By the number of the kind among those that have rules.
    kinds: Box<[Memory]>,
}

/// Evaluates a [`Plan`].
pub struct Evaluator {
    plan: Arc<Plan>,
    /// The plan's graph and what partial evaluation has added to it.
    dag: Dag,
    state: State,
    remembered: Vec<Option<Remembered>>,
    residuals: Vec<Residual>,
    /// Residuals by kind and the truth of that kind's process conditions.
    index: HashMap<(u16, Box<[u64]>), u32>,
    stats: EvaluatorStats,
}

impl Evaluator {
    /// An evaluator that knows no process yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            dag: plan.dag.clone(),
            plan,
            state: State::default(),
            remembered: Vec::new(),
            residuals: Vec::new(),
            index: HashMap::new(),
            stats: EvaluatorStats::default(),
        }
    }

    /// What has been done so far.
    pub fn stats(&self) -> EvaluatorStats {
        self.stats
    }

    /// Forgets what is known of process versions: those to come belong to another model, which counts them anew.
    pub fn forget_processes(&mut self) {
        self.remembered.clear();
        self.state.forget_process();
    }

    /// Whether no rule can match an event of `kind`, whatever else it holds.
    pub fn is_empty(&self, kind: u16) -> bool {
        self.plan.kinds.get(usize::from(kind)).is_none_or(|kind| kind.rules.is_empty())
    }

    /// Appends the ranks of the rules that match to `matches`, in order.
    ///
    /// `version` is that of the event's thread: for as long as it is the same, so must be every value of
    /// [`Scope::Process`]. `None` (no thread known) is evaluated afresh.
    pub fn evaluate<V: Values + ?Sized>(
        &mut self,
        kind: u16,
        version: Option<u64>,
        values: &V,
        matching: Matching,
        matches: &mut Vec<Rank>,
    ) {
        let plan = Arc::clone(&self.plan);
        let Some(kind_plan) = plan.kinds.get(usize::from(kind)).filter(|kind| !kind.rules.is_empty()) else {
            self.stats.empty_kind += 1;
            return;
        };
        let residual = match version {
            Some(version) if plan.stages.per_process => self.residual(kind, kind_plan.slot, version, values),
            _ => None,
        };
        let steps: &[Step] = match residual {
            Some(number) => {
                let steps = &*self.residuals[number as usize].steps;
                if steps.is_empty() {
                    self.stats.empty_process += 1;
                    return;
                }
                self.stats.by_process += 1;
                steps
            }
            None => {
                self.stats.by_kind += 1;
                &kind_plan.steps
            }
        };
        let start = matches.len();
        self.state.begin(&plan.predicates, &self.dag, version.filter(|_| plan.stages.per_process));
        let on = On { dag: &self.dag, predicates: &plan.predicates, values };
        self.state.walk(&on, steps, &mut |rank| {
            matches.push(rank);
            match matching {
                Matching::First => rank,
                Matching::All => Rank::MAX,
            }
        });
        matches[start..].sort_unstable();
        // A rule that several arms of a dispatch lead to is reported by each.
        let mut last = None;
        let mut kept = start;
        for at in start..matches.len() {
            if last != Some(matches[at]) {
                last = Some(matches[at]);
                matches[kept] = matches[at];
                kept += 1;
            }
        }
        matches.truncate(if matching == Matching::First { kept.min(start + 1) } else { kept });
    }

    /// The residual plan of a kind for a process version, if it is time to have one.
    fn residual<V: Values + ?Sized>(&mut self, kind: u16, slot: u16, version: u64, values: &V) -> Option<u32> {
        let place = version as usize & (REMEMBERED_VERSIONS - 1);
        if self.remembered.is_empty() {
            self.remembered.resize_with(REMEMBERED_VERSIONS, || None);
        }
        let slots = usize::from(self.plan.slots);
        let remembered = self.remembered[place]
            .get_or_insert_with(|| Remembered { version, kinds: vec![Memory::Met(0); slots].into_boxed_slice() });
        if remembered.version != version {
            remembered.version = version;
            remembered.kinds.fill(Memory::Met(0));
        }
        let memory = &mut remembered.kinds[usize::from(slot)];
        match *memory {
            Memory::Residual(number) => return Some(number),
            Memory::Refused => return None,
            Memory::Met(times) if times < WORTH_A_RESIDUAL => {
                *memory = Memory::Met(times + 1);
                return None;
            }
            Memory::Met(_) => {}
        }
        let made = self.make_residual(kind, version, values);
        let memory = made.map_or(Memory::Refused, Memory::Residual);
        if let Some(remembered) = &mut self.remembered[place] {
            remembered.kinds[usize::from(slot)] = memory;
        }
        made
    }

    /// Finds or makes the residual plan of `kind` for a process with these values.
    fn make_residual<V: Values + ?Sized>(&mut self, kind: u16, version: u64, values: &V) -> Option<u32> {
        let plan = Arc::clone(&self.plan);
        let kind_plan = &plan.kinds[usize::from(kind)];
        self.state.begin(&plan.predicates, &self.dag, Some(version));
        let on = On { dag: &self.dag, predicates: &plan.predicates, values };
        let mut truth = vec![0u64; kind_plan.process_nodes.len().div_ceil(64)].into_boxed_slice();
        for (number, &node) in kind_plan.process_nodes.iter().enumerate() {
            if self.state.node(&on, node) {
                truth[number / 64] |= 1 << (number % 64);
            }
        }
        if let Some(&known) = self.index.get(&(kind, truth.clone())) {
            return Some(known);
        }
        if self.residuals.len() >= MAX_RESIDUALS || self.dag.len() >= MAX_NODES {
            return None;
        }
        let known: HashMap<NodeId, bool> = kind_plan
            .process_nodes
            .iter()
            .enumerate()
            .map(|(number, &node)| (node, truth[number / 64] >> (number % 64) & 1 == 1))
            .collect();
        let mut memo = HashMap::new();
        let mut decide = |_: &Dag, node: NodeId| known.get(&node).copied();
        let mut rules = Vec::new();
        for &(rank, node) in &kind_plan.rules {
            let rest = self.dag.specialise(node, &mut decide, &mut memo);
            if rest != FALSE {
                rules.push((rank, rest));
            }
        }
        let steps = network::build(&self.dag, &plan.predicates.groups, &rules);
        let number = self.residuals.len() as u32;
        self.residuals.push(Residual { steps });
        self.index.insert((kind, truth), number);
        self.stats.residuals += 1;
        Some(number)
    }
}

/// The largest sub-conditions of `roots` that a process version decides alone.
pub(crate) fn process_nodes(dag: &Dag, roots: &[(Rank, NodeId)]) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut stack: Vec<NodeId> = roots.iter().map(|&(_, node)| node).collect();
    while let Some(node) = stack.pop() {
        if !seen.insert(node) {
            continue;
        }
        if dag.facts(node).scope == Scope::Process {
            found.push(node);
        } else if let crate::dag::Node::And(children) | crate::dag::Node::Or(children) = dag.node(node) {
            stack.extend_from_slice(children);
        }
    }
    found.sort_unstable();
    found
}
