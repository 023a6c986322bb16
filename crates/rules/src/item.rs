//! What a rules file says, item by item, before anything is compiled.

use windhover_diagnostics::Span;

use crate::context::Context;
use crate::text::Text;
use crate::{Priority, Version};

/// Where an item stands among all items of all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// When its name was first defined.
    pub(crate) index: u32,
    /// When it was last defined, appended to or replaced in part.
    pub(crate) visibility: u32,
}

/// A list, merged from its definitions.
#[derive(Clone, Debug)]
pub(crate) struct ListItem {
    pub(crate) name: String,
    pub(crate) items: Vec<Text>,
    pub(crate) context: Context,
    pub(crate) span: Span,
    pub(crate) order: Order,
}

/// A macro, merged from its definitions.
#[derive(Clone, Debug)]
pub(crate) struct MacroItem {
    pub(crate) name: String,
    pub(crate) condition: Text,
    pub(crate) context: Context,
    pub(crate) condition_context: Context,
    pub(crate) span: Span,
    pub(crate) order: Order,
}

/// One value of an exception: text, a list, or neither (null, a mapping).
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) is_list: bool,
    pub(crate) items: Vec<Entry>,
    pub(crate) text: Text,
    pub(crate) span: Span,
}

impl Entry {
    /// Is anything given at all?
    pub(crate) fn is_given(&self) -> bool {
        if self.is_list { !self.items.is_empty() } else { !self.text.is_empty() }
    }
}

/// An exception of a rule.
#[derive(Clone, Debug)]
pub(crate) struct ExceptionItem {
    pub(crate) name: String,
    pub(crate) fields: Entry,
    pub(crate) comps: Entry,
    pub(crate) values: Vec<Entry>,
    pub(crate) context: Context,
    pub(crate) span: Span,
}

/// A rule, merged from its definitions.
#[derive(Clone, Debug)]
pub(crate) struct RuleItem {
    pub(crate) name: String,
    pub(crate) condition: Text,
    pub(crate) output: Text,
    pub(crate) description: String,
    pub(crate) priority: Priority,
    pub(crate) source: String,
    pub(crate) tags: Vec<String>,
    pub(crate) exceptions: Vec<ExceptionItem>,
    pub(crate) enabled: bool,
    pub(crate) warn_event_types: bool,
    pub(crate) skip_if_unknown_filter: bool,
    pub(crate) capture: bool,
    pub(crate) capture_duration_ms: u32,
    /// Nothing provides its source: it is never compiled.
    pub(crate) unknown_source: bool,
    /// Something of it could not be read: it is looked at for more mistakes, and then left out.
    pub(crate) broken: bool,
    pub(crate) context: Context,
    pub(crate) condition_context: Context,
    pub(crate) output_context: Context,
    pub(crate) span: Span,
    pub(crate) order: Order,
}

/// What an item changes about an earlier rule: everything that is set.
#[derive(Clone, Debug)]
pub(crate) struct RuleUpdate {
    pub(crate) name: String,
    pub(crate) condition: Option<Text>,
    pub(crate) output: Option<Text>,
    pub(crate) description: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) source: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) exceptions: Option<Vec<ExceptionItem>>,
    pub(crate) enabled: Option<bool>,
    pub(crate) warn_event_types: Option<bool>,
    pub(crate) skip_if_unknown_filter: Option<bool>,
    pub(crate) capture: Option<bool>,
    pub(crate) capture_duration_ms: Option<u32>,
    pub(crate) context: Context,
    pub(crate) span: Span,
}

impl RuleUpdate {
    pub(crate) fn new(name: String, context: Context, span: Span) -> Self {
        Self {
            name,
            condition: None,
            output: None,
            description: None,
            priority: None,
            source: None,
            tags: None,
            exceptions: None,
            enabled: None,
            warn_event_types: None,
            skip_if_unknown_filter: None,
            capture: None,
            capture_duration_ms: None,
            context,
            span,
        }
    }

    /// Does it change anything?
    pub(crate) fn changes_anything(&self) -> bool {
        self.condition.is_some()
            || self.output.is_some()
            || self.description.is_some()
            || self.priority.is_some()
            || self.tags.is_some()
            || self.exceptions.is_some()
            || self.enabled.is_some()
            || self.warn_event_types.is_some()
            || self.skip_if_unknown_filter.is_some()
            || self.capture.is_some()
            || self.capture_duration_ms.is_some()
    }
}

/// One of the plugins that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRequirement {
    /// Its name.
    pub name: String,
    /// The least version, as written.
    pub version: String,
}

/// The engine version that a file wants.
#[derive(Clone, Debug)]
pub(crate) struct EngineRequirement {
    pub(crate) version: Version,
    pub(crate) context: Context,
    pub(crate) span: Span,
}
