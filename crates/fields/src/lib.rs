//! The field catalogue: the only bridge between filter and system.
//!
//! One table holds every field with its name, type, scope and one line of documentation, so that listings, the schema
//! that conditions are checked against, and extraction cannot disagree.

mod argument;
mod catalogue;
mod class;
mod definition;
mod dynamic;
mod event_types;
mod kind;
mod list;
mod param;
mod show;
mod similar;
mod template;
mod type_values;
mod values;

pub use catalogue::{AddFieldError, Catalogue, Description};
pub use definition::{ArgForm, Class, Definition, FieldType, PrintFormat};
pub use dynamic::{DynamicField, Extract};
pub use event_types::{EventTypes, EventTypesError, event_types};
pub use kind::EventKind;
pub use list::{ListFormat, SCHEMA_VERSION, list_events, list_field_names, list_fields};
pub use template::{ParseTemplateError, ParseTemplateReason, Template, UnknownToken};
pub use type_values::TypeValues;
pub use values::{EventValues, HostNames};
