//! What rules may speak of: sources, fields, events, outputs, plugins. The loader knows none of them itself.

use windhover_diagnostics::Span;
use windhover_filter::{Ast, Field, Predicate, Schema};

use crate::Version;

/// A plugin that is loaded (or that something built in stands for).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// Why an output cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OutputError {
    /// What is wrong, in the reference's words where it has some.
    pub message: String,
    /// The wrong bytes of the format, if they are known.
    pub span: Option<std::ops::Range<usize>>,
    /// What would likely be right.
    pub help: Option<String>,
}

/// Which events a condition can hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTypes {
    /// How many event types; 0 if it holds for none.
    pub count: usize,
}

/// Why it cannot be said which events a condition can hold for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EventTypesError {
    /// What is wrong.
    pub message: String,
    /// The part of the condition.
    pub span: Span,
}

/// Answers what the loader asks about the concrete world.
pub trait Vocabulary {
    /// The fields of an event source; `None` if there is no such source. Rules of unknown sources are left out.
    fn schema(&self, source: &str) -> Option<&dyn Schema>;

    /// The fields of a source that nothing provides here, if they are known all the same: its rules are left out, but looked
    /// at for mistakes.
    fn foreign_schema(&self, _source: &str) -> Option<&dyn Schema> {
        None
    }

    /// Names of all sources, for suggestions.
    fn sources(&self) -> Vec<String>;

    /// Checks an output format (or the format of an extra field) for a source.
    ///
    /// # Errors
    /// The token that is no field, and the like.
    fn check_output(&self, source: &str, format: &str) -> Result<(), OutputError>;

    /// The event types for which a condition of source `syscall` can hold. Macros are resolved.
    ///
    /// # Errors
    /// Event types are tested in a way from which they cannot be derived.
    fn event_types(&self, condition: &Ast) -> Result<EventTypes, EventTypesError>;

    /// The plugins that `required_plugin_versions` is held against.
    fn plugins(&self) -> Vec<Plugin>;
}

/// A kind of events, by a number that [`EventKnowledge`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKind(pub u16);

/// What lints ask about events, beside what loading asks.
pub trait EventKnowledge: Vocabulary {
    /// The kinds of events that a condition of a source names, in order of their numbers. Events that every rule sees,
    /// whatever it says, are left out.
    fn kinds(&self, source: &str, condition: &Ast) -> Vec<EventKind>;

    /// What `evt.type` says of such events.
    fn kind_name(&self, kind: EventKind) -> &str;

    /// Whether a test is true, or false, for every event of a kind; `None` if it takes the event to say.
    fn decide(&self, kind: EventKind, predicate: &Predicate) -> Option<bool>;

    /// The fields that an output prints, in order. The output is known to be good.
    fn fields_of_output(&self, source: &str, output: &str) -> Vec<Field>;

    /// Whether no event of a kind has a value of the field.
    fn lacks(&self, kind: EventKind, field: &Field) -> bool;
}
