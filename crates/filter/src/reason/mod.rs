//! What follows from conditions alone, without an event: which can never hold, and which hold whenever another does.
//!
//! An answer of yes is proved, from what the predicates say of their values; an answer of no may only mean that no proof was
//! found within the bound on steps. A test of a missing value is false and its negation true, as everywhere. Nothing is
//! concluded from an empty list: it is often one that is still to be filled.
//!
//! ```
//! # use std::sync::Arc;
//! # use windhover_filter::*;
//! # let field = |text: &str| Field {
//! #     def: 0, arg: FieldArg::None, ty: Type::Str, arity: Arity::One, scope: Scope::Process,
//! #     flags: FieldFlags::default(), text: text.into(),
//! # };
//! # let test = |name: &str, op, text: &str| Expr::Atom(Predicate {
//! #     lhs: Source::Field(field(name)), op, quantifier: None, rhs: Rhs::Texts([Arc::from(text.as_bytes())].into()),
//! # });
//! let mut reasoner = Reasoner::default();
//! let bash = test("proc.name", Op::Eq, "bash");
//! let shell = test("proc.name", Op::EndsWith, "sh");
//! let (first, second) = (reasoner.read(&bash), reasoner.read(&shell));
//! assert!(reasoner.implies(&first, &second));
//! let both = reasoner.read(&Expr::And(vec![bash, Expr::Not(Box::new(shell))]));
//! assert!(reasoner.is_never(&both));
//! ```

mod facts;
mod relation;

use std::collections::HashMap;

use self::facts::{Facts, Literal};
use crate::{Expr, Predicate};

/// Branches tried for one question, and literals looked at in all of them.
const STEPS: usize = 2_000;

/// Answers questions about conditions; what it learns about pairs of predicates serves later questions too.
#[derive(Debug, Default)]
pub struct Reasoner {
    ids: HashMap<Predicate, u32>,
    facts: Facts,
    steps: usize,
}

/// A condition that a [`Reasoner`] has read; it means nothing to another one.
#[derive(Debug)]
pub struct Statement {
    so: Formula,
    not_so: Formula,
}

/// A condition in negation normal form, over numbered predicates.
#[derive(Debug)]
enum Formula {
    Const(bool),
    Literal(Literal),
    And(Vec<Formula>),
    Or(Vec<Formula>),
}

impl Reasoner {
    /// Reads a condition, so that questions can be asked about it.
    pub fn read(&mut self, condition: &Expr<Predicate>) -> Statement {
        Statement { so: self.formula(condition, false), not_so: self.formula(condition, true) }
    }

    /// Is the condition false whatever the values are?
    pub fn is_never(&mut self, statement: &Statement) -> bool {
        self.refute_all(vec![&statement.so])
    }

    /// Is the condition true whatever the values are?
    pub fn is_always(&mut self, statement: &Statement) -> bool {
        self.refute_all(vec![&statement.not_so])
    }

    /// Does `second` hold whenever `first` does?
    pub fn implies(&mut self, first: &Statement, second: &Statement) -> bool {
        self.refute_all(vec![&first.so, &second.not_so])
    }

    fn formula(&mut self, condition: &Expr<Predicate>, negated: bool) -> Formula {
        match condition {
            Expr::Const(value) => Formula::Const(*value != negated),
            Expr::Atom(predicate) => Formula::Literal(Literal { predicate: self.id(predicate), negated }),
            Expr::Not(child) => self.formula(child, !negated),
            Expr::And(children) | Expr::Or(children) => {
                let all = matches!(condition, Expr::And(_)) != negated;
                let children = children.iter().map(|child| self.formula(child, negated)).collect();
                if all { Formula::And(children) } else { Formula::Or(children) }
            }
        }
    }

    fn id(&mut self, predicate: &Predicate) -> u32 {
        if let Some(id) = self.ids.get(predicate) {
            return *id;
        }
        let id = self.facts.learn(predicate);
        self.ids.insert(predicate.clone(), id);
        id
    }

    fn refute_all(&mut self, formulas: Vec<&Formula>) -> bool {
        self.steps = STEPS;
        self.refute(formulas)
    }

    /// Can the formulas not all hold together, given the facts so far?
    fn refute(&mut self, formulas: Vec<&Formula>) -> bool {
        let Some(left) = self.steps.checked_sub(1) else { return false };
        self.steps = left;
        let mark = self.facts.mark();
        let refuted = self.search(formulas);
        self.facts.undo(mark);
        refuted
    }

    /// Takes for facts what must be so, then tries the branches of what is left, the fewest first.
    fn search<'f>(&mut self, mut open: Vec<&'f Formula>) -> bool {
        let mut choices: Vec<(&'f Formula, &'f [Formula])> = Vec::new();
        while !open.is_empty() {
            while let Some(formula) = open.pop() {
                match formula {
                    Formula::Const(true) => {}
                    Formula::Const(false) => return true,
                    Formula::Literal(literal) if self.facts.assume(*literal) => {}
                    Formula::Literal(_) => return true,
                    Formula::And(children) => open.extend(children),
                    Formula::Or(branches) => choices.push((formula, branches)),
                }
            }
            let mut kept = Vec::with_capacity(choices.len());
            for (choice, branches) in choices {
                if branches.iter().any(|branch| self.is_known(branch, true)) {
                    continue;
                }
                let mut possible = branches.iter().filter(|branch| !self.is_known(branch, false));
                match (possible.next(), possible.next()) {
                    (None, _) => return true,
                    (Some(only), None) => open.push(only),
                    _ => kept.push((choice, branches)),
                }
            }
            choices = kept;
        }
        let Some(fewest) = (0..choices.len()).min_by_key(|at| choices[*at].1.len()) else { return false };
        let (_, branches) = choices.swap_remove(fewest);
        branches.iter().all(|branch| {
            let rest = choices.iter().map(|(choice, _)| *choice);
            self.refute(rest.chain([branch]).collect())
        })
    }

    /// Do the facts say outright that a formula is so, or is not so?
    fn is_known(&self, formula: &Formula, so: bool) -> bool {
        match formula {
            Formula::Const(value) => *value == so,
            Formula::Literal(literal) if so => self.facts.entails(*literal),
            Formula::Literal(literal) => self.facts.excludes(*literal),
            Formula::And(_) | Formula::Or(_) => false,
        }
    }
}
