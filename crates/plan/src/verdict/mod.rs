//! What can be said of an event before it is one: whether a rule could match it, by the few facts that can be told where
//! it happens.
//!
//! A rule's condition becomes a [`Doubt`]: everything that cannot be told may hold, so a doubt that is settled means that no
//! rule can match. It is three-valued reasoning with the third value folded away: "false" is certain, anything else is
//! "perhaps". A test and its negation may both hold, which costs precision and nothing else.

mod automaton;
mod table;

use windhover_filter::Predicate;

pub use self::automaton::{Automaton, BYTES, Ends, Part, Text};
pub use self::table::{Column, MAX_NUMBERS, Row, column, row};

use crate::Plan;
use crate::dag::{Node, NodeId};
use crate::network::Rank;

/// What can be told of a predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<N> {
    /// Nothing: it may hold, or not.
    Nothing,
    /// It never holds. Its negation may.
    Never,
    /// It can hold only where this test of a number comes out so.
    Number(N, bool),
    /// It holds exactly where this test of a number comes out so.
    Exactly(N, bool),
    /// It can hold only where one of these tests of the path does.
    Texts(Vec<Text>),
    /// Its truth and its falsehood are told apart.
    Where {
        /// Where it may hold.
        holds: Doubt<N>,
        /// Where it may fail.
        fails: Doubt<N>,
    },
}

/// When a rule may match.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Doubt<N> {
    /// Perhaps always (`true`), or certainly never.
    Perhaps(bool),
    /// Where this test of a number comes out so.
    Number(N, bool),
    /// Where this test of the path holds.
    Text(Text),
    /// Where it fails.
    NoText(Text),
    /// Where all of these say so.
    All(Vec<Doubt<N>>),
    /// Where one of these says so.
    Any(Vec<Doubt<N>>),
}

impl<N: Clone + PartialEq> Doubt<N> {
    /// Certainly never.
    pub const SETTLED: Self = Doubt::Perhaps(false);

    /// Where all say so.
    pub fn all(doubts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(doubts, true)
    }

    /// Where one says so.
    pub fn any(doubts: impl IntoIterator<Item = Self>) -> Self {
        Self::join(doubts, false)
    }

    fn join(doubts: impl IntoIterator<Item = Self>, all: bool) -> Self {
        let mut left: Vec<Self> = Vec::new();
        for doubt in doubts {
            match doubt {
                Doubt::Perhaps(perhaps) if perhaps == all => {}
                Doubt::Perhaps(perhaps) => return Doubt::Perhaps(perhaps),
                Doubt::All(inner) if all => left.extend(inner),
                Doubt::Any(inner) if !all => left.extend(inner),
                other if left.contains(&other) => {}
                other => left.push(other),
            }
        }
        match left.len() {
            0 => Doubt::Perhaps(all),
            1 => left.swap_remove(0),
            _ if all => Doubt::All(left),
            _ => Doubt::Any(left),
        }
    }

    /// What is left once some leaves are known: `know` says what a leaf comes to, or leaves it as it is.
    pub fn given(&self, know: &mut dyn FnMut(&Self) -> Option<bool>) -> Self {
        match self {
            Doubt::Perhaps(_) => self.clone(),
            Doubt::Number(..) | Doubt::Text(_) | Doubt::NoText(_) => {
                know(self).map_or_else(|| self.clone(), Doubt::Perhaps)
            }
            Doubt::All(inner) => Self::all(inner.iter().map(|doubt| doubt.given(know)).collect::<Vec<_>>()),
            Doubt::Any(inner) => Self::any(inner.iter().map(|doubt| doubt.given(know)).collect::<Vec<_>>()),
        }
    }

    /// Calls `visit` on each leaf.
    pub fn each_leaf<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        match self {
            Doubt::All(inner) | Doubt::Any(inner) => inner.iter().for_each(|doubt| doubt.each_leaf(visit)),
            leaf => visit(leaf),
        }
    }
}

impl Plan {
    /// When the rules that are left for a kind may match, each by its rank; rules that certainly never do are left out.
    pub fn doubts<N: Clone + PartialEq>(
        &self,
        kind: u16,
        tell: &mut dyn FnMut(&Predicate) -> Told<N>,
    ) -> Vec<(Rank, Doubt<N>)> {
        let rules = self.slot(kind).map_or(&[][..], |slot| &self.plans[usize::from(slot)].rules);
        let doubts = rules.iter().map(|&(rank, node)| (rank, self.doubt(node, tell)));
        doubts.filter(|(_, doubt)| *doubt != Doubt::SETTLED).collect()
    }

    fn doubt<N: Clone + PartialEq>(&self, node: NodeId, tell: &mut dyn FnMut(&Predicate) -> Told<N>) -> Doubt<N> {
        match self.dag.node(node) {
            Node::Const(value) => Doubt::Perhaps(*value),
            Node::Leaf { pred, negated } => match (tell(self.predicates.get(*pred)), negated) {
                (Told::Never, false) => Doubt::SETTLED,
                (Told::Number(number, truth) | Told::Exactly(number, truth), false) => Doubt::Number(number, truth),
                (Told::Exactly(number, truth), true) => Doubt::Number(number, !truth),
                (Told::Texts(texts), false) => Doubt::any(texts.into_iter().map(Doubt::Text)),
                (Told::Where { holds, .. }, false) => holds,
                (Told::Where { fails, .. }, true) => fails,
                // A field without a value fails every test, so negations of these may hold anywhere.
                _ => Doubt::Perhaps(true),
            },
            Node::And(children) => {
                Doubt::all(children.iter().map(|&child| self.doubt(child, tell)).collect::<Vec<_>>())
            }
            Node::Or(children) => Doubt::any(children.iter().map(|&child| self.doubt(child, tell)).collect::<Vec<_>>()),
        }
    }

    /// Calls `visit` on each predicate that is left of a rule for a kind.
    pub fn each_predicate(&self, kind: u16, rank: Rank, visit: &mut dyn FnMut(&Predicate)) {
        let rules = self.slot(kind).map_or(&[][..], |slot| &self.plans[usize::from(slot)].rules);
        let mut stack: Vec<NodeId> = rules.iter().filter(|(of, _)| *of == rank).map(|&(_, node)| node).collect();
        while let Some(node) = stack.pop() {
            match self.dag.node(node) {
                Node::Const(_) => {}
                Node::Leaf { pred, .. } => visit(self.predicates.get(*pred)),
                Node::And(children) | Node::Or(children) => stack.extend_from_slice(children),
            }
        }
    }
}
