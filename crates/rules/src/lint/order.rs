//! Rules that never get their turn, because an earlier one takes every event of theirs.

use std::collections::HashMap;

use windhover_diagnostics::{Diagnostic, Severity};
use windhover_filter::Statement;

use super::{Linter, Subject};
use crate::id;

/// Pairs of rules looked at; of more, the rest is left out, and that is said.
const PAIRS: usize = 200_000;

/// One bit for each kind of event.
#[derive(Clone, PartialEq, Eq, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(subject: &Subject<'_>) -> Self {
        let mut bits = Self::default();
        for kind in &subject.kinds {
            let (word, bit) = (usize::from(kind.0 / 64), kind.0 % 64);
            if bits.0.len() <= word {
                bits.0.resize(word + 1, 0);
            }
            bits.0[word] |= 1 << bit;
        }
        bits
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().enumerate().all(|(at, word)| word & !other.0.get(at).copied().unwrap_or_default() == 0)
    }
}

impl Linter<'_> {
    /// Holds each rule in force against those before it.
    pub(super) fn lint_order(&mut self, subjects: &[Subject<'_>]) {
        let subjects: Vec<&Subject<'_>> =
            subjects.iter().filter(|subject| subject.rule.enabled && !subject.dead).collect();
        let statements: Vec<Statement> =
            subjects.iter().map(|subject| self.reasoner.read(&subject.rule.filter)).collect();
        let bits: Vec<Bits> = subjects.iter().map(|subject| Bits::of(subject)).collect();
        let mut pairs = 0;
        let mut taken: HashMap<usize, usize> = HashMap::new();
        for later in 0..subjects.len() {
            for earlier in 0..later {
                if subjects[earlier].rule.source != subjects[later].rule.source
                    || !bits[later].is_within(&bits[earlier])
                {
                    continue;
                }
                pairs += 1;
                if pairs > PAIRS {
                    self.report_cut();
                    return;
                }
                // What the earlier one takes, that one's own taker takes too: one finding is enough.
                if taken.contains_key(&earlier) || !self.reasoner.implies(&statements[later], &statements[earlier]) {
                    continue;
                }
                let same = self.reasoner.implies(&statements[earlier], &statements[later]);
                self.report_order(subjects[earlier], subjects[later], same);
                taken.insert(later, earlier);
                break;
            }
        }
    }

    fn report_order(&mut self, earlier: &Subject<'_>, later: &Subject<'_>, same: bool) {
        let (first, second) = (&earlier.rule.name, &later.rule.name);
        let diagnostic = match same {
            true => Diagnostic::warning(
                id::RULE_DUPLICATE,
                format!("the conditions of the rules `{first}` and `{second}` mean the same"),
            ),
            false => Diagnostic::warning(
                id::RULE_SHADOWED,
                format!("the rule `{second}` never fires: `{first}` matches whenever it does"),
            ),
        };
        let diagnostic = diagnostic
            .at(self.rule_span(later.rule), "never reached, since the first rule that matches wins")
            .label(self.rule_span(earlier.rule), "this rule comes first")
            .help("put the narrower rule first, or set `rule_matching: all`");
        self.find(diagnostic);
    }

    fn report_cut(&mut self) {
        let text = format!("only {PAIRS} pairs of rules were looked at for one that takes another's events");
        self.found.push(Diagnostic::new(id::RULE_SHADOWED, Severity::Info, text));
    }
}
