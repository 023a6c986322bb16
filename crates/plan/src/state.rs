//! What one event has been found to be, so far: each predicate and each shared condition is evaluated once at most.

use std::ops::Range;

use windhover_filter::{Scratch, Values};

use crate::dag::{NodeId, PredId};
use crate::graph::{Graph, NOT_STEADY, Packed, What};
use crate::group::GroupId;
use crate::network::{Network, Rank, Step};
use crate::outcome::Sketch;
use crate::predicates::{Family, Predicates, Way};
use crate::process::{Place, Processes, ProfileId};

/// Truth values of one event, forgotten in one step when the next begins.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The number of the event, in steps of two: the low bit of a memo is the value.
    event: u32,
    preds: Vec<u32>,
    nodes: Vec<u32>,
    groups: Vec<u32>,
    /// Of each group, the predicates that hold; valid if the group's memo is of this event.
    hits: Vec<Vec<PredId>>,
    scratch: Scratch,
}

/// What an evaluation works on.
pub(crate) struct On<'a, V: ?Sized> {
    pub graph: &'a mut Graph,
    pub predicates: &'a Predicates,
    pub processes: &'a mut Processes,
    /// The event's process.
    pub place: Place,
    /// Its profile, if it has one.
    pub profile: Option<ProfileId>,
    pub values: &'a V,
    /// Whether this event's evaluations are measured.
    pub measured: bool,
}

impl State {
    /// Forgets the event: what follows is about another one.
    pub fn begin(&mut self, predicates: &Predicates, graph: &Graph) {
        self.event = self.event.wrapping_add(2);
        if self.event < 2 {
            // The counter went round: memos of long ago must not look like new ones.
            self.preds.fill(0);
            self.nodes.fill(0);
            self.groups.fill(0);
            self.event = 2;
        }
        if self.preds.len() < predicates.len() {
            self.preds.resize(predicates.len(), 0);
            self.groups.resize(predicates.groups.len(), 0);
            self.hits.resize_with(predicates.groups.len(), Vec::new);
        }
        if self.nodes.len() < graph.len() {
            self.nodes.resize(graph.len(), 0);
        }
    }

    /// Whether a node holds.
    pub fn node<V: Values + ?Sized>(&mut self, on: &mut On<'_, V>, id: NodeId) -> bool {
        let Packed { what, steady } = on.graph.node(id);
        if steady != NOT_STEADY
            && let Some(profile) = on.profile
        {
            return on.processes.holds(profile, steady);
        }
        let held = match what {
            What::Const(value) => return value,
            What::Leaf { pred, negated } => self.pred(on, pred) != negated,
            What::And { start, count } => self.join(on, id, start..start + count, false),
            What::Or { start, count } => self.join(on, id, start..start + count, true),
        };
        if on.measured {
            on.graph.measure(id, held);
        }
        held
    }

    /// Whether some child of a node has the value that decides; the answer is remembered.
    fn join<V: Values + ?Sized>(
        &mut self,
        on: &mut On<'_, V>,
        id: NodeId,
        children: Range<u32>,
        deciding: bool,
    ) -> bool {
        let memo = self.nodes[id as usize];
        if memo & !1 == self.event {
            return memo & 1 == 1;
        }
        let mut value = !deciding;
        for at in children {
            let child = on.graph.child(at);
            if self.node(on, child) == deciding {
                value = deciding;
                break;
            }
        }
        self.nodes[id as usize] = self.event | u32::from(value);
        value
    }

    fn pred<V: Values + ?Sized>(&mut self, on: &mut On<'_, V>, id: PredId) -> bool {
        let way = on.predicates.way(id);
        if let Way::Question(question, place) = way {
            let class = on.processes.class(on.place, &on.predicates.questions, question, on.values);
            return on.processes.answers(question).holds(class, place);
        }
        let memo = self.preds[id as usize];
        if memo & !1 == self.event {
            return memo & 1 == 1;
        }
        let value = match way {
            Way::Group(group) => {
                self.group(on, group);
                // The group has written the memo of each predicate that holds.
                self.preds[id as usize] == self.event | 1
            }
            _ => on.predicates.matcher(id).matches(on.values, &mut self.scratch),
        };
        self.preds[id as usize] = self.event | u32::from(value);
        value
    }

    /// Evaluates all predicates of a group at once.
    fn group<V: Values + ?Sized>(&mut self, on: &On<'_, V>, group: GroupId) {
        if self.groups[group as usize] == self.event {
            return;
        }
        self.groups[group as usize] = self.event;
        let hits = &mut self.hits[group as usize];
        hits.clear();
        on.predicates.groups.evaluate(group, on.values, &mut self.scratch, hits);
        for &pred in &*hits {
            self.preds[pred as usize] = self.event | 1;
        }
    }

    /// Appends what the numbers of an event are found to be, for its likeness to others.
    pub fn sketch<V: Values + ?Sized>(&mut self, on: &mut On<'_, V>, sketch: &Sketch, key: &mut Vec<u8>) {
        for &group in &sketch.groups {
            self.group(on, group);
            let hits = &self.hits[group as usize];
            key.extend_from_slice(&(hits.len() as u32).to_ne_bytes());
            hits.iter().for_each(|pred| key.extend_from_slice(&pred.to_ne_bytes()));
        }
        for chunk in sketch.alone.chunks(8) {
            let bits = chunk.iter().fold(0u8, |bits, &pred| bits << 1 | u8::from(self.pred(on, pred)));
            key.push(bits);
        }
    }

    /// The predicate of a family that holds, by its place among them; `None` behind the last.
    fn hit<V: Values + ?Sized>(&mut self, on: &mut On<'_, V>, family: Family, at: usize) -> Option<PredId> {
        match family {
            Family::Group(group) => {
                self.group(on, group);
                self.hits[group as usize].get(at).copied()
            }
            Family::Question(question) => {
                let class = match on.profile {
                    Some(profile) => on.processes.class_of(profile, question),
                    None => on.processes.class(on.place, &on.predicates.questions, question, on.values),
                };
                on.processes.answers(question).hits(class).get(at).copied()
            }
        }
    }

    /// Walks a network and reports each rule that matches; `report` says up to which rank more are wanted.
    pub fn walk<V: Values + ?Sized>(
        &mut self,
        on: &mut On<'_, V>,
        network: &Network,
        report: &mut dyn FnMut(Rank) -> Rank,
    ) {
        let mut limit = Rank::MAX;
        self.walk_range(on, network, 0..network.len() as u32, &mut limit, report);
    }

    fn walk_range<V: Values + ?Sized>(
        &mut self,
        on: &mut On<'_, V>,
        network: &Network,
        range: Range<u32>,
        limit: &mut Rank,
        report: &mut dyn FnMut(Rank) -> Rank,
    ) {
        let mut at = range.start;
        while at < range.end {
            let skip = *limit != Rank::MAX && network.first(at) >= *limit;
            match *network.step(at) {
                Step::Fire(rank) => {
                    if !skip {
                        *limit = (*limit).min(report(rank));
                    }
                    at += 1;
                }
                Step::Gate { node, end } => at = if !skip && self.node(on, node) { at + 1 } else { end },
                Step::Dispatch { family, arms, end } => {
                    let mut next = 0;
                    while let Some(pred) = (!skip).then(|| self.hit(on, family, next)).flatten() {
                        next += 1;
                        if let Some(body) = network.arms(arms).body(pred) {
                            self.walk_range(on, network, body, limit, report);
                        }
                    }
                    at = end;
                }
            }
        }
    }
}
