//! Rules files: parsed with spans, merged, validated, and turned into typed rules.

#![forbid(unsafe_code)]

mod code;
mod collection;
mod compile;
mod context;
mod exception;
pub mod id;
mod item;
mod load;
mod priority;
mod read;
mod report;
mod result;
mod ruleset;
mod selection;
mod text;
mod version;
mod vocabulary;
pub mod yaml;

pub use code::{ErrorCode, WarningCode};
pub use context::{Context, ItemType, Location};
pub use item::PluginRequirement;
pub use load::{AppendOutput, LoadOptions, Loaded, Loader};
pub use priority::Priority;
pub use result::{LoadError, LoadResult, LoadWarning};
pub use ruleset::{ExtraField, List, Macro, Rule, RuleException, RuleSet};
pub use selection::{RuleSelection, Wildcard};
pub use version::{ENGINE_VERSION, Version};
pub use vocabulary::{EventTypes, EventTypesError, OutputError, Plugin, Vocabulary};
