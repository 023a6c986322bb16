//! The rules that are left for one kind of event (and one sort of process), as a discrimination network.
//!
//! Walking rule after rule costs in proportion to the rules. Here a condition that many rules share is a gate in
//! front of all of them, and predicates over one field are a dispatch: one look-up yields the predicates that hold, and
//! only their rules are walked. So an event costs what the rules that *could* fire cost, not what all rules cost.

use std::collections::HashMap;

use crate::dag::{Dag, Node, NodeId, PredId};
use crate::group::{GroupId, Groups};

/// A rule's place in the order of the ruleset.
pub(crate) type Rank = u32;

/// Fewer alternatives than this are gates one after the other: cheaper than a dispatch's table.
const MIN_DISPATCH: usize = 3;

/// One step of a walk.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The rule matches.
    Fire(Rank),
    /// Walk the body only if the node holds.
    Gate { node: NodeId, first: Rank, body: Box<[Step]> },
    /// Walk the bodies of those predicates of a group that hold.
    Dispatch { group: GroupId, first: Rank, arms: HashMap<PredId, Box<[Step]>, foldhash::fast::RandomState> },
}

impl Step {
    /// The first rule that could fire in or below this step.
    pub fn first(&self) -> Rank {
        match *self {
            Step::Fire(rank) => rank,
            Step::Gate { first, .. } | Step::Dispatch { first, .. } => first,
        }
    }
}

/// A rule still to be placed, with the conjuncts that are not yet tested on the way to it.
#[derive(Clone)]
struct Item {
    rank: Rank,
    conjuncts: Vec<NodeId>,
}

/// Builds the network of `rules`, which may not be [`crate::dag::FALSE`].
pub(crate) fn build(dag: &Dag, groups: &Groups, rules: &[(Rank, NodeId)]) -> Box<[Step]> {
    let items = rules.iter().map(|&(rank, node)| Item { rank, conjuncts: dag.conjuncts(node) }).collect();
    Builder { dag, groups }.steps(items)
}

struct Builder<'a> {
    dag: &'a Dag,
    groups: &'a Groups,
}

impl Builder<'_> {
    fn steps(&self, mut items: Vec<Item>) -> Box<[Step]> {
        let mut steps = Vec::new();
        while !items.is_empty() {
            if let Some(at) = items.iter().position(|item| item.conjuncts.is_empty()) {
                steps.push(Step::Fire(items.swap_remove(at).rank));
            } else if let Some(node) = self.shared_gate(&items) {
                let (inside, outside) = split(items, |item| item.conjuncts.contains(&node));
                steps.push(self.gate(node, inside));
                items = outside;
            } else if let Some(group) = self.best_group(&items) {
                let (inside, outside) = split(items, |item| self.entry(item, group).is_some());
                steps.push(self.dispatch(group, inside));
                items = outside;
            } else {
                // Nothing shared is left: each rule tests its cheapest conjunct first.
                for item in std::mem::take(&mut items) {
                    let cheapest = item.conjuncts.iter().copied().min_by_key(|&node| self.dag.facts(node).cost);
                    if let Some(node) = cheapest {
                        steps.push(self.gate(node, vec![item]));
                    }
                }
            }
        }
        // A match found early lets first-match skip what only later rules could add.
        steps.sort_by_key(Step::first);
        steps.into_boxed_slice()
    }

    /// The condition shared by most rules; among equals the cheapest. `None` if no two rules share one.
    fn shared_gate(&self, items: &[Item]) -> Option<NodeId> {
        let mut counts: HashMap<NodeId, usize> = HashMap::new();
        for node in items.iter().flat_map(|item| &item.conjuncts) {
            *counts.entry(*node).or_default() += 1;
        }
        counts
            .into_iter()
            .filter(|&(_, count)| count > 1)
            .max_by_key(|&(node, count)| (count, std::cmp::Reverse((self.dag.facts(node).cost, node))))
            .map(|(node, _)| node)
    }

    /// The group by which most rules can be found, if it is worth a table.
    fn best_group(&self, items: &[Item]) -> Option<GroupId> {
        let mut counts: HashMap<GroupId, usize> = HashMap::new();
        for item in items {
            let mut groups: Vec<_> =
                item.conjuncts.iter().filter_map(|&node| self.alternatives(node)).map(|(group, _)| group).collect();
            groups.sort_unstable();
            groups.dedup();
            for group in groups {
                *counts.entry(group).or_default() += 1;
            }
        }
        counts
            .into_iter()
            .filter(|&(_, count)| count >= MIN_DISPATCH)
            .max_by_key(|&(group, count)| (count, std::cmp::Reverse(group)))
            .map(|(group, _)| group)
    }

    /// The conjunct by which `item` is found in `group`.
    fn entry(&self, item: &Item, group: GroupId) -> Option<(NodeId, Vec<PredId>)> {
        item.conjuncts.iter().find_map(|&node| {
            let (of, preds) = self.alternatives(node)?;
            (of == group).then_some((node, preds))
        })
    }

    /// If `node` holds exactly when one of some predicates of a single group holds: the group and those predicates.
    fn alternatives(&self, node: NodeId) -> Option<(GroupId, Vec<PredId>)> {
        match self.dag.node(node) {
            Node::Leaf { pred, negated: false } => Some((self.groups.of(*pred)?, vec![*pred])),
            Node::Or(children) => {
                let mut found: Option<(GroupId, Vec<PredId>)> = None;
                for &child in children {
                    let Node::Leaf { pred, negated: false } = *self.dag.node(child) else { return None };
                    let group = self.groups.of(pred)?;
                    match &mut found {
                        Some((of, preds)) if *of == group => preds.push(pred),
                        Some(_) => return None,
                        None => found = Some((group, vec![pred])),
                    }
                }
                found
            }
            _ => None,
        }
    }

    fn gate(&self, node: NodeId, items: Vec<Item>) -> Step {
        let first = first_rank(&items);
        let body = self.steps(items.into_iter().map(|item| without(item, node)).collect());
        Step::Gate { node, first, body }
    }

    fn dispatch(&self, group: GroupId, items: Vec<Item>) -> Step {
        let first = first_rank(&items);
        let mut arms: HashMap<PredId, Vec<Item>> = HashMap::new();
        for item in items {
            let Some((node, preds)) = self.entry(&item, group) else { continue };
            let rest = without(item, node);
            for pred in preds {
                arms.entry(pred).or_default().push(rest.clone());
            }
        }
        let arms = arms.into_iter().map(|(pred, items)| (pred, self.steps(items))).collect();
        Step::Dispatch { group, first, arms }
    }
}

fn split(items: Vec<Item>, inside: impl Fn(&Item) -> bool) -> (Vec<Item>, Vec<Item>) {
    items.into_iter().partition(inside)
}

fn without(mut item: Item, node: NodeId) -> Item {
    item.conjuncts.retain(|&conjunct| conjunct != node);
    item
}

fn first_rank(items: &[Item]) -> Rank {
    items.iter().map(|item| item.rank).min().unwrap_or(Rank::MAX)
}
