//! The condition language: parser, typed predicates, evaluation over a [`Values`] trait.

#![forbid(unsafe_code)]

mod ast;
mod base64;
mod compile;
mod expr;
mod finding;
mod getopt;
mod glob;
mod macros;
mod matcher;
mod op;
mod parse;
mod path;
mod predicate;
mod print;
mod regex;
mod schema;
mod source;
mod value;

pub use ast::{Ast, Check, Literal, MacroBody, MacroRef, Node, Operand, Term, TermKind};
pub use compile::{Compiled, compile, compile_check, compile_term};
pub use expr::Expr;
pub use finding::{Finding, id};
pub use macros::{MAX_TREE_DEPTH, MAX_TREE_NODES, resolve_macros};
pub use matcher::{Matcher, eval_expr};
pub use op::{Op, Quantifier, Transformer};
pub use parse::{ParseOptions, parse, parse_term};
pub use predicate::{Call, Network, Predicate, Rhs, Source};
pub use print::Style;
pub use schema::{Arity, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Type};
pub use value::{Scratch, Value, Values};
