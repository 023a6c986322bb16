//! What one event has been found to be, so far: each predicate and each shared condition is evaluated once at most.

use windhover_filter::{Scratch, Values};

use crate::dag::{Dag, Node, NodeId, PredId};
use crate::group::GroupId;
use crate::network::{Rank, Step};
use crate::predicates::Predicates;

/// Truth values of one event, forgotten in one step when the next begins.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The last number given to an event or a process version, in steps of two: the low bit of a memo is the value.
    last: u32,
    /// Number of the event.
    event: u32,
    /// Number of the process version: what it alone decides is remembered until another process has an event.
    process: u32,
    version: Option<u64>,
    preds: Vec<u32>,
    nodes: Vec<u32>,
    groups: Vec<u32>,
    /// Of each group, the predicates that hold; valid if the group's memo is of this epoch.
    hits: Vec<Vec<PredId>>,
    scratch: Scratch,
}

impl State {
    /// Forgets what the event decided: what follows is about another one. What its process decided is forgotten too
    /// unless `version` is the same; without one nothing is known to be the same.
    pub fn begin(&mut self, predicates: &Predicates, dag: &Dag, version: Option<u64>) {
        self.event = self.next();
        if version.is_none() || version != self.version {
            self.process = self.next();
            self.version = version;
        }
        if self.preds.len() < predicates.len() {
            self.preds.resize(predicates.len(), 0);
            self.groups.resize(predicates.groups.len(), 0);
            self.hits.resize_with(predicates.groups.len(), Vec::new);
        }
        if self.nodes.len() < dag.len() {
            self.nodes.resize(dag.len(), 0);
        }
    }

    /// Forgets the process: the next version is of another model, even if its number is the same.
    pub fn forget_process(&mut self) {
        self.version = None;
    }

    fn next(&mut self) -> u32 {
        self.last = self.last.wrapping_add(2);
        if self.last < 2 {
            // The counter went round: memos of long ago must not look like new ones.
            self.preds.fill(0);
            self.nodes.fill(0);
            self.groups.fill(0);
            self.version = None;
            self.last = 2;
        }
        self.last
    }

    /// The number under which a value is remembered, by whether the process alone decides it.
    fn epoch(&self, steady: bool) -> u32 {
        if steady { self.process } else { self.event }
    }

    /// Whether a node holds.
    pub fn node<V: Values + ?Sized>(&mut self, on: &On<'_, V>, id: NodeId) -> bool {
        match on.dag.node(id) {
            Node::Const(value) => *value,
            Node::Leaf { pred, negated } => self.pred(on, *pred) != *negated,
            Node::And(children) => {
                let epoch = self.epoch(on.dag.facts(id).steady);
                self.memo(id, epoch, |state| children.iter().all(|&child| state.node(on, child)))
            }
            Node::Or(children) => {
                let epoch = self.epoch(on.dag.facts(id).steady);
                self.memo(id, epoch, |state| children.iter().any(|&child| state.node(on, child)))
            }
        }
    }

    fn memo(&mut self, id: NodeId, epoch: u32, evaluate: impl FnOnce(&mut Self) -> bool) -> bool {
        let memo = self.nodes[id as usize];
        if memo & !1 == epoch {
            return memo & 1 == 1;
        }
        let value = evaluate(self);
        self.nodes[id as usize] = epoch | u32::from(value);
        value
    }

    fn pred<V: Values + ?Sized>(&mut self, on: &On<'_, V>, id: PredId) -> bool {
        let memo = self.preds[id as usize];
        let epoch = self.epoch(on.predicates.is_steady(id));
        if memo & !1 == epoch {
            return memo & 1 == 1;
        }
        let value = match on.predicates.groups.of(id) {
            Some(group) => {
                self.group(on, group);
                // The group has written the memo of each predicate that holds.
                self.preds[id as usize] == epoch | 1
            }
            None => on.predicates.matcher(id).matches(on.values, &mut self.scratch),
        };
        self.preds[id as usize] = epoch | u32::from(value);
        value
    }

    /// Evaluates all predicates of a group at once.
    fn group<V: Values + ?Sized>(&mut self, on: &On<'_, V>, group: GroupId) {
        let epoch = self.epoch(on.predicates.groups.is_steady(group));
        if self.groups[group as usize] == epoch {
            return;
        }
        self.groups[group as usize] = epoch;
        let hits = &mut self.hits[group as usize];
        hits.clear();
        on.predicates.groups.evaluate(group, on.values, &mut self.scratch, hits);
        for &pred in &*hits {
            self.preds[pred as usize] = epoch | 1;
        }
    }

    /// Walks a network and reports each rule that matches; `report` says up to which rank more are wanted.
    pub fn walk<V: Values + ?Sized>(
        &mut self,
        on: &On<'_, V>,
        steps: &[Step],
        report: &mut dyn FnMut(Rank) -> Rank,
    ) -> Rank {
        let mut limit = Rank::MAX;
        self.walk_below(on, steps, &mut limit, report);
        limit
    }

    fn walk_below<V: Values + ?Sized>(
        &mut self,
        on: &On<'_, V>,
        steps: &[Step],
        limit: &mut Rank,
        report: &mut dyn FnMut(Rank) -> Rank,
    ) {
        for step in steps {
            if step.first() >= *limit {
                return;
            }
            match step {
                Step::Fire(rank) => *limit = (*limit).min(report(*rank)),
                Step::Gate { node, body, .. } => {
                    if self.node(on, *node) {
                        self.walk_below(on, body, limit, report);
                    }
                }
                Step::Dispatch { group, arms, .. } => {
                    self.group(on, *group);
                    let mut next = 0;
                    while let Some(&pred) = self.hits[*group as usize].get(next) {
                        next += 1;
                        if let Some(body) = arms.get(&pred) {
                            self.walk_below(on, body, limit, report);
                        }
                    }
                }
            }
        }
    }
}

/// What an evaluation works on.
pub(crate) struct On<'a, V: ?Sized> {
    pub dag: &'a Dag,
    pub predicates: &'a Predicates,
    pub values: &'a V,
}
