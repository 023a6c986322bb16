//! `fdlist.*` fields: the descriptors that `poll` and `ppoll` wait for.

use windhover_filter::Scope;

use crate::definition::{Class, Definition, Maker, PrintFormat};

const F: Maker = Maker { class: Class::FdList, scope: Scope::Event };

pub(crate) const FIELDS: &[Definition] = &[
    F.text("fdlist.nums", "Numbers of the descriptors, joined by commas.").print(PrintFormat::Id),
    F.text("fdlist.names", "Names of the descriptors, joined by commas."),
    F.text("fdlist.cips", "Client addresses, joined by commas."),
    F.text("fdlist.sips", "Server addresses, joined by commas."),
    F.text("fdlist.cports", "Client ports, joined by commas.").print(PrintFormat::Decimal),
    F.text("fdlist.sports", "Server ports, joined by commas.").print(PrintFormat::Decimal),
];
