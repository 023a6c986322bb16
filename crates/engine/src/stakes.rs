//! What each type of event is worth: which rules look at it, and how severe the most severe of them is. When a ring buffer
//! fills, what is worth least is given up first; what was given up says which rules were blind.

use windhover_event::EventType;
use windhover_outputs::Priority;

use crate::ruleset::ActiveRule;

/// How full, in percent, a ring buffer may become by events that no rule looks at.
const MODEL_ONLY: u8 = 60;

/// Rules by type of event.
#[derive(Debug)]
pub struct Stakes {
    /// By the type's code: positions of rules, the most severe first.
    by_type: Vec<Vec<u32>>,
    severities: Vec<Priority>,
}

impl Stakes {
    /// Of the rules in force.
    pub(crate) fn of(rules: &[ActiveRule]) -> Self {
        let mut by_type = vec![Vec::new(); EventType::COUNT];
        let severities: Vec<Priority> = rules.iter().map(|rule| rule.priority).collect();
        for (position, rule) in rules.iter().enumerate() {
            for kind in &rule.candidate.kinds {
                let list: &mut Vec<u32> = &mut by_type[usize::from(kind.event_type().code())];
                if list.last() != Some(&(position as u32)) {
                    list.push(position as u32);
                }
            }
        }
        for list in &mut by_type {
            list.sort_by_key(|&position| severities[position as usize].rank());
            list.dedup();
        }
        Self { by_type, severities }
    }

    /// How full, in percent, a ring buffer may become by events of a type.
    pub fn percent(&self, kind: EventType) -> u8 {
        let first = self.by_type[usize::from(kind.code())].first();
        match first.map(|&position| self.severities[position as usize]) {
            None => MODEL_ONLY,
            Some(Priority::Emergency | Priority::Alert | Priority::Critical) => 95,
            Some(Priority::Error) => 90,
            Some(Priority::Warning) => 85,
            Some(Priority::Notice) => 80,
            Some(Priority::Informational) => 75,
            Some(Priority::Debug) => 70,
        }
    }

    /// Positions of the rules that see less when events of these types are lost, the most severe first.
    pub(crate) fn blind(&self, kinds: impl IntoIterator<Item = EventType>) -> Vec<u32> {
        let lists = kinds.into_iter().flat_map(|kind| self.by_type[usize::from(kind.code())].iter().copied());
        let mut blind: Vec<u32> = lists.collect();
        blind.sort_by_key(|&position| (self.severities[position as usize].rank(), position));
        blind.dedup();
        blind
    }
}

#[cfg(test)]
mod tests {
    use windhover_rules::{LoadOptions, Loader};

    use super::*;
    use crate::{Vocabulary, activate};

    const RULES: &str = "
- {rule: low, desc: d, condition: \"evt.type in (openat, close)\", output: o, priority: DEBUG}
- {rule: high, desc: d, condition: evt.type = openat and proc.name = a, output: o, priority: CRITICAL}
- {rule: middle, desc: d, condition: evt.type = chmod, output: o, priority: NOTICE}
";

    #[test]
    fn a_type_is_worth_what_its_most_severe_rule_is() {
        let vocabulary = Vocabulary::new(&[]).unwrap();
        let mut loader = Loader::new(&vocabulary, LoadOptions::default());
        assert!(loader.load("rules.yaml", RULES).successful());
        let rules = activate(&loader.finish().rules, Priority::Debug, &[], &vocabulary).unwrap();
        let stakes = Stakes::of(&rules);
        let [open, close, chmod, dup] = [
            EventType::SYSCALL_OPENAT_2_X,
            EventType::SYSCALL_CLOSE_X,
            EventType::SYSCALL_CHMOD_X,
            EventType::SYSCALL_DUP3_X,
        ];
        assert_eq!([open, close, chmod, dup].map(|kind| stakes.percent(kind)), [95, 70, 80, MODEL_ONLY]);
        let blind = |kinds: &[EventType]| {
            let blind = stakes.blind(kinds.iter().copied());
            blind.iter().map(|&position| rules[position as usize].name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(blind(&[close]), ["low"]);
        assert_eq!(blind(&[chmod, open, close]), ["high", "middle", "low"]);
        assert!(blind(&[dup]).is_empty());
    }
}
