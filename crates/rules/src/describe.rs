//! Rules, macros and lists described: what they say, and what they are made of.
//!
//! The JSON has the reference's keys. Where the reference's order is accidental, names are sorted.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};
use windhover_filter::{Ast, Node, Operand, Style, Term};

use crate::ruleset::{List, Macro, Rule, RuleException, RuleSet};

/// Columns of the text form: where descriptions begin, and where lines end.
const TEXT_COLUMNS: (usize, usize) = (51, 110);

/// Answers what describing asks about the concrete world.
pub trait Glossary {
    /// Names of the events for which a condition of a source can hold.
    fn events(&self, source: &str, condition: &Ast) -> BTreeSet<String>;

    /// The fields that an output prints, in order. The output is known to be good.
    fn output_fields(&self, source: &str, output: &str) -> Vec<String>;

    /// The plugins that provide a source, or one of some fields.
    fn plugins(&self, source: &str, fields: &BTreeSet<String>) -> BTreeSet<String>;
}

/// There is no rule of that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Rule \"{0}\" is not loaded")]
pub struct NoRuleError(pub String);

impl RuleSet {
    /// Everything in it, as the reference's JSON.
    pub fn describe(&self, glossary: &dyn Glossary) -> Value {
        let requirements = self.required_plugins.iter().filter_map(|alternatives| {
            let (first, others) = alternatives.split_first()?;
            let others: Vec<_> = others.iter().map(|o| json!({ "name": o.name, "version": o.version })).collect();
            Some(json!({ "name": first.name, "version": first.version, "alternatives": others }))
        });
        json!({
            "required_engine_version": self.required_engine_version.map_or("0.0.0".to_owned(), |v| v.to_string()),
            "required_plugin_versions": requirements.collect::<Vec<_>>(),
            "rules": self.rules.iter().map(|rule| rule.describe(glossary)).collect::<Vec<_>>(),
            "macros": self.macros.iter().map(|body| body.describe(glossary)).collect::<Vec<_>>(),
            "lists": self.lists.iter().map(List::describe).collect::<Vec<_>>(),
        })
    }

    /// One rule, as the reference's JSON.
    ///
    /// # Errors
    /// [`NoRuleError`]
    pub fn describe_rule(&self, name: &str, glossary: &dyn Glossary) -> Result<Value, NoRuleError> {
        let rule = self.rule(name).ok_or_else(|| NoRuleError(name.to_owned()))?;
        Ok(json!({ "rules": [rule.describe(glossary)] }))
    }

    /// Names and descriptions in two columns, of all rules or of one.
    ///
    /// # Errors
    /// [`NoRuleError`]
    pub fn to_table(&self, name: Option<&str>) -> Result<String, NoRuleError> {
        let rules: Vec<&Rule> = match name {
            Some(name) => vec![self.rule(name).ok_or_else(|| NoRuleError(name.to_owned()))?],
            None => self.rules.iter().collect(),
        };
        let width = TEXT_COLUMNS.0 - 1;
        let mut text = format!("{:width$} Description\n{:width$} -----------\n", "Rule", "----");
        for rule in rules {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{:width$} {}\n", rule.name, wrap(&rule.description, TEXT_COLUMNS));
        }
        Ok(text)
    }
}

impl Rule {
    fn describe(&self, glossary: &dyn Glossary) -> Value {
        let parts = Parts::of(&self.ast);
        let output_fields = glossary.output_fields(&self.source, &self.output);
        let exceptions = |values: fn(&RuleException) -> &[String]| -> BTreeSet<String> {
            self.exceptions.iter().flat_map(values).cloned().collect()
        };
        let exception_fields = exceptions(|exception| &exception.fields);
        let fields = parts.fields.iter().chain(&output_fields).chain(&exception_fields).cloned().collect();
        let mut details = json!({
            "macros": sorted(&self.macros),
            "lists": sorted(&self.lists),
            "condition_operators": parts.operators,
            "condition_fields": parts.fields,
            "output_fields": output_fields,
            "exception_fields": exception_fields,
            "exception_names": self.exceptions.iter().map(|exception| &exception.name).collect::<BTreeSet<_>>(),
            "exception_operators": exceptions(|exception| &exception.comps),
            "events": glossary.events(&self.source, &self.ast),
            "condition_compiled": self.ast.to_text(Style::Reference),
            "output_compiled": self.output,
            "plugins": glossary.plugins(&self.source, &fields),
        });
        if !self.extra_fields.is_empty() {
            let extra = self.extra_fields.iter().map(|field| (field.key.clone(), json!(field.format)));
            details["extra_output_formatted_fields"] = extra.collect::<Map<_, _>>().into();
        }
        let info = json!({
            "name": self.name,
            "condition": self.condition,
            "priority": self.priority.as_str(),
            "output": self.own_output,
            "description": self.description,
            "enabled": self.enabled,
            "source": self.source,
            "capture": self.capture,
            "capture_duration": self.capture_duration_ms,
            "tags": self.tags,
        });
        json!({ "info": info, "details": details })
    }
}

impl Macro {
    /// A macro belongs to no source: its events are those it would have in a rule of system calls.
    fn describe(&self, glossary: &dyn Glossary) -> Value {
        let parts = Parts::of(&self.ast);
        json!({
            "info": { "name": self.name, "condition": self.condition },
            "details": {
                "used": self.used,
                "macros": sorted(&self.macros),
                "lists": sorted(&self.lists),
                "condition_operators": parts.operators,
                "condition_fields": parts.fields,
                "events": glossary.events(crate::read::SYSCALL_SOURCE, &self.ast),
                "condition_compiled": self.ast.to_text(Style::Reference),
                "plugins": [],
            },
        })
    }
}

impl List {
    fn describe(&self) -> Value {
        json!({
            "info": { "name": self.name, "items": self.items },
            "details": {
                "used": self.used,
                "lists": sorted(&self.lists),
                "items_compiled": self.expanded,
                "plugins": [],
            },
        })
    }
}

/// What a condition is made of, its macros resolved.
#[derive(Debug, Default)]
struct Parts {
    fields: BTreeSet<String>,
    operators: BTreeSet<&'static str>,
}

impl Parts {
    fn of(condition: &Ast) -> Self {
        let mut parts = Self::default();
        condition.walk(&mut |ast| {
            let Node::Check(check) = &ast.node else { return };
            parts.operators.insert(check.op.as_str());
            parts.add_fields(&check.lhs);
            if let Operand::Term(term) = &check.rhs {
                parts.add_fields(term);
            }
        });
        parts
    }

    fn add_fields(&mut self, term: &Term) {
        term.walk(&mut |term| self.fields.extend(term.field_text()));
    }
}

fn sorted(names: &[String]) -> BTreeSet<&String> {
    names.iter().collect()
}

/// Lines of whole words; all but the first are indented.
fn wrap(text: &str, (indent, end): (usize, usize)) -> String {
    let mut wrapped = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > end - indent {
            let _ = write!(wrapped, "\n{:indent$}", "");
            column = 0;
        } else if column > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn text_is_wrapped_between_words() {
        let table = [
            ("", ""),
            ("one  two\nthree", "one two\n  three"),
            ("one two th", "one two\n  th"),
            ("longerthanall x", "longerthanall\n  x"),
        ];
        for (text, want) in table {
            assert_eq!(wrap(text, (2, 10)), want, "{text:?}");
        }
    }
}
