//! The conditions as they are evaluated: the nodes of a [`Dag`] side by side in memory, with what each has been found to be
//! worth.

use crate::dag::{Dag, Node, NodeId, PredId};
use crate::process::SteadyNodes;
use crate::question::Questions;

/// Evaluations that a measurement starts with, as estimated: few real ones do not say much.
const PRIOR: u32 = 32;

/// A node, in 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed {
    pub what: What,
    /// Its number among the steady nodes, or [`NOT_STEADY`].
    pub steady: u32,
}

/// [`Packed::steady`] of nodes that depend on more than the process.
pub(crate) const NOT_STEADY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Const(bool),
    Leaf {
        pred: PredId,
        negated: bool,
    },
    /// Children from `start` on, in the order in which they are tried.
    And {
        start: u32,
        count: u32,
    },
    Or {
        start: u32,
        count: u32,
    },
}

/// How often a node was evaluated, and how often it held.
#[derive(Clone, Copy, Debug)]
struct Measure {
    tested: u32,
    held: u32,
}

/// The nodes, their children, and measurements.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Packed>,
    children: Vec<NodeId>,
    costs: Vec<u32>,
    measures: Vec<Measure>,
    /// Children being put into order; kept for its capacity, as events wait for that.
    ordered: Vec<NodeId>,
}

impl Graph {
    /// The nodes of a graph, and which of them are steady.
    pub fn new(dag: &Dag, questions: &Questions) -> (Self, SteadyNodes) {
        let mut this = Self::default();
        this.add_new(dag);
        let (steady, numbers) = SteadyNodes::new(dag, questions);
        for (node, number) in numbers {
            this.nodes[node as usize].steady = number;
        }
        (this, steady)
    }

    /// Takes over the nodes that a graph has got since. They are not steady: what depends on the process is what partial
    /// evaluation takes away.
    pub fn add_new(&mut self, dag: &Dag) {
        for id in self.nodes.len()..dag.len() {
            let what = match dag.node(id as NodeId) {
                Node::Const(value) => What::Const(*value),
                Node::Leaf { pred, negated } => What::Leaf { pred: *pred, negated: *negated },
                Node::And(children) => {
                    let (start, count) = self.add_children(children);
                    What::And { start, count }
                }
                Node::Or(children) => {
                    let (start, count) = self.add_children(children);
                    What::Or { start, count }
                }
            };
            self.nodes.push(Packed { what, steady: NOT_STEADY });
            self.costs.push(dag.facts(id as NodeId).cost);
            let held = (dag.facts(id as NodeId).chance * PRIOR as f32) as u32;
            self.measures.push(Measure { tested: PRIOR, held });
        }
    }

    fn add_children(&mut self, children: &[NodeId]) -> (u32, u32) {
        let start = self.children.len() as u32;
        self.children.extend_from_slice(children);
        (start, children.len() as u32)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    #[inline]
    pub fn node(&self, id: NodeId) -> Packed {
        self.nodes[id as usize]
    }

    /// A node's number among the steady ones; [`NOT_STEADY`] also for nodes that the graph does not have yet.
    pub fn steady(&self, id: NodeId) -> u32 {
        self.nodes.get(id as usize).map_or(NOT_STEADY, |node| node.steady)
    }

    /// The child at a place.
    #[inline]
    pub fn child(&self, at: u32) -> NodeId {
        self.children[at as usize]
    }

    /// Takes note of an evaluation.
    pub fn measure(&mut self, id: NodeId, held: bool) {
        let measure = &mut self.measures[id as usize];
        measure.tested = measure.tested.saturating_add(1);
        measure.held = measure.held.saturating_add(u32::from(held));
    }

    /// In which part of evaluations a node held.
    pub fn chance(&self, id: NodeId) -> f64 {
        let Measure { tested, held } = self.measures[id as usize];
        f64::from(held) / f64::from(tested)
    }

    /// What one evaluation of a node costs.
    pub fn cost(&self, id: NodeId) -> f64 {
        f64::from(self.costs[id as usize])
    }

    /// What it costs until a node has shown to be `value`, on the average: the smaller, the earlier it is tried where that
    /// value decides.
    pub fn price(&self, id: NodeId, value: bool) -> f64 {
        let Measure { tested, held } = self.measures[id as usize];
        let deciding = if value { held } else { tested - held };
        f64::from(self.costs[id as usize]) * f64::from(tested) / f64::from(deciding.max(1))
    }

    /// Puts the children of every node into the order that the measurements recommend. What a node says stays the same.
    pub fn reorder(&mut self) {
        let mut children = std::mem::take(&mut self.ordered);
        for id in 0..self.nodes.len() {
            let (start, count, deciding) = match self.nodes[id].what {
                What::And { start, count } => (start, count, false),
                What::Or { start, count } => (start, count, true),
                What::Const(_) | What::Leaf { .. } => continue,
            };
            let range = start as usize..(start + count) as usize;
            children.clear();
            children.extend_from_slice(&self.children[range.clone()]);
            children.sort_unstable_by(|a, b| {
                self.price(*a, deciding).total_cmp(&self.price(*b, deciding)).then_with(|| a.cmp(b))
            });
            // Children have smaller numbers: their costs are up to date.
            let (mut cost, mut reached) = (0.0, 1.0);
            for &child in &children {
                let Measure { tested, held } = self.measures[child as usize];
                let passes = if deciding { tested - held } else { held };
                cost += reached * f64::from(self.costs[child as usize]);
                reached *= f64::from(passes) / f64::from(tested);
            }
            self.costs[id] = (cost as u32).max(1);
            self.children[range].copy_from_slice(&children);
        }
        self.ordered = children;
    }
}
