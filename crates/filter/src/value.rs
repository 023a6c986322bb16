//! Values that fields have, and the trait by which an evaluator asks for them.

use std::net::IpAddr;
use std::ops::ControlFlow;

use crate::Field;

/// A field's value, borrowed from the event, the model, or the scratch space handed in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text as bytes: names and paths are not necessarily UTF-8.
    Str(&'a [u8]),
    /// Raw bytes (`evt.buffer`).
    Bytes(&'a [u8]),
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// A truth value.
    Bool(bool),
    /// A floating-point number.
    Double(f64),
    /// An address; also what CIDR predicates test.
    Ip(IpAddr),
}

/// Room for a value that has to be built (joined arguments, rendered flags). Reused from event to event, so that
/// building allocates nothing once it has grown.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Bytes of the value under construction; cleared by who writes it.
    pub bytes: Vec<u8>,
    /// Room for values that are needed while another one is alive: made when first asked for, then kept.
    more: Option<Box<(Scratch, Scratch)>>,
}

impl Scratch {
    /// This buffer, and room for another value to build it from: a transformer writes the one and reads the other.
    pub fn split(&mut self) -> (&mut Vec<u8>, &mut Scratch) {
        let more = self.more.get_or_insert_default();
        (&mut self.bytes, &mut more.0)
    }

    /// Room for two values at once: both sides of a comparison.
    pub fn pair(&mut self) -> (&mut Scratch, &mut Scratch) {
        let more = self.more.get_or_insert_default();
        (&mut more.0, &mut more.1)
    }
}

/// Where a predicate finds its fields' values: an event in its model, or a test's map.
pub trait Values {
    /// The value of a field that has one at most ([`crate::Arity::One`]); `None` where it has none now.
    fn get<'a>(&'a self, field: &Field, scratch: &'a mut Scratch) -> Option<Value<'a>>;

    /// Calls `visit` with each value of a field of several (lists, ancestors, both ends of a socket) until it breaks.
    /// Returns whether the field exists now, however many values it has.
    fn each(&self, field: &Field, scratch: &mut Scratch, visit: &mut dyn FnMut(Value<'_>) -> ControlFlow<()>) -> bool;

    /// What a field's value comes from, for events of this one's type: fields of the same origin share it. `None` if it is known of
    /// nothing simpler than the value itself.
    fn origin(&self, _field: &Field) -> Option<u32> {
        None
    }

    /// Appends the bytes of an origin, so that the values of its fields are the same wherever these bytes are, for events of one type.
    /// Where one origin ends can be told from its bytes.
    fn write_origin(&self, _origin: u32, _out: &mut Vec<u8>) {}
}
