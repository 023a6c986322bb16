//! Conditions of a whole ruleset as one graph: equal sub-conditions are one node.
//!
//! Negations stand at the leaves only, so a node never has to be evaluated "inverted", and partial evaluation can
//! fold from below. [`FALSE`] and [`TRUE`] are nodes like any other; `And` and `Or` never hold them.

use std::collections::HashMap;

use windhover_filter::Scope;

use crate::memo::Memo;

/// Number of an interned predicate.
pub(crate) type PredId = u32;
/// Number of a node.
pub(crate) type NodeId = u32;

/// The condition that never holds.
pub(crate) const FALSE: NodeId = 0;
/// The condition that always holds.
pub(crate) const TRUE: NodeId = 1;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Const(bool),
    /// A predicate, or its negation.
    Leaf {
        pred: PredId,
        negated: bool,
    },
    And(Box<[NodeId]>),
    Or(Box<[NodeId]>),
}

/// What is known of a node without evaluating it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// The largest scope of its predicates.
    pub scope: Scope,
    /// It depends on the process and on nothing else: not even on the kind of the event.
    pub steady: bool,
    /// Expected cost of one evaluation, in the units of [`crate::cost`].
    pub cost: u32,
    /// Estimated part of evaluations in which it holds.
    pub chance: f32,
}

/// The graph. Children have smaller numbers than their parents.
#[derive(Clone, Debug)]
pub(crate) struct Dag {
    nodes: Vec<Node>,
    facts: Vec<Facts>,
    index: HashMap<Node, NodeId, foldhash::fast::RandomState>,
}

impl Dag {
    pub fn new() -> Self {
        let mut dag = Self { nodes: Vec::new(), facts: Vec::new(), index: HashMap::default() };
        let facts = Facts { scope: Scope::EventType, steady: false, cost: 0, chance: 0.0 };
        dag.intern(Node::Const(false), facts);
        dag.intern(Node::Const(true), Facts { chance: 1.0, ..facts });
        dag
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn facts(&self, id: NodeId) -> Facts {
        self.facts[id as usize]
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn leaf(&mut self, pred: PredId, negated: bool, facts: Facts) -> NodeId {
        let chance = if negated { 1.0 - facts.chance } else { facts.chance };
        self.intern(Node::Leaf { pred, negated }, Facts { chance, ..facts })
    }

    pub fn and(&mut self, children: Vec<NodeId>) -> NodeId {
        self.join(children, true)
    }

    pub fn or(&mut self, children: Vec<NodeId>) -> NodeId {
        self.join(children, false)
    }

    /// The conjuncts of a node: its children if it is an `And`, else itself; none for [`TRUE`].
    pub fn conjuncts(&self, id: NodeId) -> Vec<NodeId> {
        match self.node(id) {
            Node::And(children) => children.to_vec(),
            Node::Const(true) => Vec::new(),
            _ => vec![id],
        }
    }

    /// The node that is left once `decide` has said which nodes are true or false (`None`: not known).
    /// `memo` lives as long as `decide` gives the same answers.
    pub fn specialise(
        &mut self,
        id: NodeId,
        decide: &mut dyn FnMut(&Dag, NodeId) -> Option<bool>,
        memo: &mut Memo,
    ) -> NodeId {
        if let Some(known) = memo.get(id) {
            return known;
        }
        let result = match decide(self, id) {
            Some(true) => TRUE,
            Some(false) => FALSE,
            None => match self.node(id) {
                Node::Const(_) | Node::Leaf { .. } => id,
                Node::And(children) => self.specialise_all(id, children.len(), true, decide, memo),
                Node::Or(children) => self.specialise_all(id, children.len(), false, decide, memo),
            },
        };
        memo.set(id, result);
        result
    }

    /// Specialises the `count` children of node `id`; a node of which nothing falls away is itself again.
    fn specialise_all(
        &mut self,
        id: NodeId,
        count: usize,
        is_and: bool,
        decide: &mut dyn FnMut(&Dag, NodeId) -> Option<bool>,
        memo: &mut Memo,
    ) -> NodeId {
        let absorbing = if is_and { FALSE } else { TRUE };
        let mut left = Vec::with_capacity(count);
        let mut changed = false;
        for place in 0..count {
            let (Node::And(children) | Node::Or(children)) = self.node(id) else { return id };
            let child = children[place];
            let result = self.specialise(child, decide, memo);
            if result == absorbing {
                return absorbing;
            }
            changed |= result != child;
            left.push(result);
        }
        if changed { self.join(left, is_and) } else { id }
    }

    /// `And` (or `Or`) of the children: flattened, without duplicates and constants, a leaf and its negation folded,
    /// cheapest first.
    fn join(&mut self, children: Vec<NodeId>, is_and: bool) -> NodeId {
        let (neutral, absorbing) = if is_and { (TRUE, FALSE) } else { (FALSE, TRUE) };
        let mut flat = Vec::with_capacity(children.len());
        for child in children {
            match self.node(child) {
                Node::And(inner) if is_and => flat.extend_from_slice(inner),
                Node::Or(inner) if !is_and => flat.extend_from_slice(inner),
                _ => flat.push(child),
            }
        }
        flat.retain(|&child| child != neutral);
        if flat.contains(&absorbing) {
            return absorbing;
        }
        flat.sort_unstable_by_key(|&child| (self.facts(child).cost, child));
        flat.dedup();
        if self.has_contradiction(&flat) {
            return absorbing;
        }
        match *flat {
            [] => return neutral,
            [only] => return only,
            _ => {}
        }
        let scope = flat.iter().map(|&child| self.facts(child).scope).max().unwrap_or(Scope::EventType);
        let steady = flat.iter().all(|&child| self.facts(child).steady);
        let cost = self.expected_cost(&flat);
        let chances = flat.iter().map(|&child| self.facts(child).chance);
        let chance = if is_and { chances.product() } else { 1.0 - chances.map(|chance| 1.0 - chance).product::<f32>() };
        let children = flat.into_boxed_slice();
        let node = if is_and { Node::And(children) } else { Node::Or(children) };
        self.intern(node, Facts { scope, steady, cost, chance })
    }

    fn has_contradiction(&self, children: &[NodeId]) -> bool {
        children.iter().any(|&child| match *self.node(child) {
            Node::Leaf { pred, negated: true } => {
                self.index.get(&Node::Leaf { pred, negated: false }).is_some_and(|opposite| children.contains(opposite))
            }
            _ => false,
        })
    }

    /// Short circuit makes later children less likely to be reached: each counts half of the one before.
    fn expected_cost(&self, children: &[NodeId]) -> u32 {
        let mut cost = 0u32;
        for (place, &child) in children.iter().enumerate() {
            cost = cost.saturating_add(self.facts(child).cost >> place.min(16));
        }
        cost.max(1)
    }

    fn intern(&mut self, node: Node, facts: Facts) -> NodeId {
        if let Some(&id) = self.index.get(&node) {
            return id;
        }
        let id = NodeId::try_from(self.nodes.len()).expect("a ruleset of fewer than four billion conditions");
        self.nodes.push(node.clone());
        self.facts.push(facts);
        self.index.insert(node, id);
        id
    }
}
