//! Diagnostics as values: source map, spans, ids, and their renderers.
//!
//! Code that finds a problem builds a [`Diagnostic`] and hands it on; how it is shown is decided elsewhere and can be
//! changed: [`Format::Full`] draws the source as compilers do, [`Format::Concise`] gives a line each, [`Format::Json`] and
//! [`Format::Sarif`] are for programs. This crate knows nothing of rules, YAML or events, and never prints.
//!
//! ```
//! use windhover_diagnostics::{Diagnostic, Diagnostics, Format, SourceMap, Span, render};
//!
//! mod id {
//!     windhover_diagnostics::ids! { FIELD_UNKNOWN = "field-unknown": "A name that is not a field."; }
//! }
//!
//! let mut sources = SourceMap::new();
//! let file = sources.add("shell.yaml", "- macro: m\n  condition: proc.nmae in (bash, zsh)\n");
//! let mut found = Diagnostics::new();
//! found.push(
//!     Diagnostic::error(id::FIELD_UNKNOWN, "unknown field `proc.nmae`")
//!         .at(Span::new(file, 24, 33), "no such field")
//!         .help("a field with a similar name exists: `proc.name`"),
//! );
//! assert_eq!(render(&found, &sources, Format::Concise), "shell.yaml:2:14: error[field-unknown]: unknown field `proc.nmae`\n");
//! ```

#![forbid(unsafe_code)]

mod collection;
mod diagnostic;
mod escape;
mod render;
mod source;
mod suggest;

pub use collection::{Diagnostics, ERROR_LIMIT};
pub use diagnostic::{Diagnostic, Id, Label, Severity};
pub use escape::escape;
pub use render::{Format, render};
pub use source::{Location, Mark, SourceId, SourceMap, Span};
pub use suggest::nearest;
