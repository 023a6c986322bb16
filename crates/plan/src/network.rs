//! The rules that are left for one kind of event (and one sort of process), as a discrimination network.
//!
//! Walking rule after rule costs in proportion to the rules. Here a condition that many rules share is a gate in
//! front of all of them, and predicates over one field are a dispatch: one look-up yields the predicates that hold, and
//! only their rules are walked. So an event costs what the rules that *could* fire cost, not what all rules cost.

use std::collections::HashMap;
use std::ops::Range;

use crate::dag::{Dag, Node, NodeId, PredId};
use crate::predicates::{Family, Predicates};

/// A rule's place in the order of the ruleset.
pub(crate) type Rank = u32;

/// Fewer alternatives than this are gates one after the other: cheaper than a dispatch's table.
const MIN_DISPATCH: usize = 3;
/// A condition of more alternatives is no way to find a rule: each would repeat what follows.
const MAX_ALTERNATIVES: usize = 16;

/// What testing a rule alone costs until it is out, in the units of [`crate::cost`].
const COST_OF_RULE: f64 = 10.0;
/// What a dispatch costs.
const COST_OF_DISPATCH: f64 = 20.0;
/// Part of the rules behind a dispatch that it leads to.
const CHANCE_OF_ARM: f64 = 0.03;

/// What a node is worth as a test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worth {
    /// Of one evaluation.
    pub cost: f64,
    /// Part of evaluations in which it holds.
    pub chance: f64,
}

impl Worth {
    /// What it costs on the average until the node has shown not to hold.
    fn price(self) -> f64 {
        self.cost / (1.0 - self.chance).max(1e-3)
    }
}

type FastMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// One step of a walk. What is behind a gate or in the arms of a dispatch follows it directly, up to `end`.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The rule matches.
    Fire(Rank),
    /// Go on with the next step only if the node holds, else at `end`.
    Gate { node: NodeId, end: u32 },
    /// Walk the arms of those predicates of a family that hold, then go on at `end`.
    Dispatch { family: Family, arms: u32, end: u32 },
}

/// A walk through rules.
#[derive(Debug, Default)]
pub(crate) struct Network {
    steps: Vec<Step>,
    /// For each step the first rule that could fire in or below it.
    first: Vec<Rank>,
    dispatches: Vec<Arms>,
}

/// The arms of a dispatch, by predicate.
#[derive(Debug)]
pub(crate) struct Arms {
    preds: Box<[PredId]>,
    /// The steps of each.
    bodies: Box<[Range<u32>]>,
}

impl Arms {
    pub fn body(&self, pred: PredId) -> Option<Range<u32>> {
        self.preds.binary_search(&pred).ok().map(|at| self.bodies[at].clone())
    }
}

impl Network {
    /// The network of `rules`, which may not be [`crate::dag::FALSE`], by what nodes are worth.
    pub fn new(dag: &Dag, predicates: &Predicates, rules: &[(Rank, NodeId)], worth: &dyn Fn(NodeId) -> Worth) -> Self {
        let items = rules.iter().map(|&(rank, node)| Item { rank, conjuncts: dag.conjuncts(node) }).collect();
        let mut network = Self::default();
        Builder { dag, predicates, worth, network: &mut network }.lay(items);
        network
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    #[inline]
    pub fn step(&self, at: u32) -> &Step {
        &self.steps[at as usize]
    }

    /// The first rule that could fire in or below a step.
    #[inline]
    pub fn first(&self, at: u32) -> Rank {
        self.first[at as usize]
    }

    #[inline]
    pub fn arms(&self, dispatch: u32) -> &Arms {
        &self.dispatches[dispatch as usize]
    }
}

/// A rule still to be placed, with the conjuncts that are not yet tested on the way to it.
#[derive(Clone)]
struct Item {
    rank: Rank,
    conjuncts: Vec<NodeId>,
}

/// What is to be laid out: a step with what is below it.
enum Plot {
    Fire(Rank),
    Gate(NodeId, Vec<Item>),
    Dispatch(Family, Vec<Item>),
}

/// By what rules are taken together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Gate(NodeId),
    Dispatch(Family),
}

struct Builder<'a> {
    dag: &'a Dag,
    predicates: &'a Predicates,
    worth: &'a dyn Fn(NodeId) -> Worth,
    network: &'a mut Network,
}

impl Builder<'_> {
    /// Lays out the steps of some rules.
    fn lay(&mut self, items: Vec<Item>) -> Range<u32> {
        let mut plots = self.plots(items);
        // A match found early lets first-match skip what only later rules could add.
        plots.sort_by_key(Plot::first);
        let start = self.network.steps.len() as u32;
        for plot in plots {
            self.lay_plot(plot);
        }
        start..self.network.steps.len() as u32
    }

    fn lay_plot(&mut self, plot: Plot) {
        let at = self.network.steps.len();
        self.network.first.push(plot.first());
        match plot {
            Plot::Fire(rank) => self.network.steps.push(Step::Fire(rank)),
            Plot::Gate(node, items) => {
                self.network.steps.push(Step::Gate { node, end: 0 });
                let body = self.lay(items.into_iter().map(|item| without(item, node)).collect());
                self.network.steps[at] = Step::Gate { node, end: body.end };
            }
            Plot::Dispatch(family, items) => {
                self.network.steps.push(Step::Dispatch { family, arms: 0, end: 0 });
                let (preds, bodies): (Vec<_>, Vec<_>) =
                    self.arms(family, items).into_iter().map(|(pred, items)| (pred, self.lay(items))).unzip();
                let arms = self.network.dispatches.len() as u32;
                let end = self.network.steps.len() as u32;
                self.network.dispatches.push(Arms { preds: preds.into(), bodies: bodies.into() });
                self.network.steps[at] = Step::Dispatch { family, arms, end };
            }
        }
    }

    /// Rules by the predicates of a family that lead to them, in the order of these.
    fn arms(&self, family: Family, items: Vec<Item>) -> Vec<(PredId, Vec<Item>)> {
        let mut arms: FastMap<PredId, Vec<Item>> = FastMap::default();
        for item in items {
            let Some((node, preds)) = self.entry(&item, family) else { continue };
            let rest = without(item, node);
            for pred in preds {
                arms.entry(pred).or_default().push(rest.clone());
            }
        }
        let mut arms: Vec<_> = arms.into_iter().collect();
        arms.sort_by_key(|(pred, _)| *pred);
        arms
    }

    fn plots(&self, items: Vec<Item>) -> Vec<Plot> {
        let (done, mut items) = split(items, |item| item.conjuncts.is_empty());
        let mut plots: Vec<_> = done.into_iter().map(|item| Plot::Fire(item.rank)).collect();
        let mut gates: FastMap<NodeId, usize> = FastMap::default();
        for node in items.iter().flat_map(|item| &item.conjuncts) {
            *gates.entry(*node).or_default() += 1;
        }
        let mut families = self.families(&items);
        while let Some(choice) = self.choice(&gates, &families) {
            let inside;
            (inside, items) = split(items, |item| match choice {
                Choice::Gate(node) => item.conjuncts.contains(&node),
                Choice::Dispatch(family) => self.entry(item, family).is_some(),
            });
            for node in inside.iter().flat_map(|item| &item.conjuncts) {
                gates.entry(*node).and_modify(|count| *count -= 1);
            }
            for (family, count) in self.families(&inside) {
                families.entry(family).and_modify(|total| *total -= count);
            }
            plots.push(match choice {
                Choice::Gate(node) => Plot::Gate(node, inside),
                Choice::Dispatch(family) => Plot::Dispatch(family, inside),
            });
        }
        // Nothing is shared by what is left: each rule tests first what tells soonest that it does not match.
        for item in items {
            let by_price = |a: &NodeId, b: &NodeId| (self.worth)(*a).price().total_cmp(&(self.worth)(*b).price());
            if let Some(node) = item.conjuncts.iter().copied().min_by(by_price) {
                plots.push(Plot::Gate(node, vec![item]));
            }
        }
        plots
    }

    /// What is best tested for many rules at once: a condition that some share, or a family by which some can be found.
    /// `None` if each rule had better be tested alone.
    fn choice(&self, gates: &FastMap<NodeId, usize>, families: &FastMap<Family, usize>) -> Option<Choice> {
        let shared = gates.iter().filter(|&(_, &count)| count > 1).filter_map(|(&node, &count)| {
            let worth = (self.worth)(node);
            let saved = count as f64 * (1.0 - worth.chance) * COST_OF_RULE;
            (saved >= worth.cost).then_some((saved / worth.cost, Choice::Gate(node)))
        });
        let found = families.iter().filter(|&(_, &count)| count >= MIN_DISPATCH).map(|(&family, &count)| {
            (count as f64 * (1.0 - CHANCE_OF_ARM) * COST_OF_RULE / COST_OF_DISPATCH, Choice::Dispatch(family))
        });
        shared.chain(found).max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1))).map(|(_, choice)| choice)
    }

    /// How many rules can be found by each family.
    fn families(&self, items: &[Item]) -> FastMap<Family, usize> {
        let mut counts = FastMap::default();
        for item in items {
            let mut families: Vec<_> =
                item.conjuncts.iter().filter_map(|&node| self.alternatives(node)).map(|(family, _)| family).collect();
            families.sort_unstable();
            families.dedup();
            for family in families {
                *counts.entry(family).or_default() += 1;
            }
        }
        counts
    }

    /// The conjunct by which `item` is found in `family`.
    fn entry(&self, item: &Item, family: Family) -> Option<(NodeId, Vec<PredId>)> {
        item.conjuncts.iter().find_map(|&node| {
            let (of, preds) = self.alternatives(node)?;
            (of == family).then_some((node, preds))
        })
    }

    /// If `node` holds exactly when one of some predicates of a single family holds: the family and those predicates.
    fn alternatives(&self, node: NodeId) -> Option<(Family, Vec<PredId>)> {
        let leaf = |node: NodeId| match *self.dag.node(node) {
            Node::Leaf { pred, negated: false } => Some((self.predicates.family(pred)?, pred)),
            _ => None,
        };
        let Node::Or(children) = self.dag.node(node) else {
            return leaf(node).map(|(family, pred)| (family, vec![pred]));
        };
        if children.len() > MAX_ALTERNATIVES {
            return None;
        }
        let (family, _) = leaf(children[0])?;
        let preds: Option<Vec<_>> =
            children.iter().map(|&child| leaf(child).filter(|&(of, _)| of == family).map(|(_, pred)| pred)).collect();
        Some((family, preds?))
    }
}

impl Plot {
    fn first(&self) -> Rank {
        match self {
            Self::Fire(rank) => *rank,
            Self::Gate(_, items) | Self::Dispatch(_, items) => {
                items.iter().map(|item| item.rank).min().unwrap_or(Rank::MAX)
            }
        }
    }
}

fn split(items: Vec<Item>, inside: impl Fn(&Item) -> bool) -> (Vec<Item>, Vec<Item>) {
    items.into_iter().partition(inside)
}

fn without(mut item: Item, node: NodeId) -> Item {
    item.conjuncts.retain(|&conjunct| conjunct != node);
    item
}
