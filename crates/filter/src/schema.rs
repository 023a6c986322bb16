//! What the language knows of fields: names are resolved and operands typed by a [`Schema`], which `fields` implements.

use std::fmt;
use std::sync::Arc;

use crate::Op;

/// Type of a field's values. The groups follow the reference's operator table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Type {
    /// Text (CHARBUF, FSPATH, FSRELPATH).
    Str,
    /// Raw bytes.
    Bytes,
    /// Signed integer of that many bits.
    Int(u8),
    /// Unsigned integer of that many bits; flags and modes too.
    Uint(u8),
    /// A port: digits, or a service's name.
    Port,
    /// Nanoseconds, relative.
    RelTime,
    /// Nanoseconds since the epoch.
    AbsTime,
    Bool,
    Double,
    IpAddr,
    /// Compared with a network; the value is an address.
    IpNet,
    /// A parameter type that cannot be compared (UID, GID).
    Opaque,
}

/// How many values a field has, and how comparisons treat them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arity {
    /// One at most.
    One,
    /// A list: `in` wants every element in the set, `intersects` at least one. Other operators are refused.
    List,
    /// Any of several (ancestors): true as soon as one value satisfies the operator, whichever it is.
    Any,
    /// Both ends of a socket: `=`, `in`, `<` … want one end, `!=` wants both.
    Ends,
}

/// What a field's value depends on; the plan evaluates a predicate no more often than that changes. In rising order: a
/// test of several fields has the scope of the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The event's type alone.
    EventType,
    /// The process and its lineage, until an exec, a change of ids, or metadata arriving.
    Process,
    /// The file descriptor the event is about, and the process it belongs to.
    Fd,
    /// The event itself.
    Event,
}

/// An argument in brackets (or behind a dot).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FieldArg {
    /// None given.
    None,
    /// A number.
    Index(u64),
    /// Any other text, unquoted.
    Key(Arc<str>),
}

/// What a field refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldFlags {
    /// May not be the right-hand side of a comparison.
    pub no_rhs: bool,
    /// May not be wrapped in a transformer.
    pub no_transformer: bool,
    /// Has no text for outputs.
    pub filter_only: bool,
    /// Cannot be compared.
    pub print_only: bool,
    /// Loading warns.
    pub deprecated: bool,
}

/// A field with its argument, as a schema resolved it. Two fields are the same if they are equal.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The schema's number for the field's definition: evaluation dispatches on it.
    pub def: u16,
    /// The argument.
    pub arg: FieldArg,
    /// Type of the values.
    pub ty: Type,
    /// How many.
    pub arity: Arity,
    /// What they depend on.
    pub scope: Scope,
    /// What is refused.
    pub flags: FieldFlags,
    /// The text it was written as, argument included.
    pub text: Arc<str>,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a field's text is not a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupFieldError {
    /// No such name.
    #[error("filter_check called with nonexistent field {name}")]
    Unknown {
        /// As written.
        name: String,
        /// A field with a similar name.
        similar: Option<String>,
    },
    /// The argument is missing, not allowed, or not of the form the field takes.
    #[error("{reason}")]
    Argument {
        /// What is wrong.
        reason: String,
    },
}

/// The vocabulary a condition is checked against.
pub trait Schema {
    /// Resolves the whole text of a field, `name[arg]` or `name.arg`.
    ///
    /// # Errors
    /// [`LookupFieldError`]
    fn lookup(&self, text: &str) -> Result<Field, LookupFieldError>;

    /// Whether the text is a field: where that is all that matters, as nothing is worked out that only an error would show.
    fn has(&self, text: &str) -> bool {
        self.lookup(text).is_ok()
    }

    /// Checks a literal of a comparison beyond its type (`evt.type` takes only names of events and system calls).
    ///
    /// # Errors
    /// The message to show.
    fn check_literal(&self, field: &Field, literal: &[u8]) -> Result<(), String>;

    /// The operator that a comparison of this field with constants really means, where a field gives operators a meaning
    /// of its own (`evt.around` is within a distance, written `=`).
    ///
    /// # Errors
    /// The message to show if the field does not take the operator.
    fn operator(&self, field: &Field, op: Op) -> Result<Op, String> {
        let _ = field;
        Ok(op)
    }
}
