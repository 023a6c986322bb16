//! What sorts of threads verdicts tell apart.

use windhover_fields::kernel;
use windhover_filter::Predicate;
use windhover_probe::MAX_PROFILES;

/// Predicates that depend on a thread's control groups alone; which of them hold is a thread's profile.
#[derive(Default)]
pub(super) struct Profiles {
    pub(super) predicates: Vec<Predicate>,
}

/// Predicates that make 2³ profiles.
const MAX_PREDICATES: usize = MAX_PROFILES.ilog2() as usize;

impl Profiles {
    /// The number of a predicate, if it is one of these or there is room for it.
    pub(super) fn number(&mut self, predicate: &Predicate) -> Option<usize> {
        if !kernel::is_about_control_groups(predicate) {
            return None;
        }
        let at = self.predicates.iter().position(|known| known == predicate);
        at.or_else(|| {
            (self.predicates.len() < MAX_PREDICATES).then(|| {
                self.predicates.push(predicate.clone());
                self.predicates.len() - 1
            })
        })
    }

    /// How many profiles there are.
    pub(super) fn count(&self) -> usize {
        if self.predicates.is_empty() { 0 } else { 1 << self.predicates.len() }
    }
}
