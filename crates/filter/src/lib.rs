//! The condition language: parser, typed predicates, evaluation over a [`Values`] trait.

#![forbid(unsafe_code)]

mod ast;
mod expr;
mod finding;
mod op;
mod predicate;
mod print;
mod schema;
mod value;

pub use ast::{Ast, Check, Literal, MacroRef, Node, Operand, Term, TermKind};
pub use expr::Expr;
pub use finding::{Finding, id};
pub use op::{Op, Quantifier, Transformer};
pub use predicate::{Call, Network, Predicate, Rhs, Source};
pub use print::Style;
pub use schema::{Arity, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Type};
pub use value::{Scratch, Value, Values};
