//! Alerts counted, and what is printed about them at the end.

use std::fmt::Write as _;
use std::sync::Arc;

use windhover_outputs::Priority;

/// Counts alerts by rule and severity.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rules: Vec<(Arc<str>, Priority, u64)>,
}

impl Tally {
    /// Counters for these rules; [`Tally::count`] takes their positions.
    pub fn new(rules: impl IntoIterator<Item = (Arc<str>, Priority)>) -> Self {
        Self { rules: rules.into_iter().map(|(name, priority)| (name, priority, 0)).collect() }
    }

    /// Takes over the counts of an earlier set of rules, by name. Rules that are gone keep theirs, at the end.
    pub fn carry(&mut self, earlier: &Self) {
        for (name, priority, count) in earlier.rules.iter().filter(|(_, _, count)| *count > 0) {
            match self.rules.iter_mut().find(|(known, _, _)| known == name) {
                Some((_, _, total)) => *total += count,
                None => self.rules.push((Arc::clone(name), *priority, *count)),
            }
        }
    }

    /// Replaces the counts by those of `other`, by name.
    pub(crate) fn recount(&mut self, other: &Self) {
        self.rules.iter_mut().for_each(|(_, _, count)| *count = 0);
        self.carry(other);
    }

    /// Counts an alert of a rule.
    pub fn count(&mut self, rule: usize) {
        self.rules[rule].2 += 1;
    }

    /// All alerts.
    pub fn total(&self) -> u64 {
        self.rules.iter().map(|(_, _, count)| count).sum()
    }

    /// Rules that raised any alert, with their number.
    pub fn by_rule(&self) -> impl Iterator<Item = (&str, u64)> {
        self.rules.iter().filter(|(_, _, count)| *count > 0).map(|(name, _, count)| (&**name, *count))
    }

    /// All rules in the order of their positions, then those that are gone.
    pub fn all(&self) -> impl Iterator<Item = (&Arc<str>, Priority, u64)> {
        self.rules.iter().map(|(name, priority, count)| (name, *priority, *count))
    }

    /// The table that is printed at the end.
    pub fn summary(&self) -> String {
        let mut text = format!("Events detected: {}\nRule counts by severity:\n", self.total());
        for priority in Priority::ALL {
            let counts = self.rules.iter().filter(|(_, of, _)| *of == priority).map(|(_, _, count)| count);
            let count: u64 = counts.sum();
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
        assert_eq!(Tally::default().summary().lines().count(), 3);
    }
}
