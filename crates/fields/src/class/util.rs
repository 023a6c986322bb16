//! `util.*` fields.

use windhover_filter::{Scope, Value};

use crate::definition::{Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::Util, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[F
    .uint64("util.cnt", "Number of the event, for rules that only count.")
    .print(PrintFormat::Id)
    .hidden()
    .get(|v, _, _| Some(Value::Uint(v.context.event_num())))];
