//! A condition twice over: as written, with places, and typed. Both have the same shape, so they are walked together.

use windhover_diagnostics::Span;
use windhover_filter::{Ast, Expr, Node, Predicate};

/// A condition, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Tree<'a> {
    pub(super) ast: &'a Ast,
    pub(super) expr: &'a Expr<Predicate>,
}

/// A test that must hold, or must not, for the whole to hold.
#[derive(Clone)]
pub(super) struct Conjunct<'a> {
    pub(super) span: Span,
    pub(super) predicate: &'a Predicate,
    pub(super) negated: bool,
    /// Macros that lead to it, outermost first, with the places of their uses.
    pub(super) uses: Vec<(&'a str, Span)>,
}

impl Conjunct<'_> {
    /// The test as an expression of its own.
    pub(super) fn expr(&self) -> Expr<Predicate> {
        let atom = Expr::Atom(self.predicate.clone());
        if self.negated { atom.negate() } else { atom }
    }
}

impl<'a> Tree<'a> {
    pub(super) fn children(self) -> Vec<Tree<'a>> {
        match (&self.ast.node, self.expr) {
            (Node::And(asts), Expr::And(exprs)) | (Node::Or(asts), Expr::Or(exprs)) => {
                asts.iter().zip(exprs).map(|(ast, expr)| Tree { ast, expr }).collect()
            }
            (Node::Not(ast), Expr::Not(expr)) => vec![Tree { ast, expr }],
            _ => Vec::new(),
        }
    }

    /// Calls `visit` on every part that is written here: bodies of macros are not entered.
    pub(super) fn walk(self, visit: &mut dyn FnMut(Tree<'a>)) {
        visit(self);
        self.children().into_iter().for_each(|child| child.walk(visit));
    }

    /// The tests that all have to be so, through macros too.
    pub(super) fn conjuncts(self) -> Vec<Conjunct<'a>> {
        let mut found = Vec::new();
        self.collect(false, &mut Vec::new(), &mut found);
        found
    }

    fn collect(self, negated: bool, uses: &mut Vec<(&'a str, Span)>, found: &mut Vec<Conjunct<'a>>) {
        match (&self.ast.node, self.expr) {
            (Node::Macro(reference), expr) => {
                if let Some(body) = &reference.body {
                    uses.push((&reference.name, self.ast.span));
                    Tree { ast: &body.ast, expr }.collect(negated, uses, found);
                    uses.pop();
                }
            }
            (Node::Check(_), Expr::Atom(predicate)) => {
                found.push(Conjunct { span: self.ast.span, predicate, negated, uses: uses.clone() });
            }
            (Node::Not(_), _) => {
                self.children().into_iter().for_each(|child| child.collect(!negated, uses, found));
            }
            (Node::And(_), _) if !negated => {
                self.children().into_iter().for_each(|child| child.collect(negated, uses, found));
            }
            (Node::Or(_), _) if negated => {
                self.children().into_iter().for_each(|child| child.collect(negated, uses, found));
            }
            _ => {}
        }
    }
}
