//! What is taken to be so: literals, by the value that they are about.

use std::collections::HashMap;

use super::relation::{Known, Subject};
use crate::{Predicate, Source};

/// A predicate, or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) predicate: u32,
    pub(super) negated: bool,
}

/// The facts of one question, and what is known about predicates for all questions.
#[derive(Debug, Default)]
pub(super) struct Facts {
    known: Known,
    subjects: HashMap<Source, usize>,
    /// Facts about each subject, in the order in which they came.
    about: Vec<Vec<Literal>>,
    /// The subjects of all facts in that order, to take them back.
    trail: Vec<usize>,
}

impl Facts {
    /// Numbers a predicate.
    pub(super) fn learn(&mut self, predicate: &Predicate) -> u32 {
        let next = self.subjects.len();
        let subject = *self.subjects.entry(predicate.lhs.clone()).or_insert(next);
        self.about.resize_with(self.subjects.len(), Vec::new);
        self.known.learn(predicate, subject)
    }

    /// Where the facts stand.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes back all facts since.
    pub(super) fn undo(&mut self, mark: usize) {
        for subject in self.trail.drain(mark..).rev() {
            self.about[subject].pop();
        }
    }

    /// Adds a fact. Returns whether it goes with the others about its subject.
    pub(super) fn assume(&mut self, literal: Literal) -> bool {
        if self.entails(literal) {
            return true;
        }
        if self.excludes(literal) {
            return false;
        }
        let subject = self.known.subject(literal.predicate);
        self.about[subject].push(literal);
        self.trail.push(subject);
        Subject { known: &self.known, facts: &self.about[subject] }.has_value()
    }

    /// Does one of the facts alone say that the literal holds?
    pub(super) fn entails(&self, literal: Literal) -> bool {
        self.about(literal).iter().any(|fact| match (fact.negated, literal.negated) {
            (false, false) => self.known.implies(fact.predicate, literal.predicate),
            (true, true) => self.known.implies(literal.predicate, fact.predicate),
            (false, true) => self.known.excludes(fact.predicate, literal.predicate),
            (true, false) => false,
        })
    }

    /// Does one of the facts alone say that the literal does not hold?
    pub(super) fn excludes(&self, literal: Literal) -> bool {
        self.about(literal).iter().any(|fact| match (fact.negated, literal.negated) {
            (false, false) => self.known.excludes(fact.predicate, literal.predicate),
            (false, true) => self.known.implies(fact.predicate, literal.predicate),
            (true, false) => self.known.implies(literal.predicate, fact.predicate),
            (true, true) => false,
        })
    }

    fn about(&self, literal: Literal) -> &[Literal] {
        &self.about[self.known.subject(literal.predicate)]
    }
}
