//! Rules in force: what loading found, made ready for events.

use std::sync::Arc;

use serde_json::Value as JsonValue;
use windhover_event::{EventType, SyscallSet};
use windhover_fields::kernel::is_descriptor_field;
use windhover_fields::{EventKind, EventTypesError, EventValues, ParseTemplateError, Template, event_types};
use windhover_filter::{Field, Scratch};
use windhover_outputs::{Alert, Origin, Priority};
use windhover_rules::{RuleSelection, RuleSet};

use crate::Vocabulary;
use crate::matcher::Candidate;
use crate::observer::RecordingWish;

/// A rule in force.
#[derive(Clone, Debug)]
pub struct ActiveRule {
    /// Its name.
    pub name: Arc<str>,
    /// Its severity.
    pub priority: Priority,
    /// Its event source.
    pub source: Arc<str>,
    /// Its tags, sorted.
    pub tags: Arc<[String]>,
    output: Template,
    extra: Vec<ExtraField>,
    /// What a matcher needs.
    pub candidate: Candidate,
    /// The system calls that it looks at.
    pub syscalls: SyscallSet,
    /// What it says of recordings.
    pub recording: RecordingWish,
}

/// A field that the configuration adds to the alert.
#[derive(Clone, Debug)]
struct ExtraField {
    key: Arc<str>,
    template: Template,
    /// The value keeps its type.
    raw: bool,
}

/// Why a loaded rule cannot be put in force. Loading checks for both, so this is a bug.
#[derive(Debug, thiserror::Error)]
#[error("cannot put the rule `{rule}` in force: {cause}; this is a bug, please report it with the rule")]
pub struct ActivateRuleError {
    /// The rule's name.
    pub rule: String,
    /// What went wrong.
    pub cause: String,
}

/// The rules that the configuration puts in force, in the order in which they are tried.
///
/// # Errors
/// [`ActivateRuleError`]
pub fn activate(
    rules: &RuleSet,
    threshold: Priority,
    selections: &[RuleSelection],
    vocabulary: &Vocabulary,
) -> Result<Vec<ActiveRule>, ActivateRuleError> {
    let threshold = windhover_rules::Priority::ALL[usize::from(threshold.rank())];
    let enabled = rules.enabled(threshold, selections).into_iter();
    enabled.map(|rule| ActiveRule::new(rule, vocabulary)).collect()
}

impl ActiveRule {
    fn new(rule: &windhover_rules::Rule, vocabulary: &Vocabulary) -> Result<Self, ActivateRuleError> {
        let fail = |cause: String| ActivateRuleError { rule: rule.name.clone(), cause };
        let parse = |text: &str| {
            let parsed = Template::parse(text, vocabulary.catalogue());
            parsed.map_err(|e: ParseTemplateError| fail(e.to_string()))
        };
        let extra = rule.extra_fields.iter().map(|field| {
            Ok(ExtraField { key: field.key.as_str().into(), template: parse(&field.format)?, raw: field.raw })
        });
        let mut events = event_types(&rule.ast).map_err(|e: EventTypesError| fail(e.to_string()))?;
        // Asynchronous events are shown to every rule, whatever it says about event types.
        events.types.insert(EventType::ASYNCEVENT_E);
        Ok(Self {
            name: rule.name.as_str().into(),
            priority: Priority::ALL[rule.priority as usize],
            source: rule.source.as_str().into(),
            tags: rule.tags.as_slice().into(),
            output: parse(&rule.output)?,
            extra: extra.collect::<Result<_, _>>()?,
            candidate: Candidate {
                condition: rule.filter.clone(),
                kinds: EventKind::in_sets(&events.types, &events.syscalls).collect(),
            },
            syscalls: events.syscalls,
            recording: RecordingWish { starts: rule.capture, duration_ms: rule.capture_duration_ms },
        })
    }

    /// Calls `visit` on each field of its condition and its output.
    pub fn each_field<'a>(&'a self, visit: &mut dyn FnMut(&'a Field)) {
        self.candidate.condition.for_each(&mut |predicate| predicate.for_each_field(visit));
        self.shown_fields().for_each(visit);
    }

    /// Whether its output shows a descriptor for events of a type, or a parameter that is one.
    pub fn shows_descriptor(&self, kind: EventType) -> bool {
        self.shown_fields().any(|field| is_descriptor_field(kind, field))
    }

    fn shown_fields(&self) -> impl Iterator<Item = &Field> {
        self.output.fields().chain(self.extra.iter().flat_map(|extra| extra.template.fields()))
    }

    /// The alert that this rule raises for an event.
    pub fn alert(&self, values: &EventValues<'_>, scratch: &mut Scratch) -> Alert {
        let mut text = Vec::new();
        self.output.render(values, scratch, &mut text);
        let mut output_fields = self.output.output_fields(values, scratch);
        for extra in &self.extra {
            let value = extra.value(values, scratch);
            match output_fields.iter_mut().find(|(key, _)| *key == extra.key) {
                Some((_, there)) => *there = value,
                None => output_fields.push((Arc::clone(&extra.key), value)),
            }
        }
        Alert {
            time: values.event().ts(),
            origin: Origin::Rule,
            rule: Arc::clone(&self.name),
            priority: self.priority,
            source: Arc::clone(&self.source),
            tags: Arc::clone(&self.tags),
            message: String::from_utf8_lossy(&text).into_owned(),
            output_fields,
        }
    }
}

impl ExtraField {
    fn value(&self, values: &EventValues<'_>, scratch: &mut Scratch) -> JsonValue {
        if self.raw {
            let mut fields = self.template.output_fields(values, scratch);
            return fields.pop().map_or(JsonValue::Null, |(_, value)| value);
        }
        let mut text = Vec::new();
        self.template.render(values, scratch, &mut text);
        String::from_utf8_lossy(&text).into_owned().into()
    }
}
