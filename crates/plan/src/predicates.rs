//! Every atomic predicate of the ruleset, once.

use std::collections::HashMap;

use windhover_filter::{Matcher, Predicate, Scope};

use crate::cost;
use crate::dag::{Facts, PredId};
use crate::group::{GroupId, Groups};
use crate::question::{QuestionId, Questions};

/// The predicates, how each is evaluated alone, and which are evaluated together.
#[derive(Debug)]
pub(crate) struct Predicates {
    predicates: Vec<Predicate>,
    matchers: Vec<Matcher>,
    ways: Vec<Way>,
    /// What depends on the event.
    pub groups: Groups,
    /// What depends on the process alone.
    pub questions: Questions,
}

/// How the truth of a predicate is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By its matcher.
    Alone,
    /// With the others of its group.
    Group(GroupId),
    /// It is steady: from the answer to a question about the process, at this place.
    Question(QuestionId, u32),
}

/// Predicates over one field that one look-up answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Family {
    Question(QuestionId),
    Group(GroupId),
}

impl Predicates {
    pub fn len(&self) -> usize {
        self.predicates.len()
    }

    pub fn matcher(&self, id: PredId) -> &Matcher {
        &self.matchers[id as usize]
    }

    #[inline]
    pub fn way(&self, id: PredId) -> Way {
        self.ways[id as usize]
    }

    /// The family of a predicate, if it has one.
    pub fn family(&self, id: PredId) -> Option<Family> {
        match self.way(id) {
            Way::Alone => None,
            Way::Group(group) => Some(Family::Group(group)),
            Way::Question(question, _) => Some(Family::Question(question)),
        }
    }

    pub fn get(&self, id: PredId) -> &Predicate {
        &self.predicates[id as usize]
    }
}

/// Collects predicates while conditions are read.
#[derive(Default)]
pub(crate) struct Interner {
    predicates: Vec<Predicate>,
    index: HashMap<Predicate, PredId, foldhash::fast::RandomState>,
}

impl Interner {
    pub fn intern(&mut self, predicate: &Predicate) -> (PredId, Facts) {
        let id = match self.index.get(predicate) {
            Some(&id) => id,
            None => {
                let id =
                    PredId::try_from(self.predicates.len()).expect("a ruleset of fewer than four billion predicates");
                self.predicates.push(predicate.clone());
                self.index.insert(predicate.clone(), id);
                id
            }
        };
        let (cost, chance) = (cost::of(predicate), cost::chance(predicate));
        (id, Facts { scope: predicate.scope(), steady: is_steady(predicate), cost, chance })
    }

    /// Compiles what was collected. Without `grouping` every predicate is evaluated alone.
    pub fn finish(self, grouping: bool) -> Predicates {
        let matchers = self.predicates.iter().map(Matcher::new).collect();
        let ids = 0..self.predicates.len() as PredId;
        let (steady, other): (Vec<_>, Vec<_>) = ids.partition(|&id| is_steady(&self.predicates[id as usize]));
        let mut ways = vec![Way::Alone; self.predicates.len()];
        let questions = Questions::new(&self.predicates, steady.iter().copied(), grouping);
        for id in steady {
            if let Some((question, place)) = questions.place(id) {
                ways[id as usize] = Way::Question(question, place);
            }
        }
        let mut groups = Groups::default();
        if grouping {
            let mut grouped = |id: PredId, group| ways[id as usize] = Way::Group(group);
            groups = Groups::new(&self.predicates, other.into_iter(), &mut grouped);
        }
        Predicates { predicates: self.predicates, matchers, ways, groups, questions }
    }
}

fn is_steady(predicate: &Predicate) -> bool {
    let fields = predicate.fields();
    !fields.is_empty() && fields.iter().all(|field| field.scope == Scope::Process)
}
