//! Conditions that never hold, that always hold, and those that cost much.

use windhover_diagnostics::{Diagnostic, Severity};
use windhover_filter::{Expr, Node, Op, Operand, Predicate, Rhs, Type};

use super::tree::{Conjunct, Tree};
use super::{Linter, Subject};
use crate::id;

/// Kinds of events named in a note.
const KINDS_NAMED: usize = 5;

impl<'a> Linter<'a> {
    /// Macros on their own: what is wrong inside one is said there, once.
    pub(super) fn lint_macros(&mut self) {
        let rules = self.rules;
        for body in &rules.macros {
            let schema = self.events.schema(crate::read::SYSCALL_SOURCE);
            let Some(Ok(compiled)) = schema.map(|schema| windhover_filter::compile(&body.ast, schema)) else {
                continue;
            };
            let tree = Tree { ast: &body.ast, expr: &compiled.expr };
            self.lint_parts(tree, true);
            self.lint_cost(tree);
        }
    }

    /// Returns whether the condition can never hold.
    pub(super) fn lint_condition(&mut self, subject: &Subject<'a>, tree: Tree<'a>) -> bool {
        let name = &subject.rule.name;
        if self.is_never(tree.expr) {
            let message = format!("the condition of the rule `{name}` can never be true");
            self.report_never(subject, tree, message);
            return true;
        }
        if subject.rule.event_types.is_some() && self.is_never_by_kind(subject, tree) {
            return true;
        }
        let statement = self.reasoner.read(tree.expr);
        if self.reasoner.is_always(&statement) {
            let diagnostic =
                Diagnostic::warning(id::CONDITION_ALWAYS, format!("the rule `{name}` matches every event it sees"))
                    .at(tree.ast.span, "true whatever the event is");
            self.find(diagnostic);
        }
        self.lint_parts(tree, false);
        false
    }

    fn report_never(&mut self, subject: &Subject<'a>, tree: Tree<'a>, message: String) {
        let diagnostic = Diagnostic::warning(id::CONDITION_NEVER, message);
        let diagnostic = match self.clash(&tree.conjuncts()) {
            Some(clash) => explain(diagnostic, &clash),
            None => diagnostic.at(self.rule_span(subject.rule), "its tests exclude each other"),
        };
        self.find(diagnostic);
    }

    /// The first test that cannot be so, on its own or beside an earlier one.
    fn clash<'t>(&mut self, conjuncts: &[Conjunct<'t>]) -> Option<Vec<Conjunct<'t>>> {
        for (at, later) in conjuncts.iter().enumerate() {
            if self.is_never(&later.expr()) {
                return Some(vec![later.clone()]);
            }
            for earlier in conjuncts[..at].iter().filter(|earlier| earlier.predicate.lhs == later.predicate.lhs) {
                if self.is_never(&Expr::And(vec![earlier.expr(), later.expr()])) {
                    return Some(vec![earlier.clone(), later.clone()]);
                }
            }
        }
        None
    }

    /// Whether no kind of event that the condition names leaves it a chance.
    fn is_never_by_kind(&mut self, subject: &Subject<'a>, tree: Tree<'a>) -> bool {
        let mut seen: Vec<Expr<Predicate>> = Vec::new();
        for kind in &subject.kinds {
            let left = tree.expr.partial(&|predicate| self.events.decide(*kind, predicate));
            if seen.contains(&left) {
                continue;
            }
            if !self.is_never(&left) {
                return false;
            }
            seen.push(left);
        }
        let name = &subject.rule.name;
        let diagnostic = Diagnostic::warning(id::CONDITION_NEVER, format!("the rule `{name}` can never match"));
        let diagnostic = if subject.kinds.is_empty() {
            diagnostic.at(self.rule_span(subject.rule), "no type of event is left by its tests of `evt.type`")
        } else {
            let names = self.kind_names(subject);
            let hopeless = tree.conjuncts().into_iter().find(|conjunct| {
                subject.kinds.iter().all(|kind| self.events.decide(*kind, conjunct.predicate) == Some(conjunct.negated))
            });
            match hopeless {
                Some(conjunct) => explain(diagnostic, &[conjunct]),
                None => diagnostic.at(self.rule_span(subject.rule), "no event that it names has what it tests"),
            }
            .note(format!("the events that it names: {names}"))
        };
        self.find(diagnostic);
        true
    }

    /// The kinds of events that a rule names, in words.
    pub(super) fn kind_names(&self, subject: &Subject<'_>) -> String {
        let mut names: Vec<&str> = subject.kinds.iter().map(|kind| self.events.kind_name(*kind)).collect();
        names.sort_unstable();
        names.dedup();
        let named: Vec<String> = names.iter().take(KINDS_NAMED).map(|name| format!("`{name}`")).collect();
        match names.len().checked_sub(KINDS_NAMED) {
            None | Some(0) => named.join(", "),
            Some(more) => format!("{} and {more} more", named.join(", ")),
        }
    }

    /// Parts that never or always hold. Of a macro the whole is a part too.
    fn lint_parts(&mut self, tree: Tree<'_>, whole: bool) {
        let mut parts = Vec::new();
        tree.walk(&mut |part| parts.push(part));
        for part in parts.into_iter().skip(usize::from(!whole)) {
            match part.ast.node {
                Node::And(_) => {
                    if let Some(clash) = self.clash(&part.conjuncts()) {
                        let message = "this part of the condition can never be true";
                        self.find(explain(Diagnostic::warning(id::CONDITION_NEVER, message), &clash));
                    }
                }
                Node::Or(_) => self.lint_tautology(part),
                _ => {}
            }
        }
    }

    /// `x != a or x != b` says nothing but that `x` has a value.
    fn lint_tautology(&mut self, part: Tree<'_>) {
        let children = part.children();
        let tests: Vec<&Predicate> = children
            .iter()
            .filter_map(|child| match child.expr {
                Expr::Atom(predicate) => Some(predicate),
                _ => None,
            })
            .collect();
        for (at, first) in tests.iter().enumerate() {
            for second in tests[..at].iter().filter(|second| second.lhs == first.lhs) {
                let exists = Predicate { lhs: first.lhs.clone(), op: Op::Exists, quantifier: None, rhs: Rhs::None };
                let neither = [first, second].map(|test| Expr::Atom((*test).clone()).negate());
                if self.is_never(&Expr::And([Expr::Atom(exists)].into_iter().chain(neither).collect())) {
                    let field = &first.lhs;
                    let message = format!("this `or` is true whatever the value of `{field}` is");
                    let diagnostic = Diagnostic::warning(id::CONDITION_ALWAYS, message)
                        .at(part.ast.span, "always true if the field has a value")
                        .help("to exclude several values write `and` between the tests, or `not … in (…)`");
                    self.find(diagnostic);
                    return;
                }
            }
        }
    }

    /// Tests that cost much where they stand.
    pub(super) fn lint_cost(&mut self, tree: Tree<'_>) {
        let mut found = Vec::new();
        tree.walk(&mut |part| {
            let (Node::Check(check), Expr::Atom(predicate)) = (&part.ast.node, part.expr) else { return };
            let patterns: Vec<&[u8]> = match &check.rhs {
                Operand::Literal(literal) => vec![&*literal.bytes],
                Operand::List { items, .. } => items.iter().map(|item| &*item.bytes).collect(),
                Operand::None | Operand::Term(_) => Vec::new(),
            };
            let starred = patterns.iter().any(|pattern| pattern.starts_with(b"*"));
            let (what, help) = match check.op {
                Op::Regex => (
                    "a regular expression",
                    "`glob`, `startswith`, `endswith`, `contains` and `in` are faster".to_owned(),
                ),
                Op::Glob | Op::IGlob if starred => ("a pattern that begins with `*`", simpler(check.op, &patterns)),
                Op::Contains | Op::BContains if predicate.lhs.ty() == Type::Bytes => {
                    let help = "`startswith` and `bstartswith` look at its beginning only";
                    ("a search through a whole buffer", help.to_owned())
                }
                _ => return,
            };
            let diagnostic =
                Diagnostic::new(id::CONDITION_EXPENSIVE, Severity::Info, format!("{what} is a costly test"))
                    .at(part.ast.span, "tried for every event that the tests before it let through");
            found.push(diagnostic.help(help));
        });
        found.into_iter().for_each(|diagnostic| self.find(diagnostic));
    }
}

/// Points at tests that cannot be so.
fn explain(diagnostic: Diagnostic, clash: &[Conjunct<'_>]) -> Diagnostic {
    let [others @ .., last] = clash else { return diagnostic };
    let text = match (others.is_empty(), last.negated) {
        (true, false) => "cannot be true",
        (true, true) => "cannot be false, as it would have to be",
        (false, false) => "cannot be true as well",
        (false, true) => "cannot be false as well, as it would have to be",
    };
    let mut diagnostic = diagnostic.at(last.span, text);
    for other in others {
        let text = if other.negated { "if this is false" } else { "if this is true" };
        diagnostic = diagnostic.label(other.span, text);
    }
    for conjunct in clash {
        for (name, span) in &conjunct.uses {
            let label = format!("the macro `{name}` is used here");
            if !diagnostic.labels.iter().any(|known| known.span == *span) {
                diagnostic = diagnostic.label(*span, label);
            }
        }
    }
    diagnostic
}

/// What does the same as a pattern, or what helps where nothing does.
fn simpler(op: Op, patterns: &[&[u8]]) -> String {
    const FIRST: &str = "put cheaper tests before it, so that it is tried for few events";
    let ([pattern], Op::Glob) = (patterns, op) else { return FIRST.to_owned() };
    let plain = |text: &[u8]| !text.is_empty() && !text.iter().any(|byte| b"*?[\\ ".contains(byte));
    match pattern {
        [b'*', text @ .., b'*'] if plain(text) => format!("write `contains {}`", String::from_utf8_lossy(text)),
        [b'*', text @ ..] if plain(text) => format!("write `endswith {}`", String::from_utf8_lossy(text)),
        _ => FIRST.to_owned(),
    }
}
