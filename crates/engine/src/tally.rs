//! Alerts counted, and what is printed about them at the end.

use std::fmt::Write as _;
use std::sync::Arc;

use windhover_outputs::Priority;

/// Counts alerts by rule and severity.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rules: Vec<RuleTally>,
}

/// What is counted of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleTally {
    /// Its name.
    pub name: Arc<str>,
    /// Its severity.
    pub priority: Priority,
    /// Its alerts.
    pub alerts: u64,
    /// How often its condition was measured, on a sample of events.
    pub samples: u64,
    /// How long that took together, in nanoseconds.
    pub sampled_nanos: u64,
}

impl RuleTally {
    fn add(&mut self, other: &Self) {
        self.alerts += other.alerts;
        self.samples += other.samples;
        self.sampled_nanos += other.sampled_nanos;
    }
}

impl Tally {
    /// Counters for these rules; [`Tally::count`] takes their positions.
    pub fn new(rules: impl IntoIterator<Item = (Arc<str>, Priority)>) -> Self {
        let rules = rules.into_iter();
        let none = |(name, priority)| RuleTally { name, priority, alerts: 0, samples: 0, sampled_nanos: 0 };
        Self { rules: rules.map(none).collect() }
    }

    /// Takes over the counts of an earlier set of rules, by name. Rules that are gone keep theirs, at the end.
    pub fn carry(&mut self, earlier: &Self) {
        for rule in earlier.rules.iter().filter(|rule| rule.alerts + rule.samples > 0) {
            match self.rules.iter_mut().find(|known| known.name == rule.name) {
                Some(known) => known.add(rule),
                None => self.rules.push(rule.clone()),
            }
        }
    }

    /// Replaces the counts by those of `other`, by name.
    pub(crate) fn recount(&mut self, other: &Self) {
        for rule in &mut self.rules {
            (rule.alerts, rule.samples, rule.sampled_nanos) = (0, 0, 0);
        }
        self.carry(other);
    }

    /// Counts an alert of a rule.
    pub fn count(&mut self, rule: usize) {
        self.rules[rule].alerts += 1;
    }

    /// Counts a measurement of a rule's condition.
    pub(crate) fn sample(&mut self, rule: usize, nanos: u64) {
        self.rules[rule].samples += 1;
        self.rules[rule].sampled_nanos += nanos;
    }

    /// All alerts.
    pub fn total(&self) -> u64 {
        self.rules.iter().map(|rule| rule.alerts).sum()
    }

    /// Rules that raised any alert, with their number.
    pub fn by_rule(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rules.iter().filter(|rule| rule.alerts > 0).map(|rule| (&*rule.name, rule.alerts))
    }

    /// All rules in the order of their positions, then those that are gone.
    pub fn all(&self) -> impl Iterator<Item = &RuleTally> {
        self.rules.iter()
    }

    /// The table that is printed at the end.
    pub fn summary(&self) -> String {
        let mut text = format!("Events detected: {}\nRule counts by severity:\n", self.total());
        for priority in Priority::ALL {
            let count: u64 = self.rules.iter().filter(|rule| rule.priority == priority).map(|rule| rule.alerts).sum();
            if count > 0 {
                let name = match priority {
                    Priority::Informational => "INFO".to_owned(),
                    other => other.name().to_uppercase(),
                };
                _ = writeln!(text, "   {name}: {count}");
            }
        }
        text.push_str("Triggered rules by rule name:\n");
        for (name, count) in self.by_rule() {
            _ = writeln!(text, "   {}: {count}", windhover_diagnostics::escape(name));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_what_happened() {
        let rules = [("b", Priority::Informational), ("a", Priority::Critical), ("c", Priority::Debug)];
        let mut tally = Tally::new(rules.map(|(name, priority)| (name.into(), priority)));
        [0, 1, 0].into_iter().for_each(|rule| tally.count(rule));
        let want = "Events detected: 3\nRule counts by severity:\n   CRITICAL: 1\n   INFO: 2\n\
                    Triggered rules by rule name:\n   b: 2\n   a: 1\n";
        assert_eq!(tally.summary(), want);
        let mut reloaded = Tally::new([("c".into(), Priority::Debug), ("b".into(), Priority::Error)]);
        reloaded.carry(&tally);
        assert_eq!(reloaded.by_rule().collect::<Vec<_>>(), [("b", 2), ("a", 1)]);
        reloaded.sample(0, 40);
        let mut again = Tally::new([("b".into(), Priority::Error), ("c".into(), Priority::Debug)]);
        again.carry(&reloaded);
        again.sample(1, 2);
        let costs: Vec<_> = again.all().map(|rule| (&*rule.name, rule.samples, rule.sampled_nanos)).collect();
        assert_eq!(costs, [("b", 0, 0), ("c", 2, 42), ("a", 0, 0)]);
        again.recount(&Tally::default());
        assert!(again.all().all(|rule| rule.alerts + rule.samples + rule.sampled_nanos == 0));
        assert_eq!(Tally::default().summary().lines().count(), 3);
    }
}
