//! Every atomic predicate of the ruleset, once.

use std::collections::HashMap;

use windhover_filter::{Matcher, Predicate, Scope};

use crate::cost;
use crate::dag::{Facts, PredId};
use crate::group::Groups;

/// The predicates, how each is evaluated alone, and which are evaluated together.
#[derive(Debug)]
pub(crate) struct Predicates {
    predicates: Vec<Predicate>,
    matchers: Vec<Matcher>,
    steady: Vec<bool>,
    pub groups: Groups,
}

impl Predicates {
    pub fn len(&self) -> usize {
        self.predicates.len()
    }

    pub fn matcher(&self, id: PredId) -> &Matcher {
        &self.matchers[id as usize]
    }

    /// Whether a predicate depends on the process and on nothing else.
    pub fn is_steady(&self, id: PredId) -> bool {
        self.steady[id as usize]
    }

    pub fn get(&self, id: PredId) -> &Predicate {
        &self.predicates[id as usize]
    }
}

/// Collects predicates while conditions are read.
#[derive(Default)]
pub(crate) struct Interner {
    predicates: Vec<Predicate>,
    index: HashMap<Predicate, PredId>,
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
        (id, Facts { scope: predicate.scope(), steady: is_steady(predicate), cost: cost::of(predicate) })
    }

    /// Compiles what was collected. Without `grouping` every predicate is evaluated alone.
    pub fn finish(self, grouping: bool) -> Predicates {
        let groups = if grouping { Groups::new(&self.predicates) } else { Groups::none() };
        let matchers = self.predicates.iter().map(Matcher::new).collect();
        let steady = self.predicates.iter().map(is_steady).collect();
        Predicates { predicates: self.predicates, matchers, steady, groups }
    }
}

fn is_steady(predicate: &Predicate) -> bool {
    let fields = predicate.fields();
    !fields.is_empty() && fields.iter().all(|field| field.scope == Scope::Process)
}
