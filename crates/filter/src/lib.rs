//! The condition language: parser, typed predicates, evaluation over a [`Values`] trait.

mod schema;
mod value;

pub use schema::{Arity, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Type};
pub use value::{Scratch, Value, Values};
