//! What the kind of an event alone decides, before there is an event.

use windhover_filter::{Field, Matcher, Op, Predicate, Rhs, Scratch, Source, Value, Values};

use crate::class::DEFINITIONS;
use crate::kind::{EventKind, Known};
use crate::values::Visit;

/// The values of fields as far as the kind of an event fixes them: `evt.type` and the like have one, `fd.name` has none
/// for calls that are about no descriptor, and of `proc.name` nothing can be said.
#[derive(Clone, Copy, Debug)]
pub struct TypeValues(pub EventKind);

impl TypeValues {
    /// Whether a test is true, or false, for every event of the kind; `None` if it takes the event to say.
    pub fn decide(&self, predicate: &Predicate) -> Option<bool> {
        if let Source::Field(field) = &predicate.lhs
            && self.known(field) == Known::Missing
        {
            return Some(false);
        }
        if is_number_of_no_event(predicate) {
            return Some(false);
        }
        let mut all_known = true;
        predicate.for_each_field(&mut |field| all_known &= self.known(field) != Known::Nothing);
        all_known.then(|| Matcher::new(predicate).matches(self, &mut Scratch::default()))
    }

    /// Whether no event of the kind has a value of the field.
    pub fn lacks(&self, field: &Field) -> bool {
        self.known(field) == Known::Missing
    }

    fn known(&self, field: &Field) -> Known {
        match DEFINITIONS.get(usize::from(field.def)) {
            Some(definition) => (definition.known)(self.0, &field.arg),
            None => Known::Nothing,
        }
    }
}

/// Whether a test is for an event number below 1: rules write `evt.num = 0` for "never".
fn is_number_of_no_event(predicate: &Predicate) -> bool {
    let Source::Field(field) = &predicate.lhs else { return false };
    let is_number = DEFINITIONS.get(usize::from(field.def)).is_some_and(|of| of.name == "evt.num");
    is_number
        && matches!(predicate.op, Op::Eq | Op::In)
        && matches!(&predicate.rhs, Rhs::Numbers(numbers) if numbers.iter().all(|number| *number < 1))
}

impl Values for TypeValues {
    fn get<'a>(&'a self, field: &Field, _: &'a mut Scratch) -> Option<Value<'a>> {
        match self.known(field) {
            Known::Value(value) => Some(value),
            Known::Nothing | Known::Missing => None,
        }
    }

    fn each(&self, field: &Field, scratch: &mut Scratch, visit: Visit<'_>) -> bool {
        self.get(field, scratch).map(visit).is_some()
    }
}
