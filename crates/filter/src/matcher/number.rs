//! Tests of numbers: counts, ids, ports, times, fractions.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::{Op, Value};

/// Above this many numbers, halving beats going through them.
const FEW: usize = 8;

/// A test against constants.
#[derive(Debug)]
pub(super) enum NumberTest {
    /// Compared with the constant: passes if the order is among those accepted.
    Order { constant: i128, accepts: Accepts },
    /// One of the constants, which are sorted; or none of them.
    Set { sorted: Arc<[i128]>, negated: bool },
}

/// The orders that satisfy an operator. Equal, less and greater serve all six.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepts {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Accepts {
    pub(super) fn new(op: Op) -> Accepts {
        Accepts {
            less: matches!(op, Op::Lt | Op::Le | Op::Ne),
            equal: matches!(op, Op::Eq | Op::EqEq | Op::Le | Op::Ge | Op::In | Op::Intersects),
            greater: matches!(op, Op::Gt | Op::Ge | Op::Ne),
        }
    }

    pub(super) fn holds(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}

impl NumberTest {
    pub(super) fn new(op: Op, constants: &[i128]) -> NumberTest {
        match constants {
            [constant] => NumberTest::Order { constant: *constant, accepts: Accepts::new(op) },
            several => {
                let mut sorted = several.to_vec();
                sorted.sort_unstable();
                NumberTest::Set { sorted: sorted.into(), negated: op == Op::Ne }
            }
        }
    }

    pub(super) fn passes(&self, value: Value<'_>) -> bool {
        let number = match value {
            Value::Int(number) => i128::from(number),
            Value::Uint(number) => i128::from(number),
            Value::Double(fraction) => return self.passes_fraction(fraction),
            _ => return false,
        };
        match self {
            NumberTest::Order { constant, accepts } => accepts.holds(number.cmp(constant)),
            NumberTest::Set { sorted, negated } if sorted.len() <= FEW => sorted.contains(&number) != *negated,
            NumberTest::Set { sorted, negated } => sorted.binary_search(&number).is_ok() != *negated,
        }
    }

    /// Constants for fractions are whole numbers of 32 bits, so they are exact as fractions. What is not a number has no
    /// order and differs from all.
    fn passes_fraction(&self, value: f64) -> bool {
        match self {
            NumberTest::Order { constant, accepts } => match value.partial_cmp(&(*constant as f64)) {
                Some(order) => accepts.holds(order),
                None => accepts.less && accepts.greater,
            },
            NumberTest::Set { sorted, negated } => sorted.iter().any(|constant| value == *constant as f64) != *negated,
        }
    }
}
