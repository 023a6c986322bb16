//! Exceptions that exclude nothing.

use windhover_diagnostics::Diagnostic;
use windhover_filter::{Expr, Node};

use super::tree::Tree;
use super::{Linter, Subject};
use crate::id;

impl Linter<'_> {
    /// Exceptions with values are what follows the rule's own condition, in order, as `not …`.
    pub(super) fn lint_exceptions(&mut self, subject: &Subject<'_>, tree: Tree<'_>) {
        let Some(item) = self.collection.rules.get(&subject.rule.name) else { return };
        let with_values: Vec<_> = item.exceptions.iter().filter(|exception| !exception.values.is_empty()).collect();
        let parts = tree.children();
        let is_wrapped = matches!(tree.ast.node, Node::And(_)) && parts.len() == with_values.len() + 1;
        if with_values.is_empty() || !is_wrapped {
            return;
        }
        let own = parts[0].expr;
        for (exception, part) in with_values.iter().zip(&parts[1..]) {
            let Expr::Not(excluded) = part.expr else { continue };
            if !self.is_never(&Expr::And(vec![own.clone(), (**excluded).clone()])) {
                continue;
            }
            let message = format!("the exception `{}` excludes nothing", exception.name);
            let diagnostic = Diagnostic::warning(id::EXCEPTION_NEVER, message)
                .at(exception.span, "its values never occur together with the condition")
                .label(item.span, "of this rule");
            self.find(diagnostic);
        }
    }
}
