//! What is doubtful about a rule set as a whole, beside what loading warns of: conditions that cannot hold, rules that never
//! get their turn, outputs without a value.
//!
//! Every finding is proved, as far as the proof goes; what cannot be proved is not said.

mod condition;
mod exception;
mod order;
mod output;
mod tree;

use windhover_diagnostics::{Diagnostic, Span};
use windhover_filter::{Expr, Predicate, Reasoner};

use self::tree::Tree;
use crate::collection::Collection;
use crate::compile::Conditions;
use crate::load::Loaded;
use crate::ruleset::{Rule, RuleSet};
use crate::vocabulary::{EventKind, EventKnowledge};

/// Looks at a loaded set.
struct Linter<'a> {
    rules: &'a RuleSet,
    collection: &'a Collection,
    conditions: &'a Conditions,
    events: &'a dyn EventKnowledge,
    reasoner: Reasoner,
    found: Vec<Diagnostic>,
}

/// A rule with what several lints ask of it.
struct Subject<'a> {
    rule: &'a Rule,
    /// Empty for rules of other sources than `syscall`.
    kinds: Vec<EventKind>,
    /// It can never match: then nothing else is said of it.
    dead: bool,
}

impl Loaded {
    /// What is doubtful about the set, sorted by place. Rules that did not compile are not looked at.
    pub fn lint(&self, events: &dyn EventKnowledge) -> Vec<Diagnostic> {
        let mut linter = Linter {
            rules: &self.rules,
            collection: &self.collection,
            conditions: &self.conditions,
            events,
            reasoner: Reasoner::default(),
            found: self.collection.changes().to_vec(),
        };
        linter.run();
        let mut found = linter.found;
        found.sort_by_key(Diagnostic::span);
        found
    }
}

impl<'a> Linter<'a> {
    fn run(&mut self) {
        self.lint_macros();
        let mut subjects = Vec::with_capacity(self.rules.rules.len());
        for rule in &self.rules.rules {
            let kinds = self.events.kinds(&rule.source, &rule.ast);
            let mut subject = Subject { rule, kinds, dead: false };
            let tree = Tree { ast: &rule.ast, expr: &rule.filter };
            subject.dead = self.lint_condition(&subject, tree);
            self.lint_cost(tree);
            if !subject.dead {
                self.lint_output(&subject);
                self.lint_exceptions(&subject, tree);
            }
            subjects.push(subject);
        }
        self.lint_order(&subjects);
    }

    /// Adds a finding whose places are in the texts of conditions, unless the same was said of the same place.
    fn find(&mut self, diagnostic: Diagnostic) {
        let diagnostic = self.conditions.map(diagnostic);
        let same = |other: &Diagnostic| other.id == diagnostic.id && other.span() == diagnostic.span();
        if !self.found.iter().any(same) {
            self.found.push(diagnostic);
        }
    }

    fn is_never(&mut self, condition: &Expr<Predicate>) -> bool {
        let statement = self.reasoner.read(condition);
        self.reasoner.is_never(&statement)
    }

    /// Where the item of that name is defined.
    fn rule_span(&self, rule: &Rule) -> Span {
        self.collection.rules.get(&rule.name).map_or(rule.span, |item| item.span)
    }
}
