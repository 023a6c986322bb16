//! Rules of sources that nothing here provides. They are left out, unread by the verdict; where the fields of their source
//! are known all the same, they are looked at for mistakes.

use std::collections::HashSet;

use windhover_diagnostics::{Diagnostic, Severity};
use windhover_filter::Schema;

use super::{Compiler, direct_macros, quoted_name};
use crate::exception;
use crate::id;
use crate::item::RuleItem;

/// The names that rules left out refer to.
#[derive(Debug, Default)]
pub(super) struct ForeignUses {
    pub(super) macros: HashSet<String>,
    pub(super) lists: HashSet<String>,
}

impl Compiler<'_> {
    /// Looks at the rules left out. That they use macros and lists counts for nothing in the verdict, as in the reference.
    pub(super) fn look_at_foreign(&mut self) {
        let used: Vec<bool> = self.lists.iter().map(|list| list.used).collect();
        for item in self.collection.rules.iter().filter(|item| item.unknown_source) {
            if let Some(schema) = self.vocabulary.foreign_schema(&item.source) {
                self.look_at(item, schema);
            }
        }
        for (list, used) in self.lists.iter_mut().zip(used) {
            list.used = used;
        }
    }

    fn look_at(&mut self, item: &RuleItem, schema: &dyn Schema) {
        if let Err(error) = self.vocabulary.check_output(&item.source, item.output.as_str()) {
            let span = self.output_span(item, &error);
            let mut diagnostic = Diagnostic::warning(id::OUTPUT_INVALID, &error.message).at(span, "in this output");
            diagnostic.helps.extend(error.help);
            self.hint_foreign(item, diagnostic);
        }
        let condition = exception::wrap(&item.condition, &item.exceptions).unwrap_or_else(|failures| {
            failures.into_iter().for_each(|failure| self.hint_foreign(item, failure.diagnostic));
            item.condition.clone()
        });
        let mut parsed = match self.parse(&condition, &item.condition_context, &item.context) {
            Ok(parsed) => parsed,
            Err(unparsed) => {
                return unparsed.failures.into_iter().for_each(|failure| self.hint_foreign(item, failure.diagnostic));
            }
        };
        self.foreign.lists.extend(parsed.lists);
        self.foreign.macros.extend(direct_macros(&parsed.ast));
        // What is missing is found again by the compiler.
        let _ = windhover_filter::resolve_macros(&mut parsed.ast, &|name| self.body(name, None));
        let found = match windhover_filter::compile(&parsed.ast, schema) {
            Ok(compiled) => compiled.warnings,
            Err(findings) => findings,
        };
        for finding in found {
            let missing = finding.diagnostic.id.name == windhover_filter::id::MACRO_UNKNOWN.name;
            if missing && self.is_broken(quoted_name(&finding.text)) {
                continue;
            }
            let diagnostic = self.conditions.map(finding.diagnostic);
            self.hint_foreign(item, diagnostic);
        }
    }

    /// Says what loading the rule would say where its source is. A newer plugin may have more fields than are known here.
    fn hint_foreign(&mut self, item: &RuleItem, mut diagnostic: Diagnostic) {
        diagnostic.severity = Severity::Warning;
        diagnostic.code = None;
        let names_field = [id::OUTPUT_INVALID, windhover_filter::id::FIELD_UNKNOWN].contains(&diagnostic.id);
        let unless = if names_field { ", unless the plugin has more fields than are known here" } else { "" };
        let (name, source) = (&item.name, &item.source);
        let note = format!("the rule `{name}` is left out here; with a plugin for `{source}` this would count{unless}");
        self.report.hint(diagnostic.note(note));
    }
}
