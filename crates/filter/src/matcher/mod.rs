//! Predicates made ready to be evaluated: every choice that can be made without the values is made here.

mod number;
mod relation;
mod text;

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use self::number::NumberTest;
use self::relation::Relation;
use self::text::TextTest;
use crate::source::bytes;
use crate::{Arity, Expr, Network, Op, Predicate, Quantifier, Rhs, Scratch, Source, Value, Values};

/// A [`Predicate`] made ready. Evaluation allocates nothing (but for regular expressions on first use, and for scratch
/// space that has not grown yet).
#[derive(Debug)]
pub struct Matcher {
    source: Source,
    reach: Reach,
    test: Test,
}

/// Which of a source's values have to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The only one.
    One,
    /// One at least.
    Any,
    /// Each, and there is one.
    All,
    /// Each, even if there is none.
    Every,
}

#[derive(Debug)]
enum Test {
    /// The value exists.
    Exists,
    /// The value passes.
    Constant(ValueTest),
    /// The value stands in a relation to another.
    Related(Relation),
}

/// A test of one value against constants.
#[derive(Debug)]
enum ValueTest {
    Never,
    Text(TextTest),
    Number(NumberTest),
    Bool(bool),
    Ip {
        set: Arc<[IpAddr]>,
        negated: bool,
    },
    Net {
        set: Arc<[Network]>,
        negated: bool,
    },
    /// So many of the tests pass.
    Quantified(Quantifier, Box<[ValueTest]>),
}

impl Matcher {
    /// Prepares a predicate.
    #[must_use]
    pub fn new(predicate: &Predicate) -> Matcher {
        let test = match &predicate.rhs {
            Rhs::None => Test::Exists,
            Rhs::Source(rhs) => Test::Related(Relation::new(predicate.op, rhs.clone())),
            rhs => Test::Constant(ValueTest::new(predicate.op, predicate.quantifier, rhs)),
        };
        Matcher { source: predicate.lhs.clone(), reach: reach(predicate), test }
    }

    /// Whether the predicate holds. A value that does not exist satisfies nothing, not even `!=`.
    pub fn matches<V: Values + ?Sized>(&self, values: &V, scratch: &mut Scratch) -> bool {
        match &self.test {
            Test::Constant(test) if self.reach == Reach::One => {
                if let ValueTest::Text(text) = test
                    && text.needs_space()
                {
                    let (left, right) = scratch.pair();
                    return self.source.eval(values, left).is_some_and(|value| test.passes(value, &mut right.bytes));
                }
                // No other test needs space of its own; an empty vector allocates nothing.
                self.source.eval(values, scratch).is_some_and(|value| test.passes(value, &mut Vec::new()))
            }
            Test::Constant(test) => {
                let (left, right) = scratch.pair();
                self.count(values, left, &mut |value| test.passes(value, &mut right.bytes))
            }
            Test::Exists if self.source.is_list() || self.reach != Reach::One => {
                self.source.each(values, scratch, &mut |_| ControlFlow::Break(()))
            }
            Test::Exists => self.source.eval(values, scratch).is_some(),
            Test::Related(relation) => {
                let (left, right) = scratch.pair();
                if self.reach == Reach::One {
                    self.source.eval(values, left).is_some_and(|value| relation.holds(value, values, right))
                } else {
                    self.count(values, left, &mut |value| relation.holds(value, values, right))
                        && relation.exists(values, right)
                }
            }
        }
    }

    /// Tries the values one by one until the result is certain.
    fn count<V: Values + ?Sized>(
        &self,
        values: &V,
        scratch: &mut Scratch,
        passes: &mut dyn FnMut(Value<'_>) -> bool,
    ) -> bool {
        let stop_at = self.reach == Reach::Any;
        let (mut seen, mut stopped) = (false, false);
        let exists = self.source.each(values, scratch, &mut |value| {
            seen = true;
            stopped = passes(value) == stop_at;
            if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        exists
            && match self.reach {
                Reach::Any => stopped,
                Reach::One | Reach::All => seen && !stopped,
                Reach::Every => !stopped,
            }
    }
}

fn reach(predicate: &Predicate) -> Reach {
    match &predicate.lhs {
        source if source.is_list() && predicate.op == Op::In => Reach::Every,
        source if source.is_list() => Reach::Any,
        Source::Field(field) => match field.arity {
            Arity::One | Arity::List => Reach::One,
            Arity::Any => Reach::Any,
            Arity::Ends if predicate.op == Op::Ne => Reach::All,
            Arity::Ends => Reach::Any,
        },
        _ => Reach::One,
    }
}

impl ValueTest {
    fn new(op: Op, quantifier: Option<Quantifier>, rhs: &Rhs) -> ValueTest {
        match (op, quantifier) {
            _ if rhs.is_empty() => ValueTest::Never,
            (_, None) | (Op::Eq, Some(Quantifier::AnyOf)) | (Op::Ne, Some(Quantifier::AllOf)) => {
                ValueTest::set(op, rhs)
            }
            (_, Some(quantifier)) => ValueTest::Quantified(quantifier, singles(op, rhs)),
        }
    }

    /// A test against all constants at once: membership, or for `!=` its opposite.
    fn set(op: Op, rhs: &Rhs) -> ValueTest {
        let negated = op == Op::Ne;
        match rhs {
            Rhs::None | Rhs::Source(_) => ValueTest::Never,
            Rhs::Texts(texts) => ValueTest::Text(TextTest::new(op, texts)),
            Rhs::Numbers(numbers) => ValueTest::Number(NumberTest::new(op, numbers)),
            Rhs::Bools(bools) => match **bools {
                [only] => ValueTest::Bool(only != negated),
                // Both: a value is always one of them, and never none.
                _ if negated => ValueTest::Never,
                _ => ValueTest::Quantified(Quantifier::AnyOf, [ValueTest::Bool(true), ValueTest::Bool(false)].into()),
            },
            Rhs::Ips(ips) => ValueTest::Ip { set: ips.clone(), negated },
            Rhs::Nets(nets) => ValueTest::Net { set: nets.clone(), negated },
        }
    }

    fn passes(&self, value: Value<'_>, space: &mut Vec<u8>) -> bool {
        match (self, value) {
            (ValueTest::Text(test), value) => bytes(value).is_some_and(|value| test.passes(value, space)),
            (ValueTest::Number(test), value) => test.passes(value),
            (ValueTest::Bool(want), Value::Bool(value)) => *want == value,
            (ValueTest::Ip { set, negated }, Value::Ip(value)) => set.contains(&value) != *negated,
            (ValueTest::Net { set, negated }, Value::Ip(value)) => {
                set.iter().any(|net| net.contains(value)) != *negated
            }
            (ValueTest::Quantified(quantifier, tests), value) => {
                let mut passing = tests.iter().filter(|test| test.passes(value, space));
                match quantifier {
                    Quantifier::AnyOf => passing.next().is_some(),
                    Quantifier::OneOf => passing.next().is_some() && passing.next().is_none(),
                    Quantifier::AllOf => passing.count() == tests.len(),
                }
            }
            (ValueTest::Never | ValueTest::Bool(_) | ValueTest::Ip { .. } | ValueTest::Net { .. }, _) => false,
        }
    }
}

/// A test for each constant on its own.
fn singles(op: Op, rhs: &Rhs) -> Box<[ValueTest]> {
    let alone: Vec<Rhs> = match rhs {
        Rhs::None | Rhs::Source(_) => Vec::new(),
        Rhs::Texts(texts) => texts.iter().map(|text| Rhs::Texts([text.clone()].into())).collect(),
        Rhs::Numbers(numbers) => numbers.iter().map(|number| Rhs::Numbers([*number].into())).collect(),
        Rhs::Bools(bools) => bools.iter().map(|value| Rhs::Bools([*value].into())).collect(),
        Rhs::Ips(ips) => ips.iter().map(|ip| Rhs::Ips([*ip].into())).collect(),
        Rhs::Nets(nets) => nets.iter().map(|net| Rhs::Nets([*net].into())).collect(),
    };
    alone.iter().map(|rhs| ValueTest::set(op, rhs)).collect()
}

/// Evaluates a condition as it is written: left to right, stopping at the first test that decides. Slow and plain, it is
/// what every faster way is held against.
pub fn eval_expr<V: Values + ?Sized>(expr: &Expr<Matcher>, values: &V, scratch: &mut Scratch) -> bool {
    expr.eval(&mut |matcher| matcher.matches(values, scratch))
}
