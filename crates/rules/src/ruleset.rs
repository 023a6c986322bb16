//! The outcome of loading: rules ready to be planned, and the macros and lists they were made of.

use windhover_diagnostics::Span;
use windhover_filter::{Ast, Expr, Predicate};

use crate::item::PluginRequirement;
use crate::selection::{RuleSelection, Wildcard};
use crate::{EventTypes, Priority, Version};

/// A rule that compiled.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name; unique.
    pub name: String,
    /// Its place in the set: rules are in the order in which their names were first defined.
    pub index: usize,
    /// What it is about.
    pub description: String,
    /// The condition as written, with what was appended; lists, macros and exceptions not put in.
    pub condition: String,
    /// The whole condition: exceptions and lists put in, macros resolved.
    pub ast: Ast,
    /// The whole condition, typed.
    pub filter: Expr<Predicate>,
    /// The event types for which it can hold; `None` for rules of other sources than `syscall`.
    pub event_types: Option<EventTypes>,
    /// The output as written, with what later items of the files appended.
    pub own_output: String,
    /// The output with all that the configuration appends.
    pub output: String,
    /// Fields that the configuration adds to the alert.
    pub extra_fields: Vec<ExtraField>,
    /// How grave it is.
    pub priority: Priority,
    /// The event source.
    pub source: String,
    /// Sorted, each once.
    pub tags: Vec<String>,
    /// Whether it is in force by default; a selection decides later.
    pub enabled: bool,
    /// Its exceptions, by name and shape.
    pub exceptions: Vec<RuleException>,
    /// Whether an alert of it starts a capture.
    pub capture: bool,
    /// How long that capture is to last, in milliseconds; 0 for the default.
    pub capture_duration_ms: u32,
    /// Whether it is worth a warning that the condition holds for many event types.
    pub warn_event_types: bool,
    /// Whether it is left out, rather than refused, where a field or event type does not exist.
    pub skip_if_unknown_filter: bool,
    /// Macros it uses directly, in order of use.
    pub macros: Vec<String>,
    /// Lists put into its own condition, in order of definition.
    pub lists: Vec<String>,
    /// Where it was (last) defined.
    pub span: Span,
}

/// An exception of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleException {
    /// Its name.
    pub name: String,
    /// The fields, or transformers of fields, that it tests.
    pub fields: Vec<String>,
    /// The operator for each field.
    pub comps: Vec<String>,
    /// How many values it has.
    pub values: usize,
}

/// A field that the configuration adds to alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtraField {
    /// The key in `output_fields`.
    pub key: String,
    /// The format that gives the value.
    pub format: String,
    /// Whether the value keeps its type: the format is a single field.
    pub raw: bool,
}

/// A macro that compiled.
#[derive(Clone, Debug)]
pub struct Macro {
    /// Its name; unique.
    pub name: String,
    /// As written, with what was appended.
    pub condition: String,
    /// Lists put in, macros resolved.
    pub ast: Ast,
    /// Whether a rule or another macro uses it.
    pub used: bool,
    /// Macros it uses directly, in order of use.
    pub macros: Vec<String>,
    /// Lists put in, in order of definition.
    pub lists: Vec<String>,
    /// Where it was (last) defined.
    pub span: Span,
}

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name; unique.
    pub name: String,
    /// As written, with what was appended.
    pub items: Vec<String>,
    /// With the items of lists that it names put in.
    pub expanded: Vec<String>,
    /// The lists that it names.
    pub lists: Vec<String>,
    /// Whether a condition or another list uses it.
    pub used: bool,
    /// Where it was (last) defined.
    pub span: Span,
}

/// Everything that a set of files defines, in order of first definition.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The macros.
    pub macros: Vec<Macro>,
    /// The lists.
    pub lists: Vec<List>,
    /// The newest engine version that a file requires.
    pub required_engine_version: Option<Version>,
    /// Each requirement's plugins: one of them must be loaded.
    pub required_plugins: Vec<Vec<PluginRequirement>>,
}

impl RuleSet {
    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// The rules in force, in the order in which they are tried: by index, except that a rule that a selection switched
    /// off and on again goes to the end. Rules graver than or as grave as `threshold` are considered, no others.
    pub fn enabled(&self, threshold: Priority, selections: &[RuleSelection]) -> Vec<&Rule> {
        let considered = || self.rules.iter().filter(|rule| rule.priority <= threshold);
        let mut order: Vec<&Rule> = considered().filter(|rule| rule.enabled).collect();
        for selection in selections {
            let name = selection.rule.as_deref().map(Wildcard::new);
            let by_name = |rule: &Rule| name.as_ref().is_some_and(|name| name.matches(&rule.name));
            let by_tag = |rule: &Rule| selection.tag.as_ref().is_some_and(|tag| rule.tags.binary_search(tag).is_ok());
            let chosen = |rule: &Rule| by_name(rule) || by_tag(rule);
            if selection.enable {
                let in_force: std::collections::HashSet<usize> = order.iter().map(|rule| rule.index).collect();
                order.extend(considered().filter(|rule| chosen(rule) && !in_force.contains(&rule.index)));
            } else {
                order.retain(|rule| !chosen(rule));
            }
        }
        order
    }
}
