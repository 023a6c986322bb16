//! Evaluates a plan: one evaluator per worker, because it remembers what it has found out about processes.

use std::sync::Arc;

use windhover_filter::{Field, Values};

use crate::Plan;
use crate::graph::Graph;
use crate::network::{Network, Rank};
use crate::outcome::{Outcome, Outcomes, Sketch, Unknown};
use crate::process::{Place, Processes, ProfileId, SteadyNodes};
use crate::residual::{Residuals, Rest, Wanted};
use crate::state::{On, State};

/// One evaluation of so many is measured.
const MEASURED_OF: u64 = 64;
/// Measured evaluations after which conditions are put into a better order for the first time; then after twice as many.
const FIRST_ORDER: u64 = 256;
/// Evaluations after which what is remembered may be forgotten again to make room.
const ROOM_AFTER: u64 = 1 << 16;

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
    /// Events settled because their like matched nothing before.
    pub by_likeness: u64,
    /// Events evaluated by a plan of their kind and process.
    pub by_process: u64,
    /// Events evaluated by the plan of their kind.
    pub by_kind: u64,
    /// Residual plans made.
    pub residuals: u64,
}

/// Evaluates a [`Plan`].
pub struct Evaluator {
    plan: Arc<Plan>,
    memory: Memory,
    state: State,
    /// Evaluations so far.
    evaluated: u64,
    /// When conditions are put into a better order next.
    next_order: u64,
    stats: EvaluatorStats,
}

/// What has been found out, which may be forgotten at any time.
struct Memory {
    graph: Graph,
    steady: SteadyNodes,
    processes: Processes,
    residuals: Residuals,
    outcomes: Outcomes,
    /// The count of evaluations at which it was empty.
    since: u64,
}

impl Memory {
    fn new(plan: &Plan, since: u64) -> Self {
        let (graph, steady) = Graph::new(&plan.dag, &plan.predicates.questions);
        let processes = Processes::new(&plan.predicates.questions);
        Self { graph, steady, processes, residuals: Residuals::default(), outcomes: Outcomes::new(), since }
    }

    fn is_full(&self) -> bool {
        self.processes.are_many() || self.residuals.are_many()
    }
}

impl Evaluator {
    /// An evaluator that knows no process yet.
    pub fn new(plan: Arc<Plan>) -> Self {
        Self {
            memory: Memory::new(&plan, 0),
            plan,
            state: State::default(),
            evaluated: 0,
            next_order: FIRST_ORDER * MEASURED_OF,
            stats: EvaluatorStats::default(),
        }
    }

    /// What has been done so far.
    pub fn stats(&self) -> EvaluatorStats {
        self.stats
    }

    /// Forgets what is known of process versions: those to come belong to another model, which counts them anew.
    pub fn forget_processes(&mut self) {
        self.memory.processes.forget_versions();
    }

    /// Whether no rule can match an event of `kind`, whatever else it holds.
    pub fn is_empty(&self, kind: u16) -> bool {
        self.plan.slot(kind).is_none()
    }

    /// Appends the ranks of the rules that match to `matches`, in order.
    ///
    /// `version` is that of the event's thread: for as long as it is the same, so must be every value of
    /// [`windhover_filter::Scope::Process`]. `None` (no thread known) is evaluated afresh.
    #[inline]
    pub fn evaluate<V: Values + ?Sized>(
        &mut self,
        kind: u16,
        version: Option<u64>,
        values: &V,
        matching: Matching,
        matches: &mut Vec<Rank>,
    ) {
        match self.plan.slot(kind) {
            Some(slot) => self.evaluate_slot(slot, version, values, matching, matches),
            None => self.stats.empty_kind += 1,
        }
    }

    fn evaluate_slot<V: Values + ?Sized>(
        &mut self,
        slot: u16,
        version: Option<u64>,
        values: &V,
        matching: Matching,
        matches: &mut Vec<Rank>,
    ) {
        let Self { plan, memory, state, stats, .. } = self;
        let plan = &**plan;
        let version = version.filter(|_| plan.stages.per_process);
        let of_kind = &plan.plans[usize::from(slot)].network;
        let (place, profile) = memory.processes.meet(version, of_kind.len());
        let profile = profile.or_else(|| memory.profile(plan, place, values));
        let rest = profile.and_then(|profile| {
            let origin = &|field: &Field| values.origin(field);
            let (graph, processes) = (&mut memory.graph, &memory.processes);
            memory.residuals.get(Wanted { plan, graph, processes, slot, profile, origin })
        });
        if rest == Some(Rest::Nothing) {
            stats.empty_process += 1;
            return;
        }
        self.evaluated += 1;
        state.begin(&plan.predicates, &memory.graph);
        let mut on = On {
            graph: &mut memory.graph,
            predicates: &plan.predicates,
            processes: &mut memory.processes,
            place,
            profile,
            values,
            measured: self.evaluated.is_multiple_of(MEASURED_OF),
        };
        let mut unknown: Option<Unknown> = None;
        let network: &Network = match rest {
            Some(Rest::Network(number)) => {
                let (network, sketch) = memory.residuals.network(number);
                if let Some(sketch) = sketch {
                    let bits = |sketch: &Sketch, key: &mut Vec<u8>| state.sketch(&mut on, sketch, key);
                    match memory.outcomes.look(number, sketch, values, bits) {
                        Outcome::Nothing => {
                            stats.by_likeness += 1;
                            return;
                        }
                        Outcome::Unknown(this) => unknown = this,
                    }
                }
                stats.by_process += 1;
                network
            }
            _ => {
                stats.by_kind += 1;
                of_kind
            }
        };
        let start = matches.len();
        state.walk(&mut on, network, &mut |rank| {
            matches.push(rank);
            match matching {
                Matching::First => rank,
                Matching::All => Rank::MAX,
            }
        });
        if matches.len() > start {
            tidy(matches, start, matching);
        } else if let Some(unknown) = unknown {
            memory.outcomes.learn(unknown);
        }
        if self.evaluated.is_multiple_of(MEASURED_OF) {
            self.tend();
        }
    }

    /// What is done from time to time.
    #[cold]
    fn tend(&mut self) {
        if self.evaluated >= self.next_order {
            self.memory.graph.reorder();
            self.next_order *= 2;
        }
        if self.memory.is_full() && self.evaluated - self.memory.since >= ROOM_AFTER {
            self.memory = Memory::new(&self.plan, self.evaluated);
        }
        self.stats.residuals = self.memory.residuals.made() as u64;
    }
}

impl Memory {
    /// The profile of a version that has none, if it is time to have one.
    fn profile<V: Values + ?Sized>(&mut self, plan: &Plan, place: Place, values: &V) -> Option<ProfileId> {
        if !self.processes.is_due(place) || self.is_full() {
            return None;
        }
        Some(self.processes.profile(place, &plan.predicates.questions, &self.steady, values))
    }
}

/// Puts the ranks from `start` on into order. A rule that several arms of a dispatch lead to is reported by each.
fn tidy(matches: &mut Vec<Rank>, start: usize, matching: Matching) {
    matches[start..].sort_unstable();
    let mut kept = start;
    for at in start..matches.len() {
        if at == start || matches[at] != matches[kept - 1] {
            matches[kept] = matches[at];
            kept += 1;
        }
    }
    matches.truncate(if matching == Matching::First { kept.min(start + 1) } else { kept });
}
