//! Rules files: parsed with spans, merged, validated, and turned into typed rules.
//!
//! A [`Loader`] takes files one after the other. Each is read as YAML ([`yaml`]), its items are merged with those of the files
//! before it (definitions, appends, overrides, toggles), and everything is compiled: exceptions and lists put into
//! conditions, macros resolved, fields and operators typed, outputs checked. For each file there is the reference's verdict
//! ([`LoadResult`], with its codes, as JSON or text), and for all of them diagnostics that point at the smallest wrong part.
//!
//! This crate knows no field, no event and no output format. What rules may speak of is asked of a [`Vocabulary`]; what comes
//! out, a [`RuleSet`], holds conditions as trees of predicates that know nothing of YAML.
//!
//! ```
//! use windhover_filter::{Arity, Ast, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Type};
//! use windhover_rules::{EventTypes, EventTypesError, LoadOptions, Loader, OutputError, Plugin, Vocabulary};
//!
//! struct Words;
//!
//! impl Schema for Words {
//!     fn lookup(&self, text: &str) -> Result<Field, LookupFieldError> {
//!         match text {
//!             "proc.name" => Ok(Field {
//!                 def: 0,
//!                 arg: FieldArg::None,
//!                 ty: Type::Str,
//!                 arity: Arity::One,
//!                 scope: Scope::Process,
//!                 flags: FieldFlags::default(),
//!                 text: text.into(),
//!             }),
//!             _ => Err(LookupFieldError::Unknown { name: text.into(), similar: None }),
//!         }
//!     }
//!     fn check_literal(&self, _: &Field, _: &[u8]) -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! impl Vocabulary for Words {
//!     fn schema(&self, source: &str) -> Option<&dyn Schema> {
//!         (source == "syscall").then_some(self)
//!     }
//!     fn sources(&self) -> Vec<String> {
//!         vec!["syscall".into()]
//!     }
//!     fn check_output(&self, _: &str, _: &str) -> Result<(), OutputError> {
//!         Ok(())
//!     }
//!     fn event_types(&self, _: &Ast) -> Result<EventTypes, EventTypesError> {
//!         Ok(EventTypes { count: 1 })
//!     }
//!     fn plugins(&self) -> Vec<Plugin> {
//!         Vec::new()
//!     }
//! }
//!
//! let mut loader = Loader::new(&Words, LoadOptions::default());
//! loader.load("shell.yaml", "
//! - list: shells
//!   items: [bash, zsh]
//! - rule: A shell
//!   desc: A shell runs.
//!   condition: proc.name in (shells)
//!   output: a shell runs (%proc.name)
//!   priority: notice
//! ");
//! let loaded = loader.finish();
//! assert!(loaded.successful());
//! assert_eq!(loaded.rules.rules[0].ast.to_string(), "proc.name in (bash, zsh)");
//! ```

#![forbid(unsafe_code)]

mod change;
mod code;
mod collection;
mod compile;
mod context;
mod describe;
mod exception;
pub mod id;
mod item;
mod lint;
mod load;
mod priority;
mod read;
mod report;
mod result;
mod ruleset;
mod schema;
mod selection;
mod text;
mod version;
mod vocabulary;
pub mod yaml;

pub use code::{ErrorCode, WarningCode};
pub use context::{Context, ItemType, Location};
pub use describe::{Glossary, NoRuleError};
pub use item::PluginRequirement;
pub use load::{AppendOutput, LoadOptions, Loaded, Loader};
pub use priority::Priority;
pub use result::{LoadError, LoadResult, LoadWarning};
pub use ruleset::{ExtraField, List, Macro, Rule, RuleException, RuleSet};
pub use schema::{RULES_SCHEMA, SchemaVerdict};
pub use selection::{RuleSelection, Wildcard};
pub use version::{ENGINE_VERSION, Version};
pub use vocabulary::{EventKind, EventKnowledge, EventTypes, EventTypesError, OutputError, Plugin, Vocabulary};
