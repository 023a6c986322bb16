//! The condition language: parser, typed predicates, evaluation over a [`Values`] trait.
//!
//! A condition goes through three forms. [`parse`] makes an [`Ast`] of its text, in which [`resolve_macros`] puts the bodies
//! of macros in place. [`compile`] checks it against a [`Schema`] and gives an [`Expr`] of [`Predicate`]s: plain data, equal
//! where they mean the same, so that a whole ruleset can share them. [`Matcher`] is a predicate made ready to be evaluated.
//! Problems are [`Finding`]s: the reference's message next to a diagnostic with places.
//!
//! This crate knows no field's name, no event and no YAML: the [`Schema`] says which fields exist, and [`Values`] what they
//! are worth.
//!
//! ```
//! use std::ops::ControlFlow;
//! use std::sync::Arc;
//! use windhover_filter::*;
//!
//! /// One field, `proc.name`.
//! struct Names;
//!
//! impl Schema for Names {
//!     fn lookup(&self, text: &str) -> Result<Field, LookupFieldError> {
//!         if text != "proc.name" {
//!             return Err(LookupFieldError::Unknown { name: text.to_owned(), similar: None });
//!         }
//!         Ok(Field {
//!             def: 0,
//!             arg: FieldArg::None,
//!             ty: Type::Str,
//!             arity: Arity::One,
//!             scope: Scope::Process,
//!             flags: FieldFlags::default(),
//!             text: Arc::from(text),
//!         })
//!     }
//!
//!     fn check_literal(&self, _: &Field, _: &[u8]) -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! /// A process of that name.
//! struct Process(&'static str);
//!
//! impl Values for Process {
//!     fn get<'a>(&'a self, _: &Field, _: &'a mut Scratch) -> Option<Value<'a>> {
//!         Some(Value::Str(self.0.as_bytes()))
//!     }
//!
//!     fn each(&self, _: &Field, _: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool {
//!         let _ = visit(Value::Str(self.0.as_bytes()));
//!         true
//!     }
//! }
//!
//! let shell = Arc::new(parse("proc.name in (bash, zsh)", &ParseOptions::default())?);
//! let mut ast = parse("shell or proc.name startswith ba", &ParseOptions::default())?;
//! resolve_macros(&mut ast, &|name| (name == "shell").then(|| shell.clone())).map_err(|errors| errors[0].clone())?;
//! let compiled = compile(&ast, &Names).map_err(|errors| errors[0].clone())?;
//! let condition = compiled.expr.map(&mut |predicate| Matcher::new(predicate));
//!
//! let mut scratch = Scratch::default();
//! assert!(eval_expr(&condition, &Process("zsh"), &mut scratch));
//! assert!(!eval_expr(&condition, &Process("vi"), &mut scratch));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
mod pattern;
mod predicate;
mod print;
mod reason;
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
pub use parse::{ParseOptions, SyntaxErrors, parse, parse_all, parse_term};
pub use pattern::Pattern;
pub use predicate::{Call, Network, Predicate, Rhs, Source};
pub use print::Style;
pub use reason::{Reasoner, Statement};
pub use schema::{Arity, Field, FieldArg, FieldFlags, LookupFieldError, Schema, Scope, Type};
pub use value::{Scratch, Value, Values};
