//! The field catalogue: the only bridge between filter and system.
//!
//! One table holds every field with its name, type, scope and one line of documentation, so that listings, the schema
//! that conditions are checked against, and extraction cannot disagree.

mod argument;
mod catalogue;
mod class;
mod definition;
mod dynamic;
mod kind;
mod param;
mod similar;
mod values;

pub use catalogue::{AddFieldError, Catalogue, Description};
pub use definition::{ArgForm, Class, Definition, FieldType, PrintFormat};
pub use dynamic::{DynamicField, Extract};
pub use kind::EventKind;
pub use values::{EventValues, HostNames};
