//! From the tree to typed predicates: fields are looked up, operators checked against types, constants read.

mod check;
mod literal;
mod service;
mod term;
mod value;
mod warning;

use windhover_diagnostics::Span;

use crate::finding::id;
use crate::{Ast, Check, Expr, Finding, MacroRef, Node, Predicate, Schema, Source, Term};

/// Errors reported of one condition: with more, the first ones are the cause.
const MAX_FINDINGS: usize = 64;

/// A condition whose every test is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// As written: nothing is reordered or simplified yet.
    pub expr: Expr<Predicate>,
    /// What is likely not meant.
    pub warnings: Vec<Finding>,
}

/// Types a condition whose macros have been put in place.
///
/// # Errors
/// Every test that does not make sense, in the order written (the reference reports the first).
pub fn compile(ast: &Ast, schema: &dyn Schema) -> Result<Compiled, Vec<Finding>> {
    let mut compiler = Compiler { schema, errors: Vec::new(), warnings: Vec::new(), uses: Vec::new() };
    let expr = compiler.expr(ast);
    if compiler.errors.is_empty() { Ok(Compiled { expr, warnings: compiler.warnings }) } else { Err(compiler.errors) }
}

/// Types one test; warnings are added to `warnings`.
///
/// # Errors
/// The first thing wrong with it.
pub fn compile_check(
    check: &Check,
    schema: &dyn Schema,
    warnings: &mut Vec<Finding>,
) -> Result<Predicate, Box<Finding>> {
    check::predicate(check, schema, warnings)
}

/// Types a field or a transformer on its own, as outputs have them.
///
/// # Errors
/// The first thing wrong with it.
pub fn compile_term(term: &Term, schema: &dyn Schema) -> Result<Source, Box<Finding>> {
    term::source(term, schema)
}

struct Compiler<'a> {
    schema: &'a dyn Schema,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    /// Macros that lead to where we are, outermost first, with the places of their uses.
    uses: Vec<(&'a str, Span)>,
}

impl<'a> Compiler<'a> {
    fn expr(&mut self, ast: &'a Ast) -> Expr<Predicate> {
        if self.errors.len() >= MAX_FINDINGS {
            return Expr::Const(false);
        }
        match &ast.node {
            Node::And(children) => Expr::And(children.iter().map(|child| self.expr(child)).collect()),
            Node::Or(children) => Expr::Or(children.iter().map(|child| self.expr(child)).collect()),
            Node::Not(child) => Expr::Not(Box::new(self.expr(child))),
            Node::Macro(reference) => self.reference(reference, ast.span),
            Node::Check(check) => self.check(check),
        }
    }

    fn reference(&mut self, reference: &'a MacroRef, span: Span) -> Expr<Predicate> {
        let Some(body) = &reference.body else {
            let name = &reference.name;
            let text = format!("Undefined macro '{name}' used in filter.");
            let error = Finding::error(id::MACRO_UNKNOWN, span, text, "no macro of this name is known here")
                .message(format!("unknown macro `{name}`"))
                .code(Some("LOAD_ERR_VALIDATE"));
            let error = self.in_context(*error);
            self.errors.push(error);
            return Expr::Const(false);
        };
        self.uses.push((&reference.name, span));
        let expr = self.expr(&body.ast);
        self.uses.pop();
        expr
    }

    fn check(&mut self, check: &Check) -> Expr<Predicate> {
        let mut warnings = Vec::new();
        let compiled = compile_check(check, self.schema, &mut warnings);
        for warning in warnings {
            let known = self.warnings.iter().any(|other| other.diagnostic.span() == warning.diagnostic.span());
            if !known && self.warnings.len() < MAX_FINDINGS {
                let warning = self.in_context(warning);
                self.warnings.push(warning);
            }
        }
        match compiled {
            Ok(predicate) => Expr::Atom(predicate),
            Err(error) => {
                if !self.errors.iter().any(|other| other.diagnostic.span() == error.diagnostic.span()) {
                    let error = self.in_context(*error);
                    self.errors.push(error);
                }
                Expr::Const(false)
            }
        }
    }

    /// Adds the uses of macros that lead here, innermost first.
    fn in_context(&self, mut finding: Finding) -> Finding {
        for (name, span) in self.uses.iter().rev().take(8) {
            finding.diagnostic = finding.diagnostic.label(*span, format!("the macro `{name}` is used here"));
        }
        finding
    }
}
