//! Outputs that print what no event of the rule has.

use windhover_diagnostics::Diagnostic;

use super::{Linter, Subject};
use crate::id;

impl Linter<'_> {
    pub(super) fn lint_output(&mut self, subject: &Subject<'_>) {
        let Some(item) = self.collection.rules.get(&subject.rule.name) else { return };
        if subject.kinds.is_empty() {
            return;
        }
        for field in self.events.fields_of_output(&subject.rule.source, item.output.as_str()) {
            if !subject.kinds.iter().all(|kind| self.events.lacks(*kind, &field)) {
                continue;
            }
            let token = format!("%{}", field.text);
            let at = item.output.as_str().find(&token);
            let span = at.map_or(item.span, |at| item.output.locate(at..at + token.len()).span);
            let message = format!("`{}` has no value in any event of the rule `{}`", field.text, item.name);
            let diagnostic = Diagnostic::warning(id::OUTPUT_FIELD_MISSING, message)
                .at(span, "always printed as `<NA>`")
                .note(format!("the events that it names: {}", self.kind_names(subject)));
            self.find(diagnostic);
        }
    }
}
