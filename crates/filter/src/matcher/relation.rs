//! Comparisons of a value with another field's.

use std::ops::ControlFlow;

use super::number::Accepts;
use super::text::contains_folded;
use crate::source::bytes;
use crate::{Op, Scratch, Source, Value, Values, glob};

/// What the right-hand side is and how it is compared.
#[derive(Debug)]
pub(super) struct Relation {
    op: Op,
    rhs: Source,
}

impl Relation {
    pub(super) fn new(op: Op, rhs: Source) -> Relation {
        Relation { op, rhs }
    }

    /// Whether the right-hand side has a value now. Without one no comparison holds.
    pub(super) fn exists<V: Values + ?Sized>(&self, values: &V, scratch: &mut Scratch) -> bool {
        self.rhs.each(values, scratch, &mut |_| ControlFlow::Break(()))
    }

    /// Whether a value stands in the relation to the right-hand side, to one element of it if it is a list.
    pub(super) fn holds<V: Values + ?Sized>(&self, left: Value<'_>, values: &V, scratch: &mut Scratch) -> bool {
        if !self.rhs.is_list() {
            let (inner, spare) = scratch.pair();
            return self.rhs.eval(values, inner).is_some_and(|right| self.compare(left, right, &mut spare.bytes));
        }
        let mut found = false;
        self.rhs.each(values, scratch, &mut |right| {
            found = self.compare(left, right, &mut Vec::new());
            if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        found
    }

    fn compare(&self, left: Value<'_>, right: Value<'_>, space: &mut Vec<u8>) -> bool {
        if let (Some(left), Some(right)) = (bytes(left), bytes(right)) {
            return self.compare_texts(left, right, space);
        }
        let accepts = Accepts::new(self.op);
        let number = |value: Value<'_>| match value {
            Value::Int(number) => Some(i128::from(number)),
            Value::Uint(number) => Some(i128::from(number)),
            _ => None,
        };
        match (left, right) {
            (Value::Bool(left), Value::Bool(right)) => accepts.holds(left.cmp(&right)),
            (Value::Ip(left), Value::Ip(right)) => accepts.holds(left.cmp(&right)),
            (Value::Double(left), Value::Double(right)) => match left.partial_cmp(&right) {
                Some(order) => accepts.holds(order),
                None => self.op == Op::Ne,
            },
            (left, right) => match (number(left), number(right)) {
                (Some(left), Some(right)) => accepts.holds(left.cmp(&right)),
                _ => false,
            },
        }
    }

    fn compare_texts(&self, left: &[u8], right: &[u8], space: &mut Vec<u8>) -> bool {
        match self.op {
            Op::Glob => glob::matches(right, left, false),
            Op::IGlob => glob::matches(right, left, true),
            Op::Contains | Op::BContains => memchr::memmem::find(left, right).is_some(),
            Op::IContains => {
                space.clear();
                space.extend_from_slice(right);
                space.make_ascii_lowercase();
                contains_folded(left, space)
            }
            Op::StartsWith | Op::BStartsWith => left.starts_with(right),
            Op::EndsWith => left.ends_with(right),
            op => Accepts::new(op).holds(left.cmp(right)),
        }
    }
}
