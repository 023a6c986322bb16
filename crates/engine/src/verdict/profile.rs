//! What sorts of threads verdicts tell apart.
//!
//! What in a rule's doubt is about the thread alone becomes *conditions*. Which of them hold of a thread is its sort; sorts get
//! numbers, profiles, as they are met.

use windhover_fields::kernel::{self, ThreadFacts};
use windhover_filter::Predicate;
use windhover_plan::verdict::Doubt;
use windhover_probe::Sorts;

use super::{Fact, KernelDoubt};

/// Conditions that are told apart, a bit of [`Truths`] each.
const MAX_CONDITIONS: usize = 128;

/// Which conditions hold, a bit each.
pub(super) type Truths = u128;

/// Predicates about threads, and conditions made of them, as they are found in rules.
#[derive(Default)]
pub(super) struct Profiles {
    predicates: Vec<(Predicate, ThreadFacts)>,
    conditions: Vec<KernelDoubt>,
    /// Births and programs are told of, so that names and users are known.
    births_told: bool,
}

impl Profiles {
    pub(super) fn new(births_told: bool) -> Self {
        Self { births_told, ..Self::default() }
    }

    /// The number of a predicate, if it is about nothing but the thread.
    pub(super) fn number(&mut self, predicate: &Predicate) -> Option<usize> {
        let facts = kernel::facts_of_thread(predicate)?;
        let by_program = facts.name || facts.user;
        // Of control groups the kernel knows no more than which threads share them: a class is what predicates about them
        // alone make of them.
        if by_program && (facts.groups || !self.births_told) {
            return None;
        }
        let at = self.predicates.iter().position(|(known, _)| known == predicate);
        Some(at.unwrap_or_else(|| {
            self.predicates.push((predicate.clone(), facts));
            self.predicates.len() - 1
        }))
    }

    /// A rule's doubt with everything in it that is about the thread alone made conditions.
    pub(super) fn divide(&mut self, doubt: KernelDoubt) -> KernelDoubt {
        match doubt {
            doubt if is_about_thread(&doubt) => self.condition(doubt),
            Doubt::All(inner) => {
                let (about, others): (Vec<_>, Vec<_>) = inner.into_iter().partition(is_about_thread);
                let condition = self.condition(Doubt::all(about));
                Doubt::all(std::iter::once(condition).chain(others.into_iter().map(|doubt| self.divide(doubt))))
            }
            Doubt::Any(inner) => {
                let (about, others): (Vec<_>, Vec<_>) = inner.into_iter().partition(is_about_thread);
                let condition = self.condition(Doubt::any(about));
                Doubt::any(std::iter::once(condition).chain(others.into_iter().map(|doubt| self.divide(doubt))))
            }
            leaf => leaf,
        }
    }

    /// A condition as a fact. Where there are too many, it may hold.
    fn condition(&mut self, condition: KernelDoubt) -> KernelDoubt {
        if matches!(condition, Doubt::Perhaps(_)) {
            return condition;
        }
        let at = self.conditions.iter().position(|known| *known == condition);
        let at = at.or_else(|| {
            (self.conditions.len() < MAX_CONDITIONS).then(|| {
                self.conditions.push(condition);
                self.conditions.len() - 1
            })
        });
        at.map_or(Doubt::Perhaps(true), |at| Doubt::Number(Fact::Condition(at), true))
    }

    /// What threads are asked: no more than conditions need.
    pub(super) fn questions(self) -> Questions {
        let mut asked: Vec<usize> = Vec::new();
        for condition in &self.conditions {
            condition.each_leaf(&mut |leaf| {
                if let Doubt::Number(Fact::Predicate(number), _) = leaf
                    && !asked.contains(number)
                {
                    asked.push(*number);
                }
            });
        }
        let predicates: Vec<_> = asked.iter().map(|&number| self.predicates[number].clone()).collect();
        let renumbered = |doubt: &KernelDoubt| renumber(doubt, &asked);
        Questions { conditions: self.conditions.iter().map(renumbered).collect(), predicates }
    }
}

fn is_about_thread(doubt: &KernelDoubt) -> bool {
    match doubt {
        Doubt::Number(Fact::Predicate(_), _) => true,
        Doubt::All(inner) | Doubt::Any(inner) => inner.iter().all(is_about_thread),
        _ => false,
    }
}

/// A condition with predicates by their places in `asked`.
fn renumber(doubt: &KernelDoubt, asked: &[usize]) -> KernelDoubt {
    let each = |inner: &[KernelDoubt]| inner.iter().map(|doubt| renumber(doubt, asked)).collect();
    match doubt {
        Doubt::Number(Fact::Predicate(number), truth) => {
            let at = asked.iter().position(|known| known == number).unwrap_or(usize::MAX);
            Doubt::Number(Fact::Predicate(at), *truth)
        }
        Doubt::All(inner) => Doubt::All(each(inner)),
        Doubt::Any(inner) => Doubt::Any(each(inner)),
        leaf => leaf.clone(),
    }
}

/// What threads are asked, and what is made of the answers.
#[derive(Debug, Default)]
pub(super) struct Questions {
    predicates: Vec<(Predicate, ThreadFacts)>,
    conditions: Vec<KernelDoubt>,
}

impl Questions {
    /// The predicates, in the order in which answers are given.
    pub(super) fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        self.predicates.iter().map(|(predicate, _)| predicate)
    }

    /// What makes a difference.
    pub(super) fn sorts(&self) -> Sorts {
        let any = |of: fn(&ThreadFacts) -> bool| self.predicates.iter().any(|(_, facts)| of(facts));
        Sorts {
            any: !self.conditions.is_empty(),
            by_name: any(|facts| facts.name),
            by_user: any(|facts| facts.user),
            by_groups: any(|facts| facts.groups),
        }
    }

    /// Which conditions hold for these answers.
    pub(super) fn truths(&self, answers: &[bool]) -> Truths {
        let held = self.conditions.iter().enumerate().filter(|(_, condition)| holds(condition, answers));
        held.fold(0, |truths, (at, _)| truths | 1 << at)
    }

    /// The answers about control groups alone.
    pub(super) fn about_groups(&self, answers: &[bool]) -> Vec<bool> {
        let about = self.predicates.iter().zip(answers).filter(|((_, facts), _)| facts.groups);
        about.map(|(_, answer)| *answer).collect()
    }
}

fn holds(condition: &KernelDoubt, answers: &[bool]) -> bool {
    match condition {
        Doubt::Perhaps(perhaps) => *perhaps,
        Doubt::Number(Fact::Predicate(number), truth) => answers.get(*number).is_none_or(|answer| answer == truth),
        Doubt::Number(..) | Doubt::Text(_) | Doubt::NoText(_) => true,
        Doubt::All(inner) => inner.iter().all(|doubt| holds(doubt, answers)),
        Doubt::Any(inner) => inner.iter().any(|doubt| holds(doubt, answers)),
    }
}
