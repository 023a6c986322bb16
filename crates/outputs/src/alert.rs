//! What a rule's match becomes: the thing that is sent.

use std::sync::Arc;

use crate::Priority;

/// A typed value of an output field, as JSON writes it.
pub type JsonValue = serde_json::Value;

/// An alert, before it is made into a line for a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// When the event happened, in nanoseconds since the Unix epoch.
    pub time: u64,
    /// Whether a rule raised it, or the engine itself.
    pub origin: Origin,
    /// Name of the rule, or of the internal notice.
    pub rule: Arc<str>,
    /// Severity.
    pub priority: Priority,
    /// Event source of the rule; `internal` for internal notices.
    pub source: Arc<str>,
    /// Tags of the rule, sorted.
    pub tags: Arc<[String]>,
    /// The rule's output with its fields filled in, without time and priority.
    pub message: String,
    /// Fields of the message and extra fields, each once. The time field that belongs to the line's head is added by
    /// [`crate::Format`].
    pub output_fields: Vec<(Arc<str>, JsonValue)>,
}

/// Who raised an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A rule.
    Rule,
    /// The engine: losses, metrics, failed reloads. These have a form of their own.
    Internal,
}

impl Alert {
    /// An internal notice of source `internal`.
    pub fn internal(time: u64, rule: &str, priority: Priority, message: String) -> Self {
        Self {
            time,
            origin: Origin::Internal,
            rule: rule.into(),
            priority,
            source: "internal".into(),
            tags: Arc::new([]),
            message,
            output_fields: Vec::new(),
        }
    }

    /// Bytes that the alert holds, roughly: what queues are bounded by.
    pub fn weight(&self) -> usize {
        let fields = self.output_fields.iter().map(|(_, value)| size_of::<(Arc<str>, JsonValue)>() + weight(value));
        size_of::<Self>() + self.message.len() + fields.sum::<usize>()
    }
}

fn weight(value: &JsonValue) -> usize {
    match value {
        JsonValue::String(text) => text.len(),
        JsonValue::Array(items) => items.iter().map(|item| size_of::<JsonValue>() + weight(item)).sum(),
        JsonValue::Object(items) => items.iter().map(|(key, item)| key.len() + 64 + weight(item)).sum(),
        JsonValue::Null | JsonValue::Bool(_) | JsonValue::Number(_) => 0,
    }
}
