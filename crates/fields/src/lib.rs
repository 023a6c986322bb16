//! The field catalogue: the only bridge between filter and system.
//!
//! One table, split by class over the files of `class`, holds every field (`evt.*`, `proc.*`, `fd.*` …) with its name,
//! type, argument, scope, one line of documentation, and the function that finds its value. Listings, the schema that
//! conditions are checked against, evaluation and outputs all go by that table, so they cannot disagree.
//!
//! - [`Catalogue`] is the vocabulary of one event source, a [`windhover_filter::Schema`]; plugins and the configuration
//!   add to it.
//! - [`EventValues`] are the values for one event in its model, [`TypeValues`] what the kind of an event alone fixes.
//! - [`event_types`] says which events a condition can be true for.
//! - [`Template`] is an output format.
//! - [`list_fields`] and [`list_events`] are the listings.
//!
//! The crate knows of no rule, no source of events and no destination of alerts. Nothing here allocates for an event
//! unless an output is written: values are borrowed from the event or the model, or built in scratch space.
//!
//! ```
//! use windhover_event::snapshot::{Snapshot, ThreadEntry};
//! use windhover_event::{Builder, EventType};
//! use windhover_fields::{Catalogue, EventValues, Template};
//! use windhover_filter::{Matcher, ParseOptions, Scratch, compile, eval_expr, parse};
//! use windhover_system::{Limits, System};
//!
//! // When rules load: a condition and an output are checked against the catalogue.
//! let catalogue = Catalogue::syscall();
//! let ast = parse("evt.type = unlink and proc.name = rm", &ParseOptions::default()).unwrap();
//! let condition = compile(&ast, &catalogue).unwrap().expr.map(&mut Matcher::new);
//! let output = Template::parse("%proc.name removed %fs.path.name (%evt.res)", &catalogue)?;
//!
//! // A model that knows one process, and an event of it.
//! let mut system = System::new(Limits::default());
//! let comm = b"rm".to_vec();
//! let rm = ThreadEntry { tid: 7, pid: 7, ptid: 1, comm, cwd: b"/tmp".to_vec(), ..ThreadEntry::default() };
//! system.load(Snapshot { threads: vec![rm], ..Snapshot::default() });
//! let mut bytes = Vec::new();
//! let mut event = Builder::new(&mut bytes, EventType::SYSCALL_UNLINK_2_X, 1_700_000_000_000_000_000, 7);
//! event.int(0).str(b"notes.txt");
//! let event = event.finish()?;
//!
//! // For each event: the model first, then what rules ask.
//! system.apply(&event, None);
//! let values = EventValues::new(event, system.context(), &catalogue);
//! let mut scratch = Scratch::default();
//! assert!(eval_expr(&condition, &values, &mut scratch));
//! let mut text = Vec::new();
//! output.render(&values, &mut scratch, &mut text);
//! assert_eq!(text, b"rm removed /tmp/notes.txt (SUCCESS)");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod argument;
mod catalogue;
mod class;
mod definition;
mod dynamic;
mod event_types;
mod foreign;
pub mod kernel;
mod kind;
mod list;
mod origin;
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
pub use template::{ParseTemplateError, ParseTemplateReason, Template, UnknownToken, field_json};
pub use type_values::TypeValues;
pub use values::{EventValues, HostNames, PluginEvents, host_names_in};
